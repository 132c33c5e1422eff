"""A run as an engine with language models records it: small, made up, and with something for every named query to find.

Two islands, two models of different price and speed, prompts, lessons, a migration, duplicates and every kind of
failure. Times are a second apart, so that no query depends on the machine.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from events.chain import GENESIS
from events.codec import encode
from events.envelope import Fact
from events.types import (
    AnalysisKind,
    AnalysisRequested,
    AnyPayload,
    Briefing,
    EvaluationFailed,
    EvaluationRequested,
    GenerationCompleted,
    Host,
    InsightRecorded,
    LimitsRecord,
    LlmFailed,
    LlmRequested,
    LlmResponded,
    Message,
    MetricSpec,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    NoveltyJudged,
    ProblemRecord,
    ProgramArchived,
    ProgramCompiled,
    ProgramDeclined,
    ProgramEvaluated,
    ProgramMigrated,
    PromptEvolved,
    RunStarted,
    RunStopped,
    ScratchpadRevised,
    Selection,
    StageRecord,
    Totals,
    UsageRecord,
)

RUN = "golden.models"
LIMITS = LimitsRecord(
    wall_s=10.0,
    cpu_s=10.0,
    memory_bytes=1 << 30,
    output_bytes=1 << 26,
    disk_bytes=1 << 26,
    processes=1,
    open_files=64,
)
MODELS = {"anthropic/claude-sonnet": (0.012, 4.0), "ollama/qwen3": (None, 9.0)}
PROGRAMS = 60


class _Writer:
    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.lines: list[bytes] = []
        self._hash = GENESIS
        self._time = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def add(self, data: AnyPayload, *, cause: int | None = None, generation: int = 0, island: int = 0) -> int:
        self._time += timedelta(seconds=1)
        line, event = encode(
            Fact(data, cause, data.subject, generation, island),
            run_id=self.run_id,
            sequence=len(self.lines) + 1,
            time=self._time,
            previous=self._hash,
        )
        self._hash = event.hash
        self.lines.append(line)
        return event.sequence


def _started() -> RunStarted:
    spec = MetricSpec(
        description="the smallest triangle", higher_is_better=True, is_primary=True, lower_bound=0.0, upper_bound=0.04
    )
    problem = ProblemRecord(
        name="heilbronn",
        directory="problems/heilbronn",
        digest="0" * 64,
        description="Place 11 points.",
        language="python",
        metrics={"min_area": spec},
        limits=LIMITS,
        seeds=("points", "orbits"),
    )
    return RunStarted(
        config={"seed": 1, "run_id": RUN},
        problem=problem,
        seed=1,
        genesis_version="0.1.0",
        python_version="3.11",
        git_sha=None,
        host=Host(name="laptop", system="Linux", machine="x86_64", cpus=2),
    )


def _call(
    log: _Writer,
    program: str,
    model: str,
    *,
    purpose: str,
    number: int,
    request: int,
    place: dict[str, int],
    draw: Random,
) -> None:
    cost, latency_s = MODELS[model]
    provider, name = model.split("/")
    same = {
        "program": program,
        "call": f"{program}/{number}",
        "operator": "llm_diff",
        "prompt_id": "s0001",
        "purpose": purpose,
        "provider": provider,
        "model": name,
    }
    ask = (
        Message(role="system", content="You improve programs. “Quotes”, \\ backslashes and / slashes survive."),
        Message(role="user", content=f"Improve {program}:\n```python\ndef entrypoint():\n    return 1\n```"),
    )
    attempt = 1
    if draw.random() < 0.25:
        log.add(LlmRequested(**same, messages=ask, attempt=attempt), cause=request, **place)
        log.add(
            LlmFailed(**same, attempt=attempt, reason="rate_limited", message="429: slow down", retry_in_s=1.0),
            cause=request,
            **place,
        )
        attempt += 1
    log.add(LlmRequested(**same, messages=ask, attempt=attempt), cause=request, **place)
    thought = ["The points crowd together.", "A segmentation fault is likely here.", "Symmetry would help;\tUnicode: ∆"]
    log.add(
        LlmResponded(
            **same,
            attempt=attempt,
            text=f"<<<<<<< SEARCH\n    return 1\n=======\n    return {draw.random():.3f}\n>>>>>>> REPLACE",
            reasoning=draw.choice(thought),
            tokens_in=1200 + draw.randrange(400),
            tokens_out=300 + draw.randrange(100),
            tokens_reasoning=120,
            tokens_cached=800,
            cost_usd=None if cost is None else cost * (1 + draw.random()),
            latency_s=latency_s * (0.5 + draw.random()),
            finish_reason="stop",
            provider_request_id=f"req-{program}-{number}",
        ),
        cause=request,
        **place,
    )


def _embedding(log: _Writer, program: str, *, request: int, place: dict[str, int]) -> None:
    same = {
        "program": program,
        "call": f"{program}/embedding",
        "operator": "llm_diff",
        "purpose": "embedding",
        "provider": "openai",
        "model": "text-embedding-3-small",
        "attempt": 1,
    }
    asked = (Message(role="user", content="def entrypoint():\n    return 1"),)
    log.add(LlmRequested(**same, messages=asked), cause=request, **place)
    answer = {"text": "", "tokens_in": 12, "tokens_out": 0, "cost_usd": 2.4e-7, "latency_s": 0.2}
    data = LlmResponded(**same, **answer, finish_reason="stop", embedding="ADwAAAAA")
    log.add(data, cause=request, **place)


def _usage(draw: Random) -> UsageRecord:
    return UsageRecord(wall_s=0.02 + draw.random(), cpu_s=0.01 + draw.random() / 2, max_rss_bytes=50_000_000)


def _program(log: _Writer, number: int, fitness: dict[str, float], draw: Random) -> None:
    program, island = f"p{number:06d}", number % 2
    generation = 0 if number <= 2 else 1 + (number - 3) // 10
    place = {"generation": generation, "island": island}
    seed = number <= 2
    offline = not seed and number % 4 == 0
    operator = "seed" if seed else "constants" if offline else "llm_crossover" if number % 5 == 0 else "llm_diff"
    ranked = sorted(fitness, key=lambda each: -fitness[each])
    parents = () if seed else tuple(ranked[: 2 if operator == "llm_crossover" else 1]) if number % 3 else (ranked[-1],)
    model = None if seed or offline else draw.choice(sorted(MODELS))
    request = log.add(
        MutationRequested(
            program=program,
            operator=operator,
            island=island,
            parents=parents,
            inspirations=tuple(ranked[:2]),
            model=model,
            prompt_id=None if model is None else f"s000{1 + number % 2}",
            selection=Selection(strategy="tournament(3)", probabilities=(0.5,) * len(parents)) if parents else None,
            mix={"llm_diff": 0.6, "llm_crossover": 0.2, "constants": 0.2},
            draw=f"1/mutation/{number}",
            briefing=None if model is None else Briefing(choice="weighted", models=dict.fromkeys(MODELS, 0.5)),
        ),
        **place,
    )
    if model is not None:
        _call(log, program, model, purpose="mutation", number=1, request=request, place=place, draw=draw)
        if number % 7 == 0:
            _call(log, program, model, purpose="repair", number=2, request=request, place=place, draw=draw)
    if number % 13 == 0:
        twin = f"p{number - 1:06d}"
        data = MutationRejected(program=program, reason="duplicate", message=f"the same as {twin}", duplicate_of=twin)
        log.add(data, cause=request, **place)
        return
    if number % 17 == 0:
        _embedding(log, program, request=request, place=place)
        judged = NoveltyJudged(
            program=program,
            nearest="p000001",
            similarity=0.991,
            verdict="not_novel",
            by="openai/text-embedding-3-small",
            measure="openai/text-embedding-3-small",
            cosine=0.991,
        )
        log.add(judged, cause=request, **place)
        data = MutationRejected(program=program, reason="not_novel", message="too close to p000001")
        log.add(data, cause=request, **place)
        return
    files = {"program.py": f'def entrypoint():\n    return {number}  # "a" / \\ é\n'}
    if number % 10 == 0:
        files["native/kernel.cpp"] = "int f() { return 1; }\n"
    proposed = log.add(
        MutationProposed(
            program=program,
            files=files,
            entry="program.py",
            code_digest=f"{number:064x}",
            language="python",
            parents=parents,
            operator=operator,
            name=f"{operator}: try {number}",
            rationale=f"because of {', '.join(parents) or 'nothing'}",
            diff="" if seed else f"--- a/program.py\n+++ b/program.py\n-    return 1\n+    return {number}\n",
        ),
        cause=request,
        **place,
    )
    asked = log.add(
        EvaluationRequested(
            program=program, backend="local", stages=("syntax", "run", "validate", "complexity"), limits=LIMITS
        ),
        cause=proposed,
        **place,
    )
    log.add(ProgramCompiled(program=program, ok=True, duration_s=0.001), cause=asked, **place)
    worker, usage = f"local-{number % 3}", _usage(draw)
    if number % 11 == 0:
        stages = (StageRecord(name="syntax", status="ok", duration_s=0.001),)
        stages += (StageRecord(name="run", status="failed", duration_s=usage.wall_s),)
        stages += (StageRecord(name="validate", status="skipped", duration_s=0.0),)
        failure = EvaluationFailed(
            program=program,
            reason="timeout" if number % 2 else "crash",
            stage="run",
            message="it was still running after 10 s" if number % 2 else "Segmentation fault",
            stages=stages,
            usage=usage,
            worker=worker,
        )
        log.add(failure, cause=asked, **place)
        return
    valid = number % 9 != 0
    value = min(0.036, 0.01 + 0.0004 * number + draw.random() * 0.004)
    stages = tuple(
        StageRecord(name=name, status="ok", duration_s=duration_s, cached=number % 6 == 0 and name == "run")
        for name, duration_s in (("syntax", 0.001), ("run", usage.wall_s), ("validate", 0.004), ("complexity", 0.002))
    )
    evaluated = log.add(
        ProgramEvaluated(
            program=program,
            is_valid=valid,
            metrics={"min_area": value, "complexity.lines": float(number)} if valid else {},
            fitness=value if valid else None,
            feedback="" if valid else "two points coincide",
            stages=stages,
            usage=usage,
            worker=worker,
        ),
        cause=asked,
        **place,
    )
    if not valid:
        return
    fitness[program] = value
    cell = f"{number % 3}/{number % 2}"
    if number % 5 == 4:
        declined = ProgramDeclined(program=program, island=island, cell=cell, incumbent="p000001", why="not_better")
        log.add(declined, cause=evaluated, **place)
        return
    archived = log.add(
        ProgramArchived(program=program, island=island, cell=cell, why="empty_cell" if number < 7 else "better"),
        cause=evaluated,
        **place,
    )
    if number % 12 == 7:
        moved = ProgramMigrated(program=program, from_island=island, to_island=1 - island, cell=cell)
        log.add(moved, cause=archived, **place)


def _learn(log: _Writer, time: int) -> None:
    def asked(kind: AnalysisKind, number: int) -> tuple[str, int]:
        name = f"a{3 * time + number:06d}"
        data = AnalysisRequested(analysis=name, kind=kind, model="anthropic/claude-sonnet", draw=f"1/analysis/{name}")
        return name, log.add(data)

    name, cause = asked("insight", 0)
    log.add(InsightRecorded(scope="run", text="Symmetry helps.", based_on=("p000001",), analysis=name), cause=cause)
    name, cause = asked("scratchpad", 1)
    log.add(ScratchpadRevised(version=time, text="Symmetry helps, noise does not.", analysis=name), cause=cause)
    name, cause = asked("prompt", 2)
    evolved = PromptEvolved(prompt_id=f"s{1 + time:04d}", parent="s0001", text="Think of symmetry.", analysis=name)
    log.add(evolved, cause=cause)


def golden_lines(run_id: str = RUN) -> list[bytes]:
    """The run's lines, with their newlines; the same every time."""
    log, draw, fitness = _Writer(run_id), Random(20260301), {}
    log.add(_started())
    for number in range(1, PROGRAMS + 1):
        _program(log, number, fitness, draw)
        if number % 10 == 2:
            best = max(fitness.values(), default=None)
            log.add(
                GenerationCompleted(
                    generation=number // 10,
                    evaluated=number,
                    valid=len(fitness),
                    best_fitness=best,
                    mean_fitness=sum(fitness.values()) / len(fitness),
                    archive_size=min(6, len(fitness)),
                    coverage=min(6, len(fitness)) / 6,
                    qd_score=sum(sorted(fitness.values())[-6:]),
                    cost_usd=0.01 * number,
                )
            )
        if number % 20 == 0:
            _learn(log, number // 20)
    log.add(
        RunStopped(
            reason="completed",
            message=f"{PROGRAMS} programs are evaluated",
            best_program=max(fitness, key=lambda each: fitness[each]),
            best_metrics={"min_area": max(fitness.values())},
            totals=Totals(
                proposed=50,
                rejected=7,
                evaluated=45,
                valid=len(fitness),
                failed=5,
                archived=30,
                generations=6,
                wall_s=600.0,
                cost_usd=0.5,
            ),
            state_digest="0" * 64,
        )
    )
    return log.lines


def write_golden_run(runs: Path, run_id: str = RUN) -> Path:
    """Puts the run into a runs directory; gives its log."""
    log = runs / run_id / "evolution_events.jsonl"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"".join(golden_lines(run_id)))
    return log
