"""The server's answer to one event, in every situation."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import (
    GREATEST,
    KEPT,
    LAM_AHEAD,
    Answer,
    Event,
    Known,
    Phone,
    Status,
    Visit,
    Why,
    answered,
    batch,
    digest,
    dump,
    exchanged,
    judge,
    learned,
    parse,
    record,
)
from amiral.cores.sync.receive import MOST_EVENTS

from .making import DOORS, events

ANYTHING = st.builds(
    Known,
    same_id=st.none() | st.just("0" * 64),
    erased=st.booleans(),
    revoked=st.booleans(),
    same_seq=st.booleans(),
    places=st.booleans(),
    lam=st.integers(0, 10),
)


@given(events, ANYTHING)
def test_only_what_nobody_doubts_is_stored(event: Event, known: Known) -> None:
    answer = judge(event=event, digest=digest(event), known=known)
    clean = not (known.revoked or known.same_seq) and known.places and known.same_id is None
    assert (answer.status is Status.STORED) == clean
    assert (answer.why is None) == (answer.status in (Status.STORED, Status.DUPLICATE))


@given(events, ANYTHING)
def test_a_repeat_is_a_duplicate_whatever_happened_since(event: Event, known: Known) -> None:
    again = replace(known, same_id=digest(event))
    assert judge(event=event, digest=digest(event), known=again).status is Status.DUPLICATE
    other = judge(event=event, digest=digest(event), known=replace(known, same_id="f" * 64, erased=False))
    assert other == Answer(status=Status.CONFLICT, why=Why.SAME_ID)


@given(events)
def test_a_counter_far_ahead_cannot_outrank_every_later_event(event: Event) -> None:
    ahead = replace(event, lam=LAM_AHEAD + 11)
    assert judge(event=ahead, digest="", known=Known(lam=10)).why is Why.COUNTER
    assert judge(event=ahead, digest="", known=Known(lam=11)).status is Status.STORED


IDS = [UUID(int=1000 + i) for i in range(60)]
BODY = Visit(door=DOORS[0], outcome=Outcome.NOBODY)


def phone_with(count: int, device: int = 1) -> Phone:
    phone = Phone(device=UUID(int=device), key=b"k")
    for id_ in IDS[:count]:
        phone, _ = record(phone, BODY, id=UUID(int=id_.int + device * 1000), at="2026-03-01T10:00:00Z")
    return phone


def test_a_phone_numbers_its_events_without_gap_and_sends_the_oldest_first() -> None:
    phone = phone_with(60)
    sent = batch(phone)
    assert [sealed.event.seq for sealed in sent] == list(range(1, MOST_EVENTS + 1))
    assert phone.seq == phone.lam == 60


@pytest.mark.parametrize("status", list(Status))
def test_a_phone_forgets_what_is_kept_and_nothing_else(status: Status) -> None:
    phone = phone_with(3)
    first, second, third = (sealed.event.id for sealed in batch(phone))
    why = None if status in (Status.STORED, Status.DUPLICATE) else Why.DOOR
    after = answered(phone, {second: Answer(status=status, why=why), UUID(int=9): Answer(status=status)})
    assert after.unsent == {first, third}
    assert dict(after.troubles) == ({} if status in KEPT else {second: why})
    assert after.log == phone.log


def test_what_was_learned_is_outranked_by_what_is_recorded_next() -> None:
    partner = phone_with(5, device=2)
    phone = learned(phone_with(1), partner.log.values())
    assert phone.unsent == phone_with(1).unsent
    _, event = record(phone, BODY, id=UUID(int=7), at="1999-01-01T00:00:00Z")
    assert all(event.rank > sealed.event.rank for sealed in partner.log.values())


def test_a_counter_that_a_partner_made_up_makes_no_event_unreadable() -> None:
    """Nobody can check a partner's seal without network; what is recorded after that must reach a person."""
    partner = replace(phone_with(0, device=2), lam=GREATEST - 1)
    partner, _ = record(partner, BODY, id=UUID(int=8), at="1999-01-01T00:00:00Z")
    phone = exchanged(phone_with(0), partner.log.values())
    for number in (1, 2):
        phone, event = record(phone, BODY, id=UUID(int=20 + number), at="1999-01-01T00:00:00Z")
        assert parse(dump(event)) == event
        assert judge(event=event, digest="", known=Known()).status is Status.QUARANTINED


def test_what_a_partner_showed_is_carried_until_a_server_has_it() -> None:
    partner = phone_with(2, device=2)
    phone = exchanged(phone_with(1), partner.log.values())
    assert len(phone.unsent) == 3
    assert exchanged(phone, partner.log.values()) == phone
    assert phone.state == exchanged(partner, phone.log.values()).state
    done = answered(phone, {id_: Answer(status=Status.DUPLICATE) for id_ in phone.unsent})
    assert not batch(done)
    assert done.state == phone.state
