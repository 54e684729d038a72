"""A built letter read back by the standard library, and its signatures by another program."""

import stat
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.dkim import BadKey, sign
from amiral.kit.mail import signing
from amiral.kit.mail.messages import BadAddress, File, Letter, UnsafeHeader, build, mailbox
from amiral.kit.mail.moulds import Mould, Poured
from amiral.kit.mail.signing import KeysExist, Place, load, make, zone_lines

AT = datetime(2027, 3, 3, 12, tzinfo=UTC)


def letter(**fields: Any) -> Letter:
    values: dict[str, Any] = {
        "sender": "Campagne <bonjour@example.org>",
        "to": "teammate@example.net",
        "subject": "Objet",
        "text": "Corps",
        "message_id": "0192@example.org",
        "at": AT,
    }
    return Letter(**(values | fields))


def read(data: bytes) -> EmailMessage:
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert data.isascii()
    return cast(EmailMessage, message_from_bytes(data, policy=policy.default))


def text_of(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n").removesuffix("\n")


lines = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=200)
texts = st.lists(lines, max_size=6).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(lines, texts, texts)
def test_what_was_written_is_read(subject: str, text: str, html: str) -> None:
    made = read(build(letter(subject=subject, text=text, html=html)).message())
    # Blanks at the borders of a header are nobody's words.
    assert "".join(str(made["Subject"]).split()) == "".join(subject.split())
    assert text_of(made, "plain") == text.removesuffix("\n")
    if html:
        assert text_of(made, "html") == html.removesuffix("\n")
    assert made["Message-ID"] == "<0192@example.org>"
    assert made["Date"] == "Wed, 03 Mar 2027 12:00:00 +0000"


def test_plain_text_comes_before_html_and_files_after_both() -> None:
    files = (File(name="a é.ics", content_type="text/calendar; charset=utf-8", content="é".encode() * 99),)
    made = read(build(letter(html="<p>Corps</p>", files=files)).message())
    kinds = [part.get_content_type() for part in made.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    (attached,) = made.iter_attachments()
    assert attached.get_filename() == "a__.ics"
    assert attached.get_content() == "é" * 99


def test_a_line_of_nine_thousand_signs_is_wrapped() -> None:
    html = f"<p>{'é<b>x</b>' * 1000}</p>"
    made = read(build(letter(html=html)).message())
    assert text_of(made, "html") == html


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "Objet\r\nBcc: tous@example.org"},
        {"subject": "Objet\n"},
        {"sender": "A\r\nBcc: b@example.org <a@example.org>"},
        {"to": "a@example.org\r\nBcc: b@example.org"},
        {"message_id": "x\r\nBcc: b@example.org"},
        {"headers": {"Reply-To": "a@example.org\nBcc: b@example.org"}},
        {"headers": {"Bcc: b@example.org\r\nX": "y"}},
        {"headers": {"": "y"}},
        {"headers": {"X": "y" * 1000}},
        {"files": (File(name="a", content_type="text/plain\r\nX: y", content=b""),)},
    ],
)
def test_no_header_can_be_slipped_in(fields: dict[str, Any]) -> None:
    with pytest.raises((UnsafeHeader, BadAddress)):
        build(letter(**fields))


def test_a_file_cannot_name_its_way_out() -> None:
    made = build(letter(files=(File(name='a"\r\nX: y', content_type="text/plain", content=b""),)))
    assert b"\r\nX: y" not in made.message()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a@example.org", "a@example.org"),
        ("Campagne 2027 <a@example.org>", "Campagne 2027 <a@example.org>"),
        ('"Dupont, Anne" <a@example.org>', '"Dupont, Anne" <a@example.org>'),
        ("Été <a@example.org>", "=?utf-8?b?w4l0w6k=?= <a@example.org>"),
        ("a@été.example", "a@xn--t-9fab.example"),
    ],
)
def test_addresses(text: str, written: str) -> None:
    assert mailbox(text) == written


@pytest.mark.parametrize("text", ["", "a", "a@", "@b", "é@example.org", "a b@c.d", "a@b..c é"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress):
        mailbox(text)


# Signing --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    found = Place(folder=tmp_path_factory.mktemp("dkim") / "keys", domain="example.org", selector="s1")
    make(found)
    return found


def test_keys_are_made_once_and_for_their_owner_only(place: Place) -> None:
    assert [stat.S_IMODE(place.path(kind).stat().st_mode) for kind in signing.KINDS] == [0o600, 0o600]
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
    with pytest.raises(KeysExist):
        make(place)


def test_a_bad_domain_leaves_no_key(tmp_path: Path) -> None:
    with pytest.raises(BadKey):
        make(Place(folder=tmp_path / "keys", domain="no domain", selector="s1"))
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("html", ["<p>é</p>", Poured(Mould(["<p>  Chère ", 0, ",\n.", 0, "</p>"]), ["Zoé"])])
def test_what_is_published_verifies_what_is_signed(place: Place, html: str | Poured) -> None:
    headers = {
        "List-Unsubscribe": "<https://example.org/desinscription/" + "x" * 180 + "/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    message = signing.signed(
        build(letter(subject="À samedi " * 20, html=html, headers=headers)),
        at=datetime.now(UTC),
        keys=load(place),
    )
    zone = {line.split(" ")[0]: "".join(line.split('"')[1::2]) for line in zone_lines(load(place))}
    assert set(zone) == {"s1-rsa._domainkey.example.org.", "s1-ed25519._domainkey.example.org."}

    def dns(name: bytes, timeout: int = 5) -> bytes | None:
        return zone.get(name.decode(), "").encode() or None

    assert [dkim.DKIM(message).verify(idx=i, dnsfunc=dns) for i in range(2)] == [True, True]
    signed = b"".join(dkim.DKIM(message).signed_headers) if hasattr(dkim.DKIM, "signed_headers") else message
    assert b"list-unsubscribe-post" in signed.lower()
    assert all(b"list-unsubscribe" in part for part in message.split(b"DKIM-Signature:")[1:3])
    changed = message.replace(b"One-Click", b"Two-Clicks")
    assert not dkim.DKIM(changed).verify(idx=0, dnsfunc=dns)


files = st.builds(
    File,
    name=st.text(max_size=8),
    content_type=st.sampled_from(["text/calendar; charset=utf-8", "image/png"]),
    content=st.binary(max_size=90),
)


@settings(max_examples=30, deadline=None)
@given(texts, texts, st.lists(files, max_size=2), st.lists(lines, min_size=2, max_size=2))
def test_a_letter_signed_in_parts_is_the_message_signed_whole(
    place: Place, text: str, html: str, attached: list[File], words: list[str]
) -> None:
    """Both signatures are the same every time: a body that is not its own relaxed form would show."""
    poured = Poured(Mould([text, 0, " \t", 1, html]), words)
    for letters in ({"text": text, "html": html}, {"text": poured, "html": poured}):
        built = build(letter(**letters, files=tuple(attached)))
        signed = signing.signed(built, at=AT, keys=load(place))
        assert signed == sign(built.message(), load(place), at=AT)
        assert b"\r\n." not in signed


def test_without_keys_a_letter_leaves_as_it_is() -> None:
    built = build(letter())
    assert signing.signed(built, at=AT, keys=()) == built.message()


def test_a_broken_key_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "s1-rsa.pem").write_text("nonsense")
    with pytest.raises(BadKey, match=r"s1-rsa\.pem"):
        load(Place(folder=tmp_path, domain="example.org", selector="s1"))
