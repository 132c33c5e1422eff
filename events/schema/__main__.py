"""Writes the exported schema: ``python -m events.schema``."""

from events.schema import FILE, render

FILE.write_bytes(render())
