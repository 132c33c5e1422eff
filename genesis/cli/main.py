"""The command line's parser: which commands there are and what each takes.

The work is in a module a command group, imported when it is called, so that help and completion stay quick. The file
is long since it is the whole command line on one page, in the order of ``--help``, and nothing else.
"""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from genesis.cli.completion import complete_run
from genesis.cli.deferred import Deferred
from genesis.cli.exits import guarded, show_bug
from genesis.cli.parameters import (
    BrokerArgument,
    JsonOption,
    NatsOption,
    ProblemArgument,
    RunArgument,
    RunsDirOption,
    WaitOption,
)
from genesis.cli.places import RUNS_DIR
from genesis.cli.start import ready
from genesis.errors import UsageError
from genesis.version import __version__

if TYPE_CHECKING:
    from genesis.cli import (
        catalogue,
        checking,
        developing,
        evolving,
        listing,
        loading,
        problems,
        prompting,
        querying,
        relaying,
        showing,
        tailing,
    )
    from genesis.cli import doctor as examination
else:
    catalogue = Deferred("genesis.cli.catalogue")
    checking = Deferred("genesis.cli.checking")
    developing = Deferred("genesis.cli.developing")
    evolving = Deferred("genesis.cli.evolving")
    examination = Deferred("genesis.cli.doctor")
    listing = Deferred("genesis.cli.listing")
    loading = Deferred("genesis.cli.loading")
    problems = Deferred("genesis.cli.problems")
    prompting = Deferred("genesis.cli.prompting")
    querying = Deferred("genesis.cli.querying")
    relaying = Deferred("genesis.cli.relaying")
    showing = Deferred("genesis.cli.showing")
    tailing = Deferred("genesis.cli.tailing")

__all__ = ["app", "main"]

_COMMENT = re.compile(r"--[^=\s]*\s")


class _Guarded(TyperGroup):
    """The commands; what goes wrong in one of them becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # Typer's own copy of Click has no public name for its context here
        with guarded():
            ready()
            return super().invoke(ctx)


class _Asking(TyperCommand):
    """A command that takes SQL, which may begin with a comment; one begins as options do, and has a space in it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: as above
        return super().parse_args(ctx, [f" {arg}" if _COMMENT.match(arg) else arg for arg in args])


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
    runs_dir: RunsDirOption = RUNS_DIR,
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
def prompt(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run as for the other commands; with --dry a problem.", autocompletion=complete_run
        ),
    ],
    program: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PROGRAM", help="A program's id; with --dry, KEY=VALUE configuration.", show_default=False
        ),
    ] = None,
    *,
    dry: Annotated[
        bool, typer.Option("--dry", help="Show what would be sent for a first mutation of a problem; asks no model.")
    ] = False,
    replies: Annotated[bool, typer.Option("--replies", help="Show what the models answered too.")] = False,
    operator: Annotated[
        str | None,
        typer.Option(
            "--operator",
            metavar="NAME",
            help="With --dry: the only operator of the run; none: those of the configuration.",
            show_default=False,
        ),
    ] = None,
    variant: Annotated[
        str, typer.Option("--variant", metavar="NAME", help="With --dry: which of its prompts.", show_default=False)
    ] = "",
    templates: Annotated[
        list[Path] | None,
        typer.Option("--templates", metavar="DIR", help="With --dry: templates of your own.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Print exactly what models were sent for a program.

    With --dry, what a run of a problem would send for the first mutation that it asks a model for: the run is lived
    through up to there, in memory, and no model is asked.
    """
    named = program or []
    if dry:
        prompting.first(
            run, operator=operator, variant=variant, templates=templates or [], overrides=named, as_json=json
        )
        return
    if len(named) != 1:
        raise UsageError(f"genesis prompt {run} wants one program, such as p000042, and was given {len(named)}")
    prompting.sent(run, named[0], replies=replies, as_json=json)


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
    re_execute: Annotated[
        bool,
        typer.Option("--re-execute", help="Run it again with the log as the model and the evaluator, and compare."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Fold a run's log and show the state there, make all its decisions again, or run all of it again."""
    if re_execute:
        checking.replay_reexecuted(run, to, as_json=json)
    elif verify:
        checking.replay_verified(run, to, as_json=json)
    else:
        checking.replay(run, to, as_json=json)


@app.command()
def tail(
    run: RunArgument,
    broker: BrokerArgument = None,
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type", metavar="PATTERN", help="Only types such as program.*; may be repeated.", show_default=False
        ),
    ] = None,
    after: Annotated[int, typer.Option("--after", metavar="SEQ", min=0, help="Begin behind this event.")] = 0,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait for what comes, until the run stops.")
    ] = True,
    nats: NatsOption = None,
    json: JsonOption = False,
) -> None:
    """Show a run's events as they come, from its log, or with --nats from the broker, whoever's run it is.

    With --json every event is its line of the log, byte for byte.
    """
    tailing.tail(run, broker or [], url=nats, types=types or [], after=after, follow=follow, as_json=json)


