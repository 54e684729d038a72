"""Signatures that another program verifies, and that no change survives."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.dkim import BadKey, BadMessage, SigningKey, load_key, relaxed_body, sign

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
RSA = SigningKey(domain="example.org", selector="r1", private=rsa.generate_private_key(65537, 2048))
ED = SigningKey(domain="example.org", selector="e1", private=ed25519.Ed25519PrivateKey.generate())
RECORDS = {
    b"r1._domainkey.example.org.": RSA.public_record.encode(),
    b"e1._domainkey.example.org.": ED.public_record.encode(),
}


def message(*, subject: str = "Bonjour", body: str = "Un texte.\nDeux lignes.\n", **more: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "Équipe <equipe@example.org>"
    mail["To"] = "lectrice@example.net"
    mail["Subject"] = subject
    mail["Date"] = "Sun, 01 Mar 2026 10:00:00 +0000"
    mail["Message-ID"] = "<1@example.org>"
    mail["List-Unsubscribe"] = "<https://example.org/stop/abc>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    mail.add_alternative(f"<p>{body}</p>", subtype="html")
    return mail.as_bytes()


def verified(signed: bytes) -> list[bool]:
    """What dkimpy says of the first and of the second signature."""

    def dns(name: bytes, timeout: int = 5) -> bytes | None:
        return RECORDS.get(name)

    def one(index: int) -> bool:
        try:
            return bool(dkim.DKIM(signed).verify(idx=index, dnsfunc=dns))
        except dkim.DKIMException:
            return False

    return [one(0), one(1)]


def test_another_program_verifies_both_signatures() -> None:
    assert verified(sign(message(), [RSA, ED], at=AT)) == [True, True]


words = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\x85"), max_size=90
)


@settings(max_examples=60, deadline=None)
@given(subject=words, lines=st.lists(words | st.sampled_from(["", " ", "\t", ".", "From me"]), max_size=8))
def test_any_text_is_signed_so_that_it_verifies(subject: str, lines: list[str]) -> None:
    signed = sign(message(subject=subject, body="\n".join(lines)), [RSA, ED], at=AT)
    assert verified(signed) == [True, True]
    assert all(len(line) < 998 for line in signed.split(b"\r\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Deux lignes", b"Trois lignes"),
        (b"lectrice@example.net", b"lecteur@example.net"),
        (b"Subject: Bonjour", b"Subject: Bonsoir"),
        (b"One-Click", b"No-Click"),
        (b"/stop/abc", b"/stop/abd"),
        (b"\r\nFrom: ", b"\r\nFrom: <autre@example.com>\r\nFrom: "),
        (b"\r\nSubject: ", b"\r\nSubject: Gagnez\r\nSubject: "),
        (b"\r\nTo: ", b"\r\nReply-To: <autre@example.com>\r\nTo: "),
    ],
)
def test_a_change_on_the_way_is_seen(old: bytes, new: bytes) -> None:
    signed = sign(message(), [RSA, ED], at=AT)
    assert old in signed
    assert verified(signed.replace(old, new, 1)) == [False, False]


def test_a_signature_expires_when_it_is_told_to() -> None:
    """dkimpy reads the clock of the machine: signed long ago for a day, it is refused."""
    ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert verified(sign(message(), [RSA, ED], at=ago)) == [True, True]
    assert verified(sign(message(), [RSA, ED], at=ago, lasts=timedelta(days=1))) == [False, False]


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"no end", b"no end\r\n"),
        (b"a \t", b"a\r\n"),
    ],
)
def test_the_relaxed_body_of_the_standard(body: bytes, canonical: bytes) -> None:
    """RFC 6376, 3.4.4 and 3.4.5; a body of empty lines becomes empty."""
    assert relaxed_body(body) == canonical


@pytest.mark.parametrize(
    "bad",
    [b"", b"From: a\n\nbody", b"To: a\r\n\r\n", b"From: a\r\nnothing\r\n\r\n", b"From: a\nX: b\r\n\r\n"],
)
def test_what_is_no_message_is_refused(bad: bytes) -> None:
    with pytest.raises(BadMessage):
        sign(bad, [ED], at=AT)


def test_keys_that_receivers_refuse_are_refused_here() -> None:
    with pytest.raises(BadKey, match="1024"):
        SigningKey(domain="example.org", selector="r", private=rsa.generate_private_key(65537, 1024))
    with pytest.raises(BadKey, match="name"):
        SigningKey(domain="example.org; s=x", selector="r", private=ED.private)
    curve = ec.generate_private_key(ec.SECP256R1())
    pem = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(BadKey, match="Only RSA and Ed25519"):
        load_key(pem, domain="example.org", selector="x")
    with pytest.raises(BadKey, match="PEM"):
        load_key(b"nonsense", domain="example.org", selector="x")
    own = ED.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert load_key(own, domain="example.org", selector="e1").public_record == ED.public_record
