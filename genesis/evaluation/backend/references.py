"""Programs that others are timed beside: seeds that the problem names, or the one that is fastest here."""

import os

from genesis.evaluation.backend.performers import Performers, source_file
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.build import Builder
from genesis.evaluation.measure import Program
from genesis.evaluation.plan import Plan
from genesis.evaluation.wire import COMPARE, Answer
from genesis.problem.stages import StageDeclaration
from genesis.program import Source

__all__ = ["prepare_references"]

BEST, NONE = "best", "none"
_PROBE = StageDeclaration(name="cases", warmup=1, repeats=3, reference=NONE)


async def prepare_references(plan: Plan, performers: Performers, builder: Builder | None) -> list[int]:
    """Builds every reference that a stage names, and gives the files that they need, which the caller closes.

    Raises:
        BackendError: A reference cannot be built, or no seed answers every case right.
    """
    wanted = {
        plan.cases.reference if stage.reference is None else stage.reference
        for stage in plan.stages
        if stage.performs == "cases"
    } - {NONE}
    files: list[int] = []
    for name in sorted(wanted - {BEST}):
        performers.references[name] = await _program(name, plan.seeds[name], performers, builder, files)
    if BEST in wanted:
        performers.references[BEST] = await _best(plan, performers, builder, files)
    return files


async def _program(
    name: str, source: Source, performers: Performers, builder: Builder | None, files: list[int]
) -> Program:
    text = source_file(source)
    files.append(text)
    artifact = None
    if builder is not None:
        built = await builder.build(source)
        if built.cause is not None:
            raise BackendError(f"seed {name} is a reference for speed and cannot be built: {built.cause.message}")
        if built.artifact is not None:
            artifact = built.artifact
            files.append(artifact)
    return performers.program(source, text, artifact)


async def _best(plan: Plan, performers: Performers, builder: Builder | None, files: list[int]) -> Program:
    """The seed that answers every case right in the least time."""
    fastest: tuple[float, str, Program] | None = None
    said: list[str] = []
    for name, source in plan.seeds.items():
        try:
            program = await _program(name, source, performers, builder, files)
        except BackendError as error:
            said.append(str(error))
            continue
        measured = await performers.measure(program, _PROBE, 0)
        if measured.cause is not None or measured.answers is None:
            said.append(f"seed {name}: {measured.cause.message if measured.cause else 'no answers'}")
            continue
        try:
            answer = await performers.ask({"op": COMPARE}, (measured.answers,), _PROBE)
        finally:
            os.close(measured.answers)
        if not isinstance(answer, Answer) or answer.metrics["correct"] < 1.0:
            said.append(f"seed {name} does not answer every case right")
            continue
        if fastest is None or answer.metrics["wall_s"] < fastest[0]:
            fastest = (answer.metrics["wall_s"], name, program)
    if fastest is None:
        raise BackendError(f"no seed can be the reference for speed: {'; '.join(said)}")
    performers.best = fastest[1]
    return fastest[2]
