"""The body of an error, in whatever shape servers give it. Pure."""

import re
from dataclasses import dataclass
from typing import cast

from genesis.llm.provider.wire import Fields

__all__ = ["ServerError", "read_error"]

_SHOWN_CHARACTERS = 600
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServerError:
    """An error that came inside a stream or a body, in the provider's words."""

    message: str
    kind: str = ""
    status: int | None = None


def read_error(body: object, *, status: int | None = None) -> ServerError:
    """What a server says went wrong; the code of an error counts before its type.

    Understands the bodies of OpenAI, Anthropic, Google (a list of one), FastAPI, plain text and pages for browsers.
    """
    if isinstance(body, list) and body:
        return read_error(cast("list[object]", body)[0], status=status)
    if isinstance(body, dict):
        found = cast("Fields", body)
        inner = found.get("error") or found
        if isinstance(inner, dict):
            return _from_fields(cast("Fields", inner), status)
        return read_error(inner, status=status)
    return ServerError(_short(str(cast("object", body) or "no message")), status=status)


def _from_fields(fields: Fields, status: int | None) -> ServerError:
    named = (fields.get(name) for name in ("message", "detail", "msg", "error"))
    message = next((str(each) for each in named if each), "no message")
    kinds = (fields.get(name) for name in ("code", "type", "status"))
    kind = next((each for each in kinds if isinstance(each, str) and each), "")
    code = fields.get("code")
    if status is None and isinstance(code, int) and 400 <= code < 600:
        status = code  # OpenRouter, in mid-stream
    return ServerError(_short(message), kind, status)


def _short(text: str) -> str:
    plain = " ".join(_TAGS.sub(" ", text).split())
    return plain if len(plain) <= _SHOWN_CHARACTERS else f"{plain[: _SHOWN_CHARACTERS - 1]}…"
