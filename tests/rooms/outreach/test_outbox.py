"""The outbox: once, with consent, and back-off when the server says no."""

import smtplib
import threading
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from amiral.kit.clock import now
from amiral.rooms.outreach import actions, api, jobs
from amiral.rooms.outreach.actions import BACK_OFF, LEASE, HeaderRefused
from amiral.rooms.outreach.contracts import Attachment
from amiral.rooms.outreach.models import Message
from amiral.rooms.people.actions.consents import set_consent
from amiral.rooms.people.contracts import Purpose
from tests.conftest import Cast
from tests.rooms.outreach.conftest import send

MINUTE = timedelta(minutes=1)


def consent(cast: Cast, *, granted: bool) -> None:
    set_consent(person_id=cast.teammate, purpose=Purpose.ACTIONS, granted=granted, channel="system", at=now())


@pytest.mark.django_db
def test_a_service_message_leaves_once_the_transaction_is_committed(commit: Any) -> None:
    with commit():
        send()
        assert not mail.outbox
    (letter,) = mail.outbox
    assert (letter.to, letter.subject, letter.body) == (["teammate@example.org"], "Objet", "Corps")
    message = Message.objects.get()
    assert (message.state, message.body, message.html, message.attempts) == ("sent", "", "", 1)
    assert message.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_sends_nothing() -> None:
    with transaction.atomic():
        send()
        transaction.set_rollback(True)
    assert not mail.outbox
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_one_key_one_message(commit: Any) -> None:
    with commit():
        send(body="premier")
        send(body="second")
    with commit():
        send(body="troisième")
    assert [letter.body for letter in mail.outbox] == ["premier"]
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_other_purposes_wait_for_the_worker_and_leave_with_consent(cast: Cast, commit: Any) -> None:
    consent(cast, granted=True)
    with commit():
        send(purpose="actions", person_id=cast.teammate)
    assert not mail.outbox
    assert jobs.deliver_due(at=now()) == 1
    assert len(mail.outbox) == 1
    assert jobs.deliver_due(at=now()) == 0


@pytest.mark.django_db
def test_consent_is_read_when_the_message_leaves(cast: Cast) -> None:
    consent(cast, granted=True)
    send("a", purpose="actions", person_id=cast.teammate)
    consent(cast, granted=False)
    send("b", purpose="newsletter", person_id=cast.teammate)
    send("c", purpose="actions", person_id=None)
    assert jobs.deliver_due(at=now()) == 0
    assert not mail.outbox
    for message in Message.objects.all():
        assert (message.state, message.reason, message.body) == ("held", "no-consent", "")


@pytest.mark.django_db
def test_html_and_attachment_go_with_the_text(commit: Any) -> None:
    calendar = Attachment(name="action.ics", content_type="text/calendar", text="BEGIN:VCALENDAR")
    with commit():
        send(html="<p>Corps</p>", attachment=calendar, headers={"Reply-To": "groupe@example.org"})
    (letter,) = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    assert letter.alternatives[0][0] == "<p>Corps</p>"
    assert letter.attachments == [("action.ics", "BEGIN:VCALENDAR", "text/calendar")]
    assert letter.extra_headers["Reply-To"] == "groupe@example.org"
    assert str(Message.objects.get().pk) in letter.extra_headers["Message-ID"]
    assert Message.objects.get().attachment_text == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Objet\r\nBcc: tous@example.org"},
        {"subject": "Objet\nX"},
        {"to_address": "a@example.org\nb@example.org"},
        {"headers": {"Reply-To": "a@example.org\r\nBcc: b@example.org"}},
        {"headers": {"Bcc": "b@example.org"}},
        {"headers": {"From": "autre@example.org"}},
        {"headers": {"List-Id\r\nBcc": "x"}},
        {"attachment": Attachment(name="a\r\nb", content_type="text/plain", text="")},
    ],
)
def test_a_header_cannot_be_slipped_in(fields: dict[str, Any]) -> None:
    with pytest.raises(HeaderRefused):
        send(**fields)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_long_subject_is_cut(commit: Any) -> None:
    with commit():
        send(subject="x" * 500)
    assert len(mail.outbox[0].subject) == 200


def trouble(error: Exception) -> Any:
    return mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=error)


