"""``amiral found``: the first administrator of a new installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from amiral.kit.errors import Refused
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Role


class Command(BaseCommand):
    help = (
        "Founds an installation: a group in every département and a first administrator, who then signs in "
        "by e-mail and sets up the second factor."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True, help="Given name.")
        parser.add_argument("--language", choices=["fr", "en"], default="fr")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"“{options['email']}” is not an e-mail address.") from None
        network.create_departement_groups()
        try:
            person_id = people.add_confirmed_person(
                email=options["email"],
                given_name=options["name"],
                language=options["language"],
                postal_code="",
                commune_id=None,
            )
            people.grant_mandate(
                by_id=None, person_id=person_id, role=Role.ADMINISTRATOR, territory_id="pays:FR"
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{options['email']} is administrator. Sign in on the site with this address.")
