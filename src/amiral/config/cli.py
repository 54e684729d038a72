"""The ``amiral`` command.

``amiral walk …`` is the walking planner alone and never loads Django; every other word is a management
command of the product (``amiral help`` lists them).
"""

import os
import sys


def main() -> None:
    """Entry point of the console script."""
    if sys.argv[1:2] == ["walk"]:
        from amiral.config.walk_cli import run

        sys.exit(run(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
