"""Builds programs in the sandbox, once for each content.

Theory of operation. A build's key covers the program's files, the commands, the version of every tool and the machine's
processor, so that what is kept fits whoever finds it. Two builds of one key wait for each other, and the second finds
what the first kept. A build that ends otherwise than by its own doing (no time, no sandbox) is not kept.
"""

import asyncio
import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from genesis.channel import memory_file, read_file
from genesis.evaluation.artifacts import ArtifactStore, BuildRecord, digest_of_file
from genesis.evaluation.backend.warm import Silent, Warm, WarmSetupError
from genesis.evaluation.backend.work import text_of
from genesis.evaluation.classify import Cause
from genesis.evaluation.harness import STATUS
from genesis.evaluation.job import Compiled, Limits, Reason
from genesis.evaluation.orders import Orders, build_order, check_order, place, tools_of
from genesis.evaluation.turns import Turns
from genesis.evaluation.wire import BUILD, EXIT_FAULT, EXIT_NO_DATA, EXIT_NOT_STARTED, EXIT_SYNTAX, Exit
from genesis.language import language_named
from genesis.language.build import BuildError
from genesis.language.diagnostics import plain_text, render
from genesis.language.disassembly import OBJDUMP, count_vector_instructions, disassemble
from genesis.language.toolchain import Toolchain, probe, require
from genesis.problem.building import BuildDeclaration
from genesis.process import ChildDied
from genesis.program import Source

__all__ = ["Builder", "Built"]

_GRACE_S = 15.0
_MAX_OUTPUT_BYTES = 256 * 1024
_MAX_DIAGNOSTICS = 4_000
_MAX_DISASSEMBLY_BYTES = 128 * 1024 * 1024
_DISASSEMBLED = frozenset({"c", "cpp", "rust"})


@dataclass(frozen=True, slots=True)
class Built:
    """What came of a build.

    Attributes:
        compiled: For the log.
        cause: Why there is nothing to run; None when there is.
        artifact: Descriptor of the bundle of what it made, which the receiver closes; None when it makes nothing.
        cached: Whether no compiler was started.
    """

    compiled: Compiled
    cause: Cause | None = None
    artifact: int | None = None
    cached: bool = False


