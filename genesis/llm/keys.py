"""Keys of providers: whether one is there and could be one. Messages name the variable, and never show the value."""

import re
from collections.abc import Mapping

from genesis.llm.provider.table import Provider

__all__ = ["SHORTEST_SECRET", "key_problem"]

SHORTEST_SECRET = 8
"""Characters of the shortest key that a provider gives; what is shorter stands where a server wants any at all."""

_PLAUSIBLE = re.compile(r"[\x21-\x7e]{1,512}")
_PLACEHOLDER = re.compile(r"(?<![a-z0-9])your|change.?me|<.*>|\.\.\.|x{6,}|example|placeholder", re.IGNORECASE)


def key_problem(provider: Provider, environment: Mapping[str, str]) -> str | None:
    """What is wrong with a provider's key, and what to do; None when nothing is."""
    name = provider.api_key_env
    value = environment.get(name, "") if name is not None else ""
    if name is None or (provider.key_optional and not value.strip()):
        return None
    wrong = _wrong(value, 1 if provider.key_optional else SHORTEST_SECRET)
    return None if wrong is None else f"{provider.name}: {wrong.format(name=name)}"


def _wrong(value: str, shortest: int) -> str | None:
    if not value.strip():
        return "the environment variable {name} is not set: put the provider's key into it"
    if value != value.strip():
        return "the key in {name} has blanks or line ends around it: set it again without them"
    if value[0] in "'\"" or value[-1] in "'\"":
        return "the key in {name} is in quotes, and they are part of it: set it again without them"
    if len(value) < shortest or not _PLAUSIBLE.fullmatch(value):
        return (
            f"the key in {{name}} is malformed ({len(value)} characters): keys are {shortest} to 512 visible ASCII "
            "characters; copy it again from the provider"
        )
    if _PLACEHOLDER.search(value):
        return "{name} holds a placeholder, not a key: put the provider's key into it"
    return None
