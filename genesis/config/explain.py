"""What a schema error means to the person who wrote the value."""

import difflib
import re
from collections.abc import Mapping
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from genesis.config.keys import KEYS, SECTIONS

__all__ = ["explain", "shown"]

_SECRET = re.compile(r"key|secret|authorization|password|_env$|base_url|://", re.IGNORECASE)
_PATTERNS: Mapping[str, str] = {
    "run_id": "use letters, digits, '.', '_' and '-', a letter or digit first, at most 101 of them",
    "name": "write provider/model, such as openai/gpt-5-mini",
    "analysis": "write provider/model, such as openai/gpt-5-mini",
    "embedding": "write provider/model, such as openai/text-embedding-3-small",
    "base_url": "write an address that begins with http:// or https:// and holds no user or password",
    "base_url_env": "write the name of an environment variable, in capitals, such as VLLM_BASE_URL",
    "api_key_env": "write the name of an environment variable, such as OPENAI_API_KEY, never the key itself",
    "token_env": "write the name of an environment variable, such as NATS_TOKEN, never the token itself",
    "password_env": "write the name of an environment variable, such as NATS_PASSWORD, never the password itself",
}
"""Last part of a path to what its pattern asks for."""


def explain(error: ValidationError, *, origins: Mapping[str, str], defaults: Mapping[str, object]) -> str:
    """One line for each thing that is wrong: the key, the value, who gave it, the rule and what to write.

    Args:
        error: From validating a ``RunConfig``.
        origins: Dotted key to who gave its value; keys that are missing hold packaged values.
        defaults: Dotted key to its packaged value.
    """
    return "\n".join(_line(details, origins, defaults) for details in error.errors())


def _line(details: ErrorDetails, origins: Mapping[str, str], defaults: Mapping[str, object]) -> str:
    path, key = _path(details["loc"]), _key(details["loc"])
    rule = _rule(details)
    if key in SECTIONS or not key:
        return rule if path and path in rule else f"{path or 'configuration'}: {rule}"
    origin = f" ({origins[key]})" if key in origins else ""
    return f"{path} = {shown(path, details['input'])}{origin}: {rule}{_remedy(key, details, defaults)}"


def _path(location: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).removeprefix(".")


def _key(location: tuple[int | str, ...]) -> str:
    """The configuration key a location is in: an element of a list belongs to the list's key."""
    key = ""
    for part in location:
        longer = f"{key}.{part}" if key else str(part)
        if longer not in KEYS and longer not in SECTIONS:
            break
        key = longer
    return key


def shown(path: str, value: object) -> str:
    """A value as a message may have it: short, and not at all where someone may have written a secret."""
    text = repr(value)
    if _SECRET.search(path.rpartition(".")[2]) or _SECRET.search(text):
        return "(not shown)"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _rule(details: ErrorDetails) -> str:
    match details["type"]:
        case "value_error":
            return str(details.get("ctx", {}).get("error", details["msg"]))
        case "tuple_type":
            return "a list is needed, written [a,b]"
        case "string_pattern_mismatch":
            return _PATTERNS[str(details["loc"][-1])]
        case "extra_forbidden":
            return "it has no such field"
        case "missing":
            return f"the field {details['loc'][-1]!r} is missing"
        case _:
            return details["msg"].replace("Input should be", "it should be", 1)


def _remedy(key: str, details: ErrorDetails, defaults: Mapping[str, object]) -> str:
    expected = details.get("ctx", {}).get("expected")
    if isinstance(expected, str):
        options = expected.replace(" or ", ", ").replace("'", "").split(", ")
        near = difflib.get_close_matches(str(details["input"]), options, 1)
        return f"; did you mean {near[0]!r}?" if near else ""
    if details["type"] in {"value_error", "extra_forbidden", "missing"}:
        return ""
    return f"; the default is {_written(defaults[key])} ({KEYS[key].description})"


def _written(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case list():
            return str(cast("list[object]", value)).replace("'", "").replace(" ", "")
        case _:
            return str(value)
