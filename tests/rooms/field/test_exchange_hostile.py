"""A phone that lies, breaks off or attacks: a clear answer each time, and nothing of others harmed."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.cores.sync import sealed
from amiral.kit.ids import new_id
from amiral.rooms.field.actions import checking, syncing
from amiral.rooms.field.models import Device, LogConflict, LogEntry, LogStatus, Visit
from amiral.rooms.field.web import sync_views
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.phones import ADDRESS, Handset, enrolled

FIXED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def held(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(sync_views, "REQUESTS_A_MINUTE", 10**6)
    world.assign()
    return world


@pytest.fixture
def phone(held: World) -> Handset:
    return enrolled(held.shift, held.cast.teammate)


def error(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    assert "no-store" in answer["Cache-Control"]
    sentence: str = answer.json()["error"]
    assert len(sentence) > 10
    return sentence


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer é\u2028", "Bearer " + "x" * 5000]
)
def test_without_a_token_there_is_nothing(phone: Handset, authorization: str) -> None:
    headers = {"Authorization": authorization.encode().decode("latin-1")} if authorization else {}
    answer = phone.web.post(ADDRESS, data="{}", content_type="application/json", headers=headers)
    error(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_session_is_no_token(held: World, sign_in: Callable[..., Any]) -> None:
    """Every right that a cookie gives is worth nothing here, so another site's page can do nothing."""
    for who in ("owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator"):
        browser = sign_in(getattr(held.cast, who))
        assert browser.post(ADDRESS, data="{}", content_type="application/json").status_code == 401, who


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_verbs_are_refused(phone: Handset, method: str) -> None:
    answer = getattr(phone.web, method)(ADDRESS, headers={"Authorization": f"Bearer {phone.token}"})
    assert answer.status_code == 405


