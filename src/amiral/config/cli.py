"""The ``amiral`` command.

``amiral walk …`` is the walking planner alone, ``amiral opinion …`` the opinion map: neither loads Django.
Every other word is a management command of the product (``amiral help`` lists them).
"""

import os
import sys


def main() -> None:
    """Entry point of the console script."""
    try:
        _main()
    except KeyboardInterrupt:  # before the command itself could hear it: its libraries load for a second
        from amiral.config.command_language import told

        sys.stderr.write(told("amiral: Interrupted.") + "\n")
        sys.exit(130)


def _main() -> None:
    if sys.argv[1:2] == ["walk"]:
        from amiral.config.walk_cli import run

        sys.exit(run(sys.argv[2:]))
    if sys.argv[1:2] == ["opinion"]:
        from amiral.config.opinion_cli import run as run_opinion

        sys.exit(run_opinion(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amiral.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
