"""The format of a problem directory, from the models that read it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generate.annotations import bounds, spell
from docs.generate.markdown import code, document, documented, plain, table
from genesis.evaluation.cases import CaseResult
from genesis.evaluation.job import Limits
from genesis.evaluation.orders import PLACES
from genesis.language import LANGUAGES
from genesis.problem.building import BuildDeclaration, BuildLimits, BuildPart
from genesis.problem.cases import CasesDeclaration
from genesis.problem.metrics import COMPLEXITY_METRICS, OF_TEXT, RESERVED, VECTOR_METRICS
from genesis.problem.settings import MAX_CELLS, Settings
from genesis.problem.spec import BehaviorDimension, LimitOverrides, Metric, StopDefaults
from genesis.problem.stages import StageDeclaration
from genesis.program import MAX_FILES, MAX_TOTAL_CHARACTERS

__all__ = ["page"]

_INTRODUCTION = """\
A problem is a directory. `genesis run NAME` finds a shipped one, `genesis run PATH` any other. `genesis problem
check` reads it, runs every initial program and says what is wrong, with file and line."""

_FILES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "task_description.txt": ("required", "the task in words; not empty"),
        "metrics.yaml": ("required", "what the validator measures, and which metric is searched for"),
        "validate.py": ("required", "`validate(output)`, or `validate(context, output)` where there is a `context.py`"),
        "initial_programs/": (
            "required",
            "one program or more: a file, or a directory of files, that names the program",
        ),
        "problem.yaml": (
            "optional",
            "language, build, cases, stages, limits, the archive's dimensions, a target, stop rules",
        ),
        "cases/": ("optional", "`NAME.in`, and `NAME.out`, for programs that are run as commands"),
        "cases.py": ("optional", "`generate()`: more cases, as dicts with `input`, `expected` and `name`"),
        "context.py": ("optional", "`build_context()`: data that programs and validator get as their first argument"),
        "helper.py": ("optional", "code that programs and validator may import as `helper`"),
        "prompts/": ("optional", "templates `*.jinja` of prompts, before the packaged ones of the same name"),
    }
)

_DIGEST = """\
A run records a digest of every file in the directory, and `genesis resume` refuses when it has changed, because
scores would not compare. README files, hidden files, caches and directories of runs do not count."""

_PROGRAMS = """\
A Python program defines `entrypoint()`, or `entrypoint(context)` where there is a `context.py`; the key `entrypoint` of
`problem.yaml` chooses another name. It returns plain data: `None`, booleans, numbers, text, bytes, lists, tuples, sets,
dicts, and NumPy arrays and scalars of numbers. Anything else fails with `bad_result`.

A program in another language ({languages}), and a Python program of a problem with cases, is a command: it reads a case
on standard input and writes its answer to standard output.

A program is one file, or several with one entry file: a seed is then a directory. It has {files} files and
{characters:,} characters at most. Files in several languages may stand in one program.

Comment lines `EVOLVE-BLOCK-START` and `EVOLVE-BLOCK-END`, in the comments of the file's own language, mark what may
change. They come in pairs and do not nest. As soon as a program has markers, in whichever file, everything outside them
is immutable. A program without markers may change everywhere."""

_VALIDATOR = """\
`validate` returns a dict with every declared metric as a finite number. Other numbers are kept as auxiliary metrics,
500 at most, and the text under `feedback` is kept as feedback. A program is invalid when `validate` raises (the
message is its feedback), when `is_valid` is 0 or false, or when a declared metric is missing or not finite. Metrics
are kept exactly as measured: bounds place and plot a value, they never clamp it.

