"""What a run may spend on models: the worst case is reserved before a request is sent, and released after.

Theory of operation. A request is held against two accounts, the run's and its purpose's. Its worst case is a prompt of
as many tokens as it has bytes (no tokenizer makes more) with nothing of it cached, a reply of ``max_tokens``, one call,
and the time-out. It is sent when spent + reserved + worst case is within every limit. When only what is reserved is in
the way, it waits for calls under way to end and give back what they did not use, first come first served; when even
without them it would pass a limit, it is refused, and never sent. So concurrent calls can never pass a limit together,
and a large reservation never ends a run that still has money.

What calls cost that were in flight when a process was killed is not known. Each is held against the accounts like the
dearest answered call of its model, or where none was answered at its worst case.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from events.types import LlmPurpose, LlmRequested
from genesis.config.models import BudgetConfig, SpendingLimits
from genesis.llm.port import Sent
from genesis.llm.pricing import Prices, worst_cost_of

__all__ = ["Budget", "Refusal", "Reservation", "Spent", "set_aside", "worst_tokens_in"]

_TOKENS_A_MESSAGE = 16  # role and separators
_TOKENS_A_REQUEST = 512  # what providers put before a prompt, such as how to think
_ROUNDING = 1e-9

Account: TypeAlias = LlmPurpose | Literal["run"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What calls took. Dollars of calls whose price is not known are not in it."""

    usd: float = 0.0
    tokens: int = 0
    calls: int = 0
    call_s: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            self.usd + other.usd, self.tokens + other.tokens, self.calls + other.calls, self.call_s + other.call_s
        )

    def __sub__(self, other: "Spent") -> "Spent":
        """Without the other."""
        return Spent(
            self.usd - other.usd, self.tokens - other.tokens, self.calls - other.calls, self.call_s - other.call_s
        )


@dataclass(frozen=True, slots=True)
class Reservation:
    """The worst case of one request, held until it is settled."""

    purpose: LlmPurpose
    worst: Spent


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not sent: the limit, what is left of it, the worst case, and what to do."""

    message: str


@dataclass(slots=True)
class _Account:
    limits: SpendingLimits | BudgetConfig
    spent: Spent = Spent()
    reserved: Spent = Spent()
    lost: Spent = Spent()

    @property
    def used(self) -> Spent:
        """What no call that ends can give back."""
        return self.spent + self.lost

    def passed(self, planned: Spent) -> Iterator[str]:
        """Names of the limits that would be passed with this in all."""
        for name in ("usd", "tokens", "calls", "call_s"):
            limit = getattr(self.limits, name)
            if limit is not None and getattr(planned, name) > limit + _ROUNDING:
                yield name


@dataclass(slots=True)
class _Waiting:
    reservation: Reservation
    granted: "asyncio.Future[Reservation | Refusal]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Budget:
    """The accounts of one run.

    Args:
        config: The limits.
        prices: Of the models.
        timeout_s: What one call may take.
        spent: What the run has spent before, by purpose, when it goes on.
        lost: What is held for calls of which nothing was heard, by purpose; see `set_aside`.
    """

    def __init__(
        self,
        config: BudgetConfig,
        prices: Prices,
        *,
        timeout_s: float,
        spent: Mapping[LlmPurpose, Spent] | None = None,
        lost: Mapping[LlmPurpose, Spent] | None = None,
    ) -> None:
        self._prices = prices
        self._timeout_s = timeout_s
        self._queue: deque[_Waiting] = deque()
        self._accounts: dict[Account, _Account] = {"run": _Account(config)}
        self._accounts.update((purpose, _Account(limits)) for purpose, limits in config.purposes.items())
        for purpose, before in (spent or {}).items():
            for account in self._held_against(purpose):
                account.spent += before
        for purpose, held in (lost or {}).items():
            for account in self._held_against(purpose):
                account.lost += held

    @property
    def spent(self) -> Spent:
        """By the run so far."""
        return self._accounts["run"].spent

    @property
    def reserved(self) -> Spent:
        """For calls under way."""
        return self._accounts["run"].reserved

    async def reserve(self, request: Sent) -> Reservation | Refusal:
        """Holds a request's worst case, once it fits; a refusal when it never will."""
        worst = self._worst(request)
        if isinstance(worst, Refusal):
            return worst
        waiting = _Waiting(Reservation(request.purpose, worst))
        self._queue.append(waiting)
        self._grant()
        try:
            return await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():  # granted as it was cancelled
                granted = waiting.granted.result()
                if isinstance(granted, Reservation):
                    self.settle(granted, Spent())
            raise

    def settle(self, reservation: Reservation, spent: Spent) -> None:
        """Releases a reservation and books what the call took."""
        for account in self._held_against(reservation.purpose):
            account.reserved -= reservation.worst
            account.spent += spent
        self._grant()

    def _held_against(self, purpose: LlmPurpose) -> Iterator[_Account]:
        yield self._accounts["run"]
        if purpose in self._accounts:
            yield self._accounts[purpose]

    def _grant(self) -> None:
        while self._queue:
            waiting = self._queue[0]
            if not waiting.granted.done():
                answer = self._answer(waiting.reservation)
                if answer is None:
                    return
                waiting.granted.set_result(answer)
            self._queue.popleft()

    def _answer(self, asked: Reservation) -> Reservation | Refusal | None:
        """Yes, no, or None for not yet."""
        names: tuple[Account, ...] = ("run", asked.purpose)
        named: list[tuple[Account, _Account]] = [
            (name, self._accounts[name]) for name in names if name in self._accounts
        ]
        for name, account in named:
            if (limit := next(account.passed(account.used + asked.worst), None)) is not None:
                return Refusal(_too_much(name, account, limit, asked))
        if any(any(account.passed(account.used + account.reserved + asked.worst)) for _, account in named):
            return None
        for _, account in named:
            account.reserved += asked.worst
        return asked

    def _worst(self, request: Sent) -> Spent | Refusal:
        tokens_in = worst_tokens_in(request.texts)
        price = self._prices.of(request.model)
        counts_usd = any(account.limits.usd is not None for account in self._held_against(request.purpose))
        if price is None and counts_usd:
            return Refusal(
                f"the price of {request.model} is not known, so budget.usd cannot bound it: give it one in llm.prices, "
                "or set budget.usd=null"
            )
        usd = 0.0 if price is None else worst_cost_of(price, tokens_in, request.max_tokens)
        return Spent(usd, tokens_in + request.max_tokens, 1, self._timeout_s)


