"""What a phone keeps and does, as pure functions: the reference that every client of the protocol must
equal.

``Phone`` is what lies in the phone's store. Each function answers the next ``Phone``; a client keeps it
durably *before* it shows "kept" or sends anything, and after that it may be killed at any moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import UUID

from .events import GREATEST, VERSION, Body, Event
from .fold import State, fold
from .receive import KEPT, MOST_EVENTS, Answer, Why
from .wire import seal

NO_KEY = b""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sealed:
    """An event and its seal, as they travel."""

    event: Event
    seal: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """``log``: every event seen, own and others', by id; ``unsent``: those that no server has
    acknowledged yet, own or carried for a partner; ``troubles``: those that the server would not take,
    kept to be shown."""

    device: UUID
    key: bytes = field(default=NO_KEY, repr=False)
    form: int = VERSION
    seq: int = 0
    lam: int = 0
    log: Mapping[UUID, Sealed] = field(default_factory=dict)
    unsent: frozenset[UUID] = frozenset()
    troubles: Mapping[UUID, Why | None] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """What the screen shows."""
        return fold(sealed.event for sealed in self.log.values())


def record(phone: Phone, body: Body, *, id: UUID, at: str) -> tuple[Phone, Event]:
    """A new event of this phone. ``at`` is its clock, for people to read."""
    event = Event(
        id=id,
        device=phone.device,
        seq=phone.seq + 1,
        lam=min(phone.lam + 1, GREATEST),  # a partner's counter may be a lie: then it waits for a person
        at=at,
        form=phone.form,
        body=body,
    )
    kept = replace(
        phone,
        seq=event.seq,
        lam=event.lam,
        log=MappingProxyType({**phone.log, id: Sealed(event=event, seal=seal(event, phone.key))}),
        unsent=phone.unsent | {id},
    )
    return kept, event


def batch(phone: Phone) -> tuple[Sealed, ...]:
    """What to send next: at most ``MOST_EVENTS`` events, in the order of the log; empty when all is
    acknowledged."""
    waiting = sorted((phone.log[id] for id in phone.unsent), key=lambda sealed: sealed.event.rank)
    return tuple(waiting[:MOST_EVENTS])


def answered(phone: Phone, answers: Mapping[UUID, Answer]) -> Phone:
    """After the server's answers: what it keeps leaves the outbox, what it refuses moves to ``troubles``.
    Only ids that the answer names; an id that was never sent is ignored."""
    named = {id: answer for id, answer in answers.items() if id in phone.unsent}
    troubles = {id: answer.why for id, answer in named.items() if answer.status not in KEPT}
    return replace(
        phone,
        unsent=phone.unsent - named.keys(),
        troubles=MappingProxyType({**phone.troubles, **troubles}),
    )


def learned(phone: Phone, events: Iterable[Sealed], *, lam: int = 0) -> Phone:
    """After the server told of others' events: they are shown, and need no sending."""
    news = {sealed.event.id: sealed for sealed in events if sealed.event.id not in phone.log}
    top = max([phone.lam, lam, *(sealed.event.lam for sealed in news.values())])
    return replace(phone, lam=top, log=MappingProxyType({**phone.log, **news}))


def exchanged(phone: Phone, events: Iterable[Sealed]) -> Phone:
    """After a partner showed its events (QR codes): learned, and carried to the server by whoever gets
    there first."""
    fresh = [sealed for sealed in events if sealed.event.id not in phone.log]
    carried = frozenset(sealed.event.id for sealed in fresh)
    return replace(learned(phone, fresh), unsent=phone.unsent | carried)