The validator has a process of its own, which stays warm and calls `validate` many times. The global random
generators of Python and NumPy are put in the same state before each call."""

_CONTEXT = """\
`build_context()` is called when a run begins and when it is resumed. When it returns a dict, what stands under the
key `private` goes to the validator only. Without that key the context may be anything; with it, the rest has to be
plain data, as above."""

_METRIC: Mapping[str, str] = MappingProxyType(
    {
        "description": "what it means",
        "higher_is_better": "its direction",
        "is_primary": "the one metric that is searched for; exactly one has it",
        "decimals": "digits behind the point when it is shown",
        "lower_bound": "least value to expect; the primary metric needs it",
        "upper_bound": "greatest value to expect; the primary metric needs it",
        "unit": "what it is counted in",
        "include_in_prompts": "whether a prompt shows it",
        "significant_change": "least difference worth a remark",
        "sentinel_value": "value that stands for no score; not strictly between the bounds",
    }
)

_METRIC_RULES = """\
Metrics may stand under a top key `specs`. Names are letters, digits, `_`, `.` and `-`, a letter or `_` first; names
that begin with `{reserved}` are measured by Genesis. `is_valid` may be declared, with bounds 0 and 1. An unknown
key, no primary metric or two of them is an error."""

_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "language": "what programs are written in",
        "entrypoint": "the function that a program defines",
        "limits": "what a program may use; see below",
        "behavior": "axes of the MAP-Elites archive; see below",
        "target": "value of the primary metric that ends a run, in its own units",
        "stop": "default stop rules; see below",
        "entry": "path of the file that is run; null: the language's usual name",
        "build": "how programs are built; see below",
        "cases": "how programs are run on cases; see below",
        "stages": "the pipeline; see below",
    }
)

_BUILD: Mapping[str, str] = MappingProxyType(
    {
        "flags": "behind the language's own optimisation flags",
        "compiler": "one of the language's compilers; empty: the usual one",
        "defines": "settings of the language, such as `edition` for Rust",
        "limits": "of one build; see below",
        "parts": "parts of a program in several languages, built in this order before the rest; see below",
    }
)

_BUILD_LIMITS: Mapping[str, str] = MappingProxyType(
    {
        "wall_s": "wall time of all commands together",
        "cpu_s": "CPU time of one build",
        "memory_bytes": "memory of its processes together",
        "output_bytes": "the largest file that it may write",
        "processes": "processes and threads",
        "open_files": "file descriptors",
        "disk_bytes": "all that it may write",
    }
)

_PART: Mapping[str, str] = MappingProxyType(
    {
        "language": "of the part; or `commands`",
        "entry": "its entry file",
        "flags": "as above",
        "compiler": "as above",
        "defines": "as above",
        "commands": "a list of commands, each a list of words; or `language`",
        "artifacts": "paths of what is made; with `language` one, the path that it is given",
    }
)

_CASES: Mapping[str, str] = MappingProxyType(
    {
        "expected": "whether each case needs an expected output",
        "compare": "how an answer is held against it: bytes, lines without white space at their ends, words, or words "
        "of which numbers may differ by the tolerance",
        "tolerance": "largest difference of two numbers, absolute or as a share of the larger",
        "warmup": "runs of each case that are not counted",
        "repeats": "runs that are",
        "reference": "what each program is timed beside: `none`, `best` (the fastest seed), or a seed's name",
        "pin": "keep each run on one processor",
    }
)

_STAGE: Mapping[str, str] = MappingProxyType(
    {
        "name": "what it is called",
        "kind": "what it does; null: its name, or `call` where there is one",
        "call": "`FILE.py:FUNCTION` of the problem",
        "inputs": "data edges; null: the usual ones of its kind",
        "after": "order edges",
        "when": "a bound; a program that does not keep it skips this stage and what takes its data",
        "stop_unless": "a bound; for a program that does not keep it, what waits for this stage is skipped",
        "wall_s": "wall time; null: the problem's, or `evaluation.validate_wall_s`",
        "retries": "tries after the first when the machine was at fault",
        "cases": "patterns of names; empty: all",
        "criteria": "of a `score` stage: what the model looks for",
        "metric": "of a `score` stage: the metric that it gives; null: the stage's name",
        "lowest": "of a `score` stage: the least score; null: the metric's lower bound, or 0",
        "highest": "of a `score` stage: the greatest score; null: the metric's upper bound, or 10",
        "warmup": "as under `cases`",
        "repeats": "as under `cases`",
        "reference": "as under `cases`",
    }
)

_BOUND = """\
A bound is a map of `metric` and `at_least`, `at_most` or both. It sees what its stage and those before it measured: the
validator's metrics, `complexity.*`, and `STAGE.KEY` of stages that run cases (`correct`, `wall_s`, `speedup`) or call a
function."""

_PLACES_SAY = """\
Flags, commands and artifacts may hold {places}, which stand for what this machine's Python says. What a build makes
lies beside the program's files when it runs."""

_RESULT = """\
`validate` gets a list of these where programs are run on cases, in the order of the cases."""

_STOP: Mapping[str, str] = MappingProxyType(
    {
        "evaluations": "programs evaluated, seeds included",
        "generations": "generations completed",
        "wall_s": "seconds the run has been worked on",
        "stagnation": "evaluations in a row without a new best",
    }
)

