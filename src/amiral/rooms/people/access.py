"""The only ways to fetch a row of this room for a user; missing and forbidden answer alike."""

from datetime import datetime
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.people.contracts import Feature, Role
from amiral.rooms.people.models import Mandate, Person

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
