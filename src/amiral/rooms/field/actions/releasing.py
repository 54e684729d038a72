"""Closing a period: the only place where answers and objections become figures that may be shown.

What people answered is not shown as it comes in. Events are gathered in periods; when one is closed, the
places that are enough (``amiral.cores.disclosure``) get figures of that period, written once and never
changed. Every event is in one period only, so that figures of different days share nothing and today's minus
yesterday's tells no more than today's. Pages, exports and streams read these rows, and nothing else knows
what was answered where.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils.timezone import localtime

from amiral.cores.disclosure import Doors, Threshold, is_enough, releasable
from amiral.rooms.field.actions.joining import Beside, names_of, told_by, told_by_others
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import (
    Canvass,
    CountedEvent,
    LogEntry,
    LogStatus,
    Release,
    ReleasedFigure,
    Visit,
)
from amiral.rooms.field.queries.levels import Board, Ints, Level, read_board

THRESHOLD = Threshold(dwellings=10, answers=5)

ANSWERS = (Outcome.TALKED, Outcome.REFUSED, Outcome.COME_BACK, Outcome.DO_NOT_COME_BACK)
"""Outcomes for which somebody opened and said something; nobody at home and a leaflet are no answers."""

OUTCOMES, OBJECTIONS = "outcomes", "objections"
"""What a figure is about."""

OF_OUTCOMES = (Level.CANVASS, Level.DEPARTEMENT, Level.COMMUNE, Level.BUREAU, Level.TURF, Level.BUILDING)
OF_OBJECTIONS = (Level.CANVASS, Level.DEPARTEMENT, Level.COMMUNE, Level.BUREAU, Level.TURF)
"""Levels in the order in which they are served: where two cross, the larger one is shown."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """An event that counts and stands in no period yet. ``door`` is a place on the board, or -1 for an
    objection, which has only a turf."""

    id: UUID
    received_at: datetime
    turf: int
    door: int
    what: str
    units: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Unsaid:
    """An event of a closed period that no longer counts: corrected, taken back or erased."""

    id: UUID
    door: int
    turf: int
    what: str
    weight: int


@dataclass(kw_only=True)
class _Period:
    """What came in since the last close, up to ``through``."""

    board: Board
    through: datetime
    said: list[_Said] = field(default_factory=list)
    unsaid: list[_Unsaid] = field(default_factory=list)

    def by_door(self) -> tuple[Ints, Doors]:
        """(doors with a visit in the period, what stands behind each)."""
        answers = _answers(self.board, self.said)
        places = np.array(sorted(answers), dtype=np.int64)
        counts = np.array([answers[place] for place in places.tolist()], dtype=np.int64)
        return places, Doors(dwellings=self.board.dwellings[places], answers=counts)

    def by_turf(self) -> tuple[Ints, Doors]:
        """(turfs with anything in the period, the same of all their doors together)."""
        places, doors = self.by_door()
        turfs = {one.turf for one in self.said} | {one.turf for one in self.unsaid if one.door < 0}
        chosen = np.array(sorted(turfs), dtype=np.int64)
        count = len(self.board.turfs)
        of_door = self.board.at[Level.TURF][places]
        dwellings = np.bincount(of_door, weights=doors.dwellings, minlength=count).astype(np.int64)
        answers = np.bincount(of_door, weights=doors.answers, minlength=count).astype(np.int64)
        return chosen, Doors(dwellings=dwellings[chosen], answers=answers[chosen])

    def may_close(self, *, at_midnight: bool) -> bool:
        """At midnight once the whole is enough; before, only if no turf loses its figures by it."""
        turfs, behind = self.by_turf()
        if not len(turfs) or not is_enough(doors=behind, members=range(len(turfs)), threshold=THRESHOLD):
            return False
        return at_midnight or all(
            is_enough(doors=behind, members=[place], threshold=THRESHOLD) for place in range(len(turfs))
        )


def _answers(board: Board, said: Iterable[_Said]) -> dict[int, int]:
    """Answers by visited door: each named dwelling once, and of unnamed ones no more than live there."""
    named: dict[int, set[str]] = defaultdict(set)
    whole: Counter[int] = Counter()
    for one in said:
        if one.door < 0:
            continue
        is_answer = one.what in ANSWERS
        named[one.door].update(one.units if is_answer else ())
        whole[one.door] += int(is_answer and not one.units)
    return {door: min(len(units) + whole[door], int(board.dwellings[door])) for door, units in named.items()}


def close_due(*, canvass_id: UUID, at: datetime) -> int:
    """Closes every period of a canvass that may be closed by now; answers how many were.

    A period ends at a full hour if every turf visited in it is enough by itself (so nothing is lost by not
    waiting), else at midnight in the site's time, if the canvass is enough as a whole, else at a later one.
    Sides of streets say nothing about anybody: leaflet rounds have no periods.
    """
    canvass = Canvass.objects.filter(pk=canvass_id).exclude(kind=CanvassKind.LEAFLET_ROUNDS).first()
    if canvass is None or not _something_new(canvass_id):
        return 0
    with transaction.atomic():
        locked = Canvass.objects.select_for_update().get(pk=canvass_id)
        return sum(1 for _release in _closed(locked, at))


def close_due_once(*, canvass_id: UUID, at: datetime) -> None:
    """The same, looked into once an hour at most: pages call it and need not wait for the worker."""
    if cache.add(f"field-closed:{canvass_id}:{localtime(at):%Y-%m-%d-%H}", 1, timeout=3600):
        close_due(canvass_id=canvass_id, at=at)


def close_everywhere_once(*, at: datetime) -> None:
    """The same for all canvasses: the worker calls it every few seconds."""
    if cache.add(f"field-closed-all:{localtime(at):%Y-%m-%d-%H}", 1, timeout=3600):
        close_everywhere(at=at)


def close_everywhere(*, at: datetime) -> int:
    """The same for all canvasses; answers how many periods were closed."""
    ids = Canvass.objects.exclude(kind=CanvassKind.LEAFLET_ROUNDS).filter(planned_at__isnull=False)
    return sum(close_due(canvass_id=id_, at=at) for id_ in ids.values_list("pk", flat=True))


def _something_new(canvass_id: UUID) -> bool:
    """Whether a visit or an objection stands in no period. Two queries that stop at the first one."""
    counted = CountedEvent.objects.filter(canvass=canvass_id).values("pk")
    visits = Visit.objects.filter(door__turf__canvass=canvass_id).exclude(pk__in=counted)
    return visits.exists() or _objections(canvass_id).exclude(pk__in=counted).exists()


def _objections(canvass_id: UUID) -> "QuerySet[LogEntry]":
    turfs = Canvass.objects.get(pk=canvass_id).turfs.values("pk")
    return LogEntry.objects.filter(turf__in=turfs, point__isnull=False, status=LogStatus.STORED)


def _closed(canvass: Canvass, at: datetime) -> Iterator[Release]:
    board = read_board(canvass=canvass)
    said, unsaid = _news(board)
    pending: list[_Said] = []
    places = iter(said)
    waiting = next(places, None)
    for through in _boundaries([one.received_at for one in said], at):
        while waiting is not None and waiting.received_at < through:
            pending.append(waiting)
            waiting = next(places, None)
        period = _Period(board=board, through=through, said=pending, unsaid=unsaid)
        if period.may_close(at_midnight=localtime(through).hour == 0):
            yield _written(canvass, period)
            pending, unsaid = [], []


def _boundaries(moments: Sequence[datetime], at: datetime) -> list[datetime]:
    """The full hours after which something came in, and the midnights behind them, up to ``at``."""
    found = set()
    for moment in moments:
        hour = localtime(moment).replace(minute=0, second=0, microsecond=0) + HOUR
        found.add(hour)
        found.add((hour - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0))
        night = (hour - timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        found.add(night + timedelta(days=1))
    first = min(moments, default=at)
    return sorted(one for one in found if first < one <= at)


def _news(board: Board) -> tuple[list[_Said], list[_Unsaid]]:
    """What counts now and stands in no period, by arrival; what stands in one and no longer counts."""
    counted = {row.pk: row for row in CountedEvent.objects.filter(canvass=board.canvass_id)}
    current = [*_visits_of(board), *_objections_of(board)]
    ids = {one.id for one in current}
    said = sorted(
        (one for one in current if one.id not in counted), key=lambda one: (one.received_at, one.id.hex)
    )
    turf_at = {turf.id: place for place, turf in enumerate(board.turfs)}
    gone = [_unsaid(row, board, turf_at) for id_, row in counted.items() if id_ not in ids]
    return said, [one for one in gone if one is not None]


def _visits_of(board: Board) -> Iterator[_Said]:
    rows = Visit.objects.filter(door__turf__canvass=board.canvass_id).order_by()
    for id_, door_id, outcome, units, received_at in rows.values_list(
        "pk", "door_id", "outcome", "units", "received_at"
    ):
        door = board.index[door_id]
        turf = int(board.at[Level.TURF][door])
        yield _Said(
            id=id_, received_at=received_at, turf=turf, door=door, what=outcome, units=tuple(units or ())
        )


def _objections_of(board: Board) -> Iterator[_Said]:
    turf_at = {turf.id: place for place, turf in enumerate(board.turfs)}
    rows = _objections(board.canvass_id).order_by()
    for id_, turf_id, point, received_at in rows.values_list("pk", "turf", "point", "received_at"):
        assert turf_id is not None  # an objection has one
        yield _Said(id=id_, received_at=received_at, turf=turf_at[turf_id], door=-1, what=str(point))


def _unsaid(row: CountedEvent, board: Board, turf_at: Mapping[UUID, int]) -> _Unsaid | None:
    """What is to be subtracted, where its door or its turf still stand in the plan."""
    if row.door is None:
        turf = turf_at.get(row.turf) if row.turf else None
        return None if turf is None else _Unsaid(id=row.pk, door=-1, turf=turf, what=row.what, weight=1)
    door = board.index.get(row.door)
    if door is None:
        return None
    turf = int(board.at[Level.TURF][door])
    return _Unsaid(id=row.pk, door=door, turf=turf, what=row.what, weight=row.weight)


def _written(canvass: Canvass, period: _Period) -> Release:
    """One period, its figures, and the events that it holds."""
    release = Release.objects.create(canvass=canvass, through=period.through)
    figures = [*_outcome_figures(period), *_objection_figures(period)]
    for figure in figures:
        figure.release = release
    ReleasedFigure.objects.bulk_create(figures, batch_size=500)
    CountedEvent.objects.filter(pk__in=[one.id for one in period.unsaid]).delete()
    CountedEvent.objects.bulk_create(
        [_counted(one, period.board, release) for one in period.said], batch_size=500
    )
    return release


def _counted(one: _Said, board: Board, release: Release) -> CountedEvent:
    is_visit = one.door >= 0
    return CountedEvent(
        pk=one.id,
        canvass_id=release.canvass_id,
        release=release,
        door=board.doors[one.door] if is_visit else None,
        turf=None if is_visit else board.turfs[one.turf].id,
        what=one.what,
        weight=max(1, len(one.units)),
    )


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A place, and which of the active doors (or turfs) lie in it."""

    level: Level
    key: str
    members: Ints


