"""What holds for all tests."""

import os

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors, since a test waits for a third of its time; a few, since each reads all tests first."""
    return min(len(os.sched_getaffinity(0)), 8) + 1
