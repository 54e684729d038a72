"""Reads of likely duplicates and of merges."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from amiral.rooms.people import access, texts
from amiral.rooms.people.contracts import Candidate, MergeLine, Side
from amiral.rooms.people.models import DuplicateCandidate, Mandate, Merge, Person
from amiral.rooms.territory import api as territory

PER_PAGE = 20


def candidates(
    *, person_id: UUID, at: datetime, page_number: str | int
) -> tuple[Page[DuplicateCandidate], tuple[Candidate, ...]]:
    """The open pairs within reach, the surest first: the page for its numbers, the pairs to be shown."""
    access.access_merging(person_id=person_id, at=at)
    found = access.open_candidates(person_id=person_id, at=at).order_by("-score", "pk")
    page = Paginator(found, PER_PAGE).get_page(page_number)
    return page, _pairs(list(page.object_list), at=at)


def candidate(*, person_id: UUID, candidate_id: UUID, at: datetime) -> Candidate:
    """One open pair within reach, or ``NotFound``."""
    row = access.access_candidate_by_id(person_id=person_id, candidate_id=candidate_id, at=at)
    return _pairs([row], at=at)[0]


def _pairs(rows: Collection[DuplicateCandidate], *, at: datetime) -> tuple[Candidate, ...]:
    sides = _sides({id_ for row in rows for id_ in (row.first_id, row.second_id)}, at=at)
    return tuple(
        Candidate(
            id=row.pk,
            first=sides[row.first_id],
            second=sides[row.second_id],
            # Never certain: 100 % would ask nobody to look.
            percent=min(99, round(100 * row.score)),
            reasons=reasons(row.features),
        )
        for row in rows
    )


def _sides(person_ids: Collection[UUID], *, at: datetime) -> dict[UUID, Side]:
    persons = list(Person.objects.filter(pk__in=person_ids))
    places = territory.territories(territory_ids={row.commune_id for row in persons if row.commune_id})
    roles: dict[UUID, list[str]] = {}
    for mandate in Mandate.objects.in_force(at).filter(person_id__in=person_ids).order_by("starts_at", "pk"):
        roles.setdefault(mandate.person_id, []).append(texts.role_name(mandate.role))
    return {
        row.pk: Side(
            id=row.pk,
            given_name=row.given_name,
            family_name=row.family_name,
            address=texts.masked(row.email or ""),
            place=_place(row, places[row.commune_id].name if row.commune_id in places else ""),
            language=row.language,
            joined_at=row.joined_at,
            last_seen_at=row.last_seen_at,
            mandates=tuple(roles.get(row.pk, ())),
        )
        for row in persons
    }


def _place(person: Person, commune: str) -> str:
    return f"{person.postal_code} {commune}".strip()


def reasons(features: dict[str, Any]) -> tuple[str, ...]:
    """Why a pair was proposed, as short sentences in the active language; first what speaks for it."""
    said = [_said().get((name, level)) for name, level in features.items()]
    swapped = [_("family and given name in each other’s place")] if features.get("swapped") else []
    return (*swapped, *(text for text in said if text))


def _said() -> dict[tuple[str, object], str]:
    return {
        ("family", "same"): _("same family name"),
        ("family", "near"): _("family names a letter or two apart"),
        ("family", "partly"): _("one family name contains the other"),
        ("family", "different"): _("different family names"),
        ("given", "same"): _("same given name"),
        ("given", "near"): _("given names a letter or two apart"),
        ("given", "partly"): _("one given name contains the other, or is its initial"),
        ("given", "different"): _("different given names"),
        ("place", "same"): _("same commune"),
        ("place", "near"): _("same commune, another postal code"),
        ("place", "partly"): _("same postal code"),
        ("place", "different"): _("different communes"),
        ("email", "same"): _("same e-mail address"),
        ("email", "near"): _("same name before the @ of the address"),
        ("email", "partly"): _("addresses one letter apart"),
        ("email", "different"): _("different addresses"),
        ("phone", "same"): _("same telephone number"),
        ("phone", "near"): _("telephone numbers one digit apart"),
        ("phone", "different"): _("different telephone numbers"),
    }


def merges(
    *, person_id: UUID, at: datetime, page_number: str | int
) -> tuple[Page[Merge], tuple[MergeLine, ...]]:
    """The merges within reach, newest first."""
    access.access_merging(person_id=person_id, at=at)
    found = access.merges_within(person_id=person_id, at=at).select_related("survivor", "by", "undone_by")
    page = Paginator(found.defer("records").order_by("-pk"), PER_PAGE).get_page(page_number)
    return page, tuple(map(_line, page.object_list))


def _line(row: Merge) -> MergeLine:
    names = (row.snapshot.get("given_name", ""), row.snapshot.get("family_name", ""))
    return MergeLine(
        id=row.pk,
        survivor_id=row.survivor_id,
        kept_name=f"{row.survivor.given_name} {row.survivor.family_name}".strip(),
        absorbed_name=" ".join(name for name in names if name),
        absorbed_address=texts.masked(row.snapshot.get("email", "")),
        at=row.at,
        by_name=row.by.public_name if row.by else "",
        undone_at=row.undone_at,
        undone_by_name=row.undone_by.public_name if row.undone_by else "",
    )


def everything_about(*, person_id: UUID) -> Iterable[dict[str, Any]]:
    """What merges keep of a person, for the person; the way back itself holds secrets of the sign-in."""
    for row in Merge.objects.filter(survivor=person_id).defer("records").order_by("pk"):
        yield {"table": "merge", "id": str(row.pk), "at": row.at.isoformat(), **row.snapshot}
