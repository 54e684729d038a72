"""Signatures of HTTP requests between servers, in the two forms that are in use.

- **Cavage**: draft-cavage-http-signatures-12, RSA-SHA256, as Mastodon made it common: ``(request-target)``,
  ``host``, ``date`` and, with a body, ``digest``.
- **RFC 9421** with RFC 9530's ``Content-Digest``: through the library ``http_message_signatures``.

A request is checked in two steps, because the key is fetched in between: ``claim_of`` reads who claims to
have signed, and refuses what no key could make good (a body that was changed, a date too far away, parts that
are not covered); ``verify`` asks the key. Pure: time, keys and the request come in as arguments.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
    algorithms,
)
from http_message_signatures.exceptions import HTTPMessageSignaturesException

WINDOW = timedelta(hours=1)
"""How far the clock of a peer, or a request on its way, may be from ours: the margin that Mastodon gives."""
SKEW = timedelta(minutes=5)
"""How far in the future an ``expires`` that has passed is still taken."""
KEY_BITS = 2048
LABEL = "sig1"
_PARAMETER = re.compile(r'\s*([a-zA-Z]+)=(?:"([^"]*)"|(\d+))\s*(?:,|$)')
_CAVAGE_ALGORITHMS = frozenset({"rsa-sha256", "hs2019", "ed25519"})
_MAX_HEADER = 8_192


class Scheme(StrEnum):
    """In which form a request is signed."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


class BadSignature(Exception):
    """The request is not what its signer signed, or is not signed as it must be. The words are for logs."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came or leaves. ``headers``: names in small letters, one value each."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a signature says of itself before any key was asked."""

    scheme: Scheme
    key_id: str
    made_at: datetime
    mark: str
    """SHA-256 of the signature, in hexadecimal: the same request again has the same."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Whose key signs: ``key_id`` is its address."""

    key_id: str
    private_pem: str


def new_key() -> tuple[str, str]:
    """A private and a public RSA key in PEM. About 100 ms."""
    private = generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return secret.decode(), public.decode()


def is_key(public_pem: str) -> bool:
    """Whether a public key can be used here: RSA of at least 2048 bits (8192 at most), or Ed25519."""
    try:
        key = load_pem_public_key(public_pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, Ed25519PublicKey) or (
        isinstance(key, RSAPublicKey) and KEY_BITS <= key.key_size <= 4 * KEY_BITS
    )


# Signing ------------------------------------------------------------------------------------------


def signed_headers(
    *, method: str, url: str, body: bytes, content_type: str, signer: Signer, scheme: Scheme, at: datetime
) -> dict[str, str]:
    """All headers of a request, signed. An empty ``body`` (GET) has no digest."""
    headers = {"host": urlsplit(url).netloc, "date": format_datetime(at.astimezone(UTC), usegmt=True)}
    if body:
        headers["content-type"] = content_type
    sign = _sign_cavage if scheme == Scheme.CAVAGE else _sign_rfc9421
    return sign(Request(method=method, url=url, headers=headers, body=body), signer, at)


def _sign_cavage(request: Request, signer: Signer, _at: datetime) -> dict[str, str]:
    headers = dict(request.headers)
    covered = ["(request-target)", "host", "date"]
    if request.body:
        headers["digest"] = f"SHA-256={_sha256(request.body)}"
        covered += ["digest", "content-type"]
    text = _cavage_text(Request(method=request.method, url=request.url, headers=headers), covered, {})
    signature = base64.b64encode(_private(signer).sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))
    headers["signature"] = (
        f'keyId="{signer.key_id}",algorithm="rsa-sha256",headers="{" ".join(covered)}",'
        f'signature="{signature.decode()}"'
    )
    return headers


def _sign_rfc9421(request: Request, signer: Signer, at: datetime) -> dict[str, str]:
    message = _Message(request)
    covered = ["@method", "@target-uri", "host", "date"]
    if request.body:
        message.headers["content-digest"] = f"sha-256=:{_sha256(request.body)}:"
        covered += ["content-digest", "content-type"]
    HTTPMessageSigner(signature_algorithm=algorithms.RSA_V1_5_SHA256, key_resolver=_Keys(signer)).sign(
        message,
        key_id=signer.key_id,
        created=at,
        label=LABEL,
        covered_component_ids=covered,
        use_existing_digest=bool(request.body),
    )
    return {name.lower(): value for name, value in message.headers.items()}


