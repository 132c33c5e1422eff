"""The tables of what a search is made of, from the modules that implement it."""

import sys
from collections.abc import Iterator, Mapping
from typing import get_args

from docs.generate.markdown import code, document, documented, plain, sentence, table
from events.types import StopReason
from genesis.config.keys import KEYS
from genesis.engine.rules import stop
from genesis.evaluation.sandbox.table import AUTOMATIC, KINDS
from genesis.mutation.operators.port import Operator
from genesis.mutation.operators.table import OPERATORS
from genesis.mutation.rewrites import REWRITES
from genesis.strategy import mix, parents, steps
from genesis.strategy.archive import Best, MapElites

__all__ = ["page"]

_INTRODUCTION = """\
What a run searches with. `mutation.operators` says which operators are in use, `mutation.mix` how the next one is
chosen; [choosing them](../how-to/choose-a-search.md) says when to change what."""

_MIXES = {"adaptive": mix.adaptive, "uniform": mix.uniform}
_SELECTIONS = {"tournament": parents.tournament, "rank": parents.rank}
_ARCHIVES = {"map_elites": MapElites, "best": Best}


def page() -> str:
    """The page."""
    return document(
        "Operators and policies",
        "`genesis/mutation/`, `genesis/strategy/` and `genesis/evaluation/sandbox/`",
        _INTRODUCTION,
        "## Operators",
        table(
            ("operator", "parents", "does"), ((code(o.name), str(o.parents), sentence(o)) for o in OPERATORS.values())
        ),
        *(part for operator in OPERATORS.values() for part in _operator(operator)),
        "### Changes that `syntax` makes",
        "Each with its weight. A changed program compiles, or the change is drawn again.",
        table(("change", "weight"), ((rewrite.name, f"{rewrite.weight:g}") for rewrite in REWRITES)),
        "## Mix",
        *_policies("mutation.mix", _MIXES),
        "## Step size",
        documented(steps.lineage_step).text,
        "## Parent selection",
        *_policies("strategy.selection.kind", _SELECTIONS),
        "## Archives",
        *_policies("strategy.archive.kind", _ARCHIVES),
        "## Stop reasons",
        _stops(),
        "## Sandboxes",
        f"`evaluation.sandbox`: `auto` takes the first of {', '.join(map(code, AUTOMATIC))} that works.",
        table(("kind", "is"), ((code(name), plain(sentence(sys.modules[kind.__module__]))) for name, kind in _kinds())),
    )


def _kinds() -> Iterator[tuple[str, type]]:
    for name, kind in KINDS.items():
        assert isinstance(kind, type), f"the sandbox {name} is made by a function: say here what documents it"
        yield name, kind


def _operator(operator: Operator) -> Iterator[str]:
    yield f"### {operator.name}"
    yield documented(sys.modules[type(operator).__module__]).text
    yield documented(type(operator)).text


def _policies(key: str, policies: Mapping[str, object]) -> Iterator[str]:
    """A table of one key's choices; the code has exactly these."""
    choices = get_args(KEYS[key].annotation)
    assert set(choices) == set(policies), f"{key} may be {choices}, documented are {list(policies)}"
    yield table((code(key), "does"), ((code(name), plain(documented(policies[name]).text)) for name in choices))


def _stops() -> str:
    said = {
        "completed": "`stop.evaluations`, `stop.generations` or `stop.wall_s` is reached",
        "target_reached": "a program is as good as `stop.fitness`",
        "budget_exhausted": "not recorded by this version",
        "stagnated": f"`stop.stagnation` is reached, or {stop.MOST_FRUITLESS} mutations in a row gave no new program",
        "interrupted": "somebody stopped it; the run can be resumed",
        "failed": "no initial program is valid, or an error ended the run",
    }
    return table(("`run.stopped` says", "when"), ((code(each), said[each]) for each in get_args(StopReason)))
