"""Runs what a page shows, and compares what comes out with what the page says.

A page's blocks run in order, in a directory of the page's own:

- ``console``: lines that begin with ``$ `` are commands for bash, the lines below each are what it writes to stdout.
  Commands that call ``make`` are tried with ``--dry-run`` in the repository instead. For ``timeout`` in front of
  ``genesis run``, the time is over when the run has recorded some events: on a busy machine it may begin late.
- ``python``: a script of its own. A ``text`` block right below it is what it writes to stdout.
- any block with ``file=PATH``: is written to that file.

``exit=N`` says that the block's last command ends with that code, ``untested`` that the block is not run. What is
written may differ from the page in numbers, times, digests, file sizes and names of operators. ``…`` stands for
anything in a line, and on a line of its own for any lines.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from genesis.mutation.operators.table import OPERATORS
from genesis.run import LOG_NAME
from tests.cli.command import wait_for_lines
from tests.docs.pages import ROOT, Block, blocks

_COLUMNS = "100"
_TIMEOUT_S = 300
_PORT = "14222"  # where pages start a broker; the same page may run in another checkout at the same time
_ENDED = re.compile(r"^(timeout .*?)\d+ (genesis run .*run_id=(\w+).*)$")
_SOME_EVENTS = 200
_OPERATOR = re.compile(rf"\b(?:seed|{'|'.join(OPERATORS)})\b")
_DIGEST = re.compile(r"\b[0-9a-f]{12,64}\b")
_NUMBER = re.compile(r"[-+]?\d[\d,.:]*(?:e[-+]?\d+)?")
_DURATION = re.compile(r"# (?:ms|s|min|h|days?)\b(?: #[smh]?)?")


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a page.

    Attributes:
        arguments: What is run.
        shown: What it writes, as the page has it; None where the page does not say.
        code: The exit code that it ends with.
        line: Where the page has it.
        directory: Where it runs.
    """

    arguments: tuple[str, ...]
    shown: str | None
    code: int
    line: int
    directory: Path


def run_page(page: Path, directory: Path) -> int:
    """Runs everything that a page shows, and returns how many commands that were."""
    count = 0
    port = _free_port()
    all_blocks = [replace(block, text=block.text.replace(_PORT, port)) for block in blocks(page)]
    for block, following in zip(all_blocks, [*all_blocks[1:], None], strict=True):
        if "untested" in block.options:
            continue
        if "file" in block.options:
            path = directory / block.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            continue
        for command in _commands(block, following, directory):
            _run(command)
            count += 1
    return count


def _free_port() -> str:
    """One that nobody gets who asks for any: the page binds it some time after it was found free."""
    first = 20_000 + os.getpid() % 10_000
    for port in range(first, first + 1_000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return str(port)
    raise AssertionError("no port is free")


def _commands(block: Block, following: Block | None, directory: Path) -> list[Command]:
    code = int(block.options.get("exit", "0"))
    if block.language == "python":
        below = following is not None and following.language == "text" and not following.options
        follows = below and following.line == block.line + block.text.count("\n") + 3
        shown = following.text if follows and following else None
        return [Command((sys.executable, "-c", block.text), shown, code, block.line, directory)]
    if block.language != "console":
        return []
    pieces = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert not pieces[0].strip(), f"line {block.line}: a console block begins with '$ '"
    shells = [_shell(piece, block.line, directory) for piece in pieces[1:]]
    last = shells[-1]
    return [*shells[:-1], Command(last.arguments, last.shown, code, last.line, last.directory)]


def _shell(piece: str, line: int, directory: Path) -> Command:
    text, _, shown = piece.partition("\n")
    if text.startswith("make "):
        return Command(("make", "--dry-run", *text.split()[1:]), None, 0, line, ROOT)
    return Command(("bash", "-eu", "-o", "pipefail", "-c", text), shown, 0, line, directory)


def _run(command: Command) -> None:
    text = command.arguments[-1]
    if re.search(r"\bjq\b", text) and shutil.which("jq") is None:
        return
    env = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": _COLUMNS}
    *shell, _ = command.arguments
    ended = _ENDED.match(text)
    with subprocess.Popen(
        [*shell, f"exec {ended[1]}{_TIMEOUT_S} {ended[2]}"] if ended else command.arguments,
        cwd=command.directory,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            if ended:
                wait_for_lines(command.directory / "runs" / ended[3] / LOG_NAME, _SOME_EVENTS)
                process.send_signal(signal.SIGALRM)  # by which timeout learns that the time is over
            out, err = process.communicate(timeout=_TIMEOUT_S)
        finally:
            process.kill()
    report = f"line {command.line}: {text}\n--- exit code {process.returncode}\n{out}\n--- stderr\n{err}"
    assert _as_shells_say(process.returncode) == command.code, report
    if command.shown is not None:
        assert matches(command.shown, out), f"{report}\n--- the page shows\n{command.shown}"


def _as_shells_say(code: int) -> int:
    return code if code >= 0 else 128 - code


def matches(shown: str, written: str) -> bool:
    """Whether a command wrote what a page shows, but for what differs from run to run."""
    pattern = "".join(map(_line_pattern, shown.strip().splitlines()))
    text = "".join(f"{_normal(line)}\n" for line in written.strip().splitlines())
    return re.fullmatch(pattern, text) is not None


def _line_pattern(line: str) -> str:
    if line.strip() == "…":
        return r"(?:.*\n)*?"
    return ".*?".join(re.escape(_normal(part)) for part in line.split("…")) + r"\n"


def _normal(line: str) -> str:
    text = _OPERATOR.sub("<operator>", _DIGEST.sub("#", line))
    return " ".join(_DURATION.sub("<time>", _NUMBER.sub("#", text)).split())
