"""The only ways to fetch a row of this room for a user; missing and forbidden answer alike."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.rooms.people.contracts import COUNTRY, CandidateState, Feature, Role
from amiral.rooms.people.models import (
    DuplicateCandidate,
    Mandate,
    Merge,
    Person,
    RightsRequest,
    RollDeclaration,
    SupporterImport,
)
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

RANK = {Role.DELEGATE: 0, Role.GROUP_LEADER: 1, Role.COORDINATOR: 2, Role.ADMINISTRATOR: 3}


def access_self(*, person_id: UUID | None) -> Person:
    """One's own row."""
    person = Person.objects.filter(pk=person_id, is_active=True).first() if person_id else None
    if person is None:
        raise NotFound
    return person


def access_mandate_by_id(*, person_id: UUID | None, mandate_id: UUID, at: datetime) -> Mandate:
    """A mandate in force that the person may end: his own, one below his, one that hangs on his.

    ``person_id`` ``None`` is the system itself.
    """
    mandate = Mandate.objects.in_force(at).select_related("person").filter(pk=mandate_id).first()
    if mandate is None:
        raise NotFound
    if person_id is None or may_end(person_id=person_id, mandate=mandate, at=at):
        return mandate
    raise NotFound


def may_end(*, person_id: UUID, mandate: Mandate, at: datetime) -> bool:
    """Whether the mandate is the person's own, below one of his, or hangs on one of his."""
    if mandate.person_id == person_id:
        return True
    above = managing(person_id=person_id, territory_id=mandate.territory_id, at=at)
    return any(is_below(mandate, over) for over in above) or hangs_on(mandate, person_id=person_id)


def hangs_on(mandate: Mandate, *, person_id: UUID) -> bool:
    """Whether the chain of sources passes by a mandate of the person; one query for each step."""
    source = mandate.delegated_from
    while source is not None:
        if source.person_id == person_id:
            return True
        source = source.delegated_from
    return False


def stands_under(mandate: Mandate, other: Mandate) -> bool:
    """Whether ``mandate`` is ``other`` or hangs on it."""
    step: Mandate | None = mandate
    while step is not None:
        if step.pk == other.pk:
            return True
        step = step.delegated_from
    return False


def access_own_mandate_by_id(
    *, person_id: UUID | None, mandate_id: UUID, at: datetime, lock: bool = False
) -> Mandate:
    """A mandate in force of the person himself, of which something may be given on."""
    if person_id is None:
        raise NotFound
    held = Mandate.objects.in_force(at).filter(person_id=person_id)
    mandate = (held.select_for_update() if lock else held).filter(pk=mandate_id).first()
    if mandate is None or not mandate.gives_on:
        raise NotFound
    return mandate


def access_mandate_to_read_by_id(*, person_id: UUID | None, mandate_id: UUID, at: datetime) -> Mandate:
    """Any mandate, over or not, for its holder, for who manages mandates there, for those it hangs on."""
    mandate = Mandate.objects.select_related("person", "territory").filter(pk=mandate_id).first()
    if mandate is None or person_id is None:
        raise NotFound
    mine = person_id in {mandate.person_id, mandate.granted_by_id} or hangs_on(mandate, person_id=person_id)
    if not mine and not managing(person_id=person_id, territory_id=mandate.territory_id, at=at):
        raise NotFound
    return mandate


def covers(source: Mandate, *, territory_id: str | None, scope_id: UUID | None) -> bool:
    """Whether a place lies in that of ``source``: the same thing, or a territory inside (zones too)."""
    if source.scope_id is not None:
        return scope_id == source.scope_id and territory_id == source.territory_id
    if territory_id is None:
        return source.role == Role.ADMINISTRATOR
    return territory.is_within(territory_id=territory_id, ancestor_id=source.territory_id or "")


def managing(*, person_id: UUID, territory_id: str | None, at: datetime) -> tuple[Mandate, ...]:
    """The person's mandates to manage mandates over a territory; administrators also over no place at all."""
    held = Mandate.objects.in_force(at).carrying(Feature.MANAGE_MANDATES).filter(person_id=person_id)
    return tuple(
        held.over(territory_id=territory_id) if territory_id else held.filter(role=Role.ADMINISTRATOR)
    )


