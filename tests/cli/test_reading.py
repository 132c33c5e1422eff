"""Commands that read a run: results on stdout, JSON for programs, colours only at a terminal."""

import json
import re
import shutil
import subprocess
from pathlib import Path

from events.chain import GENESIS, seal
from genesis.run import LOG_NAME, Run
from tests.cli.command import COMMAND, Terminal, environment, genesis


def test_show_gives_an_overview(home: Path) -> None:
    done = genesis("show", "golden", cwd=home)
    run = Run.open(home / "runs" / "golden")
    best = run.state.progress.best
    assert (done.returncode, done.stderr) == (0, "")
    assert "toy, seed 11" in done.stdout
    assert "completed: 25 programs are evaluated" in done.stdout
    assert best is not None
    assert f"{best.metrics['score']:.6f}" in done.stdout
    for operator in run.state.operators.records:
        assert re.search(rf"^{operator} +\d", done.stdout, re.MULTILINE)
    assert "\x1b" not in done.stdout


def test_show_says_the_same_to_programs(home: Path) -> None:
    done = genesis("show", "golden", "--json", cwd=home)
    told = json.loads(done.stdout)
    progress = Run.open(home / "runs" / "golden").state.progress
    assert told["summary"]["evaluations"] == 25 == progress.evaluations
    assert told["summary"]["status"] == "completed"
    assert told["reasons"] == dict(progress.reasons)
    assert [each["program"] for each in told["improvements"]] == [best.program for best in progress.improvements]
    assert sum(each["tries"] for each in told["operators"]) == progress.proposed + progress.rejected


def test_show_tells_all_on_a_program(home: Path) -> None:
    run = Run.open(home / "runs" / "golden")
    child = next(each for each in run.programs() if each.diff)
    done = genesis("show", "golden", child.id, cwd=home)
    assert done.returncode == 0
    assert child.source is not None
    for text in (child.id, child.operator, child.parents[0], child.rationale, *child.source.text.splitlines()):
        assert text.rstrip() in done.stdout
    assert all(line.rstrip() in done.stdout for line in child.diff.splitlines())
    told = json.loads(genesis("show", "golden", child.id, "--json", cwd=home).stdout)
    assert told["program"]["source"]["files"] == dict(child.source.files)
    assert [each["id"] for each in told["descent"]] == run.lineage.pathway(child.id)


def test_show_says_why_a_program_failed(home: Path) -> None:
    failed = next(each for each in Run.open(home / "runs" / "golden").programs() if each.reason)
    done = genesis("show", "golden", failed.id, cwd=home)
    assert done.returncode == 0
    assert failed.reason.replace("_", " ").capitalize() in done.stdout
    assert failed.message.splitlines()[0][:60] in done.stdout


def test_best_puts_code_alone_on_stdout(home: Path) -> None:
    done = genesis("best", "golden", cwd=home)
    best = Run.open(home / "runs" / "golden").best
    assert best is not None
    assert best.source is not None
    assert done.stdout == best.source.text
    assert f"{best.metrics['score']:.6f}" in done.stderr


def test_best_at_a_terminal_is_coloured_and_the_same(home: Path) -> None:
    with Terminal("best", "golden", cwd=home, columns=200) as terminal:
        assert terminal.end() == 0
    best = Run.open(home / "runs" / "golden").best
    assert best is not None
    assert best.source is not None
    assert "\x1b[" in terminal.shown
    shown = [line.rstrip() for line in terminal.text.splitlines()]
    code = [line.rstrip() for line in best.source.text.splitlines()]
    assert shown[-len(code) :] == code


def test_verify_counts_what_is_there(home: Path, log: Path) -> None:
    lines = log.read_bytes().splitlines()
    last = json.loads(lines[-1])["hash"]
    done = genesis("verify", "golden", cwd=home)
    assert done.returncode == 0
    assert f"{len(lines)} events" in done.stdout
    assert f"ok, last hash {last}" in done.stdout
    told = json.loads(genesis("verify", "golden", "--json", cwd=home).stdout)
    assert (told["ok"], told["events"], told["hash"], told["status"]) == (True, len(lines), last, "completed")
    assert told["programs"] == sum(b'"type":"mutation.proposed"' in line for line in lines)


