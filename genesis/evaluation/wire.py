"""What the engine and its warm processes say to each other, as records and as JSON."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, TypedDict

from genesis.channel import Header
from genesis.evaluation.job import Comparison, Limits, ProblemSetup
from genesis.evaluation.sandbox.port import Excess

__all__ = [
    "BUILD",
    "CALL",
    "COMPARE",
    "EXECUTE",
    "EXIT_CRASH",
    "EXIT_FAULT",
    "EXIT_NOT_STARTED",
    "EXIT_NO_DATA",
    "EXIT_RESULT",
    "EXIT_SYNTAX",
    "MAX_REPORT_BYTES",
    "MEASURE",
    "RUN",
    "SETUP",
    "VALIDATE",
    "Answer",
    "ContextKind",
    "Crash",
    "Exit",
    "FaultKind",
    "WireCommand",
    "decode_answer",
    "decode_setup",
    "encode_setup",
    "parse_crash",
]

SETUP, RUN, VALIDATE = "setup", "run", "validate"
BUILD, EXECUTE, CALL, COMPARE, MEASURE = "build", "execute", "call", "compare", "measure"

ContextKind: TypeAlias = Literal["none", "data", "build"]
"""How candidates get the context: there is none; as encoded data from the validator; the zygote builds it itself."""

FaultKind: TypeAlias = Literal["unavailable", "setup"]
"""Why a warm process cannot serve: this machine does not allow the sandbox, or the problem's own code failed."""

# Exit codes of a candidate's process; any other code is the candidate's own doing.
EXIT_RESULT, EXIT_CRASH, EXIT_SYNTAX, EXIT_NO_DATA, EXIT_FAULT = 0, 81, 82, 83, 84
EXIT_NOT_STARTED = 85

MAX_REPORT_BYTES = 16 * 1024


class WireCommand(TypedDict):
    """A command as a sandboxed child gets it: its words, the first a path, and what is special in its environment."""

    argv: list[str]
    env: dict[str, str]


def encode_setup(setup: ProblemSetup, kind: str, context: ContextKind) -> bytes:
    """The payload of a set-up request."""
    return json.dumps({"setup": asdict(setup), "kind": kind, "context": context}).encode()


def decode_setup(payload: bytes) -> tuple[ProblemSetup, str, ContextKind]:
    """A set-up request's payload: the problem, the sandbox kind, and how the context comes."""
    body = json.loads(payload)
    fields: dict[str, Any] = body["setup"]  # JSON; the record checks its names
    fields["limits"] = Limits(**fields["limits"])
    fields["metrics"] = tuple(fields["metrics"])
    for name in ("preload", "toolchains", "calls"):
        fields[name] = tuple(fields[name])
    fields["cases"] = None if fields["cases"] is None else Comparison(**fields["cases"])
    return ProblemSetup(**fields), body["kind"], body["context"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the process with the problem's own code says to a request.

    Attributes:
        error: Why it says nothing else; empty when it does.
        bad_result: Why what it was given is no data; empty when it is.
        valid: Whether a result was accepted.
        metrics: As measured.
        feedback: The validator's words.
        durations: Seconds that judging took, and measuring where that was asked for with it.
        complexity: What measuring gave then.
    """

    error: str = ""
    bad_result: str = ""
    valid: bool = False
    metrics: dict[str, float] = field(default_factory=dict[str, float])
    feedback: str = ""
    durations: list[float] = field(default_factory=list[float])
    complexity: "Answer | None" = None


def decode_answer(payload: bytes) -> Answer:
    """The record of a reply."""
    body: dict[str, Any] = json.loads(payload)  # Any: the record checks its names
    if "complexity" in body:
        body["complexity"] = Answer(**body["complexity"])
    return Answer(**body)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a candidate's process ended, as seen from outside it.

    Attributes:
        code: Exit code, or minus the signal's number.
        timed_out: Whether it was killed at its wall-time limit.
        wall_s: From fork to exit.
        cpu_s: User and system time of its tree.
        max_rss_bytes: Peak memory, the warm process's shared pages included.
        compiled: Whether the syntax stage ended well; None when it did not end.
        compile_s: How long the syntax stage took.
        exceeded: What its tree was killed for having too much of; empty when it was not.
        sent: The name of each descriptor that came along: ``result``, ``stdout``, ``stderr``, ``status``.
        instructions: In user mode, of a program that was executed; None where they are not counted.
    """

    code: int
    timed_out: bool
    wall_s: float
    cpu_s: float
    max_rss_bytes: int
    compiled: bool | None
    compile_s: float
    sent: tuple[str, ...]
    exceeded: Excess = ""
    instructions: int | None = None

    def header(self) -> dict[str, object]:
        """The reply's header."""
        return {name: getattr(self, name) for name in self.__slots__}  # asdict would copy every number

    @classmethod
    def from_header(cls, header: Header) -> "Exit":
        """The record that a header carries."""
        return cls(
            code=header["code"],
            timed_out=header["timed_out"],
            wall_s=header["wall_s"],
            cpu_s=header["cpu_s"],
            max_rss_bytes=header["max_rss_bytes"],
            compiled=header["compiled"],
            compile_s=header["compile_s"],
            sent=tuple(header["sent"]),
            exceeded=header["exceeded"],
            instructions=header["instructions"],
        )


@dataclass(frozen=True, slots=True)
class Crash:
    """What a candidate's process says of its own end: text to show, and never to trust."""

    type: str
    message: str
    traceback: str
    errno: int
    path: str


def parse_crash(data: bytes) -> Crash | None:
    """The report in a file's first bytes, or None when there is no such thing."""
    try:
        body: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    fields: dict[object, object] = body  # pyright: ignore[reportUnknownVariableType]  JSON
    number = fields.get("errno")
    return Crash(
        *(str(fields.get(name, "")) for name in ("type", "message", "traceback")),
        errno=number if isinstance(number, int) else 0,
        path=str(fields.get("path", "")),
    )
