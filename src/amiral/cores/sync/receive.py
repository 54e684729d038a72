"""What a server answers to an event: one answer each, and nothing that a phone recorded is thrown away.

The rules look only at what the server has stored, never at a clock. They are asked inside the transaction
that writes.
"""

from dataclasses import dataclass
from enum import StrEnum

from .events import Event, Objection

MOST_EVENTS = 50
"""Events that one request may carry: short transactions, short retries."""

LAM_AHEAD = 100_000
"""How far an event's counter may be above all that the server knows. An honest phone is ahead by the
events that are still on phones; a hostile one could otherwise outrank every later event for ever."""


class Status(StrEnum):
    """The answer to one event. The phone forgets an event on the first three, and on nothing else."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    CONFLICT = "conflict"
    REFUSED = "refused"


KEPT = frozenset({Status.STORED, Status.DUPLICATE, Status.QUARANTINED})
"""The server has the event durably: the phone may forget it."""


class Why(StrEnum):
    """Reason of an answer other than stored or duplicate."""

    SAME_ID = "same-id"
    MALFORMED = "malformed"
    SEAL = "seal"
    NO_DEVICE = "no-device"
    FUTURE = "future"
    REVOKED = "revoked"
    SEQUENCE = "sequence"
    COUNTER = "counter"
    DOOR = "door"
    POINT = "point"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """``why`` is None exactly for stored and duplicate."""

    status: Status
    why: Why | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the server has stored that bears on an event.

    ``same_id``: digest of the stored event of this id (``erased`` if its content is gone by right);
    ``same_seq``: whether another event of the device has its sequence number; ``places``: whether the
    door (or the turf, for an objection) is or ever was in a turf leased to the device's team; ``point``:
    whether the talking point of an objection exists; ``lam``: the greatest counter known.
    """

    same_id: str | None = None
    erased: bool = False
    revoked: bool = False
    same_seq: bool = False
    places: bool = True
    point: bool = True
    lam: int = 0


STORED = Answer(status=Status.STORED)
DUPLICATE = Answer(status=Status.DUPLICATE)


def judge(*, event: Event, digest: str, known: Known) -> Answer:
    """The answer to a well-formed, sealed event of a known device.

    A repeat is a duplicate whatever happened since (revocation, erasure): the phone must stop sending it.
    What cannot count is kept apart and acknowledged, so that it leaves the phone and a person decides.
    """
    if known.same_id is not None:
        return _repeat(digest, known)
    why = _doubt(event, known)
    return Answer(status=Status.QUARANTINED, why=why) if why else STORED


def _repeat(digest: str, known: Known) -> Answer:
    if known.erased or known.same_id == digest:
        return DUPLICATE
    return Answer(status=Status.CONFLICT, why=Why.SAME_ID)


def _doubt(event: Event, known: Known) -> Why | None:
    if known.revoked:
        return Why.REVOKED
    if known.same_seq:
        return Why.SEQUENCE
    if event.lam > known.lam + LAM_AHEAD:
        return Why.COUNTER
    if not known.places:
        return Why.DOOR
    return None if known.point else Why.POINT


def about(event: Event) -> str:
    """The id of the door, or of the turf, whose lease gives the right to record the event."""
    return str(event.body.turf if isinstance(event.body, Objection) else event.body.door)
