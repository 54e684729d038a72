"""What the log of visits says about each door: a deterministic fold.

A visit is never changed. A correction is another visit that names the one it replaces, and may arrive
before it. So the state of a door depends on the set of its visits only: not on the order in which they
are read, nor on how often each was received.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
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
    """One line of the log.

    ``rank`` orders the visits (seconds at which the server received them; equal ranks go by id).
    ``supersedes`` is the id of the visit that this one corrects.
    """

    id: UUID
    door: UUID
    outcome: Outcome
    rank: float
    supersedes: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorState:
    """A door after all its standing visits: the last one, and how many of each outcome."""

    last: Visit
    counts: Mapping[Outcome, int]

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


def fold(visits: Iterable[Visit]) -> dict[UUID, DoorState]:
    """The state of every door with a standing visit; a door that is not there has not been visited.

    Time grows as n log n in the number of visits.
    """
    by_door: dict[UUID, list[Visit]] = defaultdict(list)
    for visit in standing(visits):
        by_door[visit.door].append(visit)
    return {
        door: DoorState(last=kept[-1], counts=MappingProxyType(Counter(visit.outcome for visit in kept)))
        for door, kept in by_door.items()
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """Figures of some doors. ``by_last`` sums to ``done``; ``talked`` counts doors where somebody talked at
    least once, so it may exceed ``by_last[TALKED]``."""

    doors: int = 0
    dwellings: int = 0
    done: int = 0
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
        """Done doors in whole per cent, rounded down: 100 only when all of them are done."""
        return 100 * self.done // self.doors if self.doors else 0


def tally(*, doors: Mapping[UUID, int], states: Mapping[UUID, DoorState]) -> Tally:
    """Counts ``doors`` (each with its number of dwellings) by their ``states``; other doors do not count."""
    known = [states[door] for door in doors if door in states]
    return Tally(
        doors=len(doors),
        dwellings=sum(doors.values()),
        done=len(known),
        talked=sum(state.talked for state in known),
        visits=sum(state.visits for state in known),
        by_last=MappingProxyType(Counter(state.outcome for state in known)),
    )
