"""What comes back, as different servers and people write it."""

from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.mail import tags
from amiral.kit.mail.bounces import LARGEST, Bounce, Complaint, Reply, read

ID = UUID("01920000-0000-7000-8000-000000000001")


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.RETURN_ADDRESS = "retours@campagne.example"


def report(
    *,
    to: str = "",
    status: str = "5.1.1",
    action: str = "failed",
    original: str = "message/rfc822",
    message_id: str = f"{ID}@amiral.example",
) -> bytes:
    """A delivery report (RFC 3464) as Postfix writes it."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to or tags.address("m", ID)}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 1 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; a@example.net
Original-Recipient: rfc822;a@example.net
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status[0]}50 {status} no

--b
Content-Type: {original}

From: Campagne <bonjour@amiral.example>
To: a@example.net
Message-ID: <{message_id}>
Subject: Objet

Corps
--b--
""".encode()


@pytest.mark.parametrize(
    ("status", "action", "for_ever"),
    [
        ("5.1.1", "failed", True),
        ("5.1.10", "failed", True),
        ("5.2.1", "failed", True),
        ("5.2.2", "failed", False),
        ("5.7.1", "failed", False),
        ("5.4.7", "failed", False),
        ("4.4.1", "delayed", False),
        ("4.2.2", "failed", False),
    ],
)
@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
def test_reports(status: str, action: str, for_ever: bool, original: str) -> None:
    found = read(report(status=status, action=action, original=original))
    assert found == Bounce(tag=("m", ID), message_ids=(f"{ID}@amiral.example",), for_ever=for_ever)


def test_a_report_for_a_forged_tag_has_none() -> None:
    forged = tags.address("m", ID).replace("+m-", "+e-")
    found = read(report(to=forged))
    assert isinstance(found, Bounce)
    assert found.tag is None


@pytest.mark.parametrize(
    "data",
    [
        b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\nHi. This is the qmail-send.\n"
        b"I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        b"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<a@example.net>:\n"
        b"550 5.1.1 unknown user\n\n--- Below this line is a copy of the message.\n\nSubject: x\n\nCorps\n",
        b"From: MAILER-DAEMON@mx.example.net\nSubject: ???\n\nNo known dialect.\n",
        b"Return-Path: <>\nFrom: Postmaster <postmaster@mx.example.net>\nSubject: x\n\nNo.\n",
    ],
)
def test_old_and_unknown_dialects_are_bounces_all_the_same(data: bytes) -> None:
    assert isinstance(read(data), Bounce)


def test_a_notice_of_delivery_is_nothing() -> None:
    assert read(report(status="2.0.0", action="delivered")) is None


# Complaints -----------------------------------------------------------------------------------------


def complaint(kind: str = "abuse") -> bytes:
    """A complaint (ARF) as providers send it: the receiver's address is blacked out."""
    return f"""From: <abusedesk@provider.example>
To: plaintes@campagne.example
Subject: FW: Objet
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{tags.address("m", ID)}>
Arrival-Date: Thu, 8 Mar 2027 14:00:00 EDT

--b
Content-Type: message/rfc822

From: <bonjour@amiral.example>
To: <redacted@redacted.invalid>
Subject: Objet
Message-ID: <{ID}@amiral.example>

Corps
--b--
""".encode()


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out"])
def test_complaints(kind: str) -> None:
    assert read(complaint(kind)) == Complaint(tag=("m", ID), message_ids=(f"{ID}@amiral.example",))


def test_the_contrary_of_a_complaint() -> None:
    assert not isinstance(read(complaint("not-spam")), Complaint)


# Answers --------------------------------------------------------------------------------------------


def answer(text: str, **heads: str) -> bytes:
    made = EmailMessage()
    made["From"] = heads.pop("From", "Anne <anne@example.org>")
    made["To"] = heads.pop("To", tags.address("e", ID))
    made["Subject"] = heads.pop("Subject", "Re: Objet")
    for name, value in heads.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "Oui, à samedi !\n\nLe 3 mars 2027 à 10:00, Campagne <bonjour@amiral.example> a écrit :\n> Corps\n",
        "Oui, à samedi !\n\nOn Wed, 3 Mar 2027 at 10:00, Campagne wrote:\n\n> Corps\n",
        "Oui, à samedi !\n-- \nAnne\n06 00 00 00 00\n",
        "Oui, à samedi !\n\n-----Message d'origine-----\nDe : Campagne\n",
        "Oui, à samedi !\n\n________________________________\nDe : Campagne\nObjet : x\n",
        "> Corps\nOui, à samedi !\n> Suite\n",
    ],
)
def test_own_words(text: str) -> None:
    found = read(answer(text))
    assert isinstance(found, Reply)
    assert (found.text, found.sender, found.tag) == ("Oui, à samedi !", "anne@example.org", ("e", ID))


def test_an_answer_in_html_only() -> None:
    made = EmailMessage()
    made["From"], made["To"] = "anne@example.org", "retours+abc@campagne.example"
    made.set_content("<style>p{}</style><p>Oui</p><script>x()</script>", subtype="html")
    found = read(made.as_bytes())
    assert isinstance(found, Reply)
    assert (found.text, found.token, found.tag) == ("Oui", "abc", None)


@pytest.mark.parametrize(
    ("subject", "text", "out"),
    [
        ("unsubscribe", "", True),
        ("STOP", "x", True),
        ("", "Stop\n", True),
        ("Désinscription", "", True),
        ("Re: Objet", "stop it all", False),
    ],
)
def test_a_wish_to_end_it(subject: str, text: str, out: bool) -> None:
    found = read(answer(text, Subject=subject))
    assert isinstance(found, Reply)
    assert found.wants_out is out


@pytest.mark.parametrize(
    "heads",
    [
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
    ],
)
def test_machines_get_no_answer(heads: dict[str, str]) -> None:
    assert read(answer("Je suis en congé.", **heads)) is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=600))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    read(data)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 1500), st.binary(max_size=6))
def test_no_report_breaks_the_reader(at: int, noise: bytes) -> None:
    whole = report()
    read(whole[:at] + noise + whole[at + len(noise) :])


def test_a_huge_message_is_cut() -> None:
    found = read(answer("x\n") + b"y" * 2 * LARGEST)
    assert isinstance(found, Reply)
