"""Laws of the QR frames: any order, any repeats, and no misreading gets through."""

import contextlib
import hashlib
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.sync import BadFrame, frames, joined
from amiral.cores.sync.frames import MOST_BYTES, base45, unbase45

ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@given(st.binary(max_size=3000), st.randoms(use_true_random=False))
def test_a_message_comes_through_in_any_order(message: bytes, chance: random.Random) -> None:
    loop = list(frames(message, part=60))
    assert all(set(frame) <= ALPHANUMERIC for frame in loop)
    read: list[str] = []
    chance.shuffle(loop)
    for i, frame in enumerate(loop):
        read += [frame, chance.choice(loop[: i + 1])]
        assert joined(read) == (message if i == len(loop) - 1 else None)


@given(st.binary(min_size=1, max_size=600), st.data())
def test_a_misread_sign_is_noticed(message: bytes, data: st.DataObject) -> None:
    loop = list(frames(message, part=50))
    which = data.draw(st.integers(0, len(loop) - 1))
    where = data.draw(st.integers(0, len(loop[which]) - 1))
    other = data.draw(st.sampled_from(sorted(ALPHANUMERIC - {loop[which][where]})))
    loop[which] = loop[which][:where] + other + loop[which][where + 1 :]
    with contextlib.suppress(BadFrame):
        assert joined(loop) in (None, message)


@given(st.binary(max_size=200))
def test_base_45_comes_back(data: bytes) -> None:
    assert unbase45(base45(data)) == data


@pytest.mark.parametrize(
    ("data", "text"), [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"ietf!", "QED8WEX0")]
)
def test_the_examples_of_the_standard(data: bytes, text: str) -> None:
    """RFC 9285, section 4.3 and 4.4."""
    assert base45(data) == text
    assert unbase45(text) == data


@pytest.mark.parametrize("text", ["GGW", "::", "A", "ab", "::: "])
def test_what_base_45_never_writes_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        unbase45(text)


@pytest.mark.parametrize(
    "frame", ["", "hello", "AM1/X/0/1/", "AM1/X/2/1/", "AM1/X/1/401/", "AM2/X/1/1/", "AM1/X/1/²/A"]
)
def test_what_is_no_frame_is_refused(frame: str) -> None:
    with pytest.raises(BadFrame):
        joined([frame])


def test_a_stream_that_unpacks_without_end_is_refused() -> None:
    packed = zlib.compress(b"\0" * (MOST_BYTES + 1), 9)
    name = hashlib.sha256(packed).hexdigest()[:8].upper()
    with pytest.raises(BadFrame):
        joined([f"AM1/{name}/1/1/{base45(packed)}"])
    with pytest.raises(BadFrame):
        frames(b"\0" * (MOST_BYTES + 1))
