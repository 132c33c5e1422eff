"""What every event's data has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

__all__ = ["Payload", "ProgramPayload", "Record"]


class Record(BaseModel):
    """A frozen value inside an event's data. Unknown members are errors; numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Payload(Record):
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


class ProgramPayload(Payload):
    """Data of an event about one program, ``p000042``."""

    program: str

    @property
    def subject(self) -> str | None:
        """The program's id."""
        return self.program
