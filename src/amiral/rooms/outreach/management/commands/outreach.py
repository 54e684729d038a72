"""``amiral outreach …``: what an operator does about mail."""

import signal
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from amiral.kit import webpush
from amiral.kit.clock import now
from amiral.kit.dkim import BadKey
from amiral.kit.mail import records, signing
from amiral.kit.mail.bounces import LARGEST
from amiral.kit.mail.mailbox import BadUrl, Unreadable
from amiral.kit.sms import smpp
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.queries import channels, mail_setup, sms_text

TEMPORARY_FAILURE = 75
"""EX_TEMPFAIL: the mail server keeps the message and pipes it once more later."""


class Command(BaseCommand):
    """``dkim-key``, ``check-mail``, ``read-mail``, ``read-mailbox``, ``push-key``, ``sms-worker``."""

    help = "Makes keys, says what is wrong with mail, reads what comes back, holds the line of SMS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="what", required=True)
        keys = commands.add_parser("dkim-key", help="make both keys and print what to publish")
        keys.add_argument("--selector", help="another name than AMIRAL_DKIM_SELECTOR, to change keys")
        check = commands.add_parser("check-mail", help="say what is wrong, as far as this machine can know")
        check.add_argument(
            "--records", help="what `dig +noall +answer TXT …` answered: a file, or - for the standard input"
        )
        commands.add_parser("read-mail", help="one message that came back, from the standard input")
        commands.add_parser("read-mailbox", help="all that is unread in AMIRAL_MAILBOX_URL")
        commands.add_parser("push-key", help="make the key of notifications on devices, once")
        commands.add_parser("sms-worker", help="send and receive SMS; `amiral worker` does it by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        {
            "dkim-key": self._make_keys,
            "check-mail": self._check,
            "read-mail": self._read_mail,
            "read-mailbox": self._read_mailbox,
            "push-key": self._make_push_key,
            "sms-worker": self._hold_sms_line,
        }[options["what"]](options)

    def _make_keys(self, options: dict[str, Any]) -> None:
        place = signing.place()
        if options["selector"]:
            place = replace(place, selector=options["selector"])
        try:
            keys = signing.make(place)
        except (signing.KeysExist, BadKey, OSError) as trouble:
            raise CommandError(str(trouble)) from None
        self.stderr.write(f"Keys are in {place.folder}. Publish:")
        for line in signing.zone_lines(keys):
            self.stdout.write(line)

    def _check(self, options: dict[str, Any]) -> None:
        found = mail_setup.problems(self._records(options["records"]))
        try:
            lines = mail_setup.lines()
        except BadKey:
            lines = ()
        self.stdout.write("The zone should say (SPF: name the servers that send for you):")
        for line in lines:
            self.stdout.write(f"  {line}")
        for problem in found:
            self.stdout.write(f"- {problem}")
        if found:
            raise CommandError(f"{len(found)} to look at.")
        self.stdout.write("Nothing is wrong.")

    def _records(self, path: str | None) -> dict[str, list[str]] | None:
        if path is None:
            return None
        try:
            text = sys.stdin.read() if path == "-" else Path(path).read_text("utf-8", "replace")
        except OSError as trouble:
            raise CommandError(f"{path}: {trouble.strerror}.") from None
        return records.parse(text.splitlines())

    def _read_mail(self, options: dict[str, Any]) -> None:
        data = sys.stdin.buffer.read(LARGEST)
        try:
            taken = jobs.take_mail(data, at=now())
        except Error:
            self.stderr.write("The database does not answer.")
            sys.exit(TEMPORARY_FAILURE)
        self.stdout.write(taken)

    def _read_mailbox(self, options: dict[str, Any]) -> None:
        try:
            counts = jobs.read_mailbox(at=now())
        except (BadUrl, Unreadable) as trouble:
            raise CommandError(str(trouble)) from None
        for what, count in sorted(counts.items()):
            self.stdout.write(f"{what}: {count}")

    def _make_push_key(self, options: dict[str, Any]) -> None:
        path = channels.key_path()
        try:
            public = webpush.make_key(path)
        except webpush.KeyExists:
            raise CommandError(f"{path} exists: another key would close every device.") from None
        except OSError as trouble:
            raise CommandError(f"{path}: {trouble.strerror}.") from None
        self.stderr.write(f"The key is in {path}: it belongs in the backups. Its public half:")
        self.stdout.write(public)

    def _hold_sms_line(self, options: dict[str, Any]) -> None:
        if not sms_text.has_gateway():
            raise CommandError("AMIRAL_SMS_GATEWAY is not set.")
        over = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _signum, _frame: over.set())
        try:
            jobs.hold_sms_line(stop=over)
        except smpp.BadGateway as trouble:
            raise CommandError(f"AMIRAL_SMS_GATEWAY: {trouble}") from None
