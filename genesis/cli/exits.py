"""What every way of ending means to the shell, in one place.

Errors that a user can act on become one screen on stderr and an exit code. Anything else is a bug: it keeps the end of
its traceback.
"""

import os
import sys
import traceback
from collections.abc import Generator
from contextlib import contextmanager, suppress
from enum import IntEnum
from types import TracebackType
from typing import TYPE_CHECKING

import typer

from genesis.cli.deferred import Deferred
from genesis.cli.packages import foreign_packages
from genesis.errors import GenesisError, UsageError

if TYPE_CHECKING:
    from events import errors as event_errors
    from events import masking
else:
    event_errors = Deferred("events.errors")
    masking = Deferred("events.masking")

__all__ = ["Exit", "Unsuccessful", "guarded", "say", "show_bug"]

_SHOWN_FRAMES = 5


class Exit(IntEnum):
    """Exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    ENVIRONMENT = 3
    INTERRUPTED = 130


class Unsuccessful(GenesisError):
    """What was asked for was done, and the outcome is bad."""


def say(message: str) -> None:
    """Writes a message for people to stderr, without what may be a secret in an address."""
    with suppress(ImportError):  # another package has the name `events`, and the message is about that
        message = masking.masked(message)
    sys.stderr.write(message + "\n")


@contextmanager
def guarded() -> Generator[None]:
    """Turns what can go wrong inside into a message and ``typer.Exit``; bugs pass through."""
    try:
        yield
    except KeyboardInterrupt:
        say("interrupted")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except BrokenPipeError:
        # the reader has seen enough; what is still buffered must not fail again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(Exit.DONE) from None
    except _expected() as error:
        reason = _first(error)
        code = _code(reason)
        if code is None:
            raise
        say(f"error: {_message(reason)}")
        raise typer.Exit(code) from None


def _expected() -> tuple[type[Exception], ...]:
    """Kinds of errors that a user may be able to act on; those of a module that was never imported cannot be here."""
    families: tuple[type[Exception], ...] = (GenesisError, OSError, ImportError, ExceptionGroup)
    return (*families, event_errors.EventError) if _events_loaded() else families


def _events_loaded() -> bool:
    return hasattr(sys.modules.get("events.errors"), "EventError")


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  of BaseExceptions
    return error  # pyright: ignore[reportUnknownVariableType]  the same


def _code(error: BaseException) -> Exit | None:
    match error:
        case Unsuccessful():
            return Exit.FAILED
        case UsageError():
            return Exit.USAGE
        case GenesisError() | OSError():
            return Exit.ENVIRONMENT
        case ImportError():
            return Exit.ENVIRONMENT if foreign_packages() else None
        case _:
            return _code_of_log_error(error) if _events_loaded() else None


def _code_of_log_error(error: BaseException) -> Exit | None:
    if isinstance(error, event_errors.LogNotFound | event_errors.LogExists):
        return Exit.USAGE
    return Exit.ENVIRONMENT if isinstance(error, event_errors.EventError) else None


def _message(error: BaseException) -> str:
    match error:
        case ImportError():
            told = "\n".join(f"{package.name}: {package.detail}; {package.remedy}" for package in foreign_packages())
            return f"{error}\n{told}\n'genesis doctor' says more"
        case OSError(filename=str(path), strerror=str(why)):
            return f"{path}: {why[:1].lower()}{why[1:]}"
        case OSError(strerror=str(why)):
            return why[:1].lower() + why[1:]
        case _:
            return str(error)


def show_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Shows an exception that nobody expected: the end of its traceback, and what to do. For ``sys.excepthook``."""
    say("".join(traceback.format_exception(kind, error, trace, limit=-_SHOWN_FRAMES, chain=False)).rstrip())
    say("This is a bug in Genesis: please report it with the lines above and what you typed. The run's log is intact.")
