"""A run without what no two runs share: places, times, measured resources, and the pauses between processes."""

from collections.abc import Iterable
from typing import Any

from events.codec import plain
from events.envelope import Event

__all__ = ["normal_form"]

_MEASURED = {"usage", "duration_s", "worker", "host"}
_PAUSES = {"run.resumed", "run.interrupted"}


def normal_form(events: Iterable[Event]) -> list[tuple[str, str | None, int, int, dict[str, Any]]]:
    """Type, correlation, generation, island and data of every event; equal for runs that decided and learnt alike."""
    return [
        (event.type, event.correlation, event.generation, event.island, _data(event))
        for event in events
        if event.type not in _PAUSES
    ]


def _data(event: Event) -> dict[str, Any]:
    data = {name: value for name, value in plain(event.data).items() if name not in _MEASURED}
    if "totals" in data:
        data["totals"].pop("wall_s")
    if "config" in data:
        data["config"]["evaluation"].pop("workers")
        data["config"]["mutation"].pop("workers")
        data["config"].pop("runs_dir")
    for stage in data.get("stages", ()):
        if isinstance(stage, dict):
            stage.pop("duration_s")
    return data
