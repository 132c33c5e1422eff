"""Several byte strings in one memory file: what a build made, the inputs of cases, what programs answered.

A bundle is a little-endian ``u64``, the length of its index; the index, a JSON list of ``[name, length]``; and the
bytes, one string after the other. Bytes go from file to file inside the kernel, unread.
"""

import json
import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from genesis.channel import open_memory_file, seal

__all__ = ["BundleError", "Entry", "copy", "extract", "read_entry", "read_index", "write_bundle"]

_LENGTH = struct.Struct("<Q")
_MAX_INDEX_BYTES = 16 * 1024 * 1024
_MAX_ENTRIES = 100_000


class BundleError(ValueError):
    """A file that is no bundle."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One byte string of a bundle."""

    name: str
    offset: int
    size: int


def write_bundle(entries: Iterable[tuple[str, int | bytes]], target: int) -> None:
    """Write named files (descriptors, from their first byte) and byte strings, in their order, into an empty file."""
    listed = [(name, content, _size(content)) for name, content in entries]
    index = json.dumps([[name, size] for name, _, size in listed]).encode()
    _write(target, _LENGTH.pack(len(index)) + index)
    for _, content, size in listed:
        if isinstance(content, bytes):
            _write(target, content)
        else:
            _transfer(content, 0, size, target)


def read_index(bundle: int) -> tuple[Entry, ...]:
    """What a bundle holds.

    Raises:
        BundleError: It is none.
    """
    size = os.fstat(bundle).st_size
    head = os.pread(bundle, _LENGTH.size, 0)
    if len(head) < _LENGTH.size:
        raise BundleError("a bundle is cut off in its first bytes")
    (length,) = _LENGTH.unpack(head)
    if length > min(_MAX_INDEX_BYTES, size):
        raise BundleError(f"a bundle's index has {length} bytes: {_MAX_INDEX_BYTES} at most")
    offset = _LENGTH.size + length
    found: list[Entry] = []
    for name, count in _listed(os.pread(bundle, length, _LENGTH.size)):
        found.append(Entry(name, offset, count))
        offset += count
    if offset > size:
        raise BundleError(f"a bundle of {size} bytes says that it has {offset}")
    return tuple(found)


def _listed(index: bytes) -> list[tuple[str, int]]:
    try:
        rows: list[tuple[str, int]] = [(str(name), int(count)) for name, count in json.loads(index)]
    except (ValueError, TypeError) as error:
        raise BundleError(f"a bundle's index is not a list of names and lengths: {error}") from error
    if len(rows) > _MAX_ENTRIES or any(count < 0 for _, count in rows):
        raise BundleError(f"a bundle's index has {len(rows)} entries, {_MAX_ENTRIES} at most, none below 0 bytes")
    return rows


def read_entry(bundle: int, entry: Entry) -> bytes:
    """One byte string."""
    chunks: list[bytes] = []
    done = 0
    while done < entry.size:
        chunk = os.pread(bundle, entry.size - done, entry.offset + done)
        if not chunk:
            break
        chunks.append(chunk)
        done += len(chunk)
    return b"".join(chunks)


def copy(bundle: int, entry: Entry, name: str) -> int:
    """A sealed memory file with one byte string; the caller closes it."""
    file = open_memory_file(name)
    try:
        _transfer(bundle, entry.offset, entry.size, file)
        seal(file)
    except BaseException:
        os.close(file)
        raise
    return file


def extract(bundle: int, entry: Entry, target: int) -> None:
    """Write one byte string into an open file."""
    _transfer(bundle, entry.offset, entry.size, target)


def _size(content: int | bytes) -> int:
    return len(content) if isinstance(content, bytes) else os.fstat(content).st_size


def _transfer(source: int, offset: int, size: int, target: int) -> None:
    end = offset + size
    while offset < end:
        sent = os.sendfile(target, source, offset, end - offset)
        if sent == 0:
            raise BundleError(f"a file ended {end - offset} bytes early")
        offset += sent


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]
