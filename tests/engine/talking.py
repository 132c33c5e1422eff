"""A run with models, without processes or servers: programs of a few lines, and a model that answers from a script."""

import asyncio
import hashlib
import random
from collections.abc import Callable
from dataclasses import replace

from events.envelope import Fact
from events.types import (
    AnyPayload,
    EvaluationFailed,
    MutationRequested,
    ProgramEvaluated,
    PromptingRecord,
    UsageRecord,
)
from genesis.analysis.reexecute import Reexecution, reexecute
from genesis.engine.conversations import Builder
from genesis.engine.effects import Library, Past
from genesis.engine.effects import LocalEffects as Offline
from genesis.engine.loop import Emit, Loop, Slots
from genesis.engine.performing import with_models
from genesis.engine.requests import Pending
from genesis.engine.state import State
from genesis.llm.port import Embedder, Failure, Model, Reply, Request
from genesis.llm.scripted import ScriptedModel
from genesis.mutation.models.port import Brief, ConversationStep, Turn
from genesis.mutation.operators.port import Breeding, Proposed, Rejection
from genesis.mutation.propose import propose
from genesis.mutation.talk import TASKS
from genesis.mutation.tasks import (
    CONVERSE,
    NEAREST,
    PLAIN,
    STUDY,
    Comparison,
    Finding,
    Nearest,
    Plain,
    Step,
    Study,
    Talk,
    decode,
    encode,
)
from genesis.program import Source
from tests.engine.scripted import CrashingLog, fold, pause, resume, start

MODELS = {"models": [{"name": "made/up", "weight": 1.0}], "concurrency": 4}
PROGRAM = """\
SIZE = {size}


def entrypoint():
    total = 0
    for number in range(SIZE):
        total = total + number * {factor}
    return total
"""


class Texts:
    """The worker's tasks in this process, bytes and all."""

    async def converse(self, brief: Brief, turns: tuple[Turn, ...]) -> ConversationStep:
        return decode(TASKS[CONVERSE](encode(Talk(brief, turns))), Step).value

    async def nearest(self, comparison: Comparison) -> Nearest:
        return decode(TASKS[NEAREST](encode(comparison)), Nearest)

    async def plain(self, comparison: Comparison) -> Plain:
        return decode(TASKS[PLAIN](encode(comparison)), Plain)

    async def study(self, study: Study) -> Finding:
        return decode(TASKS[STUDY](encode(study)), Finding)


class InProcess(Texts):
    """Operators too."""

    async def propose(self, operator: str, breeding: Breeding) -> Proposed | Rejection:
        return propose(operator, breeding)


class Judge:
    """Evaluations that the program's text alone decides, after a pause that differs by process."""

    def __init__(self, past: Past, state: State, jitter: random.Random) -> None:
        self.programs = Library(past, state)
        self.jitter = jitter
        self.mutations = Offline(
            state=state,
            library=self.programs,
            seeds={f"{name}.py": _seed(number) for number, name in enumerate("abcd")},
            proposer=InProcess(),
            evaluator=None,  # this class evaluates
        )

    async def perform(self, request: Pending, emit: Emit) -> AnyPayload:
        await pause(self.jitter)
        if isinstance(request.data, MutationRequested):
            return await self.mutations.perform(request, emit)
        return self._evaluate(request.data.program)

    def _evaluate(self, program: str) -> AnyPayload:
        text = self.programs[program].text
        usage = UsageRecord(wall_s=0.1, cpu_s=0.1, max_rss_bytes=1)
        dice = random.Random(hashlib.sha256(text.encode()).digest())
        if dice.random() < 0.15:
            return EvaluationFailed(program=program, reason="crash", stage="run", message="boom", usage=usage)
        fitness = dice.random()
        return ProgramEvaluated(
            program=program,
            is_valid=True,
            metrics={"score": fitness, "size": dice.random()},
            fitness=fitness,
            stages=(),
            usage=usage,
            worker="scripted",
        )


def _seed(number: int) -> Source:
    return Source.single(PROGRAM.format(size=number + 1, factor=number + 2), "program.py")


def answer(request: Request) -> Reply | str:
    """What a fair model would say: mostly a change, now and then one that needs a second try."""
    said = "\n".join(message.content for message in request.messages)
    dice = random.Random(f"{request.draw}/{request.purpose}")
    match request.purpose:
        case "insight":
            return "helped: a larger factor\nevidence: score rose\nnext: try a larger one"
        case "scratchpad":
            return "<scratchpad>\nLarge factors help. Sizes do not matter.\n</scratchpad>"
        case "prompt":
            return f"<prompt>\n{'Think of the factor first, then of the size. ' * 4}{dice.random()}\n</prompt>"
        case "judge":
            return "NOVEL: it takes another factor"
        case _:
            return _change(said, dice)


def _change(said: str, dice: random.Random) -> str:
    if dice.random() < 0.2:
        return "I would rather not."
    if "SEARCH" in said:
        line = "def entrypoint():"  # the only one that no operator changes
        return (
            f"Start higher.\n<<<<<<< SEARCH\n{line}\n=======\n{line}\n    start = {dice.randrange(10**6)}\n"
            ">>>>>>> REPLACE\n"
        )
    text = PROGRAM.format(size=dice.randrange(10**6), factor=dice.randrange(10**6))
    return f"Another size as well.\n```python\n{text}```\n"


def begin(**overrides: object) -> Fact:
    """The first fact of a run with models."""
    fact = start(**{"llm": MODELS, "ordered": False, "stop": {"evaluations": 60}, "window": 8, **overrides})
    problem = fact.data.problem
    prompting = PromptingRecord(entry="program.py", entrypoint="entrypoint")
    return Fact(replace(fact.data, problem=replace(problem, prompting=prompting)))


async def talk(
    log: CrashingLog,
    first: Fact | None = None,
    *,
    model: Model | None = None,
    texts: InProcess | None = None,
    embedder: Embedder | None = None,
    builder: Builder | None = None,
    jitter: int = 0,
    began: Callable[[Loop], None] = lambda loop: None,
) -> State:
    """Runs or resumes until the run stops or the log crashes."""
    state = fold(log.read())
    fact = resume(state) if log.last_sequence else (first or begin())
    local = Judge(log, state, random.Random(jitter))
    effects = with_models(
        local,
        state=state,
        past=log,
        model=model or ScriptedModel(answer),
        texts=texts or InProcess(),
        embedder=embedder,
        builder=builder,
    )
    loop = Loop(log=log, state=state, effects=effects, slots=Slots(2, 2), observe=lambda event: None)
    began(loop)
    await loop.run(fact)
    return state


def run(log: CrashingLog, *, model: Model | None = None, jitter: int = 0, **overrides: object) -> State:
    return asyncio.run(talk(log, begin(**overrides), model=model, jitter=jitter))


def again(log: CrashingLog) -> Reexecution:
    """The log run again, with itself as the model and the evaluator."""
    return asyncio.run(reexecute(log.read, past=log, state=State(), worker=InProcess()))


def failing(reason: str) -> ScriptedModel:
    return ScriptedModel(lambda request: Failure(reason=reason, message=f"{reason}, says the server"))
