"""The five dashboards: what is going on, what models cost, what is kept, what the machines do, what models think."""

from dashboards.panels import Board, Panel, TextBox

__all__ = ["BOARDS"]

_OF_RUN = "FROM (\n{query}\n) AS q WHERE run_id = ${{run:singlequote}}"  # doubled: the text is a template


def _stat(title: str, column: str, unit: str = "short", width: int = 4) -> Panel:
    return Panel(
        title=title,
        kind="stat",
        query="runs_overview",
        select=f"SELECT {column} {_OF_RUN}",
        width=width,
        height=4,
        unit=unit,
    )


_BEST = Panel(
    title="Best fitness by evaluations", kind="trend", query="best_so_far", x="evaluations",
    select="SELECT CAST(evaluations AS DOUBLE) AS evaluations, fitness FROM (\n{query}\n) AS q ORDER BY evaluations",
)  # fmt: skip
_EFFICACY = Panel(
    title="Efficacy by model and operator", kind="table", query="efficacy_by_model_and_operator", width=24,
    units={"improved_share": "percentunit"}, coloured=("improved_share",),
)  # fmt: skip
_FAILURES = Panel(title="Failures by reason", kind="table", query="failures_by_reason")
_THROUGHPUT = Panel(
    title="Programs a minute", kind="timeseries", query="throughput",
    select="SELECT time, proposed, rejected, evaluated, failed, archived FROM (\n"
    "SELECT minute AS time, proposed, rejected, evaluated, failed, archived FROM (\n{query}\n) AS counted\n"
    ") AS q WHERE $__timeFilter(time) ORDER BY time",
)  # fmt: skip

OVERVIEW = Board(
    name="overview",
    title="Genesis: overview of a run",
    panels=(
        _stat("Status", "status"),
        _stat("Best fitness", "best_fitness"),
        _stat("Evaluations", "evaluations"),
        _stat("Valid", "valid / nullif(evaluations, 0) AS valid", "percentunit"),
        _stat("Duration", "seconds", "s"),
        _stat("Cost", "cost_usd", "currencyUSD"),
        _BEST,
        Panel(
            title="Best and mean fitness by generation", kind="trend", query="generations_progress", x="generation",
            select="SELECT CAST(generation AS DOUBLE) AS generation, best_fitness, mean_fitness "
            "FROM (\n{query}\n) AS q ORDER BY generation",
        ),
        _THROUGHPUT,
        _FAILURES,
        _EFFICACY,
        Panel(
            title="Duplicates by operator", kind="barchart", query="duplicate_rate", x="operator",
            select="SELECT operator, sum(tries) AS tries, sum(duplicates) AS duplicates, sum(not_novel) AS not_novel "
            "FROM (\n{query}\n) AS q GROUP BY operator ORDER BY operator",
        ),
        Panel(
            title="Runs", kind="table", query="runs_overview",
            units={"seconds": "s", "cost_usd": "currencyUSD"},
        ),
    ),
)  # fmt: skip

MODELS = Board(
    name="models",
    title="Genesis: cost and latency of models",
    runs="any",
    panels=(
        Panel(
            title="Spent", kind="stat", query="cost_by_purpose", width=6, height=4, unit="currencyUSD",
            select="SELECT sum(cost_usd) AS spent FROM (\n{query}\n) AS q",
        ),
        Panel(
            title="Calls", kind="stat", query="cost_by_purpose", width=6, height=4,
            select="SELECT sum(calls) AS calls FROM (\n{query}\n) AS q",
        ),
        Panel(
            title="Calls of unknown price", kind="stat", query="cost_by_purpose", width=6, height=4,
            select="SELECT sum(unpriced_calls) AS unpriced_calls FROM (\n{query}\n) AS q",
        ),
        Panel(
            title="Prompt tokens from cache", kind="stat", query="cost_by_purpose", width=6, height=4,
            unit="percentunit",
            select="SELECT sum(tokens_cached) / nullif(sum(tokens_in), 0) AS cached FROM (\n{query}\n) AS q",
        ),
        Panel(
            title="Cost a minute", kind="timeseries", query="spending_over_time", unit="currencyUSD",
            select="SELECT time, cost_usd, total_usd FROM (\nSELECT minute AS time, cost_usd, total_usd FROM (\n"
            "{query}\n) AS spent\n) AS q WHERE $__timeFilter(time) ORDER BY time",
        ),
        Panel(
            title="Tokens a minute", kind="timeseries", query="spending_over_time",
            select="SELECT time, tokens_in, tokens_out FROM (\nSELECT minute AS time, tokens_in, tokens_out FROM (\n"
            "{query}\n) AS spent\n) AS q WHERE $__timeFilter(time) ORDER BY time",
        ),
        Panel(
            title="Cost by purpose", kind="table", query="cost_by_purpose", width=24,
            units={"cost_usd": "currencyUSD"},
        ),
        Panel(
            title="Latency", kind="table", query="latency_percentiles",
            units={"p50_s": "s", "p90_s": "s", "p99_s": "s", "longest_s": "s"}, coloured=("p90_s",),
        ),
        Panel(
            title="Gain per dollar", kind="table", query="gain_per_dollar",
            units={"cost_usd": "currencyUSD"}, coloured=("gain_per_usd",),
        ),
        Panel(title="Failures of models", kind="table", query="failures_of_models"),
        Panel(
            title="Efficacy of prompts", kind="table", query="prompt_efficacy",
            units={"cost_usd": "currencyUSD"}, coloured=("improved",),
        ),
        Panel(title="Time to fitness", kind="table", query="time_to_fitness", width=24,
              units={"seconds": "s", "cost_usd": "currencyUSD"}),
    ),
    boxes=(TextBox("fitness", "Fitness to reach", "0"),),
)  # fmt: skip

