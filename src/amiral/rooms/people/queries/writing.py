"""Whom a letter goes to: what many recipients need to be written to, in a fixed number of queries."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import translation

from amiral.rooms.people.contracts import BounceState, ContactKind, Correspondent, Notice
from amiral.rooms.people.models import ContactPoint, ImportLine, Person
from amiral.rooms.people.queries import contacts, notices


def correspondents(*, person_ids: Sequence[UUID]) -> dict[UUID, Correspondent]:
    """Those who exist, by id, each with the address to write to. Three queries.

    The address is the account's own, else the first that is verified, stands and was not refused; the same
    that segments count as reachable. Empty when there is none.
    """
    addresses = _addresses(person_ids)
    # Not the whole rows: a mailing asks for a thousand persons every second.
    rows = Person.objects.filter(pk__in=person_ids).values_list(
        "pk", "email", "given_name", "family_name", "language", "commune_id"
    )
    return {
        id_: Correspondent(
            id=id_,
            given_name=given_name,
            family_name=family_name,
            language=language,
            commune_id=commune_id,
            address=_chosen(email, addresses.get(id_, [])),
        )
        for id_, email, given_name, family_name, language, commune_id in rows
    }


def _chosen(account: str | None, addresses: list[str]) -> str:
    return account if account in addresses else next(iter(addresses), "")


def _addresses(person_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    points = ContactPoint.objects.filter(
        person_id__in=person_ids,
        kind=ContactKind.EMAIL,
        verified_at__isnull=False,
        bounce_state__in=[BounceState.OK, BounceState.SOFT],
    )
    rows = list(points.order_by("-primary", "created_at", "pk").values_list("person_id", "value"))
    refused = contacts.suppressed(channel=ContactKind.EMAIL, values=[value for _id, value in rows])
    found: dict[UUID, list[str]] = {}
    for person_id, value in rows:
        if value not in refused:
            found.setdefault(person_id, []).append(value)
    return found


def numbers_of(*, person_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The number that each has shown to be his own, in E.164: the first, where there are several. Whether it
    was refused is asked by the gate. One query.
    """
    points = ContactPoint.objects.filter(
        person_id__in=person_ids,
        kind=ContactKind.PHONE,
        verified_at__isnull=False,
        bounce_state__in=[BounceState.OK, BounceState.SOFT],
    )
    rows = points.order_by("primary", "-created_at", "-pk").values_list("person_id", "value")
    return dict(rows)


def notices_for(*, person_ids: Iterable[UUID], purpose: str) -> dict[UUID, Notice]:
    """``notice_for`` for many: only those who must still be told where their data come from. Two queries."""
    untold = {
        person.pk: person
        for person in Person.objects.filter(pk__in=list(person_ids), email=None, informed_at=None)
    }
    lines = ImportLine.objects.filter(person_id__in=untold).select_related("supporter_import")
    first = {line.person_id: line for line in lines.order_by("-supporter_import__created_at", "-pk")}
    found = {}
    for person_id, person in untold.items():
        with translation.override(person.language):
            found[person_id] = notices.made(first.get(person_id), purpose)
    return found
