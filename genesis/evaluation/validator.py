"""The validator: a warm process that judges results and that no candidate ever enters.

It runs the problem author's ``validate.py`` in a sandbox of the same kind as the candidates', that may read the
problem's directory. Results reach it as data only. Between calls it stays as the author's code leaves it, but for the
random generators, which are put in the same state before each.
"""

import gc
import json
import math
import os
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genesis.channel import Endpoint, Header, Message, adopt, read_file, serve
from genesis.evaluation import wire
from genesis.evaluation.cases import Case, bundle_cases, case_results, read_cases, unbundle_cases
from genesis.evaluation.codec import DecodeError, EncodeError, decode_file, encode_to_file
from genesis.evaluation.complexity import measure
from genesis.evaluation.context import Context, share_context, shared_context
from genesis.evaluation.harness import seed_generators
from genesis.evaluation.job import Limits, ProblemSetup
from genesis.evaluation.problem_code import ProblemCodeError, build_context, load_function, load_helper, preload
from genesis.evaluation.sandbox.port import SandboxUnavailable
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import python_view
from genesis.evaluation.wire import decode_setup

__all__ = ["check_metrics", "main"]

# The author's code: no CPU limit, since it serves many calls; wall time is the engine's to watch.
_LIMITS = Limits(
    cpu_s=math.inf,
    memory_bytes=8 * 1024**3,
    output_bytes=1024**3,
    processes=64,
    open_files=512,
    disk_bytes=256 * 1024**2,
)
_MAX_FEEDBACK = 4_000
_MAX_AUXILIARY = 500
VALIDATE_CALL = "validate.py:validate"


class _Invalid(Exception):
    """The validator's answer breaks a rule; the message is feedback."""


def main(descriptor: int) -> None:
    """Set up from the first message, say how candidates get the context, and judge."""
    endpoint = adopt(descriptor)
    request = endpoint.receive()
    if request is None:
        return
    setup, kind, _ = decode_setup(request.payload)
    sandbox = KINDS[kind]()
    try:
        author = _load(setup, request)
        cases = () if setup.cases is None or request.descriptors else (bundle_cases(tuple(author.cases.values())),)
        sandbox.enter(python_view(setup.directory))
        sandbox.confine(_LIMITS)
    except ProblemCodeError as error:
        endpoint.reply(request, {"fault": "setup", "message": str(error)})
    except SandboxUnavailable as error:
        endpoint.reply(request, {"fault": "unavailable", "message": str(error)})
    else:
        request.close()
        kind, files = ("none", ()) if author.context is None else (author.context.kind, author.context.files)
        header = {"fault": None, "context": kind, "cases": len(cases)}
        endpoint.reply(request, header, descriptors=(*cases, *files))
        for file in (*cases, *files):
            os.close(file)
        _serve(endpoint, author)
    finally:
        sandbox.close()


@dataclass(frozen=True, slots=True)
class _Author:
    """What the problem's author wrote, loaded.

    Attributes:
        setup: The problem.
        functions: Its callables by ``FILE.py:FUNCTION``; ``validate`` under the name of its own.
        context: None where the problem has none.
        cases: By name; empty when programs are not run on cases.
    """

    setup: ProblemSetup
    functions: Mapping[str, Callable[..., Any]]
    context: Context | None
    cases: Mapping[str, Case]

    @property
    def arguments(self) -> tuple[object, ...]:
        """Nothing, or the context."""
        return () if self.context is None else (self.context.value,)


def _load(setup: ProblemSetup, request: Message) -> _Author:
    sys.path.insert(0, setup.directory)
    preload(setup.preload)
    seed_generators()
    if setup.helper is not None:
        load_helper(setup.helper, setup.directory)
    context = _context(setup, request) if setup.has_context else None
    functions = {name: _function(setup.directory, name) for name in (VALIDATE_CALL, *setup.calls)}
    return _Author(setup, functions, context, _load_cases(setup, request.descriptors))


