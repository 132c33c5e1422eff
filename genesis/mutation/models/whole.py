"""A whole program out of a reply: which of its fences are the program's files, and what of them may take effect.

A file that has EVOLVE-BLOCK markers keeps the text outside them letter by letter. A reply whose text there differs in
white space alone is taken for what it says inside; one that leaves the markers out, or gives the inside of the only
block alone, is put where it can only belong. Any other change outside is left in, for the checks to name.
"""

import re
from collections.abc import Sequence
from typing import Final

from genesis.language import Language, comment_of, language_named
from genesis.mutation.models.paths import named_path
from genesis.mutation.models.reply import Fence, fences, is_tagged_for, without_labels
from genesis.mutation.operators.port import Rejection
from genesis.mutation.regions import Region, RegionError, editable, has_markers
from genesis.program import Source, SourceError

__all__ = ["read_whole"]

_HEADER_LINES: Final = 2  # how far above a fence the name of its file may stand
_MIN_OUTSIDE: Final = 4  # shorter lines, such as a lone bracket, say nothing of where a text belongs


def read_whole(reply: str, parent: Source | None, *, language: str, entry: str, entrypoint: str) -> Source | Rejection:
    """The program that the reply gives; the reply is clean and without thoughts.

    Args:
        reply: Text with one fenced block a file, or with nothing but the program.
        parent: What it is to take the place of: files that the reply does not give stay. None for a first program.
        language: Key of the table of languages.
        entry: Name of the entry file where there is no parent.
        entrypoint: Name that every program defines; empty where there is none.
    """
    spoken = language_named(language)
    main = entry if parent is None else parent.entry
    known = {main} if parent is None else set(parent.files)
    lines = reply.split("\n")
    found = [(_name(lines, fence, known), fence) for fence in fences(reply)]
    named = [(path, fence.body) for path, fence in found if path is not None]
    try:
        if len(known) > 1 or len({path for path, _ in named}) > 1:
            return _of_files(named, [fence for path, fence in found if path is None], parent, main, spoken)
        text = _single(reply, [fence for _, fence in found], spoken, entrypoint)
        return text if isinstance(text, Rejection) else _with(parent, {main: text}, main, spoken)
    except SourceError as error:
        return Rejection("llm_failed", str(error))
    except RegionError as error:
        return Rejection("not_applicable", str(error))


def _name(lines: Sequence[str], fence: Fence, known: set[str]) -> str | None:
    """The file that a fence is: named behind its language, or in the lines above it."""
    info = fence.info.partition(" ")[2] or fence.info.partition(":")[2]
    if info and (path := named_path(re.sub(r"\w+=|[{}\"']", " ", info), known)) is not None:
        return path
    above = [line for line in _lines_above(lines, fence) if line.strip()][-_HEADER_LINES:]
    return next((path for line in reversed(above) if (path := named_path(line, known)) is not None), None)


def _lines_above(lines: Sequence[str], fence: Fence) -> list[str]:
    near = lines[max(0, fence.start - 2 * _HEADER_LINES) : fence.start]
    ends = [number for number, line in enumerate(near) if line.lstrip().startswith(("```", "~~~"))]
    return list(near[ends[-1] + 1 :] if ends else near)


def _of_files(
    named: Sequence[tuple[str, str]], unnamed: Sequence[Fence], parent: Source | None, main: str, language: Language
) -> Source | Rejection:
    """A program of several files; a fence without a name is the entry file if it is the only one of its language."""
    texts: dict[str, str] = {}
    for path, text in named:
        if texts.setdefault(path, text) != text:
            return Rejection("llm_failed", f"the reply gives {path} twice and not the same: give each file once")
    if not texts:
        mine = [fence for fence in unnamed if is_tagged_for(fence, language)] or list(unnamed)
        if len(mine) != 1:
            return Rejection("llm_failed", f"the reply has {len(mine)} code blocks without a file's name above them")
        texts = {main: mine[0].body}
    if parent is None and main not in texts:
        return Rejection("llm_failed", f"the reply gives {', '.join(sorted(texts))} and not the entry file {main}")
    return _with(parent, texts, main, language)


