"""Four numbers from an alternating sum, with a branch for the syntax operators to work on."""

AMPLITUDE = 1.2
GROWTH = 1.1


def entrypoint():
    numbers = []
    value = AMPLITUDE
    for i in range(4):
        if i % 2 == 0:
            numbers.append(value)
        else:
            numbers.append(-value)
        value = value * GROWTH
    return numbers
