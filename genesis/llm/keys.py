"""Keys of providers: whether one is there and could be one. Messages name the variable, and never show the value."""

import re
from collections.abc import Mapping

from genesis.llm.provider.table import Provider

__all__ = ["key_problem"]

_PLAUSIBLE = re.compile(r"[\x21-\x7e]{8,512}")
_PLACEHOLDER = re.compile(r"(?<![a-z0-9])your|change.?me|<.*>|\.\.\.|x{6,}|example|placeholder", re.IGNORECASE)


def key_problem(provider: Provider, environment: Mapping[str, str]) -> str | None:
    """What is wrong with a provider's key, and what to do; None when nothing is."""
    name = provider.api_key_env
    value = environment.get(name, "") if name is not None else ""
    if name is None or (provider.key_optional and not value.strip()):
        return None
    wrong = _wrong(value)
    return None if wrong is None else f"{provider.name}: {wrong.format(name=name, length=len(value))}"


def _wrong(value: str) -> str | None:
    if not value.strip():
        return "the environment variable {name} is not set: put the provider's key into it"
    if value != value.strip():
        return "the key in {name} has blanks or line ends around it: set it again without them"
    if value[0] in "'\"" or value[-1] in "'\"":
        return "the key in {name} is in quotes, and they are part of it: set it again without them"
    if not _PLAUSIBLE.fullmatch(value):
        return (
            "the key in {name} is malformed ({length} characters): keys are 8 to 512 visible ASCII characters; "
            "copy it again from the provider"
        )
    if _PLACEHOLDER.search(value):
        return "{name} holds a placeholder, not a key: put the provider's key into it"
    return None
