"""Keeps secrets out of everything that is written: keys are masked wherever a provider or an error repeats them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from genesis.llm.keys import SHORTEST_SECRET

__all__ = ["Mask"]

_MASKED = "[key]"
_SHORTEST = 4  # a shorter value is no key, and would be found in ordinary words of messages
_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(sk|pk|rk|key|gsk|xai|hf|or|ant)[-_][A-Za-z0-9_*-]{8,}|\bAIza[0-9A-Za-z_*-]{10,}|\b[Bb]earer\s+[^\s'\"]{4,}"
)


class Mask:
    """Replaces the given secrets in texts.

    Args:
        secrets: Values of keys. Empty ones are passed over, and so is, in what a model wrote, a word such as ``EMPTY``
            that stands for a key where a server wants none.
    """

    __slots__ = ("_all", "_secrets")

    def __init__(self, secrets: Iterable[str]) -> None:
        whole = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._all = sorted(whole | {quote(secret, safe="") for secret in whole}, key=len, reverse=True)
        self._secrets = [secret for secret in self._all if len(secret) >= SHORTEST_SECRET]

    def text(self, text: str) -> str:
        """A text that a model or a provider wrote, without the secrets; nothing else of it is changed."""
        return _without(self._secrets, text)

    def message(self, message: str) -> str:
        """A message about something that went wrong: what only looks like a key is left out too.

        Providers repeat a wrong key with some of its characters starred.
        """
        return _LOOKS_LIKE_A_KEY.sub(_MASKED, _without(self._all, message))


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        if secret in text:
            text = text.replace(secret, _MASKED)
    return text
