"""Web push: the example of RFC 8291, a receiver of our own, signatures as RFC 8292 wants them."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.kit import webpush
from amiral.kit.webpush import from_base64url, to_base64url

# RFC 8291, appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
UA_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
UA_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
    "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(from_base64url(text), "big"), webpush.CURVE)


def opened(body: bytes, *, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """As a browser reads it: RFC 8291, 3.4, from the other end."""
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= size
    point = ec.EllipticCurvePublicKey.from_encoded_point(webpush.CURVE, sender)
    mine = from_base64url(webpush.public_of(key))

    def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)

    secret = derived(key.exchange(ec.ECDH(), point), auth, b"WebPush: info\x00" + mine + sender, 32)
    content_key = derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
    plain, mark, _padding = AESGCM(content_key).decrypt(nonce, sealed, None).rpartition(b"\x02")
    assert mark
    return plain


def test_the_example_of_the_rfc() -> None:
    made = webpush.encrypted(
        PLAIN,
        to=webpush.browser(p256dh=UA_PUBLIC, auth=AUTH),
        salt=from_base64url(SALT),
        key=key_of(AS_PRIVATE),
    )
    assert to_base64url(made) == BODY
    assert opened(made, key=key_of(UA_PRIVATE), auth=from_base64url(AUTH)) == PLAIN


@settings(max_examples=25)
@given(plain=st.binary(max_size=webpush.LONGEST), auth=st.binary(min_size=16, max_size=16))
def test_one_browser_reads_it_and_no_other(plain: bytes, auth: bytes) -> None:
    key = ec.generate_private_key(webpush.CURVE)
    made = webpush.encrypted(
        plain, to=webpush.browser(p256dh=webpush.public_of(key), auth=to_base64url(auth))
    )
    assert opened(made, key=key, auth=auth) == plain
    assert len(made) <= 4096
    with pytest.raises(InvalidTag):
        opened(made, key=ec.generate_private_key(webpush.CURVE), auth=auth)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        (UA_PUBLIC, ""),
        (UA_PUBLIC, "????"),
        ("BA" + "A" * 85, AUTH),
        (UA_PUBLIC[:-4], AUTH),
        ("é", "é"),
    ],
)
def test_what_is_no_key_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(webpush.BadSubscription):
        webpush.browser(p256dh=p256dh, auth=auth)


def test_too_long_is_said_before_a_push_service_says_so() -> None:
    with pytest.raises(ValueError, match="too long"):
        webpush.encrypted(b"x" * 3001, to=webpush.browser(p256dh=UA_PUBLIC, auth=AUTH))


def test_the_signature_names_the_service_and_ends() -> None:
    key = ec.generate_private_key(webpush.CURVE)
    header = webpush.authorization(
        endpoint="https://push.example:443/abc?d=e", key=key, contact="https://amiral.example", at_s=1_000
    )
    assert header.endswith(f", k={webpush.public_of(key)}")
    token = header.removeprefix("vapid t=").split(",")[0]
    head, claims, signature = token.split(".")
    assert json.loads(from_base64url(head)) == {"typ": "JWT", "alg": "ES256"}
    told = json.loads(from_base64url(claims))
    assert told == {
        "aud": "https://push.example:443",
        "exp": 1_000 + 12 * 3600,
        "sub": "https://amiral.example",
    }
    raw = from_base64url(signature)
    both = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key.public_key().verify(both, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


def test_the_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "push-key.pem"
    assert webpush.read_key(path) is None
    public = webpush.make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = webpush.read_key(path)
    assert key is not None
    assert webpush.public_of(key) == public
    with pytest.raises(webpush.KeyExists):
        webpush.make_key(path)
    path.write_text("no key")
    with pytest.raises(webpush.BadKey):
        webpush.read_key(path)
