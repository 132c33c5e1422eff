"""One evaluation under way: what its stages have found so far, and what comes of it."""

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from genesis.evaluation.classify import Cause
from genesis.evaluation.job import Compiled, Evaluated, Failed, Job, Outcome, Stage, Usage
from genesis.evaluation.pipeline import Course

__all__ = ["TAIL_BYTES", "Data", "DataKind", "Unfinished", "Work", "outcome_of", "tail", "text_of"]

TAIL_BYTES = 4096

DataKind: TypeAlias = Literal["value", "cases", "files", "metrics"]
"""What a stage gives: an encoded value, answers to cases, metrics, or the program's files."""


@dataclass(frozen=True, slots=True)
class Data:
    """What a stage gives to others, unread by the engine."""

    kind: DataKind
    file: int


@dataclass(slots=True)
class Work:
    """What the stages of one evaluation have found so far.

    Attributes:
        job: The program.
        slot: Which of the workers does it.
        source: Descriptor of its files as JSON.
        given: What each stage gave, by its name.
        artifact: Descriptor of what the build made.
        measured: Metrics of each stage, by its name.
        judged: Whether the validator has spoken.
        finished: Stages that ended well, here or when the same text was evaluated before; they are not run again.
    """

    job: Job
    slot: int
    source: int
    given: dict[str, Data] = field(default_factory=dict[str, Data])
    artifact: int | None = None
    compiled: Compiled | None = None
    usage: Usage = field(default_factory=Usage)
    stdout_tail: str = ""
    stderr_tail: str = ""
    measured: dict[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    judged: bool = False
    is_valid: bool = False
    feedback: str = ""
    finished: set[str] = field(default_factory=set[str])

    def give(self, stage: str, data: Data) -> None:
        """Keep what a stage gave; what it gave when it was tried before is let go of."""
        earlier = self.given.pop(stage, None)
        if earlier is not None:
            os.close(earlier.file)
        self.given[stage] = data

    def take(self, stage: str) -> Data:
        """What a stage gave, or the program's files."""
        return Data("files", self.source) if stage == "files" else self.given[stage]

    def metrics_of(self, stages: Iterable[str]) -> dict[str, float]:
        """What these stages measured, in their order."""
        return {name: value for stage in stages for name, value in self.measured.get(stage, {}).items()}

    def close(self) -> None:
        """Let go of every file."""
        os.close(self.source)
        for data in self.given.values():
            os.close(data.file)
        if self.artifact is not None:
            os.close(self.artifact)


class Unfinished:
    """Evaluations that something other than the program broke off, kept for when the same text comes again."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Work] = OrderedDict()

    def take(self, key: bytes) -> Work | None:
        """The evaluation of that content, which the receiver closes or gives back."""
        return self._kept.pop(key, None)

    def give(self, key: bytes, work: Work) -> None:
        """Keep an evaluation, and let go of the one that was kept longest ago."""
        self._kept[key] = work
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)[1].close()

    def close(self) -> None:
        """Let go of all."""
        for work in self._kept.values():
            work.close()
        self._kept.clear()


def outcome_of(work: Work, course: Course, worker: str) -> Outcome:
    """What came of an evaluation whose stages are over."""
    if course.cause is not None:
        return _failed(work, course.stages, course.cause, worker)
    if work.compiled is None:
        cause = Cause("backend_error", course.stages[0].name, "the syntax stage left no report")
        return _failed(work, course.stages, cause, worker)
    feedback = "\n".join(filter(None, (work.feedback, course.stopped, course.skipped if not work.judged else "")))
    return Evaluated(
        is_valid=work.is_valid and not course.stopped,
        metrics=work.metrics_of(stage.name for stage in course.stages),
        feedback=feedback,
        stdout_tail=work.stdout_tail,
        stderr_tail=work.stderr_tail,
        stages=course.stages,
        usage=work.usage,
        worker=worker,
        compiled=work.compiled,
    )


def _failed(work: Work, stages: tuple[Stage, ...], cause: Cause, worker: str) -> Failed:
    return Failed(
        reason=cause.reason,
        stage=cause.stage,
        message=cause.message,
        stdout_tail=work.stdout_tail,
        stderr_tail=work.stderr_tail,
        stages=stages,
        usage=work.usage,
        worker=worker,
        compiled=work.compiled,
    )


def text_of(files: Mapping[str, int], name: str, limit: int, *, skip: int = 0) -> str:
    """The first bytes of one of the files that came with an answer, decoded; empty when it did not come."""
    if name not in files:
        return ""
    return os.pread(files[name], limit, skip).decode(errors="replace")


def tail(files: Mapping[str, int], name: str) -> str:
    """The last bytes of such a file."""
    if name not in files:
        return ""
    return text_of(files, name, TAIL_BYTES, skip=max(0, os.fstat(files[name]).st_size - TAIL_BYTES))
