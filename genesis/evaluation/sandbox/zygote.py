"""The zygote: a warm process that forks a sandboxed child for each candidate.

Theory of operation. One thread waits, with one ``poll``, for requests and for the ends of children (by pidfd), until
the next wall-time limit. A request's program, and the child's result and output, are memory files that the zygote
passes on unread, so no child finds another's program or result in the memory it inherits. It reads only what its own
code wrote: the first bytes of the status file. When a child has ended, or its time is up, its tree is killed before it
is reaped, and the result is sealed before the engine gets it. The random generators are in the same state in every
child.
"""

import gc
import os
import select
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from genesis.channel import Endpoint, Message, adopt, open_memory_file, seal
from genesis.evaluation.context import public_context
from genesis.evaluation.harness import STATUS, run_program, seed_after_fork, seed_generators
from genesis.evaluation.job import ProblemSetup
from genesis.evaluation.problem_code import ProblemCodeError, build_context, load_helper, preload
from genesis.evaluation.sandbox import counters, linux
from genesis.evaluation.sandbox.command import lay_out, perform
from genesis.evaluation.sandbox.port import NEVER_S, Excess, Sandbox, SandboxUnavailable
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import candidate_view
from genesis.evaluation.wire import EXECUTE, EXIT_FAULT, RUN, ContextKind, Exit, decode_setup

__all__ = ["main"]


@dataclass(frozen=True, slots=True)
class _Child:
    """A candidate that runs: its process, the request to answer, and the files that it writes."""

    pid: int
    pidfd: int
    request: Message
    result: int
    stdout: int
    stderr: int
    status: int
    started_s: float
    wall_s: float
    counter: int | None

    def close(self) -> None:
        for descriptor in (self.pidfd, self.result, self.stdout, self.stderr, self.status):
            os.close(descriptor)
        if self.counter is not None:
            os.close(self.counter)


@dataclass(frozen=True, slots=True)
class _Outputs:
    """The files that a child writes."""

    result: int
    stdout: int
    stderr: int
    status: int


class _Zygote:
    """Forks, watches and reaps candidates."""

    def __init__(
        self, endpoint: Endpoint, setup: ProblemSetup, sandbox: Sandbox, arguments: tuple[object, ...]
    ) -> None:
        self._endpoint = endpoint
        self._setup = setup
        self._sandbox = sandbox
        self._arguments = arguments
        self._children: dict[int, _Child] = {}
        self._late: set[int] = set()
        self._exceeded: dict[int, Excess] = {}
        self._next_watch_s = 0.0
        self._watch_s = sandbox.watch_s(setup.limits)
        self._poll = select.poll()
        self._poll.register(endpoint.fileno(), select.POLLIN)

    def run(self) -> None:
        """Serve until the engine is gone."""
        while True:
            for descriptor, _ in self._poll.poll(self._wait_ms()):
                if descriptor != self._endpoint.fileno():
                    self._finish(self._children.pop(descriptor))
                    continue
                request = self._endpoint.receive()
                if request is None:
                    return
                self._start(request)
            self._enforce_deadlines()
            self._enforce_watched_limits()

    def stop(self) -> None:
        """Kill and reap what still runs."""
        for child in self._children.values():
            self._sandbox.kill(child.pid)
            os.waitpid(child.pid, 0)
            self._sandbox.release(child.pid)

    def _wait_ms(self) -> float | None:
        waiting = [child.started_s + child.wall_s for pidfd, child in self._children.items() if pidfd not in self._late]
        if not waiting:
            return None
        next_s = max(0.0, min(waiting) - time.monotonic())
        return min(next_s, self._watch_s) * 1000 + 1

    def _enforce_deadlines(self) -> None:
        if not self._children:
            return
        now_s = time.monotonic()
        for pidfd, child in self._children.items():
            if child.started_s + child.wall_s <= now_s and pidfd not in self._late and not _has_ended(pidfd):
                self._late.add(pidfd)
                self._sandbox.kill(child.pid)

    def _enforce_watched_limits(self) -> None:
        """Kill the trees that have too much of what only a look from outside can count."""
        if self._watch_s == NEVER_S or not self._children or time.monotonic() < self._next_watch_s:
            return
        for pidfd, child in self._children.items():
            if pidfd not in self._exceeded and (excess := self._sandbox.excess(child.pid)):
                self._exceeded[pidfd] = excess
                self._sandbox.kill(child.pid)
        self._next_watch_s = time.monotonic() + self._watch_s

    def _start(self, request: Message) -> None:
        result, stdout, stderr, status = map(open_memory_file, ("result", "stdout", "stderr", "status"))
        gate = os.pipe() if request.header["op"] == EXECUTE and counters.available() else None
        started_s = time.monotonic()
        pid = self._sandbox.fork(self._setup.limits)
        if pid == 0:
            self._become_candidate(request, _Outputs(result, stdout, stderr, status), started_s, gate)
        request.close()
        counter = None if gate is None else _counter(pid, gate)
        pidfd = os.pidfd_open(pid)
        wall_s: float = request.header.get("wall_s", self._setup.limits.wall_s)
        self._children[pidfd] = _Child(pid, pidfd, request, result, stdout, stderr, status, started_s, wall_s, counter)
        self._poll.register(pidfd, select.POLLIN)

    def _become_candidate(
        self, request: Message, outputs: _Outputs, started_s: float, gate: tuple[int, int] | None
    ) -> NoReturn:
        try:
            if gate is not None:  # until its instructions are counted
                os.close(gate[1])
                os.read(gate[0], 1)
            os.dup2(outputs.stdout, 1)
            os.dup2(outputs.stderr, 2)
            scratch = self._sandbox.confine(self._setup.limits)
            _close_all_but(*request.descriptors, outputs.result, outputs.status)
            gc.enable()
            seed_after_fork()
            if request.header["op"] != RUN:
                perform(request, status=outputs.status, result=outputs.result, scratch=scratch, started_s=started_s)
            source, *artifacts = request.descriptors
            for artifact in artifacts:
                lay_out(artifact)
                os.close(artifact)
        except BaseException as error:  # noqa: BLE001  whatever it is, it must not go on outside the sandbox
            os.pwrite(outputs.status, STATUS.pack(False, 0.0) + f"{type(error).__name__}: {error}".encode(), 0)
            os._exit(EXIT_FAULT)
        run_program(
            source=source,
            status=outputs.status,
            result=outputs.result,
            entrypoint=self._setup.entrypoint,
            arguments=self._arguments,
            scratch=scratch,
        )

    def _finish(self, child: _Child) -> None:
        wall_s = time.monotonic() - child.started_s  # before the rest of its tree is killed, which takes its time
        self._poll.unregister(child.pidfd)
        self._sandbox.kill(child.pid)
        _, status, usage = os.wait4(child.pid, 0)
        met = self._sandbox.release(child.pid)
        seal(child.result)
        report = os.pread(child.status, STATUS.size, 0)
        compiled, compile_s = STATUS.unpack(report) if len(report) == STATUS.size else (None, 0.0)
        files = {"result": child.result, "stdout": child.stdout, "stderr": child.stderr, "status": child.status}
        sent = {name: file for name, file in files.items() if _is_worth_sending(name, file)}
        end = Exit(
            code=os.waitstatus_to_exitcode(status),
            timed_out=child.pidfd in self._late,
            wall_s=wall_s,
            cpu_s=usage.ru_utime + usage.ru_stime,
            max_rss_bytes=usage.ru_maxrss * 1024,
            compiled=compiled,
            compile_s=compile_s,
            sent=tuple(sent),
            exceeded=self._exceeded.pop(child.pidfd, met),
            instructions=None if child.counter is None else counters.read(child.counter),
        )
        self._late.discard(child.pidfd)
        self._endpoint.reply(child.request, end.header(), descriptors=tuple(sent.values()))
        child.close()