def _context(setup: ProblemSetup, request: Message) -> Context:
    """The context, built once a run if it is shared: whoever comes later is given that of the first."""
    shared = request.descriptors[0 if setup.cases is None else 1 :]
    return Context(shared_context(shared), "data") if shared else share_context(build_context(setup.directory))


def _function(directory: str, name: str) -> Callable[..., Any]:
    file, _, function = name.partition(":")
    module = file.removesuffix(".py")
    loaded: object = getattr(sys.modules.get(module), "__file__", None)
    if loaded == f"{directory}/{file}":  # two functions of one file share its module
        known: object = getattr(sys.modules[module], function, None)
        if callable(known):
            return known
    return load_function(directory, module, function)


def _load_cases(setup: ProblemSetup, descriptors: tuple[int, ...]) -> Mapping[str, Case]:
    """Cases, generated once a run: whoever comes later is given those of the first."""
    if setup.cases is None:
        return {}
    if descriptors:
        return {case.name: case for case in unbundle_cases(descriptors[0])}
    seed_generators()
    return {case.name: case for case in read_cases(setup.directory, setup.cases)}


def _serve(endpoint: Endpoint, author: _Author) -> None:
    gc.collect()
    gc.freeze()
    os.dup2(1, 2)  # from here on, what the author's code prints would only pile up

    def answer(request: Message) -> tuple[Header, bytes]:
        match request.header["op"]:
            case wire.CALL:
                body = _call(author, request)
            case wire.MEASURE:
                body = _measure(request.descriptors[0], author.setup.language)
            case wire.COMPARE:
                body = {"metrics": _compare(author, request.descriptors[0])}
            case _:
                body = _validate(author, request)
        return {}, json.dumps(body).encode(errors="replace")

    serve(endpoint, answer)


def _validate(author: _Author, request: Message) -> dict[str, object]:
    """Judge one result; measure the program too when it came along."""
    result, *source = request.descriptors
    started_s = time.monotonic()
    data = request.header.get("data", "value")
    body = _judge(author, result, data, request.header.get("call", VALIDATE_CALL))
    judged_s = time.monotonic()
    durations = [judged_s - started_s]
    if source:
        body["complexity"] = _measure(source[0], author.setup.language)
        durations.append(time.monotonic() - judged_s)
    body["durations"] = durations
    return body


def _value(author: _Author, kind: str, file: int) -> object:
    """What a stage gave, as the author's code gets it.

    Raises:
        DecodeError: It is not what its stage gives.
    """
    match kind:
        case "cases":
            assert author.setup.cases is not None
            return case_results(file, author.cases, author.setup.cases)
        case "files":
            return json.loads(read_file(file))["files"]
        case "metrics":
            return json.loads(read_file(file))
        case _:
            return decode_file(file, limit_bytes=author.setup.limits.output_bytes)


def _judge(author: _Author, file: int, kind: str, name: str) -> dict[str, object]:
    setup = author.setup
    try:
        output = _value(author, kind, file)
    except DecodeError as error:
        return {"bad_result": str(error)}
    seed_generators()
    try:
        answer = author.functions[name](*author.arguments, output)
        valid, metrics, feedback = check_metrics(answer, setup.metrics)
    except _Invalid as error:
        return {"valid": False, "metrics": {}, "feedback": str(error)}
    except MemoryError:
        return {"error": "validate() ran out of memory"}
    except Exception as error:  # noqa: BLE001  raising is how a validator says no
        return {"valid": False, "metrics": {}, "feedback": _explain(error, setup.directory)}
    return {"valid": valid, "metrics": metrics, "feedback": feedback[:_MAX_FEEDBACK]}


