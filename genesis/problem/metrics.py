"""Reads ``metrics.yaml``."""

import re
from collections.abc import Mapping
from pathlib import Path

from genesis.problem.document import Document, Location, read_yaml
from genesis.problem.spec import Metric

__all__ = ["COMPLEXITY_METRICS", "RESERVED", "VECTOR_METRICS", "complexity_metrics", "read_metrics"]

RESERVED = "complexity."
COMPLEXITY_METRICS = tuple(
    f"{RESERVED}{feature}"
    for feature in ("lines", "characters", "ast_nodes", "numeric_literals", "functions", "max_depth")
)
"""What the complexity stage adds to every program's metrics; a test holds it equal to what that stage measures."""

OF_TEXT = COMPLEXITY_METRICS[:2]
"""Those of them that can be counted in a program of any language."""

VECTOR_METRICS = tuple(f"{RESERVED}{feature}" for feature in ("vector_instructions", "vector_share", "vector_bits"))
"""What the complexity stage adds for programs that become machine code, where objdump is installed."""

_COMPILED = frozenset({"c", "cpp", "rust"})

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
WRAPPER = "specs"


def complexity_metrics(language: str) -> tuple[str, ...]:
    """What the complexity stage can measure of programs in a language."""
    if language == "python":
        return COMPLEXITY_METRICS
    return (*OF_TEXT, *VECTOR_METRICS) if language in _COMPILED else OF_TEXT


def read_metrics(path: Path) -> tuple[Metric, ...]:
    """The metrics, in the order of declaration.

    Raises:
        ProblemError: A rule is broken; the message names the line.
    """
    document = read_yaml(path)
    top = document.mapping((), "a map of metric to its description, direction and bounds")
    root = _root(document, top)
    metrics = tuple(_metric(document, (*root, name)) for name in document.mapping(root, "a map of metric to its keys"))
    _check_primary(document, root, metrics)
    return metrics


def _root(document: Document, top: Mapping[str, object]) -> Location:
    inside = top.get(WRAPPER)
    if not isinstance(inside, Mapping) or "description" in inside:
        return ()
    beside = [name for name in top if name != WRAPPER]
    if beside:
        raise document.error((beside[0],), f"{beside[0]} stands beside {WRAPPER}: move it under {WRAPPER}")
    return (WRAPPER,)


def _metric(document: Document, location: Location) -> Metric:
    name = str(location[-1])
    if not NAME.fullmatch(name):
        raise document.error(location, f"metric {name!r}: use letters, digits, '_', '.' and '-', a letter or '_' first")
    if name.startswith(RESERVED):
        raise document.error(location, f"metric {name!r}: names in {RESERVED} are measured by Genesis; rename it")
    return document.read(Metric, location, name=name)


def _check_primary(document: Document, root: Location, metrics: tuple[Metric, ...]) -> None:
    primary = [metric.name for metric in metrics if metric.is_primary]
    if not primary:
        names = ", ".join(metric.name for metric in metrics)
        raise document.error(root, f"no metric is primary: write is_primary: true under one of {names}")
    if len(primary) > 1:
        raise document.error(
            (*root, primary[1], "is_primary"),
            f"{' and '.join(primary)} are both primary: keep is_primary: true under one of them",
        )
