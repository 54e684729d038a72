"""Refusals that are kept for ever, as salted hashes: they survive the erasure of the person."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.errors import Refused
from amiral.rooms.people.contact_values import NoContactValue, normalised, salted_hash
from amiral.rooms.people.contracts import ContactKind, SuppressionReason
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


def lift(*, person_id: UUID) -> None:
    """Ends the refusals of somebody who now asks to be written to, by a gesture of his own."""
    for kind, value in ContactPoint.objects.filter(person_id=person_id).values_list("kind", "value"):
        Suppression.objects.filter(
            channel=kind, value_hash=salted_hash(channel=ContactKind(kind), value=value)
        ).delete()
    ports.call("persons_changed", person_ids=[person_id])
