"""The instances: items with whole sizes, drawn once from fixed seeds."""

import random

WEIBULL = {"count": 4, "items": 1000, "capacity": 100}
UNIFORM = {"count": 4, "items": 500, "capacity": 150}


def build_context() -> dict[str, object]:
    """The instances for the programs and, for the validator alone, the same with the bins that each must need."""
    instances = [_weibull(seed) for seed in range(WEIBULL["count"])] + [
        _uniform(seed) for seed in range(UNIFORM["count"])
    ]
    return {
        "instances": instances,
        "private": {"instances": [{**instance, "lower_bound": _lower_bound(instance)} for instance in instances]},
    }


def _weibull(seed: int) -> dict[str, object]:
    """Sizes from a Weibull distribution of scale 45 and shape 3, cut to 1..100."""
    draw = random.Random(f"online_bin_packing/weibull/{seed}")
    sizes = [min(100, max(1, round(draw.weibullvariate(45.0, 3.0)))) for _ in range(WEIBULL["items"])]
    return {"name": f"weibull_{seed}", "capacity": WEIBULL["capacity"], "items": sizes}


def _uniform(seed: int) -> dict[str, object]:
    """Sizes drawn evenly from 20..100 for bins of 150, the recipe of the OR-Library's u500 class."""
    draw = random.Random(f"online_bin_packing/uniform/{seed}")
    sizes = [draw.randint(20, 100) for _ in range(UNIFORM["items"])]
    return {"name": f"uniform_{seed}", "capacity": UNIFORM["capacity"], "items": sizes}


def _lower_bound(instance: dict) -> int:
    """Bins that any packing needs, on-line or not: the bound L2 of Martello and Toth (1990)."""
    items, capacity = instance["items"], instance["capacity"]
    bound = -(-sum(items) // capacity)
    for small in range(1, capacity // 2 + 1):
        alone = sum(size > capacity - small for size in items)
        large = [size for size in items if capacity - small >= size > capacity / 2]
        rest = sum(size for size in items if capacity / 2 >= size >= small)
        spare = len(large) * capacity - sum(large)
        bound = max(bound, alone + len(large) + max(0, -(-(rest - spare) // capacity)))
    return bound
