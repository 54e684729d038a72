"""Reads of persons, consents and mandates."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.cache import cache

from amiral.kit.errors import NotFound
from amiral.rooms.people.contracts import Feature, MandateCard, PersonCard, Purpose, Role
from amiral.rooms.people.models import Consent, Mandate, MandateQuerySet, Person
from amiral.rooms.territory import api as territory


def may(
    *,
    person_id: UUID | None,
    feature: Feature,
    at: datetime,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
) -> bool:
    """Whether a mandate in force carries ``feature`` over an ancestor of the territory or over the scope."""
    held = _carrying(person_id=person_id, feature=feature, at=at)
    return held.over(territory_id=territory_id, scope_id=scope_id).exists()


def holds(*, person_id: UUID | None, feature: Feature, at: datetime) -> bool:
    """Whether a mandate in force carries ``feature`` anywhere."""
    return _carrying(person_id=person_id, feature=feature, at=at).exists()


def has_mandate(*, person_id: UUID, at: datetime) -> bool:
    """Whether any mandate of the person is in force."""
    return Mandate.objects.in_force(at).filter(person_id=person_id).exists()


def territories_held(*, person_id: UUID | None, feature: Feature, at: datetime) -> tuple[str, ...]:
    """Ids of the territories over which the person holds ``feature``, without those inside them."""
    held = _carrying(person_id=person_id, feature=feature, at=at).filter(scope_id__isnull=True)
    ids = held.order_by("territory_id").values_list("territory_id", flat=True).distinct()
    return tuple(id_ for id_ in ids if id_)


def scopes_held(*, person_id: UUID | None, feature: Feature, at: datetime) -> tuple[UUID, ...]:
    """Ids of the single things (groups) over which the person holds ``feature``."""
    held = _carrying(person_id=person_id, feature=feature, at=at).filter(scope_id__isnull=False)
    ids = held.order_by("scope_id").values_list("scope_id", flat=True).distinct()
    return tuple(id_ for id_ in ids if id_)


def _carrying(*, person_id: UUID | None, feature: Feature, at: datetime) -> MandateQuerySet:
    held = Mandate.objects.in_force(at).carrying(feature)
    return held.filter(person_id=person_id) if person_id else held.none()


def cards(*, person_ids: Iterable[UUID]) -> dict[UUID, PersonCard]:
    """The cards of those who exist; one query."""
    return {person.pk: card_of(person) for person in Person.objects.filter(pk__in=set(person_ids))}


def card(*, person_id: UUID) -> PersonCard:
    """One card, or ``NotFound``."""
    return card_of(person_by_id(person_id=person_id))


def card_of(person: Person) -> PersonCard:
    """What other members may read of a person."""
    return PersonCard(
        id=person.pk,
        public_name=person.public_name,
        language=person.language,
        commune_id=person.commune_id,
        joined_at=person.joined_at,
    )


def person_by_id(*, person_id: UUID) -> Person:
    """The row, for this room's own use; ``NotFound`` when there is none."""
    try:
        return Person.objects.get(pk=person_id)
    except Person.DoesNotExist:
        raise NotFound from None


def person_by_calendar_token(*, token: str) -> PersonCard:
    """Whose personal calendar a secret address opens, or ``NotFound``."""
    person = Person.objects.filter(calendar_token=token, is_active=True).first()
    if person is None or not token:
        raise NotFound
    return card_of(person)


def address_of(*, person_id: UUID) -> str:
    """The e-mail address, or ``NotFound``."""
    return person_by_id(person_id=person_id).email


def person_ids_with_consent(*, person_ids: Iterable[UUID], purpose: Purpose | str) -> set[UUID]:
    """Those of ``person_ids`` whose newest line for ``purpose`` gives it; one query."""
    given = Consent.objects.given_now(purpose).filter(person_id__in=set(person_ids))
    return set(given.values_list("person_id", flat=True))


def mandates_of(*, person_id: UUID, at: datetime) -> tuple[MandateCard, ...]:
    """The mandates in force of one person."""
    return _mandate_cards(Mandate.objects.in_force(at).filter(person_id=person_id))


def holders(
    *, at: datetime, scope_id: UUID | None = None, territory_id: str | None = None, role: Role | None = None
) -> tuple[MandateCard, ...]:
    """The mandates in force held exactly over the scope, or exactly over the territory; all of neither."""
    found = Mandate.objects.in_force(at)
    if scope_id:
        found = found.filter(scope_id=scope_id)
    if territory_id:
        found = found.filter(territory_id=territory_id, scope_id__isnull=True)
    return _mandate_cards(found.filter(role=role) if role else found)


def _mandate_cards(found: MandateQuerySet) -> tuple[MandateCard, ...]:
    rows = tuple(found.select_related("person").order_by("starts_at", "pk"))
    places = territory.territories(territory_ids={row.territory_id for row in rows if row.territory_id})
    names = {id_: place.name for id_, place in places.items()}
    return tuple(_mandate_card(row, names) for row in rows)


def _mandate_card(row: Mandate, names: dict[str, str]) -> MandateCard:
    return MandateCard(
        id=row.pk,
        person_id=row.person_id,
        person_name=row.person.public_name,
        role=Role(row.role),
        territory_id=row.territory_id,
        territory_name=names.get(row.territory_id or "", ""),
        scope_id=row.scope_id,
        scope_name=row.scope_name,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
    )


MANDATED_FOR_S = 60
"""How long the answer below may be remembered by a process that did not grant or end the mandate itself."""


def mandated_key(person_id: UUID) -> str:
    """Where the cache keeps whether a person has a mandate in force."""
    return f"people:mandated:{person_id}"


def needs_second_factor(*, person_id: UUID, at: datetime) -> bool:
    """``has_mandate``, remembered for a minute so that volunteers' pages cost no query more."""
    known: bool | None = cache.get(mandated_key(person_id))
    if known is None:
        known = has_mandate(person_id=person_id, at=at)
        cache.set(mandated_key(person_id), known, timeout=MANDATED_FOR_S)
    return known
