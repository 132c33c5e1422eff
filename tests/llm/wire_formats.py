"""What providers put on the wire, as servers for tests write it: whole replies and streams of events."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["FORMATS", "Format", "Say", "Vector", "anthropic_error", "embedding_whole", "openai_error", "words_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A reply: what is thought and said, in how many pieces, how slowly, and what is counted.

    ``delay_s`` passes before the first piece, ``piece_s`` between pieces. ``break_after`` pieces the connection is
    reset, ``stall_after`` pieces nothing more comes, ``cut_after`` pieces the stream ends in the middle of an event.
    """

    text: str
    reasoning: str = ""
    tokens_in: int = 11
    tokens_out: int = 7
    tokens_reasoning: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    finish: str = "stop"
    pieces: int = 3
    delay_s: float = 0.0
    piece_s: float = 0.0
    break_after: int | None = None
    stall_after: int | None = None
    cut_after: int | None = None
    usage: bool = True
    reasoning_field: str = "reasoning_content"
    extra_usage: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Vector:
    """An embedding: its numbers, and what is counted; ``delay_s`` passes before it is sent."""

    numbers: tuple[float, ...]
    tokens_in: int = 11
    usage: bool = True
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format: how a reply looks whole, and as a stream of server-sent events."""

    whole: Any
    stream: Any


def _pieces(text: str, count: int) -> Iterator[str]:
    size = max(1, -(-len(text) // max(1, count)))
    for start in range(0, len(text), size):
        yield text[start : start + size]


def _sse(data: object, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()


# --- Chat Completions ---

_CHAT_FINISH = {"stop": "stop", "length": "length", "refusal": "content_filter"}


def _chat_usage(say: Say) -> dict[str, Any]:
    return {
        "prompt_tokens": say.tokens_in,
        "completion_tokens": say.tokens_out,
        "total_tokens": say.tokens_in + say.tokens_out,
        "prompt_tokens_details": {"cached_tokens": say.tokens_cached, "cache_write_tokens": say.tokens_cache_written},
        "completion_tokens_details": {"reasoning_tokens": say.tokens_reasoning},
        **dict(say.extra_usage),
    }


def chat_whole(say: Say, body: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.reasoning:
        message[say.reasoning_field] = say.reasoning
    choice = {"index": 0, "message": message, "finish_reason": _CHAT_FINISH[say.finish]}
    whole: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [choice],
    }
    if say.usage:
        whole["usage"] = _chat_usage(say)
    return whole


def chat_stream(say: Say, body: dict[str, Any]) -> Iterator[bytes]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **extra: Any) -> bytes:
        return _sse(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 0,
                "model": body.get("model", ""),
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
                **extra,
            }
        )

    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(say.reasoning, say.pieces):
        yield chunk({say.reasoning_field: piece})
    for piece in _pieces(say.text, say.pieces):
        yield chunk({"content": piece})
    yield chunk({}, _CHAT_FINISH[say.finish])
    if say.usage and body.get("stream_options", {}).get("include_usage"):
        yield _sse({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": _chat_usage(say)})
    yield _sse("[DONE]")


# --- Responses ---


def _response_object(say: Say, body: dict[str, Any], *, ended: bool) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "output_text", "text": say.text, "annotations": []}
    if say.finish == "refusal":
        content = {"type": "refusal", "refusal": say.text}
    output: list[dict[str, Any]] = []
    if say.reasoning:
        summary = [{"type": "summary_text", "text": say.reasoning}]
        output.append({"id": "rs_1", "type": "reasoning", "summary": summary})
    output.append({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [content]})
    status = "incomplete" if say.finish == "length" else "completed"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": body.get("model", ""),
        "status": status if ended else "in_progress",
        "incomplete_details": {"reason": "max_output_tokens"} if say.finish == "length" and ended else None,
        "error": None,
        "output": output if ended else [],
        "usage": {
            "input_tokens": say.tokens_in,
            "input_tokens_details": {
                "cached_tokens": say.tokens_cached,
                "cache_write_tokens": say.tokens_cache_written,
            },
            "output_tokens": say.tokens_out,
            "output_tokens_details": {"reasoning_tokens": say.tokens_reasoning},
            "total_tokens": say.tokens_in + say.tokens_out,
        }
        if ended and say.usage
        else None,
    }


def responses_whole(say: Say, body: dict[str, Any]) -> dict[str, Any]:
    return _response_object(say, body, ended=True)


def responses_stream(say: Say, body: dict[str, Any]) -> Iterator[bytes]:
    number = iter(range(10**6))

    def event(kind: str, **fields: Any) -> bytes:
        return _sse({"type": kind, "sequence_number": next(number), **fields}, kind)

    yield event("response.created", response=_response_object(say, body, ended=False))
    for piece in _pieces(say.reasoning, say.pieces):
        yield event(
            "response.reasoning_summary_text.delta", item_id="rs_1", output_index=0, summary_index=0, delta=piece
        )
    kind = "response.refusal.delta" if say.finish == "refusal" else "response.output_text.delta"
    for piece in _pieces(say.text, say.pieces):
        yield event(kind, item_id="msg_1", output_index=1, content_index=0, delta=piece)
    ended = _response_object(say, body, ended=True)
    yield event(f"response.{ended['status']}", response=ended)


# --- Messages ---

_MESSAGES_STOP = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal"}


def _messages_usage(say: Say) -> dict[str, Any]:
    return {
        "input_tokens": say.tokens_in - say.tokens_cached - say.tokens_cache_written,
        "cache_read_input_tokens": say.tokens_cached,
        "cache_creation_input_tokens": say.tokens_cache_written,
        "output_tokens": 1,
    }


def messages_whole(say: Say, body: dict[str, Any]) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if say.reasoning:
        content.append({"type": "thinking", "thinking": say.reasoning, "signature": "s"})
    content.append({"type": "text", "text": say.text})
    usage = _messages_usage(say) | {
        "output_tokens": say.tokens_out,
        "output_tokens_details": {"thinking_tokens": say.tokens_reasoning},
    }
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body.get("model", ""),
        "content": content,
        "stop_reason": _MESSAGES_STOP[say.finish],
        "usage": usage,
    }


def messages_stream(say: Say, body: dict[str, Any]) -> Iterator[bytes]:
    def event(kind: str, **fields: Any) -> bytes:
        return _sse({"type": kind, **fields}, kind)

    start = messages_whole(say, body) | {"content": [], "stop_reason": None, "usage": _messages_usage(say)}
    yield event("message_start", message=start)
    yield event("ping")
    index = 0
    if say.reasoning:
        block = {"type": "thinking", "thinking": "", "signature": ""}
        yield event("content_block_start", index=index, content_block=block)
        for piece in _pieces(say.reasoning, say.pieces):
            yield event("content_block_delta", index=index, delta={"type": "thinking_delta", "thinking": piece})
        yield event("content_block_delta", index=index, delta={"type": "signature_delta", "signature": "s"})
        yield event("content_block_stop", index=index)
        index += 1
    yield event("content_block_start", index=index, content_block={"type": "text", "text": ""})
    for piece in _pieces(say.text, say.pieces):
        yield event("content_block_delta", index=index, delta={"type": "text_delta", "text": piece})
    yield event("content_block_stop", index=index)
    usage = {
        "output_tokens": say.tokens_out,
        "output_tokens_details": {"thinking_tokens": say.tokens_reasoning},
    }
    yield event("message_delta", delta={"stop_reason": _MESSAGES_STOP[say.finish], "stop_sequence": None}, usage=usage)
    yield event("message_stop")


# --- Embeddings ---


def embedding_whole(vector: Vector, body: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": list(vector.numbers)}],
        "model": body.get("model", ""),
    }
    if vector.usage:
        whole["usage"] = {"prompt_tokens": vector.tokens_in, "total_tokens": vector.tokens_in}
    return whole


def words_of(text: str, dimensions: int = 64) -> tuple[float, ...]:
    """An embedding that needs no model: how often words are in a text, each word in a place of its own."""
    numbers = [0.0] * dimensions
    for word in re.findall(r"\w+|\S", text):
        numbers[zlib.crc32(word.encode()) % dimensions] += 1.0
    return tuple(numbers)


def openai_error(message: str, kind: str = "", code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


def anthropic_error(message: str, kind: str = "api_error") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


FORMATS = {
    "/chat/completions": Format(chat_whole, chat_stream),
    "/responses": Format(responses_whole, responses_stream),
    "/messages": Format(messages_whole, messages_stream),
}
"""End of a request's path to its format."""
