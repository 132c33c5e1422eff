"""What each kind of stage does on this machine: the functions that the scheduler's steps perform."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from genesis.channel import memory_file, open_memory_file, read_file, seal
from genesis.evaluation.backend.station import Station
from genesis.evaluation.backend.warm import Silent, WarmSetupError
from genesis.evaluation.backend.work import TAIL_BYTES, Data, Work, tail, text_of
from genesis.evaluation.build import Builder, Built
from genesis.evaluation.classify import Cause, classify, classify_command
from genesis.evaluation.harness import STATUS
from genesis.evaluation.job import Compiled, ProblemSetup, Usage
from genesis.evaluation.measure import Execution, Measured, Program, measure
from genesis.evaluation.measure import Plan as Runs
from genesis.evaluation.orders import place, run_command
from genesis.evaluation.pipeline import StepResult
from genesis.evaluation.plan import Plan
from genesis.evaluation.sandbox.command import STARTED
from genesis.evaluation.wire import (
    CALL,
    COMPARE,
    EXECUTE,
    MAX_REPORT_BYTES,
    MEASURE,
    RUN,
    VALIDATE,
    Answer,
    Exit,
    decode_answer,
    parse_crash,
)
from genesis.language import language_named
from genesis.language.build import BuildError
from genesis.problem.stages import StageDeclaration
from genesis.process import ChildDied
from genesis.program import Source

__all__ = ["Performers", "python_error", "source_file"]

_GRACE_S = 15.0  # over a candidate's own limit: forking, killing and reaping on a busy machine
_MAX_DIAGNOSTICS_BYTES = 4096


class Performers:
    """Performs stages of one problem's programs.

    Args:
        setup: The problem.
        plan: Its pipeline.
        station: Warm processes, which may not have started yet.
        builder: Builds programs; None where nothing is built or checked by a compiler.
    """

    def __init__(self, setup: ProblemSetup, plan: Plan, station: Station, builder: Builder | None) -> None:
        self._setup = setup
        self._plan = plan
        self._station = station
        self._builder = builder
        self._cpus = sorted(os.sched_getaffinity(0))
        self._taken = {name for stage in plan.stages for name in stage.data}
        self.references: dict[str, Program] = {}
        """Programs that others are timed beside, by the names that stages give them."""
        self.best: str | None = None
        """The seed that is the fastest here, where that was asked."""

    @property
    def cannot_run(self) -> str:
        """Why programs are built and not run; empty when they are run."""
        return "" if self._builder is None else self._builder.cannot_run

    async def run(self, work: Work, stage: StageDeclaration, names: tuple[str, ...]) -> StepResult:
        """Call a program's entry point; its syntax is checked on the way."""
        limits = self._setup.limits
        wall_s = stage.wall_s or limits.wall_s
        header: dict[str, object] = {"op": RUN} if stage.wall_s is None else {"op": RUN, "wall_s": wall_s}
        given = (work.source,) if work.artifact is None else (work.source, work.artifact)
        try:
            answer = await self._station.zygote.call(header, given, deadline_s=wall_s + _GRACE_S)
        except (Silent, ChildDied, WarmSetupError) as error:
            return StepResult(Cause("backend_error", stage.name, str(error)))
        end = Exit.from_header(answer.header)
        files = dict(zip(end.sent, answer.descriptors, strict=True))
        try:
            return self._read_run(work, stage, names, end, files)
        finally:
            for descriptor in files.values():
                os.close(descriptor)

    def _read_run(
        self, work: Work, stage: StageDeclaration, names: tuple[str, ...], end: Exit, files: dict[str, int]
    ) -> StepResult:
        diagnostics = text_of(files, "status", _MAX_DIAGNOSTICS_BYTES, skip=STATUS.size)
        work.stdout_tail, work.stderr_tail = tail(files, "stdout"), tail(files, "stderr")
        work.usage = Usage(end.wall_s, end.cpu_s, end.max_rss_bytes)
        report = None
        if end.code > 0 and "result" in files:
            report = parse_crash(read_file(files["result"], MAX_REPORT_BYTES))
        limits = self._setup.limits if stage.wall_s is None else replace(self._setup.limits, wall_s=stage.wall_s)
        cause = classify(end, report, diagnostics, limits=limits, hidden=self._setup.directory)
        if "result" in files:
            work.give(stage.name, Data("value", files.pop("result")))
        if end.compiled is not None and (work.compiled is None or not end.compiled):
            work.compiled = Compiled(end.compiled, diagnostics, end.compile_s)
        if cause is not None:
            at = stage.name if cause.stage == "run" else names[0]
            cause = Cause(cause.reason, at, cause.message)
        if len(names) == 1:
            return StepResult(cause)
        run_s = max(0.0, end.wall_s - end.compile_s)
        return StepResult(cause, ((names[0], end.compile_s), (stage.name, run_s)))

    async def check(self, work: Work, stage: StageDeclaration) -> StepResult:
        """Check a program's syntax: Python's in this process, another language's by its own tools."""
        if self._setup.language == "python":
            started_s = time.monotonic()
            wrong = await asyncio.to_thread(python_error, work.job.source)
            work.compiled = Compiled(not wrong, wrong, time.monotonic() - started_s)
            return StepResult(Cause("syntax_error", stage.name, wrong) if wrong else None)
        assert self._builder is not None
        return self._take_built(work, await self._builder.check(work.job.source, stage.name))

    async def build(self, work: Work, stage: StageDeclaration) -> StepResult:
        """Build a program, or find what an earlier build made."""
        assert self._builder is not None
        return self._take_built(work, await self._builder.build(work.job.source, stage.name))

    def _take_built(self, work: Work, built: Built) -> StepResult:
        work.compiled = built.compiled
        if work.artifact is not None:
            os.close(work.artifact)
        work.artifact = built.artifact
        return StepResult(built.cause, cached=built.cached)

    async def cases(self, work: Work, stage: StageDeclaration) -> StepResult:
        """Run a program on cases, and say what can be said without the author's code."""
        try:
            program = self.program(work.job.source, work.source, work.artifact)
        except BuildError as error:
            return StepResult(Cause("build_failed", stage.name, str(error)))
        measured = await self.measure(program, stage, work.slot)
        work.usage = measured.usage
        work.stdout_tail, work.stderr_tail = (
            part.decode(errors="replace") for part in (measured.stdout, measured.stderr)
        )
        if work.compiled is None:
            work.compiled = Compiled(ok=True, diagnostics="", duration_s=0.0)
        if measured.cause is not None or measured.answers is None:
            return StepResult(measured.cause)
        work.give(stage.name, Data("cases", measured.answers))
        return await self._compare(work, stage, measured.answers)

    def program(self, source: Source, files: int, artifact: int | None) -> Program:
        """What is executed for a program.

        Raises:
            BuildError: Its files make no program.
        """
        command, needs_files = run_command(source, self._setup.language, self._plan.build)
        given = [("source", files)] if needs_files else []
        given += [("artifact", artifact)] if artifact is not None else []
        return Program(place(command), tuple(given))

    async def measure(self, program: Program, stage: StageDeclaration, slot: int) -> Measured:
        """Run a program on a stage's cases, as often as the stage or the problem says."""
        declared = self._plan.cases
        names = tuple(
            name
            for name in self._station.inputs
            if not stage.cases or any(fnmatchcase(name, pattern) for pattern in stage.cases)
        )
        reference = stage.reference if stage.reference is not None else declared.reference
        runs = Runs(
            names,
            declared.warmup if stage.warmup is None else stage.warmup,
            declared.repeats if stage.repeats is None else stage.repeats,
            self.references.get(reference),
        )
        cpu = self._cpus[slot % len(self._cpus)] if declared.pin else None

        async def execute(one: Program, case: str) -> Execution:
            return await self._execute(one, case, stage, cpu)

        return await measure(program, runs, execute, tail_bytes=TAIL_BYTES)

    async def _execute(self, program: Program, case: str, stage: StageDeclaration, cpu: int | None) -> Execution:
        limits = replace(self._setup.limits, wall_s=stage.wall_s or self._setup.limits.wall_s)
        # A description of its own: programs that run at the same time would share the place where each reads.
        stdin = os.open(f"/proc/self/fd/{self._station.inputs[case]}", os.O_RDONLY | os.O_CLOEXEC)
        names, descriptors = zip(*program.given, ("stdin", stdin), strict=True)
        header = {
            "op": EXECUTE,
            "given": names,
            "command": program.command,
            "cpu": cpu,
            "memory_bytes": None if limits.reserves else limits.memory_bytes,
            "wall_s": limits.wall_s,
        }
        try:
            answer = await self._station.zygote.call(header, descriptors, deadline_s=limits.wall_s + _GRACE_S)
        except (Silent, ChildDied, WarmSetupError) as error:
            cause = Cause("backend_error", stage.name, str(error))
            return Execution(cause, 0, 0.0, 0.0, 0, None, None, None)
        finally:
            os.close(stdin)
        end = Exit.from_header(answer.header)
        files = dict(zip(end.sent, answer.descriptors, strict=True))
        status = os.pread(files["status"], STARTED.size, 0) if "status" in files else b""
        before_s = STARTED.unpack(status)[2] if len(status) == STARTED.size else 0.0
        word = text_of(files, "status", _MAX_DIAGNOSTICS_BYTES, skip=STARTED.size)
        written = max((os.fstat(files[name]).st_size for name in ("stdout", "stderr") if name in files), default=0)
        cause = classify_command(
            end, tail(files, "stderr"), word, written_bytes=written, limits=limits, stage=stage.name
        )
        for name in ("status", "result"):
            if name in files:
                os.close(files[name])
        for name in ("stdout", "stderr"):
            if name in files:
                seal(files[name])
        return Execution(
            cause,
            end.code,
            max(0.0, end.wall_s - end.compile_s),
            max(0.0, end.cpu_s - before_s),
            end.max_rss_bytes,
            end.instructions,
            files.get("stdout"),
            files.get("stderr"),
        )

    async def _compare(self, work: Work, stage: StageDeclaration, answers: int) -> StepResult:
        found = await self.ask({"op": COMPARE}, (answers,), stage)
        if isinstance(found, StepResult):
            return found
        work.measured[stage.name] = {f"{stage.name}.{name}": value for name, value in found.metrics.items()}
        return StepResult()

    async def validate(self, work: Work, stage: StageDeclaration, complexity: StageDeclaration | None) -> StepResult:
        """Have a result judged; and, in the same message, the program's text measured where that follows."""
        data = work.take(stage.data[0])
        header: dict[str, object] = {"op": VALIDATE, "data": data.kind}
        if stage.call is not None:
            header["call"] = stage.call
        descriptors = (data.file,) if complexity is None else (data.file, work.source)
        body = await self.ask(header, descriptors, stage)
        if isinstance(body, StepResult):
            return body
        names = (stage.name,) if complexity is None else (stage.name, complexity.name)
        durations = tuple(zip(names, body.durations, strict=True))
        if body.error:
            return StepResult(Cause("validator_error", stage.name, body.error))
        if body.bad_result:
            return StepResult(Cause("bad_result", stage.name, body.bad_result), durations)
        work.judged, work.is_valid, work.feedback = True, body.valid, body.feedback
        work.measured[stage.name] = body.metrics
        if stage.name in self._taken:
            metrics = json.dumps(body.metrics).encode()
            work.give(stage.name, Data("metrics", memory_file(metrics, "metrics")))
        if complexity is None or body.complexity is None:
            return StepResult(durations=durations)
        return StepResult(_take_size(work, complexity, body.complexity), durations)

    async def call(self, work: Work, stage: StageDeclaration) -> StepResult:
        """Call a function of the problem with what other stages gave."""
        given = [work.take(name) for name in stage.data]
        made = open_memory_file("made")
        header: dict[str, object] = {"op": CALL, "call": stage.call, "data": [data.kind for data in given]}
        body = await self.ask(header, (*(data.file for data in given), made), stage)
        work.give(stage.name, Data("value", made))
        if isinstance(body, StepResult):
            return body
        if body.error:
            return StepResult(Cause("validator_error", stage.name, body.error))
        if body.bad_result:
            return StepResult(Cause("bad_result", stage.name, body.bad_result))
        seal(made)
        work.measured[stage.name] = {f"{stage.name}.{name}": value for name, value in body.metrics.items()}
        return StepResult()

    async def complexity(self, work: Work, stage: StageDeclaration) -> StepResult:
        """Measure a program's text, and the machine code that was made of it."""
        body = await self.ask({"op": MEASURE}, (work.source,), stage)
        if isinstance(body, StepResult):
            return body
        cause = _take_size(work, stage, body)
        if cause is None and self._builder is not None and work.artifact is not None and work.compiled is not None:
            vectors = await self._builder.vectors(work.job.source, work.compiled, work.artifact)
            work.measured[stage.name] = {**work.measured[stage.name], **vectors}
        return StepResult(cause)

    async def ask(
        self, header: dict[str, object], descriptors: Sequence[int], stage: StageDeclaration
    ) -> Answer | StepResult:
        """A validator's answer, or why there is none."""
        limit_s = stage.wall_s or self._setup.validate_wall_s
        key = "wall_s of the stage" if stage.wall_s is not None else "validate_wall_s"
        try:
            answer = await self._station.ask(header, descriptors, deadline_s=limit_s)
        except Silent:
            what = "validate()" if stage.performs == "validate" else f"stage {stage.name}"
            message = f"{what} was still running after {limit_s:g} s: the limit is {key}"
            return StepResult(Cause("validator_error", stage.name, message))
        except (ChildDied, WarmSetupError) as error:
            return StepResult(Cause("validator_error", stage.name, str(error)))
        return decode_answer(answer.payload)


def _take_size(work: Work, stage: StageDeclaration, body: Answer) -> Cause | None:
    if body.error:
        return Cause("memory_limit", stage.name, f"the program is too large to measure: {body.error}")
    work.measured[stage.name] = body.metrics
    return None


def python_error(source: Source) -> str:
    """The first thing wrong with a program's Python files, with its place; empty when all parse."""
    python = language_named("python")
    for path in (source.entry, *sorted(source.files)):
        wrong = python.syntax_error(source.files[path]) if path.endswith(python.suffixes) else None
        if wrong is not None:
            return f"{path}: {wrong}"
    return ""


def source_file(source: Source) -> int:
    """A program's files as JSON, as warm processes get them; the caller closes it."""
    return memory_file(json.dumps({"files": dict(source.files), "entry": source.entry}).encode(), "source")