def is_below(mandate: Mandate, over: Mandate) -> bool:
    """Whether ``mandate`` is lower in role, or equal and of a smaller place, or granted by that person.

    Administrators may end each other's.
    """
    if RANK[Role(mandate.role)] != RANK[Role(over.role)]:
        return RANK[Role(mandate.role)] < RANK[Role(over.role)]
    return (
        over.role == Role.ADMINISTRATOR
        or mandate.territory_id != over.territory_id
        or mandate.granted_by_id == over.person_id
    )


def holds_over(*, person_id: UUID | None, feature: Feature, territory_id: str, at: datetime) -> bool:
    """Whether a mandate in force carries the feature over the territory."""
    if person_id is None:
        return False
    held = Mandate.objects.in_force(at).carrying(feature).filter(person_id=person_id)
    return held.over(territory_id=territory_id).exists()


def access_supporters(*, person_id: UUID | None, territory_id: str, at: datetime) -> None:
    """Lets pass whoever may import supporters of a territory; ``NotFound`` for others."""
    feature = Feature.IMPORT_SUPPORTERS
    if not holds_over(person_id=person_id, feature=feature, territory_id=territory_id, at=at):
        raise NotFound


def access_import_by_id(*, person_id: UUID | None, import_id: UUID, at: datetime) -> SupporterImport:
    """An import over whose territory the person may import."""
    made = SupporterImport.objects.select_related("territory", "imported_by").filter(pk=import_id).first()
    if made is None:
        raise NotFound
    access_supporters(person_id=person_id, territory_id=made.territory_id, at=at)
    return made


def access_known_by_id(*, person_id: UUID | None, known_id: UUID, at: datetime) -> Person:
    """Somebody of the person's own territory, for the proof of lawfulness.

    Who has no commune is found by those who hold the country only.
    """
    known = Person.objects.filter(pk=known_id).first()
    if known is None:
        raise NotFound
    access_supporters(person_id=person_id, territory_id=known.commune_id or COUNTRY, at=at)
    return known


def access_rolls(*, person_id: UUID | None, territory_id: str, at: datetime) -> None:
    """Lets pass whoever may use electoral rolls of a territory; ``NotFound`` for others."""
    feature = Feature.USE_ELECTORAL_ROLL
    if not holds_over(person_id=person_id, feature=feature, territory_id=territory_id, at=at):
        raise NotFound


def access_roll_by_id(*, person_id: UUID | None, declaration_id: UUID, at: datetime) -> RollDeclaration:
    """A declaration over whose territory the person may use electoral rolls."""
    declaration = RollDeclaration.objects.select_related("territory").filter(pk=declaration_id).first()
    if declaration is None:
        raise NotFound
    access_rolls(person_id=person_id, territory_id=declaration.territory_id, at=at)
    return declaration


def administers(*, person_id: UUID, at: datetime) -> bool:
    """Whether the person is an administrator now."""
    return Mandate.objects.in_force(at).filter(person_id=person_id, role=Role.ADMINISTRATOR).exists()


def merging_places(*, person_id: UUID | None, at: datetime) -> tuple[str, ...] | None:
    """The territories where somebody may merge persons; ``None``: everywhere, also those who live nowhere."""
    held = Mandate.objects.in_force(at).carrying(Feature.MERGE_PERSONS)
    mandates = list(held.filter(person_id=person_id).values_list("role", "territory_id")) if person_id else []
    if any(role == Role.ADMINISTRATOR for role, _territory_id in mandates):
        return None
    return tuple(territory_id for _role, territory_id in mandates if territory_id)


def mergeable(*, places: tuple[str, ...] | None) -> QuerySet[Person]:
    """The persons who live in these places; everybody for ``None``."""
    if places is None:
        return Person.objects.all()
    return Person.objects.filter(commune_id__in=territory.descendant_filter(ancestor_ids=places))


def access_merging(*, person_id: UUID | None, at: datetime) -> tuple[str, ...] | None:
    """``merging_places`` of somebody who may merge somewhere; ``NotFound`` for anybody else."""
    places = merging_places(person_id=person_id, at=at)
    if places == ():
        raise NotFound
    return places


def access_mergeable(
    *, person_id: UUID | None, person_ids: Collection[UUID], at: datetime, lock: bool = False
) -> dict[UUID, Person]:
    """All of those persons, each within reach, or ``NotFound``. ``lock`` holds their rows to the end."""
    reach = mergeable(places=merging_places(person_id=person_id, at=at))
    found = reach.filter(pk__in=person_ids).order_by("pk")
    rows = {row.pk: row for row in (found.select_for_update(of=("self",)) if lock else found)}
    if set(rows) != set(person_ids):
        raise NotFound
    return rows


