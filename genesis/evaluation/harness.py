"""Runs one program, inside its sandbox.

Everything here happens in the candidate's own process, so nothing it writes after the candidate's code has started is
believed. What it says about the syntax stage is: that is written, and its descriptor closed, before.
"""

import contextlib
import json
import os
import random
import struct
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType, TracebackType
from typing import Any, NoReturn

from genesis.channel import read_file
from genesis.evaluation.codec import EncodeError, encode_to_file
from genesis.evaluation.wire import EXIT_CRASH, EXIT_NO_DATA, EXIT_RESULT, EXIT_SYNTAX, MAX_REPORT_BYTES

__all__ = ["STATUS", "run_program", "seed_after_fork", "seed_generators"]

STATUS = struct.Struct("<?d")
"""What the status file starts with: whether the program compiled, and the seconds that took. Diagnostics follow."""

MODULE = "program"
_MAX_MESSAGE = 2_000
_MAX_TRACEBACK = 8_000
_MAX_DIAGNOSTICS = 4_000


def seed_after_fork(seed: int = 0) -> None:
    """Take back what Python does in every fork: seed ``random`` from the operating system."""
    random.seed(seed)  # noqa: TID251  the global generator is the candidate's


def seed_generators(seed: int = 0) -> None:
    """Put the global generators of ``random`` and, if it is imported, NumPy in a fixed state.

    A fork keeps NumPy's state, but not ``random``'s: see :func:`seed_after_fork`.
    """
    seed_after_fork(seed)
    numpy_random: Any = sys.modules.get("numpy.random")  # Any: looked up, not imported, since many programs need none
    if numpy_random is not None:
        numpy_random.seed(seed)


def run_program(
    *, source: int, status: int, result: int, entrypoint: str, arguments: tuple[object, ...], scratch: str
) -> NoReturn:
    """Compile and run a program, leave its result in a file, and end the process.

    Args:
        source: File with the program as JSON: ``files`` and ``entry``.
        status: Empty file for how the syntax stage went; closed before the program runs.
        result: Empty file for the encoded result, or a report of the crash.
        entrypoint: The function to call.
        arguments: Nothing, or the context.
        scratch: Where its files go; the current directory.
    """
    program = json.loads(read_file(source))
    os.close(source)
    files: dict[str, str] = program["files"]
    entry: str = program["entry"]
    _write_files(files)
    code = _compile(files[entry], entry, status)
    os.close(status)
    sys.path.insert(0, scratch)
    try:
        value = _call(code, f"{scratch}/{entry}", entrypoint, arguments)
        encode_to_file(value, result)
        sys.stdout.flush()
        sys.stderr.flush()
    except EncodeError as error:
        _report(result, error, EXIT_NO_DATA, scratch)
    except BaseException as error:  # noqa: BLE001  a candidate may raise anything, SystemExit too: all of it is its end
        _report(result, error, EXIT_CRASH, scratch)
    os._exit(EXIT_RESULT)


def _write_files(files: Mapping[str, str]) -> None:
    for path, text in files.items():
        if "/" in path:
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  this is the hot path
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(descriptor, text.encode("utf-8", "surrogatepass"))
        os.close(descriptor)


def _compile(text: str, entry: str, status: int) -> CodeType:
    started = time.monotonic()
    try:
        code = compile(text, entry, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        diagnostics = "".join(traceback.format_exception_only(error))[:_MAX_DIAGNOSTICS]
        os.write(status, STATUS.pack(False, time.monotonic() - started) + diagnostics.encode(errors="replace"))
        os._exit(EXIT_SYNTAX)
    os.write(status, STATUS.pack(True, time.monotonic() - started))
    return code


def _call(code: CodeType, path: str, entrypoint: str, arguments: tuple[object, ...]) -> object:
    module = ModuleType(MODULE)
    module.__file__ = path
    sys.modules[MODULE] = module
    numpy_was_there = "numpy.random" in sys.modules
    exec(code, module.__dict__)  # noqa: S102  that is what this process is for
    if not numpy_was_there:
        seed_generators()
    function: Callable[..., object] | None = getattr(module, entrypoint, None)
    if function is None:
        raise NameError(f"the program defines no {entrypoint}(): define it at the top level of the entry file")
    return function(*arguments)


def _report(result: int, error: BaseException, code: int, scratch: str) -> NoReturn:
    """Say why there is no result: in place of one, since a crash may come in the middle of writing it."""
    if isinstance(error, MemoryError):
        error.__traceback__ = None  # its frames hold what filled the memory
        body: dict[str, object] = {"type": "MemoryError", "message": "out of memory", "traceback": ""}
    else:
        body = _describe(error, scratch)
    with contextlib.suppress(OSError, ValueError):  # a full or closed stream: what it holds is lost, not the report
        sys.stdout.flush()
        sys.stderr.flush()
    os.ftruncate(result, 0)
    os.pwrite(result, json.dumps(body).encode()[:MAX_REPORT_BYTES], 0)
    os._exit(code)


def _describe(error: BaseException, scratch: str) -> dict[str, object]:
    try:
        message = str(error)
    except Exception as failure:  # noqa: BLE001  __str__ may be the candidate's
        message = f"<no text: {type(failure).__name__}>"
    ours = _candidate_frames(error.__traceback__)
    lines = traceback.format_exception(type(error), error, ours, limit=-12, chain=False)
    path = getattr(error, "filename", None)
    return {
        "type": type(error).__name__,
        "message": message[:_MAX_MESSAGE],
        "traceback": "".join(lines)[-_MAX_TRACEBACK:].replace(scratch + "/", ""),
        "errno": error.errno if isinstance(error, OSError) else 0,
        "path": path if isinstance(path, str) else "",
    }


def _candidate_frames(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
