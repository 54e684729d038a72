"""Signatures in both forms: published vectors, the way there and back, what must be refused."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit.federation import signatures
from amiral.kit.federation.signatures import BadSignature, Request, Scheme, Signer, claim_of, is_key, verify

AT = datetime(2027, 3, 3, 12, tzinfo=UTC)
URL = "https://amiral.example/federation/boite/?a=1"
BODY = b'{"type":"Follow"}'
KIND = "application/activity+json"
PRIVATE, OURS = signatures.new_key()
OTHERS = signatures.new_key()[1]
SIGNER = Signer(key_id="https://ailleurs.example/ana#main-key", private_pem=PRIVATE)

# draft-cavage-http-signatures-12, appendix C. Its key has 1024 bits, which are refused in use.
CAVAGE_KEY = """-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDCFENGw33yGihy92pDjZQhl0C3
6rPJj+CvfSC8+q28hxA161QFNUd13wuCTUcq0Qd2qsBe/2hFyc2DCJJg0h1L78+6
Z4UMR7EOcpfdUE9Hf3m/hs+FUR45uBJeDK1HSFHD8bHKD6kv8FPGfJTotc+2xjJw
oYi+1hqp1fIekaxsyQIDAQAB
-----END PUBLIC KEY-----"""
CAVAGE = {
    "(request-target) host date": "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2a"
    "Ajn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    "(request-target) host date content-type digest content-length": "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8"
    "+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYe"
    "PbF5MOkR0Zkly4zKH7s1dE=",
}

# RFC 9421, appendix B.2.6. What it signs of the body is its length: the body itself stays out of the test.
RFC_KEY = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""
RFC = {
    "host": "example.com",
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
    "signature-input": 'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"',
    "signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WP"
    "pBKRCw==:",
}


@pytest.mark.parametrize("covered", CAVAGE)
def test_the_vectors_of_the_draft(covered: str) -> None:
    signature = f'keyId="Test",algorithm="rsa-sha256",headers="{covered}",signature="{CAVAGE[covered]}"'
    request = Request(
        method="POST",
        url="https://example.com/foo?param=value&pet=dog",
        headers={
            "host": "example.com",
            "date": "Sun, 05 Jan 2014 21:31:40 GMT",
            "content-type": "application/json",
            "digest": "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
            "content-length": "18",
            "signature": signature,
        },
        body=b'{"hello": "world"}',
    )
    signatures._verify_cavage(request, CAVAGE_KEY)
    assert not is_key(CAVAGE_KEY)
    if "digest" in covered:
        at = datetime(2014, 1, 5, 21, 31, 40, tzinfo=UTC)
        assert claim_of(request, at=at).key_id == "Test"


def test_the_vector_of_rfc_9421() -> None:
    request = Request(method="POST", url="https://example.com/foo?param=Value&Pet=dog", headers=RFC)
    claim = claim_of(request, at=datetime.fromtimestamp(1618884473, tz=UTC))
    assert (claim.scheme, claim.key_id) == (Scheme.RFC9421, "test-key-ed25519")
    verify(request, claim, public_pem=RFC_KEY)
    with pytest.raises(BadSignature):
        verify(Request(method="PUT", url=request.url, headers=RFC), claim, public_pem=RFC_KEY)


def signed(scheme: Scheme, *, at: datetime = AT, body: bytes = BODY, method: str = "POST") -> Request:
    headers = signatures.signed_headers(
        method=method, url=URL, body=body, content_type=KIND, signer=SIGNER, scheme=scheme, at=at
    )
    return Request(method=method, url=URL, headers=headers, body=body)


def taken(request: Request, *, at: datetime = AT, key: str = OURS) -> bool:
    try:
        verify(request, claim_of(request, at=at), public_pem=key)
    except BadSignature:
        return False
    return True


def but(request: Request, **headers: str | None) -> Request:
    """The same with other headers; ``None``: without."""
    changed: dict[str, Any] = {**request.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
    kept = {name: value for name, value in changed.items() if value is not None}
    return Request(method=request.method, url=request.url, headers=kept, body=request.body)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize(("method", "body"), [("POST", BODY), ("GET", b"")])
def test_there_and_back(scheme: Scheme, method: str, body: bytes) -> None:
    request = signed(scheme, method=method, body=body)
    assert taken(request)
    assert not taken(request, key=OTHERS)
    claim = claim_of(request, at=AT)
    assert (claim.scheme, claim.key_id) == (scheme, SIGNER.key_id)
    assert abs(claim.made_at - AT) < timedelta(seconds=1)


@pytest.mark.parametrize("scheme", Scheme)
@given(place=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
@settings(max_examples=20)
def test_no_bit_of_the_body_can_be_changed(scheme: Scheme, place: int, bit: int) -> None:
    request = signed(scheme)
    body = bytearray(BODY)
    body[place] ^= 1 << bit
    changed = Request(method="POST", url=URL, headers=request.headers, body=bytes(body))
    assert not taken(changed)


@pytest.mark.parametrize("scheme", Scheme)
def test_nothing_that_is_signed_can_be_changed(scheme: Scheme) -> None:
    request = signed(scheme)
    later = signed(scheme, at=AT + timedelta(minutes=1), body=b"{}")
    digest = "digest" if scheme == Scheme.CAVAGE else "content-digest"
    headers: Mapping[str, str] = request.headers
    for changed in (
        Request(method="PUT", url=URL, headers=headers, body=BODY),
        Request(method="POST", url=URL.replace("a=1", "a=2"), headers=headers, body=BODY),
        Request(method="POST", url=URL, headers={**headers, digest: later.headers[digest]}, body=b"{}"),
        but(request, date=later.headers["date"]),
        but(request, host="autre.example"),
        but(request, content_type="text/html"),
        but(request, date=None),
        but(request, signature=later.headers["signature"]),
        but(request, signature=None),
        Request(method="POST", url=URL, headers={**headers, digest: ""}, body=BODY),
    ):
        assert not taken(changed)


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize(
    ("minutes", "is_taken"), [(-61, False), (-59, True), (0, True), (59, True), (61, False)]
)
def test_clocks_may_differ_by_an_hour(scheme: Scheme, minutes: int, is_taken: bool) -> None:
    assert taken(signed(scheme), at=AT + timedelta(minutes=minutes)) is is_taken


@pytest.mark.parametrize("scheme", Scheme)
def test_the_same_request_has_the_same_mark(scheme: Scheme) -> None:
    request, again = signed(scheme), signed(scheme, at=AT + timedelta(seconds=5))
    assert claim_of(request, at=AT).mark == claim_of(request, at=AT).mark
    assert claim_of(request, at=AT).mark != claim_of(again, at=AT).mark


CAVAGE_MARK = 'keyId="k",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="AAAA"'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        'keyId="k"',
        CAVAGE_MARK.replace("(request-target) ", ""),
        CAVAGE_MARK.replace(" host", ""),
        CAVAGE_MARK.replace(" date", ""),
        CAVAGE_MARK.replace(" digest", ""),
        CAVAGE_MARK.replace("rsa-sha256", "hmac-sha256"),
        CAVAGE_MARK.replace("host date", "host host date"),
        CAVAGE_MARK.replace('headers="(request-target) host date digest",', ""),
        CAVAGE_MARK + ',keyId="autre"',
        CAVAGE_MARK + ',expires="1"',
        CAVAGE_MARK.replace("date", "(created)"),
        CAVAGE_MARK.replace("date", "(created)") + ',created="99999999999999999999"',
        CAVAGE_MARK.replace("AAAA", "A" * 9000),
    ],
)
def test_what_a_signature_must_cover(text: str) -> None:
    request = signed(Scheme.CAVAGE)
    digest = request.headers["digest"]
    with pytest.raises(BadSignature):
        claim_of(but(request, signature=text, digest=digest), at=AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sig1",
        "sig1=()",
        'sig1=("@method" "@target-uri");created=1804075200;keyid="k"',
        'sig1=("@target-uri" "content-digest");created=1804075200;keyid="k"',
        'sig1=("@method" "content-digest");created=1804075200;keyid="k"',
        'sig1=("@method" "@path" "content-digest");created=1804075200;keyid="k"',
        'sig1=("@method" "@target-uri" "content-digest");keyid="k"',
        'sig1=("@method" "@target-uri" "content-digest");created=1804075200',
        'sig1=("@method" "@target-uri" "content-digest";bs);created=1804075200;keyid="k"',
        'sig1=("@method" "@target-uri" "content-digest");created=1804075200;expires=1;keyid="k"',
        'sig1=("@method");created=1;keyid="k", sig2=("@method");created=1;keyid="k"',
    ],
)
def test_what_a_newer_signature_must_cover(text: str) -> None:
    request = signed(Scheme.RFC9421)
    with pytest.raises(BadSignature):
        claim_of(but(request, signature_input=text), at=AT)


@given(text=st.text(max_size=60))
@settings(max_examples=40)
def test_no_text_breaks_the_reading(text: str) -> None:
    for headers in ({"signature": text}, {"signature-input": text, "signature": text}):
        with pytest.raises(BadSignature):
            claim_of(Request(method="POST", url=URL, headers=headers, body=BODY), at=AT)


@pytest.mark.parametrize("pem", ["", "x", CAVAGE_KEY, PRIVATE, OURS[:200]])
def test_keys_of_no_use(pem: str) -> None:
    assert not is_key(pem)
    request = signed(Scheme.CAVAGE)
    with pytest.raises(BadSignature):
        verify(request, claim_of(request, at=AT), public_pem=pem)
