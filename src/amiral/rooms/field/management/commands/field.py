"""``amiral field`` with check-log, erase-event or erase-door."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.rooms.field.actions.checking import LogCheck, check_log
from amiral.rooms.field.actions.erasing import erase_door, erase_events

NAMED = 20
"""So many differences of a kind are named; all are counted."""


class Command(BaseCommand):
    """Each verb may be interrupted and run again without harm."""

    help = "Checks the field log, and erases from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser(
            "check-log", help="Compares what is shown with the log; ends with 1 if it differs."
        )
        check.add_argument("--rebuild", action="store_true", help="Write anew from the log what differs.")
        events = verbs.add_parser("erase-event", help="Blanks events for good; their ids stay.")
        events.add_argument("ids", nargs="+", type=UUID, metavar="ID")
        door = verbs.add_parser("erase-door", help="Blanks all that the log has of a door.")
        door.add_argument("id", type=UUID, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"check-log": self._check, "erase-event": self._erase, "erase-door": self._erase_door}[
                options["verb"]
            ](options)
        except NotFound as problem:
            raise CommandError("There is no such event or door; nothing was erased.") from problem

    def _check(self, options: dict[str, Any]) -> None:
        found = check_log(at=now(), rebuild=options["rebuild"])
        for line in lines_of(found):
            self.stdout.write(line)
        if found.altered or not (found.is_right or options["rebuild"]):
            raise CommandError("What is shown differs from the log.", returncode=1)

    def _erase(self, options: dict[str, Any]) -> None:
        erased = erase_events(event_ids=options["ids"], by_id=None, at=now())
        self.stdout.write(f"{erased} events erased")

    def _erase_door(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{erase_door(door_id=options['id'], by_id=None, at=now())} events erased")


def lines_of(found: LogCheck) -> list[str]:
    """What a check found, to be read in a terminal."""
    lines = [f"{found.events} events, {found.visits} visits that count, {found.doors} doors"]
    for what, ids in (
        ("altered event", found.altered),
        ("wrong door", found.wrong),
        ("wrong wish", found.wishes),
    ):
        lines += [f"{what}: {id_}" for id_ in ids[:NAMED]]
        if ids:
            lines.append(f"{what}s: {len(ids)}")
    if found.taken_in:
        lines.append(f"events of a later version taken in: {found.taken_in}")
    if found.rebuilt:
        lines.append(f"written anew: {found.rebuilt}")
    lines.append("the log and what is shown are the same" if found.is_right else "they differ")
    return lines
