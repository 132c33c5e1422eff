"""The command line's parser: which commands there are and what each takes.

The work is in a module a command group, imported when it is called, so that help and completion stay quick.
"""

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from genesis.cli.completion import complete_problem, complete_run
from genesis.cli.deferred import Deferred
from genesis.cli.exits import guarded, show_bug
from genesis.cli.places import RUNS_DIR
from genesis.version import __version__

if TYPE_CHECKING:
    from genesis.cli import catalogue, checking, evolving, listing, problems, showing
    from genesis.cli import doctor as examination
else:
    catalogue = Deferred("genesis.cli.catalogue")
    checking = Deferred("genesis.cli.checking")
    evolving = Deferred("genesis.cli.evolving")
    examination = Deferred("genesis.cli.doctor")
    listing = Deferred("genesis.cli.listing")
    problems = Deferred("genesis.cli.problems")
    showing = Deferred("genesis.cli.showing")

__all__ = ["app", "main"]


class _Guarded(TyperGroup):
    """The commands; what goes wrong in one of them becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # Typer's own copy of Click has no public name for its context here
        with guarded():
            return super().invoke(ctx)


_RUN_HELP = "A run's directory, its name inside ./runs, or 'latest'."
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help=_RUN_HELP, autocompletion=complete_run)]
ProblemArgument = Annotated[
    str,
    typer.Argument(
        metavar="PROBLEM", help="A shipped problem's name, or a problem's directory.", autocompletion=complete_problem
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON to stdout, for programs.")]

app = typer.Typer(
    name="genesis",
    cls=_Guarded,
    help="Evolves programs and keeps every step as an immutable event.",
    epilog="Start with: genesis run heilbronn",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
problem_app = typer.Typer(name="problem", help="Check problems, and list the shipped ones.", no_args_is_help=True)
app.add_typer(problem_app)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"genesis {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """Evolves programs and keeps every step as an immutable event."""


@app.command()
def run(
    problem: ProblemArgument,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Configuration, such as seed=3 stop.wall_s=60.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Evolve a problem in a new run.

    Ctrl-C once waits for the programs that run and stops cleanly; twice stops at once. Both can be resumed.
    """
    evolving.run(problem, overrides or [], as_json=json)


@app.command()
def resume(run: RunArgument, json: JsonOption = False) -> None:
    """Take up an unfinished run where its log ends."""
    evolving.resume(run, as_json=json)


@app.command("list")
def list_runs(
    runs_dir: Annotated[Path, typer.Option("--runs-dir", help="The folder that holds the runs.")] = RUNS_DIR,
    json: JsonOption = False,
) -> None:
    """List the runs in a folder."""
    listing.list_runs(runs_dir, as_json=json)


@app.command()
def show(
    run: RunArgument,
    program: Annotated[
        str | None, typer.Argument(metavar="PROGRAM", help="A program's id, such as p000042.", show_default=False)
    ] = None,
    json: JsonOption = False,
) -> None:
    """Show what a run tried and what came of it, or all on one of its programs."""
    if program is None:
        showing.show_run(run, as_json=json)
    else:
        showing.show_program(run, program, as_json=json)


@app.command()
def best(
    run: RunArgument,
    json: JsonOption = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write the program's files into a directory instead.")
    ] = None,
) -> None:
    """Print the best program's code; what it scores goes to stderr."""
    showing.show_best(run, as_json=json, out=out)


@app.command()
def verify(run: RunArgument, json: JsonOption = False) -> None:
    """Check every line of a run's log against its hash chain and schema."""
    checking.verify(run, as_json=json)


@app.command()
def replay(
    run: RunArgument,
    to: Annotated[
        int | None, typer.Option("--to", metavar="SEQ", min=1, help="Stop after this event.", show_default=False)
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Make every decision again and compare.")] = False,
    json: JsonOption = False,
) -> None:
    """Fold a run's log and show the state there, or make all its decisions again."""
    if verify:
        checking.replay_verified(run, to, as_json=json)
    else:
        checking.replay(run, to, as_json=json)


@problem_app.command("check")
def check_problem(problem: ProblemArgument, json: JsonOption = False) -> None:
    """Run a problem's initial programs, and say what is wrong."""
    problems.check(problem, as_json=json)


@problem_app.command("list")
def list_problems(json: JsonOption = False) -> None:
    """List the shipped problems."""
    catalogue.list_problems(as_json=json)


@app.command()
def doctor(json: JsonOption = False) -> None:
    """Say what this machine has, and what would keep a run from working."""
    examination.doctor(as_json=json)


def main() -> None:
    """The command ``genesis``. Ends the process: 0 done, 1 failed, 2 usage, 3 environment, 130 interrupted."""
    sys.excepthook = show_bug
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end is asked to end, whoever asks
    typer.main.get_command(app)(prog_name="genesis")  # calling the app itself would put another hook there
