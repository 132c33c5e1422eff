"""What the facts add up to: pure folds over events."""

from projections.archive import Archive, Elite, Island
from projections.budget import Budget
from projections.campaigns import Campaign, Campaigns
from projections.fold import Plain, Projection, digest, drive, takes
from projections.lineage import Lineage
from projections.operators import Operators
from projections.population import Individual, Population
from projections.progress import Best, Progress
from projections.run import RunProjection

__all__ = [
    "Archive",
    "Best",
    "Budget",
    "Campaign",
    "Campaigns",
    "Elite",
    "Individual",
    "Island",
    "Lineage",
    "Operators",
    "Plain",
    "Population",
    "Progress",
    "Projection",
    "RunProjection",
    "digest",
    "drive",
    "takes",
]
