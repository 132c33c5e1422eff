"""Cases and answers, on the validator's side: what programs are given, what they should say, and what they did say.

The expected outputs never leave the validator's process and the engine's; a candidate gets one input at a time.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from genesis.channel import open_memory_file, seal
from genesis.evaluation.bundle import Entry, read_entry, read_index, write_bundle
from genesis.evaluation.job import CompareHow, Comparison
from genesis.evaluation.problem_code import ProblemCodeError, load_function

__all__ = ["Case", "CaseResult", "agrees", "bundle_cases", "case_results", "read_cases", "unbundle_cases"]

_MAX_CASES = 10_000
_INPUT, _EXPECTED = ".in", ".out"


@dataclass(frozen=True, slots=True)
class Case:
    """One input, and the answer to it; None where only the validator can tell."""

    name: str
    input: bytes
    expected: bytes | None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How a program did on one case, as ``validate`` gets it.

    Attributes:
        name: Of the case.
        input: What the program read.
        expected: What it should have written; None where there is no such thing.
        stdout: What it wrote, of the last run.
        stderr: As above.
        exit_code: Of the last run.
        correct: Whether every run ended with exit code 0 and the expected output; without one, whether every run ended
            with exit code 0 and the same output.
        wall_s: Median over the measured runs, from the program's start to its end.
        wall_spread_s: Half the distance between the quartiles of the same.
        cpu_s: Median of user and system time.
        max_rss_bytes: Peak memory, the largest of all runs.
        instructions: Median of instructions in user mode; None where this machine does not count them.
        runs: How many runs were measured.
        speedup: Median of the reference program's wall time over this one's, run by run; None without a reference.
        reference_wall_s: Median wall time of the reference program, run beside this one; None without a reference.
    """

    name: str
    input: str
    expected: str | None
    stdout: str
    stderr: str
    exit_code: int
    correct: bool
    wall_s: float
    wall_spread_s: float
    cpu_s: float
    max_rss_bytes: int
    instructions: int | None
    runs: int
    speedup: float | None
    reference_wall_s: float | None


def read_cases(directory: str, rule: Comparison) -> tuple[Case, ...]:
    """Cases in ``cases/``, sorted by name, then those that ``generate()`` gives, in its order.

    Raises:
        ProblemCodeError: A file cannot be read, ``generate()`` fails or gives something else, two cases have one name,
            one has no expected output where that is needed, or there is none.
    """
    found: list[Case] = [*_on_disk(Path(directory) / "cases"), *(_generated(directory) if rule.generates else [])]
    names = [case.name for case in found]
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) <= _MAX_CASES else None
    if twice is not None:
        raise ProblemCodeError(f"case {twice!r} is there twice: give each case a name of its own")
    if not 0 < len(found) <= _MAX_CASES:
        raise ProblemCodeError(f"{directory} has {len(found)} cases: at least 1 and at most {_MAX_CASES} are needed")
    bare = next((case.name for case in found if case.expected is None), None)
    if rule.needs_expected and bare is not None:
        raise ProblemCodeError(
            f"case {bare} has no expected output: give one, or write cases: {{expected: optional}} in problem.yaml"
        )
    return tuple(found)


def _on_disk(folder: Path) -> Iterable[Case]:
    for path in sorted(folder.glob(f"*{_INPUT}")):
        answer = path.with_suffix(_EXPECTED)
        try:
            yield Case(path.stem, path.read_bytes(), answer.read_bytes() if answer.exists() else None)
        except OSError as error:
            raise ProblemCodeError(f"{error.filename} cannot be read: {error.strerror}") from error


def _generated(directory: str) -> Iterable[Case]:
    generate = load_function(directory, "cases", "generate")
    try:
        listed: object = list(generate())
    except Exception as error:  # the author's code may raise anything
        raise ProblemCodeError(f"{directory}/cases.py: generate() failed: {type(error).__name__}: {error}") from error
    for number, given in enumerate(_as_list(listed)):
        yield _case(directory, number, given)


def _as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value  # pyright: ignore[reportUnknownVariableType]  the author's values, looked at one by one


