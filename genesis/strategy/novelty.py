"""Whether a proposed program is new enough to be evaluated, from how alike it is to the nearest known one."""

from typing import Literal, TypeAlias

__all__ = ["Standing", "standing"]

Standing: TypeAlias = Literal["novel", "unclear", "not_novel"]


def standing(similarity: float, *, unclear_from: float, known_from: float) -> Standing:
    """What a similarity says by itself: ``unclear`` is the grey zone, which a model may judge.

    Args:
        similarity: From 0 to 1, of the candidate and its nearest neighbour.
        unclear_from: The least similarity that is not plainly novel.
        known_from: The least similarity that is plainly no news; at least ``unclear_from``.

    Raises:
        ValueError: The two limits are out of order or outside 0 to 1.
    """
    if not 0 <= unclear_from <= known_from <= 1:
        raise ValueError(
            f"the grey zone is from {unclear_from} to {known_from}: use limits from 0 to 1, the lower one first"
        )
    if similarity >= known_from:
        return "not_novel"
    return "unclear" if similarity >= unclear_from else "novel"
