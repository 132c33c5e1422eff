"""``key=value`` texts of the command line, read with Hydra's grammar."""

from dataclasses import dataclass

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException

from genesis.config.errors import ConfigError
from genesis.config.keys import TEXT_KEYS

__all__ = ["Assignment", "parse"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """One key that was given a value by someone.

    Args:
        key: Dotted key, or the name of a group; not yet known to exist.
        value: Plain data.
        origin: Who gave it, for messages.
    """

    key: str
    value: object
    origin: str


def parse(text: str) -> Assignment:
    """One ``key=value`` of the command line.

    Values are numbers, ``true``, ``false``, ``null``, text, ``[lists]`` and ``{maps}`` in Hydra's grammar. A key that
    holds text takes its value as it stands.

    Raises:
        ConfigError: ``text`` is not ``key=value``, or it adds, deletes, sweeps or interpolates.
    """
    key, equals, raw = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"override {text!r}: write key=value, without spaces around '=', such as stop.wall_s=60")
    if key in TEXT_KEYS:
        return _checked(Assignment(key, _plain_text(raw), "command line"))
    override = _parse_with_hydra(text)
    if override.type is not OverrideType.CHANGE or override.package is not None:
        raise ConfigError(
            f"override {text!r}: keys are changed, never added, deleted or moved: write {key.strip('+~')}=value"
        )
    if override.is_sweep_override():
        raise ConfigError(
            f"override {text!r}: {raw!r} stands for several values, and a run has one; start one run for each, "
            f"or write a list as {key}=[{raw}]"
        )
    return _checked(Assignment(str(override.key_or_group), override.value(), "command line"))


def _parse_with_hydra(text: str) -> Override:
    try:
        return OverridesParser.create().parse_override(text)
    except HydraException as error:
        key, _, raw = text.partition("=")
        problem = str(error).splitlines()[0]
        raise ConfigError(
            f"override {text!r}: {problem}; write key=value, and quote text that holds signs: {key}='\"{raw}\"'"
        ) from error


def _plain_text(raw: str) -> str | None:
    if raw == "null":
        return None
    quoted = len(raw) > 1 and raw[0] == raw[-1] and raw[0] in "'\""
    return raw[1:-1] if quoted else raw


def _checked(assignment: Assignment) -> Assignment:
    # an interpolation could copy a secret of the environment into the log
    if isinstance(assignment.value, str) and "${" in assignment.value:
        raise ConfigError(
            f"{assignment.key} = {assignment.value!r}: '${{...}}' is not filled in here; let the shell do it, or write "
            "the value"
        )
    return assignment
