"""Web push: a message that one browser alone can read, signed with the server's key.

Encryption: RFC 8291 (one record of ``aes128gcm``, RFC 8188); signature: VAPID, RFC 8292. Both stand on the
primitives of ``cryptography``; the libraries that wrap them bring two HTTP clients that follow redirections
and resolve names by themselves (docs/decisions/0008-channels.md).
"""

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CURVE = ec.SECP256R1()
RECORD_SIZE = 4096
LONGEST = 3000
"""Bytes of a message: what every push service takes once it is encrypted (RFC 8030 asks for 4096)."""
TOKEN_S = 12 * 3600
"""How long a signature holds; RFC 8292 allows a day."""


class BadSubscription(ValueError):
    """What a browser is said to have given is no key of the curve, or no secret."""


class BadKey(ValueError):
    """The server's key cannot be read."""


class KeyExists(Exception):
    """There is a key already; another one would close every device that was opened with it."""


@dataclass(frozen=True, kw_only=True)
class Browser:
    """Whom a message is for. ``public``: a point of 65 bytes; ``auth``: the secret of 16 bytes."""

    public: bytes
    auth: bytes

    def __post_init__(self) -> None:
        if len(self.auth) != 16 or len(self.public) != 65:
            raise BadSubscription
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, self.public)
        except ValueError:
            raise BadSubscription from None


def browser(*, p256dh: str, auth: str) -> Browser:
    """The two keys as a browser names them, in base64url. Raises ``BadSubscription``."""
    try:
        return Browser(public=from_base64url(p256dh), auth=from_base64url(auth))
    except ValueError:
        raise BadSubscription from None


def to_base64url(raw: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def from_base64url(text: str) -> bytes:
    """With or without padding. Raises ``ValueError``."""
    bare = text.rstrip("=")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)


def encrypted(
    plain: bytes,
    *,
    to: Browser,
    salt: bytes | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> bytes:
    """The body of a push message. ``salt`` and ``key`` are of this message alone; given only by tests."""
    if len(plain) > LONGEST:
        raise ValueError("The message is too long for a push service.")
    salt = os.urandom(16) if salt is None else salt
    key = key or ec.generate_private_key(CURVE)
    own = _point(key.public_key())
    content_key, nonce = _keys(_shared(key, to), to=to, own=own, salt=salt)
    # One record, the last: its padding begins with 2.
    sealed = AESGCM(content_key).encrypt(nonce, plain + b"\x02", None)
    return salt + RECORD_SIZE.to_bytes(4, "big") + bytes([len(own)]) + own + sealed


def _shared(key: ec.EllipticCurvePrivateKey, to: Browser) -> bytes:
    return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, to.public))


def _keys(shared: bytes, *, to: Browser, own: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Content key and nonce (RFC 8291, 3.4)."""
    secret = _derived(shared, salt=to.auth, info=b"WebPush: info\0" + to.public + own, length=32)
    content_key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    return content_key, _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


# The server's key -----------------------------------------------------------------------------------


def make_key(path: Path) -> str:
    """Makes the key once, readable by its owner alone; returns its public half. Raises ``KeyExists``."""
    key = ec.generate_private_key(CURVE)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyExists from None
    with os.fdopen(handle, "wb") as file:
        file.write(text)
    return public_of(key)


def read_key(path: Path) -> ec.EllipticCurvePrivateKey | None:
    """The key, ``None`` when none was made. Raises ``BadKey``."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as trouble:
        raise BadKey(f"{path}: {trouble}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != CURVE.name:
        raise BadKey(f"{path}: this is no key of P-256.")
    return key


def public_of(key: ec.EllipticCurvePrivateKey) -> str:
    """What pages give to browsers as the server's key, in base64url."""
    return to_base64url(_point(key.public_key()))


def authorization(*, endpoint: str, key: ec.EllipticCurvePrivateKey, contact: str, at_s: int) -> str:
    """The header that says who sends (RFC 8292). ``contact``: a ``mailto:`` or ``https:`` address."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": at_s + TOKEN_S, "sub": contact}
    signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    token = f"{signed}.{to_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
    return f"vapid t={token}, k={public_of(key)}"


def _json(content: dict[str, object]) -> str:
    return to_base64url(json.dumps(content, separators=(",", ":")).encode())
