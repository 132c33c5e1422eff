"""Builds a program, or executes one, inside a sandboxed child: compilers and what they make are as hostile as any code.

A build lays out the program's files, runs its commands one after the other, and bundles what they made. An execution
lays out what the program needs and becomes it. What is said about time is written before the program starts, and its
descriptor is closed then.
"""

import json
import os
import resource
import signal
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from genesis.channel import Header, Message, read_file
from genesis.evaluation.bundle import extract, read_index, write_bundle
from genesis.evaluation.wire import BUILD, EXIT_NO_DATA, EXIT_NOT_STARTED, EXIT_RESULT, EXIT_SYNTAX, WireCommand

__all__ = ["STARTED", "lay_out", "perform"]

STARTED = struct.Struct("<?dd")
"""Begins as the harness's status does: whether it started, seconds until then, and CPU seconds used until then."""

_STATUS = struct.Struct("<?d")
_MODE = 0o700
_CACHE = ".genesis-cache"
_ENVIRONMENT = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class _Command:
    argv: tuple[str, ...]
    env: Mapping[str, str]


def perform(request: Message, *, status: int, result: int, scratch: str, started_s: float) -> NoReturn:
    """Do what a request asks for, and end the process.

    Args:
        request: Its header says what; ``given`` names its descriptors: ``source`` (a program as JSON), ``artifact``
            (bundle of what its build made), ``stdin``.
        status: Empty file for how it went.
        result: Empty file for what a build makes.
        scratch: Where it happens; the current directory.
        started_s: When the fork was asked for, by the monotonic clock.
    """
    given = dict(zip(request.header["given"], request.descriptors, strict=True))
    try:
        if "source" in given:
            _write_files(json.loads(read_file(given["source"]))["files"])
        if "artifact" in given:
            lay_out(given["artifact"])
    except OSError as error:
        message = f"the program's files do not fit: {error.strerror} ({error.filename})"
        os.pwrite(status, STARTED.pack(False, 0.0, 0.0) + message.encode(errors="replace"), 0)
        os._exit(EXIT_NOT_STARTED)
    if request.header["op"] == BUILD:
        _build(request.header, status=status, result=result, scratch=scratch)
    _execute(request.header, stdin=given["stdin"], status=status, scratch=scratch, started_s=started_s)


def _build(request: Header, *, status: int, result: int, scratch: str) -> NoReturn:
    """Run ``commands`` (each ``argv`` and ``env``) in turn, and bundle ``artifacts``: where each lies, and its name."""
    started_s = time.monotonic()
    for place, command in enumerate(_placed(each, scratch) for each in request["commands"]):
        failure = _perform(command)
        if failure:
            _end(status, started_s, EXIT_SYNTAX, f"{place} {failure}")
    try:
        _collect(request["artifacts"], result)
    except FileNotFoundError as error:
        _end(status, started_s, EXIT_NO_DATA, f"the build made no {error.filename}")
    except OSError as error:
        _end(status, started_s, EXIT_NO_DATA, f"what the build made cannot be kept: {error}")
    _end(status, started_s, EXIT_RESULT, "")


def _end(status: int, started_s: float, code: int, message: str) -> NoReturn:
    report = _STATUS.pack(code == EXIT_RESULT, time.monotonic() - started_s) + message.encode(errors="replace")
    os.pwrite(status, report, 0)
    os._exit(code)


def _write_files(files: Mapping[str, str]) -> None:
    for path, text in files.items():
        _make_parent(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))


def _make_parent(path: str) -> None:
    if "/" in path:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  this is the hot path


def _placed(command: WireCommand, scratch: str) -> _Command:
    """A command with its directories filled in, and the environment that it starts with."""
    cache = f"{scratch}/{_CACHE}"

    def fill(text: str) -> str:
        return text.replace("{dir}", scratch).replace("{cache}", cache)

    env = {name: fill(value) for name, value in command["env"].items()}
    # The dynamic linker asks /proc where a program lies, to find libraries beside it; here there may be none to ask.
    origin = {"LD_ORIGIN_PATH": command["argv"][0].rpartition("/")[0]} if command["argv"][0][0] == "/" else {}
    base = {**_ENVIRONMENT, **origin, "HOME": scratch, "TMPDIR": scratch}
    if "PATH" in env:
        env["PATH"] = f"{env['PATH']}:{base['PATH']}"
    return _Command(tuple(map(fill, command["argv"])), {**base, **env})


def _perform(command: _Command) -> str:
    """Run a command to its end, and say why it did not go well; empty when it did."""
    name = command.argv[0].rpartition("/")[2]
    if any(_CACHE in value for value in (*command.argv, *command.env.values())):
        os.makedirs(_CACHE, exist_ok=True)  # noqa: PTH103  as above
    try:
        pid = os.posix_spawn(command.argv[0], command.argv, command.env)
    except OSError as error:
        return f"{name} could not be started: {error.strerror}"
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"{name} was killed by {signal.Signals(-code).name}: it may have used too much memory or CPU time"
    return f"{name} ended with exit code {code}" if code else ""


def _collect(artifacts: Sequence[Sequence[str]], result: int) -> None:
    """Bundle files; a directory stands for all files below it, under its new path."""
    found: list[tuple[str, int]] = []
    for path, given in artifacts:
        if os.path.isdir(path):  # noqa: PTH112  as above
            found += [(f"{given}{inner[len(path) :]}", _open(inner)) for inner in sorted(_below(path))]
        else:
            found.append((given, _open(path)))
    write_bundle(found, result)


def _below(directory: str) -> list[str]:
    return [f"{folder}/{name}" for folder, _, names in os.walk(directory) for name in names]


def _open(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _execute(request: Header, *, stdin: int, status: int, scratch: str, started_s: float) -> NoReturn:
    """Become ``command``, on processor ``cpu`` and with ``memory_bytes`` of address space, unless these are None."""
    command = _placed(request["command"], scratch)
    try:
        os.dup2(stdin, 0)
        if request["cpu"] is not None:
            os.sched_setaffinity(0, {request["cpu"]})
        os.pwrite(status, STARTED.pack(True, time.monotonic() - started_s, time.process_time()), 0)
        # Last: this process may itself be over it already.
        if request["memory_bytes"] is not None:
            resource.setrlimit(resource.RLIMIT_AS, (request["memory_bytes"], request["memory_bytes"]))
        os.execve(command.argv[0], command.argv, command.env)  # noqa: S606  that is what this process is for
    except OSError as error:
        message = f"the program could not be started: {error.strerror} ({command.argv[0]})"
        os.pwrite(status, STARTED.pack(False, 0.0, 0.0) + message.encode(errors="replace"), 0)
        os._exit(EXIT_NOT_STARTED)


def lay_out(artifact: int) -> None:
    """Write what a build made into the current directory."""
    for entry in read_index(artifact):
        _make_parent(entry.name)
        descriptor = os.open(entry.name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        extract(artifact, entry, descriptor)
        os.close(descriptor)
