"""Granting and ending rights: never more than one's own, never one's superior's."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.people import access, letters, queries
from amiral.rooms.people.contracts import COUNTRY, Role
from amiral.rooms.people.models import Mandate, Person
from amiral.rooms.territory import api as territory


class MandateRefused(Refused):
    """The granter's own mandate does not reach that far."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Your own mandate does not allow this. "
                "Ask a coordinator of this territory or an administrator."
            )
        )


class LastAdministrator(Refused):
    """Ending this mandate would lock everybody out."""

    def __init__(self) -> None:
        super().__init__(
            _("This is the last administrator. Give the mandate to somebody else before you end it.")
        )


class NobodyThere(Refused):
    """No account, or one out of the granter's territory: the two answer alike."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "There is no confirmed person with this address in your territory. "
                "Ask the person to join first, then try again."
            )
        )


class MandateWithoutPlace(ValueError):
    """A programming error: the role and its scope do not go together."""


@transaction.atomic
def grant(
    *,
    by_id: UUID | None,
    person_id: UUID,
    role: Role,
    at: datetime,
    territory_id: str | None = None,
    scope_id: UUID | None = None,
    scope_name: str = "",
    ends_at: datetime | None = None,
) -> UUID:
    """Grants a mandate, or returns the id of the same one when it is already in force.

    ``by_id`` ``None`` is the system itself. Otherwise the granter must hold the right to manage mandates over
    ``territory_id`` (for a scope: where it lies), with a role at least as high, for at least as long.
    Raises ``MandateRefused``, ``NotFound`` (no such person).
    """
    _check_shape(role=role, territory_id=territory_id, scope_id=scope_id)
    if by_id is not None:
        ends_at = _allowed_end(by_id=by_id, role=role, territory_id=territory_id, ends_at=ends_at, at=at)
    person = queries.person_by_id(person_id=person_id)
    asked = Mandate(
        person=person,
        role=role,
        territory_id=territory_id,
        scope_id=scope_id,
        scope_name=scope_name,
        starts_at=at,
        ends_at=ends_at,
        granted_by_id=by_id,
    )
    return _same_in_force(asked, at) or _begin(asked, person, by_id)


@transaction.atomic
def grant_by_address(
    *,
    by_id: UUID,
    email: str,
    role: Role,
    territory_id: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> UUID:
    """Grants to the person of an address, who must live where the granter manages mandates.

    Raises ``NobodyThere`` and ``MandateRefused``.
    """
    person_id = queries.manageable_person_id(by_id=by_id, email=email, at=at)
    if person_id is None:
        raise NobodyThere
    return grant(
        by_id=by_id, person_id=person_id, role=role, territory_id=territory_id, at=at, ends_at=ends_at
    )


@transaction.atomic
def end(*, by_id: UUID | None, mandate_id: UUID, at: datetime) -> None:
    """Ends a mandate now. One may end one's own; others' only from above, or when one granted it.

    Raises ``NotFound`` (missing, over, or out of the ender's reach) and ``LastAdministrator``.
    """
    mandate = access.access_mandate_by_id(person_id=by_id, mandate_id=mandate_id, at=at)
    if by_id is not None:
        check_not_last_administrator(mandate=mandate, at=at)
    Mandate.objects.filter(pk=mandate.pk).update(ends_at=at)
    _note("mandate.ended", mandate, by_id)
    letters.mandate_ended(mandate=mandate, person=mandate.person, place=_place(mandate))


def check_not_last_administrator(*, mandate: Mandate, at: datetime) -> None:
    """Raises ``LastAdministrator`` when nobody else would administer that territory."""
    if mandate.role != Role.ADMINISTRATOR:
        return
    # Locked rows: on PostgreSQL two administrators ending each other would both still see the other. And a
    # minute on: the one who waited for the lock may hold an older hour than the end that was just written.
    left = Mandate.objects.in_force(at + timedelta(minutes=1)).filter(role=Role.ADMINISTRATOR)
    left = left.filter(territory_id=mandate.territory_id).order_by("pk").select_for_update()
    if all(other.person_id == mandate.person_id for other in left):
        raise LastAdministrator


def _same_in_force(asked: Mandate, at: datetime) -> UUID | None:
    same = Mandate.objects.in_force(at).filter(
        person_id=asked.person_id,
        role=asked.role,
        territory_id=asked.territory_id,
        scope_id=asked.scope_id,
        ends_at=asked.ends_at,
    )
    return same.values_list("pk", flat=True).first()


def _begin(mandate: Mandate, person: Person, by_id: UUID | None) -> UUID:
    mandate.save(force_insert=True)
    _note("mandate.granted", mandate, by_id)
    letters.mandate_granted(mandate=mandate, person=person, place=_place(mandate))
    return mandate.pk


def _check_shape(*, role: Role, territory_id: str | None, scope_id: UUID | None) -> None:
    fits = {
        Role.GROUP_LEADER: scope_id is not None,
        Role.COORDINATOR: scope_id is None and territory_id is not None,
        Role.ADMINISTRATOR: scope_id is None and territory_id == COUNTRY,
    }
    if not fits[role]:
        raise MandateWithoutPlace(f"{role}: territory {territory_id}, scope {scope_id}")


def _allowed_end(
    *, by_id: UUID, role: Role, territory_id: str | None, ends_at: datetime | None, at: datetime
) -> datetime | None:
    """The end the granter may give: the asked one, or his own when none was asked and his own has one."""
    over = [
        held
        for held in access.managing(person_id=by_id, territory_id=territory_id, at=at)
        if access.RANK[Role(held.role)] >= access.RANK[role]
    ]
    if not over:
        raise MandateRefused
    longest = _latest(held.ends_at for held in over)
    if longest and ends_at and ends_at > longest:
        raise MandateRefused
    return ends_at or longest


def _latest(ends: Iterable[datetime | None]) -> datetime | None:
    """The latest end; ``None`` (never) is later than every other."""
    known: list[datetime] = []
    for end_at in ends:
        if end_at is None:
            return None
        known.append(end_at)
    return max(known)


def _place(mandate: Mandate) -> str:
    if mandate.scope_name or not mandate.territory_id:
        return mandate.scope_name
    return territory.territory(territory_id=mandate.territory_id).name


def _note(verb: str, mandate: Mandate, by_id: UUID | None) -> None:
    audit.record(
        actor_id=by_id,
        verb=verb,
        subject_kind="mandate",
        subject_id=mandate.pk,
        person_id=str(mandate.person_id),
        role=mandate.role,
        territory_id=mandate.territory_id,
        scope_id=str(mandate.scope_id or ""),
    )
    person_id = mandate.person_id
    transaction.on_commit(lambda: forget(person_id=person_id))


def forget(*, person_id: UUID) -> None:
    """Drops what was remembered of the person's mandates; see ``queries.needs_second_factor``."""
    cache.delete(queries.mandated_key(person_id))
