"""Operators that ask language models: pure conversations, which the engine performs.

``port`` says what a conversation is given and gives, and imports next to nothing; ``conversation`` and ``analysis``
bring in templates and parsers, in the processes that have the conversations.
"""
