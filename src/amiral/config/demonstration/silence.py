"""An invented ballot far enough away to disturb nothing, and messages of which some are held back."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import BallotDraft, BallotKind
from amiral.rooms.people import api as people

WEEKS_AHEAD = 20
WRITTEN_TO = 8


def build(*, administrator: UUID, leader: UUID, crowd: Sequence[UUID], group_id: UUID, now: datetime) -> None:
    """A national ballot in two rounds; a leader writes to some of whom not all agreed."""
    sunday = (now + timedelta(days=6 - now.weekday(), weeks=WEEKS_AHEAD)).date()
    draft = BallotDraft(
        name="Scrutin national inventé pour la démonstration",
        kind=BallotKind.PRESIDENTIAL,
        places=(),
        sundays=(sunday, sunday + timedelta(weeks=2)),
        closes=time(20),
    )
    outreach.enter_ballot(by_id=administrator, draft=draft)
    for number, person_id in enumerate(crowd[:WRITTEN_TO]):
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            person_id=person_id,
            purpose="group-contact" if number % 3 == 0 else "actions",
            subject="Samedi au marché : il manque deux personnes",
            body="Bonjour,\n\nviendriez-vous une heure samedi ?\n",
            idempotency_key=f"demonstration-market:{person_id}",
            sender_id=leader,
            scope_id=group_id,
        )
