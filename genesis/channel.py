"""Messages between the engine and the processes it keeps warm.

A channel is one ``AF_UNIX`` ``SOCK_SEQPACKET`` socket pair, so a message is one packet: three little-endian ``u32``
(bytes of header, bytes of payload, 1 if the payload is in the last descriptor), a JSON object, and a payload. A
payload over 32 KiB travels as a sealed memory file beside the packet; a message may carry other descriptors too, and
then a process in the middle passes data on without reading it.

This module is what the child side needs, and imports little: starting a warm process is on the path to the first
result. The engine's side, which needs asyncio, is :mod:`genesis.process`.
"""

import array
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "ChannelError",
    "Endpoint",
    "Header",
    "Message",
    "adopt",
    "die_with_parent",
    "memory_file",
    "open_memory_file",
    "pack",
    "read_file",
    "receive",
    "seal",
    "serve",
]

Header = Mapping[str, Any]
"""A JSON object; ``Any`` because each side checks its own fields where it builds a record from them."""

MAX_HEADER_BYTES = 64 * 1024
MAX_INLINE_BYTES = 32 * 1024
MAX_DESCRIPTORS = 8
_PREFIX = struct.Struct("<III")
_MAX_PACKET_BYTES = _PREFIX.size + MAX_HEADER_BYTES + MAX_INLINE_BYTES
_CONTROL_BYTES = socket.CMSG_SPACE(MAX_DESCRIPTORS * array.array("i").itemsize)
_CUT_OFF = int(socket.MSG_TRUNC | socket.MSG_CTRUNC)  # a plain number: to join the flags costs as much as to read
_PR_SET_PDEATHSIG = 1
_F_ADD_SEALS = 1033
_ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8  # seal, shrink, grow, write

_encode = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps makes one each time when it is told so much
_libc = ctypes.CDLL(None, use_errno=True)


class ChannelError(Exception):
    """A packet that breaks the protocol: too large, cut off, or not what it says."""


@dataclass(frozen=True, slots=True)
class Message:
    """One packet; whoever receives it owns, and closes, its descriptors."""

    header: Header
    payload: bytes = b""
    descriptors: tuple[int, ...] = field(default=())

    def close(self) -> None:
        """Close every descriptor that came with the message."""
        for descriptor in self.descriptors:
            os.close(descriptor)


def open_memory_file(name: str) -> int:
    """The descriptor of a new, empty, sealable memory file, closed on exec."""
    return os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


def seal(descriptor: int) -> None:
    """Make a memory file immutable for every holder.

    Raises:
        OSError: ``EBUSY`` when some process still has it mapped for writing.
    """
    fcntl.fcntl(descriptor, _F_ADD_SEALS, _ALL_SEALS)


def memory_file(data: bytes, name: str = "payload") -> int:
    """The descriptor of a sealed memory file that holds ``data``; the caller closes it."""
    descriptor = open_memory_file(name)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        seal(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_file(descriptor: int, limit: int | None = None) -> bytes:
    """All of a file, or its first ``limit`` bytes, wherever its offset is."""
    size = os.fstat(descriptor).st_size
    wanted = size if limit is None else min(size, limit)
    chunks: list[bytes] = []
    offset = 0
    while offset < wanted:
        chunk = os.pread(descriptor, wanted - offset, offset)
        if not chunk:
            break
        chunks.append(chunk)
        offset += len(chunk)
    return b"".join(chunks)


def pack(header: Header, payload: bytes = b"") -> tuple[bytes, int | None]:
    """One packet, and the memory file that must travel (last) with it when the payload is large."""
    head = _encode(header).encode()
    if len(head) > MAX_HEADER_BYTES:
        raise ChannelError(f"header of {len(head)} bytes: {MAX_HEADER_BYTES} at most; put large data into the payload")
    if len(payload) <= MAX_INLINE_BYTES:
        return _PREFIX.pack(len(head), len(payload), 0) + head + payload, None
    return _PREFIX.pack(len(head), len(payload), 1) + head, memory_file(payload)


def receive(connection: socket.socket) -> Message | None:
    """The next message, or None when the other side is gone.

    Raises:
        ChannelError: The packet is cut off or does not say its own length.
        BlockingIOError: The socket does not block and nothing is there.
    """
    packet, control, flags, _ = connection.recvmsg(_MAX_PACKET_BYTES, _CONTROL_BYTES, socket.MSG_CMSG_CLOEXEC)
    if not packet:
        return None
    descriptors = _descriptors(control)
    try:
        if flags & _CUT_OFF:
            raise ChannelError(f"packet over {_MAX_PACKET_BYTES} bytes or {MAX_DESCRIPTORS} descriptors")
        return _unpack(packet, descriptors)
    except BaseException:
        for descriptor in descriptors:
            os.close(descriptor)
        raise


def _descriptors(control: Sequence[tuple[int, int, bytes]]) -> list[int]:
    found = array.array("i")
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % found.itemsize])
    return found.tolist()


