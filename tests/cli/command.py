"""The command as a user has it: a process of its own, its streams apart, or at a terminal."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.cli.warm import WarmCommand

COMMAND = (sys.executable, "-m", "genesis.cli")
DEADLINE_S = 200.0
ENDLESS = ("stop.evaluations=1000000", "stop.fitness=1e9")
"""For a run that is still going on when a test comes to end it, however late that is."""
PATIENT = "nats.drain_s=100"
"""For a run of which everything is to be on the stream when it ends."""


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}}
    return {**kept, "TERM": "xterm-256color", **(changes or {})}


def genesis(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end, both streams apart, in a process whose imports were made already."""
    code, out, err = _warm().run(arguments, cwd=cwd, env=environment(env), timeout_s=DEADLINE_S)
    return subprocess.CompletedProcess(arguments, code, out, err)


def wait_for_lines(log: Path, least: int) -> None:
    """Waits until a run that is going on has recorded so many events."""
    deadline = time.monotonic() + DEADLINE_S
    while not (log.is_file() and log.read_bytes().count(b"\n") >= least):
        assert time.monotonic() < deadline, log
        time.sleep(0.02)


@cache
def _warm() -> WarmCommand:
    return WarmCommand()


def cold(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The same from nothing, for what depends on how Python starts."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        stdin=subprocess.DEVNULL,
        check=False,
    )


class Terminal:
    """The command at a pseudo-terminal, with stdin, stdout and stderr on it."""

    def __init__(self, *arguments: str, cwd: Path, columns: int = 80) -> None:
        self.shown = ""
        self._screen, inner = pty.openpty()
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=cwd,
            env=environment({"COLUMNS": str(columns), "LINES": "40"}),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
        )
        os.close(inner)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def text(self) -> str:
        """What was shown, without colours and movements of the cursor."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.shown).replace("\r", "")

    def wait_for(self, pattern: str) -> None:
        """Reads until the text shown has the pattern."""
        deadline = time.monotonic() + DEADLINE_S
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, self.text
            assert self._read(), self.text

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Reads to the end and gives the exit code."""
        while self._read():
            pass
        os.close(self._screen)
        return self._process.wait(DEADLINE_S)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._screen], [], [], DEADLINE_S)
        assert ready, self.shown
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # the other end was closed
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)
