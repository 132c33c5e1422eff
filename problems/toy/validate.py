"""Scores four numbers by their distance to a hidden list."""

import math
import reprlib

HIDDEN = (1.618034, -2.718282, 0.577216, 3.141593)
LIMIT = 10.0


def validate(output: object) -> dict[str, float]:
    """The metrics of four numbers.

    Raises:
        ValueError: The output is not four finite numbers between -10 and 10.
    """
    if hasattr(output, "tolist"):
        output = output.tolist()
    if not isinstance(output, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of {len(HIDDEN)} numbers")
    if len(output) != len(HIDDEN):
        raise ValueError(f"entrypoint returned {len(output)} numbers: return exactly {len(HIDDEN)}")
    for index, value in enumerate(output):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"number {index} is {_show(value)}: return plain numbers")
        if not -LIMIT <= value <= LIMIT:
            raise ValueError(f"number {index} is {reprlib.repr(value)}: keep it between -{LIMIT:g} and {LIMIT:g}")
    return {
        "score": 1.0 / (1.0 + math.dist(output, HIDDEN)),
        "is_valid": 1.0,
        "first": float(output[0]),
        "second": float(output[1]),
    }


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
