"""Scores predictions at the test points against the true values."""

import math
import reprlib
from statistics import fmean, pstdev

LARGEST = 1e100  # squares of larger errors would overflow


def validate(context: dict, output: object) -> dict[str, float]:
    """The metrics of one prediction a test point.

    Raises:
        ValueError: The output is not that many finite numbers.
    """
    truth = context["private"]["y_test"]
    predicted = _predictions(output, len(truth))
    mean = fmean(predicted)
    errors = [p - t for p, t in zip(predicted, truth, strict=True)]
    mse = fmean(error * error for error in errors)
    spread = pstdev(truth)
    return {
        "mse": mse,
        "is_valid": 1.0,
        "r2": 1.0 - mse / spread**2,
        "max_error": max(map(abs, errors)),
        "bias": fmean(errors),
        "roughness": math.sqrt(fmean((p - mean) ** 2 for p in predicted)) / spread,
    }


def _predictions(output: object, count: int) -> list[float]:
    values = _plain(output)
    if not isinstance(values, list | tuple):
        raise ValueError(f"entrypoint returned {_show(output)}: return a list of {count} numbers")
    if len(values) != count:
        raise ValueError(f"entrypoint returned {len(values)} predictions: return {count}, one a test point")
    return [_number(index, value) for index, value in enumerate(values)]


def _number(index: int, value: object) -> float:
    value = _plain(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"prediction {index} is {_show(value)}: return one number a test point")
    if not -LARGEST < value < LARGEST:
        raise ValueError(f"prediction {index} is {reprlib.repr(value)}: keep predictions finite")
    return float(value)


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    return f"{reprlib.repr(value):.100} ({type(value).__name__})"
