"""Four numbers from two: a start and a slope."""

START = -1.5
SLOPE = 0.5


def entrypoint():
    return [START + SLOPE * i for i in range(4)]
