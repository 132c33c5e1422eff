"""Archive policies: which programs are kept to breed from."""

from genesis.strategy.archive.best import Best
from genesis.strategy.archive.map_elites import Axis, MapElites
from genesis.strategy.archive.port import Admission, ArchivePolicy, Candidate, Placement, Refusal

__all__ = ["Admission", "ArchivePolicy", "Axis", "Best", "Candidate", "MapElites", "Placement", "Refusal"]