def _call(author: _Author, request: Message) -> dict[str, object]:
    """Call a function of the problem with what other stages gave: its numbers are metrics, all of it is data.

    The last descriptor is an empty file for the data: this process cannot make one.
    """
    name: str = request.header["call"]
    *files, made = request.descriptors
    try:
        values = [_value(author, kind, file) for kind, file in zip(request.header["data"], files, strict=True)]
    except DecodeError as error:
        return {"bad_result": str(error)}
    seed_generators()
    try:
        answer = author.functions[name](*author.arguments, *values)
        encode_to_file(answer, made)
    except EncodeError as error:
        return {"error": f"{name} returned what is not data: {error}"}
    except MemoryError:
        return {"error": f"{name} ran out of memory"}
    except Exception as error:  # noqa: BLE001  the author's code may raise anything
        return {"error": f"{name}: {_explain(error, author.setup.directory)}"}
    return {"metrics": _numbers(answer)}


def _numbers(answer: object) -> dict[str, float]:
    """The finite numbers of a stage's answer: of a dict by their keys, of anything else as ``value``."""
    fields: dict[object, object] = {"value": answer}
    if isinstance(answer, dict):
        fields = answer  # pyright: ignore[reportUnknownVariableType]  the author's dict
    numbers = {key: _number(value) for key, value in fields.items() if isinstance(key, str)}
    finite = {key: value for key, value in numbers.items() if value is not None and math.isfinite(value)}
    return dict(list(finite.items())[:_MAX_AUXILIARY])


def _compare(author: _Author, file: int) -> dict[str, float]:
    """What can be said of answers without the author's own code."""
    assert author.setup.cases is not None
    results = case_results(file, author.cases, author.setup.cases)
    found = {
        "correct": statistics.fmean(result.correct for result in results),
        "wall_s": math.fsum(result.wall_s for result in results),
    }
    ratios = [result.speedup for result in results if result.speedup]
    if ratios:
        found["speedup"] = statistics.geometric_mean(ratios)
    return found


def _explain(error: Exception, directory: str) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(directory)]
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}"[:_MAX_FEEDBACK] + where


def check_metrics(answer: object, required: tuple[str, ...]) -> tuple[bool, Mapping[str, float], str]:
    """A validator's answer, checked: whether the result is valid, its metrics, and feedback.

    Every required metric must be there as a finite number; other numbers are kept as auxiliary metrics, other values
    are left out. A result that ``is_valid`` (false or 0) rejects needs no metrics.

    Raises:
        _Invalid: The answer breaks that rule.
    """
    if not isinstance(answer, dict):
        raise _Invalid(f"validate() returned {type(answer).__name__}: a dict of metrics is needed")
    fields: dict[object, object] = answer  # pyright: ignore[reportUnknownVariableType]  the author's dict
    feedback = str(fields.get("feedback", ""))
    numbers = {key: _number(value) for key, value in fields.items() if isinstance(key, str) and key != "feedback"}
    finite = {key: value for key, value in numbers.items() if value is not None and math.isfinite(value)}
    if finite.get("is_valid", 1.0) == 0.0:
        return False, _bounded(finite, required), feedback
    wrong = [_complaint(name, fields.get(name), name in fields) for name in required if name not in finite]
    if wrong:
        raise _Invalid("validate() returned " + "; ".join(wrong) + ": every declared metric must be a finite number")
    return True, _bounded(finite, required), feedback


def _bounded(metrics: Mapping[str, float], required: tuple[str, ...]) -> Mapping[str, float]:
    auxiliary = [name for name in metrics if name not in required][:_MAX_AUXILIARY]
    return {name: metrics[name] for name in [*required, *auxiliary] if name in metrics}


def _complaint(name: str, value: object, present: bool) -> str:
    return f"{name} = {value!r:.80}" if present else f"no {name!r}"


def _number(value: object) -> float | None:
    """A real number as a float: Python's and NumPy's integers, floats and booleans; None for anything else."""
    if isinstance(value, bool | int | float):
        try:
            return float(value)
        except OverflowError:
            return math.inf
    item = getattr(value, "item", None)
    if item is None or getattr(value, "shape", None) != ():
        return None
    inner: object = item()
    return float(inner) if isinstance(inner, bool | int | float) else None


def _measure(file: int, language: str) -> dict[str, object]:
    program = json.loads(read_file(file))
    try:
        return {"metrics": measure(program["files"][program["entry"]], language)}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
