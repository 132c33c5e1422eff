"""Problems whose programs are built and run on cases, as tests see them: seeds built by their language's recipe."""

import functools
import runpy
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from genesis.language import BuildSettings, language_named
from genesis.program import Source
from tests.contracts.test_language import perform, prepare, succeed

PROBLEMS = Path(__file__).parents[2] / "problems"


@dataclass(frozen=True)
class Answer:
    """What ``validate`` is given of one case."""

    name: str
    input: str
    expected: str | None
    stdout: str
    stderr: str = ""
    exit_code: int = 0
    speedup: float | None = 1.0

    @property
    def correct(self) -> bool:
        return self.exit_code == 0 and (self.expected is None or self.stdout.split() == self.expected.split())


@dataclass(frozen=True)
class Compiled:
    """A problem with cases."""

    directory: Path
    language: str
    validate: Callable[[list[Answer]], dict[str, float]]
    module: dict[str, Any]
    cases: dict[str, dict[str, Any]]
    scratch: Path
    cache: Path

    def seeds(self) -> list[str]:
        suffixes = language_named(self.language).suffixes
        paths = sorted((self.directory / "initial_programs").iterdir())
        return [path.name for path in paths if path.name.endswith(suffixes)]

    def text(self, seed: str) -> str:
        return (self.directory / "initial_programs" / seed).read_text(encoding="utf-8")

    def answers(self, text: str, names: Iterable[str]) -> list[Answer]:
        """What a program writes for the cases of these names; built once for each text."""
        run, directory = self.build(text)
        return [self._answer(name, run, directory) for name in names]

    def build(self, text: str):
        key = f"{self.language}-{abs(hash(text))}"
        directory = self.scratch / key
        source = Source.single(text, language_named(self.language).entry)
        if directory.exists():
            return language_named(self.language).recipe(source, self.settings()).run, directory
        directory.mkdir()
        recipe = prepare(self.language, source, directory, self.settings())
        succeed(recipe.build, directory, self.cache)
        return recipe.run, directory

    def settings(self) -> BuildSettings:
        written = yaml.safe_load((self.directory / "problem.yaml").read_text()).get("build", {})
        return BuildSettings(tuple(written.get("flags", ())), written.get("compiler", ""), written.get("defines", {}))

    def cases_module(self) -> dict[str, Any]:
        return runpy.run_path(str(self.directory / "cases.py"))

    def edges(self) -> list[str]:
        return [name for name in self.cases if name.startswith("edge-")]

    def timed(self) -> list[str]:
        return [name for name in self.cases if name.startswith("speed-")]

    def _answer(self, name: str, run, directory: Path) -> Answer:
        case = self.cases[name]
        given = case["input"] if isinstance(case["input"], str) else case["input"].decode()
        done = perform(run, directory, self.cache, given)
        return Answer(name, given, case.get("expected"), done.stdout, done.stderr, done.returncode)


@functools.cache
def load(name: str, scratch: Path, cache: Path) -> Compiled:
    """The problem of that name, its validator and cases."""
    directory = PROBLEMS / name
    module = runpy.run_path(str(directory / "validate.py"))
    cases = list(runpy.run_path(str(directory / "cases.py"))["generate"]())
    by_name = {case["name"]: case for case in cases}
    assert len(by_name) == len(cases)
    language = yaml.safe_load((directory / "problem.yaml").read_text())["language"]
    return Compiled(directory, language, module["validate"], module, by_name, scratch, cache)


def changed(text: str, old: str, new: str) -> str:
    """The text with one thing replaced that must be there."""
    assert old in text
    return text.replace(old, new)


def declared(problem: Compiled) -> set[str]:
    return set(yaml.safe_load((problem.directory / "metrics.yaml").read_text())["specs"])


def check_seed(problem: Compiled, seed: str) -> None:
    """An initial program answers every case right, and the validator scores it by its speed."""
    answers = problem.answers(problem.text(seed), problem.cases)
    assert [answer.name for answer in answers if not answer.correct] == []
    timed = [answer for answer in answers if answer.name in problem.timed()]
    check_refusals(problem, timed)
    check_speeds(problem, timed)


def check_refusals(problem: Compiled, answers: list[Answer]) -> None:
    """What every validator of this kind refuses: an exit code, no output, and a run that was not timed."""
    assert set(problem.validate(answers)) == declared(problem)
    first = answers[0]
    for wrong, says in (
        (replace(first, exit_code=7), "exit code 7"),
        (replace(first, stdout=""), first.name),
        (replace(first, stdout="surely not\n"), first.name),
        (replace(first, speedup=None), "was not timed beside the reference: set cases.reference to a seed"),
    ):
        with pytest.raises(ValueError, match=says):
            problem.validate([wrong, *answers[1:]])


def check_speeds(problem: Compiled, answers: list[Answer]) -> None:
    """The score is a geometric mean: twice as fast on one input and half as fast on another gains nothing."""
    even = problem.validate([replace(each, speedup=3.0) for each in answers])
    assert even["speedup"] == pytest.approx(3.0)
    mixed = [replace(each, speedup=speed) for each, speed in zip(answers, (2.0, 0.5, *[1.0] * 9), strict=False)]
    assert problem.validate(mixed)["speedup"] == pytest.approx(1.0)


def check_cases(problem: Compiled) -> None:
    """Cases are the same every time."""
    again = list(runpy.run_path(str(problem.directory / "cases.py"))["generate"]())
    assert again == list(problem.cases.values())
    assert len(problem.edges()) >= 6
    assert len(problem.timed()) >= 3
