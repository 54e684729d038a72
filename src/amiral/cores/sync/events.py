"""One line of the field log. Written once on a phone, carried by anybody, never changed.

An event holds outcomes of a door, never a person, never free text. ``id`` is made on the phone; ``seq``
counts the events of a device from 1 without gap, so that whoever receives them knows how many are
missing; ``lam`` is a Lamport counter (Lamport 1978): greater than that of every event the phone had seen.
``at`` is the phone's clock, which may be wrong by years: it is shown, and decides nothing.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from amiral.cores.outcomes import Outcome

VERSION = 1
"""Of the protocol. An event of a later version is kept in quarantine, never thrown away."""

MOST_UNITS = 200
"""Dwellings that one visit may name ("nobody on this floor")."""

MOST_SECONDS = 6 * 3600
"""The longest visit that is believed."""

GREATEST = 2**53 - 1
"""The greatest integer that every client, JavaScript included, writes exactly."""


class Kind(StrEnum):
    """What was recorded."""

    VISIT = "visit"
    VOID = "void"
    OBJECTION = "objection"


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """What happened at a door, or at some of its dwellings. ``units`` are ``floor.dwelling`` labels;
    empty: the whole door.

    ``replaces`` names the event of the same door that this one corrects. ``seconds``: how long it took
    (0: not timed).
    """

    door: UUID
    outcome: Outcome
    units: tuple[str, ...] = ()
    replaces: UUID | None = None
    seconds: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Void:
    """The event ``target`` of the same door never counted."""

    door: UUID
    target: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Objection:
    """Somebody objected to the talking point ``point``: a counter of the turf, without door."""

    turf: UUID
    point: UUID


Body = Visit | Void | Objection


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """An event with its envelope; ``form`` is the version of the form that was on the phone."""

    id: UUID
    device: UUID
    seq: int
    lam: int
    at: str
    form: int
    body: Body

    @property
    def rank(self) -> tuple[int, str, int, str]:
        """The one order of all events, the same on every phone and on the server."""
        return (self.lam, self.device.hex, self.seq, self.id.hex)

    @property
    def door(self) -> UUID | None:
        """The door it is about; None for an objection."""
        return None if isinstance(self.body, Objection) else self.body.door

    @property
    def undoes(self) -> UUID | None:
        """The event that no longer counts because of this one."""
        if isinstance(self.body, Visit):
            return self.body.replaces
        return self.body.target if isinstance(self.body, Void) else None
