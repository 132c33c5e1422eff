"""EVOLVE-BLOCK markers: what may change, and how a change elsewhere is named."""

import pytest

from genesis.mutation.regions import RegionError, editable, editable_regions, unchanged_outside
from genesis.program import Source

TEXT = """a = 1
# EVOLVE-BLOCK-START the points
b = 2
    # EVOLVE-BLOCK-END
c = 3
#EVOLVE-BLOCK-START
#EVOLVE-BLOCK-END
d = 4
"""


def inside(text: str) -> list[str]:
    return [text[region.start : region.end] for region in editable(text, "#")]


def test_the_lines_between_markers_may_change() -> None:
    assert inside(TEXT) == ["b = 2\n", ""]


def test_a_file_without_markers_may_change_everywhere() -> None:
    assert inside("a = 1\nEVOLVE-BLOCK-START\nx = '# EVOLVE-BLOCK-END'\n") == [
        "a = 1\nEVOLVE-BLOCK-START\nx = '# EVOLVE-BLOCK-END'\n"
    ]


def test_markers_are_comments_of_the_language() -> None:
    text = "// EVOLVE-BLOCK-START\nx;\n// EVOLVE-BLOCK-END\n"
    assert [text[region.start : region.end] for region in editable(text, "//")] == ["x;\n"]
    assert inside(text) == [text]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x\n# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\n", "line 3: .* the one of line 2 is still open"),
        ("x\n# EVOLVE-BLOCK-START\nx\n", "line 2: .* has no EVOLVE-BLOCK-END below"),
        ("x\n\n# EVOLVE-BLOCK-END\n", "line 3: .* no block is open here"),
    ],
)
def test_markers_that_do_not_pair_are_named_with_their_line(text: str, message: str) -> None:
    with pytest.raises(RegionError, match=message):
        editable(text, "#")
    with pytest.raises(RegionError, match=f"program.py, {message}"):
        editable_regions(Source.single(text, "program.py"), "python")


def test_one_marked_file_makes_the_others_immutable() -> None:
    source = Source({"program.py": TEXT, "helper.py": "x = 1\n"}, "program.py")
    regions = editable_regions(source, "python")
    assert list(regions) == ["helper.py", "program.py"]
    assert regions["helper.py"] == ()
    assert len(regions["program.py"]) == 2


def changed(text: str) -> str | None:
    before = Source({"program.py": TEXT, "helper.py": "x = 1\n"}, "program.py")
    return unchanged_outside(before, before.with_file("program.py", text), "python")


def test_changes_inside_are_free() -> None:
    assert changed(TEXT) is None
    assert changed(TEXT.replace("b = 2\n", "")) is None
    assert (
        changed(TEXT.replace("b = 2\n", "b = 2\nb2 = 3\n").replace("#EVOLVE-BLOCK-END", "e = 5\n#EVOLVE-BLOCK-END"))
        is None
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a = 1", "a = 2", "program.py: line 1 is outside"),
        ("c = 3", "c = 3 ", "program.py: line 5 is outside"),
        ("d = 4\n", "d = 4\n\n", "program.py: line 9 is outside"),
        ("d = 4\n", "", "program.py: line 8 is outside"),
        ("START the points", "START", "program.py: line 2 is outside"),
        ("b = 2\n", "# EVOLVE-BLOCK-END\nb = 2\n# EVOLVE-BLOCK-START\n", "program.py: line 4 is outside"),
        ("d = 4\n", "d = 4\n# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n", "program.py: line 9 is outside"),
        ("#EVOLVE-BLOCK-END\n", "", "program.py: line 6: '#EVOLVE-BLOCK-START' has no EVOLVE-BLOCK-END"),
    ],
)
def test_a_change_outside_is_named_by_its_line(old: str, new: str, message: str) -> None:
    assert TEXT.count(old) == 1
    assert (changed(TEXT.replace(old, new)) or "").startswith(message)


def test_a_marked_program_keeps_its_files_and_its_entry() -> None:
    before = Source({"program.py": TEXT, "helper.py": "x = 1\n"}, "program.py")
    assert unchanged_outside(before, before.with_file("helper.py", "x = 2\n"), "python") == (
        "helper.py: line 1 changed; this file has no EVOLVE-BLOCK, so all of it is immutable"
    )
    assert "file added" in (unchanged_outside(before, before.with_file("new.py", ""), "python") or "")
    assert "file removed" in (unchanged_outside(before, Source.single(TEXT, "program.py"), "python") or "")
    assert "became 'helper.py'" in (unchanged_outside(before, Source(before.files, "helper.py"), "python") or "")


def test_a_program_without_markers_is_free() -> None:
    before = Source.single("x = 1\n", "program.py")
    assert unchanged_outside(before, Source.single("y = 1\n", "other.py"), "python") is None


def test_each_file_is_marked_in_the_comments_of_its_own_language() -> None:
    python = "import kernel\n# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
    native = "int f();\n// EVOLVE-BLOCK-START\nint f() { return 1; }\n// EVOLVE-BLOCK-END\n"
    before = Source({"program.py": python, "kernel.cpp": native, "Cargo.toml": "# EVOLVE-BLOCK\n"}, "program.py")
    regions = editable_regions(before, "python")
    shown = {path: [before.files[path][each.start : each.end] for each in found] for path, found in regions.items()}
    assert shown == {"program.py": ["x = 1\n"], "kernel.cpp": ["int f() { return 1; }\n"], "Cargo.toml": []}
    inside = before.with_file("kernel.cpp", native.replace("return 1", "return 2"))
    outside = before.with_file("kernel.cpp", native.replace("int f();", "int g();"))
    assert unchanged_outside(before, inside, "python") is None
    assert unchanged_outside(before, outside, "python") == (
        "kernel.cpp: line 1 is outside every EVOLVE-BLOCK and changed; put it back"
    )
