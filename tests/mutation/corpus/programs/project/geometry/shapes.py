def area(sides):
    total = 1.0
    for side in sides:
        total *= side
    return total


def limit(value):
    return max(0.0, min(1.0, value))
