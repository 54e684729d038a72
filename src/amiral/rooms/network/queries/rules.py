"""The rule of a group, as its leaders and its members read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from amiral.rooms.network.contracts import Source
from amiral.rooms.network.models import GroupRule, Membership


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """``ran_at`` is ``None`` until the worker has computed the members for the first time."""

    because: str
    ends_on: date
    ran_at: datetime | None
    members: int


def rule_of(*, group_id: UUID) -> RuleView | None:
    """The rule of one group; two queries."""
    row = GroupRule.objects.filter(group_id=group_id).first()
    if row is None:
        return None
    members = Membership.objects.active().filter(group_id=group_id, source=Source.RULE).count()
    return RuleView(because=row.because, ends_on=row.ends_on, ran_at=row.ran_at, members=members)


def because_of(*, group_ids: Collection[UUID]) -> dict[UUID, str]:
    """The reasons of several groups; one query, none without groups."""
    if not group_ids:
        return {}
    return dict(GroupRule.objects.filter(group_id__in=group_ids).values_list("group_id", "because"))
