"""What prompts are made of: templates, what they may use, and what is left out of a prompt that is too long."""

from collections.abc import Iterator

from docs.generate.markdown import code, document, plain, table
from genesis.mutation.models.conversation import LEAST_PARENTS, VARIANTS
from genesis.mutation.models.prompt import DROP_ORDER
from genesis.mutation.models.templates import ABOUT
from genesis.mutation.models.variables import PARTS, VARIABLES

__all__ = ["page"]

_INTRODUCTION = """\
What models that change programs are told, and what [templates of your own](../how-to/shape-the-prompts.md) may use.
`genesis prompt --dry PROBLEM` prints a whole prompt."""

_DROPPED = """\
A prompt that takes more than its budget of tokens is shortened in this order, from each list the last item first. Task,
metrics, parents and the form of the reply always stay; if they alone are too long, the mutation is rejected as
`too_long`. Tokens are estimated from above, without any provider's tokenizer."""

_PARTS = """\
What the values have that are more than a text. `parent`, `program`, `child`, `candidate` and `nearest` are programs,
`primary` is a metric, and the lists hold what their names say."""


def page() -> str:
    """The page."""
    return document(
        "Prompts",
        "`genesis/mutation/models/`",
        _INTRODUCTION,
        "## Operators that ask models",
        table(("operator", "parents", "variants"), _operators()),
        "## Templates",
        table(("template", "is"), ((code(name), plain(said)) for name, said in ABOUT.items())),
        "## Variables",
        table(("variable", "holds"), ((code(name), plain(said)) for name, said in VARIABLES.items())),
        "## Parts of variables",
        _PARTS,
        table(("value", "has"), _parts()),
        "## What is left out first",
        _DROPPED,
        table(("step", "part", "down to"), _drops()),
    )


def _operators() -> Iterator[tuple[str, str, str]]:
    for name, variants in VARIANTS.items():
        most = " or more" if name == "llm_crossover" else ""
        yield code(name), f"{LEAST_PARENTS[name]}{most}", ", ".join(map(code, filter(None, variants)))


def _parts() -> Iterator[tuple[str, str]]:
    for kind, names in PARTS.items():
        yield kind.removeprefix("Shown").lower(), ", ".join(map(code, names))


def _drops() -> Iterator[tuple[str, str, str]]:
    for step, (part, least) in enumerate(DROP_ORDER, start=1):
        yield str(step), code(part), str(least) if least else "none"
