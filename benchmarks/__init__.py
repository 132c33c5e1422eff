"""Speeds, each beside the limit that it is measured against, in one run: ``python -m benchmarks``."""
