"""The instances: cities with whole coordinates, drawn once from fixed seeds."""

import random

SIZE = 10_000
# Lengths of the best tours we know, by the Lin-Kernighan-Helsgaun solver; see README.md.
BEST = {"even": 148005.57714209182, "clustered": 99723.53334432552, "drilled": 185733.59649297877}


def build_context() -> dict[str, object]:
    """The cities for the programs and, for the validator alone, the same again with the best lengths."""
    instances = [
        {"name": "even", "cities": _even(400)},
        {"name": "clustered", "cities": _clustered(500, 12)},
        {"name": "drilled", "cities": _drilled(26)},
    ]
    private = [{**instance, "best": BEST[str(instance["name"])]} for instance in instances]
    return {"instances": instances, "private": {"instances": private}}


def _even(count: int) -> list[tuple[int, int]]:
    """Anywhere in a square."""
    draw = random.Random("tsp_mixed/even")
    return _different((draw.randrange(SIZE), draw.randrange(SIZE)) for _ in range(2 * count))[:count]


def _clustered(count: int, centres: int) -> list[tuple[int, int]]:
    """Around a few centres."""
    draw = random.Random("tsp_mixed/clustered")
    middles = [(draw.uniform(0, SIZE), draw.uniform(0, SIZE)) for _ in range(centres)]
    drawn = (
        (round(draw.gauss(x, SIZE / 25)), round(draw.gauss(y, SIZE / 25)))
        for x, y in (draw.choice(middles) for _ in range(2 * count))
    )
    return _different(drawn)[:count]


def _drilled(side: int) -> list[tuple[int, int]]:
    """A lattice, as holes in a circuit board are, with a third of its points left out."""
    draw = random.Random("tsp_mixed/drilled")
    step = SIZE // side
    return [(step * i, step * j) for i in range(side) for j in range(side) if draw.random() < 2 / 3]


def _different(cities) -> list[tuple[int, int]]:
    return list(dict.fromkeys(cities))
