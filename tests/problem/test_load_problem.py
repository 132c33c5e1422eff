"""Reading problem directories: right ones whole, wrong ones refused where they are wrong."""

import os
import sys
from pathlib import Path

import pytest

from genesis.config.load import load as load_config
from genesis.errors import UsageError
from genesis.evaluation.complexity import measure
from genesis.problem import ProblemError, ProblemSpec, load_problem, shipped_problems
from genesis.problem.metrics import COMPLEXITY_METRICS
from genesis.problem_setup import evaluation_plan
from tests.problem.directory import FILES, METRICS, write_problem


def load(parent: Path, changes: dict[str, str | bytes | None] | None = None) -> ProblemSpec:
    return load_problem(write_problem(parent, changes))


def test_a_right_directory_is_read_whole(tmp_path: Path) -> None:
    spec = load(tmp_path)
    assert (spec.name, spec.directory, spec.description) == ("right", tmp_path / "right", "Return a number.\n")
    assert [metric.name for metric in spec.metrics] == ["score", "size"]
    assert spec.primary.name == "score"
    assert [(seed.name, seed.source.text) for seed in spec.seeds] == [
        ("one", FILES["initial_programs/one.py"]),
        ("two", FILES["initial_programs/two.py"]),
    ]
    assert (spec.language, spec.entrypoint, spec.helper, spec.has_context) == ("python", "entrypoint", None, False)
    assert (spec.limits.given(), spec.behavior, spec.target, spec.config_defaults()) == ({}, (), None, {"stop": {}})


def test_metrics_may_stand_without_the_wrapper(tmp_path: Path) -> None:
    bare = "\n".join(line[2:] for line in METRICS.splitlines()[1:])
    assert load(tmp_path, {"metrics.yaml": bare}).metrics == load_problem(write_problem(tmp_path, name="b")).metrics


def test_a_metric_may_be_called_specs(tmp_path: Path) -> None:
    text = "specs: {description: d, higher_is_better: true, is_primary: true, lower_bound: 0, upper_bound: 1}"
    assert load(tmp_path, {"metrics.yaml": text}).primary.name == "specs"


def test_settings_are_read(tmp_path: Path) -> None:
    settings = (
        "entrypoint: solve\ntarget: 1\nlimits: {wall_s: 2, memory_bytes: 1000000}\nstop: {evaluations: 9}\n"
        "behavior:\n  - {metric: size, lower: 0, upper: 1e1, bins: 5}\n"
        "  - {metric: complexity.numeric_literals, lower: 0, upper: 3, bins: 2}\n"
    )
    seed = "def solve():\n    return 1\n"
    changes = {"problem.yaml": settings, "initial_programs/one.py": seed, "initial_programs/two.py": seed}
    spec = load(tmp_path, dict(changes))
    assert (spec.entrypoint, spec.target) == ("solve", 1.0)
    assert spec.limits.given() == {"wall_s": 2.0, "memory_bytes": 1_000_000}
    assert [(axis.metric, axis.upper, axis.bins) for axis in spec.behavior] == [
        ("size", 10.0, 5),
        ("complexity.numeric_literals", 3.0, 2),
    ]
    assert spec.config_defaults() == {"stop": {"evaluations": 9, "fitness": 1.0}}


def test_an_empty_settings_file_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, {"problem.yaml": "# later\n"}).limits.given() == {}


def test_fitness_is_more_the_better(tmp_path: Path) -> None:
    lower = METRICS.replace("higher_is_better: true", "higher_is_better: false")
    assert load(tmp_path).fitness({"score": 0.25, "size": 3}) == 0.25
    assert load_problem(write_problem(tmp_path, {"metrics.yaml": lower}, name="low")).fitness({"score": 0.25}) == -0.25


def test_context_changes_what_functions_take(tmp_path: Path) -> None:
    seed = "def entrypoint(context):\n    return 1\n"
    spec = load(
        tmp_path,
        {
            "context.py": "def build_context():\n    return {}\n",
            "helper.py": "import numpy as np\n",
            "validate.py": "def validate(context, output):\n    return {}\n",
            "initial_programs/one.py": seed,
            "initial_programs/two.py": seed,
        },
    )
    assert spec.has_context
    assert spec.helper == "import numpy as np\n"


