"""Keeps secrets out of everything that is written: keys are masked wherever a provider or an error repeats them."""

import re
from collections.abc import Iterable
from urllib.parse import quote

__all__ = ["Mask"]

_MASKED = "[key]"
_SHORTEST = 4  # a shorter value is no key, and would be found in ordinary words
_LOOKS_LIKE_A_KEY = re.compile(
    r"\b(sk|pk|rk|key|gsk|xai|hf|or|ant)[-_][A-Za-z0-9_*-]{8,}|\bAIza[0-9A-Za-z_*-]{10,}|\b[Bb]earer\s+[^\s'\"]{4,}"
)


class Mask:
    """Replaces the given secrets in texts.

    Args:
        secrets: Values of keys. Empty ones are passed over.
    """

    __slots__ = ("_secrets",)

    def __init__(self, secrets: Iterable[str]) -> None:
        whole = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._secrets = sorted(whole | {quote(secret, safe="") for secret in whole}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text that a model or a provider wrote, without the secrets; nothing else of it is changed."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, _MASKED)
        return text

    def message(self, message: str) -> str:
        """A message about something that went wrong: what only looks like a key is left out too.

        Providers repeat a wrong key with some of its characters starred.
        """
        return _LOOKS_LIKE_A_KEY.sub(_MASKED, self.text(message))
