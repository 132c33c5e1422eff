"""A plane with written-out coefficients."""

# EVOLVE-BLOCK-START
def model(x, z):
    """The predicted value at a point."""
    return 0.5 * x - 0.1 * z - 0.5


# EVOLVE-BLOCK-END


def entrypoint(context):
    return [model(x, z) for x, z in context["x_test"]]