def test_no_code_of_a_problem_is_run(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    load(
        tmp_path,
        {
            "helper.py": trap + "import trapped\n",
            "trapped.py": trap,
            "validate.py": trap + FILES["validate.py"],
            "initial_programs/one.py": trap + "import helper, trapped\n" + FILES["initial_programs/one.py"],
        },
    )
    assert not (tmp_path / "ran").exists()
    assert "trapped" not in sys.modules


def test_installed_modules_are_found_without_importing_them(tmp_path: Path) -> None:
    seed = (
        "import numpy as np, local, not_installed.at_all\nfrom scipy import optimize, nothing\nfrom math import sqrt\n"
        "from helper import x\nfrom . import y\ntry:\n    import wave\nexcept ImportError:\n    pass\n"
    )
    before = set(sys.modules)
    changes = {"initial_programs/one.py": seed + FILES["initial_programs/one.py"], "local.py": "", "helper.py": "x = 1"}
    assert load(tmp_path, dict(changes)).preload == ("math", "numpy", "scipy", "scipy.optimize", "wave")
    assert {"scipy.optimize", "wave"} & (set(sys.modules) - before) == set()


@pytest.mark.parametrize(
    "seed",
    [
        "def entrypoint(scale=1, *, seed=0):\n    return 1\n",
        "def entrypoint(*arguments):\n    return 1\n",
        "entrypoint = lambda: 1\n",
        "from helper import entrypoint\n",
        "from helper import *\n",
        "import helper as entrypoint\n",
        "if True:\n    def entrypoint():\n        return 1\n",
        "\ufeffdef entrypoint():\r\n    return 1\r\n",
        "# EVOLVE-BLOCK-START here\nx = 1\n# EVOLVE-BLOCK-END\ndef entrypoint():\n    return x\n",
    ],
)
def test_an_entry_point_may_be_defined_in_many_ways(tmp_path: Path, seed: str) -> None:
    load(tmp_path, {"initial_programs/one.py": seed, "helper.py": "def entrypoint():\n    return 1\n"})


def _metrics(**changes: str) -> str:
    keys = {
        "description": "d",
        "higher_is_better": "true",
        "is_primary": "true",
        "lower_bound": "0",
        "upper_bound": "1",
    } | changes
    return "a:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items() if value)


def _stages(*stages: str) -> str:
    return "stages:\n" + "".join(f"  - {{{stage}}}\n" for stage in stages)


def _axis(**changes: str) -> str:
    keys = {"metric": "size", "lower": "0", "upper": "1", "bins": "3"} | changes
    return "behavior:\n  - {" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}\n"


