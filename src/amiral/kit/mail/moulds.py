"""A text for many: encoded once for the wire, with holes for what differs from one reader to the next.

Encoding a letter anew for everybody costs as much as signing it. A soft line end of quoted-printable before
and behind a hole makes what stands around it independent of what is filled in: the pieces are encoded once,
and a letter is the pieces and its own values joined.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from amiral.kit.mail.quoted import SOFT, is_at_line_start, piece


class Mould:
    """Pieces of text and, between them, the numbers of the values that are filled in."""

    def __init__(self, pieces: Sequence[str | int]) -> None:
        joined = _joined(pieces)
        self._text = [part if isinstance(part, str) else "" for part in joined]
        self._wire = _on_the_wire(joined)
        self._holes = [(index, part) for index, part in enumerate(joined) if isinstance(part, int)]

    def text(self, values: Sequence[str]) -> str:
        """As it is read."""
        made = self._text.copy()
        for index, number in self._holes:
            made[index] = values[number]
        return "".join(made)

    def wire(self, values: Sequence[str]) -> bytes:
        """What ``quoted_printable`` would write, but for soft line ends."""
        encoded = [piece(value) for value in values]
        made = self._wire.copy()
        for index, number in self._holes:
            made[index] = encoded[number]
        return b"".join(made)


@dataclass(frozen=True, slots=True)
class Poured:
    """A mould and what is filled in for one reader: a text that is made when it is asked for."""

    mould: Mould
    values: Sequence[str]

    def __str__(self) -> str:
        return self.mould.text(self.values)

    def wire(self) -> bytes:
        """Quoted-printable; ends with a line end."""
        return self.mould.wire(self.values)


def _joined(pieces: Sequence[str | int]) -> list[str | int]:
    """Text, hole, text, hole … text: with an empty text where two holes meet, and at both ends."""
    found: list[str | int] = [""]
    for is_text, group in groupby(pieces, key=lambda one: isinstance(one, str)):
        if is_text:
            found[-1] = "".join(str(one) for one in group)
        else:
            found += [part for number in group for part in (number, "")]
    return found


def _on_the_wire(joined: Sequence[str | int]) -> list[bytes]:
    last = len(joined) - 1
    return [
        _between(part, behind=index > 0, before=index < last) if isinstance(part, str) else b""
        for index, part in enumerate(joined)
    ]


def _between(text: str, *, behind: bool, before: bool) -> bytes:
    """A text behind a hole or not, before a hole or not: at the end of all there is a line end."""
    encoded = piece(text)
    if behind and not text.startswith(("\r", "\n")) and (text or before):
        encoded = SOFT + encoded
    if before:
        return encoded if is_at_line_start(encoded) else encoded + SOFT
    return encoded if text and is_at_line_start(encoded) else encoded + b"\r\n"