def test_guessing_tokens_is_limited(phone: Handset, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    cache.clear()
    monkeypatch.setattr(sync_views, "UNKNOWN_A_MINUTE", 3)
    stranger = Handset(phone=phone.phone, token="x" * 32)
    codes = [stranger.post("{}").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    phone.send()  # who has a token is not held up by those who guess
    cache.clear()


def test_a_phone_that_never_stops_is_told_to_wait(phone: Handset, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.cache import cache

    cache.clear()
    monkeypatch.setattr(sync_views, "REQUESTS_A_MINUTE", 2)
    codes = [phone.post(phone.request()).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert phone.post(phone.request())["Retry-After"] == "60"
    cache.clear()


def test_a_busy_database_says_when_to_come_back(phone: Handset, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(syncing, "receive", locked)
    answer = phone.post(phone.request())
    error(answer, 503)
    assert int(answer["Retry-After"]) > 0


BODIES: dict[str, str | bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
    "not UTF-8": b'{"device": "\xff\xfe"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"\x00\x00",
    "not a number": b'{"head": NaN}',
    "infinity": b'{"head": Infinity}',
    "an integer without end": b'{"head": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
}


@pytest.mark.parametrize("body", BODIES)
def test_what_cannot_be_read_is_refused_as_a_whole(phone: Handset, body: str) -> None:
    error(phone.post(BODIES[body]), 400)


ENVELOPES: dict[str, dict[str, Any]] = {
    "another phone's id": {"device": str(new_id())},
    "no id": {"device": None},
    "a head below nothing": {"head": -1},
    "a head beyond everything": {"head": 2**53},
    "half a head": {"head": 1.5},
    "a head that is true": {"head": True},
    "events that are no list": {"events": {"a": 1}},
    "more than fifty events": {"events": [{}] * 51},
    "what it has as a list": {"has": []},
    "what it has as a text": {"has": {"a": "1-5"}},
    "ranges of three": {"has": {"a": [[1, 2, 3]]}},
    "ranges of text": {"has": {"a": [["1", "2"]]}},
}


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_a_wrong_envelope_is_refused_with_a_sentence(phone: Handset, envelope: str) -> None:
    error(phone.post({**phone.request(), **ENVELOPES[envelope]}), 400)
    assert not LogEntry.objects.exists()


def test_too_much_is_refused_before_it_is_read(phone: Handset) -> None:
    request = {**phone.request(), "more": "x" * sync_views.MOST_BYTES}
    error(phone.post(request), 413)
    exact = json.dumps(phone.request()).ljust(sync_views.MOST_BYTES)
    assert phone.post(exact).status_code == 200
    assert phone.post(exact + " ").status_code == 413


def test_fields_of_a_later_client_are_passed_over(phone: Handset) -> None:
    assert phone.post({**phone.request(), "battery": 0.5, "v": 9}).status_code == 200


def test_ranges_in_any_order_and_number_cost_little(held: World, phone: Handset) -> None:
    mate = enrolled(held.shift)
    for position in range(20):
        mate.visit(held.turf.door_ids[position % 5])
    mate.send()
    ranges = [[n, n] for n in range(9_000, 0, -2)] + [[7, 3], [0, 0]]
    news = phone.post({**phone.request(), "has": {str(mate.id): ranges}}).json()["news"]
    assert [one["seq"] for one in news] == list(range(1, 20, 2))


# Anything at all, and anything that looks nearly right ------------------------------------------------

weird = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 2**53, 2**63, 10**400, 1.5, 1e308, "", "\x00", "é", "\ud800", "a" * 9000])
    | st.just([[[[[[]]]]]])
    | st.just({"\x00": {"\ud83d": 1}})
)
anything = st.recursive(
    weird | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "v", "id", "device", "seq", "lam", "at", "form", "kind", "seal", "door", "outcome", "units", "replaces",
    "seconds", "turf", "point", "target", "name", "\x00",
]  # fmt: skip
changes = st.dictionaries(st.sampled_from(FIELDS), weird | anything, max_size=3)


@given(st.binary(max_size=300) | anything.map(lambda value: json.dumps(value).encode()))
@FIXED
def test_any_body_has_a_clear_answer(phone: Handset, body: bytes) -> None:
    assert phone.post(body).status_code in {200, 400}


@given(st.lists(changes | anything, min_size=1, max_size=6), st.booleans())
@FIXED
def test_any_list_of_nearly_events_is_answered_one_by_one(
    held: World, phone: Handset, items: list[Any], reseal: bool
) -> None:
    """Garbage between two good events: as many answers as items, and the good ones are stored."""
    before, after = phone.visit(held.turf.door_ids[0]), phone.visit(held.turf.door_ids[1])
    first, last = (sealed(event, phone.phone.key) for event in (before, after))
    phone.visit(held.turf.door_ids[2])
    events = [first, *(_spoiled(phone, item, reseal) for item in items), last]
    answer = phone.post({"device": str(phone.id), "head": phone.phone.seq, "events": events})
    assert answer.status_code == 200, answer.content
    answers = answer.json()["answers"]
    assert len(answers) == len(events)
    assert answers[str(before.id)] == answers[str(after.id)] == {"status": "stored"}
    assert {one["status"] for one in answers.values()} <= {
        "stored", "duplicate", "conflict", "quarantined", "refused",
    }  # fmt: skip
    assert checking.check_log(at=NOON).is_right


def _spoiled(phone: Handset, item: Any, reseal: bool) -> Any:
    """A good event with some fields changed, sealed again as a hostile phone can; or just anything."""
    if not (isinstance(item, dict) and set(item) <= set(FIELDS)):
        return item
    import hashlib
    import hmac

    from amiral.cores.canonical import canonical

    good = sealed(phone.phone.log[max(phone.phone.log)].event, phone.phone.key)
    changed = {**good, "id": str(new_id()), "seq": good["seq"] + 1000, **item}
    if reseal:
        try:
            bare = canonical({key: value for key, value in changed.items() if key != "seal"})
        except ValueError:
            return changed
        changed["seal"] = hmac.new(phone.phone.key, bare, hashlib.sha256).hexdigest()
    return changed


def test_a_later_version_may_say_what_it_likes_within_reason(held: World, phone: Handset) -> None:
    phone.visit(held.turf.door_ids[0])
    [good] = phone.request()["events"]
    said = [
        {**good, "id": str(new_id()), "seq": 10, "v": 2, "mood": "\x00"},
        {**good, "id": str(new_id()), "seq": 11, "kind": "dance", "steps": [10**300, 1.5]},
        {**good, "id": str(new_id()), "seq": 12, "v": 2, "mood": "a" * syncing.MOST_BYTES},
        {**good, "id": str(new_id()), "seq": 13, "v": 2, "mood": "\ud800"},
    ]
    answers = phone.post({"device": str(phone.id), "head": 13, "events": said}).json()["answers"]
    assert [one.get("why") for one in answers.values()] == ["future", "future", "malformed", "malformed"]
    mate = enrolled(held.shift)
    carried = mate.post({"device": str(mate.id), "head": 0, "events": [{**said[0], "id": str(new_id())}]})
    assert [one["why"] for one in carried.json()["answers"].values()] == ["seal"]


def test_a_counter_far_ahead_does_not_outrank_everybody_for_ever(held: World, phone: Handset) -> None:
    from dataclasses import replace

    event = phone.visit(held.turf.door_ids[0])
    hostile = sealed(replace(event, lam=2**53 - 1), phone.phone.key)
    answer = phone.post({"device": str(phone.id), "head": 1, "events": [hostile]}).json()
    assert answer["answers"] == {str(event.id): {"status": "quarantined", "why": "counter"}}
    assert answer["lam"] == 0


def test_a_number_used_twice_is_kept_apart(held: World, phone: Handset) -> None:
    from dataclasses import replace

    event = phone.visit(held.turf.door_ids[0])
    other = sealed(replace(event, id=new_id()), phone.phone.key)
    answers = phone.post(
        {"device": str(phone.id), "head": 1, "events": [sealed(event, phone.phone.key), other]}
    ).json()["answers"]
    assert [one.get("why") for one in answers.values()] == [None, "sequence"]


def test_contents_under_one_id_do_not_fill_the_disk(held: World, phone: Handset) -> None:
    from dataclasses import replace

    event = phone.visit(held.turf.door_ids[0])
    phone.send()
    for second in range(1, 60, 20):
        events = [
            sealed(replace(event, body=replace(event.body, seconds=second + n)), phone.phone.key)
            for n in range(20)
        ]
        phone.post({"device": str(phone.id), "head": 1, "events": events})
    assert LogConflict.objects.count() == syncing.MOST_CONFLICTS


def test_nobody_writes_in_anothers_name(held: World, phone: Handset) -> None:
    """Changed on the way, or made up by a team-mate: the seal shows it."""
    mate = enrolled(held.shift)
    event = phone.visit(held.turf.door_ids[0])
    good = sealed(event, phone.phone.key)
    forged = {**sealed(event, mate.phone.key), "device": str(phone.id)}
    changed = {**good, "outcome": "refused"}
    for said in (forged, changed):
        answer = mate.post({"device": str(mate.id), "head": 0, "events": [said]}).json()
        assert answer["answers"] == {str(event.id): {"status": "refused", "why": "seal"}}
    assert not LogEntry.objects.exists()


def queries_of(phone: Handset, request: dict[str, Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert phone.post(request).status_code == 200
    return len(seen)


def test_fifty_events_ask_no_more_than_two(held: World) -> None:
    """Visits, corrections, voids and wishes, of one phone and carried; then the whole batch again."""
    mate = enrolled(held.shift)
    mate.visit(held.turf.door_ids[0])
    mate.send()  # so that there is news for both
    counts = []
    for number in (2, 50):
        phone = enrolled(held.shift)
        events = []
        for place in range(number):
            door = held.turf.door_ids[place % 10]
            last = phone.visit(door, replaces=events[-10].id if place >= 10 else None)
            events.append(last)
        request = phone.request()
        counts.append((queries_of(phone, request), queries_of(phone, request)))
    (few, few_again), (many, many_again) = counts
    assert few_again == many_again <= 13  # PostgreSQL takes a share of the person first (people.holding)
    assert many <= few + 3 <= 25  # what is corrected is looked for, found and taken out


def test_the_answer_names_nobody(held: World, phone: Handset) -> None:
    mate = enrolled(held.shift, held.cast.owner)
    mate.visit(held.turf.door_ids[0])
    mate.send()
    text = json.dumps(phone.send())
    assert str(held.cast.owner) not in text
    assert str(held.cast.teammate) not in text


def test_a_revoked_phone_asks_as_little(held: World, phone: Handset) -> None:
    syncing.revoke(device_id=phone.id, by_id=held.cast.owner, at=SATURDAY)
    door: UUID = held.turf.door_ids[0]
    phone.visit(door)
    phone.send()
    assert LogEntry.objects.get().status == LogStatus.QUARANTINED
    assert not Visit.objects.exists()
    assert Device.objects.get(pk=phone.id).head == 1
