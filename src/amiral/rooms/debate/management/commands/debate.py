"""``amiral debate`` with import-polis, import-decidim or draw-map."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.debate.actions import imports, maps
from amiral.rooms.debate.models import Consultation
from amiral.rooms.people import api as people


class Command(BaseCommand):
    """An import is one transaction: all of it or nothing."""

    help = "Imports consultations held elsewhere, and draws maps."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for name, what in (
            ("import-polis", "Folder with comments.csv and votes.csv, as Polis exports them."),
            ("import-decidim", "Table of proposals or debates, as Decidim exports it."),
        ):
            verb = verbs.add_parser(name, help=what)
            verb.add_argument("path", type=Path, metavar="PATH", help=what)
            verb.add_argument("--by", required=True, metavar="E-MAIL", help="Who answers for it here.")
            verb.add_argument("--question", required=True)
            verb.add_argument("--origin", required=True, help="Where it comes from, and its licence.")
            verb.add_argument("--territory", default="pays:FR", metavar="ID")
        draw = verbs.add_parser("draw-map", help="Draws the map of a consultation now.")
        draw.add_argument("id", type=UUID, metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["verb"] == "draw-map":
                self._draw(options)
            else:
                self._import(options)
        except NotFound as problem:
            raise CommandError(
                "There is no such consultation, or no right to hold debates there."
            ) from problem
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal

    def _import(self, options: dict[str, Any]) -> None:
        by_id = people.person_id_of(email=options["by"])
        if by_id is None:
            raise NotFound
        words = {
            "by_id": by_id,
            "question": options["question"],
            "origin": options["origin"],
            "territory_id": options["territory"],
            "at": now(),
        }
        made = (
            imports.import_polis(folder=options["path"], **words)
            if options["verb"] == "import-polis"
            else imports.import_decidim(path=options["path"], **words)
        )
        self.stdout.write(
            f"{made.consultation_id}: {made.statements} statements, {made.voices} voices, {made.votes} votes"
        )

    def _draw(self, options: dict[str, Any]) -> None:
        if not Consultation.objects.filter(pk=options["id"]).exists():
            raise NotFound
        maps.draw_now(consultation_id=options["id"], at=now())
        self.stdout.write("drawn")
