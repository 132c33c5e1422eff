"""Trouble with models is found before a run starts."""

from typing import Any

import pytest

from genesis.config.errors import ConfigError
from genesis.config.models import BudgetConfig, LlmConfig, ModelConfig, PriceConfig, ProviderConfig, SpendingLimits
from genesis.config.run import NoveltyConfig
from genesis.errors import EnvironmentFault, GenesisError
from genesis.llm.preflight import check_configuration, configured_models, preflight
from tests.llm.asking import KEY, KEYS
from tests.llm.servers import LlmServer, Raw, Say, Status, Vector

FREE = BudgetConfig(usd=None)
OWN = "hf_Qm2yOUrX3v9TzE"


def config_of(server: LlmServer | None, *names: str, **changes: Any) -> LlmConfig:
    providers: dict[str, ProviderConfig] = {}
    if server is not None:
        providers["openai"] = ProviderConfig(base_url=server.openai)
        providers["anthropic"] = ProviderConfig(base_url=server.anthropic)
    models = tuple(ModelConfig(name=name, weight=1 / len(names)) for name in names)
    return LlmConfig(**{"models": models, "providers": providers} | changes)


def trouble(
    config: LlmConfig,
    kind: type[GenesisError],
    *,
    budget: BudgetConfig = FREE,
    novelty: NoveltyConfig | None = None,
    **environment: str,
) -> str:
    with pytest.raises(kind) as caught:
        preflight(config, budget, {**KEYS, **environment}, novelty=novelty or NoveltyConfig())
    assert KEY not in str(caught.value)
    return str(caught.value)


def test_without_models_nothing_is_looked_at() -> None:
    preflight(LlmConfig(), BudgetConfig(), {})
    preflight(LlmConfig(analysis="openai/gpt-6-luna"), BudgetConfig(), {})


def test_each_model_is_asked_for_one_token(llm_server: LlmServer) -> None:
    config = config_of(llm_server, "openai/gpt-6-luna", "anthropic/claude-sonnet-5", analysis="openai/gpt-6-sol")
    preflight(config, BudgetConfig(), KEYS)
    asked = {
        (each.body["model"], each.body.get("max_tokens", each.body.get("max_output_tokens")))
        for each in llm_server.asked
    }
    assert asked == {("gpt-6-luna", 16), ("claude-sonnet-5", 1), ("gpt-6-sol", 16)}  # 16 is the fewest OpenAI takes


@pytest.mark.parametrize("reply", [Say(text="ok"), Say(text="", finish="length"), Say(text="o", finish="length")])
def test_whatever_one_token_says_is_enough(llm_server: LlmServer, reply: Say) -> None:
    llm_server.script(reply)
    preflight(config_of(llm_server, "openai/gpt-6-luna", "anthropic/claude-sonnet-5"), BudgetConfig(), KEYS)


@pytest.mark.parametrize(
    "refused",
    [
        Say(text="", finish="length", tokens_out=0),
        Status(400, "Could not finish the message because max_tokens or model output limit was reached."),
    ],
)
def test_a_model_that_cannot_do_with_one_token_is_asked_as_the_run_will(llm_server: LlmServer, refused: Any) -> None:
    llm_server.script(lambda asked: refused if asked.body["max_completion_tokens"] == 1 else "ok")
    provider = {"openai_chat": ProviderConfig(base_url=llm_server.openai)}
    preflight(config_of(None, "openai_chat/gpt-6-luna", providers=provider), BudgetConfig(), KEYS)
    assert [each.body["max_completion_tokens"] for each in llm_server.asked] == [1, 8192]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Status(401, f"Incorrect API key provided: {KEY}"), ["401", "[key]", "check the key"]),
        (
            Status(404, "The model `gpt-9` does not exist", "", "model_not_found"),
            ["does not exist", "name of the model"],
        ),
        (Status(429, "no credit left", "insufficient_quota", "insufficient_quota"), ["no credit left", "its account"]),
        (Status(429, "slow down"), ["try again later"]),
        (Status(500, "oops"), ["oops", "try again later"]),
        (Raw(b"<html>Sign in</html>", "text/html"), ["text/html", "address"]),
        (Raw(b"", "text/event-stream"), ["address"]),
        (Status(302, "elsewhere", headers={"location": "http://127.0.0.1:9"}), ["302", "check the address"]),
    ],
)
@pytest.mark.parametrize("model", ["openai/gpt-6-luna", "anthropic/claude-sonnet-5"])
def test_what_the_provider_answers_is_told_with_the_remedy(
    llm_server: LlmServer, model: str, reply: Any, said: list[str]
) -> None:
    llm_server.script(reply)
    message = trouble(config_of(llm_server, model), EnvironmentFault)
    assert [part for part in [model, *said] if part not in message] == []


