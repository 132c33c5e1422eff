"""What the facts add up to: pure folds over events."""

from projections.archive import Archive, Elite, Island
from projections.budget import Budget, Spending
from projections.campaigns import Campaign, Campaigns
from projections.embeddings import Embeddings, embedded_text
from projections.fold import Plain, Projection, digest, drive, takes
from projections.lessons import Lesson, Lessons, Outcome
from projections.lineage import Lineage
from projections.models import ModelRecord, Models
from projections.operators import Operators
from projections.population import Individual, Population
from projections.progress import Best, Progress
from projections.prompts import PromptRecord, Prompts
from projections.run import RunProjection
from projections.standing import Standing
from projections.trials import FailedProgram, Trials

__all__ = [
    "Archive",
    "Best",
    "Budget",
    "Campaign",
    "Campaigns",
    "Elite",
    "Embeddings",
    "FailedProgram",
    "Individual",
    "Island",
    "Lesson",
    "Lessons",
    "Lineage",
    "ModelRecord",
    "Models",
    "Operators",
    "Outcome",
    "Plain",
    "Population",
    "Progress",
    "Projection",
    "PromptRecord",
    "Prompts",
    "RunProjection",
    "Spending",
    "Standing",
    "Trials",
    "digest",
    "drive",
    "embedded_text",
    "takes",
]