def open_candidates(*, person_id: UUID | None, at: datetime) -> QuerySet[DuplicateCandidate]:
    """The open pairs of which both persons are there and within reach."""
    reach = mergeable(places=merging_places(person_id=person_id, at=at)).values("pk")
    return DuplicateCandidate.objects.filter(
        state=CandidateState.OPEN, first_id__in=reach, second_id__in=reach
    )


def access_candidate_by_id(*, person_id: UUID | None, candidate_id: UUID, at: datetime) -> DuplicateCandidate:
    """An open pair of which both persons are within reach."""
    row = open_candidates(person_id=person_id, at=at).filter(pk=candidate_id).first()
    if row is None:
        raise NotFound
    return row


def merges_within(*, person_id: UUID | None, at: datetime) -> QuerySet[Merge]:
    """The merges whose two persons are within reach: the survivor today, the absorbed where he lived."""
    places = merging_places(person_id=person_id, at=at)
    if places is None:
        return Merge.objects.all()
    inside = territory.descendant_filter(ancestor_ids=places)
    return Merge.objects.filter(survivor__commune_id__in=inside, absorbed_place__in=inside)


def access_merge_by_id(*, person_id: UUID | None, merge_id: UUID, at: datetime, lock: bool = False) -> Merge:
    """A merge in force within reach. ``lock`` holds its survivor: two who undo his merges queue up."""
    row = merges_within(person_id=person_id, at=at).filter(pk=merge_id, undone_at=None).first()
    if row and lock:
        Person.objects.select_for_update().get(pk=row.survivor_id)
        row = Merge.objects.filter(pk=merge_id, undone_at=None, survivor=row.survivor_id).first()
    if row is None:
        raise NotFound
    return row


def access_requests(*, person_id: UUID | None, territory_id: str | None, at: datetime) -> None:
    """Lets pass whoever answers requests there; those of no territory are the country's."""
    feature = Feature.HANDLE_REQUESTS
    place = territory_id or COUNTRY
    if not holds_over(person_id=person_id, feature=feature, territory_id=place, at=at):
        raise NotFound


def access_request_by_id(*, person_id: UUID | None, request_id: UUID, at: datetime) -> RightsRequest:
    """A request that the person may answer."""
    row = RightsRequest.objects.select_related("territory", "person").filter(pk=request_id).first()
    if row is None:
        raise NotFound
    access_requests(person_id=person_id, territory_id=row.territory_id, at=at)
    return row


def requests_within(*, person_id: UUID, at: datetime) -> QuerySet[RightsRequest]:
    """The requests that the person may answer: none for who answers none."""
    held = Mandate.objects.in_force(at).carrying(Feature.HANDLE_REQUESTS).filter(scope_id__isnull=True)
    places = [
        place for place in held.filter(person_id=person_id).values_list("territory_id", flat=True) if place
    ]
    if not places:
        return RightsRequest.objects.none()
    inside = Q(territory_id__in=territory.descendant_filter(ancestor_ids=places))
    return RightsRequest.objects.filter(inside | Q(territory=None) if COUNTRY in places else inside)


def places_of_cascades(*, person_id: UUID | None, at: datetime | None = None) -> tuple[TerritoryCard, ...]:
    """The territories over which somebody reads figures of word of mouth, exactly those of his mandates:
    places inside them would tell by subtraction. Two queries. Raises ``NotFound`` for who holds none."""
    held = Mandate.objects.in_force(at or now()).carrying(Feature.USE_SEGMENTS)
    rows = (
        held.filter(person_id=person_id, scope_id=None).exclude(territory_id=None)
        if person_id
        else held.none()
    )
    ids = sorted({row for row in rows.values_list("territory_id", flat=True) if row})
    if not ids:
        raise NotFound
    found = territory.territories(territory_ids=ids)
    return tuple(found[id_] for id_ in ids)


def may_read_cascades(*, person_id: UUID) -> bool:
    """Whether ``places_of_cascades`` answers; one query."""
    held = Mandate.objects.in_force(now()).carrying(Feature.USE_SEGMENTS)
    return held.filter(person_id=person_id, scope_id=None).exclude(territory_id=None).exists()


def access_place_of_cascades(*, person_id: UUID | None, territory_id: str) -> str:
    """One of ``places_of_cascades``."""
    if territory_id not in {place.id for place in places_of_cascades(person_id=person_id)}:
        raise NotFound
    return territory_id