def test_all_that_is_wrong_is_told_at_once(llm_server: LlmServer) -> None:
    llm_server.script(Status(401, "no"))
    message = trouble(config_of(llm_server, "openai/gpt-6-luna", "anthropic/claude-sonnet-5"), EnvironmentFault)
    assert len(message.splitlines()) == 2


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"max_tokens": 200_000}, "set max_tokens beside"),
        ({"max_completion_tokens": 200_000, "top_p": 0.9}, "set max_tokens beside"),
        ({"n": 4}, "parameters set n"),
        ({"model": "another"}, "parameters set model"),
    ],
)
def test_a_parameter_that_would_pass_the_budget_is_told(parameters: dict[str, Any], said: str) -> None:
    models = (ModelConfig(name="openai_chat/gpt-6-luna", parameters=parameters),)
    message = trouble(LlmConfig(models=models), ConfigError)
    assert "openai_chat/gpt-6-luna" in message and said in message


def test_a_server_that_is_not_there_is_told(llm_server: LlmServer) -> None:
    config = config_of(
        None, "openai/gpt-6-luna", providers={"openai": ProviderConfig(base_url="http://127.0.0.1:9/v1")}
    )
    assert "http://127.0.0.1:9/v1" in trouble(config, EnvironmentFault)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "is not set"),
        ("  ", "is not set"),
        (f"{KEY}\n", "line ends around it"),
        (f"'{KEY}'", "quotes"),
        ("short", "malformed (5 characters)"),
        (f"{KEY} {KEY}", "malformed"),
        (f"{KEY}ü", "malformed"),
        (KEY * 20, "malformed"),
        ("sk-your-key-here", "placeholder"),
        ("<your key>", "placeholder"),
    ],
)
def test_a_key_that_cannot_be_one_is_told_and_never_shown(key: str, said: str) -> None:
    message = trouble(config_of(None, "openai/gpt-6-luna"), EnvironmentFault, OPENAI_API_KEY=key)
    assert "OPENAI_API_KEY" in message
    assert said in message.replace("malformed", "malformed") or (said == "placeholder" and "malformed" in message)
    assert not key.strip() or key.strip() not in message


def test_a_provider_that_there_is_not_is_told_with_those_that_there_are() -> None:
    message = trouble(config_of(None, "nobody/m"), ConfigError)
    assert "there is no provider 'nobody'; the providers are openai, " in message
    assert ", compatible. Another server is llm.providers=" in message
    assert "did you mean anthropic? Another server" in trouble(config_of(None, "antropic/m"), ConfigError)


def test_what_is_to_be_left_out_for_a_model_without_a_price_is_what_bounds_it() -> None:
    config = config_of(None, "openai/gpt-of-tomorrow")
    purposes = {"insight": SpendingLimits(usd=0.1)}
    message = trouble(config, ConfigError, budget=BudgetConfig(usd=None, purposes=purposes))
    assert "so budget.purposes.insight.usd = 0.1 cannot" in message
    assert message.endswith(", or leave budget.purposes.insight.usd out")
    message = trouble(config, ConfigError, budget=BudgetConfig(purposes=purposes))
    assert message.endswith(", or set budget.usd=null and leave budget.purposes.insight.usd out")


