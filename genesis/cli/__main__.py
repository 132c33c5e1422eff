"""``python -m genesis.cli``: the same as the command ``genesis``."""

from genesis.cli.start import main

main()
