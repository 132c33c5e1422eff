"""How to choose: parents, operators, step sizes, places in the archive. Pure functions; they are given a generator."""
