"""Whom a person has blocked: his own list."""

from uuid import UUID

from amiral.rooms.network.models import Block
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard


def blocked_by(*, person_id: UUID) -> tuple[PersonCard, ...]:
    """By name; two queries."""
    ids = Block.objects.filter(blocker_id=person_id).values_list("blocked_id", flat=True)
    cards = people.cards(person_ids=set(ids))
    return tuple(sorted(cards.values(), key=lambda card: card.public_name))
