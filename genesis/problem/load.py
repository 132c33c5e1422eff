"""From a problem directory to a :class:`~genesis.problem.spec.ProblemSpec`, every rule checked, no code of it run."""

import re
from pathlib import Path

from genesis.problem.cases import find_cases, has_generator
from genesis.problem.code import PythonFile, preloadable, python_file
from genesis.problem.errors import ProblemError
from genesis.problem.files import digest_of, read_text
from genesis.problem.metrics import read_metrics
from genesis.problem.pipeline import read_stages
from genesis.problem.scores import with_scores
from genesis.problem.seeds import SeedFile, read_seeds
from genesis.problem.settings import Settings, SettingsFile, read_settings
from genesis.problem.shipped import problem_directory
from genesis.problem.spec import ProblemSpec
from genesis.problem.stages import StageDeclaration

__all__ = ["load_problem"]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def load_problem(name_or_path: str | Path) -> ProblemSpec:
    """The problem of that name among the shipped ones, or in that directory.

    Raises:
        ProblemError: There is no such problem, or its directory breaks a rule; the first one found is named.
    """
    directory = problem_directory(name_or_path)
    if not NAME.fullmatch(directory.name):
        raise ProblemError.at(
            directory,
            None,
            f"the directory's name {directory.name!r} names the problem: use letters, digits, '.', '_' and '-', "
            "a letter or digit first, at most 64 of them",
        )
    description = read_text(directory / "task_description.txt")
    if not description.strip():
        raise ProblemError.at(directory / "task_description.txt", None, "it is empty: say what a program is to do")
    metrics = read_metrics(directory / "metrics.yaml")
    written = read_settings(directory / "problem.yaml", metrics)
    settings = written.settings
    helper = _optional(directory / "helper.py")
    has_context = _has_context(directory / "context.py")
    _check_validator(directory / "validate.py", has_context=has_context)
    seeds = read_seeds(directory / "initial_programs", settings.language, settings.entry)
    case_names, generates = find_cases(directory, settings.cases), has_generator(directory)
    stages = read_stages(directory, written, cases=bool(case_names) or generates, has_context=has_context)
    stages = with_scores(written, stages, metrics)
    is_called = any(stage.performs == "run" for stage in stages)
    parsed = _check_seeds(seeds, settings, has_context=has_context, is_called=is_called)
    _check_reference(written, stages, seeds)
    return ProblemSpec(
        name=directory.name,
        directory=directory,
        digest=digest_of(directory),
        description=description,
        metrics=metrics,
        seeds=tuple(file.seed for file in seeds),
        language=settings.language,
        entrypoint=settings.entrypoint,
        helper=None if helper is None else helper[1],
        has_context=has_context,
        preload=preloadable(parsed if helper is None else [*parsed, helper[0]], directory),
        limits=settings.limits,
        behavior=settings.behavior,
        target=settings.target,
        stop=settings.stop,
        build=settings.build,
        cases=settings.cases,
        case_names=case_names,
        generates_cases=generates,
        stages=stages,
    )


def _optional(path: Path) -> tuple[PythonFile, str] | None:
    if not path.exists() and not path.is_symlink():
        return None
    text = read_text(path)
    return python_file(path, text), text


def _has_context(path: Path) -> bool:
    context = _optional(path)
    if context is None:
        return False
    context[0].require_function("build_context", ())
    return True


def _check_validator(path: Path, *, has_context: bool) -> None:
    validator = python_file(path, read_text(path))
    try:
        validator.require_function("validate", ("context", "output") if has_context else ("output",))
    except ProblemError as error:
        reason = "there is a context.py" if has_context else "there is no context.py"
        raise ProblemError(f"{error} ({reason})") from error


def _check_seeds(
    seeds: tuple[SeedFile, ...], settings: Settings, *, has_context: bool, is_called: bool
) -> list[PythonFile]:
    if settings.language != "python" or not is_called:
        return []
    parsed = [python_file(file.path, file.seed.source.text) for file in seeds]
    for file in parsed:
        file.require_function(settings.entrypoint, ("context",) if has_context else ())
    return parsed


def _check_reference(written: SettingsFile, stages: tuple[StageDeclaration, ...], seeds: tuple[SeedFile, ...]) -> None:
    names = [file.seed.name for file in seeds]
    known = ("none", "best", *names)
    message = "reference is {!r}: use one of " + ", ".join(known)
    if written.settings.cases.reference not in known:
        raise written.error(("cases", "reference"), message.format(written.settings.cases.reference))
    for index, stage in enumerate(stages):
        if stage.reference is not None and stage.reference not in known:
            raise written.error(("stages", index, "reference"), message.format(stage.reference))
