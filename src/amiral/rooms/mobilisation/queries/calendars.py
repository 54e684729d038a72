"""iCalendar files (RFC 5545): one per action, one per sign-up, one secret feed per person.

Nobody else's name stands in any of them. A shift and a person's sign-up to it are two events with two UIDs:
cancelling one's own place must not strike the action out of the calendar of somebody who follows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from amiral.rooms.mobilisation.contracts import COMING, LIVE, Kind, SignUpState, State
from amiral.rooms.mobilisation.models import Action, Shift, SignUp
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS
from amiral.rooms.network import api as network
from amiral.rooms.territory import api as territory

CONTENT_TYPE = "text/calendar; charset=utf-8"
FEED_PAST = timedelta(days=365)
"""How far back a personal feed goes: as long as sign-ups are kept."""


@dataclass(frozen=True, kw_only=True)
class _Names:
    """Words that events need from other rooms, read once for all of them."""

    groups: dict[UUID, str]
    communes: dict[str, str]


def action_calendar(*, action_id: UUID) -> bytes:
    """Every shift of the action. The caller has fetched the action by ``access``."""
    shifts = list(Shift.objects.filter(action=action_id).select_related("action"))
    names = _names([shift.action for shift in shifts])
    return _calendar((_shift_event(shift, names) for shift in shifts), name="")


def shifts_calendar(*, shifts: list[Shift], name: str) -> bytes:
    """These shifts, read with their actions, under a name: what somebody subscribes to."""
    names = _names([shift.action for shift in shifts])
    return _calendar((_shift_event(shift, names) for shift in shifts), name=name)


def sign_up_calendar(*, sign_up_id: UUID) -> str:
    """One person's place, to attach to a message."""
    sign_up = SignUp.objects.select_related("shift__action").get(pk=sign_up_id)
    names = _names([sign_up.shift.action])
    return _calendar([_sign_up_event(sign_up, names)], name="").decode()


def person_calendar(*, person_id: UUID, at: datetime) -> bytes:
    """The person's sign-ups of the last twelve months and to come; cancelled ones say so. Three queries."""
    rows = SignUp.objects.filter(person=person_id, shift__ends_at__gt=at - FEED_PAST)
    sign_ups = list(rows.select_related("shift__action").order_by("shift__starts_at", "id"))
    names = _names([sign_up.shift.action for sign_up in sign_ups])
    title = _("My actions — %(campaign)s") % {"campaign": settings.CAMPAIGN_NAME}
    return _calendar((_sign_up_event(sign_up, names) for sign_up in sign_ups), name=title)


def _names(actions: list[Action]) -> _Names:
    groups = network.groups(group_ids={action.group_id for action in actions})
    communes = territory.territories(territory_ids={action.commune_id for action in actions})
    return _Names(
        groups={id_: card.public_name for id_, card in groups.items()},
        communes={id_: card.name for id_, card in communes.items()},
    )


def _calendar(events: Iterable[Event], *, name: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Amiral//Actions//FR")
    calendar.add("version", "2.0")
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _shift_event(shift: Shift, names: _Names) -> Event:
    event = _event(shift, names)
    event.add("uid", str(shift.pk))
    event.add("sequence", shift.action.sequence)
    _stamp(event, shift.action.changed_at)
    event.add("status", "CANCELLED" if _is_off(shift) else "CONFIRMED")
    return event


def _sign_up_event(sign_up: SignUp, names: _Names) -> Event:
    event = _event(sign_up.shift, names)
    gone = sign_up.state not in LIVE or sign_up.state == SignUpState.NO_SHOW or _is_off(sign_up.shift)
    sure = sign_up.state in COMING
    event.add("uid", str(sign_up.pk))
    event.add("sequence", sign_up.shift.action.sequence + sign_up.sequence)
    _stamp(event, max(sign_up.changed_at, sign_up.shift.action.changed_at))
    event.add("status", "CANCELLED" if gone else "CONFIRMED" if sure else "TENTATIVE")
    event.add("transp", "OPAQUE" if sure and not gone else "TRANSPARENT")
    return event


def _event(shift: Shift, names: _Names) -> Event:
    """What both kinds of event say; times in UTC, so that no reader needs our time zone's rules."""
    action = shift.action
    event = Event()
    event.add("summary", action.title)
    event.add("dtstart", shift.starts_at)
    event.add("dtend", shift.ends_at)
    event.add("location", ", ".join(filter(None, [action.place, names.communes.get(action.commune_id, "")])))
    event.add("url", settings.PUBLIC_URL + action_url(action.pk))
    event.add("description", _description(action, names))
    if action.latitude is not None and action.longitude is not None:
        event.add("geo", (action.latitude, action.longitude))
    return event


def _description(action: Action, names: _Names) -> str:
    line = " — ".join(filter(None, [str(KIND_LABELS[Kind(action.kind)]), names.groups[action.group_id]]))
    return f"{line}\n\n{action.description}".strip()


def _stamp(event: Event, changed_at: datetime) -> None:
    """Without a METHOD, DTSTAMP tells the last change (RFC 5545, 3.8.7.2): an unchanged file stays so."""
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)


def _is_off(shift: Shift) -> bool:
    return State.CANCELLED in {shift.state, shift.action.state}
