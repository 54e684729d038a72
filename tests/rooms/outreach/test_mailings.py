"""Mailings: written, tested, sent to each once whatever breaks, held back for a reason that is told."""

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import OperationalError

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.models import AuditLine
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.outreach import api
from amiral.rooms.outreach.actions import mailing_sending as sending
from amiral.rooms.outreach.actions import mailings as actions
from amiral.rooms.outreach.actions import segments as segment_actions
from amiral.rooms.outreach.actions.mailing_journal import Journal, left_behind, read
from amiral.rooms.outreach.contracts import (
    MAILING_TRANSITIONS,
    Clause,
    Group,
    IntendedUse,
    MailingDraft,
    MailingState,
    MailingTexts,
    Returned,
    SegmentDraft,
)
from amiral.rooms.outreach.models import Mailing, MailingRecipient, Message, SegmentUse
from amiral.rooms.outreach.queries import mailings as queries
from amiral.rooms.people.actions import consents, objection
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.people.models import Mandate, Person
from tests.conftest import NOON, Cast
from tests.rooms.outreach.conftest import Sink
from tests.rooms.outreach.silences import AFTER, EVE, vote

pytestmark = pytest.mark.django_db

NEWSLETTER = Clause(criterion="consent", values=("newsletter",))
INTENDED = IntendedUse(
    why="Lettre de mars", purpose="newsletter", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 31)
)
FRENCH = MailingTexts(subject="Bonjour {prenom|à vous}", body="Chère **{prenom}**, à {commune|chez vous}.")
ENGLISH = MailingTexts(subject="Hello {given_name}", body="Dear {given_name} of {town}.")


def agree(*person_ids: UUID) -> None:
    for one in person_ids:
        consents.set_consent(
            person_id=one, purpose=Purpose.NEWSLETTER, granted=True, channel="account page", at=NOON
        )


def draft(segment: UUID, **fields: Any) -> MailingDraft:
    values: dict[str, Any] = {
        "name": "Mars",
        "segment_id": segment,
        "intended": INTENDED,
        "sender_name": "Campagne de Mâcon",
        "french": FRENCH,
        "english": ENGLISH,
    }
    return MailingDraft(**(values | fields))


@pytest.fixture(autouse=True)
def settled(settings: Any) -> None:
    """A campaign that may send at any hour."""
    settings.PUBLISHER = "Association de la campagne"
    settings.QUIET_HOURS = ""
    settings.WEEKLY_CAP = 0


@pytest.fixture
def segment(cast: Cast) -> UUID:
    """Who agreed to the newsletter in Saône-et-Loire: the owner, the team-mate, a reader of English."""
    agree(cast.owner, cast.teammate, cast.administrator)
    Person.objects.filter(pk=cast.administrator).update(language="en")
    made = SegmentDraft(name="Lettre", territory_id="departement:71", tree=Group(parts=(NEWSLETTER,)))
    return segment_actions.create(by_id=cast.coordinator, draft=made, at=NOON)


@pytest.fixture
def mailing(cast: Cast, segment: UUID) -> UUID:
    return actions.create(by_id=cast.coordinator, draft=draft(segment), at=NOON)


def begin(cast: Cast, mailing: UUID, *, per_minute: int = 0, at: datetime = NOON) -> None:
    """Tested, scheduled, begun, its recipients written down."""
    actions.send_test(by_id=cast.coordinator, mailing_id=mailing, at=at)
    Message.objects.all().delete()
    actions.schedule(by_id=cast.coordinator, mailing_id=mailing, moment=None, per_minute=per_minute, at=at)
    sending.tend(at=at)


def turns(*, at: datetime = NOON, most: int = 50) -> int:
    """Everything that may leave at a moment; how many letters."""
    sender = sending.Sender()
    total = 0
    try:
        for _turn in range(most):
            number = sender.turn(at=at)
            if number is None:
                break
            total += number
        sending.tend(at=at)
    finally:
        sender.close()
    return total


def states(mailing: UUID) -> dict[str, int]:
    counts = queries.counts(mailing_id=mailing)
    return {
        "sent": counts.sent,
        "waiting": counts.waiting,
        "held": sum(dict(counts.held).values()),
        "failed": sum(dict(counts.failed).values()),
    }


# Sending -------------------------------------------------------------------------------------------


