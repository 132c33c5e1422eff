"""``python -m genesis.cli``: the same as the command ``genesis``."""

from genesis.cli.main import main

main()
