"""Judges what the programs wrote for each input, and how long they took beside the reference."""

import math

LONG = ("speed-long",)


def validate(results: list) -> dict[str, float]:
    """The metrics of one program; ``results`` has one entry an input.

    Raises:
        ValueError: A checksum is wrong, or the reference was not measured.
    """
    for result in results:
        if not result.correct:
            raise ValueError(
                f"{result.name}: on input {result.input.strip()!r} the program ended with exit code "
                f"{result.exit_code} and wrote {result.stdout.strip()[:60]!r}; {result.expected.strip()!r} is right "
                "(length and checksum of the sums)"
            )
        if result.speedup is None:
            raise ValueError(f"{result.name} was not timed beside the reference: set cases.reference to a seed")
    deep = _mean([result for result in results if result.name not in LONG])
    long = _mean([result for result in results if result.name in LONG])
    return {
        "speedup": _mean(results),
        "is_valid": 1.0,
        "speedup_deep": deep,
        "speedup_long": long,
        "long_gain": long / deep,
    }


def _mean(results: list) -> float:
    """Geometric: a program that is twice as fast here and half as fast there gains nothing."""
    return math.exp(sum(math.log(result.speedup) for result in results) / len(results))
