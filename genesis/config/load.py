"""From packaged groups, a problem's wishes and the command line to one :class:`~genesis.config.run.RunConfig`.

Later wins: packaged defaults, the groups that were chosen, what the problem asks for, what the user wrote. A problem
does not take back a value that an experiment the user chose has changed.

Importing this module brings Hydra in, about 0.15 s of CPU.
"""

import difflib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf
from pydantic import ValidationError

from genesis.config.cpus import usable_cpus
from genesis.config.errors import ConfigError
from genesis.config.explain import explain, shown
from genesis.config.keys import KEYS, SECTIONS, nearest
from genesis.config.overrides import Assignment, parse
from genesis.config.run import RunConfig

__all__ = ["group_options", "load"]

GROUPS_DIR = Path(__file__).parent / "groups"
PRIMARY = "run"


def load(
    overrides: Sequence[str] = (),
    problem_defaults: Mapping[str, object] | None = None,
    *,
    values: Mapping[str, object] | None = None,
) -> RunConfig:
    """The resolved configuration of a run.

    Writes nothing, touches no logging and leaves an application's own Hydra as it was.

    Args:
        overrides: ``key=value`` and ``group=option`` texts, later ones win.
        problem_defaults: Nested values a problem asks for, such as ``{"stop": {"fitness": 0.03}}``.
        values: Dotted key, or group, to value, for callers in Python; they win over ``overrides``.

    Raises:
        ConfigError: An unknown key or option, a wrong type, a value out of range, or a combination that cannot work;
            all that is wrong is named at once.
    """
    asked = [*map(parse, overrides), *(Assignment(key, value, "argument") for key, value in (values or {}).items())]
    options = group_options()
    chosen = {given.key: _option(given, options) for given in asked if given.key in options}
    wished = list(_leaves(problem_defaults or {}))
    assigned = [given for given in asked if given.key not in options]
    _refuse_unknown([*wished, *assigned], options)

    settings = _compose(chosen)
    if "experiment" in chosen:
        before = _compose({group: option for group, option in chosen.items() if group != "experiment"})
        wished = [wish for wish in wished if settings[wish.key] == before[wish.key]]
    origins = {given.key: given.origin for given in (*wished, *assigned)}
    settings.update((given.key, given.value) for given in (*wished, *assigned))
    return _validated(_resolved(settings), origins)


def group_options() -> Mapping[str, tuple[str, ...]]:
    """Each packaged group and its options, sorted."""
    folders = (entry for entry in GROUPS_DIR.iterdir() if entry.is_dir())
    return {folder.name: tuple(sorted(path.stem for path in folder.glob("*.yaml"))) for folder in sorted(folders)}


def _option(given: Assignment, options: Mapping[str, tuple[str, ...]]) -> str:
    known = options[given.key]
    if isinstance(given.value, Mapping):
        raise ConfigError(_unknown(given, options))
    if isinstance(given.value, str) and given.value in known:
        return given.value
    near = difflib.get_close_matches(str(given.value), known, 1)
    hint = f"; did you mean {given.key}={near[0]}?" if near else ""
    raise ConfigError(f"{given.key} = {given.value!r}: the options are {', '.join(known)}{hint}")


def _compose(chosen: Mapping[str, str]) -> dict[str, object]:
    overrides = [f"{group}={option}" for group, option in chosen.items()]
    with _hydra_of_our_own(), initialize_config_dir(config_dir=str(GROUPS_DIR), version_base="1.3"):
        composed = OmegaConf.to_container(compose(PRIMARY, overrides=overrides), resolve=True)
    # our own packaged files: maps with text keys, which a test holds equal to the model's defaults
    return {leaf.key: leaf.value for leaf in _leaves(cast("Mapping[str, object]", composed))}


@contextmanager
def _hydra_of_our_own() -> Generator[None]:
    """Sets aside the Hydra of an application that embeds us: there is one a process, and it refuses a second."""
    theirs = GlobalHydra.instance().hydra
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = theirs


def _leaves(tree: Mapping[str, object], prefix: str = "") -> Iterator[Assignment]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if key in SECTIONS and isinstance(value, Mapping):
            yield from _leaves(cast("Mapping[str, object]", value), f"{key}.")
        else:
            yield Assignment(key, value, "asked for by the problem")


def _refuse_unknown(given: Iterable[Assignment], options: Mapping[str, tuple[str, ...]]) -> None:
    wrong = [_unknown(each, options) for each in given if each.key not in KEYS]
    if wrong:
        raise ConfigError("\n".join(wrong))


def _unknown(given: Assignment, options: Mapping[str, tuple[str, ...]]) -> str:
    said = f"{given.key} = {shown(given.key, given.value)} ({given.origin})"
    if given.key in SECTIONS:
        inside = [key for key in KEYS if key.startswith(f"{given.key}.")]
        return f"{said}: {given.key} is a section; set its keys one by one: {', '.join(inside)}"
    near = nearest(given.key) or tuple(difflib.get_close_matches(given.key, options, 1))
    hint = f"; did you mean {' or '.join(near)}?" if near else f"; the top keys are {', '.join(_top_keys(options))}"
    return f"{said}: there is no such key{hint}"


def _top_keys(options: Mapping[str, tuple[str, ...]]) -> list[str]:
    return sorted({key.partition(".")[0] for key in (*KEYS, *options)})


def _resolved(settings: dict[str, object]) -> dict[str, object]:
    resolved = dict(settings)
    if resolved["evaluation.workers"] is None:
        resolved["evaluation.workers"] = usable_cpus()
    asks_models = bool(resolved["llm.models"])
    if resolved["ordered"] is None:
        resolved["ordered"] = not asks_models
    if resolved["window"] is None:
        resolved["window"] = _window(resolved) if asks_models else RunConfig().window
    if isinstance(runs_dir := resolved["runs_dir"], str):
        resolved["runs_dir"] = str(Path(runs_dir).expanduser())
    return resolved


def _window(resolved: Mapping[str, object]) -> object:
    concurrency, workers = resolved["llm.concurrency"], resolved["evaluation.workers"]
    if not (isinstance(concurrency, int) and isinstance(workers, int)):
        return RunConfig().window  # validation says what is wrong with them
    return 2 * concurrency + 4 * workers


def _validated(settings: Mapping[str, object], origins: Mapping[str, str]) -> RunConfig:
    try:
        config = RunConfig.model_validate(_nested(settings))
    except ValidationError as error:
        raise ConfigError(explain(error, origins=origins, defaults=_compose({}))) from error
    _refuse_parameters(config)
    return config


def _refuse_parameters(config: RunConfig) -> None:
    """An address whose parameters may hold a secret is not taken, since a run records its configuration.

    The model has no such rule: logs that hold such an address stay readable.
    """
    addresses = {"clickhouse.url": config.clickhouse.url, "nats.url": config.nats.url}
    addresses |= {f"llm.providers.{name}.base_url": each.base_url for name, each in config.llm.providers.items()}
    for key, address in addresses.items():
        if address is not None and "?" in address:
            raise ConfigError(
                f"{key} has parameters in it (not shown), which would be recorded with the run: write the address up "
                "to the '?', and name environment variables for secrets"
            )


def _nested(settings: Mapping[str, object]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for key, value in settings.items():
        *sections, last = key.split(".")
        place = tree
        for section in sections:
            place = cast("dict[str, object]", place.setdefault(section, {}))  # only this loop puts sections in
        place[last] = value
    return tree