def _candidates(
    levels: Iterable[Level], keys: Mapping[Level, Sequence[str]], at: Mapping[Level, Ints]
) -> list[_Candidate]:
    """Every place of the levels with something in it, the larger levels first."""
    found = []
    for level in levels:
        places = at[level]
        for place in np.unique(places[places >= 0]).tolist():
            members = np.flatnonzero(places == place)
            found.append(_Candidate(level=level, key=keys[level][place], members=members))
    return found


def _outcome_figures(period: _Period) -> list[ReleasedFigure]:
    board = period.board
    places, doors = period.by_door()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for said in period.said:
        if said.door >= 0:
            counts[said.door][said.what] += max(1, len(said.units))
    for unsaid in period.unsaid:
        if unsaid.door >= 0:
            counts[unsaid.door][unsaid.what] -= unsaid.weight
    # A door where something was only taken back takes part too: it must not be told apart.
    missing = np.array(sorted(set(counts) - set(places.tolist())), dtype=np.int64)
    if len(missing):
        places = np.concatenate([places, missing])
        doors = Doors(
            dwellings=np.concatenate([doors.dwellings, board.dwellings[missing]]),
            answers=np.concatenate([doors.answers, np.zeros(len(missing), dtype=np.int64)]),
        )
    at = {level: board.at[level][places] for level in OF_OUTCOMES}
    found = _candidates(OF_OUTCOMES, board.keys, at)
    # Single buildings that are not enough are most of the candidates, and can be dropped at once.
    found = [one for one in found if is_enough(doors=doors, members=one.members, threshold=THRESHOLD)]
    beside = _Beside.of(board, places, doors)
    found = [one for one in found if beside.allow(one.level, one.key, one.members)]
    kept = _figures(OUTCOMES, found, doors, [counts[place] for place in places.tolist()])
    return beside.without_bad_rests(kept, {(one.level, one.key): one.members for one in found}, len(places))


