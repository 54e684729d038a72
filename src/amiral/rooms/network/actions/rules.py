"""Membership computed from a saved segment: set by who leads, recomputed by the worker, with its reason."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amiral.kit.audit import record
from amiral.kit.errors import Refused
from amiral.rooms.network.access import access_group_to_rule_by_id
from amiral.rooms.network.actions.joining import tell
from amiral.rooms.network.actions.texts import text_within
from amiral.rooms.network.contracts import SENTENCE_MAX_CHARACTERS, MemberRole, Source
from amiral.rooms.network.models import Exclusion, Group, GroupRule, Membership
from amiral.rooms.network.queries.members import leaders
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import IntendedUse
from amiral.rooms.people.contracts import Purpose

EVERY = timedelta(hours=24)
AT_MOST = timedelta(days=366)
AT_ONCE = 500
RULES_AT_ONCE = 5


class BadEnd(Refused):
    """A rule without an end, or with one in the past."""

    def __init__(self) -> None:
        super().__init__(_("Choose a last day after today and within one year."))


def set_rule(
    *, by_id: UUID, group_id: UUID, segment_id: UUID, because: str, ends_on: date, at: datetime
) -> None:
    """Members are from now on those of the segment who agree to be contacted by groups; replaces the rule.

    The use stands in the register of targeting. The worker computes the members within seconds. Raises
    ``NotFound`` for a segment out of reach, ``BadEnd``, and what ``outreach.use_segment`` refuses.
    """
    group = access_group_to_rule_by_id(person_id=by_id, group_id=group_id)
    said = text_within(because, limit=SENTENCE_MAX_CHARACTERS)
    today = localdate(at)
    if not today < ends_on <= today + AT_MOST:
        raise BadEnd
    intended = IntendedUse(why=said, purpose=Purpose.GROUP_CONTACT, starts_on=today, ends_on=ends_on)
    use_id = outreach.use_segment(by_id=by_id, segment_id=segment_id, intended=intended)
    _write_rule(by_id, group, use_id, said, ends_on, at)


@transaction.atomic
def _write_rule(by_id: UUID, group: Group, use_id: UUID, because: str, ends_on: date, at: datetime) -> None:
    values = {
        "use_id": use_id,
        "because": because,
        "ends_on": ends_on,
        "set_by_id": by_id,
        "set_at": at,
        "ran_at": None,
    }
    GroupRule.objects.update_or_create(group=group, defaults=values)
    record(actor_id=by_id, verb="set-rule", subject_kind="group", subject_id=group.pk, use=str(use_id))


@transaction.atomic
def lift_rule(*, by_id: UUID, group_id: UUID) -> None:
    """Ends the rule; who was a member by it alone is one no more."""
    group = access_group_to_rule_by_id(person_id=by_id, group_id=group_id)
    _lift(group, by_id=by_id)


def _lift(group: Group, *, by_id: UUID | None) -> None:
    if GroupRule.objects.filter(group=group).delete()[0]:
        _take_out(group, _by_rule(group))
        record(actor_id=by_id, verb="lift-rule", subject_kind="group", subject_id=group.pk)


def apply_rules(*, at: datetime) -> int:
    """Recomputes the rules that are new or a day old, some at a time; answers how many. One query when none.

    A rule whose segment cannot be counted now is tried again in the next round.
    """
    due = GroupRule.objects.filter(Q(ran_at=None) | Q(ran_at__lte=at - EVERY)).select_related("group")
    return sum(_apply(rule, at) for rule in due.order_by("ran_at", "pk")[:RULES_AT_ONCE])


def _apply(rule: GroupRule, at: datetime) -> int:
    if rule.ends_on < localdate(at):
        with transaction.atomic():
            _lift(rule.group, by_id=None)
        return 1
    try:
        wanted = set(outreach.recipients_of_use(use_id=rule.use_id))
    except Refused:
        return 0
    _recompute(rule, wanted, at)
    return 1


@transaction.atomic
def _recompute(rule: GroupRule, wanted: set[UUID], at: datetime) -> None:
    """Rows that exist stay, also of those who left: nobody is put back."""
    # The rule may have been lifted or replaced while the segment was counted.
    same = GroupRule.objects.select_for_update().filter(pk=rule.pk, use_id=rule.use_id)
    if same.first() is None:
        return
    known = set(Membership.objects.filter(group=rule.group).values_list("person_id", flat=True))
    out = Exclusion.objects.filter(group=rule.group, lifted_at=None).values_list("person_id", flat=True)
    new = sorted(wanted - known - set(out))
    for part in _parts(new):
        rows = [
            Membership(group=rule.group, person_id=person_id, source=Source.RULE, joined_at=at)
            for person_id in part
        ]
        Membership.objects.bulk_create(rows, ignore_conflicts=True)
        tell(
            person_ids=part,
            sentence=gettext_noop("You are now a member of %(group)s, because %(because)s"),
            words={"group": rule.group.name, "because": rule.because},
            url=reverse("network:group", args=[rule.group.slug]),
            at=at,
        )
    gone = _take_out(rule.group, _by_rule(rule.group) - wanted)
    same.update(ran_at=at)
    if new or gone:
        record(
            actor_id=None,
            verb="apply-rule",
            subject_kind="group",
            subject_id=rule.group.pk,
            new=len(new),
            gone=gone,
        )


def _by_rule(group: Group) -> set[UUID]:
    rows = Membership.objects.active().filter(group=group, source=Source.RULE)
    return set(rows.values_list("person_id", flat=True))


def _take_out(group: Group, person_ids: Iterable[UUID]) -> int:
    """The row goes, so that who answers the rule again comes back; only his own leaving keeps him out.

    Who was given a part or a mandate stays, as if he had joined.
    """
    leading = {leader.person_id for leader in leaders(group_id=group.pk)}
    rows = Membership.objects.active().filter(group=group, source=Source.RULE)
    gone = 0
    for part in _parts(sorted(person_ids)):
        here = rows.filter(person_id__in=part)
        stays = Q(role=MemberRole.MANAGER) | Q(person_id__in=leading)
        here.filter(stays).update(source=Source.CHOICE)
        gone += here.delete()[0]
    return gone


def _parts(person_ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(person_ids), AT_ONCE):
        yield person_ids[start : start + AT_ONCE]
