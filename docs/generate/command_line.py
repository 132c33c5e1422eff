"""The command line, from its Typer application."""

from collections.abc import Iterator
from typing import Any

import typer

from docs.generate.markdown import code, document, plain, table
from genesis.cli.exits import Exit
from genesis.cli.main import app

__all__ = ["page"]

_INTRODUCTION = """\
Results go to stdout, progress and messages to stderr. `genesis --install-completion` sets up completion for the
shell. Every command has `--help`."""

_EXIT_CODES = {
    Exit.DONE: "what was asked for was done",
    Exit.FAILED: "it was done, and the outcome is bad: a run failed, a replay differs, no seed is valid",
    Exit.USAGE: "what was asked for cannot be done as said; nothing was written",
    Exit.ENVIRONMENT: "the machine, the disk or a log is in the way",
    Exit.INTERRUPTED: "interrupted; `genesis resume` goes on",
}


def page() -> str:
    """The page."""
    command = typer.main.get_command(app)
    return document(
        "Command line",
        "`genesis/cli/main.py`",
        _INTRODUCTION,
        *(part for path, each in _commands(command, "genesis") for part in _command(path, each)),
        "## Exit codes",
        table(("code", "means"), ((code(int(each)), _EXIT_CODES[each]) for each in Exit)),
    )


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:  # Any: Typer's own copy of Click is private
    """The commands that do something, with their whole names, in the order of the help."""
    inner: dict[str, Any] | None = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _commands(each, f"{path} {name}")


def _command(path: str, command: Any) -> Iterator[str]:  # Any: as above
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option"]
    yield f"## {path}"
    yield command.help
    yield f"```text\n{' '.join([path, *map(_usage, arguments), '[OPTIONS]'])}\n```"
    rows = [(code(_usage(each)), plain(each.help)) for each in arguments]
    rows += [(code(_option(each)), plain(each.help) + _default(each)) for each in options]
    yield table(("argument", "says"), rows)


def _usage(argument: Any) -> str:  # Any: as above
    name = argument.metavar if argument.required else f"[{argument.metavar}]"
    return f"{name}..." if argument.nargs == -1 else name


def _option(option: Any) -> str:  # Any: as above
    return " ".join([*option.opts, *([] if option.is_flag else [option.metavar or "TEXT"])])


def _default(option: Any) -> str:  # Any: as above
    return "" if option.is_flag or option.default is None else f" Default: {code(option.default)}."
