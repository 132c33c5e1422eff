"""What can be the address of a broker."""

from urllib.parse import SplitResult, urlsplit

__all__ = ["has_secret", "is_broker"]

_SCHEMES = ("nats", "tls")


def has_secret(address: str) -> bool:
    """Whether an address names a user, a token or a password, which others would see wherever it is shown or kept."""
    parts = _parts(address)
    return parts is not None and (parts.username is not None or parts.password is not None)


def is_broker(address: str) -> bool:
    """Whether an address is ``nats://HOST:PORT`` or ``tls://HOST:PORT``; the port may be left out."""
    parts = _parts(address)
    try:
        return (
            parts is not None
            and parts.scheme in _SCHEMES
            and bool(parts.hostname)
            and parts.port != 0
            and parts.path in {"", "/"}
        )
    except ValueError:  # a port that is no number
        return False


def _parts(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:  # half an IPv6 address
        return None
