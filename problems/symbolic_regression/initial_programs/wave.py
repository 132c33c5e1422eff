"""A damped wave on top of a plane, with guessed constants."""

import math

# EVOLVE-BLOCK-START
def model(x, z):
    """The predicted value at a point."""
    wave = 1.0 * math.sin(1.0 * x + 0.2) * math.exp(-0.1 * z)
    trend = 0.2 * x + 0.1 * z - 0.5
    return wave + trend


# EVOLVE-BLOCK-END


def entrypoint(context):
    return [model(x, z) for x, z in context["x_test"]]
