"""How fast one provider is asked: calls at a time, requests and tokens a minute, and what its headers say is left.

Theory of operation. Each provider has a `Limiter` of its own, so one that is slow or has turned us away holds up nobody
else. Inside, each model has a queue, first come first served; queues take turns. A call leaves its queue when all of
this holds: fewer calls than the present bound are under way; the provider's two buckets (requests, tokens) are filled;
the model is not paused; and the windows that the headers told of have enough left, refilling evenly until their reset,
as OpenAI's and Anthropic's do. A provider that wants a longer wait than `retry` grants has a daily limit: calls are
sent and turned away, so that whoever made them goes on without it. Nothing polls: a queue moves when a call ends, when
headers come, and at the time that its head has to wait for.

The bound on calls at a time follows what happens: it is halved when the provider turns a call away, and grows by one
for each round of calls that went well, up to the configured one (additive increase, multiplicative decrease).
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from genesis.llm.provider.headers import RateWindow, Resource, rate_windows
from genesis.llm.provider.port import Headers
from genesis.llm.retry import LONGEST_ASKED_S

__all__ = ["Limiter", "Need"]

_BURST = 6  # a bucket holds a sixth of a minute's worth, so that no minute sees much more than its limit
_HALVED_AT_MOST_EVERY_S = 1.0
_NOW_S = 1e-4  # a wait below this is none: rounding leaves some that no timer can measure


@dataclass(frozen=True, slots=True)
class Need:
    """What a call is counted as before it is sent: tokens of its prompt, and the most of its reply."""

    tokens_in: int
    tokens_out: int

    def of(self, resource: Resource) -> int:
        """How much of a resource it takes."""
        match resource:
            case "requests":
                return 1
            case "tokens":
                return self.tokens_in + self.tokens_out
            case "input_tokens":
                return self.tokens_in
            case "output_tokens":
                return self.tokens_out


class _Bucket:
    """Refills evenly; a need that is larger than it can ever hold is met when it is full, and leaves it in debt."""

    __slots__ = ("_at", "_capacity", "_level", "_per_s")

    def __init__(self, per_minute: int, now: float) -> None:
        self._per_s = per_minute / 60
        self._capacity = self._level = max(1.0, per_minute / _BURST)
        self._at = now

    def wait_s(self, need: float, now: float) -> float:
        self._refill(now)
        return max(0.0, (min(need, self._capacity) - self._level) / self._per_s)

    def take(self, need: float) -> None:
        self._level -= need

    def give_back(self, spare: float) -> None:
        self._level = min(self._capacity, self._level + spare)

    def _refill(self, now: float) -> None:
        self._level = min(self._capacity, self._level + (now - self._at) * self._per_s)
        self._at = now


@dataclass(slots=True)
class _Window:
    """What the headers said was left, when, how fast it refills, and when it is whole again."""

    limit: float
    remaining: float
    at: float
    reset_at: float
    per_s: float

    def wait_s(self, need: int, now: float) -> float:
        missing = min(need, self.limit) - self.remaining
        if now >= self.reset_at or missing <= 0:
            return 0.0
        filled_at = self.at + missing / self.per_s if self.per_s else self.reset_at
        return max(0.0, min(filled_at, self.reset_at) - now)


@dataclass(slots=True)
class _Lane:
    """One model: who waits, and what holds it up."""

    waiting: deque[tuple[Need, asyncio.Future[None]]] = field(default_factory=deque[tuple[Need, asyncio.Future[None]]])
    paused_until: float = 0.0
    windows: dict[Resource, _Window] = field(default_factory=dict[Resource, _Window])

    def head(self) -> Need | None:
        """Who is next; those that were cancelled while they waited are passed over."""
        while self.waiting and self.waiting[0][1].done():
            self.waiting.popleft()
        return self.waiting[0][0] if self.waiting else None

    def wait_s(self, need: Need, now: float) -> float:
        """How long the provider wants its head to wait; nobody waits for the end of a daily limit."""
        windows = (window.wait_s(need.of(resource), now) for resource, window in self.windows.items())
        wait = max(self.paused_until - now, *windows, 0.0)
        return wait if wait <= LONGEST_ASKED_S else 0.0


class Limiter:
    """Lets calls to one provider go ahead. Bound to the running event loop.

    Args:
        concurrency: Most calls at a time.
        requests_per_minute: None for what the headers say.
        tokens_per_minute: None for what the headers say.
    """

    def __init__(
        self, concurrency: int, *, requests_per_minute: int | None = None, tokens_per_minute: int | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        now = self._loop.time()
        self._most = concurrency
        self._bound = float(concurrency)
        self._active = 0
        self._halved_at = now - _HALVED_AT_MOST_EVERY_S
        self._lanes: dict[str, _Lane] = {}
        limits: tuple[tuple[Resource, int | None], ...] = (
            ("requests", requests_per_minute),
            ("tokens", tokens_per_minute),
        )
        self._buckets: dict[Resource, _Bucket] = {
            resource: _Bucket(limit, now) for resource, limit in limits if limit is not None
        }
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> int:
        """Calls under way."""
        return self._active

    @property
    def bound(self) -> int:
        """Calls that may be under way at present."""
        return max(1, int(self._bound))

    @asynccontextmanager
    async def slot(self, model: str, need: Need) -> AsyncGenerator[None]:
        """Waits for a call's turn, and counts it as under way inside."""
        turn: asyncio.Future[None] = self._loop.create_future()
        lane = self._lanes.setdefault(model, _Lane())
        lane.waiting.append((need, turn))
        self._move()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # its turn came as it was cancelled
                self._leave()
            raise
        try:
            yield
        finally:
            self._leave()

    def observe(self, model: str, headers: Headers) -> None:
        """Takes in what the headers of a reply say is left."""
        lane, now = self._lanes.setdefault(model, _Lane()), self._loop.time()
        for window in rate_windows(headers):
            lane.windows[window.resource] = _seen(window, now)
        self._move()

    def pause(self, model: str, seconds: float) -> None:
        """Sends nothing to a model for a while: its provider has asked for that."""
        lane = self._lanes.setdefault(model, _Lane())
        lane.paused_until = max(lane.paused_until, self._loop.time() + seconds)

    def turned_away(self) -> None:
        """The provider has had too much: fewer calls at a time."""
        now = self._loop.time()
        if now - self._halved_at >= _HALVED_AT_MOST_EVERY_S:  # calls that were sent together are one event
            self._halved_at = now
            self._bound = max(1.0, min(self._bound, self._active) / 2)

    def went_well(self, need: Need, tokens: int) -> None:
        """A call was answered: tokens that it did not use are free again, and more calls may go at a time."""
        if "tokens" in self._buckets:
            self._buckets["tokens"].give_back(max(0, need.of("tokens") - tokens))
        self._bound = min(float(self._most), self._bound + 1 / self._bound)

    def _leave(self) -> None:
        self._active -= 1
        self._move()

    def _move(self) -> None:
        """Lets go ahead whoever may, model by model in turn, and comes back when the next one may."""
        now = self._loop.time()
        waits = [0.0]
        while self._active < self.bound and waits and min(waits) <= 0:
            waits = [wait for name in list(self._lanes) if (wait := self._try(name, now)) is not None]
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if waits and self._active < self.bound:
            self._timer = self._loop.call_later(min(waits), self._move)

    def _try(self, name: str, now: float) -> float | None:
        """Lets the head of a queue go ahead, 0; or says how long it has to wait; None when nobody waits."""
        lane = self._lanes[name]
        need = lane.head()
        if need is None or self._active >= self.bound:
            return None
        buckets = (bucket.wait_s(need.of(resource), now) for resource, bucket in self._buckets.items())
        wait = max(lane.wait_s(need, now), *buckets, 0.0)
        if wait > _NOW_S:
            return wait
        _, turn = lane.waiting.popleft()
        turn.set_result(None)
        self._lanes[name] = self._lanes.pop(name)  # behind the others: it has had its turn
        self._active += 1
        for resource, bucket in self._buckets.items():
            bucket.take(need.of(resource))
        for resource, window in lane.windows.items():
            window.remaining -= need.of(resource)
        return 0.0


def _seen(window: RateWindow, now: float) -> _Window:
    """A window refills evenly up to its limit; one whose limit is not known is whole at its reset, and not before."""
    per_s = 0.0
    if window.limit is not None and window.reset_s > 0:
        per_s = max(0, window.limit - window.remaining) / window.reset_s
    limit = math.inf if window.limit is None else window.limit
    return _Window(limit, window.remaining, now, now + window.reset_s, per_s)
