"""Changes a program as a model's SEARCH/REPLACE blocks, or its unified diff, say; or says why it cannot.

Rules:

- A block is found in one place or is refused. Where several places match and one of them alone may change, it is
  that one. `genesis.mutation.models.matching` says what counts as a match.
- A block that names a file is searched for in that file; one that names none, in the file that a block before it
  named, and if it is not there, in all of them.
- Blocks are found in the program as it was shown. One that is not there is looked for in what the blocks before it
  have made.
- All blocks apply, or none does.

What this gives may still break a rule of `genesis.mutation.checks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from genesis.mutation.models.blocks import Block, misread, read_blocks
from genesis.mutation.models.line_numbers import without_line_numbers
from genesis.mutation.models.matching import FileText, Match, find
from genesis.mutation.models.nearest import unmatched
from genesis.mutation.models.replacing import replacement
from genesis.mutation.models.unified import read_unified
from genesis.mutation.operators.port import Rejection
from genesis.mutation.regions import RegionError, editable_regions
from genesis.program import Source, SourceError

__all__ = ["apply_blocks", "apply_patch", "editable_lines", "has_patch", "read_patch"]

_SHOWN_FAULTS: Final = 3
_SHOWN_PLACES: Final = 6
_MOST_BLOCKS: Final = 500
_RETURN: Final = "\r"


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    match: Match
    search: tuple[str, ...]
    replace: tuple[str, ...]


def apply_patch(source: Source, reply: str, language: str) -> Source | Rejection:
    """The program as the reply changes it; the reply is clean and without thoughts."""
    blocks = read_patch(reply, source)
    return blocks if isinstance(blocks, Rejection) else apply_blocks(source, blocks, language)


def has_patch(reply: str, source: Source) -> bool:
    """Whether the reply has the form of a patch, readable or not."""
    return read_patch(reply, source) != ()


def read_patch(reply: str, source: Source) -> tuple[Block, ...] | Rejection:
    """The reply's blocks; those of a unified diff where it has no others; none where it has neither."""
    blocks = read_blocks(reply, source.files.keys())
    return blocks if blocks != () else read_unified(reply, source.files.keys())


def apply_blocks(source: Source, blocks: Sequence[Block], language: str) -> Source | Rejection:
    """The program with every block applied, or what is wrong with up to three of them."""
    if not 1 <= len(blocks) <= _MOST_BLOCKS:
        rule = "write at least one" if not blocks else f"{_MOST_BLOCKS} are the most: change less at a time"
        return misread(f"the reply holds {len(blocks)} blocks: {rule}")
    try:
        work = _Work(source, language)
        faults = [fault for block in blocks if (fault := work.add(block, len(blocks))) is not None]
        return _first(faults) if faults else work.result()
    except SourceError as error:
        return misread(str(error))
    except RegionError as error:
        return Rejection("not_applicable", str(error))


def editable_lines(source: Source, language: str) -> str:
    """Which lines may change, as people count them: ``program.py 3-20, 31-40``."""
    parts: list[str] = []
    for path, regions in _line_regions(source, language).items():
        last = source.files[path].removesuffix("\n").count("\n") + 1
        ranges = [
            _span(start, min(end, last)) if end > start else f"between {start} and {start + 1}"
            for start, end in regions
        ]
        parts += [f"{path} {', '.join(ranges)}"] if ranges else []
    return "; ".join(parts) or "none"


