"""Entering a group that asks first: requests and their answers, invitations and theirs, parts in a group."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from amiral.kit.audit import record
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import (
    access_group_by_id,
    access_group_for_act_by_id,
    access_group_to_manage_by_id,
    access_own_invitation_by_id,
    access_request_to_answer_by_id,
    is_excluded,
    rights_in_group,
)
from amiral.rooms.network.actions.notifying import notify
from amiral.rooms.network.actions.spreading import close_group_actor
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import (
    SENTENCE_MAX_CHARACTERS,
    AnswerState,
    GroupAct,
    GroupKind,
    MemberRole,
    NotificationKind,
    Openness,
    Source,
)
from amiral.rooms.network.models import Group, Invitation, JoinRequest, Membership
from amiral.rooms.network.queries.joining import managers, may_meet
from amiral.rooms.network.queries.members import is_member, leaders
from amiral.rooms.people import api as people

ASK_AGAIN_AFTER = timedelta(days=30)
KEPT = timedelta(days=365)


class AskedLately(Refused):
    """A request that was refused some days ago."""

    def __init__(self) -> None:
        super().__init__(_("Your request was refused. You may ask again thirty days after it."))


class StaysOpen(Refused):
    """The group of a département receives newcomers."""

    def __init__(self) -> None:
        super().__init__(_("The group of a département stays open: newcomers are placed in it."))


class MemberAlready(Refused):
    """Invited although he is in."""

    def __init__(self) -> None:
        super().__init__(_("This person is a member of the group already."))


class InvitedAlready(Refused):
    """One invitation per person and group."""

    def __init__(self) -> None:
        super().__init__(_("This person has been invited to this group already, and is not asked twice."))


class Answered(Refused):
    """Somebody else was quicker, or it is the second click."""

    def __init__(self) -> None:
        super().__init__(_("This has been answered already."))


class Excluded(Refused):
    """Kept out until the exclusion is lifted."""

    def __init__(self) -> None:
        super().__init__(_("Whoever is excluded from this group cannot come back before it is lifted."))


class LeadsByMandate(Refused):
    """A part below the mandate would say less than what the person holds."""

    def __init__(self) -> None:
        super().__init__(_("This person leads the group by mandate. End the mandate first."))


def tell(*, person_ids: Iterable[UUID], sentence: str, words: dict[str, str], url: str, at: datetime) -> None:
    """Tells each in his own language; ``sentence`` is a msgid of this room."""
    for card in people.cards(person_ids=set(person_ids)).values():
        with override(card.language):
            notify(
                person_id=card.id,
                kind=NotificationKind.GROUP,
                subject=_(sentence) % words,
                url=url,
                at=at,
            )


def enter(*, group_id: UUID, person_id: UUID, source: Source, at: datetime) -> None:
    """Makes an active member of somebody who wants it, also of one who had left. Raises ``Excluded``."""
    values = {"source": source, "joined_at": at, "left_at": None, "role": MemberRole.MEMBER}
    row, created = Membership.objects.get_or_create(group_id=group_id, person_id=person_id, defaults=values)
    if not created and (row.left_at or row.role == MemberRole.FOLLOWER):
        Membership.objects.filter(pk=row.pk).update(**values)
    refuse_excluded(person_id=person_id, group_id=group_id)


def refuse_excluded(*, person_id: UUID, group_id: UUID) -> None:
    """Raises ``Excluded``. Asked after the membership is written: who excludes at the same moment either
    sees that row or is seen here, and the transaction takes it back."""
    if is_excluded(person_id=person_id, group_id=group_id):
        raise Excluded


@transaction.atomic
def set_openness(*, by_id: UUID, group_id: UUID, openness: Openness) -> None:
    """By those who lead the group. Requests that wait keep waiting. Raises ``StaysOpen``."""
    group = access_group_to_manage_by_id(person_id=by_id, group_id=group_id)
    if group.kind == GroupKind.DEPARTEMENT:
        raise StaysOpen
    group.openness = Openness(openness)
    group.save(update_fields=["openness"])
    if openness == Openness.INVITATION:
        close_group_actor(group_id=group.pk, at=now())
    record(actor_id=by_id, verb="open-group", subject_kind="group", subject_id=group.pk, openness=openness)


def ask(*, person_id: UUID, group: Group, at: datetime) -> None:
    """Asks to enter a moderated group; asking twice is harmless. Raises ``AskedLately``, ``Excluded``."""
    refuse_excluded(person_id=person_id, group_id=group.pk)
    row, created = JoinRequest.objects.get_or_create(
        group=group, person_id=person_id, defaults={"asked_at": at}
    )
    if not created and not _asks_again(row, at):
        return
    record(actor_id=person_id, verb="ask-to-join", subject_kind="group", subject_id=group.pk)
    tell(
        person_ids=_who_answers(group),
        sentence=gettext_noop("%(name)s asks to join %(group)s"),
        words={"name": people.card(person_id=person_id).public_name, "group": group.name},
        url=reverse("network:requests", args=[group.slug]),
        at=at,
    )


def _asks_again(row: JoinRequest, at: datetime) -> bool:
    if row.state == AnswerState.OPEN:
        return False
    if row.state == AnswerState.REFUSED and row.answered_at and at < row.answered_at + ASK_AGAIN_AFTER:
        raise AskedLately
    again = JoinRequest.objects.filter(pk=row.pk).exclude(state=AnswerState.OPEN)
    anew = again.update(state=AnswerState.OPEN, asked_at=at, answer="", answered_at=None, answered_by_id=None)
    return bool(anew)


def _who_answers(group: Group) -> set[UUID]:
    return {leader.person_id for leader in leaders(group_id=group.pk)} | managers(group_id=group.pk)


def withdraw(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Takes an open request back."""
    rows = JoinRequest.objects.filter(person_id=person_id, group_id=group_id, state=AnswerState.OPEN)
    rows.update(state=AnswerState.WITHDRAWN, answered_at=at)


