"""What the group of the demonstration says: an announcement, a poll with votes, names behind an @, a word."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.network import api as network

QUESTION, CHOICES = "Où faire la prochaine réunion ?", ("Salle des fêtes", "Café de la gare", "En ligne")


def build(
    *, leader: UUID, volunteer: UUID, crowd: Sequence[UUID], group_id: UUID, at: datetime, now: datetime
) -> None:
    """``at``: an evening of the last days."""
    network.announce(
        author_id=leader,
        group_id=group_id,
        body="**Réunion de rentrée (démonstration)** jeudi à 19 h. Apportez une chaise et une idée.",
        at=at,
    )
    poll = network.ask(
        author_id=leader,
        group_id=group_id,
        body="Une question avant de réserver. @lou-e, tu connais le patron du café ?",
        question=QUESTION,
        choices=CHOICES,
        closes_at=now + timedelta(days=10),
        at=at + timedelta(minutes=10),
    )
    network.comment(
        author_id=volunteer,
        post_id=poll,
        body="Oui, je lui demande demain, @camille-f.",
        at=at + timedelta(minutes=30),
    )
    for number, person in enumerate(crowd[:12]):
        _vote(person, poll, CHOICES[number * number % len(CHOICES)])
    network.write_to(
        by_id=leader,
        person_id=volunteer,
        body="Bonjour Lou, peux-tu prendre les clés de la salle samedi ?",
        at=at + timedelta(hours=1),
    )


def _vote(person_id: UUID, post_id: UUID, label: str) -> None:
    """Some of the crowd belong to other groups: they have no vote here."""
    try:
        network.vote(by_id=person_id, post_id=post_id, labels=[label])
    except NotFound:
        return
