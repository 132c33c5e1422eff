"""How many tokens a text is at most, without any provider's tokenizer.

Tokenizers of language models first cut a text into words, numbers, runs of signs and runs of white space, and then each
piece into known parts. The bound counts pieces so and takes for each the worst that is seen in practice; the figures of
real tokenizers are in ``tests/mutation/models/token_counts.json``.
"""

import re
from typing import Final

__all__ = ["tokens_at_most"]

MESSAGE_TOKENS: Final = 8  # what providers put around a message

_PIECE = re.compile(
    r"(?P<word>[A-Z]?[a-z]+)|(?P<capitals>[A-Z]+)|(?P<digits>[0-9]+)|(?P<blanks> +)|(?P<breaks>[\r\n]+)"
    r"|(?P<other>[^\x00-\x7f]+)|(?P<sign>[\x00-\x7f])"
)
_LONG_WORD: Final = 12  # longer ones are seldom words


def tokens_at_most(text: str) -> int:
    """An upper bound for program text and prose, about 1.4 times what tokenizers count."""
    return sum(_cost(piece.lastgroup, piece[0]) for piece in _PIECE.finditer(text))


def _cost(kind: str | None, piece: str) -> int:
    size = len(piece)
    match kind:
        case "word":
            return (size + 3) // 4 if size <= _LONG_WORD else (size + 1) // 2
        case "capitals":
            return (size + 1) // 2
        case "blanks":
            return 0 if size == 1 else 1 + size // 16  # a single one goes with the word behind it
        case "breaks":
            return 1 + size // 8
        case "other":
            return len(piece.encode("utf-8", "replace"))
        case _:
            return size