@transaction.atomic
def answer_request(*, by_id: UUID, request_id: UUID, accepted: bool, sentence: str, at: datetime) -> None:
    """Lets somebody in, or says why not: a refusal needs a sentence. Raises ``Answered`` when too late."""
    request = access_request_to_answer_by_id(person_id=by_id, request_id=request_id)
    said = text_within(sentence, limit=SENTENCE_MAX_CHARACTERS, may_be_empty=accepted)
    state = AnswerState.ACCEPTED if accepted else AnswerState.REFUSED
    waiting = JoinRequest.objects.filter(pk=request.pk, state=AnswerState.OPEN)
    if not waiting.update(state=state, answer=said, answered_by_id=by_id, answered_at=at):
        raise Answered
    if accepted:
        enter(group_id=request.group_id, person_id=request.person_id, source=Source.REQUEST, at=at)
    record(actor_id=by_id, verb=f"{state.value}-request", subject_kind="join-request", subject_id=request.pk)
    yes, no = (
        gettext_noop("%(group)s has accepted your request. %(said)s"),
        gettext_noop("%(group)s has refused your request: %(said)s"),
    )
    tell(
        person_ids=[request.person_id],
        sentence=yes if accepted else no,
        words={"group": request.group.name, "said": said},
        url=reverse("network:group", args=[request.group.slug]),
        at=at,
    )


@transaction.atomic
def invite(*, by_id: UUID, group_id: UUID, person_id: UUID, at: datetime) -> None:
    """Asks a member whom ``by_id`` can meet into the group: one message, never a second one.

    Raises ``NotFound`` for strangers and across a block, ``MemberAlready``, ``InvitedAlready``.
    """
    group = access_group_for_act_by_id(person_id=by_id, group_id=group_id, act=GroupAct.INVITE)
    if not may_meet(person_id=by_id, other_id=person_id):
        raise NotFound
    if is_member(person_id=person_id, group_id=group.pk):
        raise MemberAlready
    refuse_excluded(person_id=person_id, group_id=group.pk)
    if not _invite(by_id, group, person_id, at, by_address=False):
        raise InvitedAlready


def invite_address(*, by_id: UUID, group_id: UUID, address: str, at: datetime) -> None:
    """Has somebody written to whose address one knows; the inviter is told the same in every case.

    A member gets the invitation into the group. Anybody else gets the one message of a member's invitation,
    under its rules: never again, the address forgotten without an answer; who joins by it is placed in the
    group (``place_invited``).
    """
    group = access_group_for_act_by_id(person_id=by_id, group_id=group_id, act=GroupAct.INVITE)
    people.invite(person_id=by_id, address=address, at=at, scope_id=group.pk, scope_name=group.name)
    known = people.person_id_of(email=address)
    if known and known != by_id and _may_come(group, known):
        with transaction.atomic():
            _invite(by_id, group, known, at, by_address=True)


def _may_come(group: Group, person_id: UUID) -> bool:
    """Neither in the group nor kept out of it; the inviter learns neither."""
    inside = is_member(person_id=person_id, group_id=group.pk)
    return not inside and not is_excluded(person_id=person_id, group_id=group.pk)


