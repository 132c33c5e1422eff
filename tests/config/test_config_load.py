"""Composing a configuration: who wins, and what a mistake is answered with."""

import logging
import os
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra

from genesis.config import ConfigError, RunConfig
from genesis.config.cpus import cpu_quota, usable_cpus
from genesis.config.keys import KEYS, SECTIONS, TEXT_KEYS, nearest
from genesis.config.load import group_options, load


def message_of(*overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(overrides)
    return str(caught.value)


def test_packaged_defaults_are_the_models_defaults() -> None:
    workers = usable_cpus()
    assert load() == RunConfig.model_validate({"evaluation": {"workers": workers}})


@pytest.mark.parametrize(
    "choice", [f"{group}={option}" for group, options in group_options().items() for option in options]
)
def test_every_packaged_option_gives_a_valid_configuration(choice: str) -> None:
    load([choice])


def test_an_experiment_is_named_in_what_it_gives() -> None:
    assert {load([f"experiment={name}"]).experiment for name in group_options()["experiment"]} == set(
        group_options()["experiment"]
    )


def test_a_strategy_changes_archive_and_selection() -> None:
    strategy = load(["strategy=best"]).strategy
    assert (strategy.archive.kind, strategy.selection.kind) == ("best", "rank")


def test_the_problem_wins_over_the_defaults_and_the_user_over_the_problem() -> None:
    wishes = {"stop": {"evaluations": 7, "fitness": 0.5}, "evaluation": {"wall_s": 3}}
    config = load(["stop.evaluations=9"], wishes)
    assert (config.stop.evaluations, config.stop.fitness, config.evaluation.wall_s) == (9, 0.5, 3.0)


def test_the_problem_does_not_take_back_what_a_chosen_experiment_changed() -> None:
    wishes = {"stop": {"evaluations": 7, "fitness": 0.5}}
    config = load(["experiment=quick"], wishes)
    assert config.stop.evaluations == load(["experiment=quick"]).stop.evaluations
    assert config.stop.fitness == 0.5


def test_the_user_wins_over_an_experiment_whatever_the_order() -> None:
    assert load(["stop.evaluations=9", "experiment=quick"]).stop.evaluations == 9


def test_the_last_of_two_overrides_wins() -> None:
    assert load(["seed=1", "seed=2"]).seed == 2


def test_values_from_python_win_and_may_choose_groups() -> None:
    config = load(["seed=1"], values={"seed": 2, "strategy": "best", "stop.wall_s": 1.5})
    assert (config.seed, config.strategy.archive.kind, config.stop.wall_s) == (2, "best", 1.5)


def test_a_problems_dimensions_arrive_whole() -> None:
    axis = {"metric": "size", "lower": 0, "upper": 10, "bins": 5}
    config = load((), {"strategy": {"archive": {"dimensions": [axis]}}})
    assert [dimension.model_dump() for dimension in config.strategy.archive.dimensions] == [axis]


def test_workers_are_counted_once_and_recorded() -> None:
    assert load().evaluation.workers == usable_cpus() <= len(os.sched_getaffinity(0))
    assert load(["evaluation.workers=3"]).evaluation.workers == 3


@pytest.mark.parametrize(
    ("text", "cpus"),
    [
        ("max 100000\n", None),
        ("200000 100000\n", 2),
        ("150000 100000", 2),
        ("1000 100000", 1),
        ("", None),
        ("5 0", None),
    ],
)
def test_a_containers_quota_is_rounded_up(text: str, cpus: int | None) -> None:
    assert cpu_quota(text) == cpus


@pytest.mark.parametrize(
    ("text", "value"),
    [("run_id=007", "007"), ("run_id=true", "true"), ("run_id='1.5'", "1.5"), ("run_id=null", None)],
)
def test_text_is_taken_letter_by_letter(text: str, value: str | None) -> None:
    assert load([text]).run_id == value


def test_a_path_needs_no_quotes() -> None:
    assert load(["runs_dir=/tmp/x (y)=1,2"]).runs_dir == "/tmp/x (y)=1,2"


def test_a_home_directory_is_filled_in() -> None:
    assert load(["runs_dir=~/runs"]).runs_dir == str(Path("~/runs").expanduser())


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("stop.evaluation=3", ["stop.evaluation = 3", "no such key", "stop.evaluations?"]),
        ("workers=3", ["evaluation.workers or mutation.workers"]),
        ("memory_bytes=3", ["evaluation.memory_bytes?"]),
        ("zzzzz=3", ["no such key", "the top keys are", "stop"]),
        ("hydra.run.dir=x", ["hydra.run.dir", "no such key"]),
        ("stratgy=best", ["did you mean strategy?"]),
        ("strategy=bset", ["strategy = 'bset'", "best, map_elites", "did you mean strategy=best?"]),
        ("experiment=null", ["experiment = None", "base"]),
        ("llm=gpt", ["llm = 'gpt'", "the options are", "none"]),
        ("budget.usd=-3", ["budget.usd = -3", "greater than or equal to 0", "default is 5.0"]),
        ("budget={usd: 3}", ["budget is a section"]),
        ("budget.purposes={gossip: {usd: 1}}", ["budget.purposes", "gossip"]),
        ("llm.models=[{name: gpt-5}]", ["llm.models[0].name = 'gpt-5'", "write provider/model"]),
        ("llm.models=[{name: a/b},{name: a/b}]", ["names a/b twice"]),
        ("llm.models=[{name: a/b},{name: a/c}]", ["sum to 2 (1 + 1)", "write a/b 0.5, a/c 0.5"]),
        ("llm.models=[{name: a/b, weight: 0.0}]", ["sum to 0", "write a/b 1"]),
        ("llm.analysis=gpt-5", ["llm.analysis = 'gpt-5'", "write provider/model"]),
        ("llm.providers={a: {base_url: ftp}}", ["llm.providers.a.base_url", "http:// or https://"]),
        ("nats.url=x", ["no address of a broker", "nats://HOST:PORT"]),
        ("stop=3", ["stop is a section", "stop.wall_s"]),
        ("stop={wall_s: 3}", ["stop is a section"]),
        ("evaluation={workers: 3}", ["evaluation is a section"]),
        ("evaluation.workers=many", ["evaluation.workers = 'many' (command line)", "valid integer", "default is null"]),
        ("seed='2'", ["seed = '2'", "valid integer"]),
        ("seed=1e3", ["seed = 1000.0", "valid integer"]),
        ("window=0", ["window = 0", "greater than or equal to 1", "default is null"]),
        ("ordered=maybe", ["ordered = 'maybe'", "default is null"]),
        ("stop.wall_s=nan", ["finite"]),
        ("stop.wall_s=1" + "0" * 400, ["stop.wall_s", "valid number"]),
        ("stop.evaluations=null", ["no stop rule is set", "stop.stagnation"]),
        ("mutation.mix=adaptiv", ["did you mean 'adaptive'?"]),
        ("mutation.operators=constants", ["a list is needed", "[constants,cma_es,syntax,recombination,llm_diff,"]),
        ("mutation.operators=[sintax]", ["mutation.operators[0] = 'sintax'", "did you mean 'syntax'?"]),
        ("mutation.floor=0.5", ["mutation: floor 0.5", "use 0.25 or less"]),
        ("run_id=../x", ["run_id = '../x'", "letters, digits"]),
        ("strategy.archive.dimensions=[{metric: a}]", ["dimensions[0].lower", "missing"]),
        ("strategy.archive.dimensions=[{metric: a, lower: 0, upper: 1, bins: 2, x: 1}]", ["dimensions[0].x"]),
        ("seed=1,2", ["several values"]),
        ("seed=range(1,3)", ["several values"]),
        ("+seed=1", ["changed, never added"]),
        ("~seed", ["write key=value"]),
        ("~seed=0", ["changed, never added"]),
        ("strategy@x=best", ["changed, never added"]),
        ("seed", ["write key=value"]),
        ("", ["write key=value"]),
        ("=3", ["write key=value"]),
        ("seed=[1", ["override 'seed=[1'", "quote"]),
        ("a b=3", ["override 'a b=3'"]),
        ("seed=${oc.env:HOME}", ["${...}", "let the shell"]),
        ("runs_dir=${oc.env:HOME}", ["${...}", "let the shell"]),
    ],
)
def test_a_mistake_names_the_value_the_rule_and_the_remedy(override: str, said: list[str]) -> None:
    message = message_of(override)
    assert [part for part in said if part not in message] == []
    assert "hydra.errors" not in message


