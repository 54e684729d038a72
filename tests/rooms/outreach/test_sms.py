"""Text messages, from the outbox and from mailings, through a real line to a centre on this machine."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from amiral.config.demonstration import texts
from amiral.cores.silence import Window
from amiral.kit.clock import now
from amiral.rooms.outreach import actions, api, jobs
from amiral.rooms.outreach.actions import mailing_texts, mailings, texting
from amiral.rooms.outreach.actions.texting import Texter
from amiral.rooms.outreach.contracts import (
    Channel,
    Clause,
    Group,
    IntendedUse,
    MailingDraft,
    MailingTexts,
    SegmentDraft,
)  # fmt: skip
from amiral.rooms.outreach.models import DemonstrationLetter, Mailing, MailingRecipient, Message, TextPart
from amiral.rooms.outreach.queries import mailings as mailing_queries
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Purpose, Way
from amiral.rooms.people.models import ContactPoint, Person
from tests.conftest import NOON, Cast
from tests.rooms.outreach.conftest import send
from tests.smsc import BAD_NUMBER, CUT, THROTTLED, Centre, running

pytestmark = pytest.mark.django_db

OWNER, TEAMMATE, STRANGER = "+33612345678", "+33612345679", "+33612345680"


@pytest.fixture
def centre(settings: Any) -> Iterator[Centre]:
    with running() as found:
        settings.SMS_GATEWAY = f"smpp://amiral:secret@127.0.0.1:{found.port}"
        settings.SMS_STOP, settings.SMS_PER_SECOND = "36180", 1000
        yield found


@pytest.fixture
def texter(centre: Centre) -> Iterator[Texter]:
    made = Texter(mailing_texts.send_due)
    yield made
    made.close()


@pytest.fixture
def numbers(cast: Cast) -> Cast:
    """Three persons with a number that is theirs, who agreed to be told of actions by SMS."""
    for person_id, number in ((cast.owner, OWNER), (cast.teammate, TEAMMATE), (cast.stranger, STRANGER)):
        ContactPoint.objects.create(
            person_id=person_id, kind="phone", value=number, verified_at=NOON, primary=True
        )
        people.give_consent(person_id=person_id, purpose=Purpose.ACTIONS, way=Way.SMS, channel="x")
    return cast


def text(person_id: UUID, key: str = "k", **fields: Any) -> None:
    send(
        key,
        **({"channel": Channel.SMS, "to_address": "", "person_id": person_id, "body": "Bonjour"} | fields),
    )


def state(key: str = "k") -> tuple[str, str]:
    row = Message.objects.get(idempotency_key=key)
    return row.state, row.reason


def turns(texter: Texter, number: int = 2) -> None:
    for _turn in range(number):
        texter.turn(wait_s=0.01)


def test_a_text_leaves_by_the_line_and_by_nothing_else(
    texter: Texter, centre: Centre, numbers: Cast, commit: Any
) -> None:
    with commit():
        text(numbers.owner)
    jobs.deliver_due(at=now() + timedelta(seconds=1))
    assert (state(), centre.texts) == (("queued", ""), [])
    turns(texter)
    assert state() == ("sent", "")
    assert (centre.texts[0].number, centre.texts[0].words) == (OWNER[1:], "Amiral : Bonjour\nSTOP au 36180")
    centre.receipt("id-1", "DELIVRD")
    turns(texter, 5)
    part = TextPart.objects.get()
    assert (part.gateway_id, part.state) == ("id-1", "delivered")


def test_a_code_rings_at_night_to_a_number_that_is_not_shown_yet(
    texter: Texter, centre: Centre, cast: Cast, settings: Any
) -> None:
    settings.QUIET_HOURS = "00:00-23:59"
    ContactPoint.objects.create(person_id=cast.owner, kind="phone", value=OWNER)
    text(cast.owner, "plain")
    text(cast.owner, "code", to_address=OWNER, urgent=True, body="123456")
    turns(texter)
    assert state("plain") == ("held", "no-channel")
    assert state("code") == ("sent", "")
    assert "STOP" not in centre.texts[0].words
    people.stop(number=OWNER, at=now())
    text(cast.owner, "after", to_address=OWNER, urgent=True)
    turns(texter)
    assert state("after") == ("held", "suppressed"), "STOP holds for codes too"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (THROTTLED, ("queued", "sms-refused: 0x58")),
        (BAD_NUMBER, ("failed", "sms-refused: 0x0b")),
        (CUT, ("failed", "in-doubt")),
    ],
)
def test_what_the_centre_says_decides(
    texter: Texter, centre: Centre, numbers: Cast, answer: int, told: tuple[str, str]
) -> None:
    centre.answers = [answer]
    text(numbers.owner)
    turns(texter, 4)
    assert state() == told
    jobs.deliver_due(at=now() + timedelta(days=1))
    assert len(centre.texts) == 1, "what is in doubt is not sent again"


def test_after_throttling_nothing_leaves_for_a_while_then_all_of_it(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    centre.answers = [THROTTLED]
    for key, person_id in (("a", numbers.owner), ("b", numbers.teammate)):
        text(person_id, key)
    turns(texter)
    assert [state(key)[0] for key in "ab"] == ["queued", "queued"]
    texter._send_at = 0.0
    turns(texter)
    assert state("b")[0] == "sent"
    Message.objects.update(not_before=now())
    turns(texter)
    assert (state("a"), len(centre.texts)) == (("sent", ""), 3)


def test_a_process_that_dies_while_it_hands_over_sends_nothing_twice(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    text(numbers.owner)
    Message.objects.update(lease_until=now() - timedelta(seconds=1))
    turns(texter)
    assert (state(), centre.texts) == (("failed", "interrupted"), [])


def test_the_line_is_opened_again_after_it_broke(texter: Texter, centre: Centre, numbers: Cast) -> None:
    turns(texter, 1)
    centre.hang_up()
    turns(texter, 3)
    text(numbers.owner)
    turns(texter, 3)
    assert len(centre.binds) >= 2
    assert len(centre.texts) <= 1, "either it left once or it is in doubt"
    assert state() in {("sent", ""), ("failed", "in-doubt")}


def test_two_processes_never_hand_over_the_same_text(centre: Centre, numbers: Cast) -> None:
    both = [Texter(mailing_texts.send_due) for _one in range(2)]
    for key, person_id in (("a", numbers.owner), ("b", numbers.teammate), ("c", numbers.stranger)):
        text(person_id, key)
    for one in both * 2:
        one.turn(wait_s=0.0)
    assert sorted(found.number for found in centre.texts) == [OWNER[1:], TEAMMATE[1:], STRANGER[1:]]
    for one in both:
        one.close()


# STOP ----------------------------------------------------------------------------------------------


def test_stop_holds_at_once_for_all_that_is_queued(texter: Texter, centre: Centre, numbers: Cast) -> None:
    for key in ("now", "later"):
        text(numbers.owner, key, purpose="actions", not_before=now() + timedelta(days=1))
    text(numbers.teammate, "other", not_before=now() + timedelta(days=1))
    turns(texter, 1)
    centre.say(OWNER, "Stop !")
    turns(texter, 8)
    assert {state("now"), state("later")} == {("held", "suppressed")}
    assert state("other")[0] == "queued"
    assert not people.has_consent(person_id=numbers.owner, purpose=Purpose.ACTIONS, way=Way.SMS)
    assert Message.objects.get(idempotency_key="now").body == ""


@pytest.mark.parametrize(
    ("words", "made"),
    [("STOP", "stop"), (" stop au 36180", "stop"), ("Arrêt", "stop"), ("ARRÊTER", "stop"),
     ("reprise", "start"), ("Merci, ne stoppez rien", ""), ("", ""), ("?", ""), ("stopper", "stop")],
)  # fmt: skip
def test_the_first_word_decides(numbers: Cast, words: str, made: str) -> None:
    assert texting.take_answer(number=OWNER, text=words, at=now()) == made
    assert people.is_suppressed(channel=ContactKind.PHONE, value=OWNER) == (made == "stop")


def test_stop_from_a_word_instead_of_a_number_breaks_nothing(db: None) -> None:
    assert texting.take_answer(number="Orange", text="STOP", at=now()) == ""


# Mailings ------------------------------------------------------------------------------------------

PAST = {"starts_on": date(2020, 1, 1), "ends_on": date(2099, 12, 31)}


def written(cast: Cast, body: str = "Bonjour {prenom} de {commune}", **fields: Any) -> UUID:
    tree = Group(parts=(Clause(criterion="contact", values=("email",)),))
    segment = api.create_segment(
        by_id=cast.administrator, draft=SegmentDraft(name="S", territory_id="pays:FR", tree=tree)
    )
    intended = IntendedUse(why="x", purpose="actions", channel=Channel.SMS, **PAST)
    draft = MailingDraft(
        name="SMS", segment_id=segment, intended=intended, sender_name="Amiral",
        french=MailingTexts(body=body), english=MailingTexts(), **fields,
    )  # fmt: skip
    return api.create_mailing(by_id=cast.administrator, draft=draft, at=now())


def started(cast: Cast, **fields: Any) -> UUID:
    mailing_id = written(cast, **fields)
    Mailing.objects.filter(pk=mailing_id).update(state="running", started_at=now())
    mailings.fill_begun(at=now())
    return mailing_id


def test_a_mailing_reaches_those_who_agreed_by_sms_and_nobody_else(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    people.give_consent(person_id=numbers.coordinator, purpose=Purpose.ACTIONS, way=Way.EMAIL, channel="x")
    ContactPoint.objects.create(
        person_id=numbers.coordinator, kind="phone", value="+33612345681", verified_at=NOON
    )
    mailing_id = started(numbers)
    assert MailingRecipient.objects.count() == 3
    turns(texter)
    assert sorted(found.number for found in centre.texts) == [OWNER[1:], TEAMMATE[1:], STRANGER[1:]]
    assert "Bonjour Owner de Mâcon" in "".join(found.words for found in centre.texts)
    mailings.finish(at=now())
    counts = mailing_queries.counts(mailing_id=mailing_id)
    assert (counts.sent, counts.parts, Mailing.objects.get().state) == (3, 3, "done")


def test_whoever_stops_while_it_runs_gets_nothing_after_it(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    mailing_id = started(numbers)
    order = list(MailingRecipient.objects.order_by("not_before", "pk").values_list("person_id", flat=True))
    last = {numbers.owner: OWNER, numbers.teammate: TEAMMATE, numbers.stranger: STRANGER}[order[-1]]
    centre.says_before_answer = [(last, "STOP")]
    turns(texter, 3)
    assert last[1:] not in [found.number for found in centre.texts]
    counts = mailing_queries.counts(mailing_id=mailing_id)
    assert (counts.sent, dict(counts.held)) == (2, {"suppressed": 1})


def test_paused_in_the_middle_of_a_batch_it_stops_there(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    mailing_id = started(numbers)
    real = texting.hand_over

    def pausing(*told: Any, **named: Any) -> None:
        real(*told, **named)
        Mailing.objects.filter(pk=mailing_id).update(state="paused")

    with mock.patch.object(texting, "hand_over", pausing):
        turns(texter)
    assert len(centre.texts) == 1
    Mailing.objects.filter(pk=mailing_id).update(state="running")
    turns(texter, 3)
    assert len(centre.texts) == 3


def test_a_cut_leaves_one_in_doubt_and_the_others_go_on(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    mailing_id = started(numbers)
    centre.answers = [CUT]
    turns(texter, 4)
    counts = mailing_queries.counts(mailing_id=mailing_id)
    assert (counts.sent, dict(counts.failed)) == (2, {"in-doubt": 1})
    assert len(centre.texts) == 3


def test_what_a_dead_process_was_handing_over_is_in_doubt(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    mailing_id = started(numbers)
    row = MailingRecipient.objects.first()
    assert row is not None
    MailingRecipient.objects.filter(pk=row.pk).update(
        reason="handed", lease_owner="sms", lease_until=now() - timedelta(seconds=1)
    )
    turns(texter)
    assert len(centre.texts) == 2
    assert dict(mailing_queries.counts(mailing_id=mailing_id).failed) == {"in-doubt": 1}


def test_electoral_silence_is_waited_for(texter: Texter, centre: Centre, numbers: Cast) -> None:
    mailing_id = started(numbers)
    window = Window(
        round="Tour", area="pays:FR", start=now() - timedelta(hours=1), end=now() + timedelta(hours=30)
    )
    with mock.patch(
        "amiral.rooms.outreach.actions.gate.silence.windows_of",
        side_effect=lambda places, start, end: dict.fromkeys(places, (window,)),
    ):
        turns(texter)
    assert centre.texts == []
    assert dict(mailing_queries.counts(mailing_id=mailing_id).postponed) == {"silence": 3}


def test_what_is_written_by_letter_does_not_leave_by_sms(
    texter: Texter, centre: Centre, numbers: Cast
) -> None:
    started(numbers)
    Mailing.objects.update(channel="email")
    turns(texter)
    assert centre.texts == []


def test_it_is_tried_on_ones_own_number(texter: Texter, centre: Centre, numbers: Cast) -> None:
    mailing_id = written(numbers)
    with pytest.raises(mailings.NoNumberToTry):
        mailings.send_test(by_id=numbers.administrator, mailing_id=mailing_id, at=now())
    ContactPoint.objects.create(
        person_id=numbers.administrator, kind="phone", value="+33612345699", verified_at=NOON
    )
    mailings.send_test(by_id=numbers.administrator, mailing_id=mailing_id, at=now())
    turns(texter)
    assert centre.texts[0].number == "33612345699"
    assert Mailing.objects.get().state == "test"


@pytest.mark.parametrize("body", ["", "a" * 1000, "Bonjour {inconnu}"])
def test_what_cannot_leave_says_why(centre: Centre, numbers: Cast, body: str) -> None:
    card = mailing_queries.card(Mailing.objects.get(pk=written(numbers, body=body)))
    assert any(lint.stops for lint in mailing_queries.lint(card))


def test_without_a_gateway_nothing_can_be_scheduled(numbers: Cast) -> None:
    card = mailing_queries.card(Mailing.objects.get(pk=written(numbers)))
    assert [lint.stops for lint in mailing_queries.lint(card)] == [True]
    text(numbers.owner, not_before=now())
    actions.deliver_due(at=now() + timedelta(seconds=1), limit=5)
    assert state() == ("held", "no-channel")


def test_the_demonstration_keeps_them_on_its_page(numbers: Cast, settings: Any, client: Client) -> None:
    settings.DEMONSTRATION = True
    started(numbers)
    mailing_texts.send_due(at=now(), pause=lambda **_said: True)
    assert set(DemonstrationLetter.objects.values_list("channel", "to_address")) == {
        ("sms", OWNER), ("sms", TEAMMATE), ("sms", STRANGER)
    }  # fmt: skip
    assert OWNER in client.get(reverse("outreach:mailbox")).content.decode()


def test_the_preview_counts_parts_and_price(numbers: Cast, client: Client, settings: Any) -> None:
    settings.SMS_PRICE_CENTS, settings.DEMONSTRATION = 4.5, True
    person = Person.objects.get(pk=numbers.administrator)
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": 1}]
    session.save()
    sms = mailing_queries.preview_sms(
        Mailing.objects.get(pk=written(numbers, body="Fête " * 20)), language="fr", person_id=None
    )
    assert (sms.parts, sms.dear, sms.cents) == (2, "ê", 9.0)


def test_what_the_demonstration_shows(cast: Cast, settings: Any, commit: Any) -> None:
    settings.DEMONSTRATION, settings.QUIET_HOURS = True, "21:00-08:00"
    segment = api.create_segment(
        by_id=cast.coordinator,
        draft=SegmentDraft(
            name="S",
            territory_id="departement:71",
            tree=Group(parts=(Clause(criterion="consent", values=("actions:sms",)),)),
        ),
    )
    with commit():
        texts.build(
            coordinator=cast.coordinator,
            volunteer=cast.stranger,
            persons=(cast.owner, cast.teammate),
            segment=segment,
            now=now(),
        )
    shown = DemonstrationLetter.objects.exclude(channel="email")
    # Four persons, and the coordinator's try in each language.
    assert sorted(shown.values_list("channel", flat=True)) == ["push", *["sms"] * 6]
    assert all("STOP" in letter.body for letter in shown.filter(channel="sms"))
    assert Mailing.objects.get().state == "done"
