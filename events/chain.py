"""The hash chain over raw lines: any edit, gap, reorder or cut shows, in any language, without parsing.

A line's last member is ``hash``: SHA-256 over the hash of the line before (64 zeros before the first) followed by the
line's bytes up to, not including, ``,"hash":``. All hashes are lower-case hexadecimal ASCII.
"""

from hashlib import sha256

__all__ = ["GENESIS", "seal", "unseal"]

GENESIS = "0" * 64
_TAIL = len(b',"hash":"') + 64 + len(b'"}\n')


def seal(previous: str, body: bytes) -> tuple[bytes, str]:
    """The whole line, newline included, for a body without its hash and closing brace; and the line's hash."""
    link = sha256(previous.encode() + body).hexdigest()
    return b'%b,"hash":"%b"}\n' % (body, link.encode()), link


def unseal(previous: str, line: bytes) -> str | None:
    """The hash of a whole line, newline included, when it continues the chain from ``previous``, else None."""
    link = sha256(previous.encode() + line[:-_TAIL]).hexdigest()
    return link if line.endswith(b',"hash":"%b"}\n' % link.encode()) else None
