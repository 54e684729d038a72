"""The index of segments in this process: built from the database, kept in step with its change log.

It lives in memory only. Nothing of it is written to a disk: it dies with the process, and somebody who is
erased is gone from it at the next look, a fraction of a second later.
"""

import logging
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from threading import Lock, RLock, Thread
from time import sleep
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from pyroaring import BitMap

from amiral.cores.segments import Index, Numbers
from amiral.kit import ports
from amiral.kit.clock import now
from amiral.kit.criteria import Facts
from amiral.kit.errors import Refused
from amiral.rooms.outreach import triggers
from amiral.rooms.outreach.changes import PERSON, VERIFY, Reader
from amiral.rooms.people import api as people
from amiral.rooms.territory import api as territory

log = logging.getLogger(__name__)
Report = Callable[[int, int], None]
HOME = "home"
"""The commune alone; the facet ``territory`` holds all that it lies in too."""
CHUNK = 10_000
LOT = 2_000
"""How many persons are read again at once."""
AT_ONCE = 50_000
"""Up to so many persons the index is built while the page waits."""
EVERY_S = 0.25
LAPSE_EVERY = timedelta(seconds=30)
STALE = timedelta(hours=12)
"""Who has not looked for so long builds anew: the log is not kept for ever."""
EPOCH = date(1970, 1, 1)
Members: TypeAlias = "array[int]"
"""Numbers of persons."""


class BeingBuilt(Refused):
    """The index of a large campaign takes a minute after the server starts."""

    def __init__(self, percent: int) -> None:
        self.percent = percent
        super().__init__(
            _("The figures are being prepared: %(percent)s %%. Load the page again in a minute.")
            % {"percent": percent}
        )


@dataclass
class State:
    """An index with the ids of its numbers, and how far the changes are in it."""

    index: Index
    numbers: Numbers
    reader: Reader
    lapsed_to: datetime
    looked_at: datetime


@dataclass
class Keeper:
    """The one index of this process. ``_writing`` lets one thread change it, ``_lock`` guards each step."""

    background: bool = False
    percent: int = 0
    _state: State | None = None
    _building: Thread | None = None
    _following: Thread | None = None
    _writing: Lock = field(default_factory=Lock)
    _lock: RLock = field(default_factory=RLock)

    @contextmanager
    def current(self) -> Iterator[State]:
        """The index with every change committed before this call; others wait until the block ends.

        Raises ``BeingBuilt``. Not for use inside a transaction that wrote: its rollback would not be seen.
        """
        if self._state is None:
            self._build_or_say()
        elif not (self._following and self._following.is_alive()):
            self.follow()
        with self._lock:
            assert self._state is not None
            yield self._state

    def _build_or_say(self) -> None:
        if not self.background or people.count_persons() <= AT_ONCE:
            self.rebuild()
        else:
            self._start_building()
            raise BeingBuilt(self.percent)
        if self.background:
            self._start_following()

    def _start_building(self) -> None:
        with self._lock:
            if self._building is None or not self._building.is_alive():
                self._building = Thread(target=self._build_apart, daemon=True, name="segments")
                self._building.start()

    def _build_apart(self) -> None:
        try:
            self.rebuild()
            self._start_following()
        except Exception:
            log.exception("Segments: the index could not be built.")
        finally:
            connection.close()

    def _start_following(self) -> None:
        with self._lock:
            if self._following is None or not self._following.is_alive():
                self._following = Thread(target=self._follow_for_ever, daemon=True, name="segments")
                self._following.start()

    def _follow_for_ever(self) -> None:
        while self._state is not None:
            try:
                close_old_connections()
                self.follow()
            except Exception:
                log.exception("Segments: the changes could not be read; the next look follows.")
                connection.close()
            sleep(EVERY_S)

    def rebuild(self, report: Report | None = None) -> None:
        """Builds the index from the database alone."""
        with self._writing:
            self._set(build(report=report or self._note_progress))

    def _note_progress(self, done: int, total: int) -> None:
        self.percent = 100 * done // max(1, total)

    def _set(self, state: State | None) -> None:
        with self._lock:
            self._state = state

    def follow(self) -> None:
        """Brings the changes of the log into the index."""
        with self._writing:
            state = self._state
            if state is None:
                return
            if now() - state.looked_at > STALE:
                self._set(build(report=self._note_progress))
                return
            if VERIFY in bring_up_to_date(state, lock=self._lock):
                self._verify(state)

    def verify(self) -> int:
        """Compares the index with one built from the database, repairs it; how many persons differed."""
        with self._writing:
            if self._state is None:
                return 0
            bring_up_to_date(self._state, lock=self._lock)
            return self._verify(self._state)

    def _verify(self, state: State) -> int:
        fresh = build(report=lambda _done, _total: None, numbers=state.numbers)
        # Both now know all that was committed until here, each by its own way.
        bring_up_to_date(state, lock=self._lock)
        bring_up_to_date(fresh, lock=self._lock)
        differing = len(state.index.differing(fresh.index))
        if differing:
            log.warning("Segments: %s persons differed from the database; the index is repaired.", differing)
        self._set(fresh)
        return differing

    def forget(self) -> None:
        """Lets the index go; the next question builds it."""
        self._set(None)

    def size_bytes(self) -> int:
        """What the index takes in memory, about; 0 when there is none."""
        with self._lock:
            state = self._state
            return state.index.size_bytes() + state.numbers.size_bytes() if state else 0


KEEPER = Keeper()


# Building ------------------------------------------------------------------------------------------


