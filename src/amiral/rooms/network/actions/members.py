"""Placing newcomers, joining, leaving, forgetting who left."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import access_group_by_id, is_excluded, may_manage, role_of
from amiral.rooms.network.actions.joining import ask, refuse_excluded, withdraw
from amiral.rooms.network.contracts import GroupCard, GroupKind, MemberRole, Openness, Source
from amiral.rooms.network.models import Exclusion, Group, Membership
from amiral.rooms.network.queries.groups import groups_for_communes
from amiral.rooms.network.queries.members import leaders
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard
from amiral.rooms.territory import api as territory

LEFT_MEMBERSHIP_KEPT = timedelta(days=365)
PLACED = (Source.COMMUNE, Source.DEPARTEMENT)
PLACED_AT_ONCE = 5_000
"""Persons in one query: SQLite and PostgreSQL both limit the parameters of a statement."""


class LeadersStay(Refused):
    """A leader who wants to leave the group he leads."""

    def __init__(self) -> None:
        super().__init__(
            _("You lead this group. Name another leader and remove your own mandate before you leave.")
        )


@transaction.atomic
def place_newcomer(*, person_id: UUID, at: datetime) -> None:
    """Puts a new member in the nearest group: of the commune, else of the département, else none.

    Harmless a second time; somebody who left that group is not put back. Somebody who moved is placed
    anew and keeps the group of before, with another reason, until he leaves it.
    """
    group = _nearest_groups([people.card(person_id=person_id)]).get(person_id)
    placed = Membership.objects.active().of(person_id).filter(source__in=PLACED)
    if group is None:
        placed.update(source=Source.EARLIER)
        return
    placed.exclude(group_id=group.id).update(source=Source.EARLIER)
    _place(person_id, group, at)


def _place(person_id: UUID, group: GroupCard, at: datetime) -> None:
    if is_excluded(person_id=person_id, group_id=group.id):
        return
    source = _source_of_placement(group)
    row, created = Membership.objects.get_or_create(
        group_id=group.id, person_id=person_id, defaults={"source": source, "joined_at": at}
    )
    if created:
        record(actor_id=None, verb="place-newcomer", subject_kind="group", subject_id=group.id)
    elif row.source == Source.EARLIER:  # moved back
        Membership.objects.filter(pk=row.pk).update(source=source)


@transaction.atomic
def place_many(*, person_ids: Sequence[UUID], at: datetime) -> None:
    """``place_newcomer`` for many at once: six queries per ``PLACED_AT_ONCE`` persons, one audit line."""
    for start in range(0, len(person_ids), PLACED_AT_ONCE):
        some = person_ids[start : start + PLACED_AT_ONCE]
        cards = people.cards(person_ids=some)
        out = Exclusion.objects.filter(person_id__in=some, lifted_at=None)
        kept_out = set(out.values_list("person_id", "group_id"))
        rows = [
            Membership(
                group_id=group.id, person_id=person_id, source=_source_of_placement(group), joined_at=at
            )
            for person_id, group in _nearest_groups(cards.values()).items()
            if (person_id, group.id) not in kept_out
        ]
        # A row that exists already stays as it is, also that of somebody who left.
        Membership.objects.bulk_create(rows, ignore_conflicts=True)
    record(actor_id=None, verb="place-newcomers", subject_kind="group", subject_id="", number=len(person_ids))


def _nearest_groups(persons: Iterable[PersonCard]) -> dict[UUID, GroupCard]:
    communes = {person.id: person.commune_id for person in persons if person.commune_id}
    places = territory.territories(territory_ids=set(communes.values()))
    groups = groups_for_communes(communes=tuple(places.values()))
    return {person_id: groups[commune] for person_id, commune in communes.items() if commune in groups}


def _source_of_placement(group: GroupCard) -> Source:
    return Source.COMMUNE if group.kind == GroupKind.LOCAL else Source.DEPARTEMENT


@transaction.atomic
def join(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Enters an open group, or asks a moderated one; doing it twice is harmless. Raises ``Excluded``.

    A group by invitation is entered by its invitation only: ``NotFound`` for who has none.
    """
    group = access_group_by_id(group_id=group_id)
    if _is_asked_first(group, person_id):
        ask(person_id=person_id, group=group, at=at)
        return
    values = {"source": Source.CHOICE, "joined_at": at, "left_at": None}
    membership, created = Membership.objects.get_or_create(group=group, person_id=person_id, defaults=values)
    if not created and membership.left_at is None and membership.role != MemberRole.FOLLOWER:
        return
    Membership.objects.filter(pk=membership.pk).update(role=MemberRole.MEMBER, **values)
    refuse_excluded(person_id=person_id, group_id=group.pk)
    record(actor_id=person_id, verb="join-group", subject_kind="group", subject_id=group.pk)


def _is_asked_first(group: Group, person_id: UUID) -> bool:
    """Who holds the group's territory enters it as he likes; members stay what they are."""
    if group.openness == Openness.OPEN or may_manage(person_id=person_id, group=group):
        return False
    if group.openness == Openness.INVITATION and role_of(person_id=person_id, group=group) is None:
        raise NotFound
    return group.openness == Openness.MODERATED and role_of(person_id=person_id, group=group) is None


@transaction.atomic
def leave(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Leaves at once; harmless for somebody who is not a member. A leader hands over first."""
    group = access_group_by_id(group_id=group_id)
    if any(leader.person_id == person_id for leader in leaders(group_id=group.pk)):
        raise LeadersStay
    withdraw(person_id=person_id, group_id=group_id, at=at)
    if Membership.objects.active().of(person_id).filter(group=group).update(left_at=at):
        record(actor_id=person_id, verb="leave-group", subject_kind="group", subject_id=group.pk)


@transaction.atomic
def purge(*, at: datetime) -> int:
    """Erases the memberships left twelve months ago; answers how many."""
    erased, _per_table = Membership.objects.left_before(at - LEFT_MEMBERSHIP_KEPT).delete()
    if erased:
        record(actor_id=None, verb="purge", subject_kind="membership", subject_id="", number=erased)
    return erased
