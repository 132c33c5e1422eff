"""Where a relay begins, for each thing that can have happened to the stream."""

import pytest

from events.bus.cursor import Cursor
from events.bus.port import Held
from events.bus.start import Start, start_of
from events.log.lines import BEGINNING, Place

AT_50 = Place(50, "f" * 64, 5000)
CURSOR = Cursor("s1", 80, AT_50)


@pytest.mark.parametrize(
    ("what", "cursor", "held", "start"),
    [
        ("nothing yet", Cursor(), Held("s1", 0), Start(BEGINNING, 0, mend=False)),
        ("others alone", Cursor(), Held("s1", 500), Start(BEGINNING, 0, mend=False)),
        ("as remembered", CURSOR, Held("s1", 80, 50, 1, 50), Start(AT_50, 50, mend=False)),
        ("ahead of the cursor", CURSOR, Held("s1", 99, 60, 1, 60), Start(AT_50, 60, mend=False)),
        ("no cursor", Cursor(), Held("s1", 99, 60, 1, 60), Start(BEGINNING, 60, mend=False)),
        ("no cursor, dropped", Cursor(), Held("s1", 99, 20, 41, 60, trimmed=True), Start(BEGINNING, 60, mend=False)),
        ("no cursor, beginning missing", Cursor(), Held("s1", 99, 20, 41, 60), Start(BEGINNING, 0, mend=True)),
        ("all dropped", CURSOR, Held("s1", 500, 0, trimmed=True), Start(AT_50, 50, mend=False)),
        ("purged by the operator", CURSOR, Held("s1", 80, 0), Start(AT_50, 50, mend=False)),
        ("beginning dropped", CURSOR, Held("s1", 80, 10, 41, 50, trimmed=True), Start(AT_50, 50, mend=False)),
        ("a hole behind the cursor", CURSOR, Held("s1", 99, 55, 1, 60), Start(AT_50, 50, mend=True)),
        ("made again, empty", CURSOR, Held("s2", 0), Start(BEGINNING, 0, mend=False, why="another stream")),
        ("made again, some", CURSOR, Held("s2", 9, 9, 1, 9), Start(BEGINNING, 9, mend=False, why="another stream")),
        ("end first", CURSOR, Held("s2", 9, 9, 45, 53), Start(BEGINNING, 0, mend=True, why="another stream")),
        ("lost its end", CURSOR, Held("s1", 40, 30, 1, 30), Start(BEGINNING, 30, mend=False, why="lost its end")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_begins(what: str, cursor: Cursor, held: Held, start: Start) -> None:
    assert start_of(cursor, held) == start, what
