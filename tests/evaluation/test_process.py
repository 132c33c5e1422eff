"""The channel and the child process behind it, on a child written for these tests."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from genesis.channel import ChannelError, memory_file, pack, read_file, receive
from genesis.process import ChildDied, ChildProcess

CHILD = "tests.evaluation.echo_child"


def with_child(use: Callable[[ChildProcess], Awaitable[None]]) -> None:
    async def go() -> None:
        child = await ChildProcess.start(CHILD, name="echo")
        try:
            await use(child)
        finally:
            await child.aclose()
            await child.aclose()
        assert not Path(f"/proc/{child.pid}").exists(), "a zombie was left"

    asyncio.run(go())


@pytest.mark.parametrize("size", [0, 1, 32 * 1024, 32 * 1024 + 1, 5_000_000])
def test_payloads_of_any_size(size: int) -> None:
    async def use(child: ChildProcess) -> None:
        data = os.urandom(size)
        before = len(os.listdir("/proc/self/fd"))
        reply = await child.call({"op": "echo", "text": "ü"}, data)
        assert reply.payload == data
        assert reply.header["text"] == "ü"
        assert len(os.listdir("/proc/self/fd")) == before

    with_child(use)


def test_descriptors_travel() -> None:
    async def use(child: ChildProcess) -> None:
        file = memory_file(b"inside")
        reply = await child.call({"op": "read"}, descriptors=(file,))
        assert reply.payload == b"inside"
        os.close(file)

    with_child(use)


def test_more_calls_in_flight_than_the_socket_holds() -> None:
    async def use(child: ChildProcess) -> None:
        replies = await asyncio.gather(*(child.call({"op": "echo", "n": n}, bytes(20_000)) for n in range(300)))
        assert [reply.header["n"] for reply in replies] == list(range(300))

    with_child(use)


def test_replies_in_any_order() -> None:
    async def use(child: ChildProcess) -> None:
        slow = asyncio.ensure_future(child.call({"op": "hold"}))
        await asyncio.sleep(0)
        quick = await child.call({"op": "echo", "n": 1})
        assert quick.header["n"] == 1
        assert not slow.done()
        await child.call({"op": "release"})
        assert (await slow).header["held"]

    with_child(use)


def test_death_fails_calls_in_flight_and_later_ones() -> None:
    async def use(child: ChildProcess) -> None:
        held = asyncio.ensure_future(child.call({"op": "hold"}))
        with pytest.raises(ChildDied, match=r"exit code 3.*last words"):
            await child.call({"op": "die"})
        with pytest.raises(ChildDied):
            await held
        with pytest.raises(ChildDied):
            await child.call({"op": "echo"})
        assert not child.alive

    with_child(use)


def test_a_killed_child_is_named_with_its_signal() -> None:
    async def use(child: ChildProcess) -> None:
        await child.call({"op": "echo"})
        os.kill(child.pid, signal.SIGKILL)
        with pytest.raises(ChildDied, match="echo ended \\(killed by SIGKILL\\)"):
            await child.call({"op": "hold"})

    with_child(use)


def test_a_cancelled_call_leaves_no_descriptor() -> None:
    async def use(child: ChildProcess) -> None:
        before = len(os.listdir("/proc/self/fd"))
        call = asyncio.ensure_future(child.call({"op": "echo"}, bytes(100_000)))
        await asyncio.sleep(0)
        call.cancel()
        await child.call({"op": "echo"})
        assert len(os.listdir("/proc/self/fd")) == before

    with_child(use)


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")

    async def use(child: ChildProcess) -> None:
        names = json.loads((await child.call({"op": "environment"})).payload)
        assert set(names) <= {
            "LANG", "LC_CTYPE", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE",
            "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
        }  # fmt: skip

    with_child(use)


def test_a_module_that_cannot_be_imported_says_so() -> None:
    async def go() -> None:
        child = await ChildProcess.start("tests.evaluation.nowhere", name="nobody")
        with pytest.raises(ChildDied, match=r"No module named 'tests\.evaluation\.nowhere'"):
            await child.call({})

    asyncio.run(go())


@pytest.mark.parametrize(
    "packet", [b"x", b"\0" * 11, b"\x05\0\0\0\0\0\0\0\0\0\0\0{{{{{", b"\x02\0\0\0\0\0\0\0\x01\0\0\0{}"]
)
def test_broken_packets_are_refused(packet: bytes) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.send(packet)
        with pytest.raises(ChannelError):
            receive(ours)


def test_a_header_is_bounded() -> None:
    with pytest.raises(ChannelError, match="payload"):
        pack({"x": "y" * 70_000})


def test_memory_files_are_sealed() -> None:
    file = memory_file(b"abc")
    with pytest.raises(PermissionError):
        os.pwrite(file, b"x", 0)
    assert read_file(file, 2) == b"ab"
    os.close(file)


def test_the_zygote_has_no_module_that_makes_forks_dearer():
    """Threads bring a hook that runs in every child, and each library is mapped once more in every child."""
    named = "threading subprocess shutil lzma bz2 numpy asyncio"
    told = "import sys, genesis.evaluation.sandbox.zygote; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.split()
    assert "genesis.evaluation.sandbox.bubblewrap" in found
    assert not {*named.split()} & {*found}