def _unpack(packet: bytes, descriptors: list[int]) -> Message:
    if len(packet) < _PREFIX.size:
        raise ChannelError(f"packet of {len(packet)} bytes: {_PREFIX.size} at least")
    head_bytes, payload_bytes, in_file = _PREFIX.unpack_from(packet)
    start = _PREFIX.size + head_bytes
    try:
        header: object = json.loads(packet[_PREFIX.size : start].decode())
    except ValueError as error:
        raise ChannelError(f"header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise ChannelError(f"header is a {type(header).__name__}: a JSON object is needed")
    if not in_file:
        return Message(header, packet[start:], tuple(descriptors))  # pyright: ignore[reportUnknownArgumentType]  JSON
    if not descriptors:
        raise ChannelError("payload should be in a descriptor, but none came")
    source = descriptors.pop()
    try:
        payload = read_file(source, payload_bytes)
    finally:
        os.close(source)
    return Message(header, payload, tuple(descriptors))  # pyright: ignore[reportUnknownArgumentType]  JSON


class Endpoint:
    """A child's end of its channel: blocking, one reader, replies matched by the request's id."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def fileno(self) -> int:
        """The socket's descriptor, for ``poll``."""
        return self._socket.fileno()

    def receive(self) -> Message | None:
        """The next request, or None when the engine is gone."""
        return receive(self._socket)

    def reply(self, to: Message, header: Header, payload: bytes = b"", descriptors: Sequence[int] = ()) -> None:
        """Answer one request; descriptors are duplicated into the message and stay the caller's."""
        packet, extra = pack({**header, "id": to.header["id"]}, payload)
        rights = [*descriptors] if extra is None else [*descriptors, extra]
        try:
            send(self._socket, packet, rights)
        finally:
            if extra is not None:
                os.close(extra)

    def close(self) -> None:
        """Close this process's copy of the socket."""
        self._socket.close()


def send(connection: socket.socket, packet: bytes, descriptors: Sequence[int]) -> None:
    """Send one packet with its descriptors."""
    if descriptors:
        rights = array.array("i", descriptors)
        connection.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    else:
        connection.send(packet)


def die_with_parent() -> None:
    """Have the kernel kill this process the moment the thread that started it is gone."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")


def adopt(descriptor: int) -> Endpoint:
    """Take up the channel that the engine left at ``descriptor``, and tie this process's life to the engine's.

    Ctrl-C is the engine's alone: this process ignores SIGINT and dies with the engine, even with one that was killed.
    """
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gone = select.poll()
    gone.register(descriptor, 0)
    if gone.poll(0):  # hung up before the death signal was armed
        os._exit(1)
    return Endpoint(descriptor)


def serve(endpoint: Endpoint, answer: Callable[[Message], tuple[Header, bytes]]) -> None:
    """Answer requests one at a time until the engine is gone.

    Args:
        endpoint: The channel.
        answer: Gives a reply's header and payload; the request's descriptors are closed when it returns.
    """
    while (request := endpoint.receive()) is not None:
        try:
            header, payload = answer(request)
        finally:
            request.close()
        endpoint.reply(request, header, payload)