@pytest.mark.parametrize(
    "override",
    [
        "llm.providers={a: {api_key: SECRET}}",
        "llm.providers={a: {api_key_env: sk-SECRET}}",
        "llm.providers={a: {base_url: 'https://me:SECRET@host'}}",
        "llm.providers.a.api_key=SECRET",
        "llm.models=[{name: a/b, parameters: {api_key: SECRET}}]",
        "llm.models=[{name: a/b, parameters: {extra_headers: {Authorization: SECRET}}}]",
    ],
)
def test_a_secret_in_the_configuration_is_refused_and_not_shown(override: str) -> None:
    assert "SECRET" not in message_of(override)


@pytest.mark.parametrize("kind", ["round_robin", "ucb"])
def test_weights_are_shares_only_where_they_are_used(kind: str) -> None:
    load([f"llm.choice={kind}", "llm.models=[{name: a/b},{name: a/c}]"])


def test_models_of_ones_own_are_a_choice_of_ones_own() -> None:
    assert load().llm.name == "none"
    assert load(["llm.models=[{name: a/b}]"]).llm.name == "custom"


def test_a_models_settings_are_the_sections_where_it_has_none() -> None:
    config = load(["llm.models=[{name: a/b, max_tokens: 7}]", "llm.temperature=0.5"]).llm
    own = config.settings("a/b")
    assert (own.max_tokens, own.temperature, own.reasoning_effort) == (7, 0.5, None)
    assert config.settings("c/d").max_tokens == config.max_tokens


