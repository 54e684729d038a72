"""Real SMTP to a real server on this machine."""

import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from amiral.kit.clock import now
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.contracts import Attachment
from amiral.rooms.outreach.models import Message
from tests.rooms.outreach.conftest import Sink, send

pytestmark = pytest.mark.django_db


def test_a_letter_arrives_whole(sink: Sink, commit: Any) -> None:
    calendar = Attachment(name="action.ics", content_type="text/calendar", text="BEGIN:VCALENDAR\nEND")
    with commit():
        send(
            subject="Réunion à Mâcon",
            body="Bonjour,\n\n.un point en début de ligne\nÀ samedi !",
            html="<p>À samedi !</p>",
            attachment=calendar,
        )
    ((sender, receivers, letter),) = sink.letters
    assert "bonjour@amiral.example" in sender
    assert receivers == ["teammate@example.org"]
    assert letter["Subject"] == "Réunion à Mâcon"
    assert letter["To"] == "teammate@example.org"
    assert letter["Message-ID"] == f"<{Message.objects.get().pk}@amiral.example>"
    plain = letter.get_body(("plain",))
    assert plain is not None
    assert ".un point en début de ligne" in plain.get_content()
    html = letter.get_body(("html",))
    assert html is not None
    assert [part.get_filename() for part in letter.iter_attachments()] == ["action.ics"]
    assert Message.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("verb", "line", "state", "reason"),
    [
        ("RCPT", "550 nobody", "failed", "refused: 550"),
        ("RCPT", "450 greylisted", "queued", "refused: 450"),
        ("MAIL", "451 later", "queued", "refused: 451"),
        ("DATA", "452 full", "queued", "refused: 452"),
        ("END", "554 spam", "failed", "refused: 554"),
        ("END", "421 closing", "queued", "refused: 421"),
        ("CONNECT", "554 go away", "queued", "unreachable: 554"),
    ],
)
def test_each_refusal_is_understood(
    sink: Sink, commit: Any, verb: str, line: str, state: str, reason: str
) -> None:
    sink.answers[verb] = line
    with commit():
        send()
    message = Message.objects.get()
    assert (message.state, message.reason) == (state, reason)
    sink.answers.clear()
    jobs.deliver_due(at=now() + timedelta(hours=1))
    assert len(sink.letters) == (state == "queued")


def test_a_line_cut_after_the_letter_is_not_tried_again(sink: Sink, commit: Any) -> None:
    sink.hang_up_after_data = True
    with commit():
        send()
    sink.hang_up_after_data = False
    assert (Message.objects.get().state, Message.objects.get().reason) == ("failed", "no-answer")
    jobs.deliver_due(at=now() + timedelta(days=2))
    assert not sink.letters


def test_no_server_at_all(sink: Sink, commit: Any, settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    with commit():
        send()
    assert Message.objects.get().reason == "unreachable: ConnectionRefusedError"
    settings.EMAIL_PORT = sink.port
    assert jobs.deliver_due(at=now() + timedelta(hours=1)) == 1
    assert len(sink.letters) == 1


def test_one_setting_leads_to_the_server(sink: Sink, tmp_path: Path) -> None:
    script = (
        "import django; django.setup()\n"
        "from django.core.mail import send_mail\n"
        "send_mail('Objet', 'Corps', None, ['x@example.org'])\n"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "amiral.config.settings",
        "AMIRAL_STATE_DIR": str(tmp_path),
        "AMIRAL_EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "AMIRAL_FROM_EMAIL": "Campagne <campagne@example.org>",
        "PATH": "",
    }
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    ((sender, receivers, letter),) = sink.letters
    assert "campagne@example.org" in sender
    assert receivers == ["x@example.org"]
    assert letter["From"] == "Campagne <campagne@example.org>"
