"""``amiral demo``: builds the living demonstration, and serves it if asked."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from amiral.config.demonstration import second_factor, volume, world
from amiral.kit.clock import now


class Command(BaseCommand):
    help = "Builds the demonstration: fictional persons in real places, a quarter cut into turfs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--size",
            choices=["small", "large"],
            default="small",
            help="large adds 100,000 persons and 2,000 actions for measurements.",
        )
        parser.add_argument("--serve", action="store_true", help="Then serves it.")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMONSTRATION:
            raise CommandError(
                "The demonstration shows every letter to everybody; set AMIRAL_DEMONSTRATION=1 and an "
                "AMIRAL_STATE_DIR of its own (make run does both)."
            )
        begun = time.monotonic()
        call_command("migrate", verbosity=0, interactive=False)
        if world.is_built():
            self.stdout.write("The demonstration is there; its data are kept.")
        else:
            world.build(now=now(), say=self._say)
            second_factor.enrol(account.email for account in world.ACCOUNTS if account.second_factor)
            self._say(f"Built in {time.monotonic() - begun:.0f} s.")
        if options["size"] == "large":
            volume.add(now=now(), say=self._say)
        self._introduce(port=options["port"])
        if options["serve"]:
            call_command("serve", port=options["port"])

    def _say(self, sentence: str) -> None:
        self.stdout.write(f"  {sentence}")
        self.stdout.flush()

    def _introduce(self, *, port: int) -> None:
        address = f"http://127.0.0.1:{port}"
        lines = [
            "",
            f"  Amiral            {address}/",
            f"  Letters and codes {address}/boite-aux-lettres/",
            "",
            f"  Accounts (sign in at {address}/compte/connexion/ : the code arrives on the page of letters,",
            "  where the second factor of the demonstration accounts is shown too):",
            *(f"    {account.email:<44} {account.role}" for account in world.ACCOUNTS),
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()
