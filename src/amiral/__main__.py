"""``python -m amiral`` is the ``amiral`` command."""

from amiral.config.cli import main

main()
