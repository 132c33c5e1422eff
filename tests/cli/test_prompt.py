"""``genesis prompt``: what was sent, read from the log, and what would be sent, from a problem."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest

from events.envelope import Fact
from events.log import LogReader
from events.log.file import FileLog
from events.types import LlmFailed, LlmRequested, LlmResponded, Message, MutationRequested
from genesis.clock import system_clock
from genesis.mutation.models.overrides import load_templates
from genesis.mutation.models.templates import PromptTemplateError
from genesis.problem import load_problem
from genesis.run import LOG_NAME
from tests.cli.command import genesis
from tests.e2e.test_scores import problem as judged
from tests.llm.servers import LlmServer, Status

ASKED = (
    Message(role="system", content="You improve."),
    Message(role="user", content="# Program\n\n```\nx  = 1\n```\n"),
)
AGAIN = (*ASKED, Message(role="assistant", content="nothing"), Message(role="user", content="Again, please."))


def _calls(program: str) -> list[LlmRequested | LlmResponded | LlmFailed]:
    shared = {"program": program, "provider": "local", "model": "small"}
    answer = {"tokens_in": 10, "tokens_out": 2, "latency_s": 0.5, "finish_reason": "stop"}
    return [
        LlmRequested(purpose="mutation", messages=ASKED, attempt=1, **shared),
        LlmFailed(program=program, reason="overloaded", message="busy", retry_in_s=0.1),
        LlmRequested(purpose="mutation", messages=ASKED, attempt=2, **shared),
        LlmResponded(program=program, text="nothing", reasoning="what to do?", **answer),
        LlmRequested(purpose="repair", messages=AGAIN, attempt=1, **shared),
        LlmResponded(program=program, text="a patch", **answer),
    ]


@pytest.fixture
def asked(home: Path) -> Path:
    """That run with calls in it for two programs, the first of which is p000004."""

    async def write() -> None:
        folder = home / "runs" / "asked"
        folder.mkdir()
        log = FileLog.create(folder / LOG_NAME, run_id="asked", clock=system_clock)
        for event in LogReader(home / "runs" / "golden" / LOG_NAME):
            log.write(Fact(event.data, event.cause, event.correlation, event.generation, event.island))
            if isinstance(event.data, MutationRequested) and event.data.program in {"p000004", "p000005"}:
                for data in _calls(event.data.program):
                    log.write(Fact(data, event.sequence, event.data.program))
        await log.flush()
        await log.aclose()

    asyncio.run(write())
    return home


def test_everything_that_was_sent_is_printed_in_order(asked: Path) -> None:
    done = genesis("prompt", "asked", "p000004", cwd=asked)
    assert (done.returncode, done.stderr) == (0, "")
    for messages in (ASKED, AGAIN):
        whole = "\n".join(f"--- {message.role}\n{message.content}" for message in messages)
        assert f"\n{whole}\n" in done.stdout
    heads = [line.partition(": ")[2] for line in done.stdout.split("\n") if line.startswith("=== ")]
    assert heads == ["mutation, local/small", "mutation, local/small, attempt 2", "repair, local/small"]
    assert "what to do?" not in done.stdout


def test_replies_are_printed_on_request(asked: Path) -> None:
    done = genesis("prompt", "asked", "p000004", "--replies", cwd=asked)
    assert done.returncode == 0
    assert ": no reply, overloaded: busy\n" in done.stdout
    assert "the reply\n--- reasoning\nwhat to do?\n--- text\nnothing\n" in done.stdout
    assert done.stdout.endswith("the reply\n--- text\na patch\n")


def test_programs_read_it_as_json(asked: Path) -> None:
    told = json.loads(genesis("prompt", "asked", "p000004", "--json", cwd=asked).stdout)
    assert [each["type"] for each in told] == ["llm.requested"] * 3
    assert [message["content"] for message in told[2]["data"]["messages"]] == [m.content for m in AGAIN]
    told = json.loads(genesis("prompt", "asked", "p000005", "--json", "--replies", cwd=asked).stdout)
    assert len(told) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["asked", "p000001"], 1, "p000001 of runs/asked was made by seed, and no model was asked for it"),
        (["asked", "p009999"], 2, "has no program 'p009999'"),
        (["nope", "p000001"], 2, "no run at 'nope'"),
        (["asked"], 2, "wants one program"),
        (["asked", "p000001", "p000002"], 2, "wants one program, such as p000042, and was given 2"),
        (["--dry", "nope"], 2, "no shipped problem"),
        (["--dry", "toy", "--operator", "constants"], 2, "operator 'constants' asks no model"),
        (["--dry", "toy", "--operator", "llm_rewrite", "--variant", "x"], 2, "use one of another_algorithm"),
        (["--dry", "toy", "--variant", "x"], 2, "name the operator with --operator"),
        (["--dry", "toy", "--operator", "llm_diff", "--variant", "x"], 2, "has one prompt; leave the variant out"),
        (["--dry", "toy", "--operator", "llm_repair"], 2, "ends before a model is asked: none of the operators"),
        (["--dry", "toy", "stop.evaluations=3"], 2, "ends before a model is asked: 3 programs are evaluated"),
        (["--dry", "toy", "llm=none"], 2, "asks no model: leave llm out"),
        (["--dry", "toy", "--templates", "missing"], 3, "missing: no such directory"),
        (["--dry", "toy", "sed=3"], 2, "sed"),
    ],
)
def test_bad_input_is_one_message(asked: Path, arguments: list[str], code: int, says: str) -> None:
    done = genesis("prompt", *arguments, cwd=asked)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_dry_shows_seeds_as_measured_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = genesis("prompt", "--dry", "toy", "--operator", "llm_diff", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "toy: running 3 seeds\n")
    assert done.stdout.startswith("--- system\n")
    report = json.loads(genesis("problem", "check", "toy", "--json", cwd=tmp_path).stdout)
    _, _, after = done.stdout.partition("# The program to improve: ")
    parent = next(seed for seed in report["seeds"] if f'made by seed, "{seed["name"]}"' in after)
    assert f"- score = {parent['metrics']['score']!r} (primary)" in after
    assert list(tmp_path.iterdir()) == []


MEASURED = re.compile(r"it took [0-9.e-]+ s of (\d+) s, \d+ MB of")


def messages_of(told: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Role and text, without the times and the memory that are measured anew each time."""
    return [(each["role"], MEASURED.sub(r"it took … of \1 s, … of", each["content"])) for each in told]


