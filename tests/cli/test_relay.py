"""Runs on a broker: relayed while they go on, afterwards, and read from there, by the command alone."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

from genesis.run import LOG_NAME
from tests.bus.runs import same
from tests.cli.brokers import served
from tests.cli.command import COMMAND, ENDLESS, PATIENT, environment, genesis, wait_for_lines

SHORT = "stop.evaluations=30"


def test_a_run_is_on_the_stream_when_it_ends(tmp_path: Path) -> None:
    with served(tmp_path / "nats") as broker:
        done = genesis("run", "toy", SHORT, "run_id=with.dots", f"nats.url={broker.url}", PATIENT, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        same(broker.deliveries("with.dots"), tmp_path / "runs" / "with.dots" / LOG_NAME)
        again = genesis("relay", "latest", "--once", "--json", cwd=tmp_path)
        assert json.loads(again.stdout)[0]["sent"] == 0


def test_a_run_goes_on_while_its_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with served(tmp_path / "nats") as broker:
        command = [*COMMAND, "run", "toy", *ENDLESS, "run_id=r", f"nats.url={broker.url}", PATIENT]
        run = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert run.stderr is not None
        log = tmp_path / "runs" / "r" / LOG_NAME
        wait_for_lines(log, 100)
        broker.kill()
        assert any("cannot be reached" in line for line in run.stderr)
        wait_for_lines(log, log.read_bytes().count(b"\n") + 200)
        broker.start()
        assert any("takes events of r again" in line for line in run.stderr)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=120)
        assert run.returncode == 130, said
        same(broker.deliveries("r"), log)


def test_a_run_does_not_need_its_broker_and_is_sent_later(tmp_path: Path) -> None:
    done = genesis("run", "toy", SHORT, "run_id=r", "nats.url=nats://127.0.0.1:1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "connection refused; events of r wait in its log" in done.stderr
    assert "'genesis relay --once runs/r' sends them" in done.stderr
    with served(tmp_path / "nats") as broker:
        later = genesis("relay", "r", "--once", "--nats", broker.url, cwd=tmp_path)
        assert later.returncode == 0, later.stderr
        log = tmp_path / "runs" / "r" / LOG_NAME
        count = len(log.read_bytes().splitlines())
        assert later.stdout == f"r: {count} events on the stream, {count} sent now\n"
        same(broker.deliveries("r"), log)


def test_once_ends_when_the_broker_stays_away_and_keeps_its_place(home: Path) -> None:
    with served(home / "nats") as broker:
        assert genesis("relay", "golden", "--once", "--nats", broker.url, cwd=home).returncode == 0
        broker.kill()
        log = home / "runs" / "golden" / LOG_NAME
        count = len(log.read_bytes().splitlines())
        done = genesis("relay", "golden", "--once", "--wait", "0.5", "--nats", broker.url, "--json", cwd=home)
        assert done.returncode == 3
        assert f"it was waited for 0.5 s: events of v1-toy behind {count} are in its log alone" in done.stderr
        assert "Traceback" not in done.stderr
        assert json.loads(done.stdout)[0]["sequence"] == count, "what it had reached is still known"
        broker.start()
        again = genesis("relay", "golden", "--once", "--nats", broker.url, "--json", cwd=home)
        assert json.loads(again.stdout)[0]["sent"] == 0


def test_once_waits_for_a_broker_that_is_not_there_yet(home: Path) -> None:
    with served(home / "nats") as broker:
        broker.kill()
        command = [*COMMAND, "relay", "golden", "--once", "--nats", broker.url]
        relay = subprocess.Popen(command, cwd=home, env=environment(), stderr=subprocess.PIPE, text=True)
        assert relay.stderr is not None
        assert "connection refused; events of v1-toy wait in its log" in relay.stderr.readline()
        broker.start()
        assert relay.wait(60) == 0
        relay.stderr.close()
        same(broker.deliveries("v1-toy"), home / "runs" / "golden" / LOG_NAME)


def test_a_broker_that_refuses_stops_a_run_before_it_begins(tmp_path: Path) -> None:
    secret = "s3cr3t-81a"
    with served(tmp_path / "nats", f'authorization {{ token: "{secret}" }}\n') as broker:
        url, wrong = f"nats.url={broker.url}", {"TOKEN": f"{secret}-wrong"}
        done = genesis("run", "toy", SHORT, url, "nats.token_env=TOKEN", cwd=tmp_path, env=wrong)
        assert done.returncode == 3
        assert "refuses the token in the environment variable TOKEN" in done.stderr
        assert not (tmp_path / "runs").exists()
        right = {"TOKEN": secret}
        done = genesis("run", "toy", SHORT, "run_id=r", url, "nats.token_env=TOKEN", cwd=tmp_path, env=right)
        assert done.returncode == 0, done.stderr
        everything = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
        assert len(everything) > 3
        assert [path for path in everything if secret.encode() in path.read_bytes()] == []


def test_a_run_id_that_the_stream_knows_is_refused_before_the_run_begins(tmp_path: Path) -> None:
    with served(tmp_path / "nats") as broker:
        arguments = ("run", "toy", SHORT, "run_id=r", f"nats.url={broker.url}", PATIENT)
        assert genesis(*arguments, cwd=tmp_path).returncode == 0
        shutil.rmtree(tmp_path / "runs")
        again = genesis(*arguments, cwd=tmp_path)
        assert again.returncode == 3
        assert "another run of the id r: choose another run_id" in again.stderr
        assert not (tmp_path / "runs").exists()


def test_several_runs_are_relayed_and_one_that_fails_does_not_stop_the_others(home: Path) -> None:
    for name in ("broken", "good"):
        shutil.copytree(home / "runs" / "golden", home / "runs" / name)
    log = home / "runs" / "broken" / LOG_NAME
    log.write_bytes(log.read_bytes().replace(b'"sequence":50,', b'"sequence":51,', 1))
    with served(home / "nats") as broker:
        done = genesis("relay", "broken", "golden", "--nats", broker.url, cwd=home)
        assert done.returncode == 3
        assert "line 50" in done.stderr
        assert "the other runs go on" in done.stderr
        same(broker.deliveries("v1-toy"), home / "runs" / "golden" / LOG_NAME)


def test_what_cannot_be_relayed_is_said_clearly(home: Path) -> None:
    def said(*arguments: str, code: int) -> str:
        done = genesis(*arguments, cwd=home, env={"NATS_URL": ""})
        assert done.returncode == code, done.stderr
        assert len(done.stderr.splitlines()) == 1
        return done.stderr

    assert "no broker is named: say nats.url=nats://HOST:PORT, or set NATS_URL" in said("relay", "golden", code=2)
    assert "no run is named" in said("relay", "nats.url=nats://h:1", code=2)
    assert "no run at 'nothing'" in said("relay", "nothing", code=2)
    assert "only keys of the broker" in said("relay", "golden", "seed=3", code=2)
    assert "did you mean nats.token_env" in said("relay", "golden", "nats.tokenenv=X", code=2)
    assert "no address of a broker" in said("relay", "golden", "--nats", "http://h", code=2)
    assert "did you mean program.evaluated?" in said("tail", "golden", "--type", "program.evalated", code=2)
    leak = said("relay", "golden", "--nats", "nats://ada:s3cr3t@h:4222", code=2)
    assert "user or a password in it" in leak
    assert "s3cr3t" not in leak


def test_tail_shows_the_log_byte_for_byte(home: Path) -> None:
    lines = (home / "runs" / "golden" / LOG_NAME).read_text().splitlines()
    whole = genesis("tail", "golden", "--json", cwd=home)
    assert whole.returncode == 0, whole.stderr
    assert whole.stdout.splitlines() == lines
    some = genesis(
        "tail", "golden", "--json", "--type", "program.*", "--type", "run.started", "--after", "40", cwd=home
    )
    wanted = [line for line in lines[40:] if '"type":"program.' in line]
    assert some.stdout.splitlines() == wanted
    people = genesis("tail", "golden", "--type", "*.archived", cwd=home).stdout.splitlines()
    assert people
    assert all("program.archived" in line for line in people)


def test_a_reader_that_has_seen_enough_of_tail_is_no_error(home: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "tail", "golden", "--json"],
        cwd=home,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tail:
        assert tail.stdout is not None
        assert tail.stderr is not None
        assert "run.started" in tail.stdout.readline()
        tail.stdout.close()
        assert tail.stderr.read() == ""


def test_tail_reads_another_machines_run_from_the_broker(home: Path, tmp_path: Path) -> None:
    lines = (home / "runs" / "golden" / LOG_NAME).read_text().splitlines()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with served(home / "nats") as broker:
        empty = genesis("tail", "v1-toy", "--nats", broker.url, "--no-follow", cwd=elsewhere)
        assert empty.returncode == 3
        assert "there is no stream GENESIS_EVENTS" in empty.stderr
        assert genesis("relay", "golden", "--once", "--nats", broker.url, cwd=home).returncode == 0
        whole = genesis("tail", "v1-toy", "--nats", broker.url, "--json", cwd=elsewhere)
        assert whole.stdout.splitlines() == lines
        some = genesis("tail", "v1-toy", "--nats", broker.url, "--json", "--type", "program.*", cwd=elsewhere)
        assert some.stdout.splitlines() == [line for line in lines if '"type":"program.' in line]
        nobody = genesis("tail", "nobody", "--nats", broker.url, "--no-follow", cwd=elsewhere)
        assert nobody.returncode == 2
        assert "no event of a run 'nobody'" in nobody.stderr


def test_tail_sees_a_run_live_and_ends_with_it(tmp_path: Path) -> None:
    with served(tmp_path / "nats") as broker:
        run = subprocess.Popen(
            [*COMMAND, "run", "toy", "stop.evaluations=60", "run_id=r", f"nats.url={broker.url}", PATIENT],
            cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for_lines(tmp_path / "runs" / "r" / LOG_NAME, 20)
        tails = [
            subprocess.Popen(
                [*COMMAND, "tail", "r", "--json", *more], cwd=tmp_path, env=environment(), stdout=subprocess.PIPE
            )
            for more in ((), ("--nats", broker.url))
        ]
        assert run.wait(60) == 0
        seen = [tail.communicate(timeout=60)[0] for tail in tails]
        assert seen[0] == seen[1] == (tmp_path / "runs" / "r" / LOG_NAME).read_bytes()


def test_relay_follows_a_run_to_its_end_and_can_be_interrupted(tmp_path: Path) -> None:
    with served(tmp_path / "nats") as broker:
        run = subprocess.Popen(
            [*COMMAND, "run", "toy", *ENDLESS, "run_id=r"],
            cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        log = tmp_path / "runs" / "r" / LOG_NAME
        wait_for_lines(log, 20)
        broker.prepare()
        command = [*COMMAND, "relay", "r", "--nats", broker.url]
        first = subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True)
        while not broker.deliveries("r"):
            time.sleep(0.05)
        first.send_signal(signal.SIGINT)
        assert "interrupted" in first.communicate(timeout=60)[1]
        assert first.returncode == 130
        second = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL)
        run.send_signal(signal.SIGINT)
        assert run.wait(60) == 130
        assert second.wait(60) == 0
        same(broker.deliveries("r"), log)
