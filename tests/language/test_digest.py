"""The code digest: one number for what a program says."""

import pytest

from genesis.language import LanguageError, code_digest
from genesis.program import Source

PROGRAM = Source({"program.py": "x = 1.0\n", "lib/helper.py": "y = 2\n", "data.txt": "# a\n"}, "program.py")


def test_it_is_64_hex_digits_and_known() -> None:
    # A changed normal form makes old logs' duplicates new programs: it needs a reason, and a line in the changelog.
    digest = code_digest(Source.single("x = [1.0, -2]\n", "program.py"), "python")
    assert digest == "83d40f400030325219360c59df456cf19b94a1777e37ce02870eba53ab7e9854"


def test_layout_does_not_count_in_files_of_the_language_and_counts_elsewhere() -> None:
    assert code_digest(PROGRAM, "python") == code_digest(PROGRAM.with_file("lib/helper.py", "y=2  # two\n"), "python")
    assert code_digest(PROGRAM, "python") != code_digest(PROGRAM.with_file("data.txt", "#  a\n"), "python")


def test_paths_entry_and_content_count() -> None:
    text, other = PROGRAM.files["program.py"], PROGRAM.files["lib/helper.py"]
    variants = [
        PROGRAM,
        PROGRAM.with_file("program.py", "x = 1\n"),
        PROGRAM.with_file("more.py", ""),
        Source(PROGRAM.files, "lib/helper.py"),
        Source({"program.py": text, "lib/helpers.py": other, "data.txt": "# a\n"}, "program.py"),
        Source({"program.py": other, "lib/helper.py": text, "data.txt": "# a\n"}, "program.py"),
    ]
    assert len({code_digest(variant, "python") for variant in variants}) == len(variants)


def test_the_order_of_files_does_not_count() -> None:
    backwards = Source(dict(reversed(PROGRAM.files.items())), PROGRAM.entry)
    assert code_digest(backwards, "python") == code_digest(PROGRAM, "python")


def test_long_programs_and_lone_surrogates_have_digests() -> None:
    long = Source.single("x = 0.5\n" * 20_000, "program.py")
    assert code_digest(long, "python") == code_digest(Source.single(long.text + "# end\n", "program.py"), "python")
    assert code_digest(Source.single("\ud800", "program.py"), "python") != code_digest(
        Source.single("\ud801", "program.py"), "python"
    )


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(LanguageError, match="'basic' is not known: use one of c, cpp, cuda,"):
        code_digest(PROGRAM, "basic")


def test_files_of_other_languages_are_read_in_their_own() -> None:
    native = "int f() { return 1; } // one\n"
    program = Source({"program.py": "x = 1\n", "kernel.cpp": native}, "program.py")
    reformatted = program.with_file("kernel.cpp", "int f()\n{\n  return 1;\n}\n")
    changed = program.with_file("kernel.cpp", native.replace("1", "2"))
    assert code_digest(program, "python") == code_digest(reformatted, "python")
    assert code_digest(program, "python") != code_digest(changed, "python")
