"""Texts without what may be a secret in an address: user and password, and parameters that hold a token or a key.

Whatever shows an address to people, or writes it down, goes through here: people put secrets into addresses, and
clients repeat an address in what they say when it cannot be reached.
"""

import re
from collections.abc import MutableMapping

__all__ = ["masked", "masked_values"]

_HIDDEN = "***"
_OF_A_SCHEME = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*:/{1,3})[^\s'\"<>|]*@")
_WITHOUT_ONE = re.compile(r"(?<![^\s'\"=(,])[^\s'\"=(,:/@]+:[^\s'\"/@]+@(?=[\w\[])")
_PARAMETER = re.compile(
    r"([?&;][^\s'\"&;=]*(?:pass|pwd|token|secret|key|sig|auth|cred)[^\s'\"&;=]*=)['\"]*[^\s'\"&;<>]+", re.IGNORECASE
)


def masked(text: str) -> str:
    """A text with ``***`` in the place of what may be a secret in an address; more is hidden rather than less."""
    if "@" in text:
        text = _WITHOUT_ONE.sub(f"{_HIDDEN}@", _OF_A_SCHEME.sub(rf"\1{_HIDDEN}@", text))
    return _PARAMETER.sub(rf"\1{_HIDDEN}", text) if "=" in text else text


def masked_values(_: object, __: str, values: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """The same for a line of diagnostics: a processor of structlog's."""
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = masked(value)
    return values
