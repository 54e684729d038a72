"""Who comes to an action, for who leads it; and when their numbers may be seen."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID

from django.utils.timezone import localtime

from amiral.rooms.mobilisation.access import Leading
from amiral.rooms.mobilisation.contracts import ActionCard, ShiftCard
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.mobilisation.queries.cards import action_card
from amiral.rooms.mobilisation.queries.clocks import zone_of
from amiral.rooms.people import api as people

DAYS_BEFORE, DAYS_AFTER = 2, 1


@dataclass(frozen=True, kw_only=True)
class Window:
    """From the first moment to the one after the last, in the action's own time."""

    opens_at: datetime
    closes_at: datetime

    def holds(self, at: datetime) -> bool:
        """Whether numbers may be seen at that moment."""
        return self.opens_at <= at < self.closes_at

    @property
    def last_day(self) -> date:
        """The last day on which numbers are seen."""
        return (self.closes_at - timedelta(hours=12)).date()


@dataclass(frozen=True, kw_only=True)
class Member:
    """One who comes. ``may_show``: let the leader see the number; ``in_time``: it is the time of his shift.

    ``phone`` is empty unless it is shown.
    """

    person_id: UUID
    name: str
    may_show: bool
    in_time: bool
    phone: str = ""
    readable: str = ""


@dataclass(frozen=True, kw_only=True)
class TeamPage:
    """The team by shift. ``shown``: the numbers are on the page. ``open``: it is the time to see some.

    ``opens_on``: the next day on which it will be, if any.
    """

    card: ActionCard
    shifts: tuple[tuple[ShiftCard, tuple[Member, ...]], ...]
    window: Window
    open: bool
    past: bool
    opens_on: date | None
    leads: bool
    shown: bool = False


def window_of(*, card: ActionCard) -> Window:
    """From the first window of its shifts to the last; shifts that are called off count only when all are."""
    windows = windows_of(card=card).values()
    return Window(
        opens_at=min(window.opens_at for window in windows),
        closes_at=max(window.closes_at for window in windows),
    )


def windows_of(*, card: ActionCard) -> dict[UUID, Window]:
    """When the numbers of each shift's team are seen: a shift in June opens nothing of one in March.

    From 0:00 two days before the day it begins to 24:00 of the day after that on which it ends, by the
    commune's own clocks; shifts whose days touch have theirs together. Without those that are called off,
    unless all are.
    """
    zone = zone_of(commune_id=card.commune_id)
    held = [shift for shift in card.shifts if not shift.is_cancelled] or list(card.shifts)
    own = {shift.id: _window(shift, zone) for shift in held}
    joined = _joined(list(own.values()))
    return {id_: next(one for one in joined if one.holds(window.opens_at)) for id_, window in own.items()}


def _joined(windows: list[Window]) -> list[Window]:
    joined: list[Window] = []
    for window in sorted(windows, key=lambda one: one.opens_at):
        if joined and window.opens_at <= joined[-1].closes_at:
            last = joined.pop()
            window = replace(last, closes_at=max(last.closes_at, window.closes_at))
        joined.append(window)
    return joined


def _window(shift: ShiftCard, zone: tzinfo) -> Window:
    first, last = localtime(shift.starts_at, zone).date(), localtime(shift.ends_at, zone).date()
    return Window(
        opens_at=_midnight(first - timedelta(days=DAYS_BEFORE), zone),
        closes_at=_midnight(last + timedelta(days=DAYS_AFTER + 1), zone),
    )


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def team_page(*, action_id: UUID, leading: Leading, at: datetime) -> TeamPage:
    """The team with no number on it. A fixed number of queries."""
    card = action_card(action_id=action_id)
    window, windows = window_of(card=card), windows_of(card=card)
    in_time = {shift_id for shift_id, one in windows.items() if one.holds(at)}
    to_come = [one.opens_at for one in windows.values() if one.opens_at > at]
    rows = SignUp.objects.confirmed().filter(shift__action=action_id).order_by("changed_at", "pk")
    coming = list(rows.values_list("shift_id", "person_id", "shows_phone"))
    names = people.cards(person_ids={person_id for _shift, person_id, _shows in coming})
    return TeamPage(
        card=card,
        shifts=tuple(
            (
                shift,
                tuple(
                    Member(
                        person_id=person_id,
                        name=names[person_id].public_name,
                        may_show=shows,
                        in_time=shift_id in in_time,
                    )
                    for shift_id, person_id, shows in coming
                    if shift_id == shift.id and person_id in names
                ),
            )
            for shift in card.shifts
        ),
        window=window,
        open=bool(in_time),
        past=at >= window.closes_at,
        opens_on=min(to_come).date() if to_come else None,
        leads=leading is Leading.LEADS,
    )
