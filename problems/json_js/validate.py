"""Judges what the programs wrote for each text, and how long they took beside the reference."""

import math

SPARSE = ("speed-strings", "speed-pretty")


def validate(results: list) -> dict[str, float]:
    """The metrics of one program; ``results`` has one entry a text.

    Raises:
        ValueError: A count or checksum is wrong, or the reference was not measured.
    """
    for result in results:
        if not result.correct:
            raise ValueError(
                f"{result.name}: on {result.input.partition(chr(10))[2][:60]!r} the program ended with exit code "
                f"{result.exit_code} and wrote {result.stdout.strip()[:60]!r}; {result.expected.strip()!r} is right "
                "(count and checksums of the tokens)"
            )
        if result.speedup is None:
            raise ValueError(f"{result.name} was not timed beside the reference: set cases.reference to a seed")
    dense = _mean([result for result in results if result.name not in SPARSE])
    sparse = _mean([result for result in results if result.name in SPARSE])
    return {
        "speedup": _mean(results),
        "is_valid": 1.0,
        "speedup_dense": dense,
        "speedup_sparse": sparse,
        "sparse_gain": sparse / dense,
    }


def _mean(results: list) -> float:
    """Geometric: a program that is twice as fast here and half as fast there gains nothing."""
    return math.exp(sum(math.log(result.speedup) for result in results) / len(results))
