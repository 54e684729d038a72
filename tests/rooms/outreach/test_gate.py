"""The gate on rows: order, constant queries, the cap, quiet hours, and ballots replayed in the outbox."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.cores.gate import Code, Decision
from amiral.cores.silence import LANDS, Conduct, windows
from amiral.kit.clock import now
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.actions import ballots, gate
from amiral.rooms.outreach.contracts import BallotDraft, BallotKind, Channel, Recipient
from amiral.rooms.outreach.models import Message
from amiral.rooms.outreach.queries import reasons
from amiral.rooms.outreach.queries.silence import rounds_between
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Purpose, SuppressionReason, Way
from amiral.rooms.people.models import Consent, Person
from amiral.rooms.territory.models import Territory, TerritoryClosure
from tests.conftest import Cast, make_person
from tests.cores.test_silence import BALLOTS, NATIONAL
from tests.rooms.outreach.conftest import send

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
EVE = datetime(2027, 4, 10, 10, tzinfo=UTC)
BEFORE = datetime(2027, 4, 5, 10, tzinfo=UTC)


def agree(person_id: UUID, purpose: Purpose = Purpose.ACTIONS, way: Way = Way.EMAIL) -> None:
    Consent.objects.create(
        person_id=person_id, purpose=purpose, way=way, granted=True, text_shown="oui", text_sha256="x",
        channel="x", at=datetime(2000, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def enter(cast: Cast, **fields: Any) -> None:
    values: dict[str, Any] = {
        "name": "Présidentielle 2027",
        "kind": BallotKind.PRESIDENTIAL,
        "places": (),
        "sundays": (date(2027, 4, 11),),
        "closes": time(20),
    }
    ballots.create(by_id=cast.administrator, draft=BallotDraft(**(values | fields)), at=BEFORE)


def queue(key: str, at: datetime, **fields: Any) -> None:
    with mock.patch("amiral.rooms.outreach.api.now", return_value=at):
        send(key, **fields)


def reason(key: str = "k") -> tuple[str, str]:
    row = Message.objects.get(idempotency_key=key)
    return row.state, row.reason


# One reason at a time ------------------------------------------------------------------------------------


def test_every_code_has_a_sentence_in_french() -> None:
    for code in Code:
        told = reasons.sentence(f"{code}: Présidentielle 2027")
        assert told != reasons.sentence("unheard of")
        assert "%(" not in told
        assert told.endswith(".")


def test_a_refusal_comes_before_consent_and_a_service_letter_passes(cast: Cast, commit: Any) -> None:
    people.suppress(
        channel=ContactKind.EMAIL, value="teammate@example.org", reason=SuppressionReason.OBJECTION
    )
    send("a", purpose="actions", person_id=cast.teammate)
    jobs.deliver_due(at=now())
    assert reason("a") == ("held", "suppressed")
    with commit():
        send("b", person_id=cast.teammate)
    assert reason("b") == ("sent", "")


def test_what_is_no_longer_wanted_is_held_whoever_says_so(cast: Cast, settings: Any) -> None:
    agree(cast.teammate)
    asked: list[dict[str, Any]] = []

    def still(**question: Any) -> bool | None:
        asked.append(question)
        return None if len(asked) == 1 else False

    subject = cast.group
    with mock.patch("amiral.rooms.outreach.actions.gate.ports.call", lambda name, **q: [still(**q)]):
        for key in "ab":
            send(key, purpose="actions", person_id=cast.teammate, still=f"sign-up:{subject}")
        jobs.deliver_due(at=now())
    assert reason("a")[0] == "sent"
    assert reason("b") == ("held", "no-longer-wanted")
    assert asked[0] == {"kind": "sign-up", "subject_id": subject, "person_id": cast.teammate}


def test_nothing_leaves_before_its_time(cast: Cast, commit: Any) -> None:
    later = now() + DAY
    with commit():
        send(not_before=later)
    assert not mail.outbox
    assert jobs.deliver_due(at=later - timedelta(seconds=1)) == 0
    assert jobs.deliver_due(at=later) == 1


def test_quiet_hours_make_it_wait_and_count_no_attempt(cast: Cast, settings: Any) -> None:
    settings.QUIET_HOURS = "21:00-08:00"
    agree(cast.teammate)
    late = datetime(2027, 3, 3, 22, 15, tzinfo=UTC)
    queue("k", late, purpose="actions", person_id=cast.teammate)
    assert jobs.deliver_due(at=late) == 0
    row = Message.objects.get()
    assert (row.state, row.reason, row.attempts, row.body) == ("queued", "quiet-hours", 0, "Corps")
    assert row.not_before == datetime(2027, 3, 4, 7, tzinfo=UTC)
    assert jobs.deliver_due(at=row.not_before) == 1
    assert reason() == ("sent", "")


def test_the_night_of_guadeloupe_is_not_that_of_paris(cast: Cast, settings: Any) -> None:
    settings.QUIET_HOURS = "21:00-08:00"
    Territory.objects.create(
        id="commune:97105", kind="commune", code="97105", name="Basse-Terre", search_name="basse terre"
    )
    Person.objects.filter(pk=cast.teammate).update(commune_id="commune:97105")
    agree(cast.teammate)
    late = datetime(2027, 3, 3, 22, 15, tzinfo=UTC)
    queue("k", late, purpose="actions", person_id=cast.teammate)
    assert jobs.deliver_due(at=late) == 1


def test_a_person_has_so_many_messages_a_week_and_no_more(cast: Cast, settings: Any) -> None:
    settings.WEEKLY_CAP = 2
    agree(cast.teammate)
    agree(cast.owner)
    for number in range(4):
        queue(f"t{number}", BEFORE + number * timedelta(hours=1), purpose="actions", person_id=cast.teammate)
    queue("o", BEFORE, purpose="actions", person_id=cast.owner, to_address="owner@example.org")
    queue("s", BEFORE, person_id=cast.teammate)
    queue("r", BEFORE, purpose="actions", person_id=cast.teammate, headers={"In-Reply-To": "<x@y>"})
    jobs.deliver_due(at=BEFORE + timedelta(hours=5))
    states = {row.idempotency_key: (row.state, row.reason) for row in Message.objects.all()}
    assert states.pop("t2") == states.pop("t3") == ("held", "weekly-cap")
    assert set(states.values()) == {("sent", "")}
    later = BEFORE + 7 * DAY + timedelta(hours=6)
    queue("next", later, purpose="actions", person_id=cast.teammate)
    jobs.deliver_due(at=later)
    assert reason("next")[0] == "sent"


def test_two_workers_at_once_do_not_pass_the_cap(cast: Cast, settings: Any) -> None:
    """Both hold a message of the same person before either has left: one leaves, and not neither."""
    settings.WEEKLY_CAP = 1
    agree(cast.teammate)
    for key in "ab":
        queue(key, BEFORE, purpose="actions", person_id=cast.teammate)
    Message.objects.update(lease_until=BEFORE + timedelta(minutes=10))
    verdicts = [gate.verdict_on(row, at=BEFORE).decision for row in Message.objects.order_by("pk")]
    assert verdicts == [Decision.SEND, Decision.HOLD]


def test_other_channels_need_somebody_who_opened_them(cast: Cast, settings: Any) -> None:
    agree(cast.teammate, way=Way.SMS)
    send("a", purpose="actions", person_id=cast.teammate, channel=Channel.SMS, to_address="")
    jobs.deliver_due(at=now())
    assert reason("a") == ("held", "no-channel")
    numbers = {cast.teammate: "+33612345678"}
    calls: list[str] = []

    def port(name: str, **arguments: Any) -> list[Any]:
        calls.append(name)
        return [numbers] if name == "channel_addresses" else []

    with mock.patch("amiral.kit.ports.call", port):
        send("b", purpose="actions", person_id=cast.teammate, channel=Channel.SMS, to_address="")
        jobs.deliver_due(at=now())
        people.suppress(channel=ContactKind.PHONE, value="+33612345678", reason=SuppressionReason.OBJECTION)
        send("c", person_id=cast.teammate, channel=Channel.SMS, to_address="", not_before=now())
        jobs.deliver_due(at=now() + timedelta(minutes=1))
    assert reason("b")[0] == "sent"
    assert "carry_sms" in calls
    assert reason("c") == ("held", "suppressed")


# Silence -------------------------------------------------------------------------------------------------


def test_silence_holds_what_is_forbidden_and_lets_the_rest_go(cast: Cast) -> None:
    agree(cast.teammate)
    enter(cast)
    queue("message", BEFORE, purpose="actions", person_id=cast.teammate, not_before=EVE)
    queue("training", BEFORE, purpose="actions", person_id=cast.teammate, conduct=Conduct.TRAINING)
    queue("service", BEFORE, person_id=cast.teammate)
    queue("call", BEFORE, person_id=cast.teammate, conduct=Conduct.CALLS)
    queue("elsewhere", BEFORE, purpose="actions", person_id=cast.teammate, not_before=EVE)
    jobs.deliver_due(at=EVE)
    held = ("held", "silence: Présidentielle 2027, premier tour")
    assert reason("message") == reason("call") == reason("elsewhere") == held
    assert reason("training")[0] == reason("service")[0] == "sent"
    assert "Présidentielle 2027" in reasons.sentence(held[1])


def test_silence_is_where_the_person_lives_or_where_the_message_speaks_to(cast: Cast) -> None:
    enter(cast, kind=BallotKind.MUNICIPAL, places=("71",))
    for person in (cast.teammate, cast.stranger, cast.owner):
        agree(person)
    Person.objects.filter(pk=cast.stranger).update(commune_id="commune:21231")
    Person.objects.filter(pk=cast.owner).update(commune_id=None)
    there = {"purpose": "actions", "person_id": cast.stranger, "to_address": "stranger@example.org"}
    queue("home", BEFORE, purpose="actions", person_id=cast.teammate)
    queue("away", BEFORE, **there)
    queue("about", BEFORE, **there, territory_ids=("commune:71270",))
    queue("nowhere", BEFORE, purpose="actions", person_id=cast.owner, to_address="owner@example.org")
    jobs.deliver_due(at=EVE)
    states = {key: reason(key)[0] for key in ("home", "away", "about", "nowhere")}
    assert states == {"home": "held", "away": "sent", "about": "held", "nowhere": "held"}


def test_a_batch_costs_the_same_whatever_its_size(cast: Cast, settings: Any) -> None:
    settings.QUIET_HOURS, settings.WEEKLY_CAP = "21:00-08:00", 5
    enter(cast)

    def ask(number: int, at: datetime) -> tuple[int, list[Any]]:
        ids = [make_person(f"p{number}x{one}d{at.day}") for one in range(number)]
        batch = [Recipient(person_id=id_, address=f"{id_}@example.org", purpose="newsletter") for id_ in ids]
        with CaptureQueriesContext(connection) as captured:
            verdicts = gate.verdicts(batch, at)
        return len(captured), verdicts

    for at in (BEFORE, EVE):
        few, _verdicts = ask(2, at)
        many, verdicts = ask(20, at)
        assert many == few <= 10
        assert {one.code for one in verdicts} == {Code.NO_CONSENT}


def test_one_batch_counts_what_it_lets_through(cast: Cast, settings: Any) -> None:
    settings.WEEKLY_CAP = 2
    agree(cast.teammate, Purpose.NEWSLETTER)
    one = Recipient(person_id=cast.teammate, address="t@example.org", purpose="newsletter")
    codes = [verdict.code for verdict in gate.verdicts([one] * 4, BEFORE)]
    assert codes == [None, None, Code.WEEKLY_CAP, Code.WEEKLY_CAP]


# The ballots of the past, replayed ----------------------------------------------------------------------

CODES = ("71", "971", "974", "975", "976", "987", "988")
REPLAYED = [
    ("presidential", "2002-05-05"),
    ("presidential", "2007-05-06"),
    ("legislative", "2024-07-07"),
    ("european", "2019-05-26"),
    ("municipal", "2014-03-30"),
    ("regional", "2021-06-27"),
]


@pytest.fixture
def lands(places: None) -> dict[str, UUID]:
    """A commune and a person in Saône-et-Loire and in lands on other clocks."""
    for code in CODES[1:]:
        for id_, kind in [(f"departement:{code}", "departement"), (f"commune:{code}01", "commune")]:
            Territory.objects.create(
                id=id_,
                kind=kind,
                code=id_.partition(":")[2],
                name=id_,
                search_name=id_,
                departement_code=code,
            )
            above = [id_, "pays:FR"] + ([f"departement:{code}"] if kind == "commune" else [])
            for depth, ancestor in enumerate(above):
                TerritoryClosure.objects.create(ancestor_id=ancestor, descendant_id=id_, depth=depth)
    found = {}
    for code in CODES:
        commune = "commune:71270" if code == "71" else f"commune:{code}01"
        found[code] = make_person(f"p{code}", commune_id=commune)
        agree(found[code])
    return found


def test_those_replayed_are_ballots_of_the_list() -> None:
    known = {(kind, day.isoformat()) for kind, day in BALLOTS}
    assert set(REPLAYED) <= known
    assert {land.departement for land in LANDS} >= set(CODES) - {"71"}


@pytest.mark.parametrize(("kind", "day"), REPLAYED)
def test_a_week_of_the_outbox_around_a_ballot(
    cast: Cast, lands: dict[str, UUID], kind: str, day: str
) -> None:
    """Written days before, in one queue; the worker comes every few hours. Zero forbidden, none lost."""
    sunday = date.fromisoformat(day)
    places = tuple(f"departement:{code}" for code in CODES)
    enter(cast, kind=BallotKind(kind), places=places, sundays=(sunday,), name=day)
    if kind in NATIONAL and sunday.year < 2007:
        everybody_on_sunday(cast, sunday)
    (round_,) = rounds_between(
        start=datetime.combine(sunday, time(), UTC) - 3 * DAY, end=datetime.combine(sunday, time(), UTC)
    )
    written = round_.closed_at - 7 * DAY
    due = [round_.closed_at + timedelta(hours=hour) for hour in (-96, -66, -60, -49, -44, -30, -1, 0, 1, 12)]
    for code, person_id in lands.items():
        for at in due:
            for forbidden in (True, False):
                queue(
                    f"{code} {at:%d%H} {forbidden}",
                    written,
                    purpose="actions",
                    person_id=person_id,
                    conduct=Conduct.MESSAGE if forbidden else Conduct.TRAINING,
                    not_before=at,
                )
    for hour in range(-98, 17, 6):
        jobs.deliver_due(at=round_.closed_at + timedelta(hours=hour), limit=1000)
    rows = list(Message.objects.all())
    assert len(rows) == len(lands) * len(due) * 2
    silent = {code: windows([round_], [f"departement:{code}"]) for code in CODES}
    for row in rows:
        code, _due, forbidden = row.idempotency_key.split()
        if forbidden == "False":
            assert row.state == "sent"
        elif row.state == "sent":
            assert row.sent_at is not None
            assert not any(row.sent_at in window for window in silent[code])
        else:
            assert row.reason.startswith("silence")
            asked = [round_.closed_at + timedelta(hours=hour) for hour in range(-98, 17, 6)]
            first = min(at for at in asked if at >= row.not_before)
            assert any(first in window for window in silent[code])


def everybody_on_sunday(cast: Cast, sunday: date) -> None:
    """In 2002 the lands overseas voted on Sunday too: what a person says otherwise than the proposal."""
    from amiral.rooms.outreach.models import BallotPoll

    for poll in BallotPoll.objects.exclude(day=sunday):
        ballots.change_poll(
            by_id=cast.administrator, poll_id=poll.pk, zone=poll.zone, day=sunday, closes=poll.closes
        )


# Shown to the sender ------------------------------------------------------------------------------------


def test_a_sender_reads_what_was_held_back_and_why_without_a_name(cast: Cast, sign_in: Any) -> None:
    agree(cast.teammate)
    told = {"purpose": "actions", "sender_id": cast.owner, "subject": "Samedi", "scope_id": cast.group}
    send("a", person_id=cast.teammate, **told)
    send("b", person_id=cast.stranger, to_address="stranger@example.org", **told)
    jobs.deliver_due(at=now())
    url = reverse("outreach:sendings")

    def page(person_id: UUID | None) -> str:
        return str(sign_in(person_id).get(url).content.decode())

    text = page(cast.owner)
    assert "Samedi" in text
    assert reasons.sentence("no-consent") in text
    assert "example.org" not in text.replace("owner@example.org", "")
    for other in (cast.teammate, cast.stranger, cast.other_coordinator):
        assert "Samedi" not in page(other)
    # Who leads the group, and who holds its territory, follow what is sent in its name.
    assert "Samedi" in page(cast.coordinator)
    assert sign_in(None).get(url).status_code == 302


def test_everybody_reads_what_was_written_to_him(cast: Cast, sign_in: Any) -> None:
    send("a", person_id=cast.teammate, purpose="actions", subject="Pour vous")
    jobs.deliver_due(at=now())
    url = reverse("outreach:received")
    text = sign_in(cast.teammate).get(url).content.decode()
    assert "Pour vous" in text
    assert reasons.sentence("no-consent") in text
    assert "Pour vous" not in sign_in(cast.owner).get(url).content.decode()
    assert sign_in(None).get(url).status_code == 302


@pytest.mark.parametrize("name", ["outreach:sendings", "outreach:received"])
def test_the_lists_cost_the_same_whatever_is_in_them(cast: Cast, sign_in: Any, name: str) -> None:
    browser = sign_in(cast.owner)

    def queries() -> int:
        browser.get(reverse(name))
        with CaptureQueriesContext(connection) as captured:
            browser.get(reverse(name))
        return len(captured)

    def write(number: int) -> None:
        send(str(number), subject=str(number), person_id=cast.owner, sender_id=cast.owner, not_before=EVE)

    write(0)
    few = queries()
    for number in range(1, 20):
        write(number)
    assert queries() == few
