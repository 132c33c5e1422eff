"""Both directions of every axis: the corners of a cross-polytope."""

# EVOLVE-BLOCK-START
DIMENSION = 11
LENGTH = 2


def build():
    """Vectors of 11 integers."""
    vectors = []
    for axis in range(DIMENSION):
        for sign in (LENGTH, -LENGTH):
            vector = [0] * DIMENSION
            vector[axis] = sign
            vectors.append(vector)
    return vectors


# EVOLVE-BLOCK-END


def entrypoint():
    return build()
