"""What comes back to a letter's address changes what is known of the receiver, and nothing else does."""

import io
import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from unittest import mock
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.mail import signing, tags
from amiral.kit.mail.mailbox import BadUrl, Unreadable, account
from amiral.rooms.outreach import jobs
from amiral.rooms.outreach.actions.returning import Taken, take
from amiral.rooms.outreach.models import Mailing, MailingRecipient, Message
from amiral.rooms.people import api as people
from amiral.rooms.people.actions.consents import set_consent
from amiral.rooms.people.contracts import ContactKind, Purpose
from amiral.rooms.people.models import ContactPoint
from tests.conftest import Cast
from tests.kit.mail.test_bounces import answer, report
from tests.kit.mail.test_bounces import complaint as arf
from tests.rooms.outreach.conftest import send

pytestmark = pytest.mark.django_db
ADDRESS = "teammate@example.org"


@pytest.fixture(autouse=True)
def ways(settings: Any) -> None:
    settings.RETURN_ADDRESS = "retours@campagne.example"
    settings.ANSWERS_TO = "equipe@campagne.example"


@pytest.fixture
def letter(cast: Cast) -> Message:
    set_consent(person_id=cast.teammate, purpose=Purpose.ACTIONS, granted=True, channel="system", at=now())
    send(purpose="actions", person_id=cast.teammate)
    return Message.objects.get()


def recipient(person_id: UUID) -> MailingRecipient:
    mailing = Mailing.objects.create(
        code="c", name="x", territory_id="departement:71", purpose="actions", sender_name="x"
    )
    return MailingRecipient.objects.create(id=uuid4(), mailing=mailing, person_id=person_id)


def state() -> str:
    return ContactPoint.objects.get(kind="email", value=ADDRESS).bounce_state


@pytest.mark.parametrize(
    ("status", "action", "after"),
    [("5.1.1", "failed", "hard"), ("5.2.2", "failed", "soft"), ("4.4.1", "delayed", "soft")],
)
def test_a_bounce_is_written_down(letter: Message, status: str, action: str, after: str) -> None:
    data = report(to=tags.address("m", letter.pk), status=status, action=action)
    assert take(data, at=now()) is Taken.BOUNCE
    assert state() == after


def test_a_bounce_without_the_tag_counts_by_the_letter_that_it_gives_back(letter: Message) -> None:
    data = report(to="bonjour@amiral.example", message_id=f"{letter.pk}@amiral.example")
    assert take(data, at=now()) is Taken.BOUNCE
    assert state() == "hard"


@pytest.mark.parametrize(
    "data",
    [
        lambda id_: report(to="retours@campagne.example", message_id="x@amiral.example"),
        lambda id_: report(to=tags.address("m", uuid4())),
        lambda id_: report(to="retours@campagne.example", message_id=f"{id_}@elsewhere.example"),
        lambda id_: report(to=f"retours+m-{'a' * 26}-{'b' * 8}@campagne.example", message_id="x@y"),
    ],
)
def test_nobody_can_make_up_a_bounce(letter: Message, data: Any) -> None:
    assert take(data(letter.pk), at=now()) is Taken.NOT_OURS
    assert state() == "ok"


def test_a_bounce_of_a_mailing_counts_in_its_figures(letter: Message, cast: Cast) -> None:
    row = recipient(cast.teammate)
    data = report(to=tags.address("e", row.pk))
    assert [take(data, at=now()) for _time in range(2)] == [Taken.BOUNCE] * 2
    row.refresh_from_db()
    assert row.bounced_at is not None
    assert state() == "hard"


def test_a_complaint_closes_the_address_to_all_but_what_is_asked_for(letter: Message, commit: Any) -> None:
    data = arf().replace(b"01920000-0000-7000-8000-000000000001", str(letter.pk).encode())
    assert take(data.replace(b"Original-Mail-From", b"X"), at=now()) is Taken.COMPLAINT
    assert state() == "complained"
    assert people.is_suppressed(channel=ContactKind.EMAIL, value=ADDRESS)
    assert jobs.deliver_due(at=now()) == 0
    letter.refresh_from_db()
    assert (letter.state, letter.reason) == ("held", "suppressed")
    with commit():
        send("code")
    assert Message.objects.get(idempotency_key="code").state == "sent"


def test_a_wish_by_e_mail_ends_it(letter: Message, cast: Cast) -> None:
    data = answer("", To=tags.address("m", letter.pk), Subject="unsubscribe", From="other@example.org")
    assert take(data, at=now()) is Taken.UNSUBSCRIBED
    assert not people.has_consent(person_id=cast.teammate, purpose="actions")
    letter.refresh_from_db()
    assert letter.state == "held"


