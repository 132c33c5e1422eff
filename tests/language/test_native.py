"""Python with native code beside it, and Rust by Cargo, for real: built by the recipe, loaded and run."""

from pathlib import Path

import pytest

from genesis.language import BuildError, BuildSettings, language_named
from genesis.program import Source
from tests.contracts.test_language import perform, prepare, succeed

C_KERNEL = "long long twice(long long x) { return 2 * x; }\n"
LOADS = """\
import ctypes, pathlib
kernel = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libkernel.so")))
kernel.twice.restype, kernel.twice.argtypes = ctypes.c_longlong, [ctypes.c_longlong]
print(kernel.twice(int(input())))
"""
KERNELS = {
    "kernel.c": C_KERNEL,
    "kernel.cpp": f'extern "C" {C_KERNEL}',
    "kernel.rs": '#[no_mangle]\npub extern "C" fn twice(x: i64) -> i64 { 2 * x }\n',
}
MODULE = """\
#include <pybind11/pybind11.h>
PYBIND11_MODULE(kernel, module) { module.def("twice", [](long long x) { return 2 * x; }); }
"""
MANIFEST = '[package]\nname = "answer-it"\nversion = "0.1.0"\nedition = "2021"\n'
MAIN = 'fn main() { println!("{}", answer::ANSWER); }\nmod answer;\n'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("path", KERNELS)
def test_a_library_beside_python_is_built_and_loaded(path: str, tmp_path: Path, cache: Path) -> None:
    source = Source({"program.py": LOADS, path: KERNELS[path]}, "program.py")
    recipe = prepare("python", source, tmp_path, BuildSettings())
    succeed(recipe.build, tmp_path, cache)
    done = perform(recipe.run, tmp_path, cache, "21")
    assert (done.stdout, done.stderr) == ("42\n", "")


def test_a_module_by_pybind11_is_built_and_imported(tmp_path: Path, cache: Path) -> None:
    source = Source(
        {"program.py": "import kernel\nprint(kernel.twice(int(input())))\n", "kernel.cpp": MODULE}, "program.py"
    )
    recipe = prepare("python", source, tmp_path, BuildSettings())
    succeed(recipe.build, tmp_path, cache)
    assert perform(recipe.run, tmp_path, cache, "21").stdout == "42\n"


def test_a_mistake_in_the_library_is_told_by_its_compiler(tmp_path: Path, cache: Path) -> None:
    source = Source({"program.py": LOADS, "kernel.cpp": "int x = ;\n"}, "program.py")
    recipe = prepare("python", source, tmp_path, BuildSettings())
    done = perform(recipe.build[0], tmp_path, cache)
    [found] = language_named("python").diagnostics(done.stderr)
    assert (found.path, found.line, found.severity) == ("kernel.cpp", 1, "error")


def test_two_files_of_one_library_are_an_error() -> None:
    source = Source({"program.py": "", "kernel.c": "", "kernel.cpp": ""}, "program.py")
    with pytest.raises(BuildError, match=r"'kernel.c' and 'kernel.cpp' would both give libkernel.so: rename one"):
        language_named("python").recipe(source, BuildSettings())


def test_cargo_builds_a_project_offline_and_locked(tmp_path: Path, cache: Path) -> None:
    files = {"Cargo.toml": MANIFEST, "src/main.rs": MAIN, "src/answer.rs": "pub const ANSWER: i32 = 42;\n"}
    lock = 'version = 3\n\n[[package]]\nname = "answer-it"\nversion = "0.1.0"\n'
    source = Source({**files, "Cargo.lock": lock}, "src/main.rs")
    recipe = prepare("rust", source, tmp_path, BuildSettings())
    assert "--locked" in recipe.build[0].argv and "--offline" in recipe.build[0].argv
    succeed((*recipe.check, *recipe.build), tmp_path, cache)
    assert recipe.artifact == "target/release/answer-it"
    assert perform(recipe.run, tmp_path, cache).stdout == "42\n"


def test_cargo_takes_crates_that_come_with_the_program(tmp_path: Path, cache: Path) -> None:
    vendored = {
        "vendor/given/Cargo.toml": '[package]\nname = "given"\nversion = "1.2.3"\nedition = "2021"\n',
        "vendor/given/src/lib.rs": "pub fn answer() -> i32 { 42 }\n",
        "vendor/given/.cargo-checksum.json": '{"files":{},"package":null}',
    }
    files = {
        "Cargo.toml": f'{MANIFEST}[dependencies]\ngiven = "1.2"\n',
        "src/main.rs": 'fn main() { println!("{}", given::answer()); }\n',
    }
    recipe = prepare(
        "rust", Source({**files, **vendored}, "src/main.rs"), tmp_path, BuildSettings(defines={"vendor": "vendor"})
    )
    succeed(recipe.build, tmp_path, cache)
    assert perform(recipe.run, tmp_path, cache).stdout == "42\n"


def test_a_crate_that_is_not_there_is_told(tmp_path: Path, cache: Path) -> None:
    files = {"Cargo.toml": f'{MANIFEST}[dependencies]\nrayon = "1"\n', "src/main.rs": "fn main() {}\n"}
    recipe = prepare("rust", Source(files, "src/main.rs"), tmp_path, BuildSettings())
    done = perform(recipe.build[0], tmp_path, cache)
    assert "rayon" in language_named("rust").diagnostics(done.stderr)[0].message


def test_a_cargo_library_becomes_a_module_of_python(tmp_path: Path, cache: Path) -> None:
    manifest = MANIFEST.replace("answer-it", "kernel") + '[lib]\ncrate-type = ["cdylib"]\npath = "kernel.rs"\n'
    loads = LOADS.replace("libkernel.so", "kernel.so")
    source = Source({"program.py": loads, "Cargo.toml": manifest, "kernel.rs": KERNELS["kernel.rs"]}, "program.py")
    recipe = prepare("python", source, tmp_path, BuildSettings())
    succeed(recipe.build, tmp_path, cache)
    assert perform(recipe.run, tmp_path, cache, "21").stdout == "42\n"


@pytest.mark.parametrize(
    ("manifest", "says"),
    [
        (None, "there is no Cargo.toml among"),
        ("[package", "Cargo.toml: "),
        ("[workspace]\n", r"has no \[package\] with a name"),
        ('[package]\nname = "../../x"\n', r"has no \[package\] with a name"),
    ],
)
def test_a_cargo_build_without_a_usable_manifest_is_an_error(manifest: str | None, says: str) -> None:
    files = {"src/main.rs": "fn main() {}\n"} | ({} if manifest is None else {"Cargo.toml": manifest})
    with pytest.raises(BuildError, match=says):
        language_named("rust").recipe(Source(files, "src/main.rs"), BuildSettings(compiler="cargo"))
