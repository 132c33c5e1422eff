"""Reads ``problem.yaml``, which says what Genesis should know beyond the directory format it shares with others."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from genesis.language import LANGUAGES
from genesis.problem.building import BuildDeclaration
from genesis.problem.cases import CasesDeclaration
from genesis.problem.document import Document, Location, read_yaml
from genesis.problem.errors import ProblemError
from genesis.problem.metrics import complexity_metrics
from genesis.problem.spec import BehaviorDimension, LimitOverrides, Metric, StopDefaults
from genesis.problem.stages import StageDeclaration

__all__ = ["Settings", "SettingsFile", "read_settings"]

MAX_CELLS = 1_000_000
PLANNED = ("run", "evolve_blocks")


class Settings(BaseModel):
    """What ``problem.yaml`` holds; all of it has defaults, and so has the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    language: str = "python"
    entrypoint: str = "entrypoint"
    limits: LimitOverrides = LimitOverrides()
    behavior: tuple[BehaviorDimension, ...] = Field(default=(), strict=False)
    target: float | None = None
    stop: StopDefaults = StopDefaults()
    entry: str | None = None
    build: BuildDeclaration = BuildDeclaration()
    cases: CasesDeclaration = CasesDeclaration()
    stages: tuple[StageDeclaration, ...] = Field(default=(), strict=False)


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The settings, and where each of them stands, for errors that only other files show."""

    settings: Settings
    document: Document | None = None
    path: Path = Path("problem.yaml")

    def error(self, location: Location, message: str) -> ProblemError:
        """An error at a key, or about the file as a whole where there is none."""
        if self.document is None:
            return ProblemError.at(self.path, None, message)
        return self.document.error(location, message)


def read_settings(path: Path, metrics: tuple[Metric, ...]) -> SettingsFile:
    """The settings; the defaults when there is no such file.

    Raises:
        ProblemError: A rule is broken; the message names the line.
    """
    if not path.exists() and not path.is_symlink():
        return SettingsFile(Settings(), None, path)
    document = read_yaml(path)
    if document.value is None:
        return SettingsFile(Settings(), None, path)
    for key in document.mapping((), "a map of settings"):
        if key in PLANNED:
            raise document.error((key,), f"{key}: this version does not read it; remove it")
    settings = document.read(Settings, ())
    _check_names(document, settings)
    _check_behavior(document, settings, [metric.name for metric in metrics])
    return SettingsFile(settings, document, path)


def _check_names(document: Document, settings: Settings) -> None:
    if settings.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise document.error(("language",), f"language is {settings.language!r}: use one of {known}")
    if not settings.entrypoint.isidentifier():
        raise document.error(("entrypoint",), f"entrypoint is {settings.entrypoint!r}: write the name of a function")


def _is_of_stage(metric: str, settings: Settings) -> bool:
    """Whether it is a number of a stage: ``STAGE.KEY`` of one that runs cases or calls a function, or a score."""
    return any(
        metric.startswith(f"{stage.name}.") or (stage.is_score and metric == (stage.metric or stage.name))
        for stage in settings.stages
    )


def _check_behavior(document: Document, settings: Settings, metrics: Sequence[str]) -> None:
    seen: set[str] = set()
    for index, dimension in enumerate(settings.behavior):
        place = ("behavior", index, "metric")
        if dimension.metric in seen:
            raise document.error(place, f"{dimension.metric} is a dimension twice: remove one")
        if dimension.metric not in (*metrics, *complexity_metrics(settings.language)) and not _is_of_stage(
            dimension.metric, settings
        ):
            known = ", ".join((*metrics, *complexity_metrics(settings.language)))
            raise document.error(place, f"metric is {dimension.metric!r}: use one of {known}")
        seen.add(dimension.metric)
    cells = math.prod(dimension.bins for dimension in settings.behavior)
    if cells > MAX_CELLS:
        raise document.error(("behavior",), f"behavior makes {cells} cells, and {MAX_CELLS} is the most: fewer bins")
