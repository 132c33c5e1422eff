"""Scores by criteria: what a model is asked, and the number that its reply says. Pure, as conversations are.

A reply is read strictly: one line with the tag and a number in the range, or it is no score. The model is told of the
program's text alone: a score that knew the measurements would only repeat them.
"""

import math
import re
from typing import Final

from events.types import Message
from genesis.mutation.models.port import Brief, Rubric, View
from genesis.mutation.models.prompt import fitted, values_of
from genesis.mutation.models.reply import clean, without_thoughts
from genesis.mutation.models.shown import fenced, on_one_line, show_program
from genesis.mutation.models.templates import render
from genesis.mutation.operators.port import Rejection

__all__ = ["parse_score", "score_messages", "score_retry"]

_SYSTEM: Final = "analysis_system"
_MOST_REPLY_CHARACTERS: Final = 4_000  # of a reply that is sent back to be corrected
_TAGGED = re.compile(r"^[ \t*_#>`-]*+SCORE[ \t*_`]*+:(.*)$", re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DECORATION: Final = " \t*_`"


def score_messages(brief: Brief, view: View, rubric: Rubric) -> tuple[Message, ...] | Rejection:
    """Asks for the score of a program.

    Returns:
        The messages, or a rejection when even the shortest prompt is over ``brief.max_tokens``.
    """
    shown = {"candidate": show_program(brief, view), "criteria": rubric.criteria.strip(), "score_range": rubric.range}
    return fitted(brief, _SYSTEM, "score", shown)


def parse_score(text: str, rubric: Rubric) -> float | str:
    """The score of a reply, or what is wrong with the reply."""
    found = [line.strip(_DECORATION) for line in _TAGGED.findall(without_thoughts(clean(text)))]
    if len(found) != 1:
        said = "no line says SCORE:" if not found else f"{len(found)} lines say SCORE:"
        return f"{said}; one has to"
    if not _NUMBER.fullmatch(found[0]):
        return f"SCORE: is followed by {on_one_line(found[0], 80)!r}, which is not a number and nothing else"
    value = float(found[0])
    if not (math.isfinite(value) and rubric.lowest <= value <= rubric.highest):
        return f"{on_one_line(found[0], 80)} is not in the range {rubric.range}"
    return value


def score_retry(
    brief: Brief, rubric: Rubric, asked: tuple[Message, ...], reply: str, fault: str
) -> tuple[Message, ...]:
    """The conversation that goes on after a reply that could not be read."""
    values = {**values_of(brief), "fault": fenced(fault, "text"), "score_range": rubric.range}
    said = clean(reply)[:_MOST_REPLY_CHARACTERS].strip() or "(nothing)"
    again = render("score_retry", values, brief.templates)
    return (*asked, Message(role="assistant", content=said), Message(role="user", content=again))
