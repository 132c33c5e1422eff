"""What builds and cases cost: ``python -m benchmarks.builds``.

For a Rust and a C program, in one run: a build by the bare compiler, the first evaluation, the same program again (no
compiler is started: the benchmark counts), the same in a process that starts afresh; one case of a program that does
nothing, against starting it bare; and how far apart two measurements of one program's speed lie.
"""

import argparse
import asyncio
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import describe, row
from genesis.evaluation.backend.local import LocalBackend
from genesis.evaluation.job import Comparison, Evaluated, Job, Limits, ProblemSetup
from genesis.evaluation.plan import Plan
from genesis.problem.cases import CasesDeclaration
from genesis.problem.stages import default_stages
from genesis.program import Source

RUST = """\
use std::io::Read;
fn main() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    println!("{}", text.split_whitespace().map(|word| word.parse::<i64>().unwrap()).sum::<i64>());
}
"""
C = '#include <stdio.h>\nint main(void) { long a, t = 0; while (scanf("%ld", &a) == 1) t += a; printf("%ld\\n", t); }\n'
VALIDATE = "def validate(results):\n    return {'fitness': results[0].correct, 'ms': results[0].wall_s * 1000}\n"
PROGRAMS = {"rust": ("rustc", "program.rs", RUST), "c": ("gcc", "program.c", C)}


def problem(directory: Path, language: str, repeats: int, reference: str, source: Source) -> LocalBackend:
    (directory / "cases").mkdir(exist_ok=True)
    (directory / "validate.py").write_text(VALIDATE)
    (directory / "cases" / "one.in").write_text("1 2 3\n")
    (directory / "cases" / "one.out").write_text("6\n")
    setup = ProblemSetup(
        "builds", str(directory), "d", ("fitness",), language=language, cases=Comparison(), limits=Limits(wall_s=30.0)
    )
    plan = Plan(
        stages=default_stages(command=True, builds=True, checks=False),
        cases=CasesDeclaration(repeats=repeats, warmup=1, reference=reference),
        seeds={"one": source},
        build_cache=directory / "cache",
    )
    return LocalBackend(setup, plan=plan, workers=1, cache_entries=0)


def bare_build_s(compiler: str, path: str, text: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path).write_text(text)
        optimised = ["-C", "opt-level=3"] if compiler == "rustc" else ["-O3"]
        began = time.perf_counter()
        subprocess.run([compiler, *optimised, "-o", "program", path], cwd=folder, check=True, capture_output=True)
        return time.perf_counter() - began


def bare_runs_ms(compiler: str, path: str, text: str, count: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path).write_text(text)
        subprocess.run([compiler, "-o", "program", path], cwd=folder, check=True, capture_output=True)
        times: list[float] = []
        for _ in range(count):
            began = time.perf_counter()
            subprocess.run([f"{folder}/program"], input=b"1 2 3\n", check=True, capture_output=True)
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times)


def with_backend(backend: LocalBackend, use: Callable[[asyncio.Runner], None]) -> None:
    with asyncio.Runner() as runner:
        try:
            runner.run(backend.start())
            use(runner)
        finally:
            runner.run(backend.aclose())


def timed(runner: asyncio.Runner, backend: LocalBackend, source: Source) -> tuple[float, Evaluated]:
    began = time.perf_counter()
    outcome = runner.run(backend.evaluate(Job("p", source)))
    assert isinstance(outcome, Evaluated), outcome
    return time.perf_counter() - began, outcome


def measure(language: str, rounds: int) -> None:
    compiler, path, text = PROGRAMS[language]
    if shutil.which(compiler) is None:
        print(f"{language}: {compiler} is not installed")
        return
    source = Source.single(text, path)
    bare_s = statistics.median(bare_build_s(compiler, path, text) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        backend = problem(Path(folder), language, 1, "none", source)

        def first(runner: asyncio.Runner) -> None:
            first_s, outcome = timed(runner, backend, source)
            built_s = outcome.compiled.duration_s
            again_s = statistics.median(timed(runner, backend, source)[0] for _ in range(rounds))
            row(f"{language}: build in the sandbox over {compiler} alone", f"{built_s / bare_s:.2f}", "", met=True)
            row(f"{language}: first evaluation", f"{first_s * 1000:.0f} ms", "", met=True)
            row(f"{language}: the same again", f"{again_s * 1000:.1f} ms", "less", met=again_s < first_s)
            row(f"{language}: compiler starts", f"{backend.builds}", "1", met=backend.builds == 1)

        with_backend(backend, first)
        later = problem(Path(folder), language, 1, "none", source)
        with_backend(later, lambda runner: timed(runner, later, source) and None)
        row(f"{language}: compiler starts in a new process", f"{later.builds}", "0", met=later.builds == 0)
        paired = problem(Path(folder), language, 9, "one", source)

        def ratios(runner: asyncio.Runner) -> None:
            outcomes = [timed(runner, paired, source)[1] for _ in range(5)]
            found = [outcome.metrics["cases.speedup"] for outcome in outcomes]
            case_ms = statistics.median(outcome.metrics["ms"] for outcome in outcomes)
            bare_ms = bare_runs_ms(compiler, path, text, 50)
            row(f"{language}: one case over starting it bare", f"{case_ms / bare_ms:.2f}", "", met=True)
            spread = max(found) - min(found)
            row(
                f"{language}: a program's speed beside itself",
                f"{min(found):.2f} to {max(found):.2f}",
                "",
                met=spread < 1,
            )

        with_backend(paired, ratios)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    print(describe())
    for language in PROGRAMS:
        measure(language, asked.rounds)


if __name__ == "__main__":
    main()
