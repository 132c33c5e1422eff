"""Measures each tour anew, from the order of its cities alone."""

import math
import reprlib

NEAR = 5  # an edge to one of so many nearest cities is a greedy one


def validate(context: dict, output: object) -> dict[str, float]:
    """The metrics of one tour an instance.

    Raises:
        ValueError: A tour leaves a city out, comes to one twice, or is no list of indices.
    """
    instances = context["private"]["instances"]
    tours = _plain(output)
    if not isinstance(tours, list | tuple) or len(tours) != len(instances):
        raise ValueError(
            f"entrypoint returned {_show(output)}: return {len(instances)} tours, one an instance, each a list of the "
            "indices of its cities"
        )
    checked = [_checked(instance, _plain(tour)) for instance, tour in zip(instances, tours, strict=True)]
    excess = {
        instance["name"]: 100.0 * (_length(instance["cities"], tour) / instance["best"] - 1.0)
        for instance, tour in zip(instances, checked, strict=True)
    }
    greedy = [_greedy(instance["cities"], tour) for instance, tour in zip(instances, checked, strict=True)]
    return {
        "excess_percent": sum(excess.values()) / len(excess),
        "is_valid": 1.0,
        "excess_even": excess["even"],
        "excess_clustered": excess["clustered"],
        "excess_drilled": excess["drilled"],
        "greedy_share": 100.0 * sum(greedy) / len(greedy),
    }


def _checked(instance: dict, tour: object) -> list[int]:
    """The tour, if it comes to every city once."""
    name, count = instance["name"], len(instance["cities"])
    if not isinstance(tour, list | tuple) or len(tour) != count:
        raise ValueError(f"{name}: the tour is {_show(tour)}: give a list of {count} indices")
    seen: set[int] = set()
    for index, city in enumerate(tour):
        if isinstance(city, bool) or not isinstance(city, int) or not 0 <= city < count:
            raise ValueError(f"{name}: stop {index} is {_show(city)}: use whole numbers from 0 to {count - 1}")
        if city in seen:
            raise ValueError(f"{name}: stop {index} comes to city {city} a second time: visit each city once")
        seen.add(city)
    return list(tour)


def _length(cities: list, tour: list[int]) -> float:
    """Of the closed tour."""
    ends = zip(tour, [*tour[1:], tour[0]], strict=True)
    return math.fsum(math.dist(cities[here], cities[there]) for here, there in ends)


def _greedy(cities: list, tour: list[int]) -> float:
    """Share of the cities from which the tour goes on to one of the nearest."""
    count = 0
    for here, there in zip(tour, [*tour[1:], tour[0]], strict=True):
        length = math.dist(cities[here], cities[there])
        nearer = sum(math.dist(cities[here], other) < length for other in cities) - 1
        count += nearer < NEAR
    return count / len(tour)


def _plain(value: object) -> object:
    """A NumPy array or number as lists and Python numbers; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _show(value: object) -> str:
    size = f" of {len(value)}" if hasattr(value, "__len__") else ""
    return f"{reprlib.repr(value):.100} ({type(value).__name__}{size})"
