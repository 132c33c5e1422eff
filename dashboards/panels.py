"""Panels as data: which named query each shows, and how.

A panel's SQL is a named query, or a selection from one. Parameters become Grafana's variables of the same name; texts
are quoted by Grafana, so that a variable cannot end the text that it stands in.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from genesis.query.named import named_query

__all__ = ["Board", "Panel", "TextBox", "panel_sql"]

_PLACE = re.compile(r"\$(\w+)")

Kind = Literal["stat", "timeseries", "trend", "table", "barchart", "xychart", "flow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        title: What a person reads above it.
        kind: What draws it.
        query: Name of a file in `sql/queries/`.
        select: What is taken of the query, ``{query}`` standing for it; empty for the query as it is.
        edges: For ``flow``, the selection that gives the edges; ``select`` gives the nodes.
        width: Of 24 columns.
        height: In rows of 30 pixels.
        unit: Grafana's name of the values' unit.
        units: Column to the unit of its values, where they differ.
        x: Column along the x axis, for ``trend``, ``barchart`` and ``xychart``.
        y: Column along the y axis, for ``xychart``.
        colour: Column that colours the points, for ``xychart``.
        fixed: Parameter to the text that stands for it here, in place of a variable.
        coloured: Columns of a table whose cells are coloured by value.
    """

    title: str
    kind: Kind
    query: str
    select: str = ""
    edges: str = ""
    width: int = 12
    height: int = 8
    unit: str = "short"
    units: Mapping[str, str] = field(default_factory=dict[str, str])
    x: str = ""
    y: str = ""
    colour: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict[str, str])
    coloured: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The question that the panel's query answers."""
        return named_query(self.query).answers


@dataclass(frozen=True, slots=True)
class TextBox:
    """A variable that a person types."""

    name: str
    label: str
    default: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard.

    Attributes:
        name: The file's name, and the last part of its address.
        title: What a person reads.
        panels: In reading order.
        boxes: Variables that a person types.
        runs: ``one`` run is looked at, or ``any``: one or all.
    """

    name: str
    title: str
    panels: tuple[Panel, ...]
    boxes: tuple[TextBox, ...] = ()
    runs: Literal["one", "any"] = "one"


def panel_sql(panel: Panel, selection: str) -> str:
    """The SQL of a panel as Grafana sends it once it has put its variables in."""
    query = named_query(panel.query)
    kinds = {each.name: each.kind for each in query.parameters}
    bound = _PLACE.sub(lambda place: panel.fixed.get(place[1]) or _variable(place[1], kinds[place[1]]), query.sql)
    return selection.format(query=bound) if selection else bound


def _variable(name: str, kind: str) -> str:
    return f"${{{name}:singlequote}}" if kind in {"text", "run"} else f"${{{name}}}"