@dataclass(frozen=True, kw_only=True)
class _Beside:
    """The active doors of a period beside what other canvasses have told of the same addresses."""

    beside: Beside
    names: Sequence[str]
    doors: Doors

    @classmethod
    def of(cls, board: Board, places: Ints, doors: Doors) -> "_Beside":
        names = names_of(canvass_id=board.canvass_id)
        others = told_by_others(board=board, names=names, answers=ANSWERS)
        own = told_by(board=board, names=names, answers=ANSWERS) if others else []
        return cls(
            beside=Beside(threshold=THRESHOLD, others=others, own=own),
            names=[names[board.doors[place]] for place in places.tolist()],
            doors=doors,
        )

    def allow(self, level: str, key: str, members: Ints) -> bool:
        """Whether a place may be told."""
        return not self.beside.others or self.beside.allow((level, key), self._behind(members))

    def without_bad_rests(
        self, kept: list[ReleasedFigure], members: Mapping[tuple[str, str], Ints], count: int
    ) -> list[ReleasedFigure]:
        """What is left of the whole when a level's places are taken away is a figure too: where it may not
        be told, nothing is told at that level."""
        if not self.beside.others:
            return kept
        bad = set[str]()
        for level in {figure.level for figure in kept} - {Level.CANVASS}:
            told = [members[Level(figure.level), figure.key] for figure in kept if figure.level == level]
            rest = np.setdiff1d(np.arange(count), np.concatenate(told))
            if len(rest) and not self.allow(level, "", rest):
                bad.add(level)
        return [figure for figure in kept if figure.level not in bad]

    def _behind(self, members: Ints) -> dict[str, tuple[int, int]]:
        return {
            self.names[i]: (int(self.doors.dwellings[i]), int(self.doors.answers[i]))
            for i in members.tolist()
        }