WRONG: list[tuple[str, str | bytes | None, str]] = [
    # a file is missing, empty or no text
    ("task_description.txt", None, "task_description.txt: there is no such file"),
    ("metrics.yaml", None, "metrics.yaml: there is no such file"),
    ("validate.py", None, "validate.py: there is no such file"),
    ("task_description.txt", " \n\n", "task_description.txt: it is empty"),
    ("task_description.txt", b"one\ntw\xff", "task_description.txt:2: byte 0xff is not UTF-8"),
    ("initial_programs/one.py", b"\xff", "one.py:1: byte 0xff is not UTF-8"),
    # metrics.yaml as YAML
    ("metrics.yaml", "", "metrics.yaml:1: the file holds nothing"),
    ("metrics.yaml", "{}", "metrics.yaml:1: the file holds {}"),
    ("metrics.yaml", "- a\n- b\n", "metrics.yaml:1: the file holds ['a', 'b']: write a map"),
    ("metrics.yaml", "a: 1\n", "metrics.yaml:1: a holds 1"),
    ("metrics.yaml", "specs: 3\n", "metrics.yaml:1: specs holds 3"),
    ("metrics.yaml", "specs: {}\n", "metrics.yaml:1: specs holds {}"),
    ("metrics.yaml", "a:\n\tb: 1\n", "metrics.yaml:2: a tab"),
    ("metrics.yaml", "a: [1\nb: 2\n", "metrics.yaml:2: not YAML"),
    ("metrics.yaml", "a: 1\n---\nb: 2\n", "metrics.yaml:2: not YAML"),
    ("metrics.yaml", "a: \x00", "metrics.yaml: not YAML"),
    ("metrics.yaml", "a: !!python/name:os.system x\n", "metrics.yaml:1: not YAML"),
    ("metrics.yaml", "a: &x {b: *x}\n", "metrics.yaml:1: an alias stands for what it is part of"),
    ("metrics.yaml", "x: " + "[" * 2000, "metrics.yaml"),
    (
        "metrics.yaml",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcde", "bcdef", strict=True)),
        "more than 10000 values",
    ),
    ("metrics.yaml", "specs:\n  on: {description: d}\n", "metrics.yaml:2: key 'on' is not text"),
    ("metrics.yaml", "? [a]\n: 1\n", "metrics.yaml:1: key that is a map or a list is not text"),
    ("metrics.yaml", _metrics() + _metrics(), "metrics.yaml:7: key 'a' is there twice"),
    ("metrics.yaml", _metrics(decimals="1" * 5000), "metrics.yaml:7: '111"),
    # metrics.yaml as metrics
    ("metrics.yaml", METRICS + "other: {}\n", "metrics.yaml:11: other stands beside specs"),
    ("metrics.yaml", METRICS.replace("true", "up"), "metrics.yaml:4: specs.score.higher_is_better is 'up': write true"),
    ("metrics.yaml", _metrics(description=""), "metrics.yaml:1: a.description is missing"),
    ("metrics.yaml", _metrics(description="''"), "metrics.yaml:2: a.description is ''"),
    ("metrics.yaml", _metrics(higher_is_better=""), "metrics.yaml:1: a.higher_is_better is missing"),
    ("metrics.yaml", _metrics(precision="3"), "metrics.yaml:7: a.precision is not a key here: use description"),
    ("metrics.yaml", _metrics(name="b"), "metrics.yaml:7: a.name is not a key here"),
    ("metrics.yaml", _metrics(decimals="-1"), "metrics.yaml:7: a.decimals is -1"),
    ("metrics.yaml", _metrics(decimals="'3'"), "metrics.yaml:7: a.decimals is '3'"),
    ("metrics.yaml", _metrics(unit="3"), "metrics.yaml:7: a.unit is 3"),
    ("metrics.yaml", _metrics(is_primary="false"), "metrics.yaml:1: no metric is primary"),
    (
        "metrics.yaml",
        _metrics() + _metrics().replace("a:", "b:"),
        "metrics.yaml:10: a and b are both primary",
    ),
    ("metrics.yaml", _metrics(lower_bound=""), "metrics.yaml:1: a: the primary metric needs both bounds: add lower"),
    ("metrics.yaml", _metrics(upper_bound=""), "metrics.yaml:1: a: the primary metric needs both bounds: add upper"),
    ("metrics.yaml", _metrics(lower_bound="2"), "metrics.yaml:1: a: lower_bound 2.0 is not below upper_bound 1.0"),
    ("metrics.yaml", _metrics(lower_bound="1"), "metrics.yaml:1: a: lower_bound 1.0 is not below upper_bound 1.0"),
    ("metrics.yaml", _metrics(lower_bound=".nan"), "metrics.yaml:5: a.lower_bound is nan"),
    ("metrics.yaml", _metrics(upper_bound=".inf"), "metrics.yaml:6: a.upper_bound is inf"),
    ("metrics.yaml", _metrics(sentinel_value="0.5"), "metrics.yaml:1: a: sentinel_value 0.5 lies between"),
    (
        "metrics.yaml",
        METRICS + "    lower_bound: 0\n    sentinel_value: 7\n",
        "metrics.yaml:8: specs.size: sentinel_value 7.0 lies between",
    ),
    (
        "metrics.yaml",
        METRICS + "  is_valid: {description: d, higher_is_better: true, lower_bound: 0, upper_bound: 2}\n",
        "metrics.yaml:11: specs.is_valid: is_valid is 0 or 1",
    ),
    ("metrics.yaml", METRICS + "  a b: {description: d, higher_is_better: true}\n", "metrics.yaml:11: metric 'a b'"),
    ("metrics.yaml", METRICS + "  complexity.x: {description: d}\n", "metrics.yaml:11: metric 'complexity.x'"),
    # problem.yaml
    ("problem.yaml", "- a\n", "problem.yaml:1: the file holds ['a']"),
    ("problem.yaml", "\nlanguag: python\n", "problem.yaml:2: languag is not a key here: use language, entrypoint"),
    ("problem.yaml", "language: cobol\n", "problem.yaml:1: language is 'cobol': use one of python"),
    ("problem.yaml", "entrypoint: a-b\n", "problem.yaml:1: entrypoint is 'a-b'"),
    ("problem.yaml", "run: fast\n", "problem.yaml:1: run: this version does not read it"),
    ("problem.yaml", "build: make\n", "problem.yaml:1: build is 'make': write a map of keys"),
    ("problem.yaml", "build: {parts: [{language: c, artifacts: [a]}]}\n", "needs entry, and artifacts with one name"),
    ("problem.yaml", "build: {parts: [{artifacts: [a]}]}\n", "either a language or commands"),
    ("problem.yaml", "build: {parts: [{commands: [[]], artifacts: [a]}]}\n", "a command is empty"),
    ("problem.yaml", "build: {parts: [{commands: [[a]], artifacts: [/a]}]}\n", "artifact '/a': use a relative path"),
    ("problem.yaml", "build: {limits: {wall_s: 0}}\n", "problem.yaml:1: build.limits.wall_s is 0"),
    ("problem.yaml", "entry: main.py\nlanguage: python\ncases: {repeats: 0}\n", "problem.yaml:3: cases.repeats is 0"),
    ("problem.yaml", "cases: {reference: fastest}\n", "problem.yaml:1: reference is 'fastest': use one of none, best"),
    ("cases/one.out", "1\n", "cases: there is no case: add NAME.in and NAME.out"),
    ("cases/one.in", "1\n", "one.in: case one has no expected output: add cases/one.out"),
    ("cases/a b.in", "1\n", "case 'a b': use letters, digits"),
    ("cases.py", "def make(): ...\n", "cases.py: it defines no function generate: add def generate()"),
    ("problem.yaml", _stages("name: run", "name: run"), "problem.yaml:3: stage run is declared twice"),
    ("problem.yaml", _stages("name: odd"), "problem.yaml:2: stage odd has no kind: add kind"),
    ("problem.yaml", _stages("name: Run"), "problem.yaml:2: stage 'Run': use lower-case letters"),
    ("problem.yaml", _stages("name: run"), "problem.yaml:2: 0 stages validate: a pipeline needs exactly one"),
    (
        "problem.yaml",
        _stages("name: run", "name: validate, inputs: [rum]"),
        "yaml:3: stage validate has an unknown input",
    ),
    (
        "problem.yaml",
        _stages("name: run", "name: validate, after: [rum]"),
        "validate comes after an unknown stage 'rum'",
    ),
    (
        "problem.yaml",
        _stages("name: syntax", "name: validate, inputs: [syntax]"),
        "stage syntax gives no data to validate",
    ),
    ("problem.yaml", _stages("name: validate"), "problem.yaml:2: stage validate has no input"),
    (
        "problem.yaml",
        _stages("name: syntax, after: [validate]", "name: run, after: [syntax]", "name: validate, inputs: [run]"),
        "problem.yaml:3: stages wait for each other: run -> syntax -> validate -> run; take one edge out",
    ),
    (
        "problem.yaml",
        _stages("name: run, after: [run]", "name: validate, inputs: [run]"),
        "run -> run; take one edge out",
    ),
    (
        "problem.yaml",
        _stages("name: run", "name: x, call: y", "name: validate"),
        "yaml:3: call is 'y': write FILE.py:FUN",
    ),
    ("problem.yaml", _stages("name: run", "name: x, kind: call", "name: validate"), "stage x calls nothing: add call"),
    ("problem.yaml", _stages("name: run", "name: x, call: 'y.py:z'", "name: validate"), "y.py; add it"),
    ("problem.yaml", _stages("name: run, repeats: 3", "name: validate"), "repeats and reference are for cases"),
    ("problem.yaml", _stages("name: run, when: {metric: a}", "name: validate"), "needs at_least or at_most"),
    ("problem.yaml", _stages("name: cases", "name: validate"), "problem.yaml:2: there are no cases to run on"),
    ("problem.yaml", "limits:\n  wall_s: 0\n", "problem.yaml:2: limits.wall_s is 0"),
    ("problem.yaml", "limits:\n  wal_s: 1\n", "problem.yaml:2: limits.wal_s is not a key here: use wall_s"),
    ("problem.yaml", "limits:\n", "problem.yaml:1: limits is nothing: write a map of keys"),
    ("problem.yaml", "limits: {memory_bytes: 1.5}\n", "problem.yaml:1: limits.memory_bytes is 1.5"),
    ("problem.yaml", "target: .inf\n", "problem.yaml:1: target is inf"),
    ("problem.yaml", "target: 2026-01-01\n", "problem.yaml:1: target is datetime.date"),
    ("problem.yaml", "stop: {fitness: 1}\n", "problem.yaml:1: stop.fitness is not a key here"),
    ("problem.yaml", "behavior: 3\n", "problem.yaml:1: behavior is 3: write a list"),
    ("problem.yaml", _axis(metric="siz"), "problem.yaml:2: metric is 'siz': use one of score, size, complexity.lines"),
    ("problem.yaml", _axis(lower="1"), "problem.yaml:2: behavior[0]: lower 1.0 is not below upper 1.0"),
    ("problem.yaml", _axis(bins="0"), "problem.yaml:2: behavior[0].bins is 0"),
    ("problem.yaml", _axis(bin="0"), "problem.yaml:2: behavior[0].bin is not a key here: use metric, lower"),
    ("problem.yaml", _axis(bins="1000001"), "problem.yaml:1: behavior makes 1000001 cells"),
    ("problem.yaml", _axis() + _axis().partition("\n")[2], "problem.yaml:3: size is a dimension twice"),
    # code
    ("validate.py", "x = 1\n", "validate.py: it defines no function validate: add def validate(output)"),
    ("validate.py", "def validate(:\n", "validate.py:1: not Python"),
    (
        "validate.py",
        "\ndef validate(context, output): ...\n",
        "validate.py:2: validate(context, output) cannot be called",
    ),
    ("validate.py", "def validate(): ...\n", "validate.py:1: validate() cannot be called with 1 argument"),
    (
        "validate.py",
        "def validate(output, *, tolerance): ...\n",
        "validate.py:1: validate(output, *, tolerance) cannot",
    ),
    ("validate.py", "async def validate(output): ...\n", "validate.py:1: validate is not a plain function"),
    ("validate.py", "class validate: ...\n", "validate.py:1: validate is not a plain function"),
    ("validate.py", "class A:\n    def validate(output): ...\n", "validate.py: it defines no function"),
    ("context.py", "", "context.py: it defines no function build_context"),
    ("context.py", "def build_context(path): ...\n", "context.py:1: build_context(path) cannot be called with no arg"),
    ("context.py", "def build_context(): ...\n", "validate.py:1: validate(output) cannot be called with 2 arguments"),
    ("helper.py", "x = (\n", "helper.py:1: not Python"),
    ("initial_programs/one.py", "def main(): ...\n", "one.py: it defines no function entrypoint: add def entrypoint()"),
    ("initial_programs/one.py", "def entrypoint(context): ...\n", "one.py:1: entrypoint(context) cannot be called"),
    ("initial_programs/one.py", "x = 1\nreturn\n", "one.py:2: not python: 'return' outside function"),
    ("initial_programs/one.py", "x = 1\ndef f(\n", "one.py:2: not python"),
    ("initial_programs/one.py", "x = '\0'\n", "one.py"),
    ("initial_programs/one.py", "# EVOLVE-BLOCK-START\nx = 1\n", "one.py:1: this EVOLVE-BLOCK has no end"),
    ("initial_programs/one.py", "x = 1\n# EVOLVE-BLOCK-END\n", "one.py:2: EVOLVE-BLOCK-END without a start"),
    (
        "initial_programs/one.py",
        "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\n",
        "one.py:2: the EVOLVE-BLOCK of line 1 is still open",
    ),
    ("initial_programs/a b.py", "def entrypoint(): ...\n", "seed 'a b'"),
    ("initial_programs/one.py", "#" * 2_000_001 + "\ndef entrypoint(): ...\n", "one.py: 2000"),
]


