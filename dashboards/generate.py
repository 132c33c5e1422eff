"""Writes the dashboards as Grafana reads them: ``python -m dashboards.generate``; with ``--check``, only compares."""

import json
import sys
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import barchart, dashboard, nodegraph, stat, table, timeseries, trend, xychart
from grafana_foundation_sdk.builders.common import ReduceDataOptions
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as schema
from grafana_foundation_sdk.models.common import GraphDrawStyle, StackingMode
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    GridPos,
    VariableHide,
    VariableRefresh,
)
from grafana_foundation_sdk.models.xychart import SeriesMapping

from dashboards.boards import BOARDS
from dashboards.panels import Board, Panel, panel_sql

__all__ = ["FOLDER", "normal_form", "rendered"]

register_default_plugins()  # or the schema would read panels without their options

FOLDER = Path(__file__).parent / "genesis"
DATASOURCE = DataSourceRef("grafana-clickhouse-datasource", "genesis-clickhouse")
COLUMNS = 24
TIMESERIES, TABLE = 0, 1


class _Query(Dataquery):
    """A query as the ClickHouse data source takes it."""

    def __init__(self, sql: str, *, ref: str = "A", timeseries: bool = False) -> None:
        self.sql, self.ref, self.timeseries = sql, ref, timeseries

    def to_json(self) -> dict[str, object]:
        return {
            "refId": self.ref,
            "datasource": DATASOURCE,
            "editorType": "sql",
            "format": TIMESERIES if self.timeseries else TABLE,
            "queryType": "timeseries" if self.timeseries else "table",
            "rawSql": self.sql,
        }


class _Target(Builder[_Query]):
    def __init__(self, query: _Query) -> None:
        self._query = query

    def build(self) -> _Query:
        return self._query


def rendered(board: Board) -> str:
    """A dashboard's JSON, with a newline at its end."""
    made = dashboard.Dashboard(board.title).uid(f"genesis-{board.name}").tags(["genesis"]).readonly()
    made = made.time("now-24h", "now").refresh("30s").timezone("browser")
    made = made.with_variable(_runs(board))
    for box in board.boxes:
        made = made.with_variable(dashboard.TextBoxVariable(box.name).label(box.label).default_value(box.default))
    x = y = row = 0
    for number, panel in enumerate(board.panels, start=1):
        if x + panel.width > COLUMNS:
            x, y, row = 0, y + row, 0
        place = GridPos(panel.height, panel.width, x, y)
        made = made.with_panel(_BUILDERS[panel.kind](panel).id(number).grid_pos(place))
        x, row = x + panel.width, max(row, panel.height)
    return normal_form(json.loads(JSONEncoder().encode(made.build())))


def normal_form(document: dict[str, Any]) -> str:
    """A dashboard as Grafana's schema writes it: defaults are there, and what the schema does not know is gone."""
    return JSONEncoder(sort_keys=True, indent=2).encode(schema.Dashboard.from_json(document)) + "\n"


def _runs(board: Board) -> dashboard.QueryVariable:
    names = "SELECT run_id FROM runs ORDER BY started DESC"
    variable = dashboard.QueryVariable("run").label("Run").datasource(DATASOURCE).query(names)
    variable = variable.refresh(VariableRefresh.ON_TIME_RANGE_CHANGED).hide(VariableHide.DONT_HIDE)
    return variable.include_all(True).all_value("all") if board.runs == "any" else variable


def _common(made: Any, panel: Panel) -> Any:  # every panel's builder has these methods, and no base class says so
    made = made.title(panel.title).description(panel.description).datasource(DATASOURCE).unit(panel.unit)
    timed = panel.kind == "timeseries"
    made = made.with_target(_Target(_Query(panel_sql(panel, panel.select), timeseries=timed)))
    for column, unit in panel.units.items():
        made = made.override_by_name(column, [DynamicConfigValue("unit", unit)])
    return made


def _stat(panel: Panel) -> Any:
    shown = ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/").values(False)
    return _common(stat.Panel(), panel).reduce_options(shown)


def _timeseries(panel: Panel) -> Any:
    return _common(timeseries.Panel(), panel).draw_style(GraphDrawStyle.LINE).fill_opacity(10)


def _trend(panel: Panel) -> Any:
    return _common(trend.Panel(), panel).x_field(panel.x).draw_style(GraphDrawStyle.LINE)


def _table(panel: Panel) -> Any:
    made = _common(table.Panel(), panel)
    for column in panel.coloured:
        cell = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "gradient"})
        scheme = DynamicConfigValue("color", {"mode": "continuous-BlYlRd"})
        made = made.override_by_name(column, [cell, scheme])
    return made


def _barchart(panel: Panel) -> Any:
    return _common(barchart.Panel(), panel).x_field(panel.x).stacking(StackingMode.NONE)


def _xychart(panel: Panel) -> Any:
    def named(column: str) -> xychart.MatcherConfig:
        return xychart.MatcherConfig().id("byName").options(column)

    series = (
        xychart.XYSeriesConfig()
        .x(xychart.XychartXYSeriesConfigX().matcher(named(panel.x)))
        .y(xychart.XychartXYSeriesConfigY().matcher(named(panel.y)))
        .color(xychart.XychartXYSeriesConfigColor().matcher(named(panel.colour)))
    )
    big = xychart.XychartFieldConfigPointSize().fixed(30)
    return _common(xychart.Panel(), panel).mapping(SeriesMapping.MANUAL).series([series]).point_size(big)


def _flow(panel: Panel) -> Any:
    return _common(nodegraph.Panel(), panel).with_target(_Target(_Query(panel_sql(panel, panel.edges), ref="B")))


_BUILDERS = {
    "stat": _stat,
    "timeseries": _timeseries,
    "trend": _trend,
    "table": _table,
    "barchart": _barchart,
    "xychart": _xychart,
    "flow": _flow,
}


def main() -> int:
    """Writes or compares; 1 when a file is not what it should be."""
    stale = 0
    for board in BOARDS:
        path, text = FOLDER / f"{board.name}.json", rendered(board)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv[1:]:
            stale += 1
            print(f"{path.name} is not up to date: run python -m dashboards.generate")
        else:
            path.write_text(text, encoding="utf-8")
    return min(stale, 1)


if __name__ == "__main__":
    sys.exit(main())
