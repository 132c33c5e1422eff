"""``python -m genesis.cli.sandbox_probe KIND``: exit code 0 where this machine allows that kind of sandbox.

A process of its own, because entering a sandbox cannot be undone. Says on stdout what is missing.
"""

import os
import sys

from genesis.evaluation.job import Limits
from genesis.evaluation.sandbox.port import Sandbox, SandboxUnavailable
from genesis.evaluation.sandbox.table import KINDS
from genesis.evaluation.sandbox.view import python_view

__all__ = ["main"]


def main(kind: str) -> int:
    """Enters a sandbox of that kind and forks a confined child, as for a candidate."""
    try:
        sandbox = KINDS[kind]()
        try:
            sandbox.enter(python_view())
            return _candidate(sandbox)
        finally:
            sandbox.close()
    except (SandboxUnavailable, OSError) as error:
        sys.stdout.write(str(error))
        return 1


def _candidate(sandbox: Sandbox) -> int:
    pid = sandbox.fork()
    if pid == 0:
        try:
            sandbox.confine(Limits())
        except OSError as error:
            os.write(1, str(error).encode())
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    sandbox.release(pid)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
