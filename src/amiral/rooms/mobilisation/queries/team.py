"""Who comes to an action, for who leads it; and when their numbers may be seen."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone, localtime

from amiral.rooms.mobilisation.access import Leading
from amiral.rooms.mobilisation.contracts import ActionCard, ShiftCard
from amiral.rooms.mobilisation.models import SignUp
from amiral.rooms.mobilisation.queries.cards import action_card
from amiral.rooms.people import api as people
from amiral.rooms.territory import api as territory

DAYS_BEFORE, DAYS_AFTER = 2, 1
OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
"""By the code of the département: the clocks of the rest are the campaign's own."""


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
    """One who comes. ``may_show``: let the leader see the number; ``phone`` is empty unless it is shown."""

    person_id: UUID
    name: str
    may_show: bool
    phone: str = ""
    readable: str = ""


@dataclass(frozen=True, kw_only=True)
class TeamPage:
    """The team by shift. ``shown``: the numbers are on the page. ``open``: it is the time to see them."""

    card: ActionCard
    shifts: tuple[tuple[ShiftCard, tuple[Member, ...]], ...]
    window: Window
    open: bool
    past: bool
    leads: bool
    shown: bool = False


def window_of(*, card: ActionCard) -> Window:
    """From 0:00 two days before the day of the first shift to 24:00 of the day after that of the last end.

    Days of the commune's own clocks. Shifts that are called off count only when all are.
    """
    zone = _zone(card.commune_id)
    held = [shift for shift in card.shifts if not shift.is_cancelled] or list(card.shifts)
    first = min(localtime(shift.starts_at, zone).date() for shift in held)
    last = max(localtime(shift.ends_at, zone).date() for shift in held)
    return Window(
        opens_at=_midnight(first - timedelta(days=DAYS_BEFORE), zone),
        closes_at=_midnight(last + timedelta(days=DAYS_AFTER + 1), zone),
    )


def _zone(commune_id: str) -> tzinfo:
    code = territory.territory(territory_id=commune_id).departement_code
    return ZoneInfo(OVERSEAS[code]) if code in OVERSEAS else get_default_timezone()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def team_page(*, action_id: UUID, leading: Leading, at: datetime) -> TeamPage:
    """The team with no number on it. A fixed number of queries."""
    card = action_card(action_id=action_id)
    window = window_of(card=card)
    rows = SignUp.objects.confirmed().filter(shift__action=action_id).order_by("changed_at", "pk")
    coming = list(rows.values_list("shift_id", "person_id", "shows_phone"))
    names = people.cards(person_ids={person_id for _shift, person_id, _shows in coming})
    return TeamPage(
        card=card,
        shifts=tuple(
            (
                shift,
                tuple(
                    Member(person_id=person_id, name=names[person_id].public_name, may_show=shows)
                    for shift_id, person_id, shows in coming
                    if shift_id == shift.id and person_id in names
                ),
            )
            for shift in card.shifts
        ),
        window=window,
        open=window.holds(at),
        past=at >= window.closes_at,
        leads=leading is Leading.LEADS,
    )
