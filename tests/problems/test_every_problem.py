"""What holds for every shipped problem: it loads, says what it measures, and its seeds start in different cells."""

from pathlib import Path

import pytest

from genesis.evaluation.complexity import measure
from genesis.language import language_of
from genesis.mutation.regions import editable_regions
from genesis.problem import load_problem

PROBLEMS = Path(__file__).parents[2] / "problems"
NAMES = sorted(path.name for path in PROBLEMS.iterdir() if (path / "metrics.yaml").exists())
CASES = ["json_js", "matmul_cpp", "prefix_sum_go", "softmax_cuda", "sort_rust"]
MIXED = ["tsp_mixed"]
CALLED = [
    "circle_packing",
    "heilbronn",
    "hexagon_packing",
    "kissing_number",
    "online_bin_packing",
    "symbolic_regression",
    "toy",
]


def test_these_problems_are_shipped():
    assert sorted([*CALLED, *CASES, *MIXED]) == NAMES


@pytest.fixture(scope="module", params=CALLED)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def spec(name):
    return load_problem(PROBLEMS / name)


@pytest.fixture(scope="module")
def scored(shipped, name):
    """Metrics and text of every seed."""
    problem = shipped(name)
    paths = sorted((problem.directory / "initial_programs").glob("*.py"))
    return {path.name: (problem.validate(problem.run(path.name)), path.read_text()) for path in paths}


@pytest.mark.parametrize("every", NAMES)
def test_it_loads_with_limits_behavior_and_a_target(every):
    spec = load_problem(PROBLEMS / every)
    assert spec.limits.wall_s
    assert spec.limits.cpu_s
    assert spec.limits.memory_bytes
    assert len(spec.behavior) == 2
    assert spec.target is not None


def test_seeds_return_exactly_the_declared_metrics(spec, scored):
    declared = {metric.name for metric in spec.metrics}
    assert len(scored) >= 2
    for metrics, _ in scored.values():
        assert set(metrics) == declared
        assert all(isinstance(value, float) for value in metrics.values())


def test_no_seed_is_at_the_target_and_all_are_within_bounds(spec, scored):
    primary = next(metric for metric in spec.metrics if metric.is_primary)
    for metrics, _ in scored.values():
        value = metrics[primary.name]
        assert primary.lower_bound <= value <= primary.upper_bound
        assert value < spec.target if primary.higher_is_better else value > spec.target


def test_seeds_start_in_different_cells(spec, scored):
    cells = set()
    for metrics, text in scored.values():
        features = {**metrics, **measure(text)}
        cells.add(
            tuple(
                min(d.bins - 1, max(0, int((features[d.metric] - d.lower) / (d.upper - d.lower) * d.bins)))
                for d in spec.behavior
            )
        )
    assert len(cells) == len(scored)


def test_the_readme_names_every_seed_and_its_score(spec, scored):
    primary = next(metric for metric in spec.metrics if metric.is_primary)
    for readme in (PROBLEMS / spec.name / "README.md", PROBLEMS / "README.md"):
        text = readme.read_text()
        for seed, (metrics, _) in scored.items():
            value = metrics[primary.name]
            lines = [line for line in text.splitlines() if f"`{seed}`" in line]
            written = {f"{value:.{digits}f}" for digits in ((0,) if value >= 10 else (4, 5, 6))}
            assert any(number in line for line in lines for number in written), (readme, seed, value)


@pytest.mark.parametrize("built", [*CASES, *MIXED])
def test_problems_with_compilers_time_beside_a_seed_and_say_what_may_change(built):
    spec = load_problem(PROBLEMS / built)
    assert len(spec.seeds) >= 2
    assert [stage.name for stage in spec.stages if stage.performs == "build"] == ["build"]
    for seed in spec.seeds:
        regions = editable_regions(seed.source, spec.language)
        assert all(len(found) == 1 for found in regions.values())
        assert all(
            language_of(path, among=spec.language).syntax_error(text) is None
            for path, text in seed.source.files.items()
        )
    if built in CASES:
        assert spec.cases.reference in {seed.name for seed in spec.seeds}
        assert spec.cases.repeats >= 5


@pytest.mark.parametrize("built", [*CASES, *MIXED])
def test_the_readmes_name_every_seed_of_a_problem_with_compilers(built):
    seeds = sorted((PROBLEMS / built / "initial_programs").iterdir())
    for readme in (PROBLEMS / built / "README.md", PROBLEMS / "README.md"):
        assert all(f"`{seed.name}`" in readme.read_text() for seed in seeds), readme