def test_only_models_that_may_serve_a_purpose_need_a_price_for_its_limit(llm_server: LlmServer) -> None:
    priced, unpriced = "openai/gpt-6-luna", "openai/gpt-of-tomorrow"
    proposing = config_of(llm_server, unpriced, analysis=priced)
    preflight(proposing, BudgetConfig(usd=None, purposes={"insight": SpendingLimits(usd=0.1)}), KEYS)
    preflight(proposing, BudgetConfig(usd=None, purposes={"embedding": SpendingLimits(usd=0.1)}), KEYS)
    preflight(proposing, BudgetConfig(usd=None, purposes={"mutation": SpendingLimits(calls=9)}), KEYS)
    for purpose in ("mutation", "repair"):
        budget = BudgetConfig(usd=None, purposes={purpose: SpendingLimits(usd=0.1)})
        assert f"so budget.purposes.{purpose}.usd = 0.1 cannot" in trouble(proposing, ConfigError, budget=budget)
    analysing = config_of(llm_server, priced, analysis=unpriced)
    preflight(analysing, BudgetConfig(usd=None, purposes={"mutation": SpendingLimits(usd=0.1)}), KEYS)
    for purpose in ("insight", "judge", "prompt", "scratchpad"):
        budget = BudgetConfig(usd=None, purposes={purpose: SpendingLimits(usd=0.1)})
        assert f"model {unpriced}" in trouble(analysing, ConfigError, budget=budget)
    budget = BudgetConfig(usd=None, purposes={"embedding": SpendingLimits(usd=0.1)})
    assert "openai/embed-9" in trouble(analysing, ConfigError, budget=budget, novelty=by("openai/embed-9"))


def test_gain_for_a_dollar_needs_the_price_of_each_model_that_proposes(llm_server: LlmServer) -> None:
    priced, unpriced = "openai/gpt-6-luna", "openai/gpt-of-tomorrow"
    config = config_of(llm_server, priced, unpriced, choice="cost_aware")
    for budget in (FREE, BudgetConfig()):
        message = trouble(config, ConfigError, budget=budget)
        assert f"model {unpriced}: its price is not known, and llm.choice=cost_aware goes by gain" in message
        assert "llm.prices={openai/gpt-of-tomorrow: " in message and "or choose another llm.choice" in message
        assert len(message.splitlines()) == 1
    assert llm_server.asked == []
    preflight(config_of(llm_server, priced, choice="cost_aware", analysis=unpriced), FREE, KEYS)
    preflight(config.model_copy(update={"prices": {unpriced: PriceConfig(input=1.0, output=2.0)}}), FREE, KEYS)


@pytest.mark.parametrize("choice", ["per_island", "weighted"])
def test_an_island_that_there_is_not_is_told(llm_server: LlmServer, choice: str) -> None:
    models = (ModelConfig(name="openai/gpt-6-luna", islands=(0, 3)),)
    message = trouble(config_of(llm_server, models=models, choice=choice), ConfigError)
    assert message == (
        "model openai/gpt-6-luna: its islands name 3, and the islands of a run are 0: name one of these, or leave "
        "islands out to serve all"
    )
    models = (ModelConfig(name="openai/gpt-6-luna", islands=(0,)),)
    preflight(config_of(llm_server, models=models, choice=choice), BudgetConfig(), KEYS)


@pytest.mark.parametrize("key", ["EMPTY", "x", "token-abc123"])
def test_where_a_key_is_optional_any_word_will_do(llm_server: LlmServer, key: str) -> None:
    providers = {"vllm": ProviderConfig(base_url=llm_server.openai)}
    preflight(config_of(None, "vllm/m", providers=providers), BudgetConfig(), {"VLLM_API_KEY": key})
    assert llm_server.asked[0].headers["authorization"] == f"Bearer {key}"
    message = trouble(config_of(None, "openai/gpt-6-luna"), EnvironmentFault, OPENAI_API_KEY="EMPTY")
    assert "malformed (5 characters): keys are 8 to 512" in message


