"""DKIM signatures (RFC 6376) over a finished message, with RSA-SHA256 and Ed25519-SHA256 (RFC 8463) at
once.

A receiver that knows only RSA checks the first signature, a newer one either. Canonicalisation is
relaxed/relaxed. Headers that give a message its meaning are signed once more often than they occur, so
that none can be added on the way; the headers of one-click unsubscription are always among them, as RFC
8058 demands. Pure: no key is read here, no name is looked up.
"""

import hashlib
import re
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

SIGNED: Final = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "reply-to",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "feedback-id",
)
"""Headers that are signed where they occur."""

GUARDED: Final = frozenset({"from", "to", "subject", "date", "message-id", "reply-to", "content-type"})
"""Headers of which no further one may be added on the way."""

LEAST_RSA_BITS: Final = 2048

_BLANKS: Final = re.compile(rb"[ \t]+")
_PKCS1: Final = padding.PKCS1v15()
_SHA256: Final = hashes.SHA256()

Header = tuple[bytes, bytes]
"""The name, and what stands behind its colon, folded or not, without the line end."""


class BadKey(ValueError):
    """A key that receivers would not accept, or a domain or selector that is no name."""


class BadMessage(ValueError):
    """The bytes are no message that can be signed: no ``From``, no blank line after the headers, or bare
    line ends."""


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A private key, published under ``<selector>._domainkey.<domain>`` with the text of
    ``public_record``."""

    domain: str
    selector: str
    private: RSAPrivateKey | Ed25519PrivateKey

    def __post_init__(self) -> None:
        if isinstance(self.private, RSAPrivateKey) and self.private.key_size < LEAST_RSA_BITS:
            raise BadKey(
                f"An RSA key needs at least {LEAST_RSA_BITS} bits, this one has {self.private.key_size}."
            )
        for name in (self.domain, self.selector):
            if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", name):
                raise BadKey(f"{name!r} is not a name in small letters, digits and hyphens.")

    @property
    def algorithm(self) -> str:
        """The value of the tag ``a``."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    @property
    def public_record(self) -> str:
        """The TXT record to publish, in one piece (a DNS server cuts it at 255 characters)."""
        if isinstance(self.private, RSAPrivateKey):
            public = self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={_base64(public).decode()}"
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={_base64(raw).decode()}"

    def sign(self, data: bytes) -> bytes:
        """The signature of canonical headers. RFC 8463, 3: Ed25519 signs their SHA-256."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, _PKCS1, _SHA256)
        return self.private.sign(hashlib.sha256(data).digest())


def load_key(pem: bytes, *, domain: str, selector: str) -> SigningKey:
    """A key from unencrypted PEM. Raises ``BadKey`` for anything but RSA or Ed25519."""
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadKey("This is not an unencrypted private key in PEM.") from error
    if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
        raise BadKey("Only RSA and Ed25519 keys sign messages.")
    return SigningKey(domain=domain, selector=selector, private=private)


def sign(
    message: bytes, keys: Sequence[SigningKey], *, at: datetime, lasts: timedelta | None = None
) -> bytes:
    """``message`` (lines end with CRLF) with one ``DKIM-Signature`` per key before its headers. Raises
    ``BadMessage``.

    ``at`` is the time of the signatures; after ``lasts`` they expire. The body is hashed once for all keys.
    """
    headers, body = _split(message)
    return signatures(headers, body, keys, at=at, lasts=lasts) + message


def signatures(
    headers: Sequence[Header],
    body: bytes,
    keys: Sequence[SigningKey],
    *,
    at: datetime,
    lasts: timedelta | None = None,
    is_relaxed: bool = False,
) -> bytes:
    """The lines that ``sign`` puts before a message, for whoever has it in parts. Raises ``BadMessage``.

    ``is_relaxed``: no line of the body holds two blanks in a row, a tab, or a blank at its end; looking for
    them takes as long as hashing.
    """
    names, order = _order(tuple([name for name, _value in headers]))
    signed = b"".join([relaxed_header(*headers[index]) + b"\r\n" for index in order])
    canonical = _ended(body) if is_relaxed else relaxed_body(body)
    body_hash = _base64(hashlib.sha256(canonical).digest())
    signed_at, expires_at = int(at.timestamp()), int((at + lasts).timestamp()) if lasts else 0
    return b"".join(
        [_signature(_frame(key, names, signed_at, expires_at), key, signed, body_hash) for key in keys]
    )


def relaxed_header(name: bytes, value: bytes) -> bytes:
    """RFC 6376, 3.4.2: ``name:value`` with the name small, unfolded, blanks collapsed, without its line
    end."""
    text = value.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t") if b"\n" in value else value
    if b"  " in text or b"\t" in text:
        text = _BLANKS.sub(b" ", text)
    return b"%s:%s" % (_plain(name), text.strip(b" \t\r\n"))


@lru_cache(maxsize=256)
def _plain(name: bytes) -> bytes:
    return name.strip(b" \t").lower()


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: blanks collapsed, none at the end of a line, no empty lines at the end, one line
    end at the last."""
    # Most letters hold nothing to collapse: looking costs a twentieth of replacing.
    lines = _BLANKS.sub(b" ", body) if b"  " in body or b"\t" in body else body
    lines = lines.replace(b" \r\n", b"\r\n")
    return _ended(lines.removesuffix(b" "))


