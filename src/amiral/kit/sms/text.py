"""How a text becomes SMS: its alphabet and its parts (3GPP TS 23.038 and 23.040).

In the alphabet of GSM one message holds 160 characters, each of several 153; some characters count twice.
One character outside of it, ê for example, and the whole text is UCS-2: 70 and 67. No character is ever cut
in two by a part's end.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE = "\x1b"
EXTENDED = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
_BASIC = {char: code for code, char in enumerate(BASIC) if char != ESCAPE}
_BASIC_BACK = dict(enumerate(BASIC))
_EXTENDED_BACK = {code: char for char, code in EXTENDED.items()}

GSM_ONE, GSM_EACH = 160, 153
UCS2_ONE, UCS2_EACH = 70, 67
MOST_PARTS = 255

SIMPLER = str.maketrans(
    {
        "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "«": '"', "»": '"', "…": "...",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "–": "-", "—": "-", "\u2011": "-", "œ": "oe", "Œ": "OE",
        "\r": None,
    }
)  # fmt: skip
"""Typographic signs that make a text cost twice as much and say nothing more."""


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A text as it is sent. ``parts``: their characters as octets, one septet each or UTF-16-BE.

    ``left``: how many characters the last part still holds. ``dear``: those that make it UCS-2.
    """

    text: str
    parts: tuple[bytes, ...]
    is_ucs2: bool
    left: int
    dear: tuple[str, ...] = ()


def as_sms(text: str) -> Sms:
    """The text with simpler signs where they say the same, cut into parts. An empty text is one part."""
    simple = unicodedata.normalize("NFC", text).translate(SIMPLER).strip()
    dear = tuple(dict.fromkeys(char for char in simple if char not in _BASIC and char not in EXTENDED))
    pieces = [_ucs2(char) if dear else _gsm(char) for char in simple]
    one, each, width = (UCS2_ONE, UCS2_EACH, 2) if dear else (GSM_ONE, GSM_EACH, 1)
    whole = b"".join(pieces)
    if len(whole) <= one * width:
        parts, room = [whole], one
    else:
        parts, room = list(_cut(pieces, each * width)), each
    return Sms(
        text=simple,
        parts=tuple(parts),
        is_ucs2=bool(dear),
        left=room - len(parts[-1]) // width,
        dear=dear,
    )


def _gsm(char: str) -> bytes:
    return bytes([27, EXTENDED[char]]) if char in EXTENDED else bytes([_BASIC[char]])


def _ucs2(char: str) -> bytes:
    return char.encode("utf-16-be", "replace")


def _cut(pieces: Iterable[bytes], size: int) -> Iterable[bytes]:
    """A character that does not fit goes over to the next part whole."""
    part = b""
    for piece in pieces:
        if len(part) + len(piece) > size:
            yield part
            part = b""
        part += piece
    yield part


def read_gsm(octets: bytes) -> str:
    """The way back, for what comes in; what is no character is a blank."""
    found, escaped = [], False
    for octet in octets:
        if octet == 27 and not escaped:
            escaped = True
            continue
        found.append((_EXTENDED_BACK if escaped else _BASIC_BACK).get(octet, " "))
        escaped = False
    return "".join(found)
