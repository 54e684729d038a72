"""The state that a set of events says: the same on every phone and on the server.

A fold over a *set*: order of arrival, repeats and clocks change nothing. Two logs are merged by union,
and the fold of the union is the state that both phones and the server reach.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from amiral.cores.outcomes import Outcome

from .events import Event, Objection, Visit

WHOLE = ""
"""The unit of a visit that names none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorState:
    """A door after its standing visits. ``units`` gives the last standing visit of each dwelling named
    (``WHOLE`` for the door); ``counts`` how many standing visits had each outcome."""

    last: Event
    units: Mapping[str, Event]
    counts: Mapping[Outcome, int]

    @property
    def outcome(self) -> Outcome:
        """What was recorded last, by the order of the log."""
        return outcome_of(self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """All doors with a standing visit, and how often each talking point met an objection, by turf and
    point."""

    doors: Mapping[UUID, DoorState]
    objections: Mapping[tuple[UUID, UUID], int]


def outcome_of(event: Event) -> Outcome:
    """The outcome of a visit; any other event has none (``TypeError``)."""
    if not isinstance(event.body, Visit):
        raise TypeError("Only a visit has an outcome.")
    return event.body.outcome


def standing(events: Iterable[Event]) -> tuple[Event, ...]:
    """Visits and objections that count, in the order of the log.

    An event no longer counts when another one of the same door voids or replaces it; undoing what undid
    it does not bring it back (record it again: a new event says when). An event of another door undoes
    nothing.
    """
    unique = {event.id: event for event in events}
    undone = {
        event.undoes
        for event in unique.values()
        if event.undoes in unique and unique[event.undoes].door == event.door and event.undoes != event.id
    }
    kept = (e for e in unique.values() if e.id not in undone and isinstance(e.body, Visit | Objection))
    return tuple(sorted(kept, key=lambda event: event.rank))


def fold(events: Iterable[Event]) -> State:
    """The state of a log; time grows as n log n in its events."""
    by_door: dict[UUID, list[Event]] = defaultdict(list)
    objections: Counter[tuple[UUID, UUID]] = Counter()
    for event in standing(events):
        if isinstance(event.body, Objection):
            objections[event.body.turf, event.body.point] += 1
        elif isinstance(event.body, Visit):
            by_door[event.body.door].append(event)
    return State(
        doors=MappingProxyType({door: _door_state(kept) for door, kept in by_door.items()}),
        objections=MappingProxyType(dict(objections)),
    )


def _door_state(kept: list[Event]) -> DoorState:
    units: dict[str, Event] = {}
    for event in kept:
        for unit in _units(event):
            units[unit] = event
    return DoorState(
        last=kept[-1],
        units=MappingProxyType(units),
        counts=MappingProxyType(dict(Counter(outcome_of(event) for event in kept))),
    )


def _units(event: Event) -> tuple[str, ...]:
    return (event.body.units or (WHOLE,)) if isinstance(event.body, Visit) else ()