@app.command()
def relay(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN", help="Runs, and keys of the broker such as nats.url=URL.", autocompletion=complete_run
        ),
    ],
    once: Annotated[bool, typer.Option("--once", help="Send what the logs hold now, and end.")] = False,
    wait: WaitOption = None,
    nats: NatsOption = None,
    json: JsonOption = False,
) -> None:
    """Send runs' events to NATS JetStream, each exactly once, until the runs have stopped.

    The broker is the one that is named here, else the run's own (nats.url), else NATS_URL. While it is away the relay
    waits for it.
    """
    relaying.relay(runs, url=nats, once=once, wait_s=wait, as_json=json)


@app.command()
def dev(
    problem: ProblemArgument,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Configuration, as for genesis run.", show_default=False),
    ] = None,
    sidecar: Annotated[bool, typer.Option("--sidecar/--no-sidecar", help="Start the sidecar too.")] = True,
    json: JsonOption = False,
) -> None:
    """Evolve a problem with a broker and the sidecar beside it, on this machine alone.

    The broker keeps its stream in .nats of the runs directory. Ctrl-C stops everything, the run first and cleanly. With
    clickhouse.url the sidecar is the run's, as with genesis run; else it writes Parquet parts.
    """
    developing.develop(problem, overrides or [], sidecar=sidecar, as_json=json)


@problem_app.command("check")
def check_problem(problem: ProblemArgument, json: JsonOption = False) -> None:
    """Run a problem's initial programs, and say what is wrong."""
    problems.check(problem, as_json=json)


@problem_app.command("list")
def list_problems(json: JsonOption = False) -> None:
    """List the shipped problems."""
    catalogue.list_problems(as_json=json)


@app.command()
def sidecar(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN|KEY=VALUE]",
            help="Runs to load (none: every run in runs_dir, now and later), and configuration, such as "
            "clickhouse.url=http://127.0.0.1:8123 or nats.url=nats://127.0.0.1:4222.",
            show_default=False,
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Load what is there, and end.")] = False,
    wait: WaitOption = None,
    chdb: Annotated[
        Path | None, typer.Option("--chdb", help="Load into ClickHouse's engine in this directory.", show_default=False)
    ] = None,
    metrics: Annotated[
        str | None,
        typer.Option("--metrics", metavar="HOST:PORT", help="Serve Prometheus metrics there.", show_default=False),
    ] = None,
) -> None:
    """Load runs into ClickHouse, or into Parquet parts for DuckDB, as they are written."""
    loading.load_runs(arguments or [], once=once, wait_s=wait, chdb=chdb, metrics=metrics)


@app.command(cls=_Asking)
def query(
    text: Annotated[
        str | None,
        typer.Argument(metavar="SQL|NAME", help="A SELECT, or a query's name; none: list them.", show_default=False),
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help="Parameters, such as run=latest.", show_default=False),
    ] = None,
    runs_dir: RunsDirOption = RUNS_DIR,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="duckdb, clickhouse or chdb; none: the one whose address is given, else duckdb.",
            show_default=False,
        ),
    ] = None,
    clickhouse: Annotated[
        str | None, typer.Option("--clickhouse", metavar="URL", help="A ClickHouse server.", show_default=False)
    ] = None,
    chdb: Annotated[Path | None, typer.Option("--chdb", help="The directory of a chDB.", show_default=False)] = None,
    database: Annotated[str, typer.Option("--database", help="ClickHouse's database.")] = "genesis",
    user: Annotated[str, typer.Option("--user", help="ClickHouse's user.")] = "default",
    password_env: Annotated[
        str, typer.Option("--password-env", metavar="NAME", help="The variable with its password.", show_default=False)
    ] = "",
    form: Annotated[
        str, typer.Option("--format", "-f", metavar="FORMAT", help="table, csv, json, parquet or arrow.")
    ] = "table",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there.", show_default=False)
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show how the engine would go about it.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Ask runs in SQL: from logs and Parquet parts without a server, or from ClickHouse."""
    form = "json" if json else form
    if text is None:
        querying.list_queries(as_json=form == "json")
        return
    store = querying.Store(engine, runs_dir, clickhouse, chdb, database, user, password_env)
    querying.ask(text, parameters or [], store, form=form, output=output, explain=explain)


@app.command()
def doctor(
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE", help="With --llm: which models, such as llm=anthropic.", show_default=False
        ),
    ] = None,
    llm: Annotated[bool, typer.Option("--llm", help="Ask each language model for one token.")] = False,
    json: JsonOption = False,
) -> None:
    """Say what this machine has, and what would keep a run from working."""
    examination.doctor(overrides or [], models=llm, as_json=json)


def main() -> None:
    """The command ``genesis``. Ends the process: 0 done, 1 failed, 2 usage, 3 environment, 130 interrupted."""
    sys.excepthook = show_bug
    typer.main.get_command(app)(prog_name="genesis")  # calling the app itself would put another hook there
