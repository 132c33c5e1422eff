"""The data: noisy values to learn from, and the true values elsewhere that only the validator sees."""

import math
import random

TRAINING = 120
TEST = 120
NOISE = 0.05


def build_context() -> dict[str, object]:
    """Training points with noisy targets, test points, and for the validator alone the noise-free test targets."""
    draw = random.Random("symbolic_regression")
    x_train = [_point(draw) for _ in range(TRAINING)]
    x_test = [_point(draw) for _ in range(TEST)]
    return {
        "x_train": x_train,
        "y_train": [_truth(x, z) + draw.gauss(0.0, NOISE) for x, z in x_train],
        "x_test": x_test,
        "private": {"y_test": [_truth(x, z) for x, z in x_test]},
    }


def _point(draw: random.Random) -> tuple[float, float]:
    return draw.uniform(-3.0, 3.0), draw.uniform(0.0, 4.0)


def _truth(x: float, z: float) -> float:
    return 1.5 * math.sin(1.7 * x) * math.exp(-0.4 * z) + 0.3 * x * z - 0.8
