"""``amiral people scan-traces``, also ``amiral scan_traces``: what is left of somebody who was erased."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from amiral.kit import traces

LEFT = 3
"""Exit status when something was found."""


class Command(BaseCommand):
    """Reads only. The values are read from a file or from the keyboard, never from the command line."""

    help = "Looks for a person in every table, file and cache."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        scan(options, write=self.stdout.write)


def add_arguments(parser: ArgumentParser) -> None:
    """What the search needs; also for ``amiral people scan-traces``."""
    parser.add_argument(
        "--person-values",
        required=True,
        metavar="FILE",
        help="One value a line (name, address, number, words); - for standard input. Not on the command "
        "line: it would stay in the shell’s history.",
    )
    parser.add_argument(
        "--also", type=Path, action="append", default=[], help="A further file or folder: logs, backups."
    )


def scan(options: dict[str, Any], *, write: Callable[[str], object]) -> None:
    """Prints the places, and the number of the line of each value; never a value."""
    values = _values(options["person_values"])
    if not values:
        raise CommandError(_("The file holds no value: write one a line."))
    found = traces.scan(values, also=options["also"])
    for trace in found:
        number = _("line %(number)d") % {"number": trace.number}
        write(f"{trace.place}\t{trace.form}\t{number}")
    if found:
        sys.exit(LEFT)
    write(_("Nothing was found."))


def _values(name: str) -> list[str]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(
            _("The file of values cannot be read: %(problem)s") % {"problem": problem}
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
