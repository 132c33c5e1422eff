"""Problem directories: what they hold, read and checked without running any of their code."""

from genesis.problem.errors import ProblemError
from genesis.problem.load import load_problem
from genesis.problem.shipped import shipped_problems
from genesis.problem.spec import BehaviorDimension, LimitOverrides, Metric, ProblemSpec, Seed, StopDefaults

__all__ = [
    "BehaviorDimension",
    "LimitOverrides",
    "Metric",
    "ProblemError",
    "ProblemSpec",
    "Seed",
    "StopDefaults",
    "load_problem",
    "shipped_problems",
]
