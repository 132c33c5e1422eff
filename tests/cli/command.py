"""The command as a user has it: a process of its own, its streams apart, or at a terminal."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

COMMAND = (sys.executable, "-m", "genesis.cli")
DEADLINE_S = 60.0


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}}
    return {**kept, "TERM": "xterm-256color", **(changes or {})}


def genesis(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the command to its end, both streams piped."""
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

    def wait_for(self, wanted: Callable[[str], bool]) -> str:
        """Reads until what was shown is as wanted."""
        deadline = time.monotonic() + DEADLINE_S
        while not wanted(self.shown):
            assert time.monotonic() < deadline, self.shown
            if not self._read():
                assert wanted(self.shown), self.shown
        return self.shown

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
