"""What can be wrong with a problem directory."""

from pathlib import Path

from genesis.errors import UsageError

__all__ = ["ProblemError"]


class ProblemError(UsageError):
    """A problem that cannot be run as it is; the message names file, line, value, rule and remedy."""

    @classmethod
    def at(cls, path: Path, line: int | None, message: str) -> "ProblemError":
        """An error at a line of a file, counted from 1; no line where it is about the file as a whole."""
        return cls(f"{path}: {message}" if line is None else f"{path}:{line}: {message}")