class Builder:
    """Builds programs of one problem.

    Args:
        language: Of the programs' entry files.
        declared: How the problem has them built.
        store: Where builds are kept; None keeps none.
    """

    def __init__(self, language: str, declared: BuildDeclaration, store: ArtifactStore | None) -> None:
        self._language = language
        self._declared = declared
        self._store = store
        self._warm: Warm | None = None
        self._versions = ""
        self._turns = Turns()
        self._counts_vectors = False
        self.cannot_run = ""
        """Why programs can be built here and not run; empty when they can."""
        self.starts = 0
        """Builds that were performed, not found: for tests and benchmarks."""

    def require_tools(self, purpose: str, *, to_run: bool = True) -> tuple[str, ...]:
        """Directories that the tools read, besides the system's own. Blocks: every tool is asked for its version.

        Args:
            purpose: What needs them, for the message.
            to_run: Whether what only running needs, such as a GPU, has to be there too; where it need not,
                ``cannot_run`` says what is missing.

        Raises:
            MissingTool: A tool is not there; the message says how to install it.
            BuildError: The problem's settings are wrong.
        """
        tools = tools_of(self._language, self._declared)
        if not to_run:
            with_device = [tool for tool in tools if tool.only_to_run]
            tools = tuple(tool for tool in tools if not tool.only_to_run)
            self.cannot_run = "; ".join(each.fault for each in probe(with_device) if each.fault)
        found = require(tools, purpose=purpose)
        if self._language in _DISASSEMBLED:
            (objdump,) = probe((OBJDUMP,))
            self._counts_vectors = not objdump.fault
        self._versions = json.dumps([*map(_said, found), platform.machine(), _processor()])
        roots = [root for each in found if each.located is not None for root in each.located.roots]
        return tuple(dict.fromkeys(roots))

    def limits(self) -> Limits:
        """What one build may use."""
        return Limits(**self._declared.limits.model_dump(), reserves=True)  # as the compilers of Go and Haskell do

    def use(self, warm: Warm) -> None:
        """Where builds are performed from now on."""
        self._warm = warm

    async def build(self, source: Source, stage: str = "build") -> Built:
        """Builds a program, or finds what an earlier build made."""
        try:
            orders = build_order(source, self._language, self._declared)
        except BuildError as error:
            return _refused(str(error), "build_failed", stage)
        reason: Reason = "build_failed" if orders.artifacts else "syntax_error"
        return await self._once(source, orders, stage, reason)

    async def check(self, source: Source, stage: str = "syntax") -> Built:
        """Checks a program's syntax, as far as its language has a check apart from the build."""
        try:
            orders = check_order(source, self._language, self._declared)
        except BuildError as error:
            return _refused(str(error), "syntax_error", stage)
        return await self._once(source, orders, stage, "syntax_error")

    async def vectors(self, source: Source, built: Compiled, artifact: int) -> Mapping[str, float]:
        """How much of what was built works on several numbers at once; empty where that cannot be told."""
        if not self._counts_vectors or built.artifact_digest is None:
            return {}
        key = f"vectors-{built.artifact_digest}"
        async with self._turns.at(key):
            known = self._store.noted(key) if self._store is not None else None
            if known is not None:
                return known
            counted = await self._disassembled(source, artifact)
            if counted and self._store is not None:
                self._store.note(key, counted)
            return counted

    async def _disassembled(self, source: Source, artifact: int) -> Mapping[str, float]:
        assert self._warm is not None
        made = build_order(source, self._language, self._declared).artifacts
        command = place(disassemble(made[-1][1]))  # the program itself, behind its parts
        header = {"op": BUILD, "given": ["artifact"], "commands": [command], "artifacts": []}
        try:
            answer = await self._warm.call(header, (artifact,), deadline_s=self._declared.limits.wall_s + _GRACE_S)
        except (Silent, ChildDied, WarmSetupError):
            return {}
        end = Exit.from_header(answer.header)
        try:
            files = dict(zip(end.sent, answer.descriptors, strict=True))
            if end.code != 0 or "stdout" not in files:
                return {}
            text = read_file(files["stdout"], _MAX_DISASSEMBLY_BYTES).decode(errors="replace")
            counted = await asyncio.to_thread(count_vector_instructions, text)
        finally:
            answer.close()
        return {f"complexity.{name}": value for name, value in counted.metrics().items()}

    async def _once(self, source: Source, orders: Orders, stage: str, reason: Reason) -> Built:
        if not orders.commands:
            return Built(Compiled(ok=True, diagnostics="", duration_s=0.0))
        key = self._key(source, orders)
        async with self._turns.at(key):
            found = self._store.get(key) if self._store is not None else None
            if found is not None:
                return _kept(found[0], found[1], stage, reason)
            return await self._perform(source, orders, key, (stage, reason))

    def _key(self, source: Source, orders: Orders) -> str:
        parts = [dict(source.files), source.entry, orders.on_wire(), orders.artifacts, self._versions]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    async def _perform(self, source: Source, orders: Orders, key: str, about: tuple[str, Reason]) -> Built:
        assert self._warm is not None
        self.starts += 1
        limits = self._declared.limits
        program = memory_file(json.dumps({"files": dict(source.files), "entry": source.entry}).encode(), "source")
        header = {
            "op": BUILD,
            "given": ["source"],
            "commands": orders.on_wire(),
            "artifacts": [list(pair) for pair in orders.artifacts],
        }
        try:
            answer = await self._warm.call(header, (program,), deadline_s=limits.wall_s + _GRACE_S)
        except (Silent, ChildDied, WarmSetupError) as error:
            return _refused(str(error), "backend_error", about[0])
        finally:
            os.close(program)
        end = Exit.from_header(answer.header)
        files = dict(zip(end.sent, answer.descriptors, strict=True))
        try:
            return self._read(source, orders, end, files, (key, *about))
        finally:
            for descriptor in files.values():
                os.close(descriptor)

    def _read(
        self, source: Source, orders: Orders, end: Exit, files: dict[str, int], about: tuple[str, str, Reason]
    ) -> Built:
        key, stage, reason = about
        said = text_of(files, "status", _MAX_OUTPUT_BYTES, skip=STATUS.size)
        broken = _broken(end, said, self._declared.limits.wall_s, stage)
        if broken is not None:
            return Built(Compiled(ok=False, diagnostics=broken.message, duration_s=end.wall_s), broken)
        diagnostics = _diagnostics(source, orders, said, _output(files))
        record = BuildRecord(end.code == 0, diagnostics, end.compile_s)
        artifact = None
        if record.ok and orders.artifacts:
            artifact = os.dup(files["result"])
            record = replace(
                record, artifact_digest=digest_of_file(artifact), artifact_bytes=os.fstat(artifact).st_size
            )
        if self._store is not None:
            self._store.put(key, record, artifact)
        return replace(_kept(record, artifact, stage, reason), cached=False)


