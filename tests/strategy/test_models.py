"""Choosing models, prompts, inspirations and what is worth learning."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.strategy.bandit import Arm, ModelChoice, chances, choose_arm
from genesis.strategy.inspirations import compared_with, inspirations
from genesis.strategy.learning import ancestors_first, may_analyse, prompt_chances, worth_an_insight
from projections.archive import Elite, Island
from projections.lessons import Lesson, Outcome
from projections.prompts import PromptRecord

POLICIES: tuple[ModelChoice, ...] = ("weighted", "round_robin", "per_island", "ucb", "thompson", "cost_aware")


def chosen(policy: ModelChoice, *arms: Arm, number: int = 0, seed: int = 0) -> dict[str, float]:
    return chances(policy, arms, number=number, generator=random.Random(seed))


@given(
    st.sampled_from(POLICIES),
    st.lists(
        st.builds(
            lambda tries, good, opened, cost, weight: (tries, tries * good, opened, cost, weight),
            st.integers(0, 200),
            st.floats(0, 1),
            st.integers(0, 20),
            st.none() | st.floats(0, 10),
            st.floats(0, 1),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 1000),
)
def test_every_policy_gives_probabilities(policy: ModelChoice, drawn: list[tuple], number: int) -> None:
    arms = [
        Arm(name=f"m/{place}", tries=tries, reward=reward, open=opened, cost_usd=cost, weight=weight)
        for place, (tries, reward, opened, cost, weight) in enumerate(drawn)
    ]
    found = chosen(policy, *arms, number=number, seed=number)
    assert list(found) == [arm.name for arm in arms]
    assert sum(found.values()) == pytest.approx(1)
    assert all(0 <= value <= 1 for value in found.values())
    assert found == chosen(policy, *arms, number=number, seed=number), "the same state gives the same probabilities"
    assert choose_arm(found, random.Random(1)) in found


def test_weights_are_shares() -> None:
    arms = (Arm(name="a/a", weight=0.2), Arm(name="b/b", weight=0.8))
    assert chosen("weighted", *arms) == {"a/a": pytest.approx(0.2), "b/b": pytest.approx(0.8)}


def test_round_robin_takes_turns() -> None:
    arms = (Arm(name="a/a"), Arm(name="b/b"), Arm(name="c/c"))
    turns = [
        max(found, key=found.__getitem__)
        for number in range(6)
        if (found := chosen("round_robin", *arms, number=number))
    ]
    assert turns == ["a/a", "b/b", "c/c"] * 2


def simulate(
    policy: ModelChoice, odds: dict[str, float], costs: dict[str, float], tries: int = 600, *, seed: int = 3
) -> dict[str, int]:
    """How often each arm is asked when its mutations succeed with fixed odds, eight of them under way at a time."""
    dice = random.Random(seed)
    count = dict.fromkeys(odds, 0)
    reward = dict.fromkeys(odds, 0.0)
    waiting: list[str] = []
    for number in range(tries):
        arms = [
            Arm(
                name=name,
                tries=count[name] - waiting.count(name),
                open=waiting.count(name),
                reward=reward[name],
                cost_usd=costs[name] if count[name] else None,
            )
            for name in odds
        ]
        name = choose_arm(chances(policy, arms, number=number, generator=dice), dice)
        count[name] += 1
        waiting.append(name)
        if len(waiting) > 8:
            done = waiting.pop(0)
            reward[done] += dice.random() < odds[done]
    return count


@pytest.mark.parametrize("policy", ["ucb", "thompson"])
def test_bandits_come_to_prefer_the_better_model_and_keep_trying_the_others(policy: ModelChoice) -> None:
    count = simulate(
        policy, {"good/g": 0.4, "fair/f": 0.2, "poor/p": 0.05}, dict.fromkeys(("good/g", "fair/f", "poor/p"), 1.0)
    )
    assert count["good/g"] > 2 * count["fair/f"] > 2 * count["poor/p"] / 2
    assert count["good/g"] > 300
    assert min(count.values()) >= 5


def test_cost_aware_prefers_gain_for_a_dollar() -> None:
    odds, costs = {"dear/d": 0.3, "cheap/c": 0.2}, {"dear/d": 0.10, "cheap/c": 0.01}
    count = simulate("cost_aware", odds, costs)
    assert count["cheap/c"] > 5 * count["dear/d"]
    assert simulate("ucb", odds, costs)["dear/d"] > 300, "which is not the better one for a try"


GOOD, USELESS, DEAR = "good/g", "useless/u", "dear/d"


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("cheapness", [1, 20, 500, 10**5])
def test_cost_aware_lets_go_of_a_model_that_gains_nothing_however_cheap_it_is(seed: int, cheapness: int) -> None:
    odds = {USELESS: 0.0, GOOD: 0.3, DEAR: 0.35}
    costs = {USELESS: 0.01 / cheapness, GOOD: 0.01, DEAR: 0.2}
    count = simulate("cost_aware", odds, costs, seed=seed)
    assert count[GOOD] > 480
    assert count[USELESS] < 60
    assert 1 <= count[DEAR] < 30
    later = simulate("cost_aware", odds, costs, tries=1200, seed=seed)
    assert later[USELESS] < 1.5 * count[USELESS], "exploration dies out"


@pytest.mark.parametrize("seed", range(20))
def test_cost_aware_pays_for_the_dear_model_when_it_is_the_only_one_that_gains(seed: int) -> None:
    odds, costs = {USELESS: 0.0, DEAR: 0.1}, {USELESS: 0.0001, DEAR: 0.2}
    assert simulate("cost_aware", odds, costs, seed=seed)[DEAR] > 450


def test_cost_aware_finds_the_best_value_among_models_that_gain_seldom() -> None:
    odds = {USELESS: 0.0, GOOD: 0.05, DEAR: 0.1}
    costs = {USELESS: 0.0005, GOOD: 0.01, DEAR: 0.2}
    counts = [simulate("cost_aware", odds, costs, tries=1500, seed=seed)[GOOD] for seed in range(20)]
    assert sum(count > 1000 for count in counts) >= 15, "with a few, luck misleads for a while"
    assert min(counts) > 100, "and nobody is given up for good"


def test_cost_aware_asks_all_alike_while_nobody_gains() -> None:
    arms = (Arm(name=USELESS, tries=200, cost_usd=1e-5), Arm(name=DEAR, tries=200, cost_usd=0.2))
    assert chosen("cost_aware", *arms, number=400) == {USELESS: 0.5, DEAR: 0.5}


def test_tries_that_no_longer_count_are_not_made_again() -> None:
    known, good = Arm(name=USELESS, tries=5, earlier=195), Arm(name=GOOD, tries=5, reward=2.0, earlier=195)
    known, good = (replace(arm, cost_usd=cost) for arm, cost in ((known, 1e-6), (good, 0.1)))
    assert chosen("cost_aware", known, good, number=400) == {USELESS: 0.0, GOOD: 1.0}


def test_what_is_under_way_counts_as_tried() -> None:
    fresh, busy = Arm(name="a/a", tries=10, reward=2.0), Arm(name="b/b", tries=10, reward=2.0, open=16)
    assert chosen("ucb", fresh, busy) == {"a/a": 1.0, "b/b": 0.0}


def island(*programs: str) -> Island:
    made = Island()
    for place, program in enumerate(programs):
        made.add(Elite(float(place), program, str(place)))
    return made


@given(st.integers(0, 10**6), st.integers(0, 6))
def test_inspirations_are_other_programs_best_first(seed: int, count: int) -> None:
    islands = {0: island("p1", "p2", "p3", "p4", "p5", "p6"), 1: island("q1", "q2")}
    found = inspirations(islands, home=0, count=count, without={"p1"}, generator=random.Random(seed))
    assert len(found) == min(count, 6) if count < 6 else len(found) >= 5
    assert len(set(found)) == len(found)
    assert "p1" not in found
    if count >= 2:
        assert any(each.startswith("q") for each in found), "another island has its word"


def test_an_empty_archive_inspires_nothing() -> None:
    assert inspirations({}, home=0, count=3, without=(), generator=random.Random(1)) == ()


def test_new_programs_are_held_against_the_best_kept_ones() -> None:
    assert compared_with(island("p1", "p2", "p3", "p4"), count=2, without={"p2"}) == ("p1", "p3")


def outcome(program: str, **changes: object) -> Outcome:
    usual = {"model": "m/m", "gain": 0.1, "percentile": 0.6, "parent_percentile": 0.5, "best": False}
    return Outcome(program=program, **{**usual, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"archived": True}, "archived"),
        ({"best": True, "model": None}, "best"),
        ({"percentile": 0.05}, "surprising"),
        ({"percentile": 0.05, "parent_percentile": 0.2}, None),
        ({"percentile": 0.05, "model": None}, None),
        ({"archived": True, "model": None}, None),
        ({"best": True, "gain": None}, None),
        ({}, None),
    ],
)
def test_what_is_worth_an_insight(changes: dict[str, object], why: str | None) -> None:
    found = worth_an_insight([outcome("p1", archived=True), outcome("p2"), outcome("p3", **changes)])
    assert found is not None
    assert (found[0].program, found[1]) == (("p3", why) if why else ("p1", "archived")), "the latest one"
    assert worth_an_insight([]) is None


@given(st.floats(0, 0.9), st.integers(0, 500))
def test_analysis_never_passes_its_share(share: float, calls: int) -> None:
    analysis = 0
    for total in range(calls):
        if may_analyse(analysis=analysis, calls=total, share=share):
            analysis += 1
        assert analysis <= share * (total + 1)


def test_lessons_of_the_lineage_come_first() -> None:
    latest = [Lesson(f"a{number}", None) for number in range(5)]
    assert ancestors_first(latest, [Lesson("a9", "p1"), Lesson("a3", "p2")], 4) == ("a9", "a3", "a4", "a2")


def test_new_prompts_are_tried_and_better_ones_kept() -> None:
    old, new = PromptRecord("packaged", tries=20, total=12.0), PromptRecord("prompt-1")
    assert prompt_chances([old, new]) == {"packaged": 0.0, "prompt-1": 1.0}
    worse = PromptRecord("prompt-1", tries=20, total=2.0)
    assert prompt_chances([old, worse]) == {"packaged": 1.0, "prompt-1": 0.0}
