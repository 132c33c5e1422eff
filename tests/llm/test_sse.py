"""Events from bytes, however they are cut."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from genesis.llm.provider.sse import EventStream


def read(chunks: list[bytes]) -> list[bytes]:
    stream = EventStream()
    return [*(data for chunk in chunks for data in stream.feed(chunk)), *stream.end()]


lines = st.text(st.characters(blacklist_characters="\r\n\0", blacklist_categories=("Cs",)), min_size=1)


@given(st.lists(lines, max_size=8), st.lists(st.integers(0, 400), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_cutting_a_stream_anywhere_changes_nothing(texts: list[str], cuts: list[int], end: str) -> None:
    whole = "".join(f"event: x{end}: note{end}data: {text}{end}{end}" for text in texts).encode()
    places = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    chunks = [whole[a:b] for a, b in pairwise(places)]
    assert read(chunks) == [text.encode() for text in texts]


def test_lines_of_one_event_are_joined_and_the_last_event_needs_no_empty_line() -> None:
    assert read([b"data: a\ndata:b\n\ndata: c"]) == [b"a\nb", b"c"]


def test_keep_alives_say_nothing() -> None:
    assert read([b": PROCESSING\n\n", b"\n\n", b": PROCESSING\n\ndata: 1\n\n"]) == [b"1"]


def test_a_long_reply_is_read_in_linear_time() -> None:
    piece = b"data: " + b"x" * 1000 + b"\n\n"
    assert len(read([piece] * 20_000)) == 20_000


def test_a_line_without_end_is_read_in_linear_time() -> None:
    assert read([b"data: ", *([b"x" * 1000] * 20_000)]) == [b"x" * 20_000_000]