# Answers --------------------------------------------------------------------------------------------


class _Room:
    def __init__(self, trouble: Exception | None = None) -> None:
        self.taken: list[dict[str, str]] = []
        self.trouble = trouble

    def __call__(self, **told: str) -> None:
        if self.trouble:
            raise self.trouble
        self.taken.append(told)


def test_an_answer_reaches_its_room_once(db: None) -> None:
    room = _Room()
    data = answer("Oui !", To="retours+jeton2@campagne.example", From=ADDRESS, Message_ID="<1@x>")
    with mock.patch("amiral.rooms.network.api.receive_reply", room):
        assert [take(data, at=now()) for _time in range(3)] == [Taken.ANSWER] * 3
    assert room.taken == [{"token": "jeton2", "text": "Oui !", "from_address": ADDRESS}]
    assert not Message.objects.exists()


def test_a_refused_answer_is_told_to_who_wrote(db: None) -> None:
    data = answer("Oui !", To="retours+jeton2@campagne.example", From=ADDRESS, Message_ID="<1@x>")
    with mock.patch("amiral.rooms.network.api.receive_reply", _Room(Refused("Le groupe est fermé."))):
        assert [take(data, at=now()) for _time in range(2)] == [Taken.ANSWER] * 2
    message = Message.objects.get()
    assert (message.to_address, message.body) == (ADDRESS, "Le groupe est fermé.")


@pytest.mark.parametrize(
    "to", ["retours+inconnu@campagne.example", "retours@campagne.example", "autre@x.org"]
)
def test_what_belongs_to_nobody_is_forwarded_to_a_human_being(db: None, to: str) -> None:
    data = answer("Une question ?", To=to, Message_ID="<1@x>", Subject="Re: Objet")
    with mock.patch("amiral.rooms.network.api.receive_reply", _Room(NotFound())):
        assert [take(data, at=now()) for _time in range(2)] == [Taken.FORWARDED] * 2
    message = Message.objects.get()
    assert message.to_address == "equipe@campagne.example"
    assert message.headers == {"Reply-To": "anne@example.org"}
    assert "Une question ?" in message.body


def test_an_answer_to_a_mailing_counts_and_is_forwarded(cast: Cast) -> None:
    row = recipient(cast.teammate)
    assert take(answer("Bravo", To=tags.address("e", row.pk)), at=now()) is Taken.FORWARDED
    row.refresh_from_db()
    assert row.replied_at is not None


def test_without_anybody_to_read_it_stays(db: None, settings: Any) -> None:
    settings.ANSWERS_TO = ""
    assert take(answer("Une question ?", To="x@y.org"), at=now()) is Taken.NOT_OURS


def test_no_loop_with_ourselves(db: None) -> None:
    assert take(answer("x", From="equipe@campagne.example", To="x@y.org"), at=now()) is Taken.NOT_OURS
    assert take(answer("x", Auto_Submitted="auto-generated"), at=now()) is Taken.NOTHING
    assert not Message.objects.exists()


def test_a_sender_cannot_slip_a_header_in(db: None) -> None:
    data = b'From: "x" <a@b.c\r\n Bcc: tous@example.org>\r\nSubject: x\r\n\r\nBonjour\r\n'
    take(data, at=now())
    for message in Message.objects.all():
        assert "\n" not in json.dumps(message.headers)
        assert "\n" not in message.to_address


# The mailbox ----------------------------------------------------------------------------------------


class _Imap(socketserver.StreamRequestHandler):
    """As much of IMAP as a reader of unread messages needs."""

    def handle(self) -> None:
        box = cast(_Server, self.server)
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _space, command = line.partition(" ")
            box.commands.append(command)
            words = command.upper().split()
            if words[0] == "LOGIN" and "secret" not in command:
                self.say(f"{tag} NO wrong")
                continue
            if words[0] == "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1")
            if words[:2] == ["UID", "SEARCH"]:
                self.say("* SEARCH " + " ".join(str(n) for n in box.letters))
            if words[:2] == ["UID", "FETCH"]:
                data = box.letters[int(words[2])]
                self.wfile.write(
                    f"* 1 FETCH (UID {words[2]} BODY[]<0> {{{len(data)}}}\r\n".encode() + data + b")\r\n"
                )
            if words[:2] == ["UID", "STORE"]:
                box.flags[int(words[2])] = command.rpartition("(")[2].rstrip(")")
            self.say(f"{tag} OK done")
            if words[0] == "LOGOUT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    letters: dict[int, bytes]
    flags: dict[int, str]
    commands: list[str]


