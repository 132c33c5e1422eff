"""First fit: an item goes to the oldest bin that has room for it."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item, bins):
    """How much each bin is wanted for the item, as an array; bins holds the room left in each, item fits in all."""
    return -np.arange(len(bins))


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
