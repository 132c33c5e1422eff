"""Sandboxes: how a candidate is kept from everything but its own computation."""
