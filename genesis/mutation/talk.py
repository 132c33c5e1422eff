"""The tasks of `genesis.mutation.tasks` as functions from bytes to bytes, for the process that performs them."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from events.types import Message
from genesis.language.plain import plain_text
from genesis.language.similarity import cosine, fingerprint, similarity
from genesis.llm.vector import decode_vector
from genesis.mutation.models import analysis, scoring
from genesis.mutation.models.conversation import converse
from genesis.mutation.models.port import Rubric
from genesis.mutation.models.templates import PACKAGED
from genesis.mutation.operators.port import Rejection
from genesis.mutation.tasks import (
    CONVERSE,
    NEAREST,
    PLAIN,
    STUDY,
    Comparison,
    Finding,
    Nearest,
    Plain,
    Study,
    Talk,
    decode,
    encode,
    step_of,
)

__all__ = ["TASKS"]

GUIDANCE: Final = "guidance"
_NUMBER = re.compile(r"(?<![\w.])\d[\w.]*+")


def _converse(data: bytes) -> bytes:
    talk = decode(data, Talk)
    try:
        return encode(step_of(converse(talk.brief, talk.turns)))
    except (RecursionError, MemoryError) as error:
        said = f"the reply is too deep or too large to be read: {type(error).__name__}"
        return encode(step_of(Rejection("not_applicable", said)))


def _study(data: bytes) -> bytes:
    study = decode(data, Study)
    return encode(_asked(study) if study.reply is None else _read(study, study.reply))


def _asked(study: Study) -> Finding:
    messages = _messages(study)
    return Finding(rejection=messages.message) if isinstance(messages, Rejection) else Finding(messages=messages)


def _messages(study: Study) -> tuple[Message, ...] | Rejection:
    match study.kind:
        case "insight":
            return analysis.insight_messages(study.brief, study.views[0])
        case "scratchpad":
            return analysis.scratchpad_messages(study.brief)
        case "prompt":
            packaged = {**PACKAGED, **study.brief.templates}[GUIDANCE]
            prompts = [each if each.text else replace(each, text=packaged) for each in study.prompts]
            return analysis.prompt_messages(study.brief, prompts)
        case "judge":
            candidate, nearest = study.views
            return analysis.judge_messages(study.brief, candidate=candidate, nearest=nearest)
        case "score":
            return scoring.score_messages(study.brief, study.views[0], _rubric(study))


def _read(study: Study, reply: str) -> Finding:
    match study.kind:
        case "insight":
            return Finding(lesson=analysis.parse_insight(reply))
        case "scratchpad":
            return Finding(text=analysis.parse_scratchpad(reply) or "")
        case "prompt":
            return Finding(text=analysis.parse_prompt(reply) or "")
        case "judge":
            return Finding(verdict=analysis.parse_verdict(reply))
        case "score":
            return _scored(study, reply)


def _scored(study: Study, reply: str) -> Finding:
    rubric = _rubric(study)
    found = scoring.parse_score(reply, rubric)
    if not isinstance(found, str):
        return Finding(score=found)
    asked = _messages(study)
    if isinstance(asked, Rejection):
        return Finding(rejection=found)
    return Finding(rejection=found, messages=scoring.score_retry(study.brief, rubric, asked, reply, found))


def _rubric(study: Study) -> Rubric:
    if study.rubric is None:
        raise ValueError("a score is asked for without criteria: the engine has a bug")
    return study.rubric


def _nearest(data: bytes) -> bytes:
    comparison = decode(data, Comparison)
    measured = _cosines(comparison) if comparison.embeddings else _similarities(comparison)
    mine, *others = (_numbers(plain) for plain in _plain_texts(comparison))
    common = (_in_common(mine, other) for other in others)
    alike = [each * numbers for each, numbers in zip(measured, common, strict=True)]
    best = max(range(len(alike)), key=lambda each: (alike[each], measured[each]), default=-1)
    if best < 0:
        return encode(Nearest(best, 0.0))
    return encode(Nearest(best, alike[best], measured[best] if comparison.embeddings else None))


def _similarities(comparison: Comparison) -> list[float]:
    mine = fingerprint(comparison.source, comparison.language)
    return [similarity(mine, fingerprint(other, comparison.language)) for other in comparison.others]


def _cosines(comparison: Comparison) -> list[float]:
    mine, *others = map(decode_vector, comparison.embeddings)
    return [cosine(mine, other) for other in others]


def _plain(data: bytes) -> bytes:
    comparison = decode(data, Comparison)
    return encode(Plain(_plain_texts(comparison)))


def _plain_texts(comparison: Comparison) -> tuple[str, ...]:
    return tuple(plain_text(each, comparison.language) for each in (comparison.source, *comparison.others))


def _numbers(plain: str) -> Counter[str]:
    return Counter(_NUMBER.findall(plain))


def _in_common(mine: Counter[str], theirs: Counter[str]) -> float:
    """The share of numbers that two programs have in common, 1 when they have none.

    What is alike but for its numbers may be a discovery: in many problems the numbers are the answer.
    """
    either = (mine | theirs).total()
    return (mine & theirs).total() / either if either else 1.0


TASKS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {CONVERSE: _converse, NEAREST: _nearest, PLAIN: _plain, STUDY: _study}
)
