"""Facts and how they are kept: event types, codec, hash chain and log.

``DISTRIBUTION`` marks this package as Genesis's own, since other packages on the index use the name ``events`` too.
"""

__all__ = ["DISTRIBUTION"]

DISTRIBUTION = "genesis-evolve"
