"""The context: built once a run, in one validator, and shared with every other process as data.

Two sealed memory files carry it, one with what candidates may see and one with what is under ``private``. A large one
is taken from these files by its builder too, which lets go of what it built: arrays are views of the files, so all
processes together hold one copy. Candidates' warm process gets the first file alone.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from genesis.channel import open_memory_file, seal
from genesis.evaluation.codec import EncodeError, decode_file, encode_to_file
from genesis.evaluation.problem_code import ProblemCodeError
from genesis.evaluation.wire import ContextKind

__all__ = ["Context", "public_context", "share_context", "shared_context"]

_PRIVATE = "private"
_LIMIT_BYTES = 1 << 40
_WORTH_SHARING_BYTES = 1 << 20  # below, a second copy costs less than that objects lose their identity


@dataclass(frozen=True, slots=True)
class Context:
    """A context, and how others get it.

    Attributes:
        value: For ``validate``.
        kind: How candidates get it.
        files: Sealed: what candidates may see, then, for validators alone, what they may not. Empty when candidates'
            process builds it; without the second when other validators have to build it.
    """

    value: object
    kind: ContextKind
    files: tuple[int, ...] = ()


def share_context(context: object) -> Context:
    """What was just built, in a form that can be shared if it is plain data.

    Raises:
        ProblemCodeError: It has a private part, and the rest is not plain data.
    """
    public, private = _split(context)
    try:
        shown = _encoded(public)
    except EncodeError as error:
        if private:
            raise ProblemCodeError(
                f"build_context(): what is not under {_PRIVATE!r} goes to candidates as data, but {error}"
            ) from error
        return Context(context, "build")
    try:
        hidden = _encoded(private)
    except EncodeError:
        return Context(context, "data", (shown,))
    if os.fstat(shown).st_size + os.fstat(hidden).st_size < _WORTH_SHARING_BYTES:
        os.close(hidden)
        return Context(context, "data", (shown,))
    return Context(shared_context((shown, hidden)), "data", (shown, hidden))


def shared_context(files: Sequence[int]) -> object:
    """The whole context, out of both files."""
    shown, hidden = (decode_file(file, limit_bytes=_LIMIT_BYTES) for file in files)
    return {**shown, **hidden} if hidden else shown


def public_context(file: int) -> object:
    """What candidates may see, out of the first file."""
    return decode_file(file, limit_bytes=_LIMIT_BYTES)


def _split(context: object) -> tuple[object, dict[str, object]]:
    """What candidates may see, and what they may not, under its own key."""
    if not isinstance(context, dict) or _PRIVATE not in context:
        return context, {}  # pyright: ignore[reportUnknownVariableType]  the author's dict
    fields: dict[object, object] = context  # pyright: ignore[reportUnknownVariableType]  as above
    shown = {key: value for key, value in fields.items() if key != _PRIVATE}
    return shown, {_PRIVATE: fields[_PRIVATE]}


def _encoded(value: object) -> int:
    file = open_memory_file("context")
    try:
        encode_to_file(value, file)
    except BaseException:
        os.close(file)
        raise
    seal(file)
    return file