@pytest.mark.parametrize(
    ("bare", "given"),
    [
        (False, []),
        (False, ["seed=3", "mutation.inspirations=1", "llm.share=1", "llm.prompt_tokens=1700"]),
        (False, ["ordered=true", "mutation.operators=[llm_rewrite]", "evaluation.wall_s=3"]),
        (False, ["mutation.operators=[constants,llm_crossover]", "llm.share=0.1", "ordered=true"]),
        (True, []),
    ],
)
def test_dry_is_the_first_request_of_a_run_letter_by_letter(tmp_path: Path, bare: bool, given: list[str]) -> None:
    problem = tmp_path / "problem"
    shutil.copytree(load_problem("toy").directory, problem)
    (problem / "prompts").mkdir()
    (problem / "prompts" / "guidance.jinja").write_text("Be bold in {{ language }}.")
    if bare:
        shutil.rmtree(problem / "initial_programs")
    configuration = ["llm=compatible", "llm.concurrency=1", "budget.usd=null", "window=4", *given]
    dry = genesis("prompt", "--dry", str(problem), *configuration, "--json", cwd=tmp_path)
    assert dry.returncode == 0, dry.stderr
    with LlmServer(lambda asked: "ok" if "Say ok." in asked.text else Status(403, "no credit left")) as server:
        settings = {"COMPATIBLE_BASE_URL": server.openai, "COMPATIBLE_API_KEY": "sk-of-nobody"}
        failed = genesis("run", str(problem), *configuration, "run_id=real", cwd=tmp_path, env=settings)
        assert failed.returncode == 1, failed.stderr
        sent = next(asked.body["messages"] for asked in server.asked if "# Your turn" in asked.text)
    assert messages_of(json.loads(dry.stdout)) == messages_of(sent)
    assert "Be bold in python." in sent[0]["content"]


def test_dry_shows_the_prompt_of_an_operator_that_is_named(tmp_path: Path) -> None:
    for operator, variant, says in (
        ("llm_diff", "", "SEARCH"),
        ("llm_rewrite", "simplify", "Write the simplest program"),
        ("llm_crossover", "", "# Your turn"),
        ("llm_seed", "", "Write a first program"),
    ):
        done = genesis("prompt", "--dry", "toy", "--operator", operator, "--variant", variant, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert says in done.stdout
    problem = tmp_path / "problem"
    shutil.copytree(load_problem("toy").directory, problem)
    (problem / "initial_programs" / "line.py").write_text("def entrypoint():\n    return 'nothing'\n")
    done = genesis("prompt", "--dry", str(problem), "--operator", "llm_repair", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "return 'nothing'" in done.stdout


def test_dry_says_where_a_model_gives_the_score_that_is_searched_for(tmp_path: Path) -> None:
    done = genesis("prompt", "--dry", str(judged(tmp_path, primary=True)), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a model gives clarity in stage clarity" in done.stderr


def test_dry_uses_templates_of_the_problem_and_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "guidance.jinja").write_text("Be bold in {{ language }}.")
    done = genesis("prompt", "--dry", "toy", "--templates", "mine", "--json", cwd=tmp_path)
    messages = json.loads(done.stdout)
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "# How to work\n\nBe bold in python." in messages[0]["content"]
    (tmp_path / "mine" / "guidance.jinja").write_text("Be bold with {{ parnt.id }}.")
    done = genesis("prompt", "--dry", "toy", "--templates", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "error: template 'guidance', line 1: variable 'parnt' is not known (did you mean parent?)" in done.stderr
    with pytest.raises(PromptTemplateError):
        load_templates([tmp_path / "mine"])