@pytest.mark.parametrize(
    "changes",
    [
        {"models": (ModelConfig(name="openai/gpt-6-luna", parameters={"user": OWN}),)},
        {"models": (ModelConfig(name="openai/gpt-6-luna", parameters={"metadata": {"a": ["x", f"Bearer {OWN}"]}}),)},
        {"models": (ModelConfig(name="openai/gpt-6-luna", parameters={OWN: {OWN: "a", "b": OWN}}),)},
        {"providers": {"compatible": ProviderConfig(base_url=f"http://127.0.0.1:9/{OWN}/v1")}},
    ],
)
@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "COMPATIBLE_API_KEY", "MY_KEY"])
def test_a_key_in_the_configuration_is_told_and_not_shown(changes: dict[str, Any], variable: str) -> None:
    config = config_of(None, "openai/gpt-6-luna")
    own = {**config.providers, "mine": ProviderConfig(base_url="http://127.0.0.1:9", api_key_env="MY_KEY")}
    config = config.model_copy(update={"providers": own, **changes})
    if "providers" in changes:
        config = config.model_copy(update={"providers": {**own, **changes["providers"]}})
    with pytest.raises(ConfigError) as caught:
        preflight(config, FREE, {"OPENAI_API_KEY": "sk-another-0123", variable: OWN})
    assert f"holds the key that is in {variable}" in str(caught.value)
    assert OWN not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "least"), [("openai/gpt-6-luna", 16), ("azure/m", 16), ("openai_chat/gpt-6-luna", 1)]
)
def test_a_reply_is_not_bounded_to_fewer_tokens_than_its_server_takes(model: str, least: int) -> None:
    small = (ModelConfig(name=model, max_tokens=15),)
    if least == 1:
        check_configuration(config_of(None, models=small), FREE, KEYS)
        return
    message = trouble(config_of(None, models=small), ConfigError)
    assert message == f"model {model}: max_tokens = 15, and its server takes no fewer than 16: set 16 or more"
    assert "openai/other: max_tokens = 15" in trouble(
        config_of(None, "anthropic/claude-sonnet-5", analysis="openai/other", max_tokens=15), ConfigError
    )


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (BudgetConfig(usd=0.0001), "budget.usd = 0.0001 allows no call at all"),
        (BudgetConfig(usd=0.0), "raise budget.usd, or lower llm.max_tokens"),
        (BudgetConfig(tokens=8192), "the shortest question for a program can take 8704"),
        (BudgetConfig(call_s=10.0), "raise budget.call_s, or lower llm.timeout_s"),
        (BudgetConfig(purposes={"mutation": SpendingLimits(usd=0.0001)}), "budget.purposes.mutation.usd = 0.0001"),
    ],
)
def test_a_limit_that_allows_no_call_at_all_is_told(llm_server: LlmServer, budget: BudgetConfig, said: str) -> None:
    message = trouble(config_of(llm_server, "openai/gpt-6-luna", "openai/gpt-6-sol"), ConfigError, budget=budget)
    assert said in message
    assert llm_server.asked == []


def test_one_model_that_can_be_asked_is_enough(llm_server: LlmServer) -> None:
    config = config_of(llm_server, "openai/gpt-6-luna", "openai/gpt-6-astra")
    preflight(config, BudgetConfig(usd=0.01, purposes={"insight": SpendingLimits(usd=0.0001)}), KEYS)


def test_letters_of_a_key_that_make_a_word_by_chance_are_no_placeholder(llm_server: LlmServer) -> None:
    keys = {"OPENAI_API_KEY": "sk-proj-7Qm2yOUrX3v9TzExAmPlS"}
    preflight(config_of(llm_server, "openai/gpt-6-luna"), BudgetConfig(), keys)


def test_a_model_without_a_price_needs_one_or_no_budget_in_dollars(llm_server: LlmServer) -> None:
    config = config_of(llm_server, "openai/gpt-of-tomorrow")
    message = trouble(config, ConfigError, budget=BudgetConfig())
    assert [
        part
        for part in ["openai/gpt-of-tomorrow", "budget.usd = 5", "llm.prices=", "budget.usd=null"]
        if part not in message
    ] == []
    assert llm_server.asked == []
    preflight(config, FREE, KEYS)
    priced = config.model_copy(update={"prices": {"openai/gpt-of-tomorrow": PriceConfig(input=1.0, output=2.0)}})
    preflight(priced, BudgetConfig(), KEYS)


@pytest.mark.parametrize(
    ("name", "said"),
    [("opnai/gpt-6-luna", "did you mean openai?"), ("mine/model", "llm.providers={NAME: {base_url: ADDRESS}}")],
)
def test_a_provider_that_there_is_not_is_told(name: str, said: str) -> None:
    assert said in trouble(config_of(None, name), ConfigError)