ARCHIVE = Board(
    name="archive",
    title="Genesis: archive and islands",
    panels=(
        Panel(
            title="Archive: fitness by cell", kind="xychart", query="archive_heat_map", height=10,
            x="x", y="y", colour="fitness",
            select="SELECT x, y, fitness, island, program_id, cell FROM (\n{query}\n) AS q",
        ),
        Panel(
            title="Coverage and quality-diversity", kind="trend", query="generations_progress", height=10,
            x="generation",
            select="SELECT CAST(generation AS DOUBLE) AS generation, coverage, qd_score, archive_size "
            "FROM (\n{query}\n) AS q ORDER BY generation",
        ),
        Panel(
            title="Islands", kind="table", query="archive_heat_map",
            select="SELECT island, count(*) AS cells, max(fitness) AS best_fitness, avg(fitness) AS mean_fitness "
            "FROM (\n{query}\n) AS q GROUP BY island ORDER BY island",
        ),
        Panel(
            title="Migration", kind="flow", query="migration_flow",
            select="SELECT CAST(island AS VARCHAR) AS id, concat('island ', CAST(island AS VARCHAR)) AS title FROM (\n"
            "SELECT from_island AS island FROM (\n{query}\n) AS q UNION DISTINCT "
            "SELECT to_island AS island FROM (\n{query}\n) AS q\n) AS islands ORDER BY id",
            edges="SELECT concat(CAST(from_island AS VARCHAR), '-', CAST(to_island AS VARCHAR)) AS id, "
            "CAST(from_island AS VARCHAR) AS source, CAST(to_island AS VARCHAR) AS target, programs AS mainstat "
            "FROM (\n{query}\n) AS q ORDER BY id",
        ),
        Panel(title="Filled cells", kind="table", query="archive_heat_map", coloured=("fitness",)),
        Panel(title="Common ancestors of the successful", kind="table", query="common_ancestors"),
        Panel(
            title="Pathway to the program", kind="table", query="mutation_pathway", width=24, height=10,
            coloured=("gain",),
        ),
        Panel(title="Lineage of the program", kind="table", query="lineage_of_program", width=24),
    ),
    boxes=(TextBox("program", "Program", "p000001"), TextBox("fitness", "Successful from fitness", "0")),
)  # fmt: skip

FLEET = Board(
    name="fleet",
    title="Genesis: fleet",
    runs="any",
    panels=(
        Panel(
            title="Runs by last event: lag and rate", kind="table", query="activity_of_runs", width=24,
            fixed={"minutes": "5"}, units={"seconds_since": "s"}, coloured=("seconds_since",),
        ),
        _THROUGHPUT,
        Panel(
            title="Utilisation of workers", kind="table", query="worker_utilisation",
            units={"busy_s": "s", "utilisation": "percentunit"}, coloured=("utilisation",),
        ),
        Panel(
            title="Durations of stages", kind="table", query="stage_durations",
            units={"mean_s": "s", "p50_s": "s", "p95_s": "s", "longest_s": "s", "total_s": "s"}, coloured=("p95_s",),
        ),
        Panel(
            title="Slowest evaluations", kind="table", query="slowest_evaluations",
            fixed={"most": "20"}, units={"duration_s": "s", "cpu_s": "s", "max_rss_bytes": "bytes"},
        ),
        _FAILURES,
        Panel(title="Unreadable lines", kind="table", query="unreadable_lines"),
        Panel(
            title="Latest diagnostics", kind="table", query="latest_diagnostics", width=24, fixed={"most": "100"}
        ),
    ),
)  # fmt: skip

REASONING = Board(
    name="reasoning",
    title="Genesis: what the models think",
    runs="any",
    panels=(
        Panel(
            title="Reasoning with all of these words", kind="table", query="search_reasoning", width=24, height=10,
            fixed={"most": "100"},
        ),
        Panel(
            title="Everything that says this", kind="table", query="search_text", width=24, height=10,
            fixed={"most": "100"},
        ),
        Panel(
            title="What models said before every improvement", kind="table", query="words_before_improvements",
            width=24, height=10,
        ),
        Panel(title="Lessons", kind="table", query="lessons", width=24),
        Panel(
            title="Calls made for the program", kind="table", query="calls_of_program", width=24, height=10,
            units={"cost_usd": "currencyUSD", "latency_s": "s"},
        ),
    ),
    boxes=(TextBox("text", "Words", "segmentation fault"), TextBox("program", "Program", "p000001")),
)  # fmt: skip

BOARDS = (OVERVIEW, MODELS, ARCHIVE, FLEET, REASONING)