def _objection_figures(period: _Period) -> list[ReleasedFigure]:
    board = period.board
    turfs, behind = period.by_turf()
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for said in period.said:
        if said.door < 0:
            counts[said.turf][said.what] += 1
    for unsaid in period.unsaid:
        if unsaid.door < 0:
            counts[unsaid.turf][unsaid.what] -= 1
    at = {level: board.main_places(level)[turfs] for level in OF_OBJECTIONS if level != Level.TURF}
    found = _candidates(OF_OBJECTIONS, board.keys, at | {Level.TURF: turfs})
    return _figures(OBJECTIONS, found, behind, [counts[turf] for turf in turfs.tolist()])


def _figures(
    subject: str, found: list[_Candidate], behind: Doors, counts: Sequence[Counter[str]]
) -> list[ReleasedFigure]:
    order = sorted(range(len(found)), key=lambda at: _turn(found[at], behind))
    kept = releasable(doors=behind, candidates=[found[at].members for at in order], threshold=THRESHOLD)
    return [
        _figure(subject, found[at], behind, counts)
        for at, is_kept in zip(order, kept, strict=True)
        if is_kept
    ]


def _turn(one: _Candidate, behind: Doors) -> tuple[int, int, str]:
    """Larger levels first; within a level the places with most answers, so that the least is lost."""
    return (OF_OUTCOMES.index(one.level), -int(behind.answers[one.members].sum()), one.key)


def _figure(subject: str, one: _Candidate, behind: Doors, counts: Sequence[Counter[str]]) -> ReleasedFigure:
    total: Counter[str] = Counter()
    for member in one.members.tolist():
        total.update(counts[member])
    return ReleasedFigure(
        subject=subject,
        level=one.level,
        key=one.key,
        dwellings=int(behind.dwellings[one.members].sum()),
        answers=int(behind.answers[one.members].sum()),
        counts={what: number for what, number in sorted(total.items()) if number},
    )