class _Work:
    """A program while blocks are put on it: the text that lines are counted in, and what is to change there."""

    def __init__(self, source: Source, language: str) -> None:
        self._language = language
        self._begin(source)

    def _begin(self, source: Source) -> None:
        self._source = source
        self._files = {path: FileText(text) for path, text in source.files.items()}
        self._regions = _line_regions(source, self._language)
        self._edits: dict[str, list[_Edit]] = {}

    def add(self, block: Block, count: int) -> Rejection | None:
        """Notes the block's change, or says why it cannot be made."""
        title = f"block {block.number} of {count}" + (f" ({block.path})" if block.path else "")
        is_empty = not any(line.strip() for line in block.search)
        if block.path is not None and block.path not in self._files:
            if is_empty or len(self._files) > 1:
                return self._added_file(block, title)
            block = replace(block, path=None, named_here=False)  # models call the only file what they like
        if is_empty:
            return self._filled_file(block, title)
        found = self._located(block, title)
        if isinstance(found, Rejection):
            return found
        if block.search != block.replace:
            return self._noted(found, title)
        return None

    def result(self) -> Source:
        """The program with all noted changes."""
        files = dict(self._source.files)
        for path, edits in self._edits.items():
            files[path] = _edited(self._files[path], edits)
        return Source(files, self._source.entry)

    def _added_file(self, block: Block, title: str) -> Rejection | None:
        assert block.path is not None
        if any(line.strip() for line in block.search):
            names = ", ".join(sorted(self._files))
            return misread(f"{title}: the program has no such file; its files are {names}")
        text = "\n".join(block.replace)
        self._begin(self.result().with_file(block.path, text if text.endswith("\n") else text + "\n"))
        return None

    def _filled_file(self, block: Block, title: str) -> Rejection | None:
        path = block.path or (self._source.entry if len(self._files) == 1 else None)
        if path is None or self._source.files[path].strip():
            return misread(f"{title}: SEARCH is empty; write the lines that are to be replaced")
        self._begin(self.result().with_file(path, "\n".join(block.replace) + "\n"))
        return None

    def _located(self, block: Block, title: str) -> _Place | Rejection:
        found = self._place(block, title)
        if found is not None:
            return found
        if any(self._edits.values()):
            changed = self.result()
            if isinstance(later := _Work(changed, self._language)._place(block, title), _Place):
                self._begin(changed)
                return later
        searched = {path: self._source.files[path] for path in self._paths(block)[-1]}
        return misread(
            f"{title}: its SEARCH text is not in the program; {unmatched(block.search, searched)}\n"
            f"lines that may change: {editable_lines(self._source, self._language)}"
        )

    def _place(self, block: Block, title: str) -> _Place | Rejection | None:
        """Where the block applies, why that is not clear, or None where nothing matches."""
        plain = without_line_numbers(block.search, block.replace)
        for search, new in ((block.search, block.replace), *([plain] if plain else [])):
            for paths in self._paths(block):
                if found := self._matches(paths, search):
                    place = self._chosen(found, title)
                    return place if isinstance(place, Rejection) else _Place(*place, search, new)
        return None

    def _matches(self, paths: Sequence[str], search: Sequence[str]) -> list[tuple[str, Match]]:
        found = [(path, match) for path in paths for match in find(self._files[path], search)]
        return [each for each in found if each[1].is_exact] or found

    def _paths(self, block: Block) -> list[list[str]]:
        """The files that the block may be in: the named one, then all if the name does not stand at the block."""
        named = [] if block.path is None else [[block.path]]
        return named if block.named_here else [*named, sorted(self._files)]

    def _chosen(self, found: list[tuple[str, Match]], title: str) -> tuple[str, Match] | Rejection:
        inside = [each for each in found if self._is_inside(*each)]
        touching = inside or [each for each in found if self._touches(*each)]
        if len(touching) == 1:
            return touching[0]
        if not touching:
            path, match = found[0]
            return Rejection(
                "immutable_region_changed",
                f"{title}: line {_span(match.start, match.end)} of {path} is outside every EVOLVE-BLOCK and stays as "
                f"it is; lines that may change: {editable_lines(self._source, self._language)}",
            )
        places = ", ".join(f"line {match.start + 1} of {path}" for path, match in touching[:_SHOWN_PLACES])
        more = " and more" if len(touching) > _SHOWN_PLACES else ""
        return misread(
            f"{title}: its SEARCH text is in {len(touching)} places ({places}{more}): add lines of the program around "
            "it until it is in one"
        )

    def _is_inside(self, path: str, match: Match) -> bool:
        return any(start <= match.start and match.end <= end for start, end in self._regions[path])

    def _touches(self, path: str, match: Match) -> bool:
        return any(
            match.start < end and match.end > start if end > start else match.start < start < match.end
            for start, end in self._regions[path]
        )

    def _noted(self, place: _Place, title: str) -> Rejection | None:
        match, edits = place.match, self._edits.setdefault(place.path, [])
        if any(match.start < edit.end and edit.start < match.end for edit in edits):
            return misread(
                f"{title}: it changes line {_span(match.start, match.end)} of {place.path}, which another block "
                "changes too: join the two"
            )
        lines = replacement(self._files[place.path].raw, match, place.search, place.replace)
        edits.append(_Edit(match.start, match.end, tuple(lines)))
        return None


def _span(start: int, end: int) -> str:
    """Lines from 0, the last not included, as people count them."""
    return f"{start + 1}" if end == start + 1 else f"{start + 1}-{end}"


def _first(faults: Sequence[Rejection]) -> Rejection:
    return Rejection(faults[0].reason, "\n".join(fault.message for fault in faults[:_SHOWN_FAULTS]))


def _edited(file: FileText, edits: Sequence[_Edit]) -> str:
    """The file with the edits made; new lines end as most of its lines do."""
    lines: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: each.start):
        lines += file.raw[done : edit.start]
        lines += (f"{line.rstrip(_RETURN)}{_RETURN}" for line in edit.lines) if file.ends_in_returns else edit.lines
        done = edit.end
    lines += file.raw[done:]
    if lines and not file.raw[-1].endswith(_RETURN):
        lines[-1] = lines[-1].removesuffix(_RETURN)
    return "\n".join(lines)


def _line_regions(source: Source, language: str) -> Mapping[str, tuple[tuple[int, int], ...]]:
    """The regions that may change as numbers of lines from 0, the second not included."""
    return {
        path: tuple(_lines_of(source.files[path], region.start, region.end) for region in regions)
        for path, regions in editable_regions(source, language).items()
    }


def _lines_of(text: str, start: int, end: int) -> tuple[int, int]:
    first = text.count("\n", 0, start)
    last = first + text.count("\n", start, end)
    return first, last if end == 0 or (text[end - 1] == "\n" and end < len(text)) else last + 1
