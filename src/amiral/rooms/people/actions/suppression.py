"""Refusals that are kept for ever, as salted hashes: they survive the erasure of the person."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.errors import Refused
from amiral.rooms.people.contact_values import NoContactValue, normalised, salted_hash, stored_hash
from amiral.rooms.people.contracts import ContactKind, SuppressionReason, Way
from amiral.rooms.people.models import ContactPoint, Merge, Suppression


class NoSuchAddress(Refused):
    """What was typed is no address or number."""

    def __init__(self) -> None:
        super().__init__(
            _("This is neither an e-mail address nor a telephone number. Check it and type it again.")
        )


def suppress(*, channel: ContactKind, value: str, reason: SuppressionReason, at: datetime) -> None:
    """Keeps a refusal; the first reason stays. Raises ``NoSuchAddress``."""
    try:
        value_hash = salted_hash(channel=channel, value=value)
    except NoContactValue:
        raise NoSuchAddress from None
    Suppression.objects.get_or_create(
        value_hash=value_hash, channel=channel, defaults={"reason": reason, "since": at}
    )
    # The row is a hash, which names nobody: who is counted by it is told from here.
    holders = ContactPoint.objects.filter(kind=channel, value=normalised(kind=channel, value=value))
    ports.call("persons_changed", person_ids=list(holders.values_list("person_id", flat=True)))


def suppress_person(*, person_id: UUID, reason: SuppressionReason, at: datetime) -> None:
    """Keeps a refusal for every way to reach the person."""
    points = ContactPoint.objects.filter(person_id=person_id).values_list("kind", "value")
    for kind, value in [*points, *_closed_accounts(person_id)]:
        suppress(channel=ContactKind(kind), value=value, reason=reason, at=at)


def _closed_accounts(person_id: UUID) -> list[tuple[str, str]]:
    """The addresses of accounts that the person's own has absorbed."""
    merges = Merge.objects.filter(survivor=person_id, undone_at=None).values_list("snapshot", flat=True)
    return [(ContactKind.EMAIL, told["email"]) for told in merges if told.get("email")]


OPENS: dict[Way, ContactKind | None] = {
    Way.EMAIL: ContactKind.EMAIL,
    Way.SMS: ContactKind.PHONE,
    Way.PHONE: ContactKind.PHONE,
    Way.PUSH: None,
}
"""Which refusals end when somebody agrees to a channel."""


def lift(*, person_id: UUID, way: Way = Way.EMAIL) -> None:
    """Ends the refusals of somebody who now asks to be reached by a channel, by a gesture of his own.

    Of numbers only those that he has shown to be his: nobody can end the STOP of somebody else by typing
    that number.
    """
    points = ContactPoint.objects.filter(person_id=person_id, kind=OPENS[way])
    if OPENS[way] is ContactKind.PHONE:
        points = points.filter(verified_at__isnull=False)
    for kind, value in points.values_list("kind", "value"):
        _forget(ContactKind(kind), value)
    ports.call("persons_changed", person_ids=[person_id])


def _forget(kind: ContactKind, value: str, **only: str) -> None:
    value_hash = stored_hash(channel=kind, value=value)
    Suppression.objects.filter(channel=kind, value_hash=value_hash, **only).delete()


def take_stop_back(*, number: str) -> None:
    """Whoever answers from a number that it may be written to again ends its STOP, and no other refusal.

    No consent comes back with it. Raises ``NoContactValue``.
    """
    value = normalised(kind=ContactKind.PHONE, value=number)
    _forget(ContactKind.PHONE, value, reason=SuppressionReason.STOP)
    holders = ContactPoint.objects.filter(kind=ContactKind.PHONE, value=value)
    ports.call("persons_changed", person_ids=list(holders.values_list("person_id", flat=True)))
