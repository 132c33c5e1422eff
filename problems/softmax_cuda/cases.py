"""Shapes: small and odd ones that programs get wrong, and three that are timed. The checker makes the sums itself."""

EDGES = ((1, 1, 1), (1, 7, 2), (64, 1, 1), (3, 5, 2), (130, 1000, 3), (65, 33, 1), (2, 4097, 2))
TIMED = {"square": (8192, 4096), "wide": (512, 65536), "narrow": (262144, 128)}
CALLS = 2000


def generate():
    for number, (rows, columns, calls) in enumerate(EDGES):
        yield {"name": f"edge-{rows}-{columns}", "input": f"{rows} {columns} {calls} {300 + number}\n"}
    for number, (name, (rows, columns)) in enumerate(TIMED.items()):
        yield {"name": f"speed-{name}", "input": f"{rows} {columns} {CALLS} {700 + number}\n"}
