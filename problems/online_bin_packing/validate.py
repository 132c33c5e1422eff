"""Counts the bins that each instance really takes, from the assignment of items to bins alone."""

import reprlib


def validate(context: dict, output: object) -> dict[str, float]:
    """The metrics of one assignment an instance.

    Raises:
        ValueError: An item has no bin, or a bin holds more than its capacity.
    """
    instances = context["private"]["instances"]
    assignments = _plain(output)
    if not isinstance(assignments, list | tuple) or len(assignments) != len(instances):
        raise ValueError(
            f"entrypoint returned {_show(output)}: return {len(instances)} lists, one an instance, "
            "with the bin of each item"
        )
    fills = [_fills(instance, _plain(bins)) for instance, bins in zip(instances, assignments, strict=True)]
    excess = {
        instance["name"]: 100.0 * (len(fill) - instance["lower_bound"]) / instance["lower_bound"]
        for instance, fill in zip(instances, fills, strict=True)
    }
    rooms = [(load, instance["capacity"]) for instance, fill in zip(instances, fills, strict=True) for load in fill]
    return {
        "excess_percent": _mean(list(excess.values())),
        "is_valid": 1.0,
        "excess_weibull": _mean([value for name, value in excess.items() if name.startswith("weibull")]),
        "excess_uniform": _mean([value for name, value in excess.items() if name.startswith("uniform")]),
        "full_bins": 100.0 * _mean([float(load == capacity) for load, capacity in rooms]),
        "loose_bins": 100.0 * _mean([float(load < 0.8 * capacity) for load, capacity in rooms]),
    }


def _fills(instance: dict, bins: object) -> list[int]:
    """What each used bin holds."""
    name, items, capacity = instance["name"], instance["items"], instance["capacity"]
    if not isinstance(bins, list | tuple) or len(bins) != len(items):
        raise ValueError(f"{name}: the assignment is {_show(bins)}: give a list of {len(items)} bin numbers")
    loads: dict[int, int] = {}
    for index, (size, number) in enumerate(zip(items, bins, strict=True)):
        if isinstance(number, bool) or not isinstance(number, int):
            raise ValueError(f"{name}: item {index} is in bin {_show(number)}: use whole numbers")
        loads[number] = loads.get(number, 0) + size
        if loads[number] > capacity:
            raise ValueError(
                f"{name}: bin {reprlib.repr(number)} holds {loads[number]} with item {index}, "
                f"{loads[number] - capacity} over its capacity of {capacity}: offer only bins with room"
            )
    return list(loads.values())


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    size = f" of {len(value)}" if hasattr(value, "__len__") else ""
    return f"{reprlib.repr(value):.100} ({type(value).__name__}{size})"