@pytest.mark.parametrize(("path", "content", "said"), WRONG, ids=[f"{index}" for index in range(len(WRONG))])
def test_a_broken_rule_is_named_with_its_place(
    tmp_path: Path, path: str, content: str | bytes | None, said: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        load(tmp_path, {path: content})
    assert said in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_first_of_several_mistakes_in_a_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"metrics.yaml:2: a.higher_is_better"):
        load(tmp_path, {"metrics.yaml": "a:\n  higher_is_better: up\n  lower_bound: low\n  description: 3\n"})


def test_a_problem_may_have_no_seeds_and_is_then_for_models_to_begin(tmp_path: Path) -> None:
    none = {"initial_programs/one.py": None, "initial_programs/two.py": None}
    assert load(tmp_path, dict(none)).seeds == ()
    other = write_problem(tmp_path, {**none, "initial_programs/notes.txt": "x"}, name="other")
    assert load_problem(other).seeds == ()


def test_a_validator_error_says_whether_there_is_a_context(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"there is no context.py"):
        load(tmp_path, {"validate.py": "def validate(context, output): ...\n"})


@pytest.mark.parametrize("name", ["a b", "-a", ".hidden", "x" * 65, "naïve"])
def test_a_directory_name_that_cannot_name_a_problem_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ProblemError, match="names the problem"):
        load_problem(write_problem(tmp_path, name=name))


