"""The public agenda of a group, a commune, a département or everywhere: for calendars, feed readers, and as a
text to paste into a message.

Only what stands on the public pages of actions; no person's name, no figure of who comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.formats import date_format
from django.utils.html import escape, linebreaks
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.contracts import Kind, State
from amiral.rooms.mobilisation.models import Action, Shift
from amiral.rooms.mobilisation.queries.calendars import shifts_calendar
from amiral.rooms.mobilisation.queries.cards import action_url, held_by
from amiral.rooms.mobilisation.queries.clocks import at_place
from amiral.rooms.mobilisation.queries.labels import KIND_LABELS
from amiral.rooms.network import api as network
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

KINDS = ("tout", "departement", "commune", "groupe")
"""Of agendas, as they stand in addresses."""
DAYS = (7, 14, 31)
CALENDAR_PAST = timedelta(days=31)
"""How far back a calendar goes: who looks at last week sees it still, called-off shifts included."""
AT_MOST = 500
"""Shifts in one calendar, actions in one feed."""


@dataclass(frozen=True, kw_only=True)
class Agenda:
    """Whose actions: ``kind`` of ``KINDS``, ``key`` a code or a slug, ``name`` for people."""

    kind: str
    key: str
    name: str
    territory_id: str = ""
    group_id: Any = None

    @property
    def path(self) -> str:
        """The part of the address that names the agenda."""
        return f"{self.kind}/{self.key}" if self.key else self.kind


@dataclass(frozen=True, kw_only=True)
class AgendaPage:
    """The page of an agenda: its text, how many shifts it tells of, and the days to choose from."""

    agenda: Agenda
    text: str
    shifts: int
    days: int


def everywhere() -> Agenda:
    """The agenda of the whole campaign."""
    return Agenda(kind="tout", key="", name=settings.CAMPAIGN_NAME)


def agenda_of(*, kind: str, key: str = "") -> Agenda:
    """The agenda that an address names. Raises ``NotFound``."""
    if kind == "groupe":
        group = network.group_by_slug(slug=key)
        if not group.public_name:
            raise NotFound
        return Agenda(kind=kind, key=key, name=group.name, group_id=group.id)
    if kind in ("departement", "commune"):
        return of_territory(territory.territory(territory_id=f"{kind}:{key}"))
    if kind == "tout" and not key:
        return everywhere()
    raise NotFound


def of_territory(card: TerritoryCard) -> Agenda:
    """The agenda of a commune or a département."""
    kind, _colon, code = card.id.partition(":")
    return Agenda(kind=kind, key=code, name=card.name, territory_id=card.id)


def page(*, agenda: Agenda, days: int, at: datetime) -> AgendaPage:
    """What the page of an agenda shows; the number of queries does not depend on the number of actions."""
    shifts = _ahead(agenda, at=at, until=at + timedelta(days=days))
    return AgendaPage(agenda=agenda, text=_text(agenda, shifts), shifts=len(shifts), days=days)


def text(*, agenda: Agenda, days: int, at: datetime) -> str:
    """The agenda as plain text, a line for a shift, in the language of the reader."""
    return page(agenda=agenda, days=days, at=at).text


def calendar(*, agenda: Agenda, at: datetime) -> bytes:
    """The agenda as an iCalendar file: a month back, all that is ahead, and what was called off."""
    rows = _of(agenda, Shift.objects.filter(ends_at__gt=at - CALENDAR_PAST))
    shifts = list(rows.select_related("action").order_by("starts_at", "id")[:AT_MOST])
    title = _("Actions — %(place)s") % {"place": agenda.name}
    return shifts_calendar(shifts=shifts, name=title)


def feed(*, agenda: Agenda, at: datetime) -> str:
    """The agenda as an Atom feed (RFC 4287): an entry for an action, the last changed first."""
    open_ones = _of(agenda, Shift.objects.filter(ends_at__gt=at, state=State.PUBLISHED))
    actions = Action.objects.filter(state=State.PUBLISHED, pk__in=open_ones.values("action"))
    rows = list(actions.order_by("-changed_at", "-id")[:AT_MOST])
    mine = Shift.objects.filter(action__in=[row.pk for row in rows], ends_at__gt=at, state=State.PUBLISHED)
    shifts = {
        key: list(them)
        for key, them in groupby(mine.select_related("action").order_by("action", "starts_at"), _action_id)
    }
    communes = territory.territories(territory_ids={row.commune_id for row in rows})
    groups = network.groups(group_ids={row.group_id for row in rows})
    address = f"{settings.PUBLIC_URL}/agenda/{agenda.path}"
    atom = Atom1Feed(
        title=_("Actions — %(place)s") % {"place": agenda.name},
        link=f"{settings.PUBLIC_URL}/agenda/?{agenda.kind}={agenda.key}",
        description="",
        language=get_language(),
        feed_url=f"{address}.atom",
        feed_guid=f"{address}.atom",
        author_name=settings.CAMPAIGN_NAME,
    )
    for row in rows:
        atom.add_item(
            title=f"{KIND_LABELS[Kind(row.kind)]} : {row.title}",
            link=settings.PUBLIC_URL + action_url(row.pk),
            description=_entry_html(row, communes[row.commune_id].name, shifts.get(row.pk, [])),
            unique_id=f"urn:uuid:{row.pk}",
            pubdate=row.created_at,
            updateddate=row.changed_at,
            author_name=groups[row.group_id].public_name or settings.CAMPAIGN_NAME,
            categories=(str(KIND_LABELS[Kind(row.kind)]),),
        )
    return atom.writeString("utf-8")


def structured(*, action: Action, at: datetime) -> list[dict[str, Any]]:
    """The action's shifts as schema.org ``Event`` data, those to come and those called off."""
    commune = territory.territory(territory_id=action.commune_id).name
    organiser = network.group(group_id=action.group_id).public_name or settings.CAMPAIGN_NAME
    shifts = Shift.objects.filter(action=action, ends_at__gt=at).order_by("starts_at")
    return [_event(shift, action, commune, organiser) for shift in shifts[:AT_MOST]]