@pytest.fixture
def imap(settings: Any) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Imap)
    server.letters, server.flags, server.commands = {}, {}, []
    settings.MAILBOX_URL = (
        f"imap://retours%40campagne.example:secret@127.0.0.1:{server.server_address[1]}/INBOX"
    )
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_what_was_dealt_with_is_deleted_and_the_rest_is_left(letter: Message, imap: _Server) -> None:
    imap.letters = {
        3: report(to=tags.address("m", letter.pk)),
        5: report(to="retours@campagne.example", message_id="x@y"),
        7: answer("Je suis absent.", Auto_Submitted="auto-replied"),
        9: b"",
    }
    assert jobs.read_mailbox(at=now()) == {"bounce": 1, "not-ours": 2, "nothing": 1}
    assert imap.flags == {
        3: r"\Seen \Deleted",
        5: r"\Seen \Flagged",
        7: r"\Seen \Deleted",
        9: r"\Seen \Flagged",
    }
    assert "EXPUNGE" in imap.commands
    assert state() == "hard"


def test_one_bad_message_does_not_keep_the_others(letter: Message, imap: _Server) -> None:
    imap.letters = {1: answer("x"), 2: report(to=tags.address("m", letter.pk))}
    with mock.patch("amiral.rooms.outreach.actions.returning._answered", side_effect=ValueError):
        assert jobs.read_mailbox(at=now()) == {"not-ours": 1, "bounce": 1}


def test_a_mailbox_that_does_not_open(imap: _Server, settings: Any) -> None:
    settings.MAILBOX_URL = settings.MAILBOX_URL.replace("secret", "wrong")
    with pytest.raises(Unreadable) as trouble:
        jobs.read_mailbox(at=now())
    assert "wrong" not in str(trouble.value)
    settings.MAILBOX_URL = ""
    assert jobs.read_mailbox(at=now()) == {}


@pytest.mark.parametrize("url", ["", "x", "imaps://host", "pop://u:p@h", "imaps://:p@h"])
def test_addresses_of_mailboxes(url: str) -> None:
    with pytest.raises(BadUrl):
        account(url)
    made = account("imaps://u%40x.org:p%3A@host/Retours")
    assert (made.user, made.password, made.port, made.folder) == ("u@x.org", "p:", 993, "Retours")
    assert "p:" not in repr(made)


# Commands -------------------------------------------------------------------------------------------


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_a_mail_server_pipes_a_message(
    letter: Message, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stdin(monkeypatch, report(to=tags.address("m", letter.pk)))
    call_command("outreach", "read-mail")
    assert capsys.readouterr().out.strip() == "bounce"
    assert state() == "hard"


def test_without_a_database_the_mail_server_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"x")
    monkeypatch.setattr("amiral.rooms.outreach.jobs.take_mail", mock.Mock(side_effect=OperationalError))
    with pytest.raises(SystemExit) as leaving:
        call_command("outreach", "read-mail", stderr=io.StringIO())
    assert leaving.value.code == 75


def test_keys_are_made_and_their_records_shown(tmp_path: Path, settings: Any) -> None:
    settings.DKIM_DIR, settings.DKIM_DOMAIN = tmp_path / "dkim", "campagne.fr"
    out = io.StringIO()
    call_command("outreach", "dkim-key", stdout=out, stderr=io.StringIO())
    names = [line.split(" ")[0] for line in out.getvalue().splitlines()]
    assert names == ["amiral-rsa._domainkey.campagne.fr.", "amiral-ed25519._domainkey.campagne.fr."]
    with pytest.raises(CommandError, match="exists already"):
        call_command("outreach", "dkim-key")
    call_command("outreach", "dkim-key", "--selector", "amiral2", stdout=out, stderr=io.StringIO())
    assert len(list((tmp_path / "dkim").iterdir())) == 4


def _complete(settings: Any, tmp_path: Path) -> None:
    settings.DEFAULT_FROM_EMAIL, settings.MAIL_DOMAIN = "Campagne <bonjour@campagne.fr>", "campagne.fr"
    settings.DKIM_DIR, settings.DKIM_DOMAIN = tmp_path / "dkim", "campagne.fr"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SMTP_URL, settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "smtp+tls://h", "mx.campagne.fr", True
    settings.RETURN_ADDRESS = "retours@campagne.fr"
    settings.MAILBOX_URL = "imaps://u:p@h"
    settings.PUBLIC_URL, settings.PUBLISHER = "https://campagne.fr", "Association X"
    settings.ANSWERS_TO = settings.CONTACT = "equipe@campagne.fr"
    signing.make(signing.place())


