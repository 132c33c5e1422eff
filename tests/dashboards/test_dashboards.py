"""Dashboards are up to date and what Grafana's schema takes, and each panel's SQL runs on a real ClickHouse engine."""

import json
import re
from pathlib import Path

import pytest
import yaml

from dashboards.boards import BOARDS
from dashboards.generate import FOLDER, normal_form, rendered
from genesis.query.ask import Question
from tests.sql.conftest import Engines, engines  # noqa: F401  a fixture
from tests.sql.golden_run import RUN

GIVEN = {"run": RUN, "program": "p000058", "fitness": "0.025", "text": "segmentation fault"}
EMPTY = {"Latest diagnostics", "Unreadable lines"}  # this run has neither
_VARIABLE = re.compile(r"\$\{(\w+)(:singlequote)?\}")
_TIME_FILTER = re.compile(r"\$__timeFilter\((\w+)\)")


def document(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text())


def expanded(sql: str, **given: str) -> str:
    """A panel's SQL with variables and macros as Grafana and the ClickHouse data source put them in."""

    def value(found: "re.Match[str]") -> str:
        text = {**GIVEN, **given}[found[1]]
        return "'" + text.replace("'", "\\'") + "'" if found[2] else text

    span = r"(\1 >= toDateTime(1772366400) AND \1 <= toDateTime(1772452800))"  # the day of the golden run
    return _TIME_FILTER.sub(span, _VARIABLE.sub(value, sql))


PANELS = [
    pytest.param(panel["title"], target["rawSql"], id=f"{board.name}: {panel['title']} {target['refId']}")
    for board in BOARDS
    for panel in document(board.name)["panels"]
    for target in panel["targets"]
]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_a_dashboard_is_up_to_date_and_is_what_the_schema_takes(board) -> None:
    text = (FOLDER / f"{board.name}.json").read_text()
    assert text == rendered(board), "run python -m dashboards.generate"
    assert normal_form(json.loads(text)) == text


def test_what_the_schema_does_not_know_is_noticed() -> None:
    odd = document("overview")
    odd["panels"][0]["colour"] = "red"
    assert "colour" not in normal_form(odd)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_panels_lie_side_by_side_and_use_the_variables_that_there_are(board) -> None:
    made = document(board.name)
    known = {variable["name"] for variable in made["templating"]["list"]}
    taken: set[tuple[int, int]] = set()
    for panel in made["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["description"], f"{panel['title']} says which question it answers"
        for target in panel["targets"]:
            assert {found[1] for found in _VARIABLE.finditer(target["rawSql"])} <= known


@pytest.mark.parametrize(("title", "sql"), PANELS)
def test_every_panel_answers(title: str, sql: str, engines: Engines) -> None:  # noqa: F811
    _, rows = engines.ask_clickhouse(Question(expanded(sql), {}, None))
    assert rows or title in EMPTY


def test_variables_are_asked_for_as_they_stand(engines: Engines) -> None:  # noqa: F811
    for board in BOARDS:
        (query,) = [each["query"] for each in document(board.name)["templating"]["list"] if each["type"] == "query"]
        _, rows = engines.ask_clickhouse(Question(query, {}, None))
        assert [RUN] in rows


def test_a_variable_cannot_end_the_text_that_it_stands_in(engines: Engines) -> None:  # noqa: F811
    (panel,) = [each for each in document("reasoning")["panels"] if "all of these words" in each["title"]]
    sql = expanded(panel["targets"][0]["rawSql"], text="it's') OR (1 = 1")
    _, rows = engines.ask_clickhouse(Question(sql, {}, None))
    assert rows == []


def test_the_data_source_of_panels_is_the_one_that_is_provisioned() -> None:
    folder = FOLDER.parent / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "clickhouse.yaml").read_text())["datasources"]
    used = {json.dumps(panel["datasource"], sort_keys=True) for b in BOARDS for panel in document(b.name)["panels"]}
    assert used == {json.dumps({"type": source["type"], "uid": source["uid"]}, sort_keys=True)}
    assert source["secureJsonData"]["password"].startswith("$"), "the password comes from the environment"
    (provider,) = yaml.safe_load((folder / "dashboards" / "genesis.yaml").read_text())["providers"]
    mounts = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text())["services"]["grafana"]["volumes"]
    assert any(mount.split(":")[1] == provider["options"]["path"] for mount in mounts)
