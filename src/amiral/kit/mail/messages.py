"""A letter as bytes (RFC 5322, MIME): built by hand, because the standard library takes fifty times as long.

Every text part is quoted-printable: no line is longer than 76 characters whatever the template wrote
(SMTP's limit is 998), every byte is plain ASCII, so that no server on the way recodes what DKIM has signed.
Plain text always stands beside HTML. Nothing from outside can begin a header of its own: see
``UnsafeHeader``.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from amiral.kit.dkim import Header
from amiral.kit.mail.moulds import Poured
from amiral.kit.mail.quoted import LINE, quoted_printable

_PRINTABLE: Final = re.compile(r"[ -~]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NAME: Final = re.compile(r"(?!\.)[!-9;-~]+")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_FILE_TYPE: Final = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+(; ?[a-z-]+=[A-Za-z0-9._-]+)*")
_BORDERS: Final = {"alternative": b"=_a7c41e02f9b35d68", "mixed": b"=_m7c41e02f9b35d68"}
"""``=_`` occurs neither in quoted-printable nor in base64: no part can contain a border."""

WORD_BYTES: Final = 42
"""Bytes of one encoded word: its 56 letters and ``=?utf-8?b?`` … ``?=`` stay below RFC 2047's 75."""
LONGEST_LINE: Final = 998


class UnsafeHeader(ValueError):
    """A header that would break the message: a line break or another control sign, or no header's name."""


class BadAddress(ValueError):
    """What stands where an address was expected is none that can be written to without SMTPUTF8."""


@dataclass(frozen=True, kw_only=True)
class File:
    """What is attached. ``content_type`` may have plain parameters."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter to one person. ``message_id`` without angle brackets; ``at`` aware. A text that goes to
    many may be poured out of a mould."""

    sender: str
    to: str
    subject: str
    text: str | Poured
    message_id: str
    at: datetime
    html: str | Poured = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Built:
    """A letter as it leaves, in the parts that are signed: nothing but ASCII, lines ended by CRLF.

    The body is its own relaxed form, but for empty lines at its end, and no line begins with a dot: see
    ``kit.mail.quoted``.
    """

    headers: list[Header]
    body: bytes

    def message(self, first: bytes = b"") -> bytes:
        """All of it, behind further headers."""
        return b"".join([first, *[b"%s:%s\r\n" % header for header in self.headers], b"\r\n", self.body])


def build(letter: Letter) -> Built:
    """Raises ``UnsafeHeader`` and ``BadAddress``."""
    kind, body = _body(letter)
    headers = [
        (b"From", b" " + _sender(letter.sender).encode("ascii")),
        (b"To", b" " + mailbox(letter.to).encode("ascii")),
        _header("Subject", letter.subject),
        (b"Date", _date(letter.at.replace(microsecond=0))),
        _header("Message-ID", f"<{letter.message_id}>"),
        *[_header(name, value) for name, value in letter.headers.items()],
        (b"MIME-Version", b" 1.0"),
        *kind,
    ]
    return Built(headers, body)


def mailbox(text: str) -> str:
    """``Name <address>`` as a header writes it. Raises ``BadAddress`` and ``UnsafeHeader``."""
    if _CONTROL.search(text):
        raise UnsafeHeader(text[:60])
    name, address = parseaddr(text) if "<" in text or '"' in text else ("", text)
    plain = ascii_address(address)
    return f"{_phrase(name)} <{plain}>" if name else plain


def address_of(text: str) -> str:
    """The bare address in ``Name <address>``. Raises ``BadAddress``."""
    return ascii_address(parseaddr(text)[1] if "<" in text else text)


@lru_cache(maxsize=64)
def ascii_address(address: str) -> str:
    """The address as SMTP takes it: the domain by IDNA. Raises ``BadAddress``."""
    local, at, domain = address.rpartition("@")
    try:
        plain = address if domain.isascii() else f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise BadAddress(address[:80]) from None
    if not (local and at and domain) or not _PRINTABLE.fullmatch(plain) or set(plain) & set(' <>()[],;:\\"'):
        raise BadAddress(address[:80])
    return plain


