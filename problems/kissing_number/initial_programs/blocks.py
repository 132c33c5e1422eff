"""Two entries of one size, kept inside blocks of coordinates: orthogonal root systems of type D."""

# EVOLVE-BLOCK-START
BLOCKS = [4, 4, 3]


def build():
    """Vectors of 11 integers."""
    vectors = []
    start = 0
    for size in BLOCKS:
        for i in range(start, start + size):
            for j in range(start, i):
                for a in (1, -1):
                    for b in (1, -1):
                        vector = [0] * 11
                        vector[i], vector[j] = a, b
                        vectors.append(vector)
        start += size
    return vectors


# EVOLVE-BLOCK-END


def entrypoint():
    return build()
