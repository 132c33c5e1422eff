"""Checks of proposed programs read each file in the language of its suffix."""

from genesis.mutation.checks import checked
from genesis.mutation.operators.port import Proposal, Proposed, Rejection
from genesis.program import Source

PROGRAM = "# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
KERNEL = "// EVOLVE-BLOCK-START\nint f() { return 1; }\n// EVOLVE-BLOCK-END\nint g();\n"
PARENT = Source({"program.py": PROGRAM, "kernel.cpp": KERNEL}, "program.py")


def outcome(kernel: str) -> Proposed | Rejection:
    return checked(Proposal(PARENT.with_file("kernel.cpp", kernel), "test", ""), (PARENT,), "python")


def test_native_code_may_change_where_its_own_comments_say_so() -> None:
    assert isinstance(outcome(KERNEL.replace("1;", "2;")), Proposed)
    rejected = outcome(KERNEL.replace("int g", "int h"))
    assert isinstance(rejected, Rejection)
    assert rejected.reason == "immutable_region_changed"


def test_native_code_is_checked_in_its_own_language() -> None:
    rejected = outcome(KERNEL.replace("1; }", "(1; }"))
    assert isinstance(rejected, Rejection)
    assert (rejected.reason, rejected.message) == (
        "syntax_error",
        "kernel.cpp, line 2: '}' does not close the '(' of line 2",
    )


def test_native_code_in_another_layout_is_the_same_program() -> None:
    rejected = outcome(KERNEL.replace("{ return 1; }", "{\n    return 1;  // one\n}"))
    assert isinstance(rejected, Rejection)
    assert rejected.reason == "duplicate"
