"""How the programs of a problem are evaluated, besides what warm processes have to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from genesis.problem.building import BuildDeclaration
from genesis.problem.cases import CasesDeclaration
from genesis.problem.stages import StageDeclaration, default_stages
from genesis.program import Source

__all__ = ["CALLED", "Plan"]

_CACHE_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The pipeline and its settings.

    Attributes:
        stages: With their edges written out, in the order of declaration.
        build: How programs are built.
        cases: How programs are run on cases.
        seeds: Initial programs by name, of which one may be the reference for speed.
        build_cache: Where builds are kept; None: the user's cache directory.
        build_cache_bytes: Bound of that; 0 keeps no build.
    """

    stages: tuple[StageDeclaration, ...]
    build: BuildDeclaration = field(default_factory=BuildDeclaration)
    cases: CasesDeclaration = field(default_factory=CasesDeclaration)
    seeds: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    build_cache: Path | None = None
    build_cache_bytes: int = _CACHE_BYTES


CALLED = Plan(stages=default_stages(command=False, builds=False, checks=True))
"""Python programs whose entry point is called, and whose result is judged."""
