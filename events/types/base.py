"""What every event's data has in common.

Records are Pydantic dataclasses: Pydantic holds the schema and checks every value that is made. They are dataclasses so
that trusted lines can be decoded into the same classes several times faster (see `events.codec`).
"""

import dataclasses
from typing import Any, ClassVar, TypeAlias, TypeVar, dataclass_transform

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

__all__ = ["Json", "Payload", "ProgramPayload", "record"]

Json: TypeAlias = Any
"""Whatever JSON can say; ``Any`` because no decoder that is fast takes a recursive alias."""

_Class = TypeVar("_Class")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(dataclasses.field,))
def record(cls: type[_Class]) -> type[_Class]:
    """Makes a class a frozen value inside an event's data. Unknown members are errors; numbers are finite."""
    config = ConfigDict(extra="forbid", allow_inf_nan=False)
    made: Any = dataclass(frozen=True, slots=True, kw_only=True, config=config)(cls)  # the same class, with slots
    return made


@record
class Payload:
    """An event's data. Each concrete class is one row of the catalogue.

    Attributes:
        TYPE: The event type on the wire, ``noun.verbed``.
        VERSION: The schema version that this class writes.
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1

    @property
    def subject(self) -> str | None:
        """The id of the program that the event is about, None when it is about the run."""
        return None


@record
class ProgramPayload(Payload):
    """Data of an event about one program, ``p000042``."""

    program: str

    @property
    def subject(self) -> str | None:
        """The program's id."""
        return self.program