_DIMENSION: Mapping[str, str] = MappingProxyType(
    {
        "metric": "a declared metric or a complexity metric",
        "lower": "where the first bin begins",
        "upper": "where the last bin ends",
        "bins": "number of equal bins",
    }
)


def page() -> str:
    """The page."""
    languages = ", ".join(name for name in LANGUAGES if name != "python")
    programs = _PROGRAMS.format(languages=languages, files=MAX_FILES, characters=MAX_TOTAL_CHARACTERS)
    return document(
        "Problem format",
        "`genesis/problem/`",
        _INTRODUCTION,
        table(("file", "there", "holds"), ((code(name), *said) for name, said in _FILES.items())),
        _DIGEST,
        "## Programs",
        programs,
        "## validate.py",
        _VALIDATOR,
        "## context.py",
        _CONTEXT,
        "## metrics.yaml",
        "A map of metric to these keys.",
        _keys(Metric, _METRIC, left_out=("name",)),
        _METRIC_RULES.format(reserved=RESERVED),
        "## problem.yaml",
        "All keys are optional, and so is the file.",
        _keys(Settings, _SETTINGS),
        "### limits",
        "Each limit is a key under `limits`, and a configuration key of the section `evaluation` that wins over it.",
        _limits(),
        "### behavior",
        f"A list of axes, {MAX_CELLS:,} cells in all at most. " + documented(BehaviorDimension).text,
        _keys(BehaviorDimension, _DIMENSION),
        "### build",
        documented(BuildDeclaration).text,
        _keys(BuildDeclaration, _BUILD),
        "#### build.limits",
        _keys(BuildLimits, _BUILD_LIMITS),
        "#### build.parts",
        documented(BuildPart).text,
        _keys(BuildPart, _PART),
        _PLACES_SAY.format(places=", ".join(map(code, PLACES))),
        "### cases",
        documented(CasesDeclaration).text,
        _keys(CasesDeclaration, _CASES),
        _RESULT,
        table(
            ("attribute", "says"), ((code(name), plain(said)) for name, said in documented(CaseResult).entries.items())
        ),
        "### stages",
        "A list of stages, in the order in which they are listed when a program is shown.",
        _keys(StageDeclaration, _STAGE),
        _BOUND,
        "### stop",
        "Each is a configuration key of the section `stop` too, and what the user writes wins.",
        _keys(StopDefaults, _STOP),
        "## Complexity metrics",
        "Genesis measures these of every valid Python program's entry file. They can be dimensions of an archive.",
        ", ".join(map(code, COMPLEXITY_METRICS)),
        f"Of programs in other languages it measures {' and '.join(map(code, OF_TEXT))}; of those in C, C++ and Rust, "
        f"where objdump is installed, also {', '.join(map(code, VECTOR_METRICS))}: how many instructions of the "
        "program's own machine code work on several numbers at once, their share, and the widest register in use.",
    )


def _keys(model: type[BaseModel], said: Mapping[str, str], left_out: tuple[str, ...] = ()) -> str:
    rows = (
        (code(name), _type(field), _default(field), said[name])
        for name, field in model.model_fields.items()
        if name not in left_out
    )
    return table(("key", "type", "default", "says"), rows)


def _type(field: FieldInfo) -> str:
    spelled = spell(field.annotation).removesuffix(" or null")
    named = {
        **dict.fromkeys(
            ("LimitOverrides", "StopDefaults", "BuildDeclaration", "BuildLimits", "CasesDeclaration"), "map"
        ),
        **dict.fromkeys(("list of BehaviorDimension", "list of StageDeclaration", "list of BuildPart"), "list of maps"),
        "Threshold": "bound",
        "StageKind": "text",
    }
    return ", ".join(filter(None, (named.get(spelled, spelled), bounds(field))))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, bool):
        return code(str(value).lower())
    return "" if value in (None, (), {}, "") or isinstance(value, BaseModel) else code(value)


def _attributes(said: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((code(name), plain(text)) for name, text in said.items())


def _limits() -> str:
    said = documented(Limits).entries
    return table(("key", "default", "says"), _limit_rows(said))


def _limit_rows(said: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    defaults = {field.name: field.default for field in fields(Limits)}
    for name in LimitOverrides.model_fields:
        value = defaults[name]
        yield code(name), code(str(value).lower() if isinstance(value, bool) else value), plain(said[name])
