"""A run's configuration: one frozen model, and the packaged groups it is composed from.

``genesis.config.load`` is not imported here: it brings Hydra in, which reading a run's log does not need.
"""

from genesis.config.errors import ConfigError
from genesis.config.models import BudgetConfig, LlmConfig, ModelConfig, PriceConfig, ProviderConfig, SpendingLimits
from genesis.config.run import (
    ArchiveConfig,
    Dimension,
    EvaluationConfig,
    LearningConfig,
    MutationConfig,
    NoveltyConfig,
    RunConfig,
    SelectionConfig,
    StopConfig,
    StrategyConfig,
)

__all__ = [
    "ArchiveConfig",
    "BudgetConfig",
    "ConfigError",
    "Dimension",
    "EvaluationConfig",
    "LearningConfig",
    "LlmConfig",
    "ModelConfig",
    "MutationConfig",
    "NoveltyConfig",
    "PriceConfig",
    "ProviderConfig",
    "RunConfig",
    "SelectionConfig",
    "SpendingLimits",
    "StopConfig",
    "StrategyConfig",
]