@pytest.mark.parametrize("target", [".", "..", "nowhere", "loop"])
def test_a_link_that_leads_back_or_nowhere_is_refused(tmp_path: Path, target: str) -> None:
    directory = write_problem(tmp_path)
    (directory / "loop").symlink_to(target)
    with pytest.raises(ProblemError, match="loop"):
        load_problem(directory)


def test_a_link_to_elsewhere_is_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1")
    directory = write_problem(tmp_path)
    (directory / "data").symlink_to(tmp_path / "data")
    before = load_problem(directory).digest
    (tmp_path / "data" / "x.csv").write_text("2")
    assert load_problem(directory).digest != before


def test_a_pipe_is_refused_rather_than_read(tmp_path: Path) -> None:
    directory = write_problem(tmp_path)
    os.mkfifo(directory / "pipe")
    with pytest.raises(ProblemError, match="pipe: not a regular file"):
        load_problem(directory)


@pytest.mark.parametrize("path", ["metrics.yaml", "helper.py", "data/x.csv", "initial_programs/three.py"])
def test_the_digest_sees_what_can_change_a_score(tmp_path: Path, path: str) -> None:
    directory = write_problem(tmp_path)
    before = load_problem(directory).digest
    target = directory / path
    target.parent.mkdir(exist_ok=True)
    old = target.read_text() if target.exists() else FILES["initial_programs/one.py"]
    target.write_text(old + "\n# more\n")
    assert load_problem(directory).digest != before


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "__pycache__/a.pyc",
        ".git/HEAD",
        ".ruff_cache/x",
        "runs/r1/evolution_events.jsonl",
        "runs/r1/best/p.py",
    ],
)
def test_the_digest_passes_over_what_cannot(tmp_path: Path, path: str) -> None:
    before = load_problem(write_problem(tmp_path)).digest
    changes: dict[str, str | bytes | None] = {path: "x"}
    if path.startswith("runs/"):
        changes["runs/r1/evolution_events.jsonl"] = "{}"
    assert load_problem(write_problem(tmp_path, changes, name="other")).digest == before