def set_aside(
    lost: Iterable[LlmRequested], dearest: Mapping[str, Spent], prices: Prices, *, timeout_s: float
) -> Mapping[LlmPurpose, Spent]:
    """What is held for calls of which nothing was heard, by purpose; as calls they are counted already.

    Args:
        lost: The calls.
        dearest: Model to the most that one of its answered calls took.
        prices: Of the models; one without a price costs nothing here, since no limit in dollars lets it be asked.
        timeout_s: What one call may take.
    """
    held: dict[LlmPurpose, Spent] = {}
    for call in lost:
        model = f"{call.provider}/{call.model}"
        most = dearest.get(model)
        if most is None:
            tokens_in = worst_tokens_in([message.content for message in call.messages])
            tokens_out = call.parameters.get("max_tokens", 0)
            assert isinstance(tokens_out, int), "a request says so"
            price = prices.of(model)
            usd = 0.0 if price is None else worst_cost_of(price, tokens_in, tokens_out)
            most = Spent(usd, tokens_in + tokens_out, 0, timeout_s)
        held[call.purpose] = held.get(call.purpose, Spent()) + Spent(most.usd, most.tokens, 0, most.call_s)
    return held


def worst_tokens_in(texts: Sequence[str]) -> int:
    """The most tokens that a prompt can be: a token is a byte at least."""
    content = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts)
    return content + _TOKENS_A_MESSAGE * len(texts) + _TOKENS_A_REQUEST


def _too_much(name: Account, account: _Account, limit: str, asked: Reservation) -> str:
    key = f"budget.{limit}" if name == "run" else f"budget.purposes.{name}.{limit}"
    allowed, taken, needed = getattr(account.limits, limit), getattr(account.spent, limit), getattr(asked.worst, limit)
    lost = getattr(account.lost, limit)
    held = f", {_shown(lost)} held for calls that were in flight when a process was killed" if lost else ""
    return (
        f"{key} = {_shown(allowed)} is used up: {_shown(taken)} spent{held}, and this call could take "
        f"{_shown(needed)} more; it was not sent. Raise {key}{_or_lower(limit, asked.purpose)}"
    )


def _or_lower(limit: str, purpose: LlmPurpose) -> str:
    """What makes the worst case of a call smaller."""
    if limit == "call_s":
        return ", or lower llm.timeout_s"
    is_by_length = limit in {"usd", "tokens"} and purpose != "embedding"
    return ", or lower llm.max_tokens or llm.prompt_tokens" if is_by_length else ""


def _shown(value: float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
