"""``doctor`` says what this machine has and gives nothing away."""

import json
import platform
import socket
import threading
from pathlib import Path

import pytest

from genesis.cli.packages import OUR_PACKAGES
from genesis.cli.survey import survey
from genesis.language import LANGUAGES
from genesis.llm.provider.table import packaged
from tests.cli.command import genesis
from tests.llm.servers import LlmServer, Status

SECRET = "sk-do-not-show-this"


def test_doctor_tells_programs_what_it_tells_people(tmp_path: Path) -> None:
    keys = {"OPENAI_API_KEY": SECRET, "NATS_URL": f"nats://user:{SECRET}@127.0.0.1:1", "ANTHROPIC_API_KEY": ""}
    done = genesis("doctor", "--json", cwd=tmp_path, env=keys)
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert SECRET not in done.stdout + done.stderr
    assert told["keys"] == ["OPENAI_API_KEY"]
    assert [(each["name"], each["ours"]) for each in told["packages"]] == [(name, True) for name in OUR_PACKAGES]
    assert told["automatic"] in {each["kind"] for each in told["sandboxes"] if each["available"]}
    assert told["disk"]["fsync_ms"] > 0
    assert {each["address"] for each in told["servers"]} == {"127.0.0.1:1", "127.0.0.1:8123"}
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_the_key_of_every_provider(tmp_path: Path) -> None:
    variables = {each.api_key_env for each in packaged().values() if each.api_key_env}
    assert "COMPATIBLE_API_KEY" in variables
    found = survey(tmp_path, dict.fromkeys(variables, SECRET))
    assert set(found.keys) == variables


def test_a_broker_that_answers_is_reachable_and_another_server_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genesis.cli.servers._SERVER_WAIT_S", 60.0)
    for hello, expected in (
        (b'INFO {"version":"2.99.0"}\r\n', "nats-server 2.99.0"),
        (b"SSH-2.0\r\n", "something else"),
    ):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            answering = threading.Thread(target=answer_once, args=(server, hello))
            answering.start()
            found = survey(tmp_path, {"NATS_URL": f"nats://127.0.0.1:{port}", "CLICKHOUSE_URL": "http://127.0.0.1:1"})
            answering.join()
        broker = found.servers[0]
        assert broker.address == f"127.0.0.1:{port}"
        assert broker.reachable == (b"INFO" in hello)
        assert expected in broker.detail


def test_doctor_goes_on_when_an_address_is_none(tmp_path: Path) -> None:
    servers = survey(tmp_path, {"NATS_URL": "nats://[::1", "CLICKHOUSE_URL": "http://127.0.0.1:x"}).servers
    assert [(each.reachable, each.detail) for each in servers] == [(False, "it is no address with a port")] * 2


def answer_once(server: socket.socket, hello: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(hello)


def test_a_folder_that_cannot_be_written_is_an_obstacle() -> None:
    found = survey(Path("/proc/self/runs"), {})
    assert not found.disk.writable
    assert any("runs_dir=PATH" in obstacle for obstacle in found.obstacles)


def test_doctor_asks_models_for_one_token(tmp_path: Path) -> None:
    with LlmServer("ok") as server:
        keys = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": server.openai}
        done = genesis("doctor", "--llm", "llm=openai", "--json", cwd=tmp_path, env=keys)
        told = json.loads(done.stdout)
        assert (done.returncode, told["obstacles"]) == (0, [])
        assert [check["problem"] for check in told["models"]] == ["", ""]
        assert {asked.body["model"] for asked in server.asked} == {check["model"][7:] for check in told["models"]}
        server.script(Status(401, f"Incorrect API key provided: {SECRET}"))
        done = genesis("doctor", "--llm", "llm=openai", cwd=tmp_path, env=keys)
    assert done.returncode == 3
    assert "check the key" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_doctor_asks_the_embedding_model_for_one_embedding(tmp_path: Path) -> None:
    with LlmServer("ok") as server:
        keys = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": server.openai}
        given = ("llm=openai", "novelty.embedding=openai/text-embedding-3-small", "--json")
        done = genesis("doctor", "--llm", *given, cwd=tmp_path, env=keys)
        told = json.loads(done.stdout)
        assert (done.returncode, told["obstacles"]) == (0, [])
        assert [(asked.body["model"], asked.body["input"]) for asked in server.embedded] == [
            ("text-embedding-3-small", "ok")
        ]
    assert [check["problem"] for check in told["models"] if "embedding" in check["model"]] == [""]


def test_doctor_asks_only_where_there_is_a_key(tmp_path: Path) -> None:
    names = ("OPENAI", "ANTHROPIC", "GEMINI", "DEEPSEEK", "OPENROUTER", "AZURE_OPENAI")
    none = dict.fromkeys((f"{name}_API_KEY" for name in names), "")
    done = genesis("doctor", "--llm", cwd=tmp_path, env=none)
    assert (done.returncode, "there is no model to ask" in done.stderr) == (2, True)
    with LlmServer("ok") as server:
        keys = {**none, "OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": server.openai}
        done = genesis("doctor", "--llm", "--json", cwd=tmp_path, env=keys)
    assert {check["model"].partition("/")[0] for check in json.loads(done.stdout)["models"]} == {"openai"}


def test_doctor_asks_a_model_whose_price_is_not_known(tmp_path: Path) -> None:
    with LlmServer("ok") as server:
        keys = {"COMPATIBLE_API_KEY": SECRET, "COMPATIBLE_BASE_URL": server.openai}
        done = genesis("doctor", "--llm", "--json", cwd=tmp_path, env=keys)
    assert done.returncode == 0, done.stderr
    assert [check["model"] for check in json.loads(done.stdout)["models"]] == ["compatible/default"]


def test_configuration_is_for_asking_models(tmp_path: Path) -> None:
    done = genesis("doctor", "llm=openai", cwd=tmp_path)
    assert (done.returncode, "genesis doctor --llm llm=openai" in done.stderr) == (2, True)


def test_every_language_is_there_with_versions_or_with_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genesis.cli.survey._TOOL_WAIT_S", 60.0)
    (tmp_path / "rustc").write_text("#!/bin/sh\necho 'rustc 9.8.7 (none)'\n")
    (tmp_path / "ghc").write_text("#!/bin/sh\necho 'no library' >&2\nexit 4\n")
    for name in ("rustc", "ghc"):
        (tmp_path / name).chmod(0o755)
    found = {each.language: each for each in survey(tmp_path, {"PATH": str(tmp_path)}).toolsets}
    assert found.keys() == LANGUAGES.keys()
    assert found["python"].usable and found["python"].needs[0].version == platform.python_version()
    rustc = found["rust"].needs[0]
    assert (rustc.name, rustc.version, rustc.path) == ("rustc", "9.8.7", str(tmp_path / "rustc"))
    assert not found["haskell"].usable
    assert found["haskell"].needs[0].fault == "ghc: `ghc --version` ended with exit code 4: no library"
    julia = found["julia"].needs[0]
    assert julia.fault == "julia: `julia --version` did not start, julia is not on the path"
    assert "julialang.org" in julia.install
    assert {each.name for each in found["cpp"].others} == {"clang++"}


def test_a_missing_compiler_is_told_with_its_remedy(tmp_path: Path) -> None:
    done = genesis("doctor", cwd=tmp_path, env={"PATH": str(tmp_path), "COLUMNS": "300"})
    assert done.returncode == 0
    assert "g++: `g++ --version` did not start, g++ is not on the path; to install it: apt install g++" in done.stdout
