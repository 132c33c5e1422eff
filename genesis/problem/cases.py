"""Cases: inputs for programs that are run as commands, and what they should answer."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from genesis.problem.code import python_file
from genesis.problem.errors import ProblemError
from genesis.problem.files import read_text

__all__ = ["GENERATOR", "CasesDeclaration", "find_cases", "has_generator"]

GENERATOR = "cases.py"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class CasesDeclaration(BaseModel):
    """How programs are run on cases and how their answers are compared and timed."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    expected: Literal["required", "optional"] = "required"
    compare: Literal["exact", "lines", "tokens", "numbers"] = "lines"
    tolerance: Annotated[float, Field(ge=0)] = 1e-9
    warmup: Annotated[int, Field(ge=0, le=100)] = 0
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    reference: str = "none"
    pin: bool = True


def find_cases(directory: Path, declared: CasesDeclaration) -> tuple[str, ...]:
    """Names of the cases in ``cases/``, sorted; empty when there is no such directory.

    Raises:
        ProblemError: A name is bad, an input has no expected output where one is required, an expected output has no
            input, or the directory holds none.
    """
    folder = directory / "cases"
    if not folder.is_dir():
        return ()
    inputs = {path.stem: path for path in sorted(folder.glob("*.in"))}
    outputs = {path.stem: path for path in sorted(folder.glob("*.out"))}
    if not inputs:
        raise ProblemError.at(folder, None, "there is no case: add NAME.in and NAME.out")
    for name, path in inputs.items():
        if not NAME.fullmatch(name):
            raise ProblemError.at(path, None, f"case {name!r}: use letters, digits, '.', '_' and '-' in its name")
        if not path.is_file():
            raise ProblemError.at(path, None, "not a regular file: put the case's input there")
        if declared.expected == "required" and name not in outputs:
            raise ProblemError.at(
                path,
                None,
                f"case {name} has no expected output: add cases/{name}.out, or write cases: {{expected: optional}} in "
                "problem.yaml when validate.py checks answers by itself",
            )
    for name, path in outputs.items():
        if name not in inputs:
            raise ProblemError.at(path, None, f"this expected output has no input: add cases/{name}.in or remove it")
    return tuple(inputs)


def has_generator(directory: Path) -> bool:
    """Whether ``cases.py`` generates cases.

    Raises:
        ProblemError: It is not Python, or defines no ``generate()``.
    """
    path = directory / GENERATOR
    if not path.exists() and not path.is_symlink():
        return False
    python_file(path, read_text(path)).require_function("generate", ())
    return True