def build(*, report: Report, numbers: Numbers | None = None) -> State:
    """Reads everything once; what changes meanwhile stands in the log behind the reader's place."""
    if not triggers.are_laid():
        log.warning("Segments: the triggers of the change log were missing; they are laid.")
        with transaction.atomic():
            triggers.lay()
    at = now()
    reader = Reader.at_the_end()
    keys = [_plain(key) for key in people.person_keys()]
    numbers = numbers or Numbers(keys)
    index = Index(above={"territory": territory.above()})
    index.everybody.update(array("I", numbers.give(keys).tolist()))
    done, total = 0, 12 * max(1, len(keys))  # about: nobody counts the rows beforehand
    for facts in _facts(None):
        for number in _gather(index, numbers, facts):
            done += number
            report(min(done, total), total)
    index.compact()
    report(total, total)
    return State(index=index, numbers=numbers, reader=reader, lapsed_to=at, looked_at=at)


def _facts(person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    for one in ports.implementations("segment_facts"):
        yield from one(person_ids=person_ids)


def _plain(key: object) -> str:
    """PostgreSQL writes ids with dashes."""
    return str(key).replace("-", "")


def _gather(index: Index, numbers: Numbers, facts: Facts) -> Iterator[int]:
    """Puts one query's rows in the index; yields after each lot how many they were."""
    found: dict[tuple[str, str | int], Members] = {}
    rows = iter(facts.rows)
    while lot := list(islice(rows, CHUNK)):
        _sort(lot, numbers, facts, found)
        yield len(lot)
    index.add(_with_home((facet, value, members) for (facet, value), members in found.items()))


def _with_home(
    rows: Iterable[tuple[str, str | int, Sequence[int]]],
) -> Iterator[tuple[str, str | int, Sequence[int]]]:
    for facet, value, members in rows:
        yield facet, value, members
        if facet == "territory":
            yield HOME, value, members


def _sort(
    lot: Sequence[Sequence[Any]],
    numbers: Numbers,
    facts: Facts,
    found: dict[tuple[str, str | int], Members],
) -> None:
    members = numbers.find([_plain(row[0]) for row in lot]).tolist()
    for place, facet in enumerate(facts.facets, start=1):
        is_moment = facet in facts.moments
        for number, row in zip(members, lot, strict=True):
            value = row[place]
            if value is None or number < 0:
                continue
            for one in value if isinstance(value, tuple) else (value,):
                key = (facet, day_of(one[:13]) if is_moment else one)
                if key not in found:
                    found[key] = array("I")
                found[key].append(number)


@cache
def day_of(hour: str) -> int:
    """The day, in the campaign's time zone, of an hour in UTC written ``2026-03-01 12``.

    The Marquesas alone are half an hour off (UTC-9:30): there an hour counts as its first half.
    """
    moment = datetime.fromisoformat(f"{hour.replace('T', ' ')}:00:00+00:00")
    return day_number(moment.astimezone(_zone()).date())


def _zone() -> ZoneInfo:
    zone = timezone.get_default_timezone()
    assert isinstance(zone, ZoneInfo)
    return zone


def day_number(day: date) -> int:
    """Days since 1970, never negative."""
    return max(0, (day - EPOCH).days)


# Following -----------------------------------------------------------------------------------------


def bring_up_to_date(state: State, *, lock: RLock) -> set[str]:
    """Reads the log on, and again whomever it names; returns what kinds of change were met."""
    at = now()
    changes = state.reader.new()
    touched = _touched(changes)
    if at - state.lapsed_to >= LAPSE_EVERY or at < state.lapsed_to:
        touched |= _lapsed(state.lapsed_to, at)
        state.lapsed_to = at
    if territory.PLACES in changes:
        _read_places_again(state, lock)
    waiting = sorted(touched)
    for start in range(0, len(waiting), LOT):
        _read_again(state, waiting[start : start + LOT], lock)
    state.looked_at = at
    return set(changes)


def _touched(changes: dict[str, set[str]]) -> set[UUID]:
    touched = {UUID(key) for key in changes.get(PERSON, ())}
    for watched in triggers.rooms():
        for what, keys in changes.items():
            if what != PERSON:
                touched.update(watched.concerned(what, sorted(keys)))
    return touched


def _lapsed(since: datetime, until: datetime) -> set[UUID]:
    return {
        person_id for watched in triggers.rooms() for person_id in watched.lapsed(min(since, until), until)
    }


def _read_again(state: State, person_ids: Sequence[UUID], lock: RLock) -> None:
    """The facts of some persons replace what the index had of them."""
    present = [_plain(key) for key in people.person_keys(person_ids=person_ids)]
    with lock:
        state.numbers.give(present)
    found: dict[tuple[str, str | int], Members] = {}
    for facts in _facts(person_ids):
        _sort(list(facts.rows), state.numbers, facts, found)
    with lock:
        numbers = state.numbers.find([person_id.hex for person_id in person_ids])
        known = BitMap([number for number in numbers.tolist() if number >= 0])
        stay = BitMap(array("I", state.numbers.find(present).tolist()))
        rows = ((facet, value, members) for (facet, value), members in found.items())
        state.index.replace(known, present=stay, rows=_with_home(rows))
        state.numbers.forget(list(known - stay))


def _read_places_again(state: State, lock: RLock) -> None:
    """The map changed: who lives where stays, what that lies in is gathered anew."""
    above = territory.above()
    with lock:
        index = state.index
        index.above["territory"] = above
        index.choices["territory"] = {}
        homes = index.choices.get(HOME, {})
        index.add(("territory", commune, members.to_array()) for commune, members in homes.items())
