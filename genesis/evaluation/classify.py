"""Why there is no result: from how a candidate's process ended to a closed reason and a message. Pure."""

import errno
import signal
from dataclasses import dataclass
from typing import assert_never

from genesis.evaluation import wire
from genesis.evaluation.job import Limits, Reason
from genesis.evaluation.sandbox.port import Excess
from genesis.evaluation.wire import EXIT_RESULT, Crash, Exit

__all__ = ["Cause", "classify", "classify_command"]

_DENIED = {errno.EPERM, errno.EACCES, errno.EROFS, errno.EXDEV, errno.ENOSYS}
_NO_NAMES = "gaierror"  # what looking up a host's name raises; its errno is none
_HIDDEN = {errno.ENOENT, errno.ENXIO}
_SCRATCH = ("/sandbox/", "/tmp/")  # noqa: S108  the candidate's own
_MIB = 1024 * 1024
_MAX_SAID = 2_000
# How the run-time libraries of the languages say that memory is gone.
_OUT_OF_MEMORY = (
    "memory allocation of",
    "bad_alloc",
    "out of memory",
    "Out of memory",
    "OutOfMemory",
    "Cannot allocate",
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an evaluation failed."""

    reason: Reason
    stage: str
    message: str


def classify(end: Exit, report: Crash | None, diagnostics: str, *, limits: Limits, hidden: str) -> Cause | None:
    """Why a candidate gave no result, or None when it did.

    What only the candidate says (``report``) chooses between reasons that all mean failure; it cannot make a success.

    Args:
        end: How its process ended.
        report: What it said of that, if anything.
        diagnostics: What the compiler said, or why the sandbox could not be set up.
        limits: What it was allowed.
        hidden: The problem's directory, which it must not see.
    """
    stage = "run" if end.compiled else "syntax"
    if end.exceeded:
        return _exceeded(end.exceeded, stage, limits)
    if end.timed_out:
        return Cause("timeout", stage, f"still running after {limits.wall_s:g} s of wall time: the limit is wall_s")
    if end.code < 0:
        return _killed(end, stage, limits)
    if end.code == EXIT_RESULT and "result" in end.sent:
        return None
    return _exited(end, report, diagnostics, limits, hidden)


def _exceeded(what: Excess, stage: str, limits: Limits) -> Cause | None:
    match what:
        case "":
            return None
        case "memory":
            tree = f"its processes together used more than {limits.memory_bytes // _MIB} MiB"
            return Cause("memory_limit", stage, f"{tree}: the limit is memory_bytes")
        case "cpu":
            return Cause("timeout", stage, f"its processes together used more CPU time than cpu_s = {limits.cpu_s:g}")
        case "disk":
            return Cause("output_limit", stage, _too_much_output(limits))
        case "processes":
            allowed = f"processes = {limits.processes} is the limit"
            return Cause("sandbox_violation", stage, f"started too many processes or threads: {allowed}")
    assert_never(what)


def classify_command(
    end: Exit, stderr: str, word: str, *, written_bytes: int, limits: Limits, stage: str
) -> Cause | None:
    """Why a program that is run as a command did not end by itself, or None when it did, with whatever exit code.

    Args:
        end: How its process ended.
        stderr: Last of what it wrote there; chooses between reasons that all mean failure.
        word: Why it did not start, from the child before it became the program.
        written_bytes: The larger of stdout and stderr: the first process of a namespace is not killed by the signal
            that says it is too much.
        limits: What it was allowed.
        stage: Where that happened.
    """
    if end.compiled is not True:
        reason: Reason = "crash" if end.code == wire.EXIT_NOT_STARTED else "backend_error"
        return Cause(reason, stage, word or f"the program did not start (exit code {end.code})")
    if written_bytes >= limits.output_bytes:
        return Cause("output_limit", stage, _too_much_output(limits))
    if end.timed_out:
        return Cause("timeout", stage, f"still running after {limits.wall_s:g} s of wall time: the limit is wall_s")
    if (cause := _exceeded(end.exceeded, stage, limits)) is not None:
        return cause
    if end.code != 0 and any(sign in stderr for sign in _OUT_OF_MEMORY):
        cause = Cause("memory_limit", stage, f"out of memory: {limits.memory_bytes // _MIB} MiB is the limit")
    elif end.code < 0:
        cause = _killed(end, stage, limits)
    else:
        return None
    return Cause(cause.reason, stage, f"{cause.message}\n{stderr.strip()[-_MAX_SAID:]}".strip())


def _exited(end: Exit, report: Crash | None, diagnostics: str, limits: Limits, hidden: str) -> Cause:
    match end.code, end.compiled, report:
        case wire.EXIT_FAULT, False, _:
            return Cause("backend_error", "syntax", f"the sandbox could not be set up: {diagnostics}")
        case wire.EXIT_SYNTAX, False, _:
            return Cause("syntax_error", "syntax", diagnostics)
        case wire.EXIT_NO_DATA, True, Crash(message=message):
            return Cause("bad_result", "run", message)
        case wire.EXIT_CRASH, True, Crash():
            return _raised(report, limits, hidden)
        case _:
            return _nothing(f"ended with exit code {end.code}")


def _nothing(how: str) -> Cause:
    return Cause("bad_result", "run", f"{how} without a result: return it from the entry point, and do not exit")


def _killed(end: Exit, stage: str, limits: Limits) -> Cause:
    number = -end.code
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    # The kernel counts the limit by ticks and the report by run time: on a busy virtual machine they differ by half.
    out_of_time = end.cpu_s >= limits.cpu_s * 0.5
    if number == signal.SIGXCPU or (number == signal.SIGKILL and out_of_time):
        return Cause("timeout", stage, f"used {end.cpu_s:.2f} s of CPU time: the limit is cpu_s = {limits.cpu_s:g}")
    if number == signal.SIGXFSZ:
        return Cause("output_limit", stage, _too_much_output(limits))
    if number == signal.SIGSYS:
        return Cause("sandbox_violation", stage, "made a system call in a foreign calling convention")
    return Cause("crash", stage, f"killed by {name}")


def _raised(report: Crash, limits: Limits, hidden: str) -> Cause:
    text = report.traceback or f"{report.type}: {report.message}"
    if report.type == "MemoryError":
        return Cause("memory_limit", "run", f"out of memory: {limits.memory_bytes // _MIB} MiB is the limit")
    if report.errno in {errno.EFBIG, errno.ENOSPC}:
        return Cause("output_limit", "run", f"{_too_much_output(limits)}\n{text}")
    if report.errno in _DENIED or report.type == _NO_NAMES:
        return Cause("sandbox_violation", "run", f"the sandbox does not allow it\n{text}")
    if report.errno in _HIDDEN and _is_outside(report.path, hidden):
        return Cause("sandbox_violation", "run", f"{report.path} is not visible in the sandbox\n{text}")
    return Cause("crash", "run", text)


def _is_outside(path: str, hidden: str) -> bool:
    return path.startswith("/") and (not path.startswith(_SCRATCH) or path.startswith(hidden))


def _too_much_output(limits: Limits) -> str:
    return (
        f"wrote too much: {limits.output_bytes // _MIB} MiB is the limit of each output and file, "
        f"{limits.disk_bytes // _MIB} MiB that of all files"
    )
