"""Comparing what is shown with the log, and writing it anew.

The fold of the core says from the events alone which visits count; the tables say what the projections
became, one request at a time. They must be the same; every night that is asked.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.cores.sync import Event, FromTheFuture, Malformed, parse, seal_of, standing
from amiral.cores.sync import Visit as VisitBody
from amiral.kit import audit
from amiral.rooms.field.actions.judging import lock_doors
from amiral.rooms.field.actions.projecting import (
    Address,
    addresses_of,
    hold_wishes,
    settle_wishes,
    standing_wishes,
    visit_of,
)
from amiral.rooms.field.actions.upgrading import take_up_readable
from amiral.rooms.field.models import AddressWish, Door, LogEntry, LogStatus, Turf, Visit

Report = Callable[[int, int], None]
FIELDS = ("door_id", "outcome", "units", "seconds", "at", "received_at", "lam", "device_id", "seq")
DOORS_AT_ONCE = 300
ENTRIES_AT_ONCE = 2000


@dataclass(kw_only=True)
class LogCheck:
    """What a check found. ``altered``: events whose content no longer has its digest or its seal."""

    doors: int = 0
    events: int = 0
    visits: int = 0
    altered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    wishes: list[str] = field(default_factory=list)
    taken_in: int = 0
    rebuilt: int = 0

    @property
    def is_right(self) -> bool:
        return not (self.altered or self.wrong or self.wishes)

    def figures(self) -> dict[str, int]:
        """For the run's page and the audit trail: no door is named."""
        return {
            "doors": self.doors,
            "events": self.events,
            "visits": self.visits,
            "altered": len(self.altered),
            "wrong": len(self.wrong),
            "wishes": len(self.wishes),
            "taken_in": self.taken_in,
            "rebuilt": self.rebuilt,
        }


def check_log(*, at: datetime, rebuild: bool = False, report: Report = lambda done, total: None) -> LogCheck:
    """Compares every door with the fold of its events; with ``rebuild`` writes anew what differs.

    Read without locks first; only doors that seem wrong are looked at again, locked. What differs goes to the
    audit trail. Events that waited for this version of the program are taken in before.
    """
    taken_in = take_up_readable()
    found = LogCheck(events=LogEntry.objects.count(), visits=Visit.objects.count(), taken_in=taken_in)
    _check_contents(found)
    turfs = list(Turf.objects.order_by("pk").values_list("pk", flat=True))
    for number, turf in enumerate(turfs):
        doors = list(Door.objects.filter(turf=turf).order_by("pk").values_list("pk", flat=True))
        found.doors += len(doors)
        for start in range(0, len(doors), DOORS_AT_ONCE):
            _check_doors(doors[start : start + DOORS_AT_ONCE], found, rebuild, at)
        report(number + 1, len(turfs))
    _check_wishes(found, rebuild, at)
    if not found.is_right:
        audit.record(
            actor_id=None, verb="check-log", subject_kind="log", subject_id="field", **found.figures()
        )
    return found


def _check_contents(found: LogCheck) -> None:
    """Digest and seal of every event: whether the table was changed by another hand."""
    rows = LogEntry.objects.filter(erased_at__isnull=True).order_by()
    for pk, key, status, content, digest, seal in rows.values_list(  # phones enrol while this is read
        "pk", "device__key", "status", "content", "digest", "seal"
    ).iterator(chunk_size=ENTRIES_AT_ONCE):
        text = content.encode()
        is_sealed = seal_of(text, bytes(key)) == seal or status != LogStatus.STORED
        if hashlib.sha256(text).hexdigest() != digest or not is_sealed:
            found.altered.append(str(pk))


def _check_doors(doors: Sequence[UUID], found: LogCheck, rebuild: bool, at: datetime) -> None:
    suspects = _wrong_among(doors)
    if not suspects:
        return
    with transaction.atomic():
        lock_doors(suspects)
        wrong = _wrong_among(suspects)
        found.wrong += [str(door) for door in sorted(wrong)]
        if rebuild and wrong:
            rewrite_doors(door_ids=wrong, at=at)
            found.rebuilt += len(wrong)


def _wrong_among(doors: Collection[UUID]) -> list[UUID]:
    """Doors whose visits are not those that the fold counts. Two queries."""
    expected, there = expected_visits(door_ids=doors), _visits(doors)
    return [door for door in doors if _rows(expected[door]) != _rows(there[door])]


def _rows(visits: Iterable[Visit]) -> set[tuple[object, ...]]:
    return {(visit.pk, *map(_plain, (getattr(visit, name) for name in FIELDS))) for visit in visits}


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _visits(doors: Collection[UUID]) -> dict[UUID, list[Visit]]:
    grouped: dict[UUID, list[Visit]] = defaultdict(list)
    for visit in Visit.objects.filter(door__in=doors):
        grouped[visit.door_id].append(visit)
    return grouped


def expected_visits(*, door_ids: Collection[UUID]) -> dict[UUID, list[Visit]]:
    """The visits that count of each door, by the core's rules, from the contents of the events alone."""
    received = dict[UUID, datetime]()
    events = list[Event]()
    rows = LogEntry.objects.filter(door__in=door_ids, status=LogStatus.STORED, erased_at__isnull=True)
    for content, received_at in rows.values_list("content", "received_at").order_by():
        event = _event(content)
        if event:
            events.append(event)
            received[event.id] = received_at
    grouped: dict[UUID, list[Visit]] = defaultdict(list)
    for event in standing(events):
        if isinstance(event.body, VisitBody):
            grouped[event.body.door].append(visit_of(event, received[event.id]))
    return grouped


def _event(content: str) -> Event | None:
    try:
        return parse(json.loads(content))
    except (Malformed, FromTheFuture, ValueError):  # altered by another hand: ``_check_contents`` says so
        return None


def rewrite_doors(*, door_ids: Collection[UUID], at: datetime) -> None:
    """Writes the visits and wishes of these doors anew from the log. The caller holds the doors locked."""
    expected = expected_visits(door_ids=door_ids)
    addresses = addresses_of(doors=door_ids)
    Visit.objects.filter(door__in=door_ids).delete()
    Visit.objects.bulk_create(sorted((v for some in expected.values() for v in some), key=lambda v: v.pk))
    settle_wishes(addresses=addresses)


def _check_wishes(found: LogCheck, rebuild: bool, at: datetime) -> None:
    """The wishes that have not expired against those that the visits say."""
    suspects = _wrong_wishes(at)
    if not suspects:
        return
    with transaction.atomic():
        hold_wishes(suspects)
        wrong = _wrong_wishes(at) & suspects
        found.wishes += [f"{name} {id_}" for name, id_ in sorted(wrong)]
        if rebuild and wrong:
            settle_wishes(addresses=wrong)
            found.rebuilt += len(wrong)


def _wrong_wishes(at: datetime) -> set[Address]:
    said = {key: wish for key, wish in standing_wishes().items() if wish.until > at}
    live = AddressWish.objects.filter(until__gt=at)
    there = {(wish.address_file_name, wish.address_id): wish for wish in live}
    return {key for key in said.keys() | there.keys() if _term(said, key) != _term(there, key)}


def _term(wishes: Mapping[Address, AddressWish], key: Address) -> tuple[datetime, UUID] | None:
    wish = wishes.get(key)
    return (wish.until, wish.visit_id) if wish else None
