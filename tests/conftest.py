"""What holds for all tests."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# how long an example takes says how busy the machine is, no more
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
# a shell that starts a command in the background lets it ignore Ctrl-C, and all that it starts
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors, since a test waits for a third of its time; a few, since each reads all tests first."""
    return min(len(os.sched_getaffinity(0)), 8) + 1


@pytest.fixture(scope="session")
def toolchain_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where toolchains keep what they made, Go its whole standard library; the same for all processes of a test run."""
    own = tmp_path_factory.getbasetemp()
    path = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "toolchains"
    path.mkdir(exist_ok=True)
    return path
