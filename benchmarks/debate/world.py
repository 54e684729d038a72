"""A consultation whose votes are open, in a database of its own: voices and statements, made at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class World:
    """``voters`` voices, whose keys are their numbers, and ``statements`` from 1."""

    consultation_id: UUID
    voters: int
    statements: int

    def key(self, voter: int) -> str:
        return f"{voter:016d}"

    def gesture(self, number: int) -> tuple[int, int, int]:
        """The vote of that number: voice, statement, 1, 0 or -1. None comes twice before all were asked."""
        turn, voter = divmod(number, self.voters)
        return voter, 1 + (turn + voter) % self.statements, (number * 7 // 3) % 3 - 1


def set_up(folder: Path) -> None:
    """Django on a fresh database in ``folder``, or on whatever AMIRAL_DATABASE_URL names."""
    (folder / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="amiral.config.settings",
        AMIRAL_STATE_DIR=str(folder),
        AMIRAL_EMAIL_URL="dummy://",
        AMIRAL_LOG_LEVEL="ERROR",
        PYTHONPATH=os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    )
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def build(*, voters: int, statements: int, people_of_the_map: int = 0) -> World:
    """Voices and statements; nobody has voted."""
    from amiral.rooms.debate.models import Consultation, Statement, Voter
    from amiral.rooms.debate.queries.voices import pseudonym_of
    from amiral.rooms.territory.models import Territory

    country, _new = Territory.objects.get_or_create(
        id="pays:FR", defaults={"kind": "pays", "code": "FR", "name": "France", "search_name": "france"}
    )
    due = date.today() + timedelta(days=60)  # noqa: DTZ011  # the day of the machine that measures
    row = Consultation.objects.create(
        territory=country, question="Que faire ?", framing="Cadre", sources="Sources", decider="Nous",
        answers_due_on=due, first_due_on=due, phase="votes", salt="s", results_while_voting=True,
    )  # fmt: skip
    world = World(consultation_id=row.pk, voters=voters, statements=statements)
    Statement.objects.bulk_create(
        Statement(
            consultation=row, number=n, text=f"Énoncé numéro {n}, fictif.", state="shown", kind="seed",
            written_on=date(2027, 1, 1),
        )
        for n in range(1, statements + 1)
    )  # fmt: skip
    rows = (
        Voter(consultation=row, number=n, pseudonym=pseudonym_of(consultation_id=row.pk, key=world.key(n)))
        for n in range(voters)
    )
    Voter.objects.bulk_create(rows, batch_size=5000)
    return world


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median, tails and the worst."""
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=1000)
    found = {"p50": cuts[499], "p95": cuts[949], "p99": cuts[989], "p99.9": cuts[998], "max": max(seconds)}
    return {name: round(1000 * value, 2) for name, value in found.items()}


def wrong(world: World, acknowledged: Sequence[int], sent: int) -> list[str]:
    """What the database holds that it should not, or lacks: read beside the product's own verbs."""
    from django.db.models import Count, Q

    from amiral.rooms.debate.models import Statement, Vote

    rows = Vote.objects.filter(statement__consultation=world.consultation_id)
    there = {
        (who, what): value
        for who, what, value in rows.order_by("pk").values_list("voter__number", "statement__number", "value")
    }
    found = []
    for number in acknowledged:
        voter, statement, value = world.gesture(number)
        if there.get((voter, statement)) != value:
            found.append(f"vote {number} was acknowledged and is not there")
    if len(there) != rows.count():
        found.append(f"{rows.count() - len(there)} votes are there twice")
    if not len(acknowledged) <= len(there) <= sent:
        found.append(f"{len(there)} votes are there of {sent} that were sent")
    counted: dict[str, Any] = {
        name: Count("votes", filter=Q(votes__value=value))
        for name, value in (("yes", 1), ("no", -1), ("skip", 0))
    }
    for one in Statement.objects.filter(consultation=world.consultation_id).annotate(**counted):
        told = (one.agreed, one.disagreed, one.passed)
        if told != (one.yes, one.no, one.skip):  # type: ignore[attr-defined]  # annotated above
            found.append(f"statement {one.number} counts {told}")
    return found[:20]
