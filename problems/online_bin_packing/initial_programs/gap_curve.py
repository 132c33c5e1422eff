"""A bin is wanted according to the gap that the item would leave in it, by a curve through written-out points."""

import numpy as np

# EVOLVE-BLOCK-START
GAPS = [0.0, 0.02, 0.06, 0.1, 0.15, 0.25, 0.4, 0.6, 1.0]
WANTED = [9.0, 8.0, 4.0, 4.5, 5.0, 4.0, 3.0, 2.0, 1.0]
EMPTY = -2.0


def priority(item, bins):
    """How much each bin is wanted for the item, as an array; bins holds the room left in each, item fits in all."""
    capacity = bins[-1]
    wanted = np.interp((bins - item) / capacity, np.sort(GAPS), WANTED)
    wanted[-1] += EMPTY
    return wanted


# EVOLVE-BLOCK-END


def pack(items, capacity):
    """The bin of each item; every item is placed before the next is seen."""
    room = np.full(len(items), float(capacity))
    used = 0
    chosen = []
    for item in items:
        fitting = np.flatnonzero(room[: used + 1] >= item)
        best = int(fitting[np.argmax(priority(item, room[fitting]))])
        room[best] -= item
        used = max(used, best + 1)
        chosen.append(best)
    return chosen


def entrypoint(context):
    return [pack(instance["items"], instance["capacity"]) for instance in context["instances"]]
