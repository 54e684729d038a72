"""Moving members between groups: with a trace, told to everybody concerned, and taken back by the person."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import (
    access_group_by_id,
    access_group_for_act_by_id,
    access_own_transfer_by_id,
    may_manage,
)
from amiral.rooms.network.actions.joining import refuse_excluded, tell
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import (
    SENTENCE_MAX_CHARACTERS,
    GroupAct,
    MemberRole,
    Openness,
    Source,
)
from amiral.rooms.network.models import Group, Membership, Transfer
from amiral.rooms.network.queries.members import leaders
from amiral.rooms.people import api as people

UNDO_WITHIN = timedelta(days=30)
KEPT = timedelta(days=365)


class LeadsHere(Refused):
    """Somebody who leads a group is not moved out of it."""

    def __init__(self) -> None:
        super().__init__(_("This person leads the group. End the mandate before you move him or her."))


class WasThere(Refused):
    """He is in the other group, or he left it: nobody is put back."""

    def __init__(self) -> None:
        super().__init__(_("This person is in the other group already, or has left it. Nobody is put back."))


class TooLate(Refused):
    """The move is taken back already, or a month old."""

    def __init__(self) -> None:
        super().__init__(_("This move can no longer be taken back here. You may leave or join any group."))


@transaction.atomic
def move_member(
    *, by_id: UUID, group_id: UUID, person_id: UUID, target_id: UUID, reason: str, at: datetime
) -> UUID:
    """Moves a member out of a group that ``by_id`` leads, into an open one or into one he leads too.

    The person is told, with the reason, and takes it back in one tap. Raises ``NotFound``, ``LeadsHere``,
    ``WasThere``, and ``NothingSaid`` without a reason.
    """
    origin = access_group_for_act_by_id(person_id=by_id, group_id=group_id, act=GroupAct.MOVE_MEMBERS)
    target = _target(by_id, target_id)
    if origin.pk == target.pk:
        raise NotFound
    why = text_within(reason, limit=SENTENCE_MAX_CHARACTERS)
    if any(leader.person_id == person_id for leader in leaders(group_id=origin.pk)):
        raise LeadsHere
    row = Membership.objects.active().of(person_id).filter(group=origin).first()
    if row is None:
        raise NotFound
    _move(row, target, at)
    transfer = Transfer.objects.create(
        person_id=person_id,
        origin=origin,
        target=target,
        moved_by_id=by_id,
        reason=why,
        source=row.source,
        moved_at=at,
    )
    record(actor_id=by_id, verb="move-member", subject_kind="transfer", subject_id=transfer.pk)
    _tell_person(transfer, at)
    _tell_leaders(
        transfer,
        at,
        gettext_noop("%(name)s has been moved from %(origin)s to %(target)s: %(reason)s"),
        but=by_id,
    )
    return transfer.pk


def _target(by_id: UUID, target_id: UUID) -> Group:
    target = access_group_by_id(group_id=target_id)
    if target.openness != Openness.OPEN and not may_manage(person_id=by_id, group=target):
        raise NotFound
    return target


def _move(row: Membership, target: Group, at: datetime) -> None:
    follower = row.role == MemberRole.FOLLOWER
    role = MemberRole.FOLLOWER if follower else MemberRole.MEMBER
    values = {"source": Source.TRANSFER, "joined_at": at, "role": role}
    _row, created = Membership.objects.get_or_create(group=target, person_id=row.person_id, defaults=values)
    if not created:
        raise WasThere
    refuse_excluded(person_id=row.person_id, group_id=target.pk)
    Membership.objects.filter(pk=row.pk).update(left_at=at)


def _words(transfer: Transfer) -> dict[str, str]:
    return {
        "name": people.card(person_id=transfer.person_id).public_name,
        "origin": transfer.origin.name,
        "target": transfer.target.name,
        "reason": transfer.reason,
    }


def _tell_person(transfer: Transfer, at: datetime) -> None:
    tell(
        person_ids=[transfer.person_id],
        sentence=gettext_noop(
            "You have been moved from %(origin)s to %(target)s. You may take it back: %(reason)s"
        ),
        words=_words(transfer),
        url=reverse("network:transfer", args=[transfer.pk]),
        at=at,
    )


def _tell_leaders(transfer: Transfer, at: datetime, sentence: str, *, but: UUID) -> None:
    for group in (transfer.origin, transfer.target):
        told = {leader.person_id for leader in leaders(group_id=group.pk)}
        tell(
            person_ids=told - {but},
            sentence=sentence,
            words=_words(transfer),
            url=reverse("network:transfers", args=[group.slug]),
            at=at,
        )


@transaction.atomic
def undo_transfer(*, person_id: UUID, transfer_id: UUID, at: datetime) -> None:
    """The person goes back where he was, within thirty days. Raises ``TooLate``."""
    transfer = access_own_transfer_by_id(person_id=person_id, transfer_id=transfer_id)
    fresh = Transfer.objects.filter(pk=transfer.pk, undone_at=None, moved_at__gt=at - UNDO_WITHIN)
    if not fresh.update(undone_at=at):
        raise TooLate
    rows = Membership.objects.of(person_id)
    rows.filter(group=transfer.target, source=Source.TRANSFER).update(left_at=at)
    back = rows.filter(group=transfer.origin).update(left_at=None, source=transfer.source)
    if not back:
        Membership.objects.create(
            group=transfer.origin, person_id=person_id, source=transfer.source, joined_at=at
        )
    refuse_excluded(person_id=person_id, group_id=transfer.origin_id)
    record(actor_id=person_id, verb="undo-transfer", subject_kind="transfer", subject_id=transfer.pk)
    _tell_leaders(
        transfer, at, gettext_noop("%(name)s has gone back from %(target)s to %(origin)s"), but=person_id
    )


@transaction.atomic
def purge_transfers(*, at: datetime) -> int:
    """Deletes those of more than twelve months."""
    return Transfer.objects.filter(moved_at__lt=at - KEPT).delete()[0]
