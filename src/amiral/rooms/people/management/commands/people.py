"""``amiral people …``: what is asked of persons from the command line."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import make_aware

from amiral.kit.clock import now
from amiral.rooms.people.actions import drill
from amiral.rooms.people.management.commands import scan_traces


class Command(BaseCommand):
    """``scan-traces``: what is left of somebody; ``disclosures``: who saw whose contact data."""

    help = "Says who saw whose contact data, and what is left of somebody who was erased."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        listing = commands.add_parser(
            "disclosures", help="who saw whose contact data from one day to another; asking is audited"
        )
        listing.add_argument("--from", dest="since", required=True, type=date.fromisoformat)
        listing.add_argument("--to", dest="until", required=True, type=date.fromisoformat)
        listing.add_argument("--csv", type=Path, help="write the table to this file, for its owner only")

        scan = commands.add_parser("scan-traces", help="what is left of somebody who was erased")
        scan_traces.add_arguments(scan)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "scan-traces":
            scan_traces.scan(options, write=self.stdout.write)
            return
        if options["until"] < options["since"]:
            raise CommandError("--to is before --from.")
        since = make_aware(datetime.combine(options["since"], time()))
        until = make_aware(datetime.combine(options["until"] + timedelta(days=1), time()))
        lines = drill.export(by_id=None, since=since, until=until, at=now())
        path: Path | None = options["csv"]
        if path is None:
            for line in lines:
                self.stdout.write(line.lstrip("\ufeff"), ending="")
            return
        try:
            path.touch(mode=0o600, exist_ok=False)
        except OSError as problem:
            raise CommandError(f"{path}: {problem.strerror}.") from None
        with path.open("w", encoding="utf-8", newline="") as file:
            count = sum(1 for line in lines if file.write(line)) - 1
        self.stdout.write(f"{path}: {count} lines.")
