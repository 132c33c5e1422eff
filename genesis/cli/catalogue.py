"""``genesis problem list``: the shipped problems, read and not run."""

import re
from dataclasses import dataclass

from genesis.cli.output import emit_json, show
from genesis.cli.render.layout import table
from genesis.problem import ProblemSpec, load_problem, shipped_problems

__all__ = ["Entry", "list_problems"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A shipped problem.

    Attributes:
        name: What to type after ``genesis run``.
        directory: Where it is.
        metric: What is searched for.
        higher_is_better: Whether more of it is better.
        target: Value that ends a run, None where there is none.
        seeds: How many initial programs there are.
        task: The first sentence of its task.
    """

    name: str
    directory: str
    metric: str
    higher_is_better: bool
    target: float | None
    seeds: int
    task: str


def list_problems(*, as_json: bool) -> None:
    """Every shipped problem."""
    entries = [_entry(load_problem(name)) for name in shipped_problems()]
    if as_json:
        emit_json(entries)
        return
    rows = (
        (each.name, f"{each.metric} {'↑' if each.higher_is_better else '↓'}", str(each.seeds), each.task)
        for each in entries
    )
    show(table(("problem", "metric", "seeds", "task"), rows, right=("seeds",)))


def _entry(spec: ProblemSpec) -> Entry:
    return Entry(
        name=spec.name,
        directory=str(spec.directory),
        metric=spec.primary.name,
        higher_is_better=spec.primary.higher_is_better,
        target=spec.target,
        seeds=len(spec.seeds),
        task=_first_sentence(spec.description),
    )


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s", paragraph)[0]