@transaction.atomic
def place_invited(*, person_id: UUID, by_id: UUID, group_id: UUID, at: datetime) -> None:
    """Places somebody who joined by the letter that invited him into a group, beside his local group.

    The group's openness counts as it is now: an open one takes him; another takes him if the inviter may
    still invite, else a moderated one is asked and one by invitation stays closed. Harmless a second time.
    """
    group = Group.objects.filter(pk=group_id).first()
    if group is None or not _may_come(group, person_id):
        return
    still = GroupAct.INVITE in rights_in_group(person_id=by_id, group=group).acts
    if still or group.openness == Openness.OPEN:
        values = {"invited_by_id": by_id, "invited_at": at, "by_address": True}
        answered = {"state": AnswerState.ACCEPTED, "answered_at": at}
        Invitation.objects.get_or_create(group=group, person_id=person_id, defaults=values | answered)
        enter(group_id=group.pk, person_id=person_id, source=Source.INVITED, at=at)
        record(actor_id=by_id, verb="place-invited", subject_kind="group", subject_id=group.pk)
    elif group.openness == Openness.MODERATED:
        ask(person_id=person_id, group=group, at=at)


def _invite(by_id: UUID, group: Group, person_id: UUID, at: datetime, *, by_address: bool) -> bool:
    row, created = Invitation.objects.get_or_create(
        group=group,
        person_id=person_id,
        defaults={"invited_by_id": by_id, "invited_at": at, "by_address": by_address},
    )
    if not created:
        return False
    record(actor_id=by_id, verb="invite", subject_kind="invitation", subject_id=row.pk)
    tell(
        person_ids=[person_id],
        sentence=gettext_noop("%(name)s invites you into the group %(group)s"),
        words={"name": people.card(person_id=by_id).public_name, "group": group.name},
        url=reverse("network:invitation", args=[row.pk]),
        at=at,
    )
    return True


@transaction.atomic
def answer_invitation(*, person_id: UUID, invitation_id: UUID, accepted: bool, at: datetime) -> None:
    """One's own answer, given once. Raises ``Answered``."""
    row = access_own_invitation_by_id(person_id=person_id, invitation_id=invitation_id)
    state = AnswerState.ACCEPTED if accepted else AnswerState.REFUSED
    waiting = Invitation.objects.filter(pk=row.pk, state=AnswerState.OPEN)
    if not waiting.update(state=state, answered_at=at):
        raise Answered
    if accepted:
        enter(group_id=row.group_id, person_id=person_id, source=Source.INVITATION, at=at)
    record(actor_id=person_id, verb=f"{state.value}-invitation", subject_kind="invitation", subject_id=row.pk)


@transaction.atomic
def set_role(*, by_id: UUID, group_id: UUID, person_id: UUID, role: MemberRole) -> None:
    """Gives a member another part; leading is a mandate. Raises ``NotFound``, ``LeadsByMandate``."""
    group = access_group_for_act_by_id(person_id=by_id, group_id=group_id, act=GroupAct.SET_ROLES)
    if role == MemberRole.LEADER:
        raise NotFound
    if any(leader.person_id == person_id for leader in leaders(group_id=group.pk)):
        raise LeadsByMandate
    if not Membership.objects.active().of(person_id).filter(group=group).update(role=MemberRole(role)):
        raise NotFound
    record(
        actor_id=by_id,
        verb="set-role",
        subject_kind="group",
        subject_id=group.pk,
        person=str(person_id),
        role=role,
    )


@transaction.atomic
def follow(*, person_id: UUID, group_id: UUID, at: datetime) -> None:
    """Reads an open group without being counted in its conversations. A member stays a member."""
    group = access_group_by_id(group_id=group_id)
    if group.openness != Openness.OPEN:
        raise NotFound
    values = {"source": Source.CHOICE, "joined_at": at, "left_at": None, "role": MemberRole.FOLLOWER}
    row, created = Membership.objects.get_or_create(group=group, person_id=person_id, defaults=values)
    if not created and row.left_at:
        Membership.objects.filter(pk=row.pk).update(**values)
    refuse_excluded(person_id=person_id, group_id=group.pk)
    record(actor_id=person_id, verb="follow-group", subject_kind="group", subject_id=group.pk)


@transaction.atomic
def purge_asked(*, at: datetime) -> dict[str, int]:
    """Deletes requests and invitations of more than twelve months."""
    old = at - KEPT
    return {
        "network.JoinRequest": JoinRequest.objects.filter(asked_at__lt=old).delete()[0],
        "network.Invitation": Invitation.objects.filter(invited_at__lt=old).delete()[0],
    }
