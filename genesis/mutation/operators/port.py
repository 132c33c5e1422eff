"""What an operator is given and what it gives: programs' text in, one program's text out, nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from genesis.program import Source

__all__ = ["Breeding", "BreedingError", "Operator", "Parameter", "Proposal", "Proposed", "Rejection", "RejectionReason"]

Parameter: TypeAlias = float | int | str | Sequence[Sequence[float | None]]
RejectionReason: TypeAlias = Literal[
    "not_applicable",
    "syntax_error",
    "immutable_region_changed",
    "too_long",
    "duplicate",
    "patch_did_not_apply",
    "llm_failed",
    "not_novel",
]


class BreedingError(ValueError):
    """A breeding that no operator could take, whatever the parents hold: whoever asked for the proposal has a bug."""


@dataclass(frozen=True, slots=True)
class Breeding:
    """Everything that a proposal depends on: the same breeding gives the same proposal on any machine.

    Args:
        parents: The programs to change, as many as the operator wants; the first is the one that is changed.
        language: A key of ``genesis.language.LANGUAGES``.
        parameters: The operator's own, as its class says.
        draw: Name of the stream of random numbers.
    """

    parents: tuple[Source, ...]
    language: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    draw: str = ""

    def real(self, name: str, default: float | None = None) -> float:
        """The parameter as a real number.

        Raises:
            BreedingError: It is missing without a default, or no number.
        """
        value = self.parameters.get(name, default)
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise BreedingError(f"parameter {name} is {value!r}: the operator needs a number")
        return float(value)

    def whole(self, name: str, default: int | None = None) -> int:
        """The parameter as an integer.

        Raises:
            BreedingError: It is missing without a default, or no integer.
        """
        value = self.parameters.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BreedingError(f"parameter {name} is {value!r}: the operator needs an integer")
        return value

    def text(self, name: str) -> str:
        """The parameter as text.

        Raises:
            BreedingError: It is missing or no text.
        """
        value = self.parameters.get(name)
        if not isinstance(value, str):
            raise BreedingError(f"parameter {name} is {value!r}: the operator needs text")
        return value

    def generations(self, name: str) -> Sequence[Sequence[float | None]]:
        """The parameter as lists of numbers or ``None``; the elements are taken as they are.

        Raises:
            BreedingError: It is missing or no list.
        """
        value = self.parameters.get(name)
        if value is None or isinstance(value, str | float | int):
            raise BreedingError(f"parameter {name} is {value!r}: the operator needs a list of lists of numbers")
        return value


@dataclass(frozen=True, slots=True)
class Proposal:
    """A new program.

    Args:
        source: Its text.
        name: A short label that begins with the operator's name.
        rationale: One plain sentence: what was changed.
    """

    source: Source
    name: str
    rationale: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A new program that parses, changed only what may change, and says something new.

    Args:
        source: Its text.
        name: A short label that begins with the operator's name.
        rationale: One plain sentence: what was changed.
        code_digest: Of ``source``, as ``genesis.language.code_digest`` gives it.
        diff: Unified, against the first parent; at most 65,536 characters, marked when it was cut.
    """

    source: Source
    name: str
    rationale: str
    code_digest: str
    diff: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why there is no new program; an expected outcome, not a fault."""

    reason: RejectionReason
    message: str


class Operator(Protocol):
    """One way to make a program from others: a pure function of the breeding, whatever was asked before."""

    @property
    def name(self) -> str:
        """The key in the table of operators and in events."""
        ...

    @property
    def parents(self) -> int:
        """How many parents it wants."""
        ...

    def propose(self, breeding: Breeding) -> Proposal | Rejection:
        """A changed program, or why there is none.

        Raises:
            BreedingError: A parameter is missing or of the wrong type.
        """
        ...
