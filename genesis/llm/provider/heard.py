"""What has been heard of a reply so far, in any protocol, and what it comes to when nothing more follows. Pure."""

import math
import re
from dataclasses import dataclass, field

from genesis.llm.port import Request
from genesis.llm.provider.errors import ServerError
from genesis.llm.provider.faults import fault_of
from genesis.llm.provider.port import Answer, Fault, Outcome, Usage

__all__ = ["Heard", "estimate_tokens", "is_an_end", "split_reasoning"]

_BYTES_A_TOKEN = 3.5  # English and code have 3.5 to 4.5 in the tokenizers of today; only used where nobody counted
_FINISHED = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "model_context_window_exceeded": "length",
}
_BROKEN_OFF = frozenset(
    {
        *("abort", "aborted", "canceled", "cancelled", "error", "failed", "in_progress", "incomplete"),
        *("insufficient_system_resource", "network_error", "queued", "timeout"),
    }
)
"""Words of providers for a reply that they did not finish; OpenRouter, DeepSeek and vLLM give no error with them."""
_REFUSED = frozenset({"refusal", "content_filter", "safety", "prohibited_content", "blocklist", "recitation"})
_OPENING = re.compile(r"\s*<(think|thinking|thought|reasoning)>")
_CLOSING_ALONE = "</think>"  # the template of some models puts the opening tag into the prompt


@dataclass(slots=True)
class Heard:
    """A reply in the making.

    Attributes:
        text: Pieces of what it says.
        reasoning: Pieces of what it thinks.
        refusal: Pieces of why it will not answer.
        finish: Why it ended, in the provider's word; None while it has not.
        usage: As counted; None while nothing was.
        error: What the provider said went wrong, None when nothing did.
    """

    text: list[str] = field(default_factory=list[str])
    reasoning: list[str] = field(default_factory=list[str])
    refusal: list[str] = field(default_factory=list[str])
    finish: str | None = None
    usage: Usage | None = None
    error: ServerError | None = None

    def so_far(self) -> str:
        """What was said, refusals included."""
        return "".join((*self.refusal, *self.text))

    def counted(self, request: Request) -> Usage:
        """What the provider counted; where it did not, what was sent and heard comes to."""
        counted = self.usage or Usage()
        if self.finish is not None and counted.tokens_in and counted.tokens_out:
            return counted
        thought = estimate_tokens("".join(self.reasoning))
        prompt = sum(estimate_tokens(message.content) for message in request.messages)
        return Usage(
            tokens_in=counted.tokens_in or prompt,
            tokens_out=max(counted.tokens_out, thought + estimate_tokens(self.so_far())),
            tokens_reasoning=thought,
            tokens_cached=counted.tokens_cached,
            tokens_cache_written=counted.tokens_cache_written,
            cost_usd=counted.cost_usd,
        )

    def outcome(self, request: Request, request_id: str | None) -> Outcome:
        """What the reply comes to, now that nothing more follows."""
        usage = self.counted(request)
        if self.error is not None:
            error = self.error
            return fault_of(
                error.message,
                kind=error.kind,
                status=error.status,
                usage=usage,
                text=self.so_far(),
                request_id=request_id,
            )
        if (self.finish or "").lower() in _BROKEN_OFF:
            message = f"the provider ended the reply with {self.finish!r}, after {len(self.so_far())} characters"
            return fault_of(message, usage=usage, text=self.so_far(), request_id=request_id)
        said, inline = split_reasoning("".join(self.text))
        if (self.finish or "").lower() in _REFUSED or (self.refusal and not said.strip()):
            text = self.so_far()
            why = text.strip() or f"the provider ended the reply with {self.finish!r}"
            return Fault(reason="refused", message=why, again=False, usage=usage, text=text, request_id=request_id)
        if (broken := self._broken(said, request)) is not None:
            message, again = broken
            return Fault(
                reason="malformed", message=message, again=again, usage=usage, text=said, request_id=request_id
            )
        thoughts = ("".join(self.reasoning).strip(), inline)
        return Answer(
            text=said,
            reasoning="\n\n".join(filter(None, thoughts)),
            usage=usage,
            finish_reason=_FINISHED.get(self.finish or "", self.finish or ""),
            request_id=request_id,
        )

    def _broken(self, said: str, request: Request) -> tuple[str, bool] | None:
        """What is wrong with a reply that is no refusal, and whether another attempt could fare better."""
        if self.finish is None:
            return f"the stream ended before the reply did, after {len(self.so_far())} characters", True
        if said.strip():
            return None
        if _FINISHED.get(self.finish) == "length":
            return (
                f"the reply is empty: all of max_tokens = {request.max_tokens} went into reasoning; raise "
                "llm.max_tokens, or lower llm.reasoning_effort",
                False,
            )
        return "the reply is empty", True


def is_an_end(word: str) -> bool:
    """Whether a provider's word is known to end a reply, as said, cut or refused."""
    return word in _FINISHED or word.lower() in _REFUSED


def estimate_tokens(text: str) -> int:
    """About how many tokens a text is."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / _BYTES_A_TOKEN)


def split_reasoning(text: str) -> tuple[str, str]:
    """What a reply says and what it thinks, where servers leave the thoughts in the text between tags.

    Only thoughts at the very beginning count: a program may well have such a tag in a string.
    """
    opening = _OPENING.match(text)
    if opening is not None:
        thought, _, said = text[opening.end() :].partition(f"</{opening.group(1)}>")
        return said.lstrip(), thought.strip()
    before, closed, said = text.partition(_CLOSING_ALONE)
    if closed and "<think>" not in before:
        return said.lstrip(), before.strip()
    return text, ""