def _case(directory: str, number: int, given: object) -> Case:
    fields = _fields(given)
    name, text = fields.get("name", f"generated-{number:04}"), fields.get("input")
    expected = fields.get("expected")
    if fields.keys() - {"name", "input", "expected"} or not isinstance(name, str) or not name:
        raise _wrong_case(directory, number, given)
    if not isinstance(text, str | bytes) or not isinstance(expected, str | bytes | None):
        raise _wrong_case(directory, number, given)
    return Case(name, _bytes(text), None if expected is None else _bytes(expected))


def _fields(given: Any) -> dict[object, object]:  # Any: the author's; each value is looked at by the caller
    if isinstance(given, Mapping):
        return dict(cast("Mapping[object, object]", given))
    if isinstance(given, tuple | list):
        return dict(zip(("input", "expected", "too many"), cast("Sequence[object]", given), strict=False))
    return {}


def _wrong_case(directory: str, number: int, given: object) -> ProblemCodeError:
    return ProblemCodeError(
        f"{directory}/cases.py: generate() gave {given!r:.80} as case {number}: a dict with input and expected (text "
        "or bytes), and name if you like, or a pair of input and expected, is needed"
    )


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def bundle_cases(cases: Sequence[Case]) -> int:
    """A sealed memory file with all cases; the caller closes it."""
    file = open_memory_file("cases")
    parts: list[tuple[str, int | bytes]] = []
    for case in cases:
        parts.append((case.name + _INPUT, case.input))
        if case.expected is not None:
            parts.append((case.name + _EXPECTED, case.expected))
    write_bundle(parts, file)
    seal(file)
    return file


def unbundle_cases(bundle: int) -> tuple[Case, ...]:
    """The cases in a file of :func:`bundle_cases`."""
    entries = {entry.name: entry for entry in read_index(bundle)}
    names = [name.removesuffix(_INPUT) for name in entries if name.endswith(_INPUT)]
    return tuple(
        Case(name, read_entry(bundle, entries[name + _INPUT]), _expected(bundle, entries, name)) for name in names
    )


def _expected(bundle: int, entries: Mapping[str, Entry], name: str) -> bytes | None:
    entry = entries.get(name + _EXPECTED)
    return None if entry is None else read_entry(bundle, entry)


def case_results(bundle: int, cases: Mapping[str, Case], rule: Comparison) -> list[CaseResult]:
    """What ``validate`` gets for a bundle of measured answers: one result a case, in the order of the cases run."""
    entries = {entry.name: entry for entry in read_index(bundle)}
    names = [name.removesuffix(".figures") for name in entries if name.endswith(".figures")]
    return [_result(bundle, entries, cases[name], rule) for name in names]


def _result(bundle: int, entries: Mapping[str, Entry], case: Case, rule: Comparison) -> CaseResult:
    # Any: `genesis.evaluation.measure` wrote it, and the record checks its names
    figures: dict[str, Any] = json.loads(read_entry(bundle, entries[f"{case.name}.figures"]))
    stdout = read_entry(bundle, entries[f"{case.name}.stdout"])
    fine = figures.pop("consistent") and figures["exit_code"] == 0
    return CaseResult(
        name=case.name,
        input=case.input.decode(errors="replace"),
        expected=None if case.expected is None else case.expected.decode(errors="replace"),
        stdout=stdout.decode(errors="replace"),
        stderr=read_entry(bundle, entries[f"{case.name}.stderr"]).decode(errors="replace"),
        correct=fine and (case.expected is None or agrees(stdout, case.expected, rule.how, rule.tolerance)),
        **figures,
    )


def agrees(answer: bytes, expected: bytes, how: CompareHow, tolerance: float) -> bool:
    """Whether an answer is the expected one, as :class:`genesis.evaluation.job.Comparison` explains."""
    match how:
        case "exact":
            return answer == expected
        case "lines":
            return _lines(answer) == _lines(expected)
        case "tokens":
            return answer.split() == expected.split()
        case "numbers":
            ours, theirs = answer.split(), expected.split()
            return len(ours) == len(theirs) and all(
                one == other or _close(one, other, tolerance) for one, other in zip(ours, theirs, strict=True)
            )


def _lines(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def _close(answer: bytes, expected: bytes, tolerance: float) -> bool:
    try:
        one, other = float(answer), float(expected)
    except ValueError:
        return False
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
