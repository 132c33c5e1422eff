"""What goes into an evaluation and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from genesis.program import Source

__all__ = [
    "Comparison",
    "Compiled",
    "Evaluated",
    "Failed",
    "Job",
    "Limits",
    "Outcome",
    "ProblemSetup",
    "Reason",
    "Stage",
    "StageStatus",
    "Usage",
]

_MIB = 1024 * 1024

Reason: TypeAlias = Literal[
    "syntax_error",
    "build_failed",
    "timeout",
    "memory_limit",
    "output_limit",
    "crash",
    "sandbox_violation",
    "validator_error",
    "bad_result",
    "backend_error",
]
CompareHow: TypeAlias = Literal["exact", "lines", "tokens", "numbers"]
StageStatus: TypeAlias = Literal["ok", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one candidate may use.

    Attributes:
        wall_s: Wall time from fork to exit.
        cpu_s: User and system time; the kernel counts whole seconds, so it is rounded up.
        memory_bytes: Memory of its whole tree beyond what the warm process already has; address space of each process.
        output_bytes: Each of the result, stdout and stderr, and the largest file it may write.
        processes: Processes in its tree; with 1 it can neither fork nor exec.
        open_files: File descriptors.
        disk_bytes: All of the scratch directory.
        network: Whether it may connect to other machines; never whether it may serve.
        reserves: Whether each process may reserve more address space than ``memory_bytes``, as the runtimes of Go,
            JavaScript, Julia and WebAssembly do; what its tree uses is limited all the same.
    """

    wall_s: float = 10.0
    cpu_s: float = 10.0
    memory_bytes: int = 1024 * _MIB
    output_bytes: int = 64 * _MIB
    processes: int = 1
    open_files: int = 64
    disk_bytes: int = 64 * _MIB
    network: bool = False
    reserves: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the answer to a case is held against the expected output.

    Attributes:
        how: ``exact`` compares bytes; ``lines`` leaves out white space at the ends of lines and of the text;
            ``tokens`` compares what white space separates; ``numbers`` does, and takes tokens that are numbers as
            equal within the tolerance.
        tolerance: Largest difference of two numbers, absolute or as a share of the larger one.
        needs_expected: Whether a case without an expected output is a mistake.
        generates: Whether ``cases.py`` makes cases.
    """

    how: CompareHow = "lines"
    tolerance: float = 1e-9
    needs_expected: bool = True
    generates: bool = False


@dataclass(frozen=True, slots=True)
class ProblemSetup:
    """What a backend needs to know of a problem.

    Attributes:
        name: For messages.
        directory: Absolute path; only the validator's process can read it.
        digest: Digest of everything that can change a score; part of the cache key.
        metrics: Metrics that a valid result must have, each finite.
        helper: Text of ``helper.py``, importable as ``helper`` by candidates.
        has_context: Whether ``context.py`` exists, and so both ``validate`` and the entry point take the context.
        preload: Modules imported once, before candidates are forked.
        language: Name of the candidates' language.
        entrypoint: Name of the function that a candidate defines.
        limits: Of each candidate.
        validate_wall_s: Wall time of one ``validate`` call.
        setup_wall_s: Wall time of the imports, ``helper.py``, ``build_context`` and ``generate`` together.
        toolchains: Directories besides the system's own that builds and programs read.
        cases: How answers to cases are compared; None when programs are not run on cases.
        calls: Callables of the problem besides ``validate``, as ``FILE.py:FUNCTION``.
    """

    name: str
    directory: str
    digest: str
    metrics: tuple[str, ...]
    helper: str | None = None
    has_context: bool = False
    preload: tuple[str, ...] = ()
    language: str = "python"
    entrypoint: str = "entrypoint"
    limits: Limits = field(default_factory=Limits)
    validate_wall_s: float = 30.0
    setup_wall_s: float = 120.0
    toolchains: tuple[str, ...] = ()
    cases: "Comparison | None" = None
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """One program to evaluate.

    Attributes:
        program: Its id, for messages.
        source: Its text.
    """

    program: str
    source: Source


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage went; a skipped stage took 0 seconds."""

    name: str
    status: StageStatus
    duration_s: float
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """What a candidate used, measured from outside it; peak memory includes the warm process's share."""

    wall_s: float = 0.0
    cpu_s: float = 0.0
    max_rss_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Compiled:
    """How the syntax check or build went; diagnostics are empty when it is fine.

    The digest is of what the build made, 64 hex digits; None when it makes nothing.
    """

    ok: bool
    diagnostics: str
    duration_s: float
    artifact_digest: str | None = None
    artifact_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The validator has judged the result, valid or not.

    ``metrics`` has every declared metric, finite, when valid, and may be empty when not; ``complexity.*`` is in it when
    that stage ran. ``feedback`` is for whoever writes the next program.
    """

    is_valid: bool
    metrics: Mapping[str, float]
    feedback: str
    stdout_tail: str
    stderr_tail: str
    stages: tuple[Stage, ...]
    usage: Usage
    worker: str
    compiled: Compiled


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no result to judge. ``compiled`` is None when the failure came before the syntax stage ended."""

    reason: Reason
    stage: str
    message: str
    stdout_tail: str
    stderr_tail: str
    stages: tuple[Stage, ...]
    usage: Usage
    worker: str
    compiled: Compiled | None


Outcome: TypeAlias = Evaluated | Failed
