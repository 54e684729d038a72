"""The only ways to fetch a row of this room for a user; missing and forbidden answer alike."""

from datetime import datetime
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.people.contracts import COUNTRY, Feature, Role
from amiral.rooms.people.models import Mandate, Person, RollDeclaration, SupporterImport

RANK = {Role.GROUP_LEADER: 1, Role.COORDINATOR: 2, Role.ADMINISTRATOR: 3}


def access_self(*, person_id: UUID | None) -> Person:
    """One's own row."""
    person = Person.objects.filter(pk=person_id, is_active=True).first() if person_id else None
    if person is None:
        raise NotFound
    return person


def access_mandate_by_id(*, person_id: UUID | None, mandate_id: UUID, at: datetime) -> Mandate:
    """A mandate in force that the person may end: his own, one below his, one he granted.

    ``person_id`` ``None`` is the system itself.
    """
    mandate = Mandate.objects.in_force(at).select_related("person").filter(pk=mandate_id).first()
    if mandate is None:
        raise NotFound
    if person_id is None or mandate.person_id == person_id:
        return mandate
    above = managing(person_id=person_id, territory_id=mandate.territory_id, at=at)
    if not any(is_below(mandate, over) for over in above):
        raise NotFound
    return mandate


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
