"""What every recipe asks of a program's files and of a problem's settings."""

from collections.abc import Mapping

from genesis.language.build import BuildError, BuildSettings
from genesis.program import Source

__all__ = ["argument", "choose", "entry_of", "sources", "stem"]


def argument(path: str) -> str:
    """The path as an argument: no compiler takes it for an option, whatever its name."""
    return f"./{path}"


def sources(source: Source, suffixes: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments for every file with one of the suffixes: the entry first, then by name."""
    paths = sorted(path for path in source.files if path.endswith(suffixes) and path != source.entry)
    return tuple(map(argument, [source.entry, *paths] if source.entry.endswith(suffixes) else paths))


def entry_of(source: Source, suffixes: tuple[str, ...], language: str) -> str:
    """The entry file as an argument.

    Raises:
        BuildError: It is a file of another kind.
    """
    if not source.entry.endswith(suffixes):
        raise BuildError(
            f"entry file {source.entry!r} is not {language}: name one that ends in {' or '.join(suffixes)}"
        )
    return argument(source.entry)


def stem(path: str) -> str:
    """The file's name without directories and suffix."""
    return path.rpartition("/")[2].rpartition(".")[0] or path


def choose(
    settings: BuildSettings, language: str, *, compilers: tuple[str, ...], defines: Mapping[str, str] | None = None
) -> tuple[str, Mapping[str, str]]:
    """The compiler, the first by default, and every define with its value.

    Args:
        settings: Of the problem.
        language: For messages.
        compilers: Those that the language knows.
        defines: The names that the language knows, with their defaults.

    Raises:
        BuildError: The settings have a compiler or a name that the language does not know.
    """
    known = {} if defines is None else dict(defines)
    compiler = settings.compiler or compilers[0]
    if compiler not in compilers:
        raise BuildError(f"compiler {compiler!r} is not known for {language}: use {' or '.join(compilers)}")
    for name in settings.defines:
        if name not in known:
            usable = f"use one of {', '.join(known)}" if known else "there are none"
            raise BuildError(f"define {name!r} is not known for {language}: {usable}")
    return compiler, {**known, **settings.defines}
