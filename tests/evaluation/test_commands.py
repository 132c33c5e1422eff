"""Programs that are built and run on cases: gcc and rustc are the real ones, in each sandbox kind."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from genesis.evaluation.job import Evaluated, Failed
from genesis.language.toolchain import MissingTool
from genesis.program import Source
from tests.evaluation.commands import ADD_C, ADD_RUST, Bench, checked, started, write_cases_problem

KINDS = [
    "namespaces",
    pytest.param("bubblewrap", marks=pytest.mark.skipif(shutil.which("bwrap") is None, reason="no bubblewrap here")),
    "landlock",
]
SMALL = """\
language: c
limits: {wall_s: 8.0, cpu_s: 1.0, memory_bytes: 134217728, output_bytes: 1048576, disk_bytes: 33554432}
build: {limits: {wall_s: 60.0}}
"""


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """Builds of tests are not kept where the user's are."""
    place = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(place))
        yield place


@pytest.fixture(scope="module", params=KINDS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Bench]:
    """One backend a sandbox kind for C programs that add."""
    spec = write_cases_problem(tmp_path_factory.mktemp("problem"), {"problem.yaml": SMALL})
    with started(spec, sandbox=request.param) as bench:
        yield bench


def main_doing(body: str) -> str:
    headers = "\n".join(f"#include <{name}>" for name in HEADERS)
    return f"{headers}\nint main(void) {{\n{body}\nreturn 0;\n}}\n"


HEADERS = (
    "dirent.h", "errno.h", "fcntl.h", "signal.h", "stdio.h", "stdlib.h", "string.h", "sys/socket.h", "unistd.h",
)  # fmt: skip


def test_a_program_is_built_run_and_judged(bench: Bench) -> None:
    outcome = bench.evaluate(ADD_C)
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.is_valid
    assert outcome.metrics["solved"] == 1.0
    assert outcome.metrics["cases.correct"] == 1.0
    assert [stage.name for stage in outcome.stages] == ["build", "cases", "validate", "complexity"]
    assert {stage.status for stage in outcome.stages} == {"ok"}
    assert outcome.compiled.ok
    assert outcome.compiled.artifact_digest is not None
    assert outcome.compiled.artifact_bytes is not None
    assert outcome.compiled.artifact_bytes > 1000
    assert outcome.stdout_tail == "42\n"
    assert outcome.usage.wall_s > 0


def test_a_wrong_answer_is_for_the_validator(bench: Bench) -> None:
    outcome = bench.evaluate(ADD_C.replace("a + b", "3"))
    assert isinstance(outcome, Evaluated)
    assert outcome.metrics["solved"] == 0.5


def test_an_exit_code_is_for_the_validator(bench: Bench) -> None:
    outcome = bench.evaluate(ADD_C.replace("return 0", "return 4"))
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["solved"] == 0.0


def test_a_build_failure_names_file_line_and_message(bench: Bench) -> None:
    outcome = bench.evaluate(ADD_C.replace("a + b", "a + c"))
    assert isinstance(outcome, Failed)
    assert (outcome.reason, outcome.stage) == ("build_failed", "build")
    assert outcome.message.startswith("program.c:5:")
    assert "undeclared" in outcome.message
    assert outcome.compiled is not None
    assert not outcome.compiled.ok
    assert outcome.compiled.diagnostics == outcome.message
    assert [stage.status for stage in outcome.stages] == ["failed", "skipped", "skipped", "skipped"]


ENDS = {
    "sleeps": ("for (;;) pause();", "timeout", "wall_s"),
    "computes for ever": ("for (volatile long i = 0;; i++);", "timeout", "case one"),
    "aborts": ("abort();", "crash", "case one"),
    "writes through nothing": ("*(volatile int *)0 = 1;", "crash", "case one"),
    "prints for ever": ("for (;;) puts(\"endless\");", "output_limit", "wrote too much"),
    "says that memory is gone": (
        "if (!malloc(1L << 30)) { fputs(\"out of memory\\n\", stderr); abort(); } puts(\"there\");",
        "memory_limit",
        "128 MiB",
    ),
}  # fmt: skip


@pytest.mark.parametrize("how", ENDS)
def test_limits_and_signals_end_an_evaluation(bench: Bench, how: str) -> None:
    body, reason, said = ENDS[how]
    outcome = bench.evaluate(main_doing(body))
    assert isinstance(outcome, Failed), outcome
    assert (outcome.reason, outcome.stage) == (reason, "cases"), outcome
    assert said in outcome.message
    assert isinstance(bench.evaluate(ADD_C), Evaluated)


