"""What a source is to the loader: feeds that turn up and grow."""

from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

from sidecar.batch import Limits
from sidecar.feed import FeedKey, Header, Lines, Place

__all__ = ["Feed", "Source", "Waiting"]


class Waiting(NamedTuple):
    """What a feed has behind what was last read: lines, as far as they are counted, and bytes."""

    lines: int
    bytes: int


class Feed(Protocol):
    """A run's events or diagnostics as one source has them."""

    @property
    def key(self) -> FeedKey:
        """Which feed it is."""
        ...

    @property
    def header(self) -> Header | None:
        """What its rows share, None where only the sink can know."""
        ...

    @property
    def origin(self) -> str:
        """Where it is, for people."""
        ...

    def waiting(self) -> Waiting:
        """What has not been read yet, at no more cost than looking at a file's size."""
        ...

    def read(self, place: Place, limits: Limits) -> Lines | None:
        """The complete lines behind a place, as many as make one batch; None when there are none yet.

        Called in a thread, never twice at the same time.

        Raises:
            SourceGone: It is not there any more.
            SourceDiverged: It is not the one that was loaded up to that place.
        """
        ...

    async def loaded(self, line: int) -> None:
        """Everything up to this line is in the sink: the source need not keep it for us."""
        ...


class Source(Protocol):
    """Feeds, found as they turn up."""

    @property
    def name(self) -> str:
        """What it is and where, for people; without a secret."""
        ...

    def news(self, *, follow: bool) -> AsyncIterator[Sequence[Feed]]:
        """Feeds that may have lines behind what was read of them: at first all, then those that grew.

        Args:
            follow: Wait for more; else it ends once every feed was named.

        Raises:
            SourceAway: It cannot be reached; ask again.
            SourceError: It will not do.
        """
        ...

    async def aclose(self) -> None:
        """Lets go of it. Idempotent."""
        ...
