"""The hash chain over raw lines: any edit, gap, reorder or cut shows, in any language, without parsing.

A line's last member is ``hash``: SHA-256 over the hash of the line before (64 zeros before the first) followed by the
line's bytes up to, not including, ``,"hash":``. All hashes are lower-case hexadecimal ASCII.
"""

from hashlib import sha256

__all__ = ["GENESIS", "seal", "split", "unseal"]

GENESIS = "0" * 64
_MARK = b',"hash":"'
_TAIL = len(_MARK) + 64 + len(b'"}')


def _link(previous: str, body: bytes) -> str:
    digest = sha256(previous.encode("ascii"))
    digest.update(body)
    return digest.hexdigest()


def seal(previous: str, body: bytes) -> tuple[bytes, str]:
    """The whole line, newline included, for a body without its hash and closing brace; and the line's hash."""
    link = _link(previous, body)
    return b"".join((body, _MARK, link.encode("ascii"), b'"}\n')), link


def split(line: bytes) -> tuple[bytes, str] | None:
    """The body and the hash of a line without its newline, None when it has no hash member at its end."""
    if line[-_TAIL : -_TAIL + len(_MARK)] != _MARK or not line.endswith(b'"}'):
        return None
    return line[:-_TAIL], line[-66:-2].decode("ascii", "replace")


def unseal(previous: str, line: bytes) -> str | None:
    """The line's hash when it continues the chain from ``previous``, else None."""
    parts = split(line)
    if parts is None:
        return None
    body, claimed = parts
    return claimed if _link(previous, body) == claimed else None