def zone(**changes: str) -> str:
    texts = {
        "campagne.fr": "v=spf1 include:_spf.hote.fr -all",
        "_dmarc.campagne.fr": "v=DMARC1; p=quarantine; rua=mailto:x@campagne.fr",
        **{
            line.split(". ")[0]: "".join(line.split('"')[1::2])
            for line in signing.zone_lines(signing.load(signing.place()))
        },
        **changes,
    }
    lines = []
    for name, text in texts.items():
        pieces = " ".join(f'"{text[i : i + 255]}"' for i in range(0, len(text), 255))
        lines.append(f"{name}.\t3600\tIN\tTXT\t{pieces}")
    return "\n".join(line for line in lines if not line.endswith("TXT\t"))


def check(tmp_path: Path, records: str | None = None) -> str:
    out = io.StringIO()
    more = []
    if records is not None:
        (tmp_path / "records").write_text(records)
        more = ["--records", str(tmp_path / "records")]
    try:
        call_command("outreach", "check-mail", *more, stdout=out)
    except CommandError as trouble:
        out.write(str(trouble))
    return out.getvalue()


def test_nothing_is_wrong_with_a_complete_set_up(settings: Any, tmp_path: Path) -> None:
    _complete(settings, tmp_path)
    assert "Nothing is wrong." in check(tmp_path)
    assert "Nothing is wrong." in check(tmp_path, zone())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"campagne.fr": ""}, "SPF: campagne.fr has no record"),
        ({"campagne.fr": "v=spf1 a mx"}, "does not say what becomes of other servers"),
        ({"campagne.fr": "v=spf1 +all"}, "the whole world"),
        ({"campagne.fr": "v=spf1 " + "include:x.fr " * 11 + "-all"}, "11 look-ups"),
        ({"_dmarc.campagne.fr": ""}, "DMARC: _dmarc.campagne.fr has no record"),
        ({"_dmarc.campagne.fr": "v=DMARC1"}, "names no policy"),
        ({"_dmarc.campagne.fr": "v=DMARC1; p=none"}, "p=none lets anybody"),
        ({"amiral-rsa._domainkey.campagne.fr": ""}, "is not published"),
        ({"amiral-ed25519._domainkey.campagne.fr": "v=DKIM1; k=ed25519; p=AAAA"}, "another key"),
    ],
)
def test_what_is_wrong_with_the_records(
    settings: Any, tmp_path: Path, changes: dict[str, str], said: str
) -> None:
    _complete(settings, tmp_path)
    found = check(tmp_path, zone(**changes))
    assert said in found
    assert "1 to look at" in found


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("MAIL_DOMAIN", "amiral.example", "nobody's domain"),
        ("EMAIL_USE_TLS", False, "unencrypted"),
        ("SMTP_URL", "", "AMIRAL_SMTP_URL is not set"),
        ("DKIM_DIR", Path("/nowhere"), "is missing"),
        ("DKIM_DOMAIN", "ailleurs.fr", "letters are signed for ailleurs.fr"),
        ("RETURN_ADDRESS", "", "AMIRAL_RETURN_ADDRESS is not set"),
        ("RETURN_ADDRESS", "retours@ailleurs.fr", "SPF will not count"),
        ("RETURN_ADDRESS", "un-nom-beaucoup-trop-long-pour-cela@campagne.fr", "signs before @"),
        ("MAILBOX_URL", "", "AMIRAL_MAILBOX_URL is not set"),
        ("MAILBOX_URL", "imaps://nobody", "must be like"),
        ("PUBLIC_URL", "http://campagne.fr", "RFC 8058"),
        ("PUBLISHER", "", "AMIRAL_PUBLISHER"),
        ("ANSWERS_TO", "", "nobody reads"),
        ("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend", "do not leave by SMTP"),
    ],
)
def test_what_is_wrong_with_the_settings(
    settings: Any, tmp_path: Path, field: str, value: Any, said: str
) -> None:
    _complete(settings, tmp_path)
    setattr(settings, field, value)
    assert said in check(tmp_path)


def test_a_broken_or_open_key_is_told(settings: Any, tmp_path: Path) -> None:
    _complete(settings, tmp_path)
    key = tmp_path / "dkim" / "amiral-rsa.pem"
    key.chmod(0o644)
    assert "chmod 600" in check(tmp_path)
    key.write_text("nonsense")
    assert "amiral-rsa.pem" in check(tmp_path)


def test_the_command_runs_as_a_program(tmp_path: Path) -> None:
    environment = {"AMIRAL_STATE_DIR": str(tmp_path), "PATH": "", "AMIRAL_FROM_EMAIL": "a@campagne.fr"}
    made = subprocess.run(
        [sys.executable, "-m", "amiral", "outreach", "dkim-key"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "amiral-rsa._domainkey.campagne.fr." in made.stdout
    assert (tmp_path / "dkim" / "amiral-rsa.pem").exists()
