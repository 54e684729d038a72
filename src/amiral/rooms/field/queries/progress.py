"""How far the work has come, live: dwellings and doors done of those planned, in hand, and what is left.

A door is done when its dwellings are, or when a visit says so of all of it (``cores.outcomes.homes_of``).
Whether somebody knocked is all that this module knows; what was answered is not read here (see
``releasing``). The visits of a canvass are read once and then added to: a request costs what arrived since.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.db.models import QuerySet
from django.utils.timezone import localtime

from amiral.cores.outcomes import Homes, homes_of
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import Assignment, Canvass, LogEntry, LogStatus, Visit
from amiral.rooms.field.queries.levels import MOST_BOARDS, Board, Floats, Ints, Level, board
from amiral.rooms.field.queries.pace import SPEED_M_PER_MIN, pace_factor
from amiral.rooms.mobilisation import api as mobilisation

AGAIN = timedelta(seconds=90)
"""Read again from so long before the last look: a transaction may commit later than its time says."""

WHOLE_EVERY = timedelta(minutes=1)
"""All visits are read again so often, whatever was added: quarantines are opened, logs are rebuilt."""

LEARNED_S = 600
RECENT_DAYS = 7
"""The days that say how fast the work goes."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What a place is: doors and dwellings planned, done, in hand (doors given to a team, not done yet), and
    the minutes that teams still need."""

    doors: int
    done: int
    in_hand: int
    dwellings: int
    dwellings_done: int
    minutes_left: int

    @property
    def remaining(self) -> int:
        return self.doors - self.done

    @property
    def percent(self) -> int:
        """Of the dwellings, rounded down: 100 only when all is done."""
        return 100 * self.dwellings_done // self.dwellings if self.dwellings else 0

    @property
    def hours_left(self) -> float:
        return self.minutes_left / 60

    @property
    def step(self) -> int:
        """0 not begun, 1 to 3 by thirds of the dwellings, 4 all."""
        if not self.dwellings_done:
            return 0
        done, of = self.dwellings_done, self.dwellings
        return 4 if done == of else 1 + min(2, 3 * done // of)


@dataclass(frozen=True, kw_only=True)
class DayDone:
    """A day of the curve: doors of which it was done for the first time, all so far, how many should be."""

    day: date
    done: int
    total: int
    planned: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A canvass at one moment: columns by door. ``homes``: its dwellings, more than planned where visits name
    more; ``homes_done``: those that are done; ``done``: 1 where all are."""

    board: Board
    homes: Ints
    homes_done: Ints
    done: Ints
    first_day: Ints
    held: Ints
    due_day: Ints
    minutes: Floats

    def of(self, members: Ints | None = None) -> Progress:
        """The figures of some doors, or of all."""
        chosen = np.arange(len(self.board)) if members is None else members
        done, homes, homes_done = self.done[chosen], self.homes[chosen], self.homes_done[chosen]
        left = self.minutes[chosen] * (homes - homes_done) / homes
        return Progress(
            doors=len(chosen),
            done=int(done.sum()),
            in_hand=int((self.held[chosen] * (1 - done)).sum()),
            dwellings=int(homes.sum()),
            dwellings_done=int(homes_done.sum()),
            minutes_left=int(np.ceil(left.sum() - 1e-9)),
        )

    def by(self, level: Level, members: Ints | None = None) -> dict[str, Progress]:
        """The figures of each place of a level, of all its doors or of those among ``members``."""
        chosen = np.arange(len(self.board)) if members is None else members
        places = self.board.at[level][chosen]
        order = np.argsort(places, kind="stable")
        cuts = np.flatnonzero(np.diff(places[order])) + 1
        groups = [group for group in np.split(chosen[order], cuts) if len(group)]
        names = self.board.keys[level]
        return {
            names[int(self.board.at[level][group[0]])]: self.of(group)
            for group in groups
            if self.board.at[level][group[0]] >= 0
        }

    def expected(self, today: date) -> int:
        """Doors of turfs whose shift was over before ``today``: the plan was to have done them."""
        return int(((self.due_day > 0) & (self.due_day < today.toordinal())).sum())

    def curve(self, members: Ints | None = None, *, today: date) -> tuple[DayDone, ...]:
        """Day by day from the first one on which something was done or due, to today."""
        chosen = np.arange(len(self.board)) if members is None else members
        first, due = self.first_day[chosen], self.due_day[chosen]
        days = np.concatenate([first[first > 0], due[(due > 0) & (due <= today.toordinal())]])
        if not len(days):
            return ()
        start, end = int(days.min()), max(today.toordinal(), int(days.max()))
        done = np.bincount(first[first > 0] - start, minlength=end - start + 1)
        planned = np.bincount(due[(due >= start) & (due <= end)] - start, minlength=end - start + 1)
        return tuple(
            DayDone(day=date.fromordinal(start + at), done=int(one), total=int(total), planned=int(plan))
            for at, (one, total, plan) in enumerate(
                zip(done, np.cumsum(done), np.cumsum(planned), strict=True)
            )
        )

    def days_left(self, *, today: date) -> int | None:
        """Days until the last door at the pace of the latest ``RECENT_DAYS``; ``None`` at a standstill."""
        since = today.toordinal() - RECENT_DAYS
        recent = int((self.first_day > since).sum())
        left = int((self.done == 0).sum())
        return -(-left * RECENT_DAYS // recent) if recent else None


_Knock = tuple[float, tuple[str, ...]]
"""When a visit arrived, and the dwellings that it names; none for the whole door."""


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the visits say of each door of a board: see ``Standing``."""

    homes: Ints
    homes_done: Ints
    first_day: Ints


@dataclass
class _Kept:
    """The standing visits of a canvass in memory: by door and id the time of arrival, and the dwellings."""

    lock: Lock = field(default_factory=Lock)
    visits: dict[UUID, UUID] = field(default_factory=dict)
    doors: dict[UUID, dict[UUID, _Knock]] = field(default_factory=dict)
    looked_at: datetime | None = None
    whole_at: datetime | None = None
    found: tuple[Board, _Found] | None = None

    def add(self, rows: Iterable[tuple[UUID, UUID, datetime, list[str]]]) -> None:
        for id_, door, received_at, units in rows:
            if id_ not in self.visits:
                self.found = None
                self.visits[id_] = door
                self.doors.setdefault(door, {})[id_] = received_at.timestamp(), tuple(units)

    def drop(self, ids: Iterable[UUID | None]) -> None:
        for id_ in ids:
            if id_ in self.visits:
                self.found = None
                self.doors[self.visits.pop(id_)].pop(id_, None)

    def read_whole(self, canvass_id: UUID, at: datetime) -> None:
        self.visits, self.doors, self.found = {}, {}, None
        self.add(_visits(canvass_id).iterator(chunk_size=5000))
        self.whole_at = self.looked_at = at

    def read_new(self, canvass_id: UUID, at: datetime) -> None:
        assert self.looked_at is not None
        since = self.looked_at - AGAIN
        self.add(_visits(canvass_id).filter(received_at__gte=since))
        self.drop(
            LogEntry.objects.filter(
                received_at__gte=since, undoes__isnull=False, status=LogStatus.STORED
            ).values_list("undoes", flat=True)
        )
        self.looked_at = at

    def refresh(self, canvass_id: UUID, at: datetime) -> None:
        fresh = self.whole_at is not None and timedelta(0) <= at - self.whole_at < WHOLE_EVERY
        if fresh:
            self.read_new(canvass_id, at)
        if not fresh or len(self.visits) != _visits(canvass_id).count():
            self.read_whole(canvass_id, at)


_kept: dict[UUID, _Kept] = {}
_making = Lock()


def _of(canvass_id: UUID) -> _Kept:
    with _making:
        found = _kept.pop(canvass_id, None) or _Kept()
        _kept[canvass_id] = found
        while len(_kept) > MOST_BOARDS:
            _kept.pop(next(iter(_kept)))
    return found


def _visits(canvass_id: UUID) -> "QuerySet[Visit, tuple[UUID, UUID, datetime, list[str]]]":
    return (
        Visit.objects.filter(door__turf__canvass=canvass_id)
        .order_by()
        .values_list("pk", "door_id", "received_at", "units")
    )


def standing(*, canvass: Canvass, at: datetime) -> Standing:
    """The canvass now. Five queries that do not grow with the doors, but once a minute or after a change of
    the plan, when all is read again."""
    doors = board(canvass=canvass, at_s=at.timestamp())
    kept = _of(canvass.pk)
    with kept.lock:
        kept.refresh(canvass.pk, at)
        if kept.found is None or kept.found[0] is not doors:
            kept.found = (doors, _found(doors, kept))
        found = kept.found[1]
    held, due_day = _assigned(doors, canvass.pk, at)
    return Standing(
        board=doors,
        homes=found.homes,
        homes_done=found.homes_done,
        done=(found.homes_done == found.homes).astype(np.int64),
        first_day=found.first_day,
        held=held,
        due_day=due_day,
        minutes=_minutes(doors, canvass),
    )


def _found(doors: Board, kept: _Kept) -> _Found:
    """Dwellings and dwellings done by door, and the day (ordinal, in the site's time) on which the last of
    them was first done; 0 while one is left."""
    homes, homes_done = doors.dwellings.copy(), np.zeros(len(doors), dtype=np.int64)
    first_day = np.zeros(len(doors), dtype=np.int64)
    ordinals: dict[int, int] = {}
    for door, visits in kept.doors.items():
        place = doors.index.get(door)
        if place is None or not visits:
            continue
        state, stamp = _done_at(int(homes[place]), visits.values())
        homes[place], homes_done[place] = state.of, state.done
        if stamp is not None:
            quarter = int(stamp) // 900  # no time zone changes its day within a quarter of an hour
            if quarter not in ordinals:
                ordinals[quarter] = localtime(datetime.fromtimestamp(stamp).astimezone()).toordinal()
            first_day[place] = ordinals[quarter]
    return _Found(homes=homes, homes_done=homes_done, first_day=first_day)


def _done_at(known: int, knocks: Iterable[_Knock]) -> tuple[Homes, float | None]:
    """How far a door is, and when the knock arrived by which it was done; ``None`` before that."""
    named = set[str]()
    whole, stamp = False, None
    for at, units in sorted(knocks):
        whole = whole or not units
        named.update(units)
        if stamp is None and (whole or len(named) >= known):
            stamp = at
    return homes_of(known=known, named=len(named), whole=whole), stamp


def _assigned(doors: Board, canvass_id: UUID, at: datetime) -> tuple[Ints, Ints]:
    """(1 where a team holds the turf now, the day on which the first shift of the turf is over), by door."""
    rows = list(
        Assignment.objects.filter(turf__canvass=canvass_id).values_list(
            "turf_id", "shift_id", "ended_at", "until"
        )
    )
    shifts = mobilisation.shifts(shift_ids={shift_id for _turf, shift_id, _ended, _until in rows})
    place = {turf.id: at_ for at_, turf in enumerate(doors.turfs)}
    held, due = np.zeros(len(doors.turfs), dtype=np.int64), np.zeros(len(doors.turfs), dtype=np.int64)
    for turf_id, shift_id, ended_at, until in rows:
        if turf_id not in place:
            continue
        turf = place[turf_id]
        held[turf] |= int(ended_at is None and until > at)
        if shift_id in shifts and not shifts[shift_id].is_cancelled:
            day = localtime(shifts[shift_id].ends_at).toordinal()
            due[turf] = min(due[turf] or day, day)
    of_door = doors.at[Level.TURF]
    return held[of_door], due[of_door]


def _minutes(doors: Board, canvass: Canvass) -> Floats:
    """Minutes of its team for each door: what is learned of the commune, and its part of the walk."""
    metres = np.array([turf.metres for turf in doors.turfs], dtype=np.float64)
    of_door = doors.at[Level.TURF]
    count = np.maximum(1, np.bincount(of_door, minlength=len(doors.turfs)))
    return doors.minutes * _learned(canvass) + (metres / count / SPEED_M_PER_MIN)[of_door]


def _learned(canvass: Canvass) -> float:
    """What a home takes here over what was believed at first; looked up again every ten minutes."""
    if canvass.kind != CanvassKind.DOOR_TO_DOOR:
        return 1.0
    name = f"field-pace:{canvass.pk}"
    known: float | None = cache.get(name)
    if known is None:
        # In tenths: what one visit changes shows how long it took, hence whether somebody opened.
        known = round(pace_factor(canvass=canvass), 1)
        cache.set(name, known, LEARNED_S)
    return known
