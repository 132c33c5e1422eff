"""The pipeline of a problem: what it declares, or what its files ask for, with every edge checked."""

from pathlib import Path

from genesis.problem.code import python_file
from genesis.problem.errors import ProblemError
from genesis.problem.files import read_text
from genesis.problem.settings import Settings, SettingsFile
from genesis.problem.stages import StageDeclaration, StageError, default_stages, resolve

__all__ = ["read_stages"]


def read_stages(
    directory: Path, written: SettingsFile, *, cases: bool, has_context: bool
) -> tuple[StageDeclaration, ...]:
    """The stages in the order of declaration.

    Args:
        directory: Of the problem.
        written: Its ``problem.yaml``.
        cases: Whether it has cases, in files or generated.
        has_context: Whether its callables get the context as their first argument.

    Raises:
        ProblemError: The graph breaks a rule, a callable is not there, or programs have no cases to run on.
    """
    settings = written.settings
    if settings.language != "python" and not cases:
        raise written.error(
            ("language",),
            f"programs in {settings.language} are run on cases, and there are none: add cases/NAME.in and "
            "cases/NAME.out, or cases.py with generate()",
        )
    stages = _declared(written) if settings.stages else _usual(settings, cases=cases)
    _check_kinds(written, stages, cases=cases)
    for index, stage in enumerate(stages):
        if stage.call is not None:
            _check_call(directory, written, index, stage, has_context=has_context)
    return stages


def _declared(written: SettingsFile) -> tuple[StageDeclaration, ...]:
    try:
        return resolve(written.settings.stages)
    except StageError as error:
        place = ("stages", error.index, error.key)
        raise written.error(place, str(error)) from error


def _usual(settings: Settings, *, cases: bool) -> tuple[StageDeclaration, ...]:
    is_python = settings.language == "python"
    builds = bool(settings.build.parts) or not is_python
    return default_stages(command=cases, builds=builds, checks=is_python)


def _check_kinds(written: SettingsFile, stages: tuple[StageDeclaration, ...], *, cases: bool) -> None:
    settings = written.settings
    kinds = {stage.performs: index for index, stage in reversed(list(enumerate(stages)))}
    if "cases" in kinds and not cases:
        raise written.error(
            ("stages", kinds["cases"], "name"), "there are no cases to run on: add cases/NAME.in or cases.py"
        )
    if "run" in kinds and settings.language != "python":
        raise written.error(
            ("stages", kinds["run"], "name"),
            f"run calls a Python function, and programs are in {settings.language}: use cases",
        )
    if settings.build.parts and "build" not in kinds:
        raise written.error(("stages",), "build has parts and no stage builds them: add a stage named build")


def _check_call(
    directory: Path, written: SettingsFile, index: int, stage: StageDeclaration, *, has_context: bool
) -> None:
    assert stage.call is not None
    name, _, function = stage.call.partition(":")
    path = directory / name
    if not path.is_file():
        raise written.error(("stages", index, "call"), f"call is {stage.call!r}: there is no {path}; add it")
    arguments = [*(["context"] if has_context else []), *(["output"] if stage.performs == "validate" else stage.data)]
    try:
        python_file(path, read_text(path)).require_function(function, arguments)
    except ProblemError as error:
        raise ProblemError(f"{error} (stage {stage.name} of {written.path})") from error