SECRETS = """
    /* Every way to a file that a program could guess, and what its own directory and descriptors hold. */
    const char *places[] = {"PROBLEM/cases/one.out", "PROBLEM/validate.py", "PROBLEM/cases", "PROBLEM",
        "cases/one.out", "../cases/one.out", "one.out", "/etc/shadow", "/root/.ssh", "validate.py"};
    for (int i = 0; i < (int)(sizeof places / sizeof *places); i++)
        if (open(places[i], O_RDONLY) >= 0) printf("read %s\\n", places[i]);
    for (int fd = 3; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d\\n", fd);
    DIR *here = opendir(".");
    for (struct dirent *entry; here && (entry = readdir(here));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "program")) printf("file %s\\n", entry->d_name);
    extern char **environ;
    for (char **each = environ; *each; each++)
        if (strstr(*each, "KEY") || strstr(*each, "TOKEN")) printf("variable %s\\n", *each);
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM) puts("socket");
"""


def test_a_program_sees_neither_answers_nor_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("GENESIS_TEST_API_KEY", "secret")
    keep = "def validate(results):\n    raise ValueError('|' + results[0].stdout + '|')\n"
    for kind in ("namespaces", "landlock"):
        (tmp_path / kind).mkdir()
        spec = write_cases_problem(tmp_path / kind, {"validate.py": keep})
        with started(spec, sandbox=kind) as bench:
            outcome = bench.evaluate(main_doing(SECRETS.replace("PROBLEM", str(spec.directory))))
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.feedback.startswith("ValueError: ||"), (kind, outcome.feedback)


PERSISTENT = main_doing("""
    FILE *left = fopen("left-behind", "r");
    puts(left ? "found" : "nothing");
    left = fopen("left-behind", "w");
    if (left) fputs("x", left);
    left = fopen("/tmp/left-behind", "w");
""")


def test_nothing_is_kept_between_cases(bench: Bench) -> None:
    for _ in range(2):
        outcome = bench.evaluate(PERSISTENT)
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.stdout_tail == "nothing\n"


def test_the_same_program_a_second_time_starts_no_compiler(tmp_path: Path, own_cache: Path) -> None:
    spec = write_cases_problem(tmp_path, {"problem.yaml": "language: rust\n", "initial_programs/add.c": None,
                                          "initial_programs/add.rs": ADD_RUST})  # fmt: skip
    with started(spec) as bench:
        first = bench.evaluate(ADD_RUST)
        assert isinstance(first, Evaluated), first
        assert not first.stages[0].cached
        assert bench.backend.builds == 1
        again = bench.evaluate(ADD_RUST)
        assert isinstance(again, Evaluated)
        assert again.stages[0].cached
        assert bench.backend.builds == 1
        assert again.compiled == first.compiled
    with started(spec) as bench:  # another run, another process
        later = bench.evaluate(ADD_RUST)
        assert isinstance(later, Evaluated)
        assert later.metrics["solved"] == 1.0
        assert bench.backend.builds == 0
        bench.evaluate(ADD_RUST + "\n// other\n")
        assert bench.backend.builds == 1
    kept = own_cache / "genesis" / "builds"
    assert kept.is_dir()
    for bundle in kept.glob("*.bundle"):  # damaged by a crash of the machine, say
        bundle.write_bytes(bundle.read_bytes()[:-10])
    with started(spec) as bench:
        mended = bench.evaluate(ADD_RUST)
        assert isinstance(mended, Evaluated), mended
        assert bench.backend.builds == 1


