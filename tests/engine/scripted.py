"""A run without processes: effects that answer from a function of the request alone, and a log that can crash."""

import asyncio
import random
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from events.envelope import Event, Fact
from events.errors import LogError
from events.log import MemoryLog
from events.types import (
    AnyPayload,
    BehaviorDimension,
    EvaluationFailed,
    Host,
    LimitsRecord,
    MetricSpec,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    ProblemRecord,
    ProgramCompiled,
    ProgramEvaluated,
    RunResumed,
    RunStarted,
    RunStopped,
    UsageRecord,
)
from genesis.config.run import RunConfig
from genesis.engine.loop import Emit, Loop, Slots
from genesis.engine.requests import Pending
from genesis.engine.state import State

LIMITS = LimitsRecord(
    wall_s=1, cpu_s=1, memory_bytes=1 << 30, output_bytes=1 << 20, disk_bytes=1 << 20, processes=1, open_files=64
)


class Crash(LogError):
    """Stands for SIGKILL between two appends."""


@dataclass
class Ticking:
    """A clock that moves one millisecond a look."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


class CrashingLog(MemoryLog):
    """A memory log that takes ``room`` events and then dies."""

    def __init__(self, events: Iterable[Event] = (), room: int | None = None) -> None:
        super().__init__("test-run", Ticking())
        self._events.extend(events)
        self.room = room

    def write(self, fact: Fact) -> Event:
        if self.room is not None and self.last_sequence >= self.room:
            raise Crash
        return super().write(fact)

    @contextmanager
    def dying(self) -> Generator[None]:
        """Around a run that dies at ``room``, or before its last event: another timing makes a shorter log."""
        with suppress(Crash):
            yield
            assert isinstance(self._events.pop().data, RunStopped)
        self.room = None


async def pause(dice: random.Random, most: int = 8) -> None:
    """Lets others go first: for fewer than ``most`` turns of the loop, so that a run depends on dice and no clock."""
    for _ in range(dice.randrange(most)):
        await asyncio.sleep(0)


@dataclass
class ScriptedEffects:
    """Answers after a pause that differs by request and by process, with what the request's draw alone decides."""

    jitter: random.Random = field(default_factory=lambda: random.Random(0))
    performed: list[str] = field(default_factory=list)
    hook: Callable[[Pending], None] = lambda request: None

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        await pause(self.jitter)
        self.hook(request)
        data = request.data
        self.performed.append(f"{data.TYPE} {data.program}")
        dice = random.Random(f"{data.TYPE}/{data.program}")
        if isinstance(data, MutationRequested):
            return self._mutate(data, dice)
        if not request.facts:
            await emit(ProgramCompiled(program=data.program, ok=True, duration_s=self.jitter.random()))
        return self._evaluate(data.program, dice)

    def _mutate(self, data: MutationRequested, dice: random.Random) -> AnyPayload:
        if data.parents and dice.random() < 0.2:
            return MutationRejected(program=data.program, reason="not_applicable", message="nothing to change")
        digest = f"{dice.randrange(200):064d}"
        return MutationProposed(
            program=data.program,
            files={"program.py": f"# {data.program}"},
            entry="program.py",
            code_digest=digest,
            language="python",
            parents=data.parents,
            operator=data.operator,
            name=data.operator,
        )

    def _evaluate(self, program: str, dice: random.Random) -> AnyPayload:
        usage = UsageRecord(wall_s=self.jitter.random(), cpu_s=self.jitter.random(), max_rss_bytes=1)
        roll = dice.random()
        if roll < 0.1:
            return EvaluationFailed(program=program, reason="crash", stage="run", message="boom", usage=usage)
        fitness = dice.random() if roll < 0.8 else None
        return ProgramEvaluated(
            program=program,
            is_valid=fitness is not None,
            metrics={} if fitness is None else {"score": fitness, "size": dice.random()},
            fitness=fitness,
            stages=(),
            usage=usage,
            worker="scripted",
        )


def start(**overrides: object) -> Fact:
    """The first fact of a scripted run."""
    config = RunConfig.model_validate({"seed": 7, "generation_size": 10, "window": 6, **overrides})
    problem = ProblemRecord(
        name="scripted",
        directory="/nowhere",
        digest="d" * 64,
        description="a problem without code",
        language="python",
        metrics={
            "score": MetricSpec(
                description="s", higher_is_better=True, is_primary=True, lower_bound=0.0, upper_bound=1.0
            ),
            "size": MetricSpec(description="s", higher_is_better=False),
        },
        behavior=(BehaviorDimension(metric="size", lower=0.0, upper=1.0, bins=8),),
        limits=LIMITS,
        seeds=("a.py", "b.py", "c.py", "d.py"),
    )
    host = Host(name="test", system="Linux", machine="x86_64", cpus=2)
    return Fact(
        RunStarted(
            config=config.model_dump(mode="json"),
            problem=problem,
            seed=config.seed,
            genesis_version="0",
            python_version="3",
            host=host,
        )
    )


def resume(state: State) -> Fact:
    """The fact that another process took the run up."""
    return Fact(
        RunResumed(
            at_sequence=state.run.sequence,
            torn_bytes=0,
            unanswered=state.requests.unanswered,
            genesis_version="0",
        ),
        state.run.sequence,
    )


def fold(events: Iterable[Event]) -> State:
    state = State()
    for event in events:
        state.apply(event)
    return state


async def drive(log: CrashingLog, first: Fact | None = None, *, workers: int = 2, effects: ScriptedEffects) -> State:
    """Runs or resumes until the run stops or the log crashes."""
    state = fold(log.read())
    fact = resume(state) if log.last_sequence else (first or start())
    loop = Loop(log=log, state=state, effects=effects, slots=Slots(workers, workers), observe=lambda event: None)
    await loop.run(fact)
    return state
