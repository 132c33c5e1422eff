import ctypes

import numpy as np

kernel = ctypes.CDLL("./libkernel.so")
kernel.improve.argtypes = [ctypes.c_int, ctypes.c_int] + [ctypes.c_void_p] * 3
kernel.improve.restype = None

# EVOLVE-BLOCK-START
NEIGHBOURS = 6
STRIPS = 14


def tour_of(cities):
    """A tour as an array of indices: up and down in strips, then improved by the kernel."""
    distances = np.hypot(*(cities[:, None, :] - cities[None, :, :]).transpose(2, 0, 1))
    near = np.argsort(distances, axis=1, kind="stable")[:, 1 : NEIGHBOURS + 1].astype(np.int32)
    low, high = cities[:, 0].min(), cities[:, 0].max() + 1.0
    strip = ((cities[:, 0] - low) * STRIPS / (high - low)).astype(int)
    along = np.where(strip % 2 == 0, cities[:, 1], -cities[:, 1])
    return improved(cities, near, np.lexsort((along, strip)).astype(np.int32))


# EVOLVE-BLOCK-END


def improved(cities, near, tour):
    """What the kernel makes of a tour; near holds the neighbours that it may try for each city."""
    cities, near, tour = np.ascontiguousarray(cities), np.ascontiguousarray(near), np.ascontiguousarray(tour)
    kernel.improve(len(cities), near.shape[1], cities.ctypes.data, near.ctypes.data, tour.ctypes.data)
    return tour


def entrypoint(context):
    return [tour_of(np.array(instance["cities"], dtype=float)) for instance in context["instances"]]
