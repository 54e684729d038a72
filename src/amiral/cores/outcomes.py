"""What the log of visits says about each door: a deterministic fold.

A visit is never changed. A correction is another visit that names the one it replaces, and may arrive
before it. So the state of a door depends on the set of its visits only: not on the order in which they
are read, nor on how often each was received.
"""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID


class Outcome(StrEnum):
    """What happened at a door; never what somebody thinks."""

    NOBODY = "nobody"
    REFUSED = "refused"
    TALKED = "talked"
    COME_BACK = "come-back"
    LEAFLET_LEFT = "leaflet-left"
    DO_NOT_COME_BACK = "do-not-come-back"


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """One line of the log. ``units`` are the dwellings that it names; none: it speaks of the whole door.

    ``rank`` orders the visits (equal ranks go by id). ``supersedes`` is the id of the visit that this one
    corrects. ``received_s``, the seconds since 1970 at which the server learned of it, decides nothing.
    """

    id: UUID
    door: UUID
    outcome: Outcome
    rank: float
    supersedes: UUID | None = None
    received_s: float = 0.0
    units: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Homes:
    """How far a door is: dwellings done of those that are known or estimated. The rule of lists, app and
    coverage: :func:`homes_of`."""

    done: int
    of: int

    @property
    def is_done(self) -> bool:
        return self.done == self.of

    @property
    def is_begun(self) -> bool:
        """Something was done, not all of it."""
        return 0 < self.done < self.of


def homes_of(*, known: int, named: int, whole: bool, partly: bool = False) -> Homes:
    """The one rule of what is done at a door.

    ``known``: its dwellings, 0 where nobody knows (then it is one); ``named``: how many of them standing
    visits name, which may be more than were known; ``whole``: a standing visit speaks of the whole door, by
    which the team says that it is done. ``partly``: the last visit did only a part of a side of a street.
    """
    of = max(1, known, named)
    if partly:
        return Homes(done=0, of=of)
    return Homes(done=of if whole else named, of=of)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorState:
    """A door after all its standing visits: the last one, how many of each outcome, the dwellings that they
    name, and whether one of them speaks of the ``whole`` door. ``known`` dwellings are told from outside."""

    last: Visit
    counts: Mapping[Outcome, int]
    named: frozenset[str] = frozenset()
    whole: bool = True
    known: int = 0
    is_side: bool = False

    @property
    def homes(self) -> Homes:
        """Dwellings done of those there are."""
        return self.homes_among(self.known)

    def homes_among(self, known: int) -> Homes:
        """The same where so many dwellings are known."""
        partly = self.is_side and self.outcome is Outcome.COME_BACK
        return homes_of(known=known, named=len(self.named), whole=self.whole, partly=partly)

    @property
    def is_done(self) -> bool:
        return self.homes.is_done

    @property
    def outcome(self) -> Outcome:
        return self.last.outcome

    @property
    def visits(self) -> int:
        return sum(self.counts.values())

    @property
    def talked(self) -> bool:
        """Somebody was talked to here at least once, whatever came after (a building has many flats)."""
        return self.counts.get(Outcome.TALKED, 0) > 0


def standing(visits: Iterable[Visit]) -> tuple[Visit, ...]:
    """The visits that no other visit of the same door replaces, in their order; repeats are dropped."""
    unique = {visit.id: visit for visit in visits}
    replaced = {
        visit.supersedes
        for visit in unique.values()
        if visit.supersedes in unique and unique[visit.supersedes].door == visit.door
    }
    kept = (visit for visit in unique.values() if visit.id not in replaced)
    return tuple(sorted(kept, key=lambda visit: (visit.rank, visit.id)))


def fold(
    visits: Iterable[Visit], *, known: Mapping[UUID, int] | None = None, sides: Container[UUID] = ()
) -> dict[UUID, DoorState]:
    """The state of every door with a standing visit; a door that is not there has not been visited.

    ``known``: dwellings by door; ``sides``: doors that are sides of streets. Time grows as n log n in the
    number of visits.
    """
    told = known or {}
    by_door: dict[UUID, list[Visit]] = defaultdict(list)
    for visit in standing(visits):
        by_door[visit.door].append(visit)
    return {
        door: DoorState(
            last=kept[-1],
            counts=MappingProxyType(Counter(visit.outcome for visit in kept)),
            named=frozenset(unit for visit in kept for unit in visit.units),
            whole=any(not visit.units for visit in kept),
            known=told.get(door, 0),
            is_side=door in sides,
        )
        for door, kept in by_door.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Figures of some doors. ``by_last`` sums to the doors where somebody was, done or begun; ``talked``
    counts doors where somebody talked at least once, so it may exceed ``by_last[TALKED]``."""

    doors: int = 0
    dwellings: int = 0
    done: int = 0
    dwellings_done: int = 0
    talked: int = 0
    visits: int = 0
    by_last: Mapping[Outcome, int] = field(default_factory=dict)

    @property
    def to_come_back(self) -> int:
        return self.by_last.get(Outcome.COME_BACK, 0)

    @property
    def remaining(self) -> int:
        return self.doors - self.done

    @property
    def done_percent(self) -> int:
        """Dwellings done in whole per cent, rounded down: 100 only when all of them are."""
        return 100 * self.dwellings_done // self.dwellings if self.dwellings else 0


def tally(*, doors: Mapping[UUID, int], states: Mapping[UUID, DoorState]) -> Tally:
    """Counts ``doors`` (each with its number of dwellings, 0 where nobody knows) by their ``states``; other
    doors do not count."""
    known = [states[door] for door in doors if door in states]
    homes = {door: states[door].homes_among(there) for door, there in doors.items() if door in states}
    return Tally(
        doors=len(doors),
        dwellings=sum(homes[door].of if door in homes else max(1, there) for door, there in doors.items()),
        done=sum(one.is_done for one in homes.values()),
        dwellings_done=sum(one.done for one in homes.values()),
        talked=sum(state.talked for state in known),
        visits=sum(state.visits for state in known),
        by_last=MappingProxyType(Counter(state.outcome for state in known)),
    )