def test_the_digest_tells_names_from_contents(tmp_path: Path) -> None:
    one = write_problem(tmp_path, {"a": "bc"}, name="one")
    two = write_problem(tmp_path, {"ab": "c"}, name="two")
    assert load_problem(one).digest != load_problem(two).digest


def test_a_name_finds_a_shipped_problem_and_a_path_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_problem("toy").directory == shipped_problems()["toy"]
    directory = write_problem(tmp_path, name="toy")
    assert load_problem("toy").directory == directory
    assert load_problem("./toy").directory == directory
    monkeypatch.chdir(directory)
    assert load_problem(".").name == "toy"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("heilbron", r"did you mean heilbronn\?"),
        ("zzz", "no shipped problem: use one of .*toy"),
        ("zzz/yyy", "there is no such directory"),
        ("", "no shipped problem"),
    ],
)
def test_an_unknown_problem_lists_the_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProblemError, match=said):
        load_problem(name)


def test_a_file_is_no_problem(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="a problem is a directory"):
        load_problem(write_problem(tmp_path) / "metrics.yaml")


@pytest.mark.parametrize("name", sorted(shipped_problems()))
def test_every_shipped_problem_loads(name: str) -> None:
    spec = load_problem(name)
    assert spec.name == name
    assert len(spec.seeds) >= 2
    assert spec.target is not None
    assert (spec.directory / "README.md").is_file()