def _event(shift: Shift, action: Action, commune: str, organiser: str) -> dict[str, Any]:
    off = State.CANCELLED in {shift.state, action.state}
    place: dict[str, Any] = {
        "@type": "Place",
        "name": action.place or commune,
        "address": {"@type": "PostalAddress", "addressLocality": commune, "addressCountry": "FR"},
    }
    if action.longitude is not None and action.latitude is not None:
        position = {"latitude": action.latitude, "longitude": action.longitude}
        place["geo"] = {"@type": "GeoCoordinates", **position}
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": action.title,
        "description": action.description,
        "startDate": shift.starts_at.isoformat(),
        "endDate": shift.ends_at.isoformat(),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if off else 'Scheduled'}",
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": shift.capacity,
        "location": place,
        "organizer": {"@type": "Organization", "name": organiser},
        "url": settings.PUBLIC_URL + action_url(action.pk),
    }


def _of(agenda: Agenda, shifts: Any) -> Any:
    """The shifts of the agenda's actions among ``shifts``."""
    if agenda.group_id is not None:
        return shifts.filter(action__in=Action.objects.filter(held_by([agenda.group_id])))
    if agenda.territory_id:
        within = territory.descendant_filter(ancestor_ids=[agenda.territory_id])
        return shifts.filter(action__commune__in=within)
    return shifts


def _ahead(agenda: Agenda, *, at: datetime, until: datetime) -> list[Shift]:
    open_ones = Shift.objects.filter(
        ends_at__gt=at, starts_at__lt=until, state=State.PUBLISHED, action__state=State.PUBLISHED
    )
    return list(_of(agenda, open_ones).select_related("action").order_by("starts_at", "id")[:AT_MOST])


def _text(agenda: Agenda, shifts: list[Shift]) -> str:
    head = _("Actions — %(place)s") % {"place": agenda.name}
    if not shifts:
        return f"{head}\n\n{_('No action is planned here in these days.')}\n"
    communes = territory.territories(territory_ids={shift.action.commune_id for shift in shifts})
    names = {id_: card.name for id_, card in communes.items()}
    return "\n".join([head, *_days(shifts, names)]) + "\n"


def _days(shifts: Iterable[Shift], communes: dict[str, str]) -> Iterator[str]:
    for day, of_day in groupby(shifts, lambda shift: _local(shift).date()):
        yield ""
        yield capfirst(date_format(day, "l j F"))
        for shift in of_day:
            yield from _line(shift, communes)


def _line(shift: Shift, communes: dict[str, str]) -> Iterator[str]:
    action = shift.action
    commune = communes.get(action.commune_id, "")
    where = ", ".join(part for part in (action.place, commune) if part)
    yield f"• {_hours(shift)} · {KIND_LABELS[Kind(action.kind)]} · {action.title}"
    yield f"  {where} ({_places(shift)})"
    yield f"  {settings.PUBLIC_URL}{action_url(action.pk)}"


def _local(shift: Shift) -> datetime:
    """When it begins, by the clocks of its place."""
    return at_place(shift.starts_at, commune_id=shift.action.commune_id)


def _hours(shift: Shift) -> str:
    start, end = (
        date_format(at_place(at, commune_id=shift.action.commune_id), "TIME_FORMAT")
        for at in (shift.starts_at, shift.ends_at)
    )
    return f"{start}–{end}"


def _places(shift: Shift) -> str:
    left = max(0, shift.capacity - shift.taken)
    if not left:
        return _("full")
    return ngettext("%(left)s place left", "%(left)s places left", left) % {"left": left}


def _entry_html(action: Action, commune: str, shifts: list[Shift]) -> str:
    where = ", ".join(part for part in (action.place, commune) if part)
    lines = "".join(
        f"<li>{escape(date_format(_local(shift), 'l j F Y'))}, {escape(_hours(shift))}</li>"
        for shift in shifts
    )
    return f"<p>{escape(where)}</p><ul>{lines}</ul>{linebreaks(action.description, autoescape=True)}"


def _action_id(shift: Shift) -> Any:
    return shift.action_id