def _counter(pid: int, gate: tuple[int, int]) -> int | None:
    """What counts a child's instructions, if that can be had; the child goes on then."""
    try:
        return counters.count(pid)
    except OSError:
        return None
    finally:
        os.write(gate[1], b"1")
        for descriptor in gate:
            os.close(descriptor)


def _has_ended(pidfd: int) -> bool:
    """Whether a process is over: it may have been in time, and this one late to look."""
    ended = select.poll()
    ended.register(pidfd, select.POLLIN)
    return bool(ended.poll(0))


def _is_worth_sending(name: str, file: int) -> bool:
    return os.fstat(file).st_size > (STATUS.size if name == "status" else 0)


def _close_all_but(*kept: int) -> None:
    low = 3
    for descriptor in sorted(kept):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def main(descriptor: int) -> None:
    """Set up from the first message, say whether that worked, and serve."""
    endpoint = adopt(descriptor)
    request = endpoint.receive()
    if request is None:
        return
    setup, kind, context = decode_setup(request.payload)
    sandbox = KINDS[kind]()
    try:
        zygote = _Zygote(endpoint, setup, sandbox, _prepare(setup, context, request))
        gc.collect()
        memory = linux.huge_ranges()  # while there is a /proc to read it from
        sandbox.enter(candidate_view(setup))
    except ProblemCodeError as error:
        endpoint.reply(request, {"fault": "setup", "message": str(error)})
    except SandboxUnavailable as error:
        endpoint.reply(request, {"fault": "unavailable", "message": str(error)})
    else:
        _settle(memory)
        endpoint.reply(request, {"fault": None})
        try:
            zygote.run()
        finally:
            zygote.stop()
    finally:
        sandbox.close()


def _prepare(setup: ProblemSetup, context: ContextKind, request: Message) -> tuple[object, ...]:
    """Do what candidates should find done, and give the arguments that their entry point takes."""
    preload(setup.preload)
    seed_generators()
    if setup.helper is not None:
        load_helper(setup.helper, setup.directory)
    if context == "none":
        return ()
    if context == "build":
        return (build_context(setup.directory),)
    (file,) = request.descriptors
    try:
        return (public_context(file),)
    finally:
        os.close(file)


def _settle(memory: tuple[int, ...]) -> None:
    """Leave this process as children should find it.

    No garbage, no collector that would copy shared memory by touching it, and page tables that are quick to copy.
    Python ignores SIGXFSZ, and without the default an endless print would only ever fail, not end. Lines are written
    as they come: a candidate may be killed.
    """
    stdout: Any = sys.stdout  # Any: a TextIO that has more than TextIO says
    stdout.reconfigure(line_buffering=True, errors="replace")
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    seed_generators()
    gc.disable()
    gc.freeze()
    linux.collapse(memory)
