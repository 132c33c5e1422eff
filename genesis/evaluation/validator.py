"""The validator: a warm process that judges results and that no candidate ever enters.

It runs the problem author's ``validate.py`` in a sandbox of the same kind as the candidates', that may read the
problem's directory. Results reach it as data only. Between calls it stays as the author's code leaves it, but for the
random generators, which are put in the same state before each.
"""

import gc
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genesis.channel import Endpoint, Header, Message, adopt, open_memory_file, read_file, seal, serve
from genesis.evaluation.codec import DecodeError, EncodeError, decode_file, encode_to_file
from genesis.evaluation.complexity import measure
from genesis.evaluation.harness import seed_generators
from genesis.evaluation.job import Limits, ProblemSetup
from genesis.evaluation.problem_code import ProblemCodeError, build_context, load_function, load_helper, preload
from genesis.evaluation.sandbox.port import SandboxUnavailable
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import python_view
from genesis.evaluation.wire import ContextKind, decode_setup

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
_PRIVATE = "private"


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
        validate, arguments = _load(setup)
        context_kind, public = _public_context(arguments)
        sandbox.enter(python_view(setup.directory))
        sandbox.confine(_LIMITS)
    except ProblemCodeError as error:
        endpoint.reply(request, {"fault": "setup", "message": str(error)})
    except SandboxUnavailable as error:
        endpoint.reply(request, {"fault": "unavailable", "message": str(error)})
    else:
        endpoint.reply(request, {"fault": None, "context": context_kind}, descriptors=public)
        _serve(endpoint, validate, arguments, setup)
    finally:
        sandbox.close()


def _load(setup: ProblemSetup) -> tuple[Callable[..., Any], tuple[object, ...]]:
    sys.path.insert(0, setup.directory)
    preload(setup.preload)
    seed_generators()
    if setup.helper is not None:
        load_helper(setup.helper, setup.directory)
    arguments = (build_context(setup.directory),) if setup.has_context else ()
    return load_function(setup.directory, "validate", "validate"), arguments


def _public_context(arguments: tuple[object, ...]) -> tuple[ContextKind, tuple[int, ...]]:
    """How candidates get the context, and the file that has what they may see of it."""
    if not arguments:
        return "none", ()
    (context,) = arguments
    public, hides = _without_private(context)
    file = open_memory_file("context")
    try:
        encode_to_file(public, file)
    except EncodeError as error:
        os.close(file)
        if hides:
            raise ProblemCodeError(
                f"build_context(): what is not under {_PRIVATE!r} goes to candidates as data, but {error}"
            ) from error
        return "build", ()
    seal(file)
    return "data", (file,)


def _without_private(context: object) -> tuple[object, bool]:
    """A context as candidates may have it, and whether that is less than all of it."""
    if not isinstance(context, dict) or _PRIVATE not in context:
        return context, False  # pyright: ignore[reportUnknownVariableType]  the author's dict
    fields: dict[object, object] = context  # pyright: ignore[reportUnknownVariableType]  as above
    return {key: value for key, value in fields.items() if key != _PRIVATE}, True


def _serve(
    endpoint: Endpoint, validate: Callable[..., Any], arguments: tuple[object, ...], setup: ProblemSetup
) -> None:
    gc.collect()
    gc.freeze()
    os.dup2(1, 2)  # from here on, what the author's code prints would only pile up

    def answer(request: Message) -> tuple[Header, bytes]:
        result, source = request.descriptors
        started_s = time.monotonic()
        body = _judge(validate, arguments, setup, result)
        judged_s = time.monotonic()
        body["complexity"] = _measure(source)
        body["durations"] = [judged_s - started_s, time.monotonic() - judged_s]
        return {}, json.dumps(body).encode(errors="replace")

    serve(endpoint, answer)


def _judge(
    validate: Callable[..., Any], arguments: tuple[object, ...], setup: ProblemSetup, file: int
) -> dict[str, object]:
    try:
        output = decode_file(file, limit_bytes=setup.limits.output_bytes)
    except DecodeError as error:
        return {"bad_result": str(error)}
    seed_generators()
    try:
        answer = validate(*arguments, output)
        valid, metrics, feedback = check_metrics(answer, setup.metrics)
    except _Invalid as error:
        return {"valid": False, "metrics": {}, "feedback": str(error)}
    except MemoryError:
        return {"error": "validate() ran out of memory"}
    except Exception as error:  # noqa: BLE001  raising is how a validator says no
        return {"valid": False, "metrics": {}, "feedback": _explain(error, setup.directory)}
    return {"valid": valid, "metrics": metrics, "feedback": feedback[:_MAX_FEEDBACK]}


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


def _measure(file: int) -> dict[str, object]:
    program = json.loads(read_file(file))
    try:
        return {"metrics": measure(program["files"][program["entry"]])}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {"error": f"{type(error).__name__}: {error}"}
