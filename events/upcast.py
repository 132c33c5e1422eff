"""Old schema versions to new, one pure step each.

A changed meaning of an event type raises its class's ``VERSION`` and adds one row here: ``(type, from_version)`` to a
function from the old data to the next version's data. Old logs stay readable for ever.
"""

from collections.abc import Callable, Mapping

from events.types import Json

__all__ = ["STEPS", "upcast"]

Data = dict[str, Json]
Step = Callable[[Data], Data]

STEPS: Mapping[tuple[str, int], Step] = {}


def upcast(event_type: str, *, data: Data, version: int, to: int) -> Data:
    """The data of an event written under ``version``, as version ``to`` would have written it.

    Raises:
        KeyError: A step is missing, which is a bug in the table.
    """
    for step in range(version, to):
        data = STEPS[event_type, step](data)
    return data