@pytest.mark.django_db
def test_a_server_that_says_later_is_asked_later(commit: Any) -> None:
    at = now()
    with trouble(smtplib.SMTPDataError(451, b"later")), commit():
        send()
    for attempt, wait in enumerate(BACK_OFF, start=1):
        message = Message.objects.get()
        assert (message.state, message.attempts, message.reason) == ("queued", attempt, "refused: 451")
        assert message.body == "Corps"
        at = message.not_before
        assert jobs.deliver_due(at=at - MINUTE / 2) == 0
        assert Message.objects.get().attempts == attempt
        assert wait >= MINUTE
        with trouble(smtplib.SMTPDataError(451, b"later")):
            jobs.deliver_due(at=at)
    message = Message.objects.get()
    assert (message.state, message.attempts, message.body) == ("failed", len(BACK_OFF) + 1, "")


@pytest.mark.django_db
def test_the_next_attempt_succeeds(commit: Any) -> None:
    with trouble(smtplib.SMTPDataError(451, b"later")), commit():
        send()
    assert jobs.deliver_due(at=now() + 2 * MINUTE) == 1
    assert Message.objects.get().state == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"teammate@example.org": (550, b"nobody")}),
        smtplib.SMTPDataError(554, b"no"),
        smtplib.SMTPSenderRefused(553, b"no", "x"),
    ],
)
def test_a_server_that_says_never_is_not_asked_again(commit: Any, error: Exception) -> None:
    with trouble(error), commit():
        send()
    message = Message.objects.get()
    assert message.state == "failed"
    assert message.reason.startswith("refused: 55")
    assert "@" not in message.reason


@pytest.mark.django_db
@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected("cut"), TimeoutError(), ValueError("bug")])
def test_what_may_have_left_is_never_sent_again(commit: Any, error: Exception) -> None:
    with trouble(error), commit():
        send()
    assert (Message.objects.get().state, Message.objects.get().reason) == ("failed", "no-answer")
    assert jobs.deliver_due(at=now() + timedelta(days=30)) == 0
    assert not mail.outbox


@pytest.mark.django_db
def test_what_a_dead_worker_held_is_given_up(commit: Any) -> None:
    send()
    at = now()
    assert actions._take(Message.objects.get().pk, at) is not None  # and the worker dies
    assert jobs.deliver_due(at=at + LEASE / 2) == 0
    assert Message.objects.get().state == "queued"
    assert jobs.deliver_due(at=at + LEASE + MINUTE) == 0
    assert (Message.objects.get().state, Message.objects.get().reason) == ("failed", "interrupted")
    assert not mail.outbox


@pytest.mark.django_db
def test_the_oldest_leave_first_and_no_more_than_asked() -> None:
    for number in range(5):
        send(str(number), subject=str(number))
    assert api.deliver_due(at=now(), limit=3) == 3
    assert [letter.subject for letter in mail.outbox] == ["0", "1", "2"]


@pytest.mark.django_db
def test_looking_for_what_is_due_costs_the_same_whatever_waits() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            jobs.deliver_due(at=now() - timedelta(days=1))
        return len(captured)

    send("a")
    few = queries()
    for number in range(20):
        send(str(number))
    assert queries() == few == 2


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_eight_workers_send_each_message_once() -> None:
    for number in range(40):
        Message.objects.create(
            to_address=f"x{number}@example.org",
            purpose="service",
            subject="x",
            body="x",
            idempotency_key=str(number),
        )
    together = threading.Barrier(8)
    problems: list[str] = []

    def work() -> None:
        connection.ensure_connection()
        together.wait()
        try:
            while jobs.deliver_due(at=now(), limit=10):
                pass
        except Exception as error:
            problems.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    jobs.deliver_due(at=now(), limit=100)
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(f"x{n}@example.org" for n in range(40))
    assert not Message.objects.exclude(state="sent").exists()


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_ten_callers_with_one_key_send_one_message() -> None:
    together = threading.Barrier(10)
    problems: list[str] = []

    def work() -> None:
        connection.ensure_connection()
        together.wait()
        try:
            with transaction.atomic():
                send("the same")
        except Exception as error:
            problems.append(repr(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert Message.objects.count() == 1
    assert len(mail.outbox) == 1
