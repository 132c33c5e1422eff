"""The languages that programs may be written in, from their adapters."""

import shlex
from collections.abc import Iterator

from docs.generate.markdown import code, document, plain, sentence, table
from genesis.language import LANGUAGES, BuildSettings, Command, Language
from genesis.language.disassembly import VectorCount
from genesis.program import Source

__all__ = ["page"]

_INTRODUCTION = """\
`language` in `problem.yaml` names one of these. `genesis doctor` shows which of their tools this machine has, and how
to install the others; a run whose tools are missing does not start. [How to evolve compiled
code](../how-to/evolve-compiled-code.md) says more, [how to add a language](../how-to/add-a-language.md) how to make the
table longer."""

_COMMANDS = """\
What is performed in the sandbox for a program of one file. `build.flags` go behind the language's own flags; `{cache}`
is a directory that need not outlive the build, `{tool}` the directory of the program that is started. Commands see no
network and no environment but `PATH` and what is written here."""

_VECTORS = """\
For programs in Rust, C and C++ whose build is one file, its machine code is disassembled with `objdump`. What every
program contains of its compiler's own library is left out."""


def page() -> str:
    """The page."""
    return document(
        "Languages",
        "`genesis/language/`",
        _INTRODUCTION,
        table(
            ("language", "files", "entry", "markers", "compilers", "is"),
            (_row(language) for language in LANGUAGES.values()),
        ),
        "## Tools",
        table(("language", "tool", "version", "to install it"), _tools()),
        "## Commands",
        _COMMANDS,
        *(part for language in LANGUAGES.values() for part in _commands(language)),
        "## Vector instructions",
        _VECTORS,
        table(("metric", "is"), ((code(f"complexity.{name}"), says) for name, says in _vector_metrics())),
    )


def _row(language: Language) -> tuple[str, ...]:
    return (
        code(language.name),
        ", ".join(map(code, language.suffixes)),
        language.entry,
        code(f"{language.comment} EVOLVE-BLOCK-START"),
        ", ".join(map(code, language.compilers)),
        plain(sentence(type(language))),
    )


def _tools() -> Iterator[tuple[str, ...]]:
    for language in LANGUAGES.values():
        for compiler in language.compilers:
            usual = compiler == language.compilers[0]
            known = () if usual else language.tools(BuildSettings())
            for tool in language.tools(BuildSettings(compiler=compiler)):
                if tool not in known:
                    where = code(language.name) if usual else f"{code(language.name)} by {code(compiler)}"
                    yield where, code(tool.name), code(shlex.join(tool.version.argv)), plain(tool.install)


def _commands(language: Language) -> Iterator[str]:
    recipe = language.recipe(Source.single("", language.entry), BuildSettings())
    lines = [f"check  {_spelled(command)}" for command in recipe.check]
    lines += [f"build  {_spelled(command)}" for command in recipe.build]
    lines.append(f"run    {_spelled(recipe.run)}")
    yield f"### {language.name}"
    text = "\n".join(lines)
    yield f"```text\n{text}\n```"
    yield "Hints for models:"
    yield f"```text\n{language.hints}\n```"


def _spelled(command: Command) -> str:
    scripted = any("\n" in word for word in command.argv)
    words = ["…" if "\n" in word else word for word in command.argv]
    variables = [f"{name}={value}" for name, value in command.env.items()]
    return " ".join([*variables, *(words if scripted else [shlex.join(words)])])


def _vector_metrics() -> Iterator[tuple[str, str]]:
    said = {
        "vector_instructions": "instructions that calculate with, compare or rearrange several numbers at once; not "
        "moves, nor floating-point arithmetic on one number",
        "vector_share": "their share of the program's own instructions, from 0 to 1",
        "vector_bits": "width of the widest registers that they use: 128, 256 or 512; 0 when there are none",
    }
    names = VectorCount().metrics()
    assert said.keys() == names.keys(), f"the count has {list(names)}, documented are {list(said)}"
    yield from said.items()
