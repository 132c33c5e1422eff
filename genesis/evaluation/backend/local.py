"""The local backend: sandboxed processes on this machine.

Theory of operation. One zygote forks a child for each candidate. An evaluation takes one of ``workers`` slots, writes
the program into a memory file, and passes descriptors from process to process, as the problem's stages say: the
engine's own process never reads a result. A warm process that dies is started again and the call repeated once; one
that is silent past its deadline is killed first. Two evaluations of the same text at the same time are one.
"""

import asyncio
import os
from dataclasses import replace

import structlog

from genesis.evaluation.artifacts import ArtifactStore, usual_directory
from genesis.evaluation.backend.performers import Performers, python_error, source_file
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.backend.references import prepare_references
from genesis.evaluation.backend.station import Station
from genesis.evaluation.backend.steps import plan_steps, width
from genesis.evaluation.backend.work import Unfinished, Work, outcome_of
from genesis.evaluation.build import Builder
from genesis.evaluation.cache import OutcomeCache, content_key, is_lasting
from genesis.evaluation.job import Job, Outcome, ProblemSetup
from genesis.evaluation.pipeline import Pipeline
from genesis.evaluation.plan import CALLED, Plan
from genesis.evaluation.sandbox.table import KINDS, WARNINGS
from genesis.evaluation.turns import Turns
from genesis.program import Source

__all__ = ["LocalBackend"]


_KEPT_UNFINISHED = 8  # each may hold a result as large as the limit allows
# Their run-time systems reserve far more address space than they ever use.
_RESERVING = frozenset({"go", "haskell", "javascript", "julia", "typescript", "webassembly"})


class LocalBackend:
    """Evaluates candidates in sandboxed processes on this machine.

    Args:
        setup: The problem.
        plan: Its pipeline; Python programs are called and judged by default.
        workers: Candidates that run at a time.
        sandbox: ``namespaces``, ``bubblewrap``, ``landlock``, ``plain``, or ``auto`` for the best that works here.
        cache_entries: Outcomes kept by content; 0 keeps none.
        may_skip: Build programs that cannot be run here for want of a device, and skip their runs; else refuse.
    """

    def __init__(
        self,
        setup: ProblemSetup,
        *,
        plan: Plan = CALLED,
        workers: int,
        sandbox: str = "auto",
        cache_entries: int = 10_000,
        may_skip: bool = False,
    ) -> None:
        if workers < 1:
            raise BackendError(f"evaluation.workers is {workers}: at least 1 is needed")
        if sandbox != "auto" and sandbox not in KINDS:
            raise BackendError(f"no sandbox {sandbox!r}: use one of auto, {', '.join(KINDS)}")
        self._setup = setup
        self._plan = plan
        self._workers = workers
        self._asked = sandbox
        self._may_skip = may_skip
        self._cache = OutcomeCache(cache_entries)
        self._builder = _builder(setup, plan)
        self._station: Station | None = None
        self._pipeline: Pipeline[Work] = Pipeline(())
        self._free: asyncio.LifoQueue[int] = asyncio.LifoQueue()
        self._turns = Turns()
        self._unfinished = Unfinished(min(cache_entries, _KEPT_UNFINISHED))
        self._references: list[int] = []
        self.reference: str | None = None
        """The seed that others are timed beside, where the problem asked for the best."""
        self._log = structlog.get_logger(__name__).bind(problem=setup.name)

    @property
    def worker_kind(self) -> str:
        """``local/`` and the sandbox in use."""
        kind = "" if self._station is None else self._station.kind
        return f"local/{kind or self._asked}"

    @property
    def pids(self) -> tuple[int, ...]:
        """The warm processes that run now: the zygote first, then validators, then the one that builds."""
        return () if self._station is None else self._station.pids

    @property
    def builds(self) -> int:
        """How often compilers were started, and not found to have run before."""
        return 0 if self._builder is None else self._builder.starts

    @property
    def cannot_run(self) -> str:
        """Why programs are built and not run; empty when they are run."""
        return "" if self._builder is None else self._builder.cannot_run

    async def start(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        setup, builder = self._setup, self._builder
        if builder is not None:
            purpose = f"problem {setup.name}"
            roots = await asyncio.to_thread(builder.require_tools, purpose, to_run=not self._may_skip)
            setup = _with_tools(setup, self._plan, roots)
        judges = self._workers * width(self._plan.stages)
        limits = None if builder is None else builder.limits()
        self._station = station = Station(setup, judges=judges, workshop=limits)
        await station.start(self._asked)
        if builder is not None:
            builder.use(station.workshop)
        if station.kind in WARNINGS:
            self._log.warning(WARNINGS[station.kind], sandbox=station.kind)
        performers = Performers(setup, self._plan, station, builder)
        self._pipeline = Pipeline(plan_steps(self._plan.stages, performers))
        if not self.cannot_run:
            self._references = await prepare_references(self._plan, performers, builder)
        self.reference = performers.best
        for slot in reversed(range(self._workers)):
            self._free.put_nowait(slot)

    async def evaluate(self, job: Job) -> Outcome:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        key = content_key(job.source, self._setup.digest)
        known = self._cache.get(key)
        if known is not None:
            return known
        async with self._turns.at(key):
            slot = await self._free.get()
            try:
                known = self._cache.get(key)
                if known is not None:
                    return known
                outcome = await self._evaluate(job, slot, key)
                self._cache.put(key, outcome)
            finally:
                self._free.put_nowait(slot)
        return outcome

    async def _evaluate(self, job: Job, slot: int, key: bytes) -> Outcome:
        work = self._unfinished.take(key) or Work(job, slot, source_file(job.source))
        work.slot = slot
        try:
            course = await self._pipeline.run(work)
        except BaseException:
            work.close()
            raise
        outcome = outcome_of(work, course, f"local-{slot}")
        if is_lasting(outcome) or not work.finished:
            work.close()
        else:
            self._unfinished.give(key, work)
        return outcome

    async def build_check(self, source: Source) -> str:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        if self._setup.language == "python":
            wrong = await asyncio.to_thread(python_error, source)
            if wrong or self._builder is None:
                return wrong
        assert self._builder is not None
        slot = await self._free.get()
        try:
            built = await self._builder.build(source)
        finally:
            self._free.put_nowait(slot)
        if built.artifact is not None:
            os.close(built.artifact)
        return "" if built.compiled.ok else built.compiled.diagnostics

    async def aclose(self) -> None:
        """See :class:`genesis.evaluation.backend.port.Backend`."""
        self._unfinished.close()
        for descriptor in self._references:
            os.close(descriptor)
        self._references = []
        if self._station is not None:
            await self._station.stop()


def _builder(setup: ProblemSetup, plan: Plan) -> Builder | None:
    """What builds programs; None where Python programs are called and nothing is built."""
    kinds = {stage.performs for stage in plan.stages}
    if setup.language == "python" and not plan.build.parts and "cases" not in kinds:
        return None
    store = None
    if plan.build_cache_bytes > 0:
        store = ArtifactStore(plan.build_cache or usual_directory(), plan.build_cache_bytes)
    return Builder(setup.language, plan.build, store)


def _with_tools(setup: ProblemSetup, plan: Plan, roots: tuple[str, ...]) -> ProblemSetup:
    """The set-up with the directories of tools in view; a program that is run as a command has to be started."""
    limits = setup.limits
    if any(stage.performs == "cases" for stage in plan.stages):
        reserves = limits.reserves or setup.language in _RESERVING
        limits = replace(limits, processes=max(2, limits.processes), reserves=reserves)
    return replace(setup, toolchains=roots, limits=limits)
