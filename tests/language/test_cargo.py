"""Rust by Cargo, for real: a project, and crates that come with it."""

from pathlib import Path

import pytest

from genesis.language import BuildError, BuildSettings, language_named
from genesis.program import Source
from tests.contracts.test_language import perform, prepare, succeed

MANIFEST = '[package]\nname = "answer-it"\nversion = "0.1.0"\nedition = "2021"\n'
MAIN = 'fn main() { println!("{}", answer::ANSWER); }\nmod answer;\n'


def test_cargo_builds_a_project_offline_and_locked(tmp_path: Path, toolchain_cache: Path) -> None:
    files = {"Cargo.toml": MANIFEST, "src/main.rs": MAIN, "src/answer.rs": "pub const ANSWER: i32 = 42;\n"}
    lock = 'version = 3\n\n[[package]]\nname = "answer-it"\nversion = "0.1.0"\n'
    source = Source({**files, "Cargo.lock": lock}, "src/main.rs")
    recipe = prepare("rust", source, tmp_path, BuildSettings())
    assert "--locked" in recipe.build[0].argv and "--offline" in recipe.build[0].argv
    succeed((*recipe.check, *recipe.build), tmp_path, toolchain_cache)
    assert recipe.artifact == "target/release/answer-it"
    assert perform(recipe.run, tmp_path, toolchain_cache).stdout == "42\n"


def test_cargo_takes_crates_that_come_with_the_program(tmp_path: Path, toolchain_cache: Path) -> None:
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
    succeed(recipe.build, tmp_path, toolchain_cache)
    assert perform(recipe.run, tmp_path, toolchain_cache).stdout == "42\n"


def test_a_crate_that_is_not_there_is_told(tmp_path: Path, toolchain_cache: Path) -> None:
    files = {"Cargo.toml": f'{MANIFEST}[dependencies]\nrayon = "1"\n', "src/main.rs": "fn main() {}\n"}
    recipe = prepare("rust", Source(files, "src/main.rs"), tmp_path, BuildSettings())
    done = perform(recipe.build[0], tmp_path, toolchain_cache)
    assert "rayon" in language_named("rust").diagnostics(done.stderr)[0].message


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
