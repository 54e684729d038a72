"""STOP by text message: the answer of a telephone closes it, at once and for every purpose."""

from contextlib import suppress as passing
from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.rooms.people.actions.consents import withdraw_by_way
from amiral.rooms.people.actions.suppression import suppress, take_stop_back
from amiral.rooms.people.contact_values import NoContactValue
from amiral.rooms.people.contracts import ContactKind, SuppressionReason, Way
from amiral.rooms.people.queries import contacts

CHANNEL = "stop"
"""Of the lines of the ledger."""


@transaction.atomic
def stop(*, number: str, at: datetime) -> UUID | None:
    """Keeps the refusal of the number, known or not, and takes back what its holder gave by SMS.

    Answers who he is. Raises ``NoSuchAddress``.
    """
    suppress(channel=ContactKind.PHONE, value=number, reason=SuppressionReason.STOP, at=at)
    holder = contacts.holder_of(kind=ContactKind.PHONE, value=number)
    if holder is None:
        return None
    withdraw_by_way(person_id=holder, way=Way.SMS, channel=CHANNEL, proof="STOP by SMS", at=at)
    audit.record(actor_id=holder, verb="person.stopped", subject_kind="person", subject_id=holder)
    return holder


def take_back(*, number: str) -> None:
    """The way back, from the same telephone; harmless for what is no number."""
    with passing(NoContactValue):
        take_stop_back(number=number)
