"""The catalogue: every event type, one class each, closed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from events.types.archive import GenerationCompleted, IslandReset, ProgramArchived, ProgramDeclined, ProgramMigrated
from events.types.base import Json, Payload, ProgramPayload, record
from events.types.evaluation import (
    EvaluationFailed,
    EvaluationRequested,
    FailureReason,
    LimitsRecord,
    ProgramCompiled,
    ProgramEvaluated,
    StageRecord,
    UsageRecord,
)
from events.types.insight import (
    AnalysisFailed,
    AnalysisKind,
    AnalysisRequested,
    InsightRecorded,
    NoveltyFallback,
    NoveltyJudged,
    PromptEvolved,
    ScratchpadRevised,
)
from events.types.llm import LlmFailed, LlmFailureReason, LlmPurpose, LlmRequested, LlmResponded, Message
from events.types.mutation import (
    Briefing,
    MutationChecked,
    MutationProposed,
    MutationRejected,
    MutationRequested,
    RejectionReason,
    Selection,
)
from events.types.run import (
    BehaviorDimension,
    BoundRecord,
    ForkedFrom,
    Host,
    MetricSpec,
    ProblemRecord,
    PromptingRecord,
    RunInterrupted,
    RunResumed,
    RunStarted,
    RunStopped,
    ScoreRecord,
    StopReason,
    Totals,
)

__all__ = [
    "CATALOGUE",
    "AnalysisFailed",
    "AnalysisKind",
    "AnalysisRequested",
    "AnyPayload",
    "BehaviorDimension",
    "BoundRecord",
    "Briefing",
    "EvaluationFailed",
    "EvaluationRequested",
    "FailureReason",
    "ForkedFrom",
    "GenerationCompleted",
    "Host",
    "InsightRecorded",
    "IslandReset",
    "Json",
    "LimitsRecord",
    "LlmFailed",
    "LlmFailureReason",
    "LlmPurpose",
    "LlmRequested",
    "LlmResponded",
    "Message",
    "MetricSpec",
    "MutationChecked",
    "MutationProposed",
    "MutationRejected",
    "MutationRequested",
    "NoveltyFallback",
    "NoveltyJudged",
    "Payload",
    "ProblemRecord",
    "ProgramArchived",
    "ProgramCompiled",
    "ProgramDeclined",
    "ProgramEvaluated",
    "ProgramMigrated",
    "ProgramPayload",
    "PromptEvolved",
    "PromptingRecord",
    "RejectionReason",
    "RunInterrupted",
    "RunResumed",
    "RunStarted",
    "RunStopped",
    "ScoreRecord",
    "ScratchpadRevised",
    "Selection",
    "StageRecord",
    "StopReason",
    "Totals",
    "UsageRecord",
    "record",
]

AnyPayload = (
    RunStarted
    | RunResumed
    | RunInterrupted
    | RunStopped
    | MutationRequested
    | MutationChecked
    | MutationProposed
    | MutationRejected
    | LlmRequested
    | LlmResponded
    | LlmFailed
    | EvaluationRequested
    | ProgramCompiled
    | ProgramEvaluated
    | EvaluationFailed
    | ProgramArchived
    | ProgramDeclined
    | ProgramMigrated
    | IslandReset
    | GenerationCompleted
    | AnalysisRequested
    | AnalysisFailed
    | InsightRecorded
    | ScratchpadRevised
    | PromptEvolved
    | NoveltyJudged
)

CATALOGUE: Mapping[str, type[AnyPayload]] = MappingProxyType({member.TYPE: member for member in get_args(AnyPayload)})
