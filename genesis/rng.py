"""Randomness as a function of its place: no state, no order, no global generator."""

import random

__all__ = ["draw", "key"]


def key(seed: int, purpose: str, number: int) -> str:
    """The name of one stream of random numbers, as events record it: ``7/parents/42``."""
    return f"{seed}/{purpose}/{number}"


def draw(name: str) -> random.Random:
    """A fresh generator for a stream: the same name always gives the same numbers, on any machine.

    The name is hashed with SHA-512 (``random.Random`` seeded by a string, version 2), so streams are independent
    and need not be drawn in any order.
    """
    return random.Random(name)  # noqa: S311  search, not secrets
