"""The warm processes of a local backend: started together, kept alive, stopped together.

Theory of operation. One zygote forks a child for each candidate. Where there is something to build, a second one, the
workshop, does the same for compilers, with limits of their own. Judges are validator processes, each started when it
is first needed; whoever judges takes a free one, the one used last first. The first judge generates the cases and the
context, and all processes that come later, in place of dead ones too, are given those.
"""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

from genesis.channel import Header, Message
from genesis.evaluation.backend.port import BackendError
from genesis.evaluation.backend.warm import Warm, WarmSetupError
from genesis.evaluation.bundle import copy, read_index
from genesis.evaluation.job import Limits, ProblemSetup
from genesis.evaluation.sandbox.table import AUTOMATIC
from genesis.evaluation.wire import ContextKind, encode_setup
from genesis.process import ChildDied

__all__ = ["Station"]

_ZYGOTE = "genesis.evaluation.sandbox.zygote"
_VALIDATOR = "genesis.evaluation.validator"
_INPUT = ".in"


class Station:
    """Warm processes of one problem.

    Args:
        setup: The problem.
        judges: How many validators there may be.
        workshop: Limits of builds; None where nothing is built.
    """

    def __init__(self, setup: ProblemSetup, *, judges: int, workshop: Limits | None) -> None:
        self._setup = setup
        self._judge_count = judges
        self._workshop_limits = workshop
        self._files: list[int] = []
        self._is_context_whole = False
        self._judges: list[Warm] = []
        self._free: asyncio.LifoQueue[Warm] = asyncio.LifoQueue()
        self._zygote: Warm | None = None
        self._workshop: Warm | None = None
        self.kind = ""
        self.inputs: dict[str, int] = {}
        """Descriptor of each case's input, by the case's name."""

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run now: the zygote first, then validators, then the workshop."""
        found = [warm.pid for warm in [self._zygote, *self._judges, self._workshop] if warm is not None]
        return tuple(pid for pid in found if pid is not None)

    @property
    def zygote(self) -> Warm:
        """Runs candidates."""
        assert self._zygote is not None
        return self._zygote

    @property
    def workshop(self) -> Warm:
        """Runs compilers."""
        assert self._workshop is not None
        return self._workshop

    async def ask(self, header: Header, descriptors: Sequence[int], *, deadline_s: float) -> Message:
        """The answer of a validator that has nothing else to do meanwhile; see :meth:`Warm.call`."""
        judge = await self._free.get()
        try:
            return await judge.call(header, descriptors, deadline_s=deadline_s)
        finally:
            self._free.put_nowait(judge)

    async def start(self, asked: str) -> None:
        """Start in the first sandbox that works.

        Raises:
            BackendError: None does, or the problem's own code fails.
        """
        refusals: list[str] = []
        for kind in AUTOMATIC if asked == "auto" else (asked,):
            try:
                await self._start_kind(kind)
            except WarmSetupError as error:
                await self.stop()
                if error.fault == "setup":
                    raise BackendError(str(error)) from error
                refusals.append(str(error))
            except ChildDied as error:
                await self.stop()
                raise BackendError(str(error)) from error
            else:
                self.kind = kind
                return
        raise BackendError(
            f"no sandbox works on this machine: {'; '.join(refusals)}. Allow user namespaces "
            "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_"
            "userns), use Linux 5.13 or newer, or accept the risk with evaluation.sandbox=plain"
        )

    async def _start_kind(self, kind: str) -> None:
        setup = encode_setup(self._setup, kind, "none")
        first = self._warm(_VALIDATOR, "validator 0", setup, ())
        self._judges = [first]
        if self._workshop_limits is not None:
            building = replace(self._setup, limits=self._workshop_limits, helper=None, preload=())
            self._workshop = self._warm(_ZYGOTE, "workshop", encode_setup(building, kind, "none"), ())
        if self._setup.has_context or self._setup.cases is not None:
            await self._start_in_turn(kind, first)
        else:
            self._zygote = self._warm(_ZYGOTE, "zygote", setup, ())
            await _start_all(first, self._zygote)
        if self._workshop is not None:
            (await self._workshop.start()).close()
        kept = tuple(self._files) if self._is_context_whole else tuple(self._files[: self._setup.cases is not None])
        first.remember(kept)
        self._judges += [
            self._warm(_VALIDATOR, f"validator {number}", setup, kept) for number in range(1, self._judge_count)
        ]
        for judge in reversed(self._judges):
            self._free.put_nowait(judge)

    async def _start_in_turn(self, kind: str, first: Warm) -> None:
        """The zygote gets what the first validator made."""
        answer = await first.start()
        self._files = list(answer.descriptors)
        context_files = answer.descriptors[answer.header["cases"] :]
        self._is_context_whole = len(context_files) > 1  # what candidates may not see is there, too
        if self._setup.cases is not None:
            self._keep_inputs(answer.descriptors[0])
        context: ContextKind = answer.header["context"]
        self._zygote = self._warm(_ZYGOTE, "zygote", encode_setup(self._setup, kind, context), context_files[:1])
        (await self._zygote.start()).close()

    def _keep_inputs(self, cases: int) -> None:
        for entry in read_index(cases):
            if entry.name.endswith(_INPUT):
                self.inputs[entry.name.removesuffix(_INPUT)] = copy(cases, entry, "input")

    def _warm(self, module: str, name: str, setup: bytes, descriptors: Sequence[int]) -> Warm:
        return Warm(
            module,
            name=f"{name} of {self._setup.name}",
            setup=setup,
            descriptors=descriptors,
            setup_wall_s=self._setup.setup_wall_s,
        )

    async def stop(self) -> None:
        """End every process and let go of every file; safe to call twice."""
        warm = [each for each in (*self._judges, self._zygote, self._workshop) if each is not None]
        await asyncio.gather(*(process.aclose() for process in warm))
        self._judges, self._zygote, self._workshop = [], None, None
        self._free = asyncio.LifoQueue()
        for descriptor in (*self._files, *self.inputs.values()):
            os.close(descriptor)
        self._files, self.inputs = [], {}


async def _start_all(*processes: Warm) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(warm.start()) for warm in processes]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    for task in tasks:
        task.result().close()
