"""Objecting: nothing is sent any more, and the refusal stays when the person goes."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.rooms.people.actions.consents import write_lines
from amiral.rooms.people.actions.suppression import suppress, suppress_person
from amiral.rooms.people.contracts import ContactKind, Purpose, SuppressionReason, Way
from amiral.rooms.people.models import Consent
from amiral.rooms.people.queries import contacts


@transaction.atomic
def object_to_all(*, person_id: UUID, channel: str, at: datetime) -> None:
    """A person objects: every purpose is withdrawn, and nothing is sent to any of his addresses again."""
    _withdraw(person_id, tuple(Way), channel, at)
    suppress_person(person_id=person_id, reason=SuppressionReason.OBJECTION, at=at)
    audit.record(actor_id=person_id, verb="person.objected", subject_kind="person", subject_id=person_id)


@transaction.atomic
def record_objection(*, by_id: UUID | None, typed: str, at: datetime) -> None:
    """Somebody objected by telephone, by letter or at a door; known or not, the answer is the same.

    Raises ``NoSuchAddress``.
    """
    channel = ContactKind.EMAIL if "@" in typed else ContactKind.PHONE
    suppress(channel=channel, value=typed, reason=SuppressionReason.OBJECTION, at=at)
    holder = contacts.holder_of(kind=channel, value=typed)
    if holder is not None:
        closed = (Way.EMAIL,) if channel is ContactKind.EMAIL else (Way.SMS, Way.PHONE)
        _withdraw(holder, closed, "objection", at)
    audit.record(
        actor_id=by_id, verb="objection.recorded", subject_kind="suppression", subject_id=channel.value
    )


def _withdraw(person_id: UUID, ways: Iterable[Way], channel: str, at: datetime) -> None:
    for way in ways:
        given = Consent.objects.standing().filter(person_id=person_id, way=way)
        write_lines(
            person_id=person_id,
            lines=[
                (purpose, _("I object: I no longer want to be written to."))
                for purpose in sorted(map(Purpose, given.values_list("purpose", flat=True)))
            ],
            granted=False,
            channel=channel,
            at=at,
            way=way,
        )