def test_the_complexity_metrics_are_what_the_stage_measures() -> None:
    assert tuple(measure("x = 1\n")) == COMPLEXITY_METRICS


def test_stages_have_edges_written_out(tmp_path: Path) -> None:
    spec = load(tmp_path, {})
    assert [(stage.name, stage.data, stage.after) for stage in spec.stages] == [
        ("syntax", ("files",), ()),
        ("run", ("files",), ("syntax",)),
        ("validate", ("run",), ()),
        ("complexity", ("files",), ("validate",)),
    ]


def test_a_stage_for_a_language_model_needs_one(tmp_path: Path) -> None:
    spec = load(tmp_path, {"problem.yaml": _stages("name: run", "name: validate", "name: insight")})
    assert spec.model_stages == ("insight",)
    with pytest.raises(UsageError, match=r"stages for a language model \(insight\), and llm is none"):
        evaluation_plan(spec, load_config((), spec.config_defaults()))


def test_programs_of_other_languages_need_cases(tmp_path: Path) -> None:
    files = {"problem.yaml": "language: c\n", "initial_programs/one.c": "int main(void) { return 0; }\n"}
    with pytest.raises(ProblemError, match=r"problem.yaml:1: programs in c are run on cases, and there are none: add"):
        load(tmp_path, {**files})


def test_cases_and_stages_are_in_the_digest(tmp_path: Path) -> None:
    files = {"cases/a.in": "1", "cases/a.out": "1"}
    digests = {
        load_problem(write_problem(tmp_path, {**files, **change}, name=f"p{number}")).digest
        for number, change in enumerate(
            ({}, {"cases/a.out": "2"}, {"cases/a.in": "2"}, {"problem.yaml": "entry: a.py\n"})
        )
    }
    assert len(digests) == 4


def test_a_seed_may_be_a_directory_in_several_languages(tmp_path: Path) -> None:
    files = {
        "initial_programs/two.py": None,
        "initial_programs/deep/program.py": "from inner import code\ndef entrypoint(): ...\n",
        "initial_programs/deep/inner/code.py": "# EVOLVE-BLOCK-START\nX = 1\n# EVOLVE-BLOCK-END\n",
        "initial_programs/deep/kernel.c": "// EVOLVE-BLOCK-START\nint x;\n// EVOLVE-BLOCK-END\n",
        "initial_programs/deep/data.txt": "1 2",
        "initial_programs/deep/.hidden": "no",
        "initial_programs/deep/__pycache__/code.pyc": b"\xff",
    }
    deep, one = load(tmp_path, dict(files)).seeds
    assert (deep.name, one.name) == ("deep", "one")
    assert deep.source.entry == "program.py"
    assert sorted(deep.source.files) == ["data.txt", "inner/code.py", "kernel.c", "program.py"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"initial_programs/deep/main.py": "x = 1\n"}, "there is no entry file program.py: add it, or name another"),
        ({"initial_programs/one/program.py": "def entrypoint(): ...\n"}, "two seeds are called one"),
        (
            {"initial_programs/deep/program.py": "def entrypoint(): ...\n", "initial_programs/deep/k.c": "int f( {\n"},
            "k.c",
        ),
        (
            {
                "initial_programs/deep/program.py": "def entrypoint(): ...\n",
                "initial_programs/deep/k.c": "// EVOLVE-BLOCK-START\n",
            },
            "k.c:1: this EVOLVE-BLOCK has no end",
        ),
    ],
)
def test_a_wrong_directory_of_files_is_named(tmp_path: Path, files: dict[str, str | bytes | None], said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        load(tmp_path, files)
    assert said in str(caught.value)
