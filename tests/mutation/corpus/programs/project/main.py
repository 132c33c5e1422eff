from geometry.shapes import area

from search import anneal

SCALE = 1.0


def entrypoint():
    start = [0.5, 0.25]
    return anneal(start, area)
