"""The sidecar of a run that goes on: it loads the run's log into ClickHouse, and is never in the run's way.

Theory of operation. The sidecar is a process in a session of its own, so that a Ctrl-C reaches the run alone. Its stdin
is a pipe of ours: when that is closed, or we die, it loads what is there and ends. On stdout it says whether the store
takes events, and at last up to where it has them. Whatever becomes of it is told and goes no further; what is not
loaded is in the log, from which any sidecar can load it.
"""

import asyncio
import shlex
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from events.bus.relay import Notice
from events.log import FileLog
from genesis.config.clickhouse import ClickHouseConfig
from genesis.errors import EnvironmentFault, UsageError
from genesis.logs import logged

__all__ = ["SIDECAR_LOG", "check_store", "loading"]

SIDECAR_LOG = "sidecar.log"
_USAGE = 2  # the sidecar's exit code for what cannot be done as said


async def check_store(config: ClickHouseConfig) -> None:
    """Makes sure that the configured store will take events; nothing is asked when none is configured.

    Raises:
        UsageError: It cannot be asked as configured.
        EnvironmentFault: It cannot be reached, or will not.
    """
    if config.url is None:
        return
    process = await _start(config, "--check", stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE)
    _, said = await process.communicate()
    if process.returncode == 0:
        return
    lines = said.decode(errors="replace").splitlines() or [f"the sidecar ended with exit code {process.returncode}"]
    why = next((line.removeprefix("error: ") for line in reversed(lines) if line.startswith("error: ")), lines[-1])
    kind = UsageError if process.returncode == _USAGE else EnvironmentFault
    raise kind(f"{why}; without clickhouse.url a run needs no store, and 'genesis sidecar' loads it at any later time")


@asynccontextmanager
async def loading(log: FileLog, config: ClickHouseConfig, *, notice: Notice) -> AsyncGenerator[None]:
    """Has a run's log loaded until the context is left; then waits a while for its last events to be there."""
    if config.url is None:
        yield
        return

    tell = logged("sidecar", notice)
    directory = log.path.parent
    with (directory / SIDECAR_LOG).open("ab") as errors:
        process = await _start(
            config, "--attached", "--run", str(directory), stdin=PIPE, stdout=PIPE, stderr=errors.fileno()
        )
    sidecar = _Sidecar(process, log.run_id, tell)
    listening = asyncio.create_task(sidecar.listen())
    try:
        yield
    except asyncio.CancelledError:  # told twice to stop: at once
        sidecar.kill()
        raise
    finally:
        await sidecar.end(listening, within_s=config.drain_s)
        if sidecar.loaded < log.last_sequence:
            command = shlex.join(_command(directory, config))
            tell(f"{sidecar.why}; events behind {sidecar.loaded} may be in the log alone: '{command}' loads them")


@dataclass(slots=True)
class _Sidecar:
    """The process, and what it said.

    Attributes:
        loaded: The last event that it said is in the store.
        why: Why it does not have them all.
    """

    process: Process
    run_id: str
    tell: Callable[[str], None]
    loaded: int = 0
    why: str = ""
    _ending: bool = False

    async def listen(self) -> None:
        """Hears it out, and says when it ends before it was asked to."""
        assert self.process.stdout is not None, "it is a pipe"
        async for line in self.process.stdout:
            self._hear(orjson.loads(line))
        code = await self.process.wait()
        self.why = self.why or f"the sidecar ended with exit code {code}"
        if not self._ending:
            self.tell(f"{self.why}: events of {self.run_id} are in its log alone from here on, {SIDECAR_LOG} says more")

    async def end(self, listening: "asyncio.Task[None]", *, within_s: float) -> None:
        """Has it load what is there and end."""
        assert self.process.stdin is not None, "it is a pipe"
        self._ending = True
        self.process.stdin.close()
        await asyncio.wait((listening,), timeout=within_s)
        if not listening.done():
            self.why = self.why or "the store is slow"
            self.kill()
        await listening

    def kill(self) -> None:
        """Ends it at once, unless it has ended."""
        with suppress(ProcessLookupError):
            self.process.kill()

    def _hear(self, said: object) -> None:
        match said:
            case {"away": ""}:
                self.why = ""
                self.tell(f"the store takes events of {self.run_id} again")
            case {"away": str(why)}:
                self.why = why
                self.tell(f"{why}; events of {self.run_id} wait in its log")
            case {"failed": str(why)}:
                self.why = why
            case {"loaded": {self.run_id: int(line)}}:
                self.loaded = line
            case _:
                pass


async def _start(config: ClickHouseConfig, *arguments: str, stdin: int, stdout: int, stderr: int) -> Process:
    given = ("-m", "sidecar", *_reached(config), *arguments)
    return await asyncio.create_subprocess_exec(
        sys.executable, *given, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
    )


def _reached(config: ClickHouseConfig) -> Iterator[str]:
    """How the store is reached, in full: what is left out would be taken from the environment."""
    yield from ("--clickhouse", config.url or "", "--database", config.database, "--user", config.user)
    yield from ("--password-env", config.password_env or "", "--ca-cert", config.ca_cert or "")
    yield from ("--nats", "", "--chdb", "", "--metrics", "")
    if config.ttl_days is not None:
        yield from ("--ttl-days", str(config.ttl_days))


def _command(directory: Path, config: ClickHouseConfig) -> list[str]:
    """What a person types to load a run later."""
    changed = config.model_dump(exclude={"drain_s"}, exclude_defaults=True)
    return ["genesis", "sidecar", "--once", str(directory), *(f"clickhouse.{key}={changed[key]}" for key in changed)]
