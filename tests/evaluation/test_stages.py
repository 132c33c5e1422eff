"""Pipelines that problems declare: cascades, conditions, callables of the problem, mixed languages."""

from collections.abc import Generator
from pathlib import Path

import pytest

from genesis.evaluation.job import Evaluated, Failed, Outcome
from genesis.problem import load_problem
from genesis.program import Source
from tests.evaluation.commands import ADD_C, started, write_cases_problem
from tests.problem.directory import write_problem


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[None]:
    """Builds of tests are not kept where the user's are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def statuses(outcome: Outcome) -> dict[str, str]:
    return {stage.name: stage.status for stage in outcome.stages}


CASCADE = """\
language: c
stages:
  - name: build
  - {name: smoke, kind: cases, cases: ["o*"], stop_unless: {metric: smoke.correct, at_least: 1}}
  - {name: cases, after: [smoke]}
  - {name: validate, inputs: [cases]}
  - {name: complexity, inputs: [files]}
"""


def test_a_cheap_stage_decides_whether_the_dear_ones_run(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path, {"problem.yaml": CASCADE})
    with started(spec) as bench:
        good, bad = bench.evaluate(ADD_C), bench.evaluate(ADD_C.replace("a + b", "42"))
    assert isinstance(good, Evaluated), good
    assert good.is_valid
    assert good.metrics["cases"] == 2.0
    assert isinstance(bad, Evaluated), bad
    assert not bad.is_valid
    assert bad.metrics["smoke.correct"] == 0.0
    assert "solved" not in bad.metrics, "half a score is no score"
    assert "smoke.correct is 0, and smoke.correct >= 1 is needed" in bad.feedback
    assert statuses(bad) == {
        "build": "ok", "smoke": "ok", "cases": "skipped", "validate": "skipped", "complexity": "ok"
    }  # fmt: skip


CALLS = """\
stages:
  - name: syntax
  - name: run
  - {name: shape, call: "stages.py:shape", inputs: [files]}
  - {name: size, call: "stages.py:size", inputs: [run]}
  - {name: both, call: "stages.py:both", inputs: [shape, size]}
  - {name: rare, call: "stages.py:size", inputs: [run], when: {metric: size.value, at_least: 100}, after: [size]}
  - {name: validate, inputs: [run], after: [rare]}
  - {name: after, call: "stages.py:after", inputs: [validate]}
"""
STAGES = """\
def shape(files):
    return {"files": len(files), "text": "main", "big": float("inf")}

def size(output):
    return output

def both(shape, size):
    return shape["files"] * 10 + size

def after(metrics):
    return {"twice": metrics["score"] * 2}
"""


def write_calls(parent: Path, changes: dict[str, str] | None = None) -> object:
    return load_problem(write_problem(parent, {"problem.yaml": CALLS, "stages.py": STAGES, **(changes or {})}))


def test_callables_of_the_problem_get_data_and_give_metrics(tmp_path: Path) -> None:
    with started(write_calls(tmp_path)) as bench:
        outcome = bench.evaluate("def entrypoint():\n    return 3\n")
        large = bench.evaluate("def entrypoint():\n    return 300\n")
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.is_valid
    assert outcome.metrics == {
        "shape.files": 1.0, "size.value": 3.0, "both.value": 13.0, "score": 3.0, "size": 1.0, "after.twice": 6.0
    }  # fmt: skip
    assert statuses(outcome)["rare"] == "skipped"
    assert statuses(outcome)["validate"] == "ok", "a condition holds up only what takes the data"
    assert isinstance(large, Evaluated)
    assert large.metrics["rare.value"] == 300.0


def test_a_callable_that_fails_or_hangs_is_the_authors_fault(tmp_path: Path) -> None:
    broken = (
        "import time\ndef shape(files):\n    if 'hang' in files['program.py']:\n        time.sleep(600)\n    1 / 0\n"
    )
    stages = """\
stages:
  - {name: shape, call: "stages.py:shape", inputs: [files], wall_s: 5.0}
  - name: syntax
  - name: run
  - name: validate
"""
    with started(write_calls(tmp_path, {"stages.py": broken, "problem.yaml": stages})) as bench:
        failing = bench.evaluate("def entrypoint():\n    return 3\n")
        hanging = bench.evaluate("def entrypoint():\n    return 'hang'\n")
    for outcome, said in ((failing, "ZeroDivisionError"), (hanging, "wall_s of the stage")):
        assert isinstance(outcome, Failed), outcome
        assert (outcome.reason, outcome.stage) == ("validator_error", "shape")
        assert said in outcome.message


def test_stages_that_do_not_wait_for_each_other_overlap(tmp_path: Path) -> None:
    """Each of two callables waits for the file that the other one makes."""
    meet = """\
import time
def meet(own, other):
    open(own, "w").close()
    for _ in range(2000):
        try:
            open(other).close()
            return 1
        except OSError:
            time.sleep(0.01)
    return 0
def left(files):
    return meet("PLACE/first", "PLACE/second")
def right(files):
    return meet("PLACE/second", "PLACE/first")
""".replace("PLACE", str(tmp_path))
    stages = """\
stages:
  - {name: left, call: "stages.py:left", inputs: [files]}
  - {name: right, call: "stages.py:right", inputs: [files]}
  - name: syntax
  - name: run
  - name: validate
