"""Problems whose programs are built and run on cases, for tests with real compilers."""

import asyncio
import contextlib
from collections.abc import Generator, Mapping
from pathlib import Path

from genesis.check import ProblemReport, check_problem
from genesis.config.load import load
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Job, Outcome
from genesis.problem import ProblemSpec, load_problem
from genesis.problem_setup import evaluation_plan, problem_setup
from genesis.program import Source
from tests.problem.directory import write_problem

ADD_C = """\
#include <stdio.h>
int main(void) {
    long a, b;
    if (scanf("%ld %ld", &a, &b) != 2) return 3;
    printf("%ld\\n", a + b);
    return 0;
}
"""
ADD_RUST = """\
use std::io::Read;
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    println!("{}", text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum::<i64>());
}
"""
METRICS = """\
solved:
  description: share of cases answered right
  higher_is_better: true
  is_primary: true
  lower_bound: 0
  upper_bound: 1
"""
VALIDATE = """\
def validate(results):
    return {"solved": sum(result.correct for result in results) / len(results), "cases": len(results)}
"""
FILES: Mapping[str, str | None] = {
    "metrics.yaml": METRICS,
    "validate.py": VALIDATE,
    "problem.yaml": "language: c\n",
    "cases/one.in": "1 2\n",
    "cases/one.out": "3\n",
    "cases/two.in": "40 2\n",
    "cases/two.out": "42\n",
    "initial_programs/one.py": None,
    "initial_programs/two.py": None,
    "initial_programs/add.c": ADD_C,
}


def write_cases_problem(parent: Path, changes: Mapping[str, str | bytes | None] | None = None) -> ProblemSpec:
    """A problem whose C programs add two numbers, with some files replaced, added or left out."""
    return load_problem(write_problem(parent, {**FILES, **(changes or {})}, name="adding"))


class Bench:
    """A started backend and the event loop that it lives in."""

    def __init__(self, runner: asyncio.Runner, backend: LocalBackend, entry: str) -> None:
        self.runner = runner
        self.backend = backend
        self.entry = entry

    def evaluate(self, text: str) -> Outcome:
        """The outcome of a program of one file."""
        return self.evaluate_source(Source.single(text, self.entry))

    def evaluate_source(self, source: Source) -> Outcome:
        """The outcome of a program."""
        return self.evaluate_all([source])[0]

    def evaluate_all(self, sources: list[Source]) -> list[Outcome]:
        """Outcomes of programs that are all submitted at once."""

        async def run() -> list[Outcome]:
            return await asyncio.gather(*(self.backend.evaluate(Job("p", source)) for source in sources))

        return self.runner.run(run())

    def check(self, source: Source) -> str:
        """What a build says against a program."""
        return self.runner.run(self.backend.build_check(source))


def backend_for(spec: ProblemSpec, *, cache: bool = False, may_skip: bool = False, **overrides: object) -> LocalBackend:
    """A backend as a run would have it."""
    config = load((), spec.config_defaults(), values={f"evaluation.{key}": value for key, value in overrides.items()})
    return LocalBackend(
        problem_setup(spec, config),
        plan=evaluation_plan(spec, config),
        workers=config.evaluation.workers,
        sandbox=config.evaluation.sandbox,
        cache_entries=100 if cache else 0,
        may_skip=may_skip,
    )


@contextlib.contextmanager
def started(spec: ProblemSpec, *, cache: bool = False, **overrides: object) -> Generator[Bench]:
    """Such a backend for the length of a block."""
    with asyncio.Runner() as runner:
        backend = backend_for(spec, cache=cache, **{"workers": 2, **overrides})
        try:
            runner.run(backend.start())
            yield Bench(runner, backend, spec.seeds[0].source.entry)
        finally:
            runner.run(backend.aclose())


def checked(spec: ProblemSpec) -> ProblemReport:
    """What ``genesis problem check`` finds."""
    return asyncio.run(check_problem(spec, backend_for(spec, may_skip=True)))
