import random

from geometry.shapes import limit

SCALE = 1.0


def anneal(state, score):
    rng = random.Random(3)
    best = list(state)
    heat = 1.0
    while heat > 0.01:
        trial = [limit(x + rng.gauss(0, heat)) for x in best]
        if score(trial) > score(best):
            best = trial
        heat *= 0.9
    return best


def limit_all(values):
    return [limit(value) for value in values]
