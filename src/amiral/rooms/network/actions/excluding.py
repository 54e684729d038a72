"""Keeping somebody out of a group: a reason that he reads, an appeal to who holds the territory, a trace."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.access import (
    access_exclusion_to_answer_by_id,
    access_exclusion_to_lift_by_id,
    access_group_for_act_by_id,
    access_own_exclusion_by_id,
    may_manage,
)
from amiral.rooms.network.actions.joining import LeadsByMandate, tell, withdraw
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import REASONS_MAX_CHARACTERS, AnswerState, AppealState, GroupAct
from amiral.rooms.network.models import Exclusion, Group, Invitation, Membership
from amiral.rooms.network.queries.certification import deciders
from amiral.rooms.network.queries.members import leaders

KEPT = timedelta(days=365)


class HoldsHere(Refused):
    """Somebody whose mandate covers the group cannot be kept out of it."""

    def __init__(self) -> None:
        super().__init__(_("This person holds the group’s territory by mandate: speak to who granted it."))


class ExcludedAlready(Refused):
    """The second click."""

    def __init__(self) -> None:
        super().__init__(_("This person is excluded already."))


class AppealedAlready(Refused):
    """One appeal for an exclusion; none once it is lifted."""

    def __init__(self) -> None:
        super().__init__(_("You have appealed already, or the exclusion is lifted."))


@transaction.atomic
def exclude(*, by_id: UUID, group_id: UUID, person_id: UUID, reason: str, at: datetime) -> UUID:
    """Takes a member or follower out and keeps him out; he reads the reason and may appeal.

    Raises ``NotFound`` for who is not in the group, ``LeadsByMandate``, ``HoldsHere``, ``ExcludedAlready``.
    """
    group = access_group_for_act_by_id(person_id=by_id, group_id=group_id, act=GroupAct.EXCLUDE)
    why = text_within(reason, limit=REASONS_MAX_CHARACTERS)
    if person_id == by_id or not Membership.objects.active().of(person_id).filter(group=group).exists():
        raise NotFound
    if any(leader.person_id == person_id for leader in leaders(group_id=group.pk)):
        raise LeadsByMandate
    if may_manage(person_id=person_id, group=group):
        raise HoldsHere
    row = _write(by_id, group, person_id, why, at)
    Membership.objects.active().of(person_id).filter(group=group).update(left_at=at)
    withdraw(person_id=person_id, group_id=group.pk, at=at)
    open_ones = Invitation.objects.filter(person_id=person_id, group=group, state=AnswerState.OPEN)
    open_ones.update(state=AnswerState.WITHDRAWN, answered_at=at)
    record(actor_id=by_id, verb="exclude-member", subject_kind="exclusion", subject_id=row.pk)
    _tell_person(row, gettext_noop("You are excluded from the group %(group)s: %(words)s"), why, at)
    return row.pk


def _write(by_id: UUID, group: Group, person_id: UUID, why: str, at: datetime) -> Exclusion:
    values = {
        "reason": why,
        "excluded_by_id": by_id,
        "excluded_at": at,
        "lifted_at": None,
        "appeal": AppealState.NONE,
        "appeal_words": "",
        "answer": "",
        "answered_by_id": None,
    }
    row, created = Exclusion.objects.get_or_create(group=group, person_id=person_id, defaults=values)
    anew = Exclusion.objects.filter(pk=row.pk, lifted_at__isnull=False)
    if not created and not anew.update(**values):
        raise ExcludedAlready
    return row if created else Exclusion.objects.get(pk=row.pk)


@transaction.atomic
def lift_exclusion(*, by_id: UUID, exclusion_id: UUID, at: datetime) -> None:
    """By who leads the group: the person may come back by himself, and is told."""
    row = access_exclusion_to_lift_by_id(person_id=by_id, exclusion_id=exclusion_id)
    Exclusion.objects.filter(pk=row.pk, lifted_at=None).update(lifted_at=at)
    record(actor_id=by_id, verb="lift-exclusion", subject_kind="exclusion", subject_id=row.pk)
    _tell_person(row, gettext_noop("You may come back into the group %(group)s"), "", at)


@transaction.atomic
def appeal_exclusion(*, person_id: UUID, exclusion_id: UUID, words: str, at: datetime) -> None:
    """The person's own words, once, to who holds the territory. Raises ``AppealedAlready``."""
    row = access_own_exclusion_by_id(person_id=person_id, exclusion_id=exclusion_id)
    said = text_within(words, limit=REASONS_MAX_CHARACTERS)
    fresh = Exclusion.objects.filter(pk=row.pk, lifted_at=None, appeal=AppealState.NONE)
    if not fresh.update(appeal=AppealState.OPEN, appeal_words=said):
        raise AppealedAlready
    record(actor_id=person_id, verb="appeal-exclusion", subject_kind="exclusion", subject_id=row.pk)
    tell(
        person_ids={id_ for id_ in deciders(group=row.group) if id_ not in (row.excluded_by_id, person_id)},
        sentence=gettext_noop("An exclusion from the group %(group)s is appealed"),
        words={"group": row.group.name},
        url=reverse("network:exclusions", args=[row.group.slug]),
        at=at,
    )


@transaction.atomic
def answer_appeal(*, by_id: UUID, exclusion_id: UUID, lifted: bool, sentence: str, at: datetime) -> None:
    """By who holds the territory and did not exclude: lifts it or lets it stand, with a sentence he reads."""
    row = access_exclusion_to_answer_by_id(person_id=by_id, exclusion_id=exclusion_id)
    said = text_within(sentence, limit=REASONS_MAX_CHARACTERS)
    state = AppealState.LIFTED if lifted else AppealState.UPHELD
    waiting = Exclusion.objects.filter(pk=row.pk, lifted_at=None, appeal=AppealState.OPEN)
    if not waiting.update(appeal=state, answer=said, answered_by_id=by_id, lifted_at=at if lifted else None):
        raise NotFound
    record(actor_id=by_id, verb=f"appeal-{state}", subject_kind="exclusion", subject_id=row.pk)
    yes, no = (
        gettext_noop("Your exclusion from the group %(group)s is lifted: %(words)s"),
        gettext_noop("Your exclusion from the group %(group)s stands: %(words)s"),
    )
    _tell_person(row, yes if lifted else no, said, at)


def _tell_person(row: Exclusion, sentence: str, words: str, at: datetime) -> None:
    tell(
        person_ids=[row.person_id],
        sentence=sentence,
        words={"group": row.group.name, "words": words},
        url=reverse("network:own_exclusion", args=[row.pk]),
        at=at,
    )


@transaction.atomic
def purge_exclusions(*, at: datetime) -> int:
    """Deletes those lifted twelve months ago."""
    return Exclusion.objects.filter(lifted_at__lt=at - KEPT).delete()[0]
