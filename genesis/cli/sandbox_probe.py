"""``python -m genesis.cli.sandbox_probe KIND``: exit code 0 where this machine allows that kind of sandbox.

A process of its own, because entering a sandbox cannot be undone. Says on stdout what is missing.
"""

import sys

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox.port import SandboxUnavailable
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import python_view

__all__ = ["main"]


def main(kind: str) -> int:
    """Enters a sandbox of that kind, as the processes that run candidates do."""
    sandbox = KINDS[kind]()
    try:
        sandbox.enter(python_view())
    except SandboxUnavailable as error:
        sys.stdout.write(str(error))
        return 1
    finally:
        sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
