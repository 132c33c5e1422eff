"""What templates are shown: a brief's figures and texts as strings, private metrics left out, foreign text fenced in.

Foreign text is everything that a program, a validator's message or a model wrote. It stands in a fence that is longer
than any run of backticks in it, or on one line in quotes, so that it cannot end its own quotation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from events.types import MetricSpec
from genesis.language import language_named
from genesis.mutation.models.port import Attempt, Brief, Insight, PromptView, View

__all__ = [
    "ShownAttempt",
    "ShownInsight",
    "ShownMetric",
    "ShownProgram",
    "ShownPrompt",
    "ShownScore",
    "fence_tag",
    "fenced",
    "on_one_line",
    "show_attempt",
    "show_insight",
    "show_metric",
    "show_program",
    "show_prompt",
    "shown_metrics",
    "shown_primary",
]

MAX_MESSAGE_CHARACTERS: Final = 4_000
_LINE_CHARACTERS: Final = 600
_EXACT: Final = 1e15  # whole numbers below are written without an exponent
_IS_VALID: Final = "is_valid"  # a program with scores is valid, and one without shows why it is not
_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class ShownMetric:
    """What a metric means: ``goal`` is ``maximise`` or ``minimise``; parts that are not declared are empty."""

    name: str
    goal: str
    is_primary: bool
    range: str
    unit: str
    step: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ShownScore:
    """A program's value of one metric in full precision; ``change`` against the first parent, empty for that itself."""

    name: str
    value: str
    is_primary: bool
    change: str


@dataclass(frozen=True, slots=True)
class ShownProgram:
    """A program: ``code`` is its files in fences, ``feedback`` and ``failure`` are fenced or empty."""

    id: str
    code: str
    scores: tuple[ShownScore, ...]
    feedback: str
    failure: str
    usage: str
    operator: str
    label: str
    rationale: str
    island: int


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """Something that was tried; ``result`` is its gain or why it gave no valid program."""

    program: str
    operator: str
    label: str
    rationale: str
    result: str
    kept: bool


@dataclass(frozen=True, slots=True)
class ShownInsight:
    """A lesson on one line; ``based_on`` names programs."""

    text: str
    based_on: str


@dataclass(frozen=True, slots=True)
class ShownPrompt:
    """A text on how to work; ``score`` is empty before it has one."""

    prompt_id: str
    text: str
    score: str
    samples: tuple[ShownAttempt, ...]


def shown_metrics(metrics: Mapping[str, MetricSpec]) -> dict[str, MetricSpec]:
    """Those that prompts may show, in the order of declaration."""
    return {name: spec for name, spec in metrics.items() if spec.include_in_prompts}


def shown_primary(brief: Brief) -> str | None:
    """The primary metric's name, None where prompts may not show it: then gains are as private as the metric."""
    return next((name for name, spec in shown_metrics(brief.metrics).items() if spec.is_primary), None)


def show_metric(name: str, spec: MetricSpec) -> ShownMetric:
    """A metric as a row of the table."""
    lower, upper = spec.lower_bound, spec.upper_bound
    low = "" if lower is None else f"from {_number(lower)}"
    high = "" if upper is None else f"to {_number(upper)}"
    return ShownMetric(
        name,
        "maximise" if spec.higher_is_better else "minimise",
        spec.is_primary,
        f"{low} {high}".strip() or "any",
        _cell(spec.unit or ""),
        "" if spec.significant_change is None else _number(spec.significant_change),
        _cell(spec.description),
    )


def show_program(brief: Brief, view: View, *, against: View | None = None) -> ShownProgram:
    """A program; its scores are compared with those of ``against``."""
    return ShownProgram(
        view.id,
        _code(view, brief.language),
        tuple(_scores(brief, view, against)),
        _message(view.feedback),
        _message(view.failure),
        on_one_line(view.usage),
        view.operator,
        _label(view.name, view.operator),
        _quoted(view.rationale),
        view.island,
    )


def show_attempt(brief: Brief, attempt: Attempt) -> ShownAttempt:
    """Something that was tried."""
    return ShownAttempt(
        attempt.program,
        attempt.operator,
        _label(attempt.name, attempt.operator),
        _quoted(attempt.rationale),
        _result(attempt, is_shown=shown_primary(brief) is not None),
        attempt.kept,
    )


def show_insight(insight: Insight) -> ShownInsight:
    """A lesson."""
    lines = "; ".join(line.strip() for line in insight.text.splitlines() if line.strip())
    return ShownInsight(_quoted(lines, 2 * _LINE_CHARACTERS), ", ".join(insight.based_on))


def show_prompt(brief: Brief, prompt: PromptView) -> ShownPrompt:
    """A text on how to work, with what came of it."""
    samples = tuple(show_attempt(brief, sample) for sample in prompt.samples)
    score = "" if prompt.score is None else f"{prompt.score:.3f}"
    return ShownPrompt(prompt.prompt_id, fenced(prompt.text, "text"), score, samples)


def fence_tag(language: str) -> str:
    """What stands behind the fence of a program in this language."""
    return language_named(language).name


def fenced(text: str, tag: str = "") -> str:
    """The text in a fence that nothing in it can end."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{tag}\n{text}{'' if text.endswith(chr(10)) else chr(10)}{fence}"


def on_one_line(text: str, most: int = _LINE_CHARACTERS) -> str:
    """The text on one line, cut where it is too long."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _quoted(text: str, most: int = _LINE_CHARACTERS) -> str:
    """Foreign text for the inside of quotes: it holds none, and opens no fence."""
    return on_one_line(text, most).replace('"', "'").replace("```", "'''").rstrip(".")


def _label(name: str, operator: str) -> str:
    """A name without the operator's, which stands beside it."""
    return _quoted(name.removeprefix(f"{operator}: "))


def _code(view: View, language: str) -> str:
    files = view.source.files
    if len(files) == 1:
        return fenced(view.source.text, fence_tag(language))
    spoken = language_named(language)
    ordered = [view.source.entry, *sorted(path for path in files if path != view.source.entry)]
    tags = {path: spoken.name if path.endswith(spoken.suffixes) else path.rpartition(".")[2] for path in ordered}
    return "\n\n".join(f"{path}\n{fenced(files[path], tags[path])}" for path in ordered)


def _scores(brief: Brief, view: View, against: View | None) -> list[ShownScore]:
    scores: list[ShownScore] = []
    for name, spec in shown_metrics(brief.metrics).items():
        if name not in view.metrics or name == _IS_VALID:
            continue
        value = view.metrics[name]
        before = None if against is None or against.id == view.id else against.metrics.get(name)
        scores.append(ShownScore(name, _number(value), spec.is_primary, _change(value, before, spec)))
    return scores


def _change(value: float, before: float | None, spec: MetricSpec) -> str:
    if before is None:
        return ""
    if value == before:
        return "the same"
    better = (value > before) == spec.higher_is_better
    return f"{value - before:+.6g}, {'better' if better else 'worse'}"


def _result(attempt: Attempt, *, is_shown: bool) -> str:
    if attempt.gain is None:
        return _quoted(attempt.outcome) or "no valid program"
    if is_shown:
        return f"gain {attempt.gain:+.6g}"
    return "better" if attempt.gain > 0 else "no better"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number."""
    return str(int(value)) if abs(value) < _EXACT and value == int(value) else repr(value)


def _message(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_MESSAGE_CHARACTERS:
        half = MAX_MESSAGE_CHARACTERS // 2
        text = f"{text[:half]}\n[… {len(text) - 2 * half} characters left out …]\n{text[-half:]}"
    return fenced(text, "text") if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