"""
    with started(write_calls(tmp_path, {"stages.py": meet, "problem.yaml": stages}), sandbox="plain") as bench:
        outcome = bench.evaluate("def entrypoint():\n    return 3\n")
    assert isinstance(outcome, Evaluated), outcome
    assert (outcome.metrics["left.value"], outcome.metrics["right.value"]) == (1.0, 1.0)


KERNEL_C = """\
/* The part that is compiled. */
// EVOLVE-BLOCK-START
double scale(double x) { return 3.0 * x; }
// EVOLVE-BLOCK-END
"""
MIXED_PYTHON = """\
import ctypes

# EVOLVE-BLOCK-START
X = 2.0
# EVOLVE-BLOCK-END


def entrypoint():
    kernel = ctypes.CDLL("./libkernel.so")
    kernel.scale.restype = ctypes.c_double
    kernel.scale.argtypes = [ctypes.c_double]
    return kernel.scale(X)
"""
MIXED = {
    "problem.yaml": """\
build:
  parts:
    - {language: c, entry: kernel.c, flags: [-shared, -fPIC], artifacts: [libkernel.so]}
""",
    "initial_programs/one.py": None,
    "initial_programs/two.py": None,
    "initial_programs/both/program.py": MIXED_PYTHON,
    "initial_programs/both/kernel.c": KERNEL_C,
}


@pytest.mark.parametrize("kind", ["namespaces", "landlock"])
def test_python_calls_what_was_compiled_beside_it(tmp_path: Path, kind: str) -> None:
    spec = load_problem(write_problem(tmp_path, MIXED))
    assert [seed.name for seed in spec.seeds] == ["both"]
    assert [stage.name for stage in spec.stages] == ["syntax", "build", "run", "validate", "complexity"]
    (seed,) = spec.seeds
    with started(spec, sandbox=kind) as bench:
        outcome = bench.evaluate_source(seed.source)
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["score"] == 6.0
        assert outcome.compiled.artifact_bytes is not None
        other = bench.evaluate_source(seed.source.with_file("kernel.c", KERNEL_C.replace("3.0", "4.0")))
        assert isinstance(other, Evaluated)
        assert other.metrics["score"] == 8.0
        broken = bench.evaluate_source(seed.source.with_file("kernel.c", KERNEL_C.replace("x;", "y;")))
        assert isinstance(broken, Failed)
        assert (broken.reason, broken.stage) == ("build_failed", "build")
        assert broken.message.startswith("kernel.c:3:")
        unparsed = bench.evaluate_source(seed.source.with_file("program.py", "def entrypoint(:\n"))
        assert isinstance(unparsed, Failed)
        assert (unparsed.reason, unparsed.stage) == ("syntax_error", "syntax")
        assert "program.py" in unparsed.message


MODULE_C = """\
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyFloat_FromDouble(7.0); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef fast = {PyModuleDef_HEAD_INIT, "fast", "", -1, methods, 0, 0, 0, 0};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&fast); }
"""
EXTENSION = {
    "problem.yaml": """\
build:
  parts:
    - commands: [[gcc, -O2, -shared, -fPIC, "-I{python_include}", fast.c, -o, "fast{extension_suffix}"]]
      artifacts: ["fast{extension_suffix}"]
""",
    "initial_programs/one.py": None,
    "initial_programs/two.py": None,
    "initial_programs/ext/program.py": "import fast\ndef entrypoint():\n    return fast.answer()\n",
    "initial_programs/ext/fast.c": MODULE_C,
}


def test_an_extension_module_is_built_by_commands(tmp_path: Path) -> None:
    spec = load_problem(write_problem(tmp_path, EXTENSION))
    with started(spec) as bench:
        outcome = bench.evaluate_source(spec.seeds[0].source)
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["score"] == 7.0


def test_what_went_well_is_not_run_again_when_the_validator_was_at_fault(tmp_path: Path) -> None:
    hanging = (
        "import os, time\ndef validate(output):\n    while not os.path.exists(os.path.dirname(__file__) + '/ready'):\n"
        "        time.sleep(0.01)\n    return {'score': output, 'size': 1}\n"
    )
    spec = load_problem(write_problem(tmp_path, {"validate.py": hanging}))
    source = Source.single("import os\ndef entrypoint():\n    return os.stat('.').st_ctime_ns % 1000\n", "program.py")
    with started(spec, cache=True, validate_wall_s=5.0) as bench:
        first = bench.evaluate_source(source)
        (spec.directory / "ready").touch()
        second = bench.evaluate_source(source)
        third = bench.evaluate_source(source)
    assert isinstance(first, Failed), first
    assert (first.reason, first.stage) == ("validator_error", "validate")
    assert isinstance(second, Evaluated), second
    assert [(stage.name, stage.cached) for stage in second.stages] == [
        ("syntax", True), ("run", True), ("validate", False), ("complexity", False)
    ]  # fmt: skip
    assert isinstance(third, Evaluated)
    assert third.metrics == second.metrics
    assert all(stage.cached for stage in third.stages)


def test_equal_programs_at_the_same_time_are_one_evaluation(tmp_path: Path) -> None:
    spec = load_problem(write_problem(tmp_path))
    with started(spec, cache=True, workers=2) as bench:
        source = Source.single("import time\ntime.sleep(0.2)\ndef entrypoint():\n    return 1\n", "program.py")
        outcomes = bench.evaluate_all([source] * 4)
    assert all(isinstance(outcome, Evaluated) for outcome in outcomes)
    assert sum(not outcome.stages[0].cached for outcome in outcomes) == 1
