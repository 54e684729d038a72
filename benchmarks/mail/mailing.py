"""A whole mailing through the product to a real SMTP server, with ``kill -9`` at random moments.

    .venv/bin/python -m benchmarks.mail.mailing --recipients 100000 --kills 20 --naive 300 > mailing.json

Persons, segment, mailing, test and schedule are made by the product's own verbs on SQLite; letters are
personalised, signed with RSA-2048 and Ed25519, and handed to ``benchmarks.mail.sink`` by ``amiral mailings
send`` (a team of ``--processes``). At random moments one process of the team, its head, or all of it is
killed and started again. Then every recipient must stand at the sink exactly once, counted by Message-ID; a
repeat (a letter that had left without an answer when its process was killed) is counted apart, and there may
be one at most for each process killed. ``--slow``, ``--later``, ``--never`` and ``--cut`` are the sink's
manners.

The other side in the same run: Django's ``send_mass_mail`` with one connection and one dkimpy signature a
message, over ``--naive`` messages. Prints one JSON object; exit code 1 when anything is lost.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BODY = (
    "## {prenom|Bonjour}, samedi nous frappons aux portes\n\n"
    + "Chère {prenom}, cher voisin de {commune|chez vous}, **douze équipes** partent samedi. "
    "[Choisir son heure](http://127.0.0.1:8000/actions/). "
    "Nous serons nombreux, et il reste des places dans chaque équipe du quartier.\n\n"
    * 12
    + "- apportez de quoi écrire\n- venez à deux\n\nÀ samedi, {prenom|toi} !\n"
)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)


# The campaign ---------------------------------------------------------------------------------------


def environment(folder: Path, port: int) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "amiral.config.settings",
        "AMIRAL_STATE_DIR": str(folder),
        "AMIRAL_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "AMIRAL_PUBLISHER": "Association de la campagne d’essai",
        "AMIRAL_QUIET_HOURS": "",
        "AMIRAL_WEEKLY_CAP": "0",
        "AMIRAL_LOG_LEVEL": "WARNING",
    }
    os.environ.pop("AMIRAL_DATABASE_URL", None)


def prepare(number: int) -> str:
    """A scheduled mailing to ``number`` fictional persons; its id."""
    import django

    django.setup()
    from django.core.management import call_command

    from amiral.kit.clock import now
    from amiral.kit.mail import signing
    from amiral.rooms.outreach.actions import mailings, segments
    from amiral.rooms.outreach.contracts import (
        Clause,
        Group,
        IntendedUse,
        MailingDraft,
        MailingTexts,
        SegmentDraft,
    )
    from amiral.rooms.people import api as people
    from amiral.rooms.people.contracts import Role

    call_command("migrate", verbosity=0)
    signing.make(signing.place())
    _places()
    head = people.add_confirmed_person(
        email="tete@essai.example", given_name="Tête", postal_code="71000", commune_id="commune:71270"
    )
    people.grant_mandate(by_id=None, person_id=head, role=Role.ADMINISTRATOR, territory_id="pays:FR")
    _persons(number)
    at = now()
    agreed = Group(parts=(Clause(criterion="consent", values=("newsletter",)),))
    segment = segments.create(
        by_id=head, draft=SegmentDraft(name="Tous", territory_id="pays:FR", tree=agreed), at=at
    )
    intended = IntendedUse(
        why="Essai",
        purpose="newsletter",
        starts_on=at.date() - timedelta(days=1),
        ends_on=at.date() + timedelta(days=2),
    )
    text = MailingTexts(subject="{prenom}, samedi", body=BODY)
    draft = MailingDraft(
        name="Essai", segment_id=segment, intended=intended, sender_name="Campagne", french=text, english=text
    )
    made = mailings.create(by_id=head, draft=draft, at=at)
    mailings.send_test(by_id=head, mailing_id=made, at=at)
    mailings.schedule(by_id=head, mailing_id=made, moment=None, per_minute=0, at=at)
    return str(made)


def _places() -> None:
    from amiral.rooms.territory.models import Territory, TerritoryClosure

    rows = (("pays:FR", "pays", "FR", "France"), ("commune:71270", "commune", "71270", "Mâcon"))
    for id_, kind, code, name in rows:
        Territory.objects.create(id=id_, kind=kind, code=code, name=name, search_name=name.lower())
        TerritoryClosure.objects.create(ancestor_id=id_, descendant_id=id_, depth=0)
    TerritoryClosure.objects.create(ancestor_id="pays:FR", descendant_id="commune:71270", depth=1)


def _persons(number: int) -> None:
    """Written straight into the tables: joining is not what is measured."""
    from amiral.kit.clock import now
    from amiral.rooms.outreach import triggers
    from amiral.rooms.people.models import Consent, ContactPoint, Person

    triggers.drop()
    at = now()
    for start in range(0, number, 5_000):
        persons = [
            Person(
                email=f"p{index}@essai.example",
                given_name=f"Prénom{index}",
                family_name="Essai",
                language="en" if index % 10 == 0 else "fr",
                postal_code="71000",
                commune_id="commune:71270",
                password="!",
            )
            for index in range(start, min(number, start + 5_000))
        ]
        Person.objects.bulk_create(persons)
        ContactPoint.objects.bulk_create(
            ContactPoint(person=one, kind="email", value=one.email, verified_at=at, primary=True)
            for one in persons
        )
        Consent.objects.bulk_create(
            Consent(person=one, purpose="newsletter", granted=True, text_shown="t", at=at) for one in persons
        )
    triggers.lay()


# Sending and killing --------------------------------------------------------------------------------


class Team:
    """``amiral mailings send`` in a process group of its own."""

    def __init__(self, processes: int) -> None:
        self._command = [sys.executable, "-m", "amiral", "mailings", "send"]
        self._command += ["--processes", str(processes), "--idle", "3"]
        self.head = subprocess.Popen(self._command, start_new_session=True, cwd=ROOT)
        self.peak_kib: Counter[str] = Counter()

    def members(self) -> list[int]:
        """The processes that send, without their head."""
        try:
            told = Path(f"/proc/{self.head.pid}/task/{self.head.pid}/children").read_text()
        except FileNotFoundError:
            return []
        return [int(pid) for pid in told.split()]

    def watch(self) -> None:
        """Notes the highest memory of each kind of process."""
        for kind, pid in (("head", self.head.pid), *(("sender", pid) for pid in self.members())):
            try:
                told = Path(f"/proc/{pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            peak = next((line.split()[1] for line in told.splitlines() if line.startswith("VmHWM")), "0")
            self.peak_kib[kind] = max(self.peak_kib[kind], int(peak))

    def kill(self, chance: random.Random) -> tuple[str, int]:
        """``kill -9`` of one process that sends, of the head, or of all; how many of those that send."""
        members = self.members()
        way = chance.choice(["one", "head", "all"])
        if way == "one" and members:
            os.kill(chance.choice(members), signal.SIGKILL)
            return way, 1
        if way == "head":
            self.head.kill()
        else:
            way = "all"
            os.killpg(self.head.pid, signal.SIGKILL)
        self.head.wait()
        return way, 0 if way == "head" else len(members)


def state() -> tuple[str, int]:
    """Of the mailing, and how many letters stand in the database as sent."""
    from amiral.rooms.outreach.models import Mailing, MailingRecipient

    return Mailing.objects.get().state, MailingRecipient.objects.filter(state="sent").count()


def send(
    number: int, *, counted: Path, processes: int, kills: int, chance: random.Random, limit_s: float
) -> dict[str, Any]:
    began = time.perf_counter()
    team, ways, killed = Team(processes), Counter[str](), 0
    peaks: Counter[str] = Counter()
    early_kib = 0
    marks = sorted(chance.uniform(0.02, 0.95) for _kill in range(kills))
    while time.perf_counter() - began < limit_s:
        time.sleep(0.05)
        team.watch()
        peaks |= team.peak_kib
        done = _lines(counted)
        if not early_kib and done > number / 10:
            early_kib = peaks["sender"]
        if marks and done >= marks[0] * number:
            marks.pop(0)
            time.sleep(chance.uniform(0, 0.05))
            way, number_killed = team.kill(chance)
            ways[way] += 1
            killed += number_killed
            if way != "one":
                team = Team(processes)
        elif team.head.poll() is not None:
            if state()[0] in {"done", "cancelled"}:
                break
            team = Team(processes)
        elif done >= number and state()[0] == "done":
            break
    wall_s = time.perf_counter() - began
    team.head.terminate()
    team.head.wait()
    return {
        "wall_s": round(wall_s, 1),
        "letters_per_s": round(number / wall_s),
        "kills": dict(ways),
        "senders_killed": killed,
        "peak_mib": {kind: round(kib / 1024) for kind, kib in peaks.items()},
        "peak_mib_of_a_sender_at_a_tenth": round(early_kib / 1024),
    }


def _lines(path: Path) -> int:
    """How many messages the sink has, about: by the size of its file."""
    return path.stat().st_size // LINE_BYTES if path.exists() else 0


LINE_BYTES = 75
"""Of a Message-ID and an address, about; only for choosing the moments of kills."""


# The other side -------------------------------------------------------------------------------------


def naive(number: int) -> float:
    """CPU milliseconds of one letter by Django and dkimpy, both keys, one connection for each."""
    from benchmarks.mail.baseline import Pattern, cpu_s
    from django.conf import settings

    from amiral.kit.mail import signing
    from amiral.rooms.outreach.models import Mailing
    from amiral.rooms.outreach.queries import mailings as queries

    letter = queries.preview(Mailing.objects.get(), language="fr", person_id=None)
    pattern = Pattern(
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        name="Camille",
        way_out=f"{settings.PUBLIC_URL}/moi/consentements/",
        domain=signing.place().domain,
    )
    return 1000 * cpu_s(pattern, first=0, count=number, both=True, noted=lambda _number: None) / number


# ----------------------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--naive", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=3000.0, help="Seconds after which it gives up.")
    for name in ("slow", "later", "never", "cut"):
        parser.add_argument(f"--{name}", type=float, default=0.0)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailing-") as folder:
        report = run(told, Path(folder))
    print(json.dumps(report, indent=2))
    return 0 if report["lost"] == 0 and report["repeats"] <= report["senders_killed"] else 1


def run(told: argparse.Namespace, folder: Path) -> dict[str, Any]:
    # Members whose head was killed are handed to us, so that their time counts.
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    counted = folder / "taken.txt"
    manners = [f"--{name}={getattr(told, name)}" for name in ("slow", "later", "never", "cut")]
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.mail.sink", "--count", str(counted), *manners],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert sink.stdout is not None
    try:
        environment(folder, int(sink.stdout.readline()))
        say("persons, segment, mailing")
        prepare(told.recipients)
        other_ms = naive(told.naive) if told.naive else 0.0
        # The test letter and the other side's letters are no part of the mailing.
        counted.write_bytes(b"")
        say("sending")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        report = send(
            told.recipients,
            counted=counted,
            processes=told.processes,
            kills=told.kills,
            chance=random.Random(told.seed),
            limit_s=told.limit,
        )
        _reap()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    finally:
        sink.kill()
        sink.wait()
    return report | _judged(told.recipients, counted, before, after, other_ms)


def _reap() -> None:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.2)
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    return
        except ChildProcessError:
            return


def _judged(number: int, counted: Path, before: Any, after: Any, other_ms: float) -> dict[str, Any]:
    from benchmarks.mail.sink import taken

    from amiral.rooms.outreach.models import MailingRecipient

    found = Counter(id_.strip("<>").partition("@")[0] for id_, _to in taken(counted))
    wanted = {str(id_) for id_ in MailingRecipient.objects.values_list("pk", flat=True)}
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    own_ms = 1000 * cpu_s / number
    mailing = {id_: times for id_, times in found.items() if id_ in wanted}
    failed = MailingRecipient.objects.filter(state="failed").count()
    return {
        "recipients": number,
        "written_down": len(wanted),
        "at_the_sink": len(mailing),
        "lost": number - len(mailing) - failed,
        "refused_for_ever": failed,
        "repeats": sum(mailing.values()) - len(mailing),
        "strangers": len(found) - len(mailing),
        "state": state()[0],
        "cpu_ms_a_letter": round(own_ms, 3),
        "naive_cpu_ms_a_letter": round(other_ms, 3),
        "times_less_cpu": round(other_ms / own_ms, 1) if other_ms else None,
    }


if __name__ == "__main__":
    sys.exit(main())
