"""The field log: events made on phones without network, carried by anybody, that say one state.

An append-only log, not a CRDT: a visit is a fact, whose conflicts a person must see, and whose content
can be erased::

    phone, event = record(phone, Visit(door=door, outcome=outcome), id=uuid, at=clock)  # keep durably
    answer = judge(event=event, digest=digest(event), known=Known(...))  # on the server, in its transaction
    phone = answered(phone, {event.id: answer})  # forgets what the answer names, nothing else
    phone.state == fold(events)  # the same everywhere

No Django, no clock, no network here. docs/field-protocol.md is the protocol, field by field, for other
clients.
"""

from amiral.cores.canonical import canonical

from .events import GREATEST, MOST_UNITS, VERSION, Body, Event, Kind, Objection, Visit, Void
from .fold import WHOLE, DoorState, State, fold, outcome_of, standing
from .frames import BadFrame, frames, joined
from .gaps import Seen, see
from .phone import Phone, Sealed, answered, batch, exchanged, learned, record
from .receive import KEPT, LAM_AHEAD, MOST_EVENTS, Answer, Known, Status, Why, about, judge
from .wire import (
    FromTheFuture,
    Malformed,
    digest,
    dump,
    envelope,
    is_sealed,
    parse,
    seal,
    seal_of,
    sealed,
)

__all__ = [
    "GREATEST",
    "KEPT",
    "LAM_AHEAD",
    "MOST_EVENTS",
    "MOST_UNITS",
    "VERSION",
    "WHOLE",
    "Answer",
    "BadFrame",
    "Body",
    "DoorState",
    "Event",
    "FromTheFuture",
    "Kind",
    "Known",
    "Malformed",
    "Objection",
    "Phone",
    "Sealed",
    "Seen",
    "State",
    "Status",
    "Visit",
    "Void",
    "Why",
    "about",
    "answered",
    "batch",
    "canonical",
    "digest",
    "dump",
    "envelope",
    "exchanged",
    "fold",
    "frames",
    "is_sealed",
    "joined",
    "judge",
    "learned",
    "outcome_of",
    "parse",
    "record",
    "seal",
    "seal_of",
    "sealed",
    "see",
    "standing",
]