def _private(signer: Signer) -> RSAPrivateKey:
    key = load_pem_private_key(signer.private_pem.encode(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return key


# Checking -----------------------------------------------------------------------------------------


def claim_of(request: Request, *, at: datetime, window: timedelta = WINDOW) -> Claim:
    """Who says to have signed, when. Raises ``BadSignature`` for what needs no key to be refused."""
    if len(request.headers.get("signature", "")) > _MAX_HEADER:
        raise BadSignature("The signature is too long.")
    if "signature-input" in request.headers:
        return _rfc9421_claim(request, at, window)
    if "signature" in request.headers:
        return _cavage_claim(request, at, window)
    raise BadSignature("The request is not signed.")


def verify(request: Request, claim: Claim, *, public_pem: str) -> None:
    """Raises ``BadSignature`` unless the key signed the request. ``claim`` is what ``claim_of`` answered."""
    if not is_key(public_pem):
        raise BadSignature("The key is of no use here.")
    check = _verify_cavage if claim.scheme == Scheme.CAVAGE else _verify_rfc9421
    check(request, public_pem)


def _cavage_claim(request: Request, at: datetime, window: timedelta) -> Claim:
    said = _cavage_parameters(request)
    covered = said["headers"].lower().split()
    if said.get("algorithm", "hs2019").lower() not in _CAVAGE_ALGORITHMS:
        raise BadSignature("The algorithm is not known.")
    dated = "date" in covered or "(created)" in covered
    if not {"(request-target)", "host"} <= set(covered) or not dated or len(set(covered)) != len(covered):
        raise BadSignature("The signature must cover the target, the host and the date, each once.")
    if request.body:
        _check_digest(request, "digest" in covered)
    made_at = _epoch(said.get("created")) if "(created)" in covered else _date(request)
    _check_time(made_at, said.get("expires"), at, window)
    return Claim(
        scheme=Scheme.CAVAGE,
        key_id=said["keyId"],
        made_at=made_at,
        mark=hashlib.sha256(said["signature"].encode()).hexdigest(),
    )


def _cavage_parameters(request: Request) -> dict[str, str]:
    said: dict[str, str] = {}
    text, at = request.headers["signature"], 0
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if not found or found[1] in said:
            raise BadSignature("The signature cannot be read.")
        said[found[1]] = found[2] if found[2] is not None else found[3]
        at = found.end()
    if not {"keyId", "signature"} <= set(said):
        raise BadSignature("The signature names no key.")
    # The draft's default covers the date alone, which claim_of refuses.
    return {"headers": "date", **said}


def _cavage_text(request: Request, covered: list[str], said: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {_cavage_value(request, name, said)}" for name in covered)


def _cavage_value(request: Request, name: str, said: Mapping[str, str]) -> str:
    if name == "(request-target)":
        parts = urlsplit(request.url)
        return f"{request.method.lower()} {parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    is_said = name in ("(created)", "(expires)")
    value = said.get(name.strip("()")) if is_said else request.headers.get(name)
    if value is None:
        raise BadSignature(f"The header {name[:40]!r} is signed and was not sent.")
    return value.strip()


def _verify_cavage(request: Request, public_pem: str) -> None:
    said = _cavage_parameters(request)
    text = _cavage_text(request, said["headers"].lower().split(), said).encode()
    signature = _bytes(said["signature"])
    key = load_pem_public_key(public_pem.encode())
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, text)
    except InvalidSignature:
        raise BadSignature("The key did not sign this.") from None


def _check_digest(request: Request, is_covered: bool) -> None:
    """RFC 3230: one of several digests must be a SHA-256 of the body."""
    given = re.search(r"(?i)(?:^|,)\s*sha-256=([A-Za-z0-9+/=]+)", request.headers.get("digest", ""))
    if not is_covered or not given:
        raise BadSignature("The digest of the body is not signed.")
    if not hmac.compare_digest(given[1], _sha256(request.body)):
        raise BadSignature("The body is not the one that was signed.")


def _rfc9421_claim(request: Request, at: datetime, window: timedelta) -> Claim:
    label, covered, said, signature = _rfc9421_parts(request)
    targets = {"@target-uri"} & covered or ({"@authority", "host"} & covered and {"@path"} & covered)
    targets = targets or ({"@authority", "host"} & covered and {"@request-target"} & covered)
    if "@method" not in covered or not targets:
        raise BadSignature("The signature must cover the method and the target.")
    if request.body:
        _check_content_digest(request, "content-digest" in covered)
    if not isinstance(said.get("created"), int) or not isinstance(said.get("keyid"), str):
        raise BadSignature("The signature has no date or names no key.")
    made_at = _epoch(said["created"])
    _check_time(made_at, said.get("expires"), at, window)
    return Claim(
        scheme=Scheme.RFC9421,
        key_id=said["keyid"],
        made_at=made_at,
        mark=hashlib.sha256(label.encode() + signature).hexdigest(),
    )


def _rfc9421_parts(request: Request) -> tuple[str, set[str], dict[str, Any], bytes]:
    """Label, covered names (without parameters), parameters and bytes of the one signature."""
    handler: Any = HTTPMessageVerifier(signature_algorithm=algorithms.RSA_V1_5_SHA256, key_resolver=None)
    try:
        found = list(handler._get_sig_inputs_and_signatures(_Message(request)))
    except (HTTPMessageSignaturesException, ValueError, UserWarning) as trouble:
        raise BadSignature(f"The signature cannot be read: {trouble}") from None
    label, covered, signature = found[0]
    if any(item.params for item in covered):
        raise BadSignature("Parts of parts are not taken as signed.")
    return label, {str(item.value) for item in covered}, dict(covered.params), signature.value


def _check_content_digest(request: Request, is_covered: bool) -> None:
    """RFC 9530: one of several digests must be a SHA-256 of the body (or a SHA-512)."""
    given = dict(
        re.findall(r"(sha-256|sha-512)=:([A-Za-z0-9+/=]+):", request.headers.get("content-digest", ""))
    )
    if not is_covered or not given:
        raise BadSignature("The digest of the body is not signed.")
    for name, value in given.items():
        real = base64.b64encode(hashlib.new(name.replace("-", ""), request.body).digest()).decode()
        if not hmac.compare_digest(value, real):
            raise BadSignature("The body is not the one that was signed.")


class _Verifier(HTTPMessageVerifier):
    """``claim_of`` has looked at the times, with the clock that it was given."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Nothing to add."""


def _verify_rfc9421(request: Request, public_pem: str) -> None:
    key = load_pem_public_key(public_pem.encode())
    algorithm: type[HTTPSignatureAlgorithm] = algorithms.RSA_V1_5_SHA256
    if isinstance(key, Ed25519PublicKey):
        algorithm = algorithms.ED25519
    elif _rfc9421_parts(request)[2].get("alg") == algorithms.RSA_PSS_SHA512.algorithm_id:
        algorithm = algorithms.RSA_PSS_SHA512
    checker = _Verifier(signature_algorithm=algorithm, key_resolver=_Keys(public_pem=public_pem))
    try:
        checker.verify(_Message(request), max_age=None)
    except (HTTPMessageSignaturesException, ValueError) as trouble:
        raise BadSignature(f"The key did not sign this: {trouble}") from None


class _Message:
    """A request in the shape that the library reads and writes."""

    def __init__(self, request: Request) -> None:
        self.method = request.method.upper()
        self.url = request.url
        self.headers = dict(request.headers)


class _Keys(HTTPSignatureKeyResolver):
    """The one key that is asked for, whatever its name."""

    def __init__(self, signer: Signer | None = None, *, public_pem: str = "") -> None:
        self._signer, self._public_pem = signer, public_pem

    def resolve_private_key(self, key_id: str) -> RSAPrivateKey:
        """Ours."""
        assert self._signer
        return _private(self._signer)

    def resolve_public_key(self, key_id: str) -> Any:
        """The signer's."""
        return load_pem_public_key(self._public_pem.encode())


def asks_for_rfc9421(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that requests may be signed so (RFC 9421, 5.1)."""
    return "accept-signature" in headers


def _check_time(made_at: datetime, expires: object, at: datetime, window: timedelta) -> None:
    if abs(at - made_at) > window:
        raise BadSignature("The date of the signature is too far from ours.")
    if expires is not None and _epoch(expires) < at - SKEW:
        raise BadSignature("The signature has expired.")


def _epoch(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(value)), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise BadSignature("A date of the signature cannot be read.") from None


def _date(request: Request) -> datetime:
    try:
        found = parsedate_to_datetime(request.headers.get("date", ""))
    except (ValueError, TypeError, IndexError):
        raise BadSignature("The date cannot be read.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("The signature is no base64.") from None