def _kept(record: BuildRecord, artifact: int | None, stage: str, reason: Reason) -> Built:
    compiled = Compiled(record.ok, record.diagnostics, record.duration_s, record.artifact_digest, record.artifact_bytes)
    return Built(compiled, None if record.ok else Cause(reason, stage, record.diagnostics), artifact, cached=True)


def _refused(message: str, reason: Reason, stage: str) -> Built:
    return Built(Compiled(ok=False, diagnostics=message, duration_s=0.0), Cause(reason, stage, message))


def _broken(end: Exit, said: str, wall_s: float, stage: str) -> Cause | None:
    """Why a build ended otherwise than by its own doing; None when it did not."""
    if end.timed_out:
        message = f"the build was still running after {wall_s:g} s of wall time: the limit is build.limits.wall_s"
        return Cause("timeout", stage, message)
    if end.code == EXIT_FAULT:
        return Cause("backend_error", stage, f"the sandbox could not be set up: {said}")
    if end.code not in {0, EXIT_SYNTAX, EXIT_NO_DATA, EXIT_NOT_STARTED}:
        how = f"signal {-end.code}" if end.code < 0 else f"exit code {end.code}"
        return Cause("build_failed", stage, f"the build was ended by {how}")
    return None


def _output(files: dict[str, int]) -> str:
    parts = [os.pread(files[name], _MAX_OUTPUT_BYTES, 0) for name in ("stderr", "stdout") if name in files]
    return b"\n".join(parts).decode(errors="replace")


def _diagnostics(source: Source, orders: Orders, said: str, output: str) -> str:
    """What matters of a build's output: the errors with their places, or its end where no line could be read."""
    place, _, message = said.partition(" ")
    failed = int(place) if place.isdigit() and int(place) < len(orders.commands) else None
    started = orders.commands if failed is None else orders.commands[failed : failed + 1]
    for language in filter(None, dict.fromkeys(order.language for order in started)):
        found = language_named(language).diagnostics(output)
        if failed is not None:
            found = tuple(each for each in found if each.severity == "error") or found
        if found:
            return render(found, source.files)[:_MAX_DIAGNOSTICS]
    if not said:
        return ""
    rest = plain_text(output).strip()[-_MAX_DIAGNOSTICS // 2 :]
    return f"{message if failed is not None else said}\n{rest}".strip()


def _said(toolchain: Toolchain) -> Sequence[str]:
    located = toolchain.located
    return [toolchain.tool.name, toolchain.version, located.path if located is not None else ""]


def _processor() -> str:
    """What code built for this very processor may use; empty where the system does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")
