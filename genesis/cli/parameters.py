"""Parameters that several commands take, each described once."""

from pathlib import Path
from typing import Annotated

import typer

from genesis.cli.completion import complete_problem, complete_run

__all__ = [
    "BrokerArgument",
    "JsonOption",
    "NatsOption",
    "ProblemArgument",
    "RunArgument",
    "RunsDirOption",
    "WaitOption",
]

RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's directory, its name inside ./runs, or 'latest'.",
        autocompletion=complete_run,
    ),
]
RunsDirOption = Annotated[Path, typer.Option("--runs-dir", help="The folder that holds the runs.")]
ProblemArgument = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM", help="A shipped problem's name, or a problem's directory.", autocompletion=complete_problem
    ),
]
NatsOption = Annotated[
    str | None,
    typer.Option("--nats", metavar="URL", help="The broker, such as nats://127.0.0.1:4222.", show_default=False),
]
BrokerArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="nats.KEY=VALUE", help="How to reach the broker, such as nats.token_env=TOKEN.", show_default=False
    ),
]
WaitOption = Annotated[
    float | None,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        min=0,
        help="How long it may be away before that is an error: 30 with --once, else for ever.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")]
