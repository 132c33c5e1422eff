"""The table of sandbox kinds, best first."""

from collections.abc import Callable, Mapping

from genesis.evaluation.sandbox.bubblewrap import Bubblewrap
from genesis.evaluation.sandbox.landlock import Landlock
from genesis.evaluation.sandbox.namespaces import Namespaces
from genesis.evaluation.sandbox.plain import Plain
from genesis.evaluation.sandbox.port import Sandbox

__all__ = ["AUTOMATIC", "KINDS", "WARNINGS"]

KINDS: Mapping[str, Callable[[], Sandbox]] = {
    "namespaces": Namespaces,
    "bubblewrap": Bubblewrap,
    "landlock": Landlock,
    "plain": Plain,
}

AUTOMATIC = ("namespaces", "bubblewrap", "landlock")
"""What ``auto`` tries, in this order; never ``plain``, which contains accidents and not attacks."""

WARNINGS: Mapping[str, str] = {
    "plain": "sandbox 'plain' sets resource limits only: a candidate can read your files and use your network. "
    "Evaluate only programs that you trust with it, or use sandbox=auto."
}
