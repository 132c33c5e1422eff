"""One program a language that adds up the integers it reads, and one with a mistake whose line is known."""

from dataclasses import dataclass
from pathlib import Path

from genesis.language import language_named
from genesis.program import Source

__all__ = ["SAMPLES", "Sample"]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """Two programs of a language.

    Attributes:
        language: Its name.
        line: Of the mistake in the second.
        says: A word of the message about it.
    """

    language: str
    line: int
    says: str

    @property
    def adds(self) -> Source:
        return self._read("adds")

    @property
    def mistaken(self) -> Source:
        return self._read("mistaken")

    def _read(self, kind: str) -> Source:
        spoken = language_named(self.language)
        path = HERE / f"{kind}{spoken.suffixes[0]}"
        return Source.single(path.read_text(encoding="utf-8"), spoken.entry)


SAMPLES = {
    sample.language: sample
    for sample in (
        Sample("python", 4, "SyntaxError"),
        Sample("rust", 6, "i32"),
        Sample("c", 6, "undeclared"),
        Sample("cpp", 6, "total"),
        Sample("cuda", 4, "undefined"),
        Sample("javascript", 3, "Unexpected"),
        Sample("typescript", 3, "number"),
        Sample("go", 7, "undefined"),
        Sample("zig", 4, "expected"),
        Sample("julia", 3, "Expected"),
        Sample("haskell", 4, "scope"),
        Sample("mojo", 2, "convert"),
        Sample("webassembly", 4, "unknown"),
    )
}
