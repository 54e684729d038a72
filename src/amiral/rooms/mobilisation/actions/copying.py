"""Making one action out of another: the same words, other days. Nobody comes along."""

from datetime import datetime, timedelta, tzinfo
from uuid import UUID

from amiral.cores.recurrence import shifted
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft, State
from amiral.rooms.mobilisation.models import Action, ActionTalkingPoint, Shift
from amiral.rooms.mobilisation.queries.cards import shift_rules
from amiral.rooms.mobilisation.queries.choices import approved_cards


def copied(
    *, original: Action, by_id: UUID, group_id: UUID, by: timedelta, zone: tzinfo, at: datetime
) -> UUID:
    """A new published action with the words, cards and open shifts of ``original``, whole days later."""
    open_ones = Shift.objects.filter(action=original.pk, state=State.PUBLISHED)
    shifts = [shift_draft_of(shift, by=by, zone=zone) for shift in open_ones]
    return lead.create_action(by_id=by_id, group_id=group_id, draft=draft_of(original), shifts=shifts, at=at)


def draft_of(action: Action) -> ActionDraft:
    """What the action says, with those of its cards that are still approved."""
    links = ActionTalkingPoint.objects.filter(action=action.pk).values_list("point_id", flat=True)
    approved = {card.point_id for card in approved_cards()}
    return ActionDraft(
        kind=Kind(action.kind),
        title=action.title,
        description=action.description,
        place=action.place,
        commune_id=action.commune_id,
        longitude=action.longitude,
        latitude=action.latitude,
        link=action.link,
        talking_point_ids=tuple(point_id for point_id in links if point_id in approved),
    )


def shift_draft_of(shift: Shift, *, by: timedelta, zone: tzinfo) -> ShiftDraft:
    """The shift whole days later at the same local hours; rules that end before it keep their distance."""
    starts_at, ends_at = shifted(starts_at=shift.starts_at, ends_at=shift.ends_at, zone=zone, by=by)
    return ShiftDraft(
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=shift.capacity,
        needed=shift.needed,
        rules=shift_rules(shift).moved(starts_at - shift.starts_at),
    )
