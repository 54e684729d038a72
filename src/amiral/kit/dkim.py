"""DKIM signatures (RFC 6376) over a finished message, with RSA-SHA256 and Ed25519-SHA256 (RFC 8463) at
once.

A receiver that knows only RSA checks the first signature, a newer one either. Canonicalisation is
relaxed/relaxed. Headers that give a message its meaning are signed once more often than they occur, so
that none can be added on the way; the headers of one-click unsubscription are always among them, as RFC
8058 demands. Pure: no key is read here, no name is looked up.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
_LAST_BLANKS: Final = re.compile(rb"[ \t]+(?=\r\n)")


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
            return f"v=DKIM1; k=rsa; p={_base64(public)}"
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={_base64(raw)}"

    def sign(self, data: bytes) -> bytes:
        """The signature of canonical headers. RFC 8463, 3: Ed25519 signs their SHA-256."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
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
    names = _names(headers)
    signed = b"".join(_occurrences(headers, names))
    body_hash = _base64(hashlib.sha256(relaxed_body(body)).digest())
    lines = [_signature(key, names, signed, body_hash, at=at, lasts=lasts) for key in keys]
    return b"".join(lines) + message


def relaxed_header(name: bytes, value: bytes) -> bytes:
    """RFC 6376, 3.4.2: ``name:value`` with the name small, unfolded, blanks collapsed, without its line
    end."""
    unfolded = _FOLD.sub(b"", value)
    return name.strip(b" \t").lower() + b":" + _BLANKS.sub(b" ", unfolded).strip(b" \t\r\n")


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376, 3.4.4: blanks collapsed, none at the end of a line, no empty lines at the end, one line
    end at the last."""
    text = body if body.endswith(b"\r\n") or not body else body + b"\r\n"
    lines = _BLANKS.sub(b" ", _LAST_BLANKS.sub(b"", text))
    while lines.endswith(b"\r\n\r\n"):
        lines = lines[:-2]
    return b"" if lines == b"\r\n" else lines


def _split(message: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    head, blank, body = message.partition(b"\r\n\r\n")
    if not blank:
        raise BadMessage("There is no empty line after the headers; lines must end with CR LF.")
    headers = [_header(line) for line in re.split(rb"\r\n(?![ \t])", head)]
    if not any(name.strip().lower() == b"from" for name, _ in headers):
        raise BadMessage("There is no From header.")
    return headers, body


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or b"\n" in line.replace(b"\r\n", b"") or b"\r" in line.replace(b"\r\n", b""):
        raise BadMessage(f"This is not a header: {line[:60]!r}.")
    return name, value


def _names(headers: list[tuple[bytes, bytes]]) -> list[str]:
    """Each signed header as often as it occurs, and guarded ones once more."""
    found = [name.strip().lower().decode("ascii", "replace") for name, _ in headers]
    return [name for name in SIGNED for _ in range(found.count(name) + (name in GUARDED))]


def _occurrences(headers: list[tuple[bytes, bytes]], names: list[str]) -> list[bytes]:
    """RFC 6376, 5.4.2: of several headers of a name the last one first; one that is not there adds
    nothing."""
    left: dict[str, list[bytes]] = {}
    for name, value in headers:
        left.setdefault(name.strip().lower().decode("ascii", "replace"), []).append(
            relaxed_header(name, value)
        )
    return [left[name].pop() + b"\r\n" for name in names if left.get(name)]


def _signature(
    key: SigningKey,
    names: list[str],
    signed: bytes,
    body_hash: str,
    *,
    at: datetime,
    lasts: timedelta | None,
) -> bytes:
    expires = [f"x={int((at + lasts).timestamp())}"] if lasts else []
    tags = [
        f"v=1; a={key.algorithm}; c=relaxed/relaxed; d={key.domain}",
        "; ".join([f"s={key.selector}", f"t={int(at.timestamp())}", *expires]),
        f"h={_folded(':'.join(names), ':')}",
        f"bh={body_hash}",
        "b=",
    ]
    value = b" " + ";\r\n\t".join(tags).encode()
    own = relaxed_header(b"DKIM-Signature", value)
    text = _base64(key.sign(signed + own))
    parts = [text[i : i + 70] for i in range(0, len(text), 70)]
    return b"DKIM-Signature:" + value + "\r\n\t".join(parts).encode() + b"\r\n"


def _folded(text: str, at: str, width: int = 68) -> str:
    """``text`` on lines of at most ``width``, cut after ``at``, where folding white space is allowed."""
    lines, line = [], ""
    for piece in re.findall(f"[^{at}]+{at}?", text):
        if line and len(line) + len(piece) > width:
            lines.append(line)
            line = ""
        line += piece
    return "\r\n\t".join([*lines, line])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