def _ended(body: bytes) -> bytes:
    """With one line end at its end, and nothing at all where there are only empty lines."""
    lines = body if body.endswith(b"\r\n") or not body else body + b"\r\n"
    while lines.endswith(b"\r\n\r\n"):
        lines = lines[:-2]
    return b"" if lines == b"\r\n" else lines


def _split(message: bytes) -> tuple[list[Header], bytes]:
    head, blank, body = message.partition(b"\r\n\r\n")
    if not blank:
        raise BadMessage("There is no empty line after the headers; lines must end with CR LF.")
    return [_header(line) for line in re.split(rb"\r\n(?![ \t])", head)], body


def _header(line: bytes) -> Header:
    name, colon, value = line.partition(b":")
    if not colon or b"\n" in line.replace(b"\r\n", b"") or b"\r" in line.replace(b"\r\n", b""):
        raise BadMessage(f"This is not a header: {line[:60]!r}.")
    return name, value


@lru_cache(maxsize=64)
def _order(present: tuple[bytes, ...]) -> tuple[str, tuple[int, ...]]:
    """The tag ``h`` of a message with these headers, and which of them are signed, in order.

    Each is signed as often as it occurs, the last one first (RFC 6376, 5.4.2); guarded ones are named once
    more, and one that is not there adds nothing.
    """
    left: dict[str, list[int]] = {}
    for index, name in enumerate(present):
        left.setdefault(_plain(name).decode("ascii", "replace"), []).append(index)
    if "from" not in left:
        raise BadMessage("There is no From header.")
    names = [name for name in SIGNED for _ in range(len(left.get(name, ())) + (name in GUARDED))]
    order = tuple(index for name in SIGNED for index in reversed(left.get(name, ())))
    return ":".join(names), order


@lru_cache(maxsize=64)
def _frame(key: SigningKey, names: str, signed_at: int, expires_at: int) -> tuple[bytes, bytes]:
    """A signature up to the hash of the body, as it is written and as it is signed: for each second anew."""
    expires = [f"x={expires_at}"] if expires_at else []
    tags = [
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain}",
        "; ".join([f"s={key.selector}", f"t={signed_at}", *expires]),
        f"h={_folded(names, ':')}",
        "bh=",
    ]
    value = b" " + ";\r\n\t".join(tags).encode()
    return b"DKIM-Signature:" + value, relaxed_header(b"DKIM-Signature", value)


def _signature(frame: tuple[bytes, bytes], key: SigningKey, signed: bytes, body_hash: bytes) -> bytes:
    written, relaxed = frame
    text = _base64(key.sign(b"%s%s%s; b=" % (signed, relaxed, body_hash)))
    lines = b"\r\n\t".join([text[i : i + 70] for i in range(0, len(text), 70)])
    return b"%s%s;\r\n\tb=%s\r\n" % (written, body_hash, lines)


def _folded(text: str, at: str, width: int = 68) -> str:
    """``text`` on lines of at most ``width``, cut after ``at``, where folding white space is allowed."""
    lines, line = [], ""
    for piece in re.findall(f"[^{at}]+{at}?", text):
        if line and len(line) + len(piece) > width:
            lines.append(line)
            line = ""
        line += piece
    return "\r\n\t".join([*lines, line])


def _base64(data: bytes) -> bytes:
    return b2a_base64(data, newline=False)
