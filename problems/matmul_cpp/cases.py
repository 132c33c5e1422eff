"""Shapes: small and odd ones that programs get wrong, and four that are timed. The checker makes the product itself."""

EDGES = ((1, 1, 1), (1, 7, 3), (5, 1, 9), (4, 4, 4), (17, 33, 65), (3, 300, 2), (70, 5, 1), (13, 257, 129))
TIMED = {
    "square": (512, 1024, 512),
    "odd": (333, 3001, 257),
    "wide": (48, 3000, 1024),
    "tall": (1024, 3000, 48),
}


def generate():
    for number, (m, k, n) in enumerate(EDGES):
        yield {"name": f"edge-{m}-{k}-{n}", "input": f"{m} {k} {n} {500 + 2 * number}\n"}
    for number, (name, (m, k, n)) in enumerate(TIMED.items()):
        yield {"name": f"speed-{name}", "input": f"{m} {k} {n} {900 + 2 * number}\n"}