@pytest.mark.parametrize(
    ("name", "variable", "address"),
    [
        ("azure/gpt-6-sol", "AZURE_OPENAI_BASE_URL", ""),
        ("compatible/m", "COMPATIBLE_BASE_URL", ""),
        ("vllm/m", "VLLM_BASE_URL", "https://me:secret@host/v1"),
        ("vllm/m", "VLLM_BASE_URL", "localhost:8000"),
    ],
)
def test_an_address_that_cannot_be_one_is_told_and_its_password_not_shown(
    name: str, variable: str, address: str
) -> None:
    message = trouble(config_of(None, name), EnvironmentFault, AZURE_OPENAI_API_KEY=KEY, **{variable: address})
    assert variable in message
    assert "secret" not in message


def test_every_model_that_could_be_asked_is_one_of_them() -> None:
    config = config_of(None, "a/b", "a/c", analysis="a/d")
    assert configured_models(config) == ("a/b", "a/c", "a/d")
    assert configured_models(config.model_copy(update={"analysis": "a/b"})) == ("a/b", "a/c")


def by(embedding: str, **changes: Any) -> NoveltyConfig:
    return NoveltyConfig(embedding=embedding, **changes)


def test_the_embedding_model_is_asked_for_one_embedding(llm_server: LlmServer) -> None:
    config = config_of(llm_server, "anthropic/claude-sonnet-5")
    preflight(config, BudgetConfig(), KEYS, novelty=by("openai/text-embedding-3-small", embedding_dimensions=8))
    assert [each.body["model"] for each in llm_server.asked] == ["claude-sonnet-5"]
    (embedded,) = llm_server.embedded
    assert (embedded.body["model"], embedded.body["dimensions"]) == ("text-embedding-3-small", 8)
    preflight(LlmConfig(), BudgetConfig(), {}, novelty=by("openai/text-embedding-3-small"))
    assert len(llm_server.embedded) == 1, "nothing is asked where no model proposes programs"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Status(401, f"Incorrect API key provided: {KEY}"), ["401", "[key]", "check the key"]),
        (
            Status(404, "The model `embed-9` does not exist", "", "model_not_found"),
            ["does not exist", "novelty.embedding"],
        ),
        (Status(429, "slow down"), ["try again later"]),
        (Status(500, "oops"), ["oops", "try again later"]),
        (Raw(b"<html>Sign in</html>", "text/html"), ["text/html", "address"]),
        (Vector((0.0, 0.0)), ["all zero"]),
        (Vector((1.0, 0.0)), ["gives 2 numbers", "novelty.embedding_dimensions = 8"]),
    ],
)
def test_what_the_provider_of_embeddings_answers_is_told_with_the_remedy(
    llm_server: LlmServer, reply: Any, said: list[str]
) -> None:
    llm_server.embed(reply)
    config = config_of(llm_server, "anthropic/claude-sonnet-5")
    novelty = by("openai/text-embedding-3-small", embedding_dimensions=8)
    message = trouble(config, EnvironmentFault, novelty=novelty)
    assert [part for part in ["openai/text-embedding-3-small", *said] if part not in message] == []
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("name", ["anthropic", "deepseek", "mine"])
def test_a_provider_that_gives_no_embeddings_is_told_and_who_does(llm_server: LlmServer, name: str) -> None:
    config = config_of(llm_server, "openai/gpt-6-luna")
    own = {"mine": ProviderConfig(protocol="anthropic", base_url="http://127.0.0.1:9")}
    config = config.model_copy(update={"providers": {**config.providers, **own}})
    message = trouble(config, ConfigError, novelty=by(f"{name}/some-embedding"))
    assert f"{name} gives no embeddings" in message
    assert "openai, openai_chat, gemini, openrouter" in message
    assert f"{name}," not in message
    assert llm_server.asked == []


def test_an_embedding_model_needs_a_provider_a_key_and_a_price(llm_server: LlmServer) -> None:
    config = config_of(llm_server, "anthropic/claude-sonnet-5")
    assert "did you mean openai?" in trouble(config, ConfigError, novelty=by("opnai/embed"))
    missing = trouble(config, EnvironmentFault, novelty=by("openai/embed"), OPENAI_API_KEY="")
    assert "OPENAI_API_KEY is not set" in missing
    message = trouble(config, ConfigError, novelty=by("openai/embed-9"), budget=BudgetConfig())
    assert [part for part in ["openai/embed-9", "budget.usd = 5", "output: 0"] if part not in message] == []
    assert llm_server.embedded == llm_server.asked == []
    preflight(config, FREE, KEYS, novelty=by("openai/embed-9"))
