"""Logs to load: of any length, with events of every kind that has a long text."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from events.chain import GENESIS
from events.codec import encode
from events.envelope import Fact
from events.types import (
    EvaluationFailed,
    Host,
    LimitsRecord,
    LlmRequested,
    LlmResponded,
    Message,
    MutationProposed,
    MutationRequested,
    ProblemRecord,
    ProgramEvaluated,
    RunStarted,
    StageRecord,
    UsageRecord,
)

GOLDEN = Path(__file__).parent.parent / "golden" / "v1-toy.jsonl"
STARTED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LIMITS = LimitsRecord(wall_s=1.0, cpu_s=1.0, memory_bytes=1, output_bytes=1, disk_bytes=1, processes=1, open_files=1)


def start() -> Fact:
    problem = ProblemRecord(
        name="toy",
        directory="/toy",
        digest="d",
        description="find",
        language="python",
        metrics={},
        limits=LIMITS,
        seeds=(),
    )
    host = Host(name="h", system="Linux", machine="x86_64", cpus=2)
    return Fact(RunStarted(config={}, problem=problem, seed=1, genesis_version="1", python_version="3", host=host))


def fact(number: int) -> Fact:
    """The fact at a place, from 2."""
    program = f"p{number // 6:06d}"
    match number % 6:
        case 0:
            data = MutationRequested(program=program, operator="llm_diff", island=0, model="m/one", draw="1/x")
        case 1:
            messages = (
                Message(role="system", content="Improve."),
                Message(role="user", content=f'código {number} \n\t"x"'),
            )
            data = LlmRequested(
                program=program, purpose="mutation", provider="m", model="m/one", messages=messages, attempt=1
            )
        case 2:
            fault = "a Segmentation-Fault, then" if number % 7 == 0 else "memory was fine;"
            data = LlmResponded(
                program=program, text=f"reply {number}", reasoning=f"I saw {fault} step {number} / done",
                tokens_in=100, tokens_out=number % 50, cost_usd=0.001 if number % 4 else None, latency_s=0.5,
                finish_reason="stop",
            )  # fmt: skip
        case 3:
            data = MutationProposed(
                program=program, files={"main.py": f"x = {number}\n", "b/helper.py": "y = 1\n"}, entry="main.py",
                code_digest="c", language="python", parents=("p000001", "p000002"), operator="llm_diff", name="n",
                rationale="because", diff="- a\n+ b\n",
            )  # fmt: skip
        case 4:
            data = ProgramEvaluated(
                program=program, is_valid=True, metrics={"score": number / 7, "size": 3.0}, fitness=number / 7,
                stages=(StageRecord(name="run", status="ok", duration_s=0.1),),
                usage=UsageRecord(wall_s=0.1, cpu_s=0.05, max_rss_bytes=1000), worker="local-0",
            )  # fmt: skip
        case _:
            data = EvaluationFailed(program=program, reason="timeout", stage="run", message="too slow")
    return Fact(data, cause=max(1, number - 1), correlation=program, generation=number // 300, island=number % 3)


class Writer:
    """Appends events to a run's log without the engine's locks and syncs."""

    def __init__(self, directory: Path, run_id: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "evolution_events.jsonl"
        self.run_id = run_id
        self.sequence = 0
        self.hash = GENESIS
        self.hashes: list[str] = []

    def append(self, count: int) -> "Writer":
        lines = []
        for _ in range(count):
            self.sequence += 1
            line, event = encode(
                fact(self.sequence) if self.sequence > 1 else start(),
                run_id=self.run_id,
                sequence=self.sequence,
                time=STARTED + timedelta(milliseconds=self.sequence),
                previous=self.hash,
            )
            self.hash = event.hash
            self.hashes.append(event.hash)
            lines.append(line)
        with self.path.open("ab") as file:
            file.write(b"".join(lines))
        return self

    def raw(self, line: bytes) -> "Writer":
        """A line that is no event in its place."""
        self.sequence += 1
        self.hashes.append("")
        with self.path.open("ab") as file:
            file.write(line + b"\n")
        return self
