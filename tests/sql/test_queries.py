"""Every named query gives the same rows in both engines, and what it says is what the log says."""

import pytest

from genesis.query.ask import parse
from genesis.query.named import NamedQuery, named_queries
from genesis.run import Run
from projections import Lineage, drive
from tests.sql.conftest import Engines
from tests.sql.golden_run import RUN

GIVEN = {
    "run": RUN,
    "program": "p000058",
    "fitness": "0.025",
    "problem": "heilbronn",
    "text": "segmentation fault",
}
EMPTY = {"latest_diagnostics", "unreadable_lines"}  # this run has neither; tests/sidecar has both
BY_THE_CLOCK = {"seconds_since"}  # how long ago something was
QUERIES = named_queries()


def rows_of(engines: Engines, name: str, **given: str) -> list[dict]:
    columns, rows = engines.ask_duckdb(parse(name, [f"{key}={value}" for key, value in given.items()]))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_there_are_enough() -> None:
    assert len(QUERIES) >= 20


def _runs(query: NamedQuery) -> tuple[str, ...]:
    says = next((each.says for each in query.parameters if each.kind == "run"), None)
    return (RUN,) if says is None else (RUN, "v1-toy", "all") if "or all" in says else (RUN, "v1-toy")


ASKED = [pytest.param(query, run, id=f"{query.name} {run}") for query in QUERIES for run in _runs(query)]


@pytest.mark.parametrize(("query", "run"), ASKED)
def test_both_engines_give_the_same_rows(query: NamedQuery, run: str, engines: Engines) -> None:
    kinds = {each.name: each for each in query.parameters}
    given = {name: value for name, value in GIVEN.items() if name in kinds}
    if "run" in kinds:
        given["run"] = run
    question = parse(query.name, [f"{name}={value}" for name, value in given.items()])
    columns, rows = engines.ask_duckdb(question)
    others, same = engines.ask_clickhouse(question)
    assert columns == others or (others == () and not same), "without rows, ClickHouse's client names no columns"
    kept = [place for place, column in enumerate(columns) if column not in BY_THE_CLOCK]
    assert [[row[place] for place in kept] for row in rows] == [[row[place] for place in kept] for row in same]
    assert rows or run != RUN or query.name in EMPTY, "the golden run has something for every query to find"


@pytest.fixture(scope="module")
def run(engines: Engines) -> Run:
    return Run.open(engines.runs / RUN)


def test_the_best_so_far_is_that_of_the_projection(engines: Engines, run: Run) -> None:
    found = [(row["program_id"], row["evaluations"]) for row in rows_of(engines, "best_so_far", run=RUN)]
    assert found == [(best.program, best.evaluations) for best in run.state.progress.improvements]


def test_failures_are_those_of_the_projection(engines: Engines, run: Run) -> None:
    counted = {row["reason"]: row["failures"] for row in rows_of(engines, "failures_by_reason", run=RUN)}
    reasons = dict(run.state.progress.reasons)
    reasons.pop("invalid")
    assert {reason: count for reason, count in counted.items() if reason != "rate_limited"} == reasons
    assert counted["rate_limited"] == run.state.budget.failed_calls


def test_costs_are_those_of_the_projection(engines: Engines, run: Run) -> None:
    rows = rows_of(engines, "cost_by_purpose", run=RUN)
    budget = run.state.budget
    assert sum(row["calls"] for row in rows) == budget.calls
    assert sum(row["cost_usd"] or 0 for row in rows) == pytest.approx(budget.cost_usd)
    assert sum(row["unpriced_calls"] for row in rows) == budget.unpriced_calls
    (embedding,) = (row for row in rows if row["purpose"] == "embedding")
    assert (embedding["calls"], embedding["tokens_in"], embedding["tokens_out"]) == (3, 36, 0)


def test_a_pathway_is_that_of_the_projection(engines: Engines, run: Run) -> None:
    lineage = Lineage()
    drive(run.events(), lineage)
    rows = rows_of(engines, "mutation_pathway", run=RUN, program="p000058")
    assert [row["program_id"] for row in rows] == list(lineage.pathway("p000058"))


def test_a_lineage_is_all_ancestors_and_the_program(engines: Engines, run: Run) -> None:
    programs = run.state.population.programs
    waiting, ancestors = ["p000058"], set()
    while waiting:
        each = waiting.pop()
        if each not in ancestors:
            ancestors.add(each)
            waiting.extend(programs[each].parents)
    rows = rows_of(engines, "lineage_of_program", run=RUN, program="p000058")
    assert {row["program_id"] for row in rows} == ancestors


def test_common_ancestors_are_ancestors_of_every_successful_program(engines: Engines, run: Run) -> None:
    programs = run.state.population.programs

    def ancestors(program: str) -> set[str]:
        return {program}.union(*(ancestors(parent) for parent in programs[program].parents))

    successful = [each.id for each in programs.values() if each.fitness is not None and each.fitness >= 0.025]
    expected = set.intersection(*map(ancestors, successful))
    rows = rows_of(engines, "common_ancestors", run=RUN, fitness="0.025")
    assert {row["program_id"] for row in rows} == expected


def test_the_archive_is_the_last_program_of_each_cell(engines: Engines, run: Run) -> None:
    cells: dict[tuple[int, str], str] = {}
    for event in run.events():
        if event.type == "program.archived":
            cells[event.data.island, event.data.cell] = event.data.program
        elif event.type == "program.migrated":
            cells[event.data.to_island, event.data.cell] = event.data.program
    rows = rows_of(engines, "archive_heat_map", run=RUN)
    assert {(row["island"], row["cell"]): row["program_id"] for row in rows} == cells


def test_what_models_said_stands_beside_each_improvement_of_theirs(engines: Engines, run: Run) -> None:
    bests = {best.program for best in run.state.progress.improvements}
    asked = {program.id for program in run.state.population.programs.values() if program.operator.startswith("llm_")}
    rows = rows_of(engines, "words_before_improvements", run=RUN)
    assert {row["program_id"] for row in rows} == bests & asked
    assert all(row["reasoning"] for row in rows)


def test_gains_are_over_the_fittest_parent(engines: Engines, run: Run) -> None:
    programs = run.state.population.programs
    gains = [
        each.fitness - max(programs[parent].fitness for parent in each.parents)
        for each in programs.values()
        if each.fitness is not None and each.parents
    ]
    rows = rows_of(engines, "efficacy_by_model_and_operator", run=RUN)
    assert sum(row["improved"] for row in rows) == sum(gain > 0 for gain in gains)
    assert max(row["best_gain"] or 0 for row in rows) == pytest.approx(max(gains))


def test_the_statement_that_genesis_is_for_runs_unchanged_on_both(engines: Engines) -> None:
    question = parse("SELECT reasoning FROM genesis_logs WHERE reasoning ILIKE '%segmentation fault%'", [])
    found = engines.ask_duckdb(question)
    assert found == engines.ask_clickhouse(question)
    assert set(map(tuple, found[1])) == {("A segmentation fault is likely here.",)}
