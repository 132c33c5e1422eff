"""The operators, one file each.

``port`` says what an operator is and imports next to nothing, so that the engine can speak of operators; ``table``
holds them all, and importing it brings in the parsers and the numerics that they need.
"""
