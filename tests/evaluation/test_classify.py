"""From how a process ended to a reason."""

import errno
import signal

import pytest

from genesis.evaluation import wire
from genesis.evaluation.classify import classify
from genesis.evaluation.job import Limits
from genesis.evaluation.wire import Crash, Exit, parse_crash

LIMITS = Limits(cpu_s=2.0)


def end(code: int = 0, **fields: object) -> Exit:
    values: dict = {
        "timed_out": False, "wall_s": 1.0, "cpu_s": 0.1, "max_rss_bytes": 0,
        "compiled": True, "compile_s": 0.0, "sent": (), **fields,
    }  # fmt: skip
    return Exit(code=code, **values)


def raised(number: int = 0, path: str = "", kind: str = "OSError") -> Crash:
    return Crash(kind, "message", "Traceback …", number, path)


CASES = {
    "late": (end(-9, timed_out=True), None, "timeout"),
    "late, whatever it says": (end(0, timed_out=True, sent=("result",)), None, "timeout"),
    "out of CPU time": (end(-9, cpu_s=1.9), None, "timeout"),
    "killed by somebody": (end(-9, cpu_s=0.1), None, "crash"),
    "soft CPU limit": (end(-int(signal.SIGXCPU)), None, "timeout"),
    "file too large": (end(-int(signal.SIGXFSZ)), None, "output_limit"),
    "foreign system call": (end(-int(signal.SIGSYS)), None, "sandbox_violation"),
    "segmentation fault": (end(-11), None, "crash"),
    "unknown signal": (end(-63), None, "crash"),
    "no result": (end(0), None, "bad_result"),
    "any exit code": (end(7), raised(), "bad_result"),
    "syntax": (end(wire.EXIT_SYNTAX, compiled=False), None, "syntax_error"),
    "syntax claimed later": (end(wire.EXIT_SYNTAX), raised(), "bad_result"),
    "sandbox broken": (end(wire.EXIT_FAULT, compiled=False), None, "backend_error"),
    "sandbox broken claimed later": (end(wire.EXIT_FAULT), raised(), "bad_result"),
    "no data": (end(wire.EXIT_NO_DATA), raised(), "bad_result"),
    "raised": (end(wire.EXIT_CRASH), raised(kind="ValueError"), "crash"),
    "raised without a report": (end(wire.EXIT_CRASH), None, "bad_result"),
    "out of memory": (end(wire.EXIT_CRASH), raised(kind="MemoryError"), "memory_limit"),
    "denied": (end(wire.EXIT_CRASH), raised(errno.EPERM), "sandbox_violation"),
    "no access": (end(wire.EXIT_CRASH), raised(errno.EACCES), "sandbox_violation"),
    "read-only": (end(wire.EXIT_CRASH), raised(errno.EROFS), "sandbox_violation"),
    "disk full": (end(wire.EXIT_CRASH), raised(errno.ENOSPC), "output_limit"),
    "hidden file": (end(wire.EXIT_CRASH), raised(errno.ENOENT, "/etc/passwd"), "sandbox_violation"),
    "hidden problem": (end(wire.EXIT_CRASH), raised(errno.ENOENT, "/tmp/problem/validate.py"), "sandbox_violation"),
    "own missing file": (end(wire.EXIT_CRASH), raised(errno.ENOENT, "data.txt"), "crash"),
    "own missing scratch file": (end(wire.EXIT_CRASH), raised(errno.ENOENT, "/tmp/data.txt"), "crash"),
}


@pytest.mark.parametrize("name", CASES)
def test_reasons(name: str) -> None:
    how, report, reason = CASES[name]
    cause = classify(how, report, "line 1", limits=LIMITS, hidden="/tmp/problem")
    assert cause is not None
    assert cause.reason == reason
    assert cause.message


def test_a_result_is_no_failure() -> None:
    assert classify(end(0, sent=("result",)), None, "", limits=LIMITS, hidden="/p") is None


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"1", b"[" * 100_000, b'{"errno": "x"}', b"\xff\xfe"])
def test_reports_are_not_believed(data: bytes) -> None:
    report = parse_crash(data)
    assert report is None or (report.errno == 0 and report.type == "")