def test_all_mistakes_are_named_at_once() -> None:
    assert len(message_of("window=0", "ordered=3", "stop.wall_s=x").splitlines()) == 3
    assert len(message_of("windo=0", "orderd=3").splitlines()) == 2


def test_a_problems_mistake_is_laid_at_its_door() -> None:
    with pytest.raises(ConfigError, match=r"stop.fitness = 'high' \(asked for by the problem\)"):
        load((), {"stop": {"fitness": "high"}})
    with pytest.raises(ConfigError, match=r"stop.fitnes = 1 \(asked for by the problem\).*stop.fitness"):
        load((), {"stop": {"fitnes": 1}})


def test_every_key_is_near_itself_and_known_once() -> None:
    assert [key for key in KEYS if nearest(key)[0] != key] == []
    assert not SECTIONS & set(KEYS)
    texts = {key for key in TEXT_KEYS if not key.startswith(("nats.", "clickhouse."))}
    assert texts == {"experiment", "llm.name", "run_id", "runs_dir"}


def test_loading_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.root.manager.disable)
    load(["seed=3"])
    assert load(["seed=4"]).seed == 4
    assert list(tmp_path.iterdir()) == []
    assert (root.level, list(root.handlers), logging.root.manager.disable) == before
    assert not GlobalHydra.instance().is_initialized()


def test_an_applications_own_hydra_goes_on(tmp_path: Path) -> None:
    (tmp_path / "theirs.yaml").write_text("x: 1\n")
    with initialize_config_dir(config_dir=str(tmp_path), version_base="1.3"):
        load()
        assert compose("theirs").x == 1


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["mutation.operators=[llm_diff]"], ["llm_diff", "there is none", "llm="]),
        (["llm=compatible", "mutation.operators=[constants]"], ["no operator asks them", "llm_diff"]),
        (["novelty.grey=0.999"], ["grey 0.999 is above threshold 0.995"]),
        (["novelty.embedding_grey=0.999"], ["embedding_grey 0.999 is above embedding_threshold 0.99"]),
        (["novelty.embedding=openai/text-embedding-3-small"], ["no model proposes programs", "llm="]),
        (
            ["llm=compatible", "novelty.embedding=compatible/x", "novelty.threshold=null"],
            ["threshold=null compares nothing", "leave embedding out"],
        ),
        (
            ["llm=compatible", "novelty.embedding=embed"],
            ["novelty.embedding = 'embed'", "such as openai/text-embedding-3-small"],
        ),
        (["novelty.embedding_dimensions=0"], ["novelty.embedding_dimensions"]),
    ],
)
def test_models_and_operators_must_fit(overrides: list[str], said: list[str]) -> None:
    message = message_of(*overrides)
    assert [part for part in said if part not in message] == []


def test_with_models_the_window_holds_both_sides_and_answers_come_as_they_come() -> None:
    offline, talking = load(), load(["llm=compatible", "llm.concurrency=50", "evaluation.workers=3"])
    assert (offline.window, offline.ordered) == (16, True)
    assert (talking.window, talking.ordered) == (112, False)
    chosen = load(["llm=compatible", "window=9", "ordered=true"])
    assert (chosen.window, chosen.ordered) == (9, True)
