"""Operators that ask language models: pure conversations, which the engine performs."""
