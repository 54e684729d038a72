"""Laws of the written form: one event, one text; and whatever else arrives is refused with its field."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.outcomes import Outcome
from amiral.cores.sync import (
    Event,
    FromTheFuture,
    Malformed,
    Visit,
    canonical,
    digest,
    dump,
    envelope,
    is_sealed,
    parse,
    seal,
    sealed,
)

from .making import events

KEY = b"k" * 32
EVENT = Event(
    id=UUID("018f0000-0000-7000-8000-000000000001"),
    device=UUID("018f0000-0000-7000-8000-00000000000d"),
    seq=3,
    lam=17,
    at="2026-03-01T10:00:00.123Z",
    form=1,
    body=Visit(
        door=UUID("018f0000-0000-7000-8000-0000000000d0"),
        outcome=Outcome.COME_BACK,
        units=("1", "12.3"),
        seconds=95,
    ),
)


@given(events)
def test_what_is_written_is_read_back(event: Event) -> None:
    assert parse(json.loads(canonical(dump(event)))) == event


@given(events, events)
def test_two_events_have_the_same_digest_exactly_when_they_are_equal(one: Event, other: Event) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@given(events)
def test_a_seal_is_of_one_key_and_one_event(event: Event) -> None:
    said = sealed(event, KEY)
    assert is_sealed(said, parse(said), KEY)
    assert not is_sealed(said, event, b"another key")
    changed = {**said, "lam": event.lam + 1}
    assert not is_sealed(changed, parse(changed), KEY)
    assert not is_sealed(dump(event), event, KEY)


def test_the_published_vector() -> None:
    """Another client can check its own writing with this one event (docs/field-protocol.md)."""
    assert canonical(dump(EVENT)).decode() == (
        '{"at":"2026-03-01T10:00:00.123Z","device":"018f0000-0000-7000-8000-00000000000d",'
        '"door":"018f0000-0000-7000-8000-0000000000d0","form":1,"id":"018f0000-0000-7000-8000-000000000001",'
        '"kind":"visit","lam":17,"outcome":"come-back","seconds":95,"seq":3,"units":["1","12.3"],"v":1}'
    )
    assert digest(EVENT) == "004d90f8bd9faf42ff9c7a767444787778657ae6028b06034aa2028600a23154"
    assert seal(EVENT, KEY) == "bc46bdb6b22c577ffd08b448815539057f8cc1df4ec8d1729707ad12cbf2dd4f"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "x" * 36),
        ("id", "018F0000-0000-7000-8000-000000000001"),
        ("id", None),
        ("device", 7),
        ("door", "{018f0000-0000-7000-8000-0000000000d0}"),
        ("seq", 0),
        ("seq", True),
        ("seq", 1.0),
        ("seq", 2**53),
        ("lam", -1),
        ("lam", "1"),
        ("form", 0),
        ("v", "1"),
        ("kind", ["visit"]),
        ("at", "yesterday"),
        ("at", "2026-03-01T10:00:00"),
        ("at", "2026-03-01T10:00:00Z" + "0" * 40),
        ("outcome", "convinced"),
        ("outcome", {}),
        ("units", []),
        ("units", "1"),
        ("units", ["1", "1"]),
        ("units", ["2", "1"]),
        ("units", ["third floor"]),
        ("units", ["1"] * 201),
        ("units", [1]),
        ("replaces", None),
        ("replaces", ""),
        ("seconds", 0),
        ("seconds", 21_601),
        ("seal", "0"),
        ("name", "Somebody"),
        ("opinion", "for"),
    ],
)
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(Malformed) as caught:
        parse({**dump(EVENT), field: value})
    assert caught.value.field == field


@pytest.mark.parametrize(
    "field", ["id", "device", "seq", "lam", "at", "form", "kind", "door", "outcome", "v"]
)
def test_a_missing_field_is_named(field: str) -> None:
    said = {name: value for name, value in dump(EVENT).items() if name != field}
    with pytest.raises(Malformed) as caught:
        parse(said)
    assert caught.value.field == field


@pytest.mark.parametrize("change", [{"v": 2}, {"kind": "petition"}])
def test_what_comes_from_the_future_is_not_malformed(change: dict[str, Any]) -> None:
    said = {**dump(EVENT), **change, "something": "new"}
    with pytest.raises(FromTheFuture):
        parse(said)
    assert envelope(said) == (EVENT.id, EVENT.device, EVENT.seq)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@given(junk)
def test_junk_is_refused(said: object) -> None:
    with pytest.raises((Malformed, FromTheFuture)):
        parse(said)


@given(st.sampled_from(sorted(dump(EVENT))), junk)
def test_an_event_with_junk_in_one_field_is_read_or_refused(field: str, value: object) -> None:
    said = {**dump(EVENT), field: value}
    try:
        event = parse(said)
    except (Malformed, FromTheFuture):
        return
    assert dump(event) == said