def test_verify_names_the_line_that_was_changed(home: Path, log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    lines[40] = lines[40].replace(b'"generation":', b'"generation": ', 1)
    log.write_bytes(b"".join(lines))
    done = genesis("verify", "golden", cwd=home)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("error: ")
    assert "line 41" in done.stderr
    told = json.loads(genesis("verify", "golden", "--json", cwd=home).stdout)
    assert (told["ok"], told["line"]) == (False, 41)


def test_verify_says_that_a_run_is_unfinished(home: Path, unfinished: Path) -> None:
    done = genesis("verify", "golden", cwd=home)
    assert done.returncode == 0
    assert "100 events" in done.stdout
    assert "genesis resume" in done.stdout


def test_verify_says_that_the_last_line_was_cut(home: Path, log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-20])
    done = genesis("verify", "golden", cwd=home)
    assert done.returncode == 3
    assert "line 163" in done.stderr
    assert "resume" in done.stderr


def test_replay_gives_the_state_at_an_event(home: Path) -> None:
    told = json.loads(genesis("replay", "golden", "--to", "60", "--json", cwd=home).stdout)
    end = json.loads(genesis("replay", "golden", "--json", cwd=home).stdout)
    state = Run.open(home / "runs" / "golden").state
    assert told["sequence"] == 60
    assert told["evaluations"] < end["evaluations"] == 25
    assert end["digest"] == state.digest() != told["digest"]
    assert end["state"]["progress"]["valid"] == state.progress.valid
    done = genesis("replay", "golden", "--to", "60", cwd=home)
    assert (done.returncode, done.stderr) == (0, "")
    assert told["digest"] in done.stdout


def test_replay_makes_every_decision_again(recorded: Path) -> None:
    last = Run.open(recorded / "runs" / "short").state.run.sequence
    done = genesis("replay", "short", "--verify", cwd=recorded)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{last} events" in done.stdout
    assert "all the same" in done.stdout
    part = json.loads(genesis("replay", "short", "--verify", "--to", "50", "--json", cwd=recorded).stdout)
    assert (part["events"], part["difference"]) == (50, None)


def test_replay_finds_a_decision_that_was_changed_consistently(recorded: Path, tmp_path: Path) -> None:
    shutil.copytree(recorded / "runs", tmp_path / "runs")
    log = tmp_path / "runs" / "short" / LOG_NAME
    lines = log.read_bytes().splitlines()
    changed = next(number for number, line in enumerate(lines) if b'"parents":["' in line and b'"draw":"' in line)
    lines[changed] = lines[changed].replace(b'"draw":"', b'"draw":"x')
    link, sealed = GENESIS, list[bytes]()
    for line in lines:
        whole, link = seal(link, line[: line.rindex(b',"hash":')])
        sealed.append(whole)
    log.write_bytes(b"".join(sealed))
    assert genesis("verify", "short", cwd=tmp_path).returncode == 0
    done = genesis("replay", "short", "--verify", cwd=tmp_path)
    assert done.returncode == 1
    assert f"event {changed + 1} differs" in done.stdout
    told = json.loads(genesis("replay", "short", "--verify", "--json", cwd=tmp_path).stdout)
    assert told["difference"]["sequence"] == changed + 1


def test_a_reader_that_leaves_early_is_no_error(home: Path) -> None:
    show = subprocess.Popen(
        [*COMMAND, "show", "golden", "--json"],
        cwd=home,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert show.stdout is not None
    assert show.stderr is not None
    show.stdout.close()
    assert (show.stderr.read(), show.wait()) == (b"", 0)
    show.stderr.close()


def test_nothing_is_wider_than_a_narrow_terminal(home: Path) -> None:
    for arguments in (("show", "golden"), ("list",)):
        done = genesis(*arguments, cwd=home, env={"COLUMNS": "80"})
        assert max(map(len, done.stdout.splitlines())) <= 80
