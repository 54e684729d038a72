"""Quoted-printable (RFC 2045, 6.7): no line over 76 signs, nothing but ASCII, blanks that no server changes.

Where a line holds two blanks in a row all its blanks are encoded: what is written is then its own relaxed
form (RFC 6376, 3.4.4), and signing need not look for another. No line begins with a dot: SMTP need not look
for one to double (RFC 5321, 4.5.2).
"""

import binascii
import re
from functools import lru_cache
from typing import Final

SOFT: Final = b"=\r\n"
"""A line end that belongs to the encoding, not to the text."""
LINE: Final = 76

_LINE_END: Final = re.compile(r"\r\n|\r|\n")


def quoted_printable(text: str) -> bytes:
    """A whole text; ends with a line end.

    Line by line, and remembered: most lines of letters are the same for many.
    """
    lines = _LINE_END.split(text)
    if not lines[-1]:
        lines.pop()
    return b"".join(map(_remembered, lines)) or b"\r\n"


def piece(text: str) -> bytes:
    """Some of a text that begins on a new line of the encoding: without a line end that it has not itself,
    and with room for the sign of a soft one.
    """
    if len(text) < LINE and text.isascii() and text.isprintable() and _is_plain(text):
        return text.encode()
    return _with_room(b"\r\n".join([_line(one)[:-2] for one in _LINE_END.split(text)]))


def is_at_line_start(encoded: bytes) -> bool:
    """Whether what follows these bytes stands on a new line already."""
    return not encoded or encoded.endswith(b"\n")


def _is_plain(text: str) -> bool:
    return "=" not in text and "  " not in text and text[-1:] != " " and text[:1] != "."


def _with_room(encoded: bytes) -> bytes:
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start < LINE:
        return encoded
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + SOFT + encoded[cut:].replace(b".", b"=2E")


def _line(text: str) -> bytes:
    blanks = "  " in text or "\t" in text
    # The function writes soft line ends as the first line end that it sees: CRLF must be there.
    made = binascii.b2a_qp(text.encode("utf-8", "replace") + b"\r\n", quotetabs=blanks, istext=True)
    if made[:1] != b"." and b"\n." not in made:
        return made
    # A sign that is always encoded takes as much room as an encoded dot. NUL is nobody's word.
    return _line(text.replace("\0", "\ufffd").replace(".", "\0")).replace(b"=00", b"=2E")


_remembered = lru_cache(maxsize=1024)(_line)
