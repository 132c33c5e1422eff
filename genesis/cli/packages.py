"""Whether the packages that we import are ours: other packages on the index use some of the same names.

Looks at where a package would be imported from, and runs none of its code.
"""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

__all__ = ["OUR_PACKAGES", "Package", "foreign_packages", "inspect_package"]

OUR_PACKAGES = ("events", "projections", "sidecar", "problems", "sql")
_MARKED = "events"
_MARK = re.compile(r"""^DISTRIBUTION\s*=\s*['"]genesis-evolve['"]""", re.MULTILINE)
_HOME = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Package:
    """One of the names that Genesis is installed under.

    Attributes:
        name: The import name.
        ours: Whether importing it gives ours.
        origin: Where it would be imported from, empty when nowhere.
        detail: What was found, in words.
        remedy: What to do, empty when nothing is to be done.
    """

    name: str
    ours: bool
    origin: str
    detail: str
    remedy: str = ""


def foreign_packages() -> list[Package]:
    """The names under which something else, or nothing, would be imported."""
    return [package for package in map(inspect_package, OUR_PACKAGES) if not package.ours]


def inspect_package(name: str) -> Package:
    """What importing ``name`` gives."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return Package(name, ours=False, origin="", detail="is not there", remedy=_reinstall())
    origin = Path(spec.origin)
    if origin.resolve().parent.parent != _HOME:
        detail = f"another package hides ours: it is imported from {origin}, ours is in {_HOME / name}"
        return Package(name, ours=False, origin=str(origin), detail=detail, remedy=_get_out_of_the_way(name, origin))
    if name == _MARKED and not _MARK.search(origin.read_text(encoding="utf-8")):
        detail = f"another package has overwritten ours: {origin} is not Genesis's"
        return Package(name, ours=False, origin=str(origin), detail=detail, remedy=_reinstall())
    return Package(name, ours=True, origin=str(origin), detail=str(origin))


def _get_out_of_the_way(name: str, origin: Path) -> str:
    if "site-packages" in origin.parts or "dist-packages" in origin.parts:
        return f"uninstall the other '{name}', or install genesis-evolve in an environment of its own"
    return f"rename {origin.parent}, or start genesis from another directory and without it on PYTHONPATH"


def _reinstall() -> str:
    return "install genesis-evolve in an environment of its own: pip install --force-reinstall genesis-evolve"