def _phrase(name: str) -> str:
    if _ATOMS.fullmatch(name):
        return name
    if _PRINTABLE.fullmatch(name):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    return _encoded(name)


_sender = lru_cache(maxsize=16)(mailbox)


@lru_cache(maxsize=16)
def _date(at: datetime) -> bytes:
    return b" " + format_datetime(at).encode("ascii")


def _header(name: str, value: str) -> Header:
    plain = value.isascii() and value.isprintable()
    if not plain and _CONTROL.search(value):
        raise UnsafeHeader(f"{name}: {value}"[:60])
    text = f" {value if plain else _encoded(value)}"
    if len(name) + 1 + len(text) > LINE and "\r\n" not in text:
        text = _folded(f"{name}:{text}")[len(name) + 1 :]
    return _name(name), text.encode("ascii")


@lru_cache(maxsize=64)
def _name(text: str) -> bytes:
    if not _NAME.fullmatch(text):
        raise UnsafeHeader(text[:60])
    return text.encode("ascii")


def _folded(line: str) -> str:
    """Cut at blanks only. A word that is too long for SMTP's limit cannot be written plainly."""
    lines, current = [], ""
    for word in line.split(" "):
        if current and len(current) + 1 + len(word) > LINE and current.strip():
            lines.append(current)
            current = f" {word}"
        else:
            current = f"{current} {word}" if current else word
    lines.append(current)
    if max(map(len, lines)) > LONGEST_LINE:
        raise UnsafeHeader(line[:60])
    return "\r\n".join(lines)


def _encoded(text: str) -> str:
    """Encoded words (RFC 2047), none of which cuts a letter in two."""
    data, start, words = text.encode("utf-8", "replace"), 0, []
    while start < len(data):
        end = start + WORD_BYTES
        while end < len(data) and data[end] & 0xC0 == 0x80:  # the next byte goes on with a letter
            end -= 1
        words.append(binascii.b2a_base64(data[start:end], newline=False).decode("ascii"))
        start = end
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


Part = tuple[list[Header], list[bytes]]
"""Headers, and the content in pieces: a letter is copied once."""


def _body(letter: Letter) -> tuple[list[Header], bytes]:
    """Its headers, and itself."""
    part = _text_part("plain", letter.text)
    if letter.html:
        part = _multipart("alternative", [part, _text_part("html", letter.html)])
    if letter.files:
        part = _multipart("mixed", [part, *map(_file_part, letter.files)])
    return part[0], b"".join(part[1])


def _text_part(subtype: str, text: str | Poured) -> Part:
    return _TEXT[subtype], [text.wire() if isinstance(text, Poured) else quoted_printable(text)]


_TEXT: Final[dict[str, list[Header]]] = {
    subtype: [
        (b"Content-Type", b" text/%s; charset=utf-8" % subtype.encode()),
        (b"Content-Transfer-Encoding", b" quoted-printable"),
    ]
    for subtype in ("plain", "html")
}


def _multipart(subtype: str, parts: list[Part]) -> Part:
    border = _BORDERS[subtype]
    head = b' multipart/%s;\r\n boundary="%s"' % (subtype.encode(), border)
    inner = []
    for kind, content in parts:
        inner += [b"--%s\r\n" % border, Built(kind, b"").message(), *content, b"\r\n"]
    return [(b"Content-Type", head)], [*inner, b"--%s--\r\n" % border]


def _file_part(file: File) -> Part:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", file.name)
    if not _FILE_TYPE.fullmatch(file.content_type):
        raise UnsafeHeader(file.content_type[:60])
    head = [
        (b"Content-Type", f' {file.content_type}; name="{name}"'.encode()),
        (b"Content-Disposition", f' attachment; filename="{name}"'.encode()),
        (b"Content-Transfer-Encoding", b" base64"),
    ]
    pieces = (file.content[i : i + 57] for i in range(0, len(file.content), 57))
    return head, [binascii.b2a_base64(one, newline=False) + b"\r\n" for one in pieces]
