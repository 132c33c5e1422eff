"""Backends: where evaluations run."""