def _single(reply: str, found: Sequence[Fence], language: Language, entrypoint: str) -> str | Rejection:
    """The text of a program of one file."""
    mine = [fence for fence in found if is_tagged_for(fence, language)]
    plain = [fence for fence in found if not fence.tag]
    other = [fence for fence in found if fence.tag and not fence.is_other and fence not in mine]
    candidates = mine or plain or other
    if not candidates:
        bare = without_labels(reply).strip() + "\n"
        if _is_program(bare, language, entrypoint):
            return bare
        return Rejection(
            "llm_failed", f"the reply has no program: give it in a block that begins with ```{language.name}"
        )
    texts = {fence.body for fence in candidates}
    if len(texts) > 1:
        texts = {text for text in texts if _defines(text, entrypoint)} or texts
    if len(texts) > 1:
        return Rejection("llm_failed", f"the reply has {len(texts)} programs: give one")
    text = texts.pop()
    if language.syntax_error(text) is not None and (outer := _outermost(reply, candidates[0])) is not None:
        return outer if language.syntax_error(outer) is None else text
    return text


def _outermost(reply: str, fence: Fence) -> str | None:
    """What stands between a fence and the last bare fence of the reply: programs may hold fences of their own."""
    lines = reply.split("\n")
    bare = [number for number in range(fence.start + 1, len(lines)) if lines[number].strip() in {"```", "~~~"}]
    return "".join(f"{line}\n" for line in lines[fence.start + 1 : bare[-1]]) if len(bare) > 1 else None


def _is_program(text: str, language: Language, entrypoint: str) -> bool:
    return bool(text.strip()) and _defines(text, entrypoint) and language.syntax_error(text) is None


def _defines(text: str, entrypoint: str) -> bool:
    return not entrypoint or re.search(rf"\b{re.escape(entrypoint)}\b", text) is not None


def _with(parent: Source | None, texts: dict[str, str], main: str, language: Language) -> Source:
    """The parent with these files in place of its own."""
    if parent is None:
        return Source(texts, main)
    files = dict(parent.files)
    for path, text in texts.items():
        before = files.get(path)
        files[path] = text if before is None else _fitted(before, text, comment_of(path, among=language.name))
    return Source(files, main)


def _fitted(before: str, text: str, comment: str) -> str:
    """The new text of a file, with what may not change as it was where that is clear."""
    if not has_markers(before, comment):
        return text
    regions = editable(before, comment)
    if not has_markers(text, comment):
        inside = _inside(before, regions[0], text) if len(regions) == 1 else None
        return text if inside is None else _filled(before, regions, [inside])
    try:
        offered = editable(text, comment)
    except RegionError:
        return text
    same = list(map(_words, _outside(before, regions))) == list(map(_words, _outside(text, offered)))
    return _filled(before, regions, [text[each.start : each.end] for each in offered]) if same else text


def _inside(before: str, region: Region, text: str) -> str | None:
    """The part of a file without markers that belongs into the only region; None where that is not clear."""
    head = _lines(before[: region.start])[:-1]
    tail = _lines(before[region.end :])[1:]
    lines = text.splitlines(keepends=True)
    full = [number for number, line in enumerate(lines) if line.strip()]
    said = [lines[number].strip() for number in full]
    whole = len(said) >= len(head) + len(tail)
    if whole and said[: len(head)] == head and said[len(said) - len(tail) :] == tail:
        start = full[len(head) - 1] + 1 if head else 0
        end = full[len(said) - len(tail)] if tail else len(lines)
        return "".join(lines[start:end]).strip("\n") + "\n"
    outside = {line for line in (*head, *tail) if len(line) >= _MIN_OUTSIDE}
    return None if outside.intersection(said) else text


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _words(text: str) -> list[str]:
    return text.split()


def _outside(text: str, regions: Sequence[Region]) -> list[str]:
    starts = [0, *(region.end for region in regions)]
    ends = [*(region.start for region in regions), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _filled(before: str, regions: Sequence[Region], insides: Sequence[str]) -> str:
    parts: list[str] = []
    done = 0
    for region, inside in zip(regions, insides, strict=True):
        parts += (before[done : region.start], inside if inside.endswith("\n") or not inside else inside + "\n")
        done = region.end
    return "".join((*parts, before[done:]))
