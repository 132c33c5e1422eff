"""The local backend: sandboxed processes on this machine.

Theory of operation. One zygote forks a child for each candidate; each of ``workers`` slots has a validator process of
its own, started when the slot is first used. An evaluation takes a slot, writes the program into a memory file, and
passes descriptors from process to process: the engine's own process never reads a result. A warm process that dies is
started again and the call repeated once; one that is silent past its deadline is killed first.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from genesis.channel import memory_file, read_file
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.backend.warm import Silent, Warm, WarmSetupError
from genesis.evaluation.cache import OutcomeCache, content_key
from genesis.evaluation.classify import Cause, classify
from genesis.evaluation.harness import STATUS
from genesis.evaluation.job import Compiled, Evaluated, Failed, Job, Outcome, ProblemSetup, Stage, Usage
from genesis.evaluation.pipeline import Step, StepResult, run_steps
from genesis.evaluation.sandbox.table import AUTOMATIC, KINDS, WARNINGS
from genesis.evaluation.wire import (
    MAX_REPORT_BYTES,
    RUN,
    VALIDATE,
    ContextKind,
    Exit,
    encode_setup,
    parse_crash,
)
from genesis.process import ChildDied

__all__ = ["LocalBackend"]

_ZYGOTE = "genesis.evaluation.sandbox.zygote"
_VALIDATOR = "genesis.evaluation.validator"
_GRACE_S = 15.0  # over a candidate's own limit: forking, killing and reaping on a busy machine
_JUDGED = ("validate", "complexity")  # one message does both: each one wakes another process
_TAIL_BYTES = 4096
_MAX_DIAGNOSTICS_BYTES = 4096


@dataclass(slots=True)
class _Work:
    """What the steps of one evaluation have found so far."""

    job: Job
    validator: Warm
    source: int
    files: dict[str, int] = field(default_factory=dict[str, int])
    compiled: Compiled | None = None
    usage: Usage = field(default_factory=Usage)
    stdout_tail: str = ""
    stderr_tail: str = ""
    is_valid: bool = False
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    feedback: str = ""

    def close(self) -> None:
        os.close(self.source)
        for descriptor in self.files.values():
            os.close(descriptor)


class LocalBackend:
    """Evaluates candidates in sandboxed processes on this machine.

    Args:
        setup: The problem.
        workers: Candidates that run at a time.
        sandbox: ``namespaces``, ``bubblewrap``, ``landlock``, ``plain``, or ``auto`` for the best that works here.
        cache_entries: Outcomes kept by content; 0 keeps none.
    """

    def __init__(
        self, setup: ProblemSetup, *, workers: int, sandbox: str = "auto", cache_entries: int = 10_000
    ) -> None:
        if workers < 1:
            raise BackendError(f"evaluation.workers is {workers}: at least 1 is needed")
        if sandbox != "auto" and sandbox not in KINDS:
            raise BackendError(f"no sandbox {sandbox!r}: use one of auto, {', '.join(KINDS)}")
        self._setup = setup
        self._workers = workers
        self._asked = sandbox
        self._cache = OutcomeCache(cache_entries)
        self._kind = ""
        self._context_file: int | None = None
        self._zygote: Warm | None = None
        self._validators: list[Warm] = []
        self._free: asyncio.LifoQueue[int] = asyncio.LifoQueue()
        self._log = structlog.get_logger(__name__).bind(problem=setup.name)
        self._steps: tuple[Step[_Work], ...] = (
            Step(("syntax", "run"), (), self._run),
            Step(_JUDGED, ("run",), self._judge),
        )

    @property
    def worker_kind(self) -> str:
        """``local/`` and the sandbox in use."""
        return f"local/{self._kind or self._asked}"

    @property
    def pids(self) -> tuple[int, ...]:
        """The warm processes that run now: the zygote first, then validators."""
        found = [warm.pid for warm in [self._zygote, *self._validators] if warm is not None]
        return tuple(pid for pid in found if pid is not None)

    async def start(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        kinds = AUTOMATIC if self._asked == "auto" else (self._asked,)
        refusals: list[str] = []
        for kind in kinds:
            try:
                await self._start_kind(kind)
            except WarmSetupError as error:
                await self._stop()
                if error.fault == "setup":
                    raise BackendError(str(error)) from error
                refusals.append(str(error))
            except ChildDied as error:
                await self._stop()
                raise BackendError(str(error)) from error
            else:
                self._opened(kind)
                return
        raise BackendError(
            f"no sandbox works on this machine: {'; '.join(refusals)}. Allow user namespaces "
            "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_"
            "userns), use Linux 5.13 or newer, or accept the risk with evaluation.sandbox=plain"
        )

    def _opened(self, kind: str) -> None:
        self._kind = kind
        if kind in WARNINGS:
            self._log.warning(WARNINGS[kind], sandbox=kind)
        for slot in reversed(range(self._workers)):
            self._free.put_nowait(slot)

    async def _start_kind(self, kind: str) -> None:
        setup = encode_setup(self._setup, kind, "none")
        self._validators = [self._warm(_VALIDATOR, f"validator {slot}", setup, ()) for slot in range(self._workers)]
        if not self._setup.has_context:
            self._zygote = self._warm(_ZYGOTE, "zygote", setup, ())
            await _start_both(self._validators[0], self._zygote)
            return
        answer = await self._validators[0].start()
        context: ContextKind = answer.header["context"]
        (self._context_file,) = answer.descriptors or (None,)
        descriptors = () if self._context_file is None else (self._context_file,)
        self._zygote = self._warm(_ZYGOTE, "zygote", encode_setup(self._setup, kind, context), descriptors)
        (await self._zygote.start()).close()

    def _warm(self, module: str, name: str, setup: bytes, descriptors: tuple[int, ...]) -> Warm:
        return Warm(
            module,
            name=f"{name} of {self._setup.name}",
            setup=setup,
            descriptors=descriptors,
            setup_wall_s=self._setup.setup_wall_s,
        )

    async def evaluate(self, job: Job) -> Outcome:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        key = content_key(job.source, self._setup.digest)
        known = self._cache.get(key)
        if known is not None:
            return known
        slot = await self._free.get()
        try:
            outcome = await self._evaluate(job, slot)
        finally:
            self._free.put_nowait(slot)
        self._cache.put(key, outcome)
        return outcome

    async def _evaluate(self, job: Job, slot: int) -> Outcome:
        text = json.dumps({"files": dict(job.source.files), "entry": job.source.entry}).encode()
        work = _Work(job, self._validators[slot], memory_file(text, "source"))
        try:
            stages, cause = await run_steps(self._steps, work)
        finally:
            work.close()
        return _outcome(work, stages, cause, f"local-{slot}")

    async def _run(self, work: _Work) -> StepResult:
        assert self._zygote is not None
        limits = self._setup.limits
        try:
            answer = await self._zygote.call({"op": RUN}, (work.source,), deadline_s=limits.wall_s + _GRACE_S)
        except (Silent, ChildDied, WarmSetupError) as error:
            return StepResult(Cause("backend_error", "run", str(error)))
        end = Exit.from_header(answer.header)
        work.files = dict(zip(end.sent, answer.descriptors, strict=True))
        diagnostics = _text(work.files, "status", _MAX_DIAGNOSTICS_BYTES, skip=STATUS.size)
        work.stdout_tail = _tail(work.files, "stdout")
        work.stderr_tail = _tail(work.files, "stderr")
        work.usage = Usage(end.wall_s, end.cpu_s, end.max_rss_bytes)
        report = None
        if end.code > 0 and "result" in work.files:
            report = parse_crash(read_file(work.files["result"], MAX_REPORT_BYTES))
        cause = classify(end, report, diagnostics, limits=limits, hidden=self._setup.directory)
        if end.compiled is not None:
            work.compiled = Compiled(end.compiled, diagnostics, end.compile_s)
        run_s = max(0.0, end.wall_s - end.compile_s)
        return StepResult(cause, (("syntax", end.compile_s), ("run", run_s)))

    async def _judge(self, work: _Work) -> StepResult:
        try:
            answer = await work.validator.call(
                {"op": VALIDATE}, (work.files["result"], work.source), deadline_s=self._setup.validate_wall_s
            )
        except Silent:
            limit_s = self._setup.validate_wall_s
            return _fault(f"validate() was still running after {limit_s:g} s: the limit is validate_wall_s")
        except (ChildDied, WarmSetupError) as error:
            return _fault(str(error))
        body: dict[str, Any] = json.loads(answer.payload)  # the validator's, which is ours
        durations = tuple(zip(_JUDGED, body["durations"], strict=True))
        if "error" in body:
            return _fault(body["error"])
        if "bad_result" in body:
            return StepResult(Cause("bad_result", "validate", body["bad_result"]), durations)
        if "error" in body["complexity"]:
            message = f"the program is too large to measure: {body['complexity']['error']}"
            return StepResult(Cause("memory_limit", "complexity", message), durations)
        work.is_valid = body["valid"]
        work.metrics = {**body["metrics"], **body["complexity"]["metrics"]}
        work.feedback = body["feedback"]
        return StepResult(durations=durations)

    async def aclose(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        await self._stop()

    async def _stop(self) -> None:
        warm = [*self._validators, *([] if self._zygote is None else [self._zygote])]
        await asyncio.gather(*(process.aclose() for process in warm))
        self._validators, self._zygote = [], None
        if self._context_file is not None:
            os.close(self._context_file)
            self._context_file = None


async def _start_both(first: Warm, second: Warm) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(warm.start()) for warm in (first, second)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    for task in tasks:
        task.result().close()


def _fault(message: str) -> StepResult:
    return StepResult(Cause("validator_error", "validate", message))


def _text(files: Mapping[str, int], name: str, limit: int, *, skip: int = 0) -> str:
    if name not in files:
        return ""
    return os.pread(files[name], limit, skip).decode(errors="replace")


def _tail(files: Mapping[str, int], name: str) -> str:
    if name not in files:
        return ""
    return _text(files, name, _TAIL_BYTES, skip=max(0, os.fstat(files[name]).st_size - _TAIL_BYTES))


def _outcome(work: _Work, stages: tuple[Stage, ...], cause: Cause | None, worker: str) -> Outcome:
    if cause is None and work.compiled is not None:
        return Evaluated(
            is_valid=work.is_valid,
            metrics=work.metrics,
            feedback=work.feedback,
            stdout_tail=work.stdout_tail,
            stderr_tail=work.stderr_tail,
            stages=stages,
            usage=work.usage,
            worker=worker,
            compiled=work.compiled,
        )
    cause = cause or Cause("backend_error", "run", "the syntax stage left no report")
    return Failed(
        reason=cause.reason,
        stage=cause.stage,
        message=cause.message,
        stdout_tail=work.stdout_tail,
        stderr_tail=work.stderr_tail,
        stages=stages,
        usage=work.usage,
        worker=worker,
        compiled=work.compiled,
    )
