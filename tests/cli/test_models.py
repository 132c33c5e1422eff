"""A run with language models starts only when they can be asked, and no key is ever shown."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from genesis.problem import load_problem
from tests.cli.command import environment, genesis
from tests.llm.servers import LlmServer, Status, Vector

SECRET = "sk-proj-0123456789TOPSECRET"


@pytest.mark.parametrize(
    ("arguments", "keys", "code", "said"),
    [
        (["llm=openai"], {"OPENAI_API_KEY": ""}, 3, "OPENAI_API_KEY is not set"),
        (["llm=openai"], {"OPENAI_API_KEY": f"{SECRET} x"}, 3, "malformed"),
        (["llm=openai"], {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": "http://127.0.0.1:9"}, 3, "check the address"),
        (["llm=compatible"], {"COMPATIBLE_BASE_URL": "http://127.0.0.1:9"}, 2, "budget.usd=null"),
        (["llm=opnai"], {}, 2, "did you mean llm=openai?"),
        (["llm.models=[{name: a/b, weight: 0.5}]"], {}, 2, "sum to 0.5"),
        (["llm=openai", f"llm.providers={{openai: {{api_key: {SECRET}}}}}"], {}, 2, "it has no such field"),
        (["novelty.embedding=openai/text-embedding-3-small"], {}, 2, "no model proposes programs"),
        (["llm=anthropic", "novelty.embedding=anthropic/claude-embed"], {}, 2, "anthropic gives no embeddings"),
        (["llm=openai", "novelty.embedding=opnai/x"], {}, 2, "did you mean openai?"),
        (["llm=openai", "novelty.embedding=openai/embed-9"], {}, 2, "llm.prices={openai/embed-9: {input: USD"),
        (
            ["llm=ollama", "novelty.embedding=openai/text-embedding-3-small"],
            {"OPENAI_API_KEY": ""},
            3,
            "OPENAI_API_KEY is not set",
        ),
    ],
)
def test_trouble_is_told_before_the_run_starts(
    tmp_path: Path, arguments: list[str], keys: dict[str, str], code: int, said: str
) -> None:
    done = genesis("run", "toy", *arguments, cwd=tmp_path, env=keys)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert SECRET not in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Status(401, f"Incorrect API key provided: {SECRET}"), "check the key"),
        (Status(404, "The model does not exist", "", "model_not_found"), "name of the model"),
    ],
)
def test_what_a_provider_says_is_told_before_the_run_starts(tmp_path: Path, reply: Status, said: str) -> None:
    with LlmServer(reply) as server:
        keys = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": server.openai}
        done = genesis("run", "toy", "llm=openai", cwd=tmp_path, env=keys)
    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert SECRET not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Status(401, f"Incorrect API key provided: {SECRET}"), "check the key"),
        (Status(404, "The model does not exist", "", "model_not_found"), "novelty.embedding"),
        (Vector((0.0, 0.0)), "all zero"),
    ],
)
@pytest.mark.parametrize("command", [["run", "toy"], ["doctor", "--llm"]])
def test_an_embedding_model_that_cannot_be_asked_is_told_before_the_run_starts(
    tmp_path: Path, command: list[str], reply: Status | Vector, said: str
) -> None:
    with LlmServer("ok", embeddings=(reply,)) as server:
        keys = {"OPENAI_API_KEY": SECRET, "OPENAI_BASE_URL": server.openai}
        given = ("llm=openai", "novelty.embedding=openai/text-embedding-3-small")
        done = genesis(*command, *given, cwd=tmp_path, env=keys)
    assert done.returncode == 3
    assert "openai/text-embedding-3-small" in done.stdout + done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_template_that_cannot_be_rendered_leaves_no_run_behind(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(load_problem("toy").directory, mine)
    (mine / "prompts").mkdir()
    (mine / "prompts" / "guidance.jinja").write_text("Improve {{ parnt.id }}")
    with LlmServer("ok") as server:
        given = ("llm=compatible", "budget.usd=null", "run_id=mine")
        done = genesis("run", str(mine), *given, cwd=tmp_path, env={"COMPATIBLE_BASE_URL": server.openai})
    assert done.returncode == 2
    assert "template 'guidance', line 1: variable 'parnt' is not known" in done.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["run", "toy", "llm=none", "stop.evaluations=2"]])
def test_the_sdks_are_imported_only_when_a_model_is_asked(tmp_path: Path, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom genesis.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "loaded = {name.partition('.')[0] for name in sys.modules} & {'openai', 'anthropic', 'httpx2', 'httpx'}\n"
        "sys.exit(f'imported: {loaded}' if loaded else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
