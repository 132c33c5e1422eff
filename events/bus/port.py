"""What a bus is: a stream that carries the lines of many runs, and readers that take it up where they left it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

__all__ = ["Bus", "Consumer", "Delivery", "Held", "Message", "Publisher"]


class Message(NamedTuple):
    """One event on its way to the bus.

    Attributes:
        run_id: The run.
        sequence: The event's place in the run's log, from 1.
        type: Such as ``program.evaluated``.
        line: The log's line, byte for byte, without its newline; so its hash can be checked at the other end.
    """

    run_id: str
    sequence: int
    type: str
    line: bytes

    @property
    def id(self) -> str:
        """The event's id, by which the bus knows it again."""
        return f"{self.run_id}:{self.sequence}"


class Delivery(NamedTuple):
    """One event as the bus gives it out.

    Attributes:
        run_id: The run.
        sequence: The event's place in the run's log; whoever checks it sees each event once, and sees gaps.
        type: Such as ``program.evaluated``.
        line: The log's line without its newline.
        position: Its place in the stream, from 1, across all runs; a replay can begin behind it.
        receipt: What the bus needs to know it by when it is acknowledged; empty in a replay.
    """

    run_id: str
    sequence: int
    type: str
    line: bytes
    position: int
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What the stream holds of one run.

    Attributes:
        stream: Tells this stream from one that was made again under the same name.
        position: The stream's last position.
        count: How many of the run's events it holds.
        first: The lowest-placed of them: its sequence, 0 for none.
        last: The highest-placed of them: its sequence, 0 for none.
        last_line: That event's line, empty for none.
        trimmed: Whether the stream's limits have dropped events from its beginning, of whatever run.
    """

    stream: str
    position: int
    count: int = 0
    first: int = 0
    last: int = 0
    last_line: bytes = b""
    trimmed: bool = False


class Publisher(Protocol):
    """A connection that publishes one run, in order and many at a time. It fails as a whole: open another one then.

    An async context manager, which lets go of the connection.
    """

    @property
    def acknowledged(self) -> int:
        """Everything sent up to this sequence is stored, 0 before anything is."""
        ...

    @property
    def position(self) -> int:
        """The highest position in the stream that was acknowledged, 0 before any was."""
        ...

    async def held(self) -> Held:
        """What the stream holds of the run."""
        ...

    async def check(self) -> None:
        """Makes sure that the stream is still the one that this publisher began with.

        Raises:
            StreamLost: It was deleted, made again, or lost its end.
            BusUnavailable: The connection broke.
        """
        ...

    async def sequences(self, after: int) -> frozenset[int]:
        """Which of the run's events behind sequence ``after`` the stream holds, one by one: for mending gaps."""
        ...

    async def send(self, message: Message) -> None:
        """Hands an event over; waits while too many are in flight.

        Raises:
            BusUnavailable: Nothing was acknowledged for too long, or the connection broke.
            StreamLost: The stream is not there any more, or is another one.
            BusRefused: The event can never be stored.
        """
        ...

    async def settle(self) -> None:
        """Returns once everything sent is acknowledged; raises as `send` does."""
        ...

    async def failed(self) -> None:
        """Returns once it has failed, so that whoever waits for something else can wait for this too."""
        ...

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *error: object) -> None: ...


class Consumer(Protocol):
    """A reader whose place the bus keeps under a name. What is not acknowledged is given out again.

    It fails as a whole when the connection breaks; open it again and it goes on with what was not acknowledged. Any
    number of processes may share a name; each event goes to one of them.
    """

    async def fetch(self, most: int, *, wait_s: float) -> Sequence[Delivery]:
        """The next events, ``most`` at most, as soon as there are any; empty when none came within ``wait_s``.

        They are in the stream's order; only what is given out again comes later than its place.

        Raises:
            BusUnavailable: The connection broke; open the consumer again.
            StreamLost: The stream or the consumer was deleted.
        """
        ...

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """Says that these need never be given out again. It returns once the bus has been told.

        Raises:
            BusUnavailable: The connection broke; they may be given out again.
        """
        ...

    async def backlog(self) -> int:
        """How many events of the stream are not acknowledged: not given out yet, or given out, to anybody.

        Raises:
            BusUnavailable: The connection broke.
        """
        ...

    async def aclose(self) -> None:
        """Lets go of the connection; the place is kept. Idempotent."""
        ...


class Bus(Protocol):
    """Where runs are published, and read by anybody. See `events.bus.nats.NatsBus` and `events.bus.memory.MemoryBus`.

    Each method opens a connection of its own.

    Raises, from all of them:
        BusUnavailable: It cannot be reached; trying again later may help.
        BusRefused: It answered and will not: credentials, rights, a version, JetStream; the message says what to do.
        StreamMismatch: The stream is not as it is declared.
    """

    async def publisher(self, run_id: str) -> Publisher:
        """A publisher of a run. Makes the stream if it is not there."""
        ...

    async def consumer(self, name: str, *, run_id: str | None = None, types: str = "", unacknowledged: int) -> Consumer:
        """The consumer of that name, made if it is not there; a new one begins with the first event of the stream.

        Args:
            name: Letters, digits, ``_`` and ``-``.
            run_id: Only this run's events; None: every run's.
            types: Only types that match this pattern, such as ``program.*``; empty: all.
            unacknowledged: How many events may be given out and not yet acknowledged, over all that share the name;
                no less than a batch of the caller's.

        Raises:
            StreamMismatch: There is a consumer of that name that reads something else.
        """
        ...

    def replay(
        self, *, run_id: str | None = None, types: str = "", after: int = 0, follow: bool = False
    ) -> AsyncIterator[Delivery]:
        """The stream's events behind position ``after``, in order, each once, without a place kept on the bus.

        Args:
            run_id: Only this run's events; None: every run's.
            types: Only types that match this pattern; empty: all.
            after: A position in the stream: that of the last delivery that was seen, 0 for all.
            follow: Wait for later ones instead of ending at the stream's present end.

        Raises:
            BusUnavailable: The connection broke; replay again behind the last position.
        """
        ...