def test_everybody_gets_one_letter_in_his_language(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    assert turns() == 3
    assert turns() == 0
    by_receiver = {receivers[0]: letter for _from, receivers, letter in sink.letters}
    french, english = by_receiver["owner@example.org"], by_receiver["administrator@example.org"]
    assert french["Subject"] == "Bonjour Owner"
    assert english["Subject"] == "Hello Administrator"
    assert "Chère Owner, à Mâcon." in french.get_body(("plain",)).get_content()
    assert "<strong>Owner</strong>" in french.get_body(("html",)).get_content()
    assert "Campagne de Mâcon" in str(french["From"])
    assert len({letter["Message-ID"] for letter in by_receiver.values()}) == 3
    row = Mailing.objects.get()
    assert row.state == MailingState.DONE
    assert states(mailing) == {"sent": 3, "waiting": 0, "held": 0, "failed": 0}
    ids = set(MailingRecipient.objects.values_list("pk", flat=True))
    assert {str(letter["Message-ID"]).strip("<>").partition("@")[0] for letter in by_receiver.values()} == {
        str(one) for one in ids
    }


def test_the_list_is_written_once_however_often_it_is_begun(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    Mailing.objects.update(filled_at=None, paced_until=None)
    sending.tend(at=NOON)
    assert MailingRecipient.objects.count() == 3
    assert turns() == 3


def test_who_withdrew_after_the_list_was_written_is_held_back(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    objection.object_to_all(person_id=cast.owner, channel="account page", at=NOON)
    assert turns() == 2
    held = dict(queries.counts(mailing_id=mailing).held)
    assert held in ({"suppressed": 1}, {"no-consent": 1}, {"no-channel": 1})


def test_a_refusal_for_now_is_tried_again_and_one_for_ever_is_not(
    cast: Cast, mailing: UUID, sink: Sink
) -> None:
    begin(cast, mailing)
    sink.answers["RCPT"] = "451 4.3.0 later"
    assert turns() == 0
    row = Mailing.objects.get()
    assert row.trouble == "refused: 451"
    assert row.paced_until is not None
    waiting = queries.counts(mailing_id=mailing)
    assert dict(waiting.postponed) == {"refused: 451": 3}
    sink.answers["RCPT"] = "550 5.1.1 nobody"
    assert turns(at=NOON + timedelta(minutes=3)) == 0
    assert dict(queries.counts(mailing_id=mailing).failed) == {"refused: 550": 3}
    assert Mailing.objects.get().state == MailingState.DONE
    assert dict(queries.counts(mailing_id=mailing).returned)[Returned.BOUNCE] == 3


def test_a_server_that_is_gone_costs_no_letter(cast: Cast, mailing: UUID, settings: Any) -> None:
    begin(cast, mailing)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert turns() == 0
    assert states(mailing)["waiting"] == 3
    assert Mailing.objects.get().trouble.startswith("unreachable")
    assert set(MailingRecipient.objects.values_list("attempts", "lease_owner")) == {(0, "")}


def test_a_server_that_hangs_up_after_the_letter_is_asked_again_three_times(
    cast: Cast, mailing: UUID, sink: Sink
) -> None:
    begin(cast, mailing)
    sink.hang_up_after_data = True
    for hour in range(6):
        turns(at=NOON + timedelta(hours=hour))
    assert dict(queries.counts(mailing_id=mailing).failed) == {"no-answer": 3}


def test_a_pace_is_kept_by_all_processes_together(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing, per_minute=30)
    one, two = sending.Sender(), sending.Sender()
    assert one.turn(at=NOON) == 1
    assert two.turn(at=NOON + timedelta(seconds=1)) is None
    assert two.turn(at=NOON + timedelta(seconds=2.1)) == 1
    assert one.turn(at=NOON + timedelta(seconds=3)) is None
    one.close()
    two.close()


def test_what_people_asked_for_leaves_before_a_mailing(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    api.send(
        to_address="stranger@example.org",
        purpose="service",
        subject="Code",
        body="123",
        idempotency_key="code",
    )
    Message.objects.filter(idempotency_key="code").update(state="queued", lease_until=None)
    turns()
    assert sink.letters[0][1] == ["stranger@example.org"]


def test_paused_is_still_and_cancelled_is_over(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing, per_minute=30)
    sender = sending.Sender()
    assert sender.turn(at=NOON) == 1
    actions.pause(by_id=cast.coordinator, mailing_id=mailing)
    assert sender.turn(at=NOON + timedelta(minutes=1)) is None
    actions.resume(by_id=cast.coordinator, mailing_id=mailing)
    assert sender.turn(at=NOON + timedelta(minutes=2)) == 1
    actions.cancel(by_id=cast.coordinator, mailing_id=mailing, at=NOON)
    assert sender.turn(at=NOON + timedelta(minutes=3)) is None
    assert dict(queries.counts(mailing_id=mailing).held) == {"cancelled": 1}
    sender.close()


def test_silence_and_quiet_hours_are_waited_for(cast: Cast, mailing: UUID, sink: Sink, settings: Any) -> None:
    begin(cast, mailing)
    settings.QUIET_HOURS = "21:00-08:00"
    night = datetime(2027, 3, 3, 22, tzinfo=UTC)
    assert turns(at=night) == 0
    counts = queries.counts(mailing_id=mailing)
    assert dict(counts.postponed) == {"quiet-hours": 3}
    assert counts.until == datetime(2027, 3, 4, 7, tzinfo=UTC)
    assert turns(at=datetime(2027, 3, 4, 8, tzinfo=UTC)) == 3


# After a crash -------------------------------------------------------------------------------------


def test_what_a_dead_process_handed_over_does_not_leave_again(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    journal = Journal("dead-1")
    batch = sending.take(owner="dead-1", most=3, at=NOON)
    assert batch is not None
    first, second, third = (row.pk for row in batch.rows)
    for one in (first, second):
        journal.handed(one)
    journal.answered(first, taken=True)
    path = journal.path
    assert not sending.has_work(at=NOON), "it holds them all"
    os.close(journal._file)  # the lock is free, as after kill -9
    assert sending.has_work(at=NOON)
    sending.tend(at=NOON)
    assert turns() == 2, "the one in doubt and the one that never left"
    assert not path.exists()
    assert states(mailing)["sent"] == 3
    sent = [
        str(letter["Message-ID"]) for _from, _to, letter in sink.letters if "Test" not in letter["Subject"]
    ]
    assert len(sent) == 2
    assert not any(str(first) in one for one in sent)
    assert any(str(second) in one for one in sent)
    assert any(str(third) in one for one in sent)


def test_what_the_database_did_not_take_stands_in_the_journal(
    cast: Cast, mailing: UUID, sink: Sink, monkeypatch: Any
) -> None:
    begin(cast, mailing)

    def busy(*args: Any, **fields: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(sending, "settle", busy)
        with pytest.raises(sending.Unsettled):
            sending.send_all_due(at=NOON)
    assert states(mailing)["sent"] == 0
    sending.tend(at=NOON)
    assert states(mailing)["sent"] == len(sink.letters) == 3
    assert turns() == 0


def test_a_batch_that_cannot_be_judged_is_free_again(
    cast: Cast, mailing: UUID, sink: Sink, monkeypatch: Any
) -> None:
    begin(cast, mailing)

    def broken(*args: Any, **more: Any) -> Any:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("amiral.rooms.outreach.actions.gate.verdicts", broken)
        assert turns() == 0
    assert Mailing.objects.get().trouble == "broken: RuntimeError"
    assert turns(at=NOON + timedelta(minutes=1)) == 3


def test_electoral_silence_is_waited_for_and_told(
    cast: Cast, mailing: UUID, sink: Sink, sign_in: Any
) -> None:
    vote(cast)
    begin(cast, mailing, at=EVE)
    assert turns(at=EVE) == 0
    counts = queries.counts(mailing_id=mailing)
    assert dict(counts.postponed) == {"silence": 3}
    assert counts.until == datetime(2027, 3, 7, 19, tzinfo=UTC)
    page = sign_in(cast.coordinator).get(f"/envois/{mailing}/").text
    assert "Silence électoral" in page
    assert turns(at=AFTER) == 3


def test_a_living_process_keeps_what_it_holds(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    alive = sending.Sender()
    assert sending.take(owner=alive.owner, most=3, at=NOON) is not None
    assert not list(left_behind())
    assert turns() == 0
    assert turns(at=NOON + sending.LEASE + timedelta(seconds=1)) == 3, "unless its lease ran out"
    alive.close()


def test_a_record_that_was_cut_off_says_nothing() -> None:
    one = UUID(int=1)
    assert read(b"h" + one.bytes + b"t" + one.bytes[:5]).in_doubt == {one}
    assert read(b"h" + one.bytes + b"n" + one.bytes).in_doubt == frozenset()
    assert read(b"h" + one.bytes + b"t" + one.bytes).taken == {one}


# Writing -------------------------------------------------------------------------------------------


def test_the_states_are_a_table_that_every_verb_keeps(cast: Cast, mailing: UUID, settings: Any) -> None:
    """Each verb in each state: it moves along the table, or it is refused and nothing moves."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    by = {"by_id": cast.coordinator, "mailing_id": mailing}
    verbs: dict[MailingState, list[Any]] = {
        MailingState.TEST: [
            lambda: actions.send_test(**by, at=NOON),
            lambda: actions.unschedule(**by),
        ],
        MailingState.SCHEDULED: [lambda: actions.schedule(**by, moment=None, per_minute=0, at=NOON)],
        MailingState.PAUSED: [lambda: actions.pause(**by)],
        MailingState.RUNNING: [lambda: actions.resume(**by)],
        MailingState.CANCELLED: [lambda: actions.cancel(**by, at=NOON)],
    }
    reached: dict[MailingState, set[MailingState]] = {}
    for before in MailingState:
        for to, ways in verbs.items():
            for verb in ways:
                Mailing.objects.update(state=before)
                try:
                    verb()
                except Refused:
                    assert Mailing.objects.get().state == before
                    continue
                after = MailingState(Mailing.objects.get().state)
                assert after == to or (before, after) == (MailingState.SCHEDULED, MailingState.SCHEDULED)
                if after != before:
                    reached.setdefault(before, set()).add(after)
    assert all(states <= MAILING_TRANSITIONS[before] for before, states in reached.items())
    by_itself = {
        MailingState.TEST: {MailingState.DRAFT},  # changing the text
        MailingState.SCHEDULED: {MailingState.RUNNING},
        MailingState.RUNNING: {MailingState.DONE},
    }
    for before, states in MAILING_TRANSITIONS.items():
        assert states == reached.get(before, set()) - {before} | by_itself.get(before, set())


def test_a_text_that_was_changed_must_be_tried_again(cast: Cast, segment: UUID, mailing: UUID) -> None:
    by = {"by_id": cast.coordinator, "mailing_id": mailing, "at": NOON}
    actions.send_test(**by)
    actions.change(**by, version=1, draft=draft(segment, name="Avril"))
    row = Mailing.objects.get()
    assert (row.state, row.version, row.name) == (MailingState.DRAFT, 2, "Avril")
    assert SegmentUse.objects.count() == 1, "the aim is the same"
    with pytest.raises(actions.ChangedMeanwhile):
        actions.change(**by, version=1, draft=draft(segment))
    with pytest.raises(actions.WrongState):
        actions.schedule(**by, moment=None, per_minute=0)


def test_writing_enters_the_use_in_the_register_and_another_aim_is_another_line(
    cast: Cast, segment: UUID, mailing: UUID
) -> None:
    use = SegmentUse.objects.get()
    assert (use.why, use.reachable, Mailing.objects.get().use_id) == ("Lettre de mars", 3, use.pk)
    other = replace(INTENDED, why="Autre chose")
    actions.change(
        by_id=cast.coordinator, mailing_id=mailing, version=1, draft=draft(segment, intended=other), at=NOON
    )
    assert SegmentUse.objects.count() == 2
    assert AuditLine.objects.filter(verb="segment.used").count() == 2
    assert Mailing.objects.get().use.why == "Autre chose"  # type: ignore[union-attr]  # it has one


def test_a_moment_outside_the_period_of_the_register_is_refused(cast: Cast, mailing: UUID) -> None:
    by = {"by_id": cast.coordinator, "mailing_id": mailing}
    actions.send_test(**by, at=NOON)
    for moment, problem in (
        (NOON + timedelta(days=40), actions.OutsideThePeriod),
        (NOON - timedelta(hours=1), actions.InThePast),
    ):
        with pytest.raises(problem):
            actions.schedule(**by, moment=moment, per_minute=0, at=NOON)
    actions.schedule(**by, moment=NOON + timedelta(days=1), per_minute=0, at=NOON)
    sending.tend(at=NOON)
    assert Mailing.objects.get().state == MailingState.SCHEDULED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"french": MailingTexts(), "english": MailingTexts()}, "Rien n’est encore écrit"),
        ({"french": MailingTexts()}, "La lettre en français manque"),
        ({"french": replace(FRENCH, subject=" ")}, "L’objet"),
        ({"french": replace(FRENCH, body="Bonjour {adresse}")}, "{adresse}"),
        ({"french": replace(FRENCH, body="[ici](https://x.example/{prenom})")}, "adresse d’un lien"),
        ({"french": replace(FRENCH, body="<b>gras</b>")}, "HTML"),
        ({"sender_name": "a@b"}, "expéditeur"),
    ],
)
def test_what_is_not_fit_is_not_sent_and_says_why(
    cast: Cast, segment: UUID, fields: dict[str, Any], words: str
) -> None:
    made = actions.create(by_id=cast.coordinator, draft=draft(segment, **fields), at=NOON)
    with pytest.raises(actions.NotFit, match=re.escape(words)):
        actions.send_test(by_id=cast.coordinator, mailing_id=made, at=NOON)
    Mailing.objects.update(state=MailingState.TEST)
    with pytest.raises(actions.NotFit):
        actions.schedule(by_id=cast.coordinator, mailing_id=made, moment=None, per_minute=0, at=NOON)


def test_a_letter_that_does_not_say_who_answers_for_it_does_not_leave(
    cast: Cast, mailing: UUID, settings: Any
) -> None:
    settings.PUBLISHER = ""
    with pytest.raises(actions.NotFit, match="AMIRAL_PUBLISHER"):
        actions.send_test(by_id=cast.coordinator, mailing_id=mailing, at=NOON)


def test_a_name_is_never_markdown_nor_html_nor_a_header(cast: Cast, mailing: UUID, sink: Sink) -> None:
    Person.objects.filter(pk=cast.owner).update(given_name="**[x](https://evil.example)** <b>\nBcc: a@b")
    begin(cast, mailing)
    turns()
    letter = next(one for _from, to, one in sink.letters if to == ["owner@example.org"])
    assert letter["Bcc"] is None
    html = letter.get_body(("html",)).get_content()
    assert "<b>" not in html
    assert 'href="https://evil.example"' not in html


def test_links_to_this_site_carry_one_code_for_everybody_and_others_none(
    cast: Cast, segment: UUID, sink: Sink, settings: Any
) -> None:
    body = f"[agir]({settings.PUBLIC_URL}/actions/) [ailleurs](https://ailleurs.example/x)"
    made = actions.create(
        by_id=cast.coordinator,
        draft=draft(segment, french=MailingTexts(subject="s", body=body), english=MailingTexts()),
        at=NOON,
    )
    begin(cast, made)
    turns()
    texts = {one.get_body(("html",)).get_content() for _from, _to, one in sink.letters}
    code = Mailing.objects.get().code
    assert all(f"/actions/?envoi={code}" in text for text in texts)
    assert all('href="https://ailleurs.example/x"' in text for text in texts)


def test_figures_outlive_the_recipients(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    turns()
    one = MailingRecipient.objects.order_by("pk").first()
    assert one is not None
    MailingRecipient.objects.filter(pk=one.pk).update(replied_at=NOON)
    came_from = f"https://campagne.example/actions/?envoi={Mailing.objects.get().code}"
    for person, page in (
        (cast.teammate, came_from),
        (cast.teammate, came_from),  # once
        (cast.stranger, came_from),  # was not written to
        (cast.owner, "https://campagne.example/actions/?envoi=nonsense"),
        (cast.owner, ""),
        (cast.owner, "http://[broken"),
    ):
        api.note_sign_up(person_id=person, came_from=page)
    before = queries.counts(mailing_id=mailing)
    assert api.purge(at=NOON + timedelta(days=29))["outreach.MailingRecipient"] == 0
    assert api.purge(at=NOON + timedelta(days=31))["outreach.MailingRecipient"] == 3
    after = queries.counts(mailing_id=mailing)
    assert (after.sent, dict(after.returned)) == (before.sent, dict(before.returned))
    assert dict(after.returned)[Returned.REPLY] == dict(after.returned)[Returned.SIGN_UP] == 1


def test_a_person_reads_in_his_export_what_he_was_written(cast: Cast, mailing: UUID, sink: Sink) -> None:
    begin(cast, mailing)
    turns()
    mine = api.export_person(person_id=cast.owner)["outreach"]
    assert [row["mailing"] for row in mine if row["table"] == "mailing_recipient"] == ["Mars"]


# Pages ---------------------------------------------------------------------------------------------

ROLES = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None]
MAY = {"coordinator", "administrator"}
MAY_SOMEWHERE = MAY | {"other_coordinator"}
WRITTEN = {
    "name": "Neuf",
    "purpose": "newsletter",
    "why": "Lettre",
    "starts_on": "2027-03-01",
    "ends_on": "2027-03-31",
    "sender_name": "Campagne",
    "subject_fr": "Bonjour",
    "body_fr": "Texte",
    "version": "1",
}


@pytest.mark.parametrize(
    ("path", "allowed", "sent"),
    [
        ("/envois/", MAY_SOMEWHERE, None),
        ("/envois/nouveau/", MAY_SOMEWHERE, None),
        ("/envois/nouveau/", MAY, WRITTEN),
        ("/envois/{id}/", MAY, None),
        ("/envois/{id}/modifier/", MAY, None),
        ("/envois/{id}/modifier/", MAY, WRITTEN),
        ("/envois/{id}/apercu/", MAY, None),
        ("/envois/{id}/apercu/?langue=en&pour=moi&forme=texte", MAY, None),
        ("/envois/{id}/essai/", MAY, {}),
        ("/envois/{id}/programmer/", MAY, {}),
        ("/envois/{id}/deprogrammer/", MAY, {}),
        ("/envois/{id}/pause/", MAY, {}),
        ("/envois/{id}/reprendre/", MAY, {}),
        ("/envois/{id}/annuler/", MAY, None),
        ("/envois/{id}/annuler/", MAY, {}),
        ("/envois/{id}/allure/", MAY, {"per_minute": "60"}),
    ],
)
def test_who_may_do_what(
    cast: Cast, segment: UUID, mailing: UUID, sign_in: Any, path: str, allowed: set[str], sent: Any
) -> None:
    address = path.format(id=mailing)
    typed = sent | {"segment": str(segment)} if sent is WRITTEN else sent
    for role in ROLES:
        browser = sign_in(getattr(cast, role) if role else None)
        answer = browser.get(address) if sent is None else browser.post(address, typed)
        if role is None:
            assert answer.status_code == 302
            assert "/compte/" in answer["Location"]
        elif role in allowed:
            assert answer.status_code in {200, 302, 422}, role
            assert "/compte/" not in answer.get("Location", "")
        elif role == "other_coordinator" and "{id}" not in path:
            assert answer.status_code == 422, "his own segments are offered, this one is no choice"
        else:
            assert answer.status_code == 404, role
    assert Mailing.objects.filter(name="Neuf").count() <= 2


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


def test_a_mailing_from_writing_to_its_figures(
    cast: Cast,
    segment: UUID,
    sign_in: Any,
    sink: Sink,
    at_noon: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    browser = sign_in(cast.coordinator)
    segment_page = browser.get(f"/segments/{segment}/")
    assert f"/envois/nouveau/?segment={segment}" in segment_page.text
    assert f'value="{segment}" selected' in browser.get(f"/envois/nouveau/?segment={segment}").text
    kept = browser.post("/envois/nouveau/", WRITTEN | {"segment": str(segment)})
    assert kept.status_code == 302
    address = kept["Location"]
    page = browser.get(address)
    assert "Aucune lettre en anglais" in page.text or "pas de lettre en anglais" in page.text
    assert "<dd>3</dd>" in page.text
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(f"{address}essai/")
    assert [to for _from, to, _letter in sink.letters] == [["coordinator@example.org"]]
    assert sink.letters[0][2]["Subject"].startswith("[")
    wrong = browser.post(f"{address}programmer/", {"moment": "2027-05-01T12:00"})
    assert wrong.status_code == 422
    assert browser.post(f"{address}programmer/", {"per_minute": "0"}).status_code == 302
    assert 'href="' + address + 'annuler/"' in browser.get(address).text
    sending.tend(at=NOON)
    assert 'http-equiv="refresh"' in browser.get(address).text
    turns()
    done = browser.get(address).text
    assert 'http-equiv="refresh"' not in done
    assert "<dd>3</dd>" in done
    assert "pour de bon" not in done


def test_the_preview_shows_the_letter_as_html_and_as_text(cast: Cast, mailing: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    html = browser.get(f"/envois/{mailing}/apercu/").text
    assert "Chère <strong>Camille</strong>, à Mâcon." in html
    assert "/desinscription/" not in html, "a preview unsubscribes nobody"
    text = browser.get(f"/envois/{mailing}/apercu/?forme=texte&langue=en&pour=moi").text
    assert "Dear Coordinator of Mâcon." in text


def test_who_may_only_send_is_told_tens(cast: Cast, mailing: UUID, sign_in: Any, sink: Sink) -> None:
    begin(cast, mailing)
    turns()
    Mandate.objects.filter(person_id=cast.coordinator).update(features="|use-segments||send-mailings|")
    page = sign_in(cast.coordinator).get(f"/envois/{mailing}/").text
    assert "moins de 10" in page
    assert "<dd>3</dd>" not in page


def test_a_button_is_shown_to_those_whom_it_lets_in(
    cast: Cast, segment: UUID, mailing: UUID, sign_in: Any
) -> None:
    browser = sign_in(cast.coordinator)
    for features, writes in (("|use-segments|", False), ("|use-segments||send-mailings|", True)):
        Mandate.objects.filter(person_id=cast.coordinator).update(features=features)
        assert ("/envois/nouveau/" in browser.get(f"/segments/{segment}/").text) is writes
        assert (browser.get("/envois/nouveau/").status_code == 200) is writes
    Mandate.objects.filter(person_id=cast.coordinator).update(features="|send-mailings|")
    assert "/envois/nouveau/" not in browser.get("/envois/").text
    assert browser.get("/envois/nouveau/").status_code == 404


def test_the_list_costs_the_same_for_two_and_for_twenty(
    cast: Cast, mailing: UUID, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    browser = sign_in(cast.coordinator)
    browser.get("/envois/")
    with django_assert_max_num_queries(13) as few:
        browser.get("/envois/")
    row = Mailing.objects.get()
    for number in range(20):
        row.pk, row.code, row.name = UUID(int=number + 1), f"c{number}", f"Envoi {number}"
        row.save(force_insert=True)
    with django_assert_max_num_queries(13) as many:
        browser.get("/envois/")
    assert len(few) == len(many)


def test_the_cap_counts_letters_of_mailings_too(
    cast: Cast, segment: UUID, mailing: UUID, sink: Sink, settings: Any
) -> None:
    begin(cast, mailing)
    turns()
    settings.WEEKLY_CAP = 1
    second = actions.create(by_id=cast.coordinator, draft=draft(segment, name="Bis"), at=NOON)
    begin(cast, second)
    assert turns() == 0
    assert dict(queries.counts(mailing_id=second).held) == {"weekly-cap": 3}


def test_a_sign_up_right_after_a_link_of_the_letter_counts(
    cast: Cast, mailing: UUID, sink: Sink, sign_in: Any
) -> None:
    begin(cast, mailing)
    turns()
    action = mobilisation.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=ActionDraft(
            kind=Kind.DOOR_TO_DOOR, title="Porte-à-porte", place="Mairie", commune_id="commune:71270"
        ),
        shifts=[
            ShiftDraft(
                starts_at=now() + timedelta(days=2),
                ends_at=now() + timedelta(days=2, hours=2),
                capacity=5,
                needed=1,
            )
        ],
        at=now(),
    )
    shift = mobilisation.action(action_id=action).shifts[0]
    page = f"http://testserver/actions/{action}/?envoi={Mailing.objects.get().code}"
    answer = sign_in(cast.teammate).post(f"/actions/creneaux/{shift.id}/inscription/", HTTP_REFERER=page)
    assert answer.status_code == 302
    assert dict(queries.counts(mailing_id=mailing).returned)[Returned.SIGN_UP] == 1
