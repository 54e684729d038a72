"""Forgetting in time who was out with whom, who called, and what is no longer to be minded."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from amiral.rooms.field.contracts import NAME_KEPT
from amiral.rooms.field.models import Caution, HelpCall, LeaderPhone, Pair, PairMember, Presence
from amiral.rooms.mobilisation import api as mobilisation


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time; table name to number of rows."""
    over = _over(Pair.objects.values_list("shift_id", flat=True).distinct(), at)
    members = PairMember.objects.filter(shift__in=over).delete()[0]
    out = _over(Presence.objects.order_by().values_list("shift_id", flat=True).distinct(), at)
    return {
        "field.PairMember": members,
        "field.Pair": Pair.objects.filter(shift__in=over).delete()[0],
        "field.Presence": Presence.objects.filter(shift__in=out).delete()[0],
        "field.HelpCall": HelpCall.objects.filter(called_at__lt=at - NAME_KEPT).delete()[0],
        "field.LeaderPhone": _phones(at),
        "field.Caution": _cautions(at),
    }


def _over(shift_ids: Iterable[UUID], at: datetime) -> list[UUID]:
    """Those of the shifts that ended so long ago that nothing of their teams is kept."""
    cards = mobilisation.shifts(shift_ids=shift_ids).values()
    return [card.id for card in cards if card.ends_at <= at - NAME_KEPT]


def _phones(at: datetime) -> int:
    actions = set(LeaderPhone.objects.values_list("action_id", flat=True))
    over = [id_ for id_ in actions if not _is_recent(id_, at)]
    return LeaderPhone.objects.filter(action__in=over).delete()[0]


def _is_recent(action_id: UUID, at: datetime) -> bool:
    shifts = mobilisation.action(action_id=action_id).shifts
    return any(shift.ends_at > at - NAME_KEPT for shift in shifts)


def _cautions(at: datetime) -> int:
    old = at - NAME_KEPT
    gone = Caution.objects.filter(Q(until__lte=at) | Q(confirmed_at__isnull=True, since__lte=old)).delete()[0]
    named = Caution.objects.filter(since__lte=old, reported_by__isnull=False).update(reported_by=None)
    confirmed = Caution.objects.filter(confirmed_at__lte=old, confirmed_by__isnull=False)
    return gone + named + confirmed.update(confirmed_by=None)
