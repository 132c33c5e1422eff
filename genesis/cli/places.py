"""Where runs are looked for; in a module of its own, so that help and completion read no log."""

from pathlib import Path

__all__ = ["LATEST", "RUNS_DIR"]

RUNS_DIR = Path("runs")
LATEST = "latest"
