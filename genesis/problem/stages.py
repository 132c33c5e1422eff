"""The stages of an evaluation, as a problem declares them: a graph with data edges and order edges."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "FILES",
    "MODEL_KINDS",
    "StageDeclaration",
    "StageError",
    "StageKind",
    "Threshold",
    "default_stages",
    "resolve",
    "turns",
]

StageKind: TypeAlias = Literal["syntax", "build", "run", "cases", "validate", "complexity", "call", "score", "insight"]
KINDS: tuple[StageKind, ...] = (
    "syntax", "build", "run", "cases", "validate", "complexity", "call", "score", "insight",
)  # fmt: skip
MODEL_KINDS = frozenset({"score", "insight"})
"""Stages that a language model performs."""

FILES = "files"
"""The data edge that leads from the program's text."""

_WITH_DATA = frozenset({"run", "cases", "validate", "call"})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
_CALL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.py:[A-Za-z_][A-Za-z0-9_]*")


class StageError(Exception):
    """A rule of the graph is broken; ``index`` is the stage's place, ``key`` the part of it that is wrong."""

    def __init__(self, index: int, key: str, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.key = key


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Threshold(_Declared):
    """A bound that a metric has to keep; a metric that was not measured does not keep it."""

    metric: str = Field(min_length=1)
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a threshold needs at_least or at_most")
        return self

    def holds(self, metrics: Mapping[str, float]) -> bool:
        """Whether a program with these metrics keeps the bound."""
        value = metrics.get(self.metric)
        if value is None:
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        parts = [f">= {self.at_least:g}" if self.at_least is not None else ""]
        parts.append(f"<= {self.at_most:g}" if self.at_most is not None else "")
        return f"{self.metric} {' and '.join(filter(None, parts))}"


class StageDeclaration(_Declared):
    """One stage; ``kind`` may be left out where the name is a kind, or where there is a ``call``."""

    name: str = Field(min_length=1)
    kind: StageKind | None = None
    call: str | None = None
    inputs: Annotated[tuple[str, ...], Field(strict=False)] | None = None
    after: Annotated[tuple[str, ...], Field(strict=False)] = ()
    when: Threshold | None = None
    stop_unless: Threshold | None = None
    wall_s: Annotated[float, Field(gt=0)] | None = None
    retries: Annotated[int, Field(ge=0, le=10)] = 1
    cases: Annotated[tuple[str, ...], Field(strict=False)] = ()
    warmup: Annotated[int, Field(ge=0, le=100)] | None = None
    repeats: Annotated[int, Field(ge=1, le=1000)] | None = None
    reference: str | None = None
    criteria: str | None = None
    metric: str | None = None
    lowest: float | None = None
    highest: float | None = None

    @property
    def performs(self) -> StageKind:
        """The kind, spelled out or not."""
        if self.kind is not None:
            return self.kind
        return "call" if self.call is not None and self.name not in KINDS else _as_kind(self.name)

    @property
    def is_score(self) -> bool:
        """Whether a model scores programs in it; also of one whose kind is missing, which `resolve` refuses."""
        return (self.kind or self.name) == "score"

    @property
    def data(self) -> tuple[str, ...]:
        """Where its data come from; known once the graph is resolved."""
        return self.inputs or ()

    @property
    def rules(self) -> tuple[str, ...]:
        """What decides about it and what it decides, in words."""
        said = [f"only with {self.when}" if self.when is not None else ""]
        said.append(f"stops the rest unless {self.stop_unless}" if self.stop_unless is not None else "")
        said.append(f"at most {self.wall_s:g} s" if self.wall_s is not None else "")
        if self.metric is not None and self.lowest is not None and self.highest is not None:
            said.append(f"a model gives {self.metric}, {self.lowest:g} to {self.highest:g}")
        return tuple(filter(None, said))

    @property
    def needs(self) -> tuple[str, ...]:
        """Stages that must have ended well before it begins."""
        return tuple(dict.fromkeys((*(name for name in self.data if name != FILES), *self.after)))


def _as_kind(name: str) -> StageKind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise ValueError(f"stage {name} has no kind")


def default_stages(*, command: bool, builds: bool, checks: bool) -> tuple[StageDeclaration, ...]:
    """What happens when a problem declares no stages.

    Args:
        command: Programs are run as commands on cases, not through their entry point.
        builds: There is something to build.
        checks: There is a syntax check apart from the build.
    """
    names = ["syntax"] if checks else []
    names += ["build"] if builds else []
    names += ["cases" if command else "run", "validate", "complexity"]
    return resolve([StageDeclaration(name=name) for name in names])


def resolve(stages: Sequence[StageDeclaration]) -> tuple[StageDeclaration, ...]:
    """The stages with their edges written out, in the order of declaration.

    Raises:
        StageError: A name is bad or there twice, a stage has no kind, an edge leads to nothing or to a stage that has
            no such data, the graph has a cycle, or there is not exactly one stage that validates.
    """
    for index, stage in enumerate(stages):
        _check_words(stages, index, stage)
    by_name = {stage.name: stage for stage in stages}
    complete = tuple(stage if stage.inputs is not None else _with_edges(stage, stages) for stage in stages)
    for index, stage in enumerate(complete):
        _check_edges(index, stage, by_name)
    _check_cycles(complete)
    judging = [index for index, stage in enumerate(complete) if stage.performs == "validate"]
    if len(judging) != 1:
        where = judging[1] if judging else 0
        raise StageError(where, "name", f"{len(judging)} stages validate: a pipeline needs exactly one of that kind")
    return complete


def turns(stages: Sequence[StageDeclaration]) -> tuple[int, ...]:
    """When each stage's turn comes, from 1, if every stage took the same time: equal turns run at the same time."""
    found: dict[str, int] = {}
    while len(found) < len(stages):
        ready = [stage for stage in stages if stage.name not in found and set(stage.needs) <= found.keys()]
        found.update({stage.name: 1 + max((found[name] for name in stage.needs), default=0) for stage in ready})
    return tuple(found[stage.name] for stage in stages)


def _check_words(stages: Sequence[StageDeclaration], index: int, stage: StageDeclaration) -> None:
    if not _NAME.fullmatch(stage.name) or stage.name == FILES:
        raise StageError(index, "name", f"stage {stage.name!r}: use lower-case letters, digits and '_', a letter first")
    if any(other.name == stage.name for other in stages[:index]):
        raise StageError(index, "name", f"stage {stage.name} is declared twice: give one another name")
    if stage.kind is None and stage.call is None and stage.name not in KINDS:
        raise StageError(index, "name", f"stage {stage.name} has no kind: add kind, one of {', '.join(KINDS)}, or call")
    if stage.call is not None and not _CALL.fullmatch(stage.call):
        raise StageError(index, "call", f"call is {stage.call!r}: write FILE.py:FUNCTION, such as stages.py:smoke")
    kind = stage.performs
    if kind == "call" and stage.call is None:
        raise StageError(index, "name", f"stage {stage.name} calls nothing: add call: FILE.py:FUNCTION")
    if stage.call is not None and kind not in {"call", "validate"}:
        raise StageError(index, "call", f"call is for the kinds call and validate, and {stage.name} is a {kind} stage")
    if kind != "cases" and (stage.cases or stage.repeats or stage.warmup is not None or stage.reference is not None):
        raise StageError(
            index, "name", f"cases, warmup, repeats and reference are for cases, and {stage.name} is a {kind} stage"
        )


def _with_edges(stage: StageDeclaration, stages: Sequence[StageDeclaration]) -> StageDeclaration:
    """A stage's usual edges: files, what was built before, and the last result before it."""
    before = stages[: [other.name for other in stages].index(stage.name)]
    kind = stage.performs
    made = tuple(other.name for other in before if other.performs == "build")
    results = [other.name for other in before if other.performs in {"run", "cases"}]
    judged = tuple(other.name for other in before if other.performs == "validate")
    order = stage.after
    match kind:
        case "syntax":
            inputs: tuple[str, ...] = (FILES,)
        case "build":
            inputs = (FILES,)
            order = (*order, *(other.name for other in before if other.performs == "syntax"))
        case "run" | "cases":
            inputs = (FILES, *made)
            order = order if made else (*order, *(other.name for other in before if other.performs == "syntax"))
        case "validate" | "call":
            inputs = tuple(results[-1:])
        case "complexity":
            inputs, order = (FILES, *made), (*order, *judged)
        case "score" | "insight":
            inputs = (FILES, *judged)
    return stage.model_copy(update={"inputs": inputs, "after": tuple(dict.fromkeys(order))})


def _check_edges(index: int, stage: StageDeclaration, by_name: Mapping[str, StageDeclaration]) -> None:
    known = ", ".join((FILES, *(name for name in by_name if name != stage.name)))
    for name in stage.data:
        if name != FILES and name not in by_name:
            raise StageError(index, "inputs", f"stage {stage.name} has an unknown input {name!r}: use one of {known}")
    for name in stage.after:
        if name not in by_name:
            raise StageError(index, "after", f"stage {stage.name} comes after an unknown stage {name!r}: {known}")
    kind = stage.performs
    asked = next((name for name in stage.needs if by_name[name].performs in MODEL_KINDS), None)
    if asked is not None:
        key = "inputs" if asked in stage.data else "after"
        said = f"stage {stage.name} waits for {asked}, which a language model performs after all others: take it out"
        raise StageError(index, key, said)
    if kind in {"validate", "call"}:
        _check_data(index, stage, by_name)
    if kind in {"run", "cases", "complexity", "syntax", "build"}:
        wrong = [name for name in stage.data if name != FILES and by_name[name].performs != "build"]
        if wrong:
            raise StageError(
                index, "inputs", f"stage {stage.name} takes files and what a build made, not {wrong[0]}: use after"
            )


def _check_data(index: int, stage: StageDeclaration, by_name: Mapping[str, StageDeclaration]) -> None:
    if not stage.data:
        raise StageError(index, "inputs", f"stage {stage.name} has no input: name files or a stage that gives data")
    for name in stage.data:
        if name != FILES and by_name[name].performs not in _WITH_DATA:
            raise StageError(
                index, "inputs", f"stage {name} gives no data to {stage.name}: use files, or a run, cases, call stage"
            )
    if stage.performs == "validate" and (len(stage.data) != 1 or stage.data[0] == FILES):
        raise StageError(index, "inputs", f"stage {stage.name} judges one result: name one run, cases or call stage")


def _check_cycles(stages: Sequence[StageDeclaration]) -> None:
    needs = {stage.name: set(stage.needs) for stage in stages}
    while True:
        free = {name for name, wanted in needs.items() if not wanted}
        if not free:
            break
        needs = {name: wanted - free for name, wanted in needs.items() if name not in free}
    if needs:
        cycle = list(_cycle(needs))
        index = next(place for place, stage in enumerate(stages) if stage.name == cycle[0])
        raise StageError(index, "name", f"stages wait for each other: {' -> '.join(cycle)}; take one edge out")


def _cycle(needs: Mapping[str, set[str]]) -> Iterator[str]:
    """A way round, from a stage to what it waits for and back; only stages that wait for others are in ``needs``."""
    path: list[str] = []
    name = min(needs)
    while name not in path:
        path.append(name)
        name = min(needs[name] & needs.keys())
    yield from path[path.index(name) :]
    yield name
