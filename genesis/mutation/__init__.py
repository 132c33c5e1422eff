"""Turns programs into new programs: operators, the text that they may change, and the checks of what they give."""
