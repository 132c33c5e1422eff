"""Counting a child's events from outside it."""

import os
import sys

import pytest

from genesis.evaluation.sandbox import counters

BUSY = "sum(range(3_000_000))"


def counted(event: counters.Event) -> int:
    """What a child program of ours came to, counted by its parent."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(writer)
        os.read(reader, 1)
        os.execv(sys.executable, [sys.executable, "-S", "-c", BUSY])
    os.close(reader)
    descriptor = counters.count(pid, event)
    try:
        os.write(writer, b"1")
        os.waitpid(pid, 0)
        return counters.read(descriptor)
    finally:
        os.close(descriptor)
        os.close(writer)


@pytest.mark.parametrize("event", [counters.INSTRUCTIONS, counters.TASK_CLOCK], ids=["instructions", "clock"])
def test_a_childs_program_is_counted_where_the_machine_can(event: counters.Event) -> None:
    if not counters.available(event):
        with pytest.raises(OSError):
            counters.count(0, event)
        pytest.skip("this machine has no such counter, or does not allow it")
    assert counted(event) > 1_000_000
