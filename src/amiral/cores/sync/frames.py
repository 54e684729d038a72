"""Bytes as a loop of small texts, each a QR code that an old phone can read from another one's screen.

A frame is ``AM1/<first 8 hex digits of SHA-256>/<number from 1>/<of>/<part>`` in the characters of a QR
code's alphanumeric mode; the parts, in base 45 (RFC 9285), are the zlib stream of the message. Frames are
shown again and again and may be read in any order, any number of times.
"""

import hashlib
import zlib
from collections.abc import Iterable
from typing import Final

PART: Final = 240
"""Characters of a frame's part: with the head a QR code of version 10 or below at level L."""

MOST_FRAMES: Final = 400
MOST_BYTES: Final = 1_000_000

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUE: Final = {sign: value for value, sign in enumerate(_ALPHABET)}


class BadFrame(ValueError):
    """A text that is no frame, frames that do not fit together, or a message too large."""


def frames(message: bytes, *, part: int = PART) -> tuple[str, ...]:
    """``message`` as frames; the same message gives the same frames. Raises ``BadFrame`` above
    ``MOST_BYTES``."""
    if len(message) > MOST_BYTES:
        raise BadFrame(f"more than {MOST_BYTES} bytes")
    packed = zlib.compress(message, 9)
    text = base45(packed)
    parts = [text[i : i + part] for i in range(0, len(text), part)]
    if len(parts) > MOST_FRAMES:
        raise BadFrame(f"more than {MOST_FRAMES} frames")
    name = hashlib.sha256(packed).hexdigest()[:8].upper()
    return tuple(f"AM1/{name}/{i}/{len(parts)}/{text}" for i, text in enumerate(parts, 1))


def split(frame: str) -> tuple[str, int, int, str]:
    """Name, number, of how many, part. Raises ``BadFrame``."""
    pieces = frame.split("/", 4)
    if len(pieces) != 5 or pieces[0] != "AM1" or not pieces[2].isdecimal() or not pieces[3].isdecimal():
        raise BadFrame("not a frame")
    number, of = int(pieces[2]), int(pieces[3])
    if not 1 <= number <= of <= MOST_FRAMES:
        raise BadFrame("its number does not fit")
    return pieces[1], number, of, pieces[4]


def joined(read: Iterable[str]) -> bytes | None:
    """The message, or None while frames are missing. Raises ``BadFrame`` for frames of two messages or a
    false reading."""
    pieces = [split(frame) for frame in set(read)]
    if not pieces:
        return None
    if len({(name, of) for name, _, of, _ in pieces}) > 1:
        raise BadFrame("frames of two messages")
    name, _, of, _ = pieces[0]
    parts = {number: part for _, number, _, part in pieces}
    if len(parts) != len(pieces):
        raise BadFrame("one frame was read in two ways")
    return _unpacked(name, "".join(parts[i] for i in sorted(parts))) if len(parts) == of else None


def _unpacked(name: str, text: str) -> bytes:
    packed = unbase45(text)
    if hashlib.sha256(packed).hexdigest()[:8].upper() != name:
        raise BadFrame("a frame was misread")
    stream = zlib.decompressobj()
    try:
        message = stream.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise BadFrame("not a zlib stream") from error
    if len(message) > MOST_BYTES:
        raise BadFrame(f"more than {MOST_BYTES} bytes")
    if not stream.eof or stream.unused_data:
        raise BadFrame("not one zlib stream")
    return message


def base45(data: bytes) -> str:
    """RFC 9285: two bytes as three signs, a last single byte as two."""
    signs: list[str] = []
    for i in range(0, len(data), 2):
        pair = data[i : i + 2]
        rest = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            rest, value = divmod(rest, 45)
            signs.append(_ALPHABET[value])
    return "".join(signs)


def unbase45(text: str) -> bytes:
    """The inverse of ``base45``. Raises ``BadFrame`` for what it cannot have written."""
    if any(sign not in _VALUE for sign in text) or len(text) % 3 == 1:
        raise BadFrame("not base 45")
    out = bytearray()
    for i in range(0, len(text), 3):
        group = text[i : i + 3]
        number = sum(_VALUE[sign] * 45**power for power, sign in enumerate(group))
        size = len(group) - 1
        if number >= 256**size:
            raise BadFrame("not base 45")
        out += number.to_bytes(size, "big")
    return bytes(out)
