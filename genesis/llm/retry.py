"""When an attempt that failed is made again. Pure: the draw is named by the call, so a log can be had twice.

What the provider asks for is honoured: no attempt before it, and a tenth of it as jitter behind it, so that many calls
that were turned away together do not come back together. Where it asks for nothing, the wait is drawn evenly between 0
and a bound that doubles with each attempt ("full jitter": M. Brooker, Exponential Backoff and Jitter, AWS Architecture
Blog, 2015).
"""

from genesis.llm.provider.port import Fault
from genesis.rng import draw

__all__ = ["LONGEST_ASKED_S", "wait_before_next_s"]

FIRST_BOUND_S = 1.0
LAST_BOUND_S = 60.0
LONGEST_ASKED_S = 900.0  # a provider that asks for more has a daily limit: the run goes on with other models
_JITTER = 0.1


def wait_before_next_s(fault: Fault, *, attempt: int, attempts: int, stream: str) -> float | None:
    """Seconds until the next attempt, None when there is none.

    Args:
        fault: Why the last one failed.
        attempt: Its number, from 1.
        attempts: The number of the last attempt that is allowed.
        stream: Names the random numbers of the call.
    """
    if not fault.again or attempt >= attempts:
        return None
    if fault.wait_s is not None and fault.wait_s > LONGEST_ASKED_S:
        return None
    chance = draw(f"{stream}/retry/{attempt}").random()
    if fault.wait_s is not None:
        return fault.wait_s * (1 + _JITTER * chance)
    return chance * min(LAST_BOUND_S, FIRST_BOUND_S * 2.0 ** min(attempt - 1, 30))
