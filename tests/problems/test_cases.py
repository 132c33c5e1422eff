"""The cases of every problem that has some."""

import pytest

from tests.problems.compiled import PROBLEMS, check_cases


@pytest.mark.parametrize("name", sorted(path.parent.name for path in PROBLEMS.glob("*/cases.py")))
def test_cases_are_the_same_every_time(compiled, name):
    check_cases(compiled(name))
