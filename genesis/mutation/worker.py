"""The process that makes proposals, so that no parent's text can hang, crash or fill the engine.

It starts through :mod:`genesis.process` and answers one request after the other. An exception that is no misuse ends
it, and its traceback reaches the engine with its death.
"""

import gc
import resource
from typing import Final

from genesis.channel import Header, Message, adopt, serve
from genesis.mutation.operators.port import BreedingError
from genesis.mutation.propose import propose
from genesis.mutation.tasks import DONE, MISUSED, TASK, Order, decode, encode, step_of

__all__ = ["main"]

# A tree takes about 100 times its text; the largest program there is then needs a fifth of this.
_MEMORY_BYTES: Final = 2 * 2**30
# Trees hold no cycles: collecting young objects at Python's pace would find nothing, a tenth of the time.
_COLLECT_AFTER: Final = 100_000


def main(descriptor: int) -> None:
    """Serve proposals over the channel at ``descriptor`` until the engine is gone."""
    endpoint = adopt(descriptor)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 20)
    serve(endpoint, _answer)


def _answer(request: Message) -> tuple[Header, bytes]:
    if not request.payload:  # whether the process is ready is asked
        return {}, b""
    try:
        return {}, DONE + _done(request.header.get(TASK), request.payload)
    except BreedingError as error:
        return {}, MISUSED + str(error).encode()


def _done(task: str | None, payload: bytes) -> bytes:
    if task is None:
        order = decode(payload, Order)
        return encode(step_of(propose(order.operator, order.breeding)))
    from genesis.mutation.talk import TASKS  # noqa: PLC0415  templates and similarity take long to import

    return TASKS[task](payload)
