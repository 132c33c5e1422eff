"""The command's first moments. Importing the rest takes longest, and being asked to end meanwhile is no error.

An exception could end up in any module that is being imported, and some would make something else of it. Nothing has
been begun yet, so the process just ends.
"""

import os
import signal
from types import FrameType

__all__ = ["SIGNALS", "main", "ready"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Those that ask to end. Whoever starts a command and may send one at once blocks them: `main` lets them through."""

_INTERRUPTED = 130


def main() -> None:
    """The command ``genesis``."""
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell has its background commands ignore SIGINT
            signal.signal(number, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    from genesis.cli.main import main as command  # noqa: PLC0415  what takes long

    command()


def ready() -> None:
    """From now on being asked to end is a ``KeyboardInterrupt``, whoever asks."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)
