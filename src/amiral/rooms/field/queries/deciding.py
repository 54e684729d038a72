"""What waits for a person: events in quarantine and other contents under known ids, in plain words.

No volunteer is named: a phone has a number in its team, and that is all that is needed to ask.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from amiral.cores.sync import Event, FromTheFuture, Malformed, Objection, Void, Why, outcome_of, parse
from amiral.rooms.field.contracts import CanvassCard
from amiral.rooms.field.models import (
    OUTCOME_LABELS,
    SIDE_LABELS,
    Assignment,
    Canvass,
    Device,
    DeviceKind,
    Door,
    LogConflict,
    LogEntry,
    LogStatus,
)
from amiral.rooms.field.queries import log, phones
from amiral.rooms.field.queries.cards import canvass_cards
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard

PER_PAGE = 30

WHY_WORDS: Mapping[str, Promise] = {
    Why.REVOKED: gettext_lazy(
        "The phone was revoked (lost, stolen or given away) before this arrived. If it was in good hands when"
        " this was recorded, count it."
    ),
    Why.SEQUENCE: gettext_lazy(
        "The phone had used this number for something else: its memory was probably put back to an earlier"
        " state. Both may be true."
    ),
    Why.COUNTER: gettext_lazy(
        "The phone’s counter is far ahead of all others: it is out of order, or somebody tampered with it."
    ),
    Why.DOOR: gettext_lazy(
        "The door was never in a turf of this phone’s team, or what was recorded cannot be said of it."
    ),
    Why.POINT: gettext_lazy(
        "No talking point has this id: it cannot be counted. Set it aside, and look at the phone that sent"
        " it."
    ),
    Why.FUTURE: gettext_lazy(
        "The phone runs a later version of the app than this site understands: update the site, then look"
        " again."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """An event in words. ``where`` is the address, or what stands for it; ``outcome`` what happened there."""

    where: str
    outcome: str | Promise
    units: str
    at: str


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """One thing to decide. ``known``: what the log has under the same id, for a conflict.

    ``can_count``: whether it can be read and its door is one of this canvass.
    """

    id: UUID
    phone: str
    shift: ShiftCard | None
    received_at: datetime
    why_words: str | Promise
    said: Said
    known: Said | None
    can_count: bool


@dataclass(frozen=True, kw_only=True)
class LogPage:
    """What waits, and what is still on phones. ``dismissed``: what was set aside, latest first."""

    canvass: CanvassCard
    waiting: tuple[WaitingLine, ...]
    page: "Page[LogEntry]"
    conflicts: tuple[WaitingLine, ...]
    dismissed: tuple[WaitingLine, ...]
    still_words: str
    missing: tuple["MissingLine", ...]


@dataclass(frozen=True, kw_only=True)
class MissingLine:
    """A phone with visits that have not arrived."""

    phone: str
    shift: ShiftCard | None
    missing: int
    seen_at: datetime | None
    is_revoked: bool


def entries_of(*, canvass_id: UUID) -> "QuerySet[LogEntry]":
    """Events that concern a canvass: of its doors, and of its teams where they name no door of any plan."""
    held = Assignment.objects.filter(turf__canvass=canvass_id).values("shift")
    doors = Door.objects.filter(pk=OuterRef("door"))
    mine = Exists(doors.filter(turf__canvass=canvass_id))
    return LogEntry.objects.filter(
        Q(mine) | Q(~Exists(doors), device__shift__in=held), erased_at__isnull=True
    )


def conflicts_of(*, canvass_id: UUID) -> "QuerySet[LogConflict]":
    """Other contents under the ids of such events that nobody has decided about."""
    known = entries_of(canvass_id=canvass_id).values("pk")
    return LogConflict.objects.filter(entry__in=known, settled_at__isnull=True).exclude(content="")


def count_waiting(*, canvass_id: UUID) -> int:
    """How many things wait for a decision. Two queries."""
    quarantined = entries_of(canvass_id=canvass_id).filter(status=LogStatus.QUARANTINED)
    return quarantined.count() + conflicts_of(canvass_id=canvass_id).count()


def log_page(*, canvass: Canvass, number: str | int) -> LogPage:
    """The page; the number of queries does not depend on what waits."""
    entries = entries_of(canvass_id=canvass.pk).select_related("device").defer("device__key")
    waiting = entries.filter(status=LogStatus.QUARANTINED).order_by("received_at", "pk")
    page = Paginator(waiting, PER_PAGE).get_page(number)
    aside = entries.filter(status=LogStatus.DISMISSED).order_by("-received_at", "pk")[:PER_PAGE]
    conflicts = conflicts_of(canvass_id=canvass.pk).select_related("device", "entry")[:PER_PAGE]
    missing = log.missing_by_device(canvass_id=canvass.pk)
    words = _Words.about([*page.object_list, *aside, *conflicts], missing, canvass)
    return LogPage(
        canvass=canvass_cards([canvass])[0],
        waiting=tuple(words.of_entry(row) for row in page.object_list),
        page=page,
        conflicts=tuple(words.of_conflict(row) for row in conflicts),
        dismissed=tuple(words.of_entry(row) for row in aside),
        still_words=phones.still_on_phones(one.missing for one in missing),
        missing=tuple(words.of_missing(one) for one in missing),
    )


def event_of(content: str) -> Event | None:
    """The event of a kept content, as far as this program understands it."""
    try:
        return parse(json.loads(content))
    except (FromTheFuture, Malformed, ValueError):
        return None


@dataclass(frozen=True)
class _Words:
    """Names of what rows speak of."""

    doors: Mapping[UUID, Door]
    shifts: Mapping[UUID, ShiftCard]
    canvass: Canvass

    @classmethod
    def about(
        cls,
        rows: "Iterable[LogEntry | LogConflict]",
        missing: Collection[log.Missing],
        canvass: Canvass,
    ) -> "_Words":
        listed = list(rows)
        contents = [one.content for one in listed]
        contents += [one.entry.content for one in listed if isinstance(one, LogConflict)]
        events = [event for content in contents if content and (event := event_of(content))]
        doors = Door.objects.filter(pk__in={event.door for event in events if event.door})
        shifts = {one.device.shift_id for one in listed} | {one.shift_id for one in missing}
        return cls(
            doors={door.pk: door for door in doors.select_related("turf").defer("turf__walk")},
            shifts=mobilisation.shifts(shift_ids={id_ for id_ in shifts if id_}),
            canvass=canvass,
        )

    def of_entry(self, row: LogEntry) -> WaitingLine:
        return self._line(row, why_words=WHY_WORDS.get(row.why, ""), known=None)

    def of_conflict(self, row: LogConflict) -> WaitingLine:
        why = _("Two different contents came under the same id: one of them cannot be right.")
        return self._line(row, why_words=why, known=self._said(event_of(row.entry.content)))

    def _line(
        self, row: "LogEntry | LogConflict", *, why_words: str | Promise, known: Said | None
    ) -> WaitingLine:
        event = event_of(row.content)
        return WaitingLine(
            id=row.pk,
            phone=phone_words(row.device),
            shift=self._shift(row.device.shift_id),
            received_at=row.received_at,
            why_words=why_words,
            said=self._said(event),
            known=known,
            can_count=self._can_count(event),
        )

    def of_missing(self, one: log.Missing) -> MissingLine:
        return MissingLine(
            phone=_("Phone %(number)d") % {"number": one.number},
            shift=self._shift(one.shift_id),
            missing=one.missing,
            seen_at=one.seen_at,
            is_revoked=one.is_revoked,
        )

    def _shift(self, shift_id: UUID | None) -> ShiftCard | None:
        return self.shifts.get(shift_id) if shift_id else None

    def _can_count(self, event: Event | None) -> bool:
        if event is None or event.door is None:
            return False
        door = self.doors.get(event.door)
        return door is not None and door.turf.canvass_id == self.canvass.pk

    def _said(self, event: Event | None) -> Said:
        if event is None:
            return Said(
                where="–", outcome=_("something that this site does not understand yet"), units="", at=""
            )
        door = self.doors.get(event.door) if event.door else None
        return Said(
            where=self._where(event, door),
            outcome=_outcome(event, door),
            units=", ".join(getattr(event.body, "units", ())),
            at=_clock(event.at),
        )

    def _where(self, event: Event, door: Door | None) -> str:
        if door is not None:
            return _("%(door)s (turf %(number)d)") % {"door": door.label, "number": door.turf.number}
        if isinstance(event.body, Objection):
            return _("a turf, no address")
        return _("a door that is in no plan")


def _clock(at: str) -> str:
    """The phone's clock in the site's time; as it was written where it is no moment."""
    try:
        return date_format(localtime(datetime.fromisoformat(at)), "SHORT_DATETIME_FORMAT")
    except (ValueError, OverflowError):
        return at


def _outcome(event: Event, door: Door | None) -> str | Promise:
    if isinstance(event.body, Void):
        return _("an earlier entry was taken back")
    if isinstance(event.body, Objection):
        return _("an objection to a talking point")
    labels = OUTCOME_LABELS if door is None or door.leg is None else OUTCOME_LABELS | SIDE_LABELS
    return labels[outcome_of(event)]


def phone_words(device: Device) -> str:
    """What wrote it."""
    words = {
        DeviceKind.PHONE: _("Phone %(number)d") % {"number": device.number},
        DeviceKind.PAGE: _("The walk list’s page"),
        DeviceKind.PAPER: _("A page of paper"),
    }
    return words[DeviceKind(device.kind)]
