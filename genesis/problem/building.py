"""What ``problem.yaml`` says of builds: settings of the language's own, or parts of a program in several languages."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["BuildDeclaration", "BuildLimits", "BuildPart"]

MAX_INTEGER = 2**63 - 1
Count = Annotated[int, Field(ge=1, le=MAX_INTEGER)]
Seconds = Annotated[float, Field(gt=0)]
Words = Annotated[tuple[str, ...], Field(strict=False)]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class BuildLimits(_Declared):
    """What one build may use, all its compilers together but for CPU time and memory, which are for each process."""

    wall_s: Seconds = 120.0
    cpu_s: Seconds = 240.0
    memory_bytes: Count = 4 * 1024**3
    output_bytes: Count = 256 * 1024**2
    processes: Count = 64
    open_files: Count = 1024
    disk_bytes: Count = 1024**3


class BuildPart(_Declared):
    """One part of a program that is built: a file in a language of its own, or commands.

    Either ``language`` with ``entry`` and one name under ``artifacts``, or ``commands`` with ``artifacts``.
    """

    language: str | None = None
    entry: str | None = None
    flags: Words = ()
    compiler: str = ""
    defines: dict[str, str] = Field(default_factory=dict[str, str])
    commands: Annotated[tuple[Words, ...], Field(strict=False)] = ()
    artifacts: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.language is None) == (not self.commands):
            raise ValueError("a part has either a language or commands: keep one of them")
        if self.language is not None and (self.entry is None or len(self.artifacts) != 1):
            raise ValueError("a part with a language needs entry, and artifacts with one name: what the build makes")
        if self.commands and (self.flags or self.compiler or self.defines or self.entry):
            raise ValueError("flags, compiler, defines and entry are for a part with a language: move them to commands")
        if any(not command for command in self.commands):
            raise ValueError("a command is empty: write the program and its arguments as a list")
        for path in self.artifacts:
            if path.startswith("/") or {"", ".", ".."} & set(path.split("/")):
                raise ValueError(f"artifact {path!r}: use a relative path without '.' and '..'")
        return self


class BuildDeclaration(_Declared):
    """How programs are built: ``flags``, ``compiler`` and ``defines`` go to the language, ``parts`` are built first."""

    flags: Words = ()
    compiler: str = ""
    defines: dict[str, str] = Field(default_factory=dict[str, str])
    limits: BuildLimits = BuildLimits()
    parts: Annotated[tuple[BuildPart, ...], Field(strict=False)] = ()