def test_a_failed_build_is_kept_too(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    broken = ADD_C.replace("a + b", "nowhere")
    with started(spec) as bench:
        first, second = bench.evaluate(broken), bench.evaluate(broken)
        assert isinstance(first, Failed)
        assert isinstance(second, Failed)
        assert second.message == first.message
        assert bench.backend.builds == 1


def test_equal_programs_at_the_same_time_are_built_once(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    with started(spec, workers=3) as bench:
        source = Source.single(ADD_C + "/* three times */\n", "program.c")
        outcomes = bench.evaluate_all([source] * 3)
        assert all(isinstance(outcome, Evaluated) for outcome in outcomes)
        assert bench.backend.builds == 1


def test_without_a_cache_every_build_is_performed(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    with started(spec, build_cache_bytes=0) as bench:
        for _ in range(2):
            assert isinstance(bench.evaluate(ADD_C), Evaluated)
        assert bench.backend.builds == 2


def test_a_build_that_takes_too_long_is_ended_and_not_kept(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path, {"problem.yaml": "language: c\nbuild: {limits: {wall_s: 1.0}}\n"})
    loops = "for (int i = 0; i < 999; i++) x[i] += x[i + 1] * x[(i * 3) % 999] + (float)i / x[i];"
    slow = ADD_C + "\n".join(f"void f{n}(float *x) {{ {loops * 20} }}" for n in range(200))
    with started(spec) as bench:
        outcome = bench.evaluate(slow)
        assert isinstance(outcome, Failed), outcome
        assert (outcome.reason, outcome.stage) == ("timeout", "build")
        assert "build.limits.wall_s" in outcome.message
        bench.evaluate(slow)
        assert bench.backend.builds == 2


READS_AT_BUILD = '#include "PROBLEM/cases/one.out"\n' + ADD_C


def test_a_compiler_sees_no_more_than_a_program(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    for kind in ("namespaces", "landlock"):
        with started(spec, sandbox=kind, build_cache_bytes=0) as bench:
            outcome = bench.evaluate(READS_AT_BUILD.replace("PROBLEM", str(spec.directory)))
            assert isinstance(outcome, Failed), outcome
            assert outcome.reason == "build_failed"
            assert "No such file" in outcome.message or "Permission denied" in outcome.message


def test_build_check_says_what_is_wrong_without_running(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    with started(spec) as bench:
        assert bench.check(Source.single(ADD_C, "program.c")) == ""
        said = bench.check(Source.single(ADD_C.replace("a + b", "a + d"), "program.c"))
        assert said.startswith("program.c:5:")
        builds = bench.backend.builds
        assert isinstance(bench.evaluate(ADD_C), Evaluated)
        assert bench.backend.builds == builds, "what was checked is not built again"


PYTHON_CASES = {
    "problem.yaml": "cases: {compare: numbers, tolerance: 1.0e-6}\n",
    "initial_programs/add.c": None,
    "initial_programs/one.py": "print(sum(map(float, input().split())) + 1e-9)\n",
}


def test_python_programs_run_on_cases_as_scripts(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path, PYTHON_CASES)
    with started(spec) as bench:
        outcome = bench.evaluate_source(spec.seeds[0].source)
        assert isinstance(outcome, Evaluated), outcome
        assert outcome.metrics["solved"] == 1.0
        broken = bench.evaluate("print(1")
        assert isinstance(broken, Failed)
        assert (broken.reason, broken.stage) == ("syntax_error", "syntax")


GENERATED = """\
import random, time

def generate():
    drawn = random.Random(time.time_ns())
    a, b = drawn.randrange(10**6), drawn.randrange(10**6)
    return [{"name": "drawn", "input": f"{a} {b}", "expected": str(a + b)}, ("5 6", b"11\\n")]
"""


def test_generated_cases_are_the_same_for_every_validator(tmp_path: Path) -> None:
    tell = "def validate(results):\n    raise ValueError('; '.join(f'{r.name}={r.input}' for r in results))\n"
    spec = write_cases_problem(tmp_path, {"cases.py": GENERATED, "validate.py": tell})
    with started(spec, workers=2) as bench:
        outcomes = bench.evaluate_all([Source.single(ADD_C + "\n" * n, "program.c") for n in range(6)])
        os.kill(bench.backend.pids[1], 9)
        outcomes += bench.evaluate_all([Source.single(ADD_C + "\n" * n, "program.c") for n in range(2)])
    said = {outcome.feedback for outcome in outcomes if isinstance(outcome, Evaluated)}
    assert len(said) == 1, said
    assert "drawn=" in said.pop()


SPEED = """\
language: c
cases: {repeats: 3, warmup: 1, reference: best}
"""
TELLING = """\
def validate(results):
    first = results[0]
    raise ValueError(f"runs={first.runs} speedup={first.speedup > 0} wall={first.wall_s > 0} cpu={first.cpu_s >= 0} "
                     f"memory={first.max_rss_bytes > 0} reference={first.reference_wall_s > 0} "
                     f"instructions={first.instructions}")
"""
SLOW_C = ADD_C.replace("long a, b;", "long a, b; for (volatile long i = 0; i < 100000000; i++);")


def test_programs_are_timed_beside_the_best_seed(tmp_path: Path) -> None:
    spec = write_cases_problem(
        tmp_path, {"problem.yaml": SPEED, "validate.py": TELLING, "initial_programs/slow.c": SLOW_C}
    )
    with started(spec) as bench:
        assert bench.backend.reference == "add"
        outcome = bench.evaluate(SLOW_C + "\n")
        assert isinstance(outcome, Evaluated), outcome
        assert "runs=3 speedup=True wall=True cpu=True memory=True reference=True" in outcome.feedback
        assert outcome.metrics["cases.speedup"] < 1.0


SWITCHING = main_doing("""
    int seen = 0;
    for (int fd = 0; fd < 1; fd++) seen += getpid();
    char where[64]; snprintf(where, sizeof where, "%d %p\\n", rand(), (void *)&seen);
    puts(where);
""")


def test_an_answer_that_changes_between_runs_is_not_correct(tmp_path: Path) -> None:
    lax = "language: c\ncases: {repeats: 4, expected: optional}\n"
    spec = write_cases_problem(
        tmp_path, {"problem.yaml": lax, "cases/one.out": None, "cases/two.out": None, "cases/two.in": None}
    )
    with started(spec) as bench:
        changing, steady = bench.evaluate(SWITCHING), bench.evaluate(ADD_C)
        assert isinstance(changing, Evaluated)
        assert isinstance(steady, Evaluated)
        assert (changing.metrics["solved"], steady.metrics["solved"]) == (0.0, 1.0)


SUM_OF_SQUARES = """\
#include <stdio.h>
int main(void) {
    static float x[4096];
    float total[16] = {0};
    for (int i = 0; i < 4096; i++) x[i] = (float)i * 0.5f;
    for (int i = 0; i < 4096; i += 16) for (int j = 0; j < 16; j++) total[j] += x[i + j] * x[i + j];
    printf("%g\\n", total[0]);
    return 0;
}
"""


def test_vector_instructions_are_counted(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path)
    with started(spec) as bench:
        plain, wide = bench.evaluate(ADD_C), bench.evaluate(SUM_OF_SQUARES)
        assert isinstance(plain, Evaluated)
        assert isinstance(wide, Evaluated)
        assert plain.metrics["complexity.vector_instructions"] == 0.0
        assert wide.metrics["complexity.vector_instructions"] > 4.0
        assert plain.metrics["complexity.lines"] == 7.0


def test_what_can_be_built_and_not_run_is_skipped_with_the_reason(tmp_path: Path) -> None:
    if shutil.which("nvcc") is None or shutil.which("nvidia-smi") is not None:
        pytest.skip("needs a compiler for GPUs and no GPU")
    program = '#include <cstdio>\n__global__ void none() {}\nint main() { none<<<1, 1>>>(); puts("3"); }\n'
    spec = write_cases_problem(
        tmp_path,
        {
            "problem.yaml": "language: cuda\n",
            "initial_programs/add.c": None,
            "initial_programs/add.cu": program,
            "initial_programs/broken.cu": program.replace("puts", "putt"),
        },
    )
    report = checked(spec)
    assert "GPU" in report.skipped
    assert [(seed.name, seed.compiled) for seed in report.seeds] == [("add", True), ("broken", False)]
    assert "was skipped: programs can be built here and not run" in report.seeds[0].message
    assert report.seeds[1].message.startswith("build_failed: program.cu:3")
    with pytest.raises(MissingTool, match=r"cannot be run here: .*GPU"), started(spec):
        pass


HIDING = main_doing("""
    long a, b; if (scanf("%ld %ld", &a, &b) != 2) return 3;
    int ends[2]; char done;
    signal(SIGCHLD, SIG_IGN);  /* nobody waits for the child, so nobody counts its CPU time */
    if (pipe(ends)) return 4;
    if (fork() == 0) {
        for (volatile long i = 0; i < 200000000; i++);
        _exit(write(ends[1], "x", 1) != 1);
    }
    if (read(ends[0], &done, 1) != 1) return 5;
    printf("%ld\\n", a + b);
""")


def test_work_that_is_hidden_in_a_child_takes_its_time(tmp_path: Path) -> None:
    spec = write_cases_problem(tmp_path, {"problem.yaml": SPEED})
    with started(spec) as bench:
        outcome = bench.evaluate(HIDING)
    assert isinstance(outcome, Evaluated), outcome
    assert outcome.metrics["cases.correct"] == 1.0
    assert outcome.metrics["cases.speedup"] < 1.0
