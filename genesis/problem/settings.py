"""Reads ``problem.yaml``, which says what Genesis should know beyond the directory format it shares with others."""

import math
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from genesis.language import LANGUAGES
from genesis.problem.document import Document, read_yaml
from genesis.problem.metrics import COMPLEXITY_METRICS
from genesis.problem.spec import BehaviorDimension, LimitOverrides, Metric, StopDefaults

__all__ = ["Settings", "read_settings"]

MAX_CELLS = 1_000_000
PLANNED = ("build", "run", "cases", "evolve_blocks", "stages")


class Settings(BaseModel):
    """What ``problem.yaml`` holds; all of it has defaults, and so has the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    language: str = "python"
    entrypoint: str = "entrypoint"
    limits: LimitOverrides = LimitOverrides()
    behavior: tuple[BehaviorDimension, ...] = Field(default=(), strict=False)
    target: float | None = None
    stop: StopDefaults = StopDefaults()


def read_settings(path: Path, metrics: tuple[Metric, ...]) -> Settings:
    """The settings; the defaults when there is no such file.

    Raises:
        ProblemError: A rule is broken; the message names the line.
    """
    if not path.exists() and not path.is_symlink():
        return Settings()
    document = read_yaml(path)
    if document.value is None:
        return Settings()
    for key in document.mapping((), "a map of settings"):
        if key in PLANNED:
            raise document.error((key,), f"{key}: this version does not read it; remove it")
    settings = document.read(Settings, ())
    _check_names(document, settings)
    _check_behavior(document, settings, [metric.name for metric in metrics])
    return settings


def _check_names(document: Document, settings: Settings) -> None:
    if settings.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise document.error(("language",), f"language is {settings.language!r}: use one of {known}")
    if not settings.entrypoint.isidentifier():
        raise document.error(("entrypoint",), f"entrypoint is {settings.entrypoint!r}: write the name of a function")


def _check_behavior(document: Document, settings: Settings, metrics: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, dimension in enumerate(settings.behavior):
        place = ("behavior", index, "metric")
        if dimension.metric in seen:
            raise document.error(place, f"{dimension.metric} is a dimension twice: remove one")
        if dimension.metric not in (*metrics, *COMPLEXITY_METRICS):
            known = ", ".join((*metrics, *COMPLEXITY_METRICS))
            raise document.error(place, f"metric is {dimension.metric!r}: use one of {known}")
        seen.add(dimension.metric)
    cells = math.prod(dimension.bins for dimension in settings.behavior)
    if cells > MAX_CELLS:
        raise document.error(("behavior",), f"behavior makes {cells} cells, and {MAX_CELLS} is the most: fewer bins")
