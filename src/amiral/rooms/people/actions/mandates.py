"""Granting, delegating and ending rights: never more than one's own, never one's superior's.

Whatever a person gives hangs on the mandate by which he gives it (``Mandate.delegated_from``), and never
reaches further than it: not in what it opens, not in place, not in time, not in what it may give on. When a
mandate ends or is shortened, all that hangs on it follows in the same transaction. An administrator's
mandate hangs on no other: administrators are equals, and what the system grants has no source either.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.rooms.people import access, letters, queries
from amiral.rooms.people.contracts import COUNTRY, ROLE_DELEGABLE, ROLE_FEATURES, Feature, Role
from amiral.rooms.people.models import Mandate, Person, written
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


class NothingGiven(Refused):
    """A delegation of nothing."""

    def __init__(self) -> None:
        super().__init__(_("Tick at least one thing that the person may do."))


class ToOneself(Refused):
    """A delegation to the one who delegates."""

    def __init__(self) -> None:
        super().__init__(_("You hold this yourself already. Choose another person."))


class NotEarlier(Refused):
    """Shortening to a time that is past, or no earlier than the end it has."""

    def __init__(self) -> None:
        super().__init__(_("Choose a last day from today on, and earlier than the one the mandate has."))


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
    if by_id is not None:
        _hang(asked, _source_for(asked, by_id=by_id, at=at))
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
def end(*, by_id: UUID | None, mandate_id: UUID, at: datetime, keep: bool = False) -> None:
    """Ends a mandate now, with all that hangs on it. One may end one's own; others' only from above.

    With ``keep``, what hangs on it hangs from now on on the ender's own mandate, as far as that one reaches.
    Raises ``NotFound`` (missing, over, or out of the ender's reach) and ``LastAdministrator``.
    """
    mandate = access.access_mandate_by_id(person_id=by_id, mandate_id=mandate_id, at=at)
    if by_id is not None:
        check_not_last_administrator(mandate=mandate, at=at)
    above = _keepers(mandate, by_id=by_id, at=at) if keep and by_id else []
    _lock(mandate)
    _take_over(mandate, above, by_id=by_id, at=at)
    _cut(mandate, ends_at=at, by_id=by_id, at=at)


@transaction.atomic
def shorten(*, by_id: UUID | None, mandate_id: UUID, ends_at: datetime, at: datetime) -> None:
    """Lets a mandate end earlier, by whoever may end it. Raises as ``end`` does, and ``NotEarlier``."""
    mandate = access.access_mandate_by_id(person_id=by_id, mandate_id=mandate_id, at=at)
    if ends_at <= at or (mandate.ends_at and ends_at >= mandate.ends_at):
        raise NotEarlier
    if by_id is not None:
        check_not_last_administrator(mandate=mandate, at=ends_at)
    _lock(mandate)
    _cut(mandate, ends_at=ends_at, by_id=by_id, at=at)


@transaction.atomic
def delegate(
    *,
    by_id: UUID,
    source_id: UUID,
    person_id: UUID,
    features: Iterable[Feature],
    at: datetime,
    delegable: Iterable[Feature] = (),
    territory_id: str | None = None,
    ends_at: datetime | None = None,
) -> UUID:
    """Gives a part of one's own mandate on: some features, in its place or one inside, for a time.

    ``territory_id`` ``None`` is the source's own place. Raises ``NotFound`` when the source is not one's own
    or nothing of it may be given on, ``NothingGiven``, ``ToOneself``, and ``MandateRefused`` beyond it.
    """
    source = access.access_own_mandate_by_id(person_id=by_id, mandate_id=source_id, at=at, lock=True)
    opened, given_on = frozenset(features), frozenset(delegable)
    person = queries.person_by_id(person_id=person_id)
    if not opened:
        raise NothingGiven
    if person_id == by_id:
        raise ToOneself
    asked = Mandate(
        person=person,
        role=Role.DELEGATE,
        territory_id=territory_id or source.territory_id,
        scope_id=source.scope_id,
        scope_name=source.scope_name,
        starts_at=at,
        ends_at=ends_at or source.ends_at,
        granted_by_id=by_id,
        features=written(opened),
        delegable=written(given_on),
        delegated_from=source,
    )
    if not opened <= source.gives_on or not given_on <= opened or not carries(source, asked):
        raise MandateRefused
    return _same_in_force(asked, at) or _begin(asked, person, by_id)


@transaction.atomic
def delegate_by_address(
    *,
    by_id: UUID,
    source_id: UUID,
    email: str,
    features: Iterable[Feature],
    at: datetime,
    delegable: Iterable[Feature] = (),
    territory_id: str | None = None,
    ends_at: datetime | None = None,
) -> UUID:
    """``delegate`` to the person of an address: a member of the group, or who lives in the mandate's place.

    Raises as ``delegate`` does, and ``NobodyThere``.
    """
    source = access.access_own_mandate_by_id(person_id=by_id, mandate_id=source_id, at=at)
    person_id = queries.reachable_person_id(source=source, email=email)
    if person_id is None:
        raise NobodyThere
    return delegate(
        by_id=by_id,
        source_id=source_id,
        person_id=person_id,
        features=features,
        delegable=delegable,
        territory_id=territory_id,
        ends_at=ends_at,
        at=at,
    )


def end_all_of(*, person_id: UUID, at: datetime) -> None:
    """Ends what hangs on the mandates of a person who is being erased; his own go with his row."""
    for mandate in Mandate.objects.filter(person_id=person_id):
        _cut_below([mandate], ends_at=at, by_id=None, at=at)
    Mandate.objects.filter(delegated_from__person_id=person_id).update(delegated_from=None)


def carries(source: Mandate, asked: Mandate) -> bool:
    """Whether ``asked`` stays within ``source`` in place and in time; what it opens is judged apart."""
    in_time = source.ends_at is None or (asked.ends_at is not None and asked.ends_at <= source.ends_at)
    return in_time and access.covers(source, territory_id=asked.territory_id, scope_id=asked.scope_id)


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
        features=asked.features,
        delegable=asked.delegable,
    )
    # The same right from elsewhere would end with that other source.
    same = same.filter(Q(delegated_from=None) | Q(delegated_from=asked.delegated_from))
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
    if not fits.get(role, False):  # a part is given by ``delegate``, which names what it opens
        raise MandateWithoutPlace(f"{role}: territory {territory_id}, scope {scope_id}")


def _source_for(asked: Mandate, *, by_id: UUID, at: datetime) -> Mandate:
    """The granter's mandate by which he gives a role: high enough, wide enough, the one that lasts longest.

    Locked: whoever ends it meanwhile waits, and then finds what hangs on it.
    """
    role = Role(asked.role)
    held = access.managing(person_id=by_id, territory_id=asked.territory_id, at=at)
    above = [one for one in held if access.RANK[Role(one.role)] >= access.RANK[role] > 0]
    wide = [one for one in above if ROLE_FEATURES[role] <= one.gives_on]
    if not wide:
        raise MandateRefused
    # Never (no end) lasts longer than any day.
    longest = max(wide, key=lambda one: (one.ends_at is None, one.ends_at, one.pk))
    _lock(longest)
    if asked.ends_at and longest.ends_at and asked.ends_at > longest.ends_at:
        raise MandateRefused
    return longest


def _hang(asked: Mandate, source: Mandate) -> None:
    """Writes the source, its end where none was asked, and what it opens where the source is a part."""
    role = Role(asked.role)
    asked.ends_at = asked.ends_at or source.ends_at
    # Whoever holds all that his role opens gives all that another role opens, later additions included.
    asked.features = written(ROLE_FEATURES[role]) if source.features else ""
    asked.delegable = written(ROLE_DELEGABLE[role] & source.gives_on) if source.delegable else ""
    asked.delegated_from = None if role is Role.ADMINISTRATOR else source


def _lock(mandate: Mandate) -> None:
    """Holds the row to the end of the transaction; who came second finds it over."""
    locked = Mandate.objects.select_for_update().get(pk=mandate.pk)
    if locked.ends_at != mandate.ends_at:
        raise MandateRefused


def _cut(mandate: Mandate, *, ends_at: datetime, by_id: UUID | None, at: datetime) -> None:
    """Writes the new end of a mandate and of all that would outlive it below."""
    _write_end(mandate, ends_at=ends_at, by_id=by_id, at=at)
    _cut_below([mandate], ends_at=ends_at, by_id=by_id, at=at)


def _cut_below(sources: list[Mandate], *, ends_at: datetime, by_id: UUID | None, at: datetime) -> None:
    """One level at a time; what ends earlier by itself is left, and so is all below it."""
    while sources:
        below = Mandate.objects.filter(delegated_from__in=[one.pk for one in sources])
        later = below.exclude(ends_at__lte=ends_at).order_by("pk").select_for_update(of=("self",))
        sources = list(later.select_related("person"))
        for mandate in sources:
            _write_end(mandate, ends_at=ends_at, by_id=by_id, at=at)


def _write_end(mandate: Mandate, *, ends_at: datetime, by_id: UUID | None, at: datetime) -> None:
    Mandate.objects.filter(pk=mandate.pk).update(ends_at=ends_at)
    mandate.ends_at = ends_at
    if ends_at <= at:
        _note("mandate.ended", mandate, by_id)
        letters.mandate_ended(mandate=mandate, person=mandate.person, place=_place(mandate))
    else:
        _note("mandate.shortened", mandate, by_id, ends_at=ends_at.isoformat())
        letters.mandate_shortened(mandate=mandate, person=mandate.person, place=_place(mandate))


def _keepers(mandate: Mandate, *, by_id: UUID, at: datetime) -> list[Mandate]:
    """The ender's own mandates above this one, locked; none when he ends his own."""
    if mandate.person_id == by_id:
        return []
    own = access.managing(person_id=by_id, territory_id=mandate.territory_id, at=at)
    above = [one for one in own if access.is_below(mandate, one) and not access.stands_under(one, mandate)]
    for one in sorted(above, key=lambda one: one.pk):
        _lock(one)
    return above


def _take_over(mandate: Mandate, above: list[Mandate], *, by_id: UUID | None, at: datetime) -> None:
    """Hangs what hung on ``mandate`` on the first of ``above`` that is wide and lasting enough."""
    below = Mandate.objects.in_force(at).filter(delegated_from=mandate).order_by("pk")
    for child in below.select_for_update(of=("self",)) if above else ():
        given = child.opens | child.gives_on
        wide = next((one for one in above if given <= one.gives_on and carries(one, child)), None)
        if wide:
            Mandate.objects.filter(pk=child.pk).update(delegated_from=wide)
            child.delegated_from = wide
            _note("mandate.rehung", child, by_id)


def _place(mandate: Mandate) -> str:
    if mandate.scope_name or not mandate.territory_id:
        return mandate.scope_name
    return territory.territory(territory_id=mandate.territory_id).name


def _note(verb: str, mandate: Mandate, by_id: UUID | None, **detail: str) -> None:
    audit.record(
        actor_id=by_id,
        verb=verb,
        subject_kind="mandate",
        subject_id=mandate.pk,
        person_id=str(mandate.person_id),
        role=mandate.role,
        territory_id=mandate.territory_id,
        scope_id=str(mandate.scope_id or ""),
        source_id=str(mandate.delegated_from_id or ""),
        features=mandate.features,
        **detail,
    )
    person_id = mandate.person_id
    transaction.on_commit(lambda: forget(person_id=person_id))


def forget(*, person_id: UUID) -> None:
    """Drops what was remembered of the person's mandates; see ``queries.needs_second_factor``."""
    cache.delete(queries.mandated_key(person_id))
