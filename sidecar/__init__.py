"""Loads the events of many runs into an analytics store, as a process of its own that knows logs and not the engine."""
