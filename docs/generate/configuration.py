"""The configuration keys, from the model and the packaged groups."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generate.annotations import bounds, spell
from docs.generate.markdown import code, document, documented, plain, table
from genesis.config.keys import KEYS, SECTIONS
from genesis.config.load import GROUPS_DIR, PRIMARY, group_options
from genesis.config.models import ModelConfig, PriceConfig, PriceTier, ProviderConfig, SpendingLimits
from genesis.config.run import Dimension, RunConfig

__all__ = ["page"]

_ENTRIES: Mapping[type[BaseModel], str] = {
    Dimension: "`strategy.archive.dimensions`",
    ModelConfig: "`llm.models`",
    ProviderConfig: "`llm.providers`",
    PriceConfig: "`llm.prices`",
    PriceTier: "a price's `tiers`",
    SpendingLimits: "`budget.purposes`",
}
"""Models of entries in lists and maps, to where they stand."""

_INTRODUCTION = """\
A run has one configuration: every key below, with a value. It is composed once, checked as a whole, and recorded in
`run.started` and in the run's `config.yaml`. Later wins: the packaged defaults, the groups that were chosen, what
the problem asks for (`target` and `stop` of its `problem.yaml`), what the command line says.

On the command line a key is `key=value`, without spaces: `genesis run toy seed=3 stop.wall_s=60`. Values are
numbers, `true`, `false`, `null`, text, `[lists]` and `{maps}`. From Python, keys are keyword arguments, nested or
dotted: `genesis.evolve("toy", seed=3, stop={"wall_s": 60})`. An unknown key, a wrong type or a combination that
cannot work ends with exit code 2 and a message that names the key, the value and the remedy."""

_GROUPS = """\
A group sets several keys at once: `genesis run toy experiment=quick`. A key that is given beside a group wins over
it."""


def page() -> str:
    """The page."""
    return document(
        "Configuration",
        "`genesis/config/run.py`, `genesis/config/models.py` and `genesis/config/groups/`",
        _INTRODUCTION,
        *(part for section in ("", *_sections()) for part in _section(section)),
        *(part for entry, where in _ENTRIES.items() for part in _entry(entry, where)),
        "## Groups",
        _GROUPS,
        *(_group(name, options) for name, options in group_options().items()),
    )


def _sections() -> Iterator[str]:
    """Sections with keys of their own, in the model's order."""
    yield from dict.fromkeys(section for key in KEYS if (section := key.rpartition(".")[0]))


def _section(section: str) -> Iterator[str]:
    keys = [key for key in KEYS if key.rpartition(".")[0] == section]
    yield f"## {section or 'The run'}"
    if section:
        yield documented(_model_of(section)).text.replace("`None`", "`null`")
    rows = (
        (code(key), _type(key), code(_written(_defaults()[key])), plain(KEYS[key].description or "")) for key in keys
    )
    yield table(("key", "type", "default", "says"), rows)


def _model_of(section: str) -> type[Any]:
    assert section in SECTIONS, section
    here: Any = RunConfig  # Any: a path through nested models
    for part in section.split("."):
        here = here.model_fields[part].annotation
    return here


def _type(key: str) -> str:
    field = KEYS[key]
    limits = bounds(field)
    return plain(_linked(spell(field.annotation))) + (limits and f", {limits}")


def _linked(spelled: str) -> str:
    names = "|".join(entry.__name__ for entry in _ENTRIES)
    return re.sub(rf"\b({names})\b", lambda name: f"[{name[0]}](#{name[0].lower()})", spelled)


def _entry(entry: type[BaseModel], where: str) -> Iterator[str]:
    yield f"## {entry.__name__}"
    yield documented(entry).text + f" It is one entry of {where}."
    rows = (
        (code(name), plain(", ".join(filter(None, (_linked(spell(field.annotation)), bounds(field))))), _default(field))
        for name, field in entry.model_fields.items()
    )
    said = (plain(field.description or "") for field in entry.model_fields.values())
    yield table(("field", "type", "default", "says"), ((*row, says) for row, says in zip(rows, said, strict=True)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True)
    return code(_written(list(value) if isinstance(value, tuple) else value))


@cache
def _defaults() -> Mapping[str, object]:
    return _composed()


def _composed(*overrides: str) -> dict[str, object]:
    """Dotted key to value, as the packaged files have it."""
    with initialize_config_dir(config_dir=str(GROUPS_DIR), version_base="1.3"):
        tree: Any = OmegaConf.to_container(compose(PRIMARY, overrides=list(overrides)))  # Any: YAML
    return dict(_leaves(tree))


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:  # Any: YAML
    for name, value in tree.items():
        if f"{prefix}{name}" in SECTIONS:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _written(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("\n").removesuffix("\n...")


def _group(name: str, options: tuple[str, ...]) -> str:
    rows = [(code(f"{name}={option}"), _says(name, option), _changes(name, option)) for option in options]
    return f"### {name}\n\n{table(('choice', 'for', 'changes'), rows)}"


def _says(group: str, option: str) -> str:
    lines = Path(GROUPS_DIR, group, f"{option}.yaml").read_text(encoding="utf-8").splitlines()
    comments = (line.removeprefix("# ") for line in lines if line.startswith("# ") and not line.startswith("# @"))
    return plain(next(comments, ""))


def _changes(group: str, option: str) -> str:
    changed = _composed(f"{group}={option}")
    said = [f"{key}={_written(value)}" for key, value in changed.items() if value != _defaults()[key] and key != group]
    return ", ".join(map(code, said)) or "nothing: the default"
