"""The way from door to door in words: how far, which way to turn, on which hand the doors are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from amiral.cores.walk.hints import Hand, Hint, Turning, hints

WORTH_SAYING_M = 10
"""A shorter way is only the width of the street."""
STANDING_M = 1.0
"""So near the door before there is no way to tell: another name at the same place."""

DIRECTIONS: tuple[Promise, ...] = (
    gettext_lazy("north"),
    gettext_lazy("north-east"),
    gettext_lazy("east"),
    gettext_lazy("south-east"),
    gettext_lazy("south"),
    gettext_lazy("south-west"),
    gettext_lazy("west"),
    gettext_lazy("north-west"),
)


class Stop(Protocol):
    """What is asked of a door."""

    @property
    def longitude(self) -> float: ...
    @property
    def latitude(self) -> float: ...
    @property
    def number(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Guide:
    """The way to one door. ``straight``: measured as the crow flies, so that turns mean nothing."""

    hint: Hint
    straight: bool

    @property
    def way_words(self) -> str:
        """``Turn left (120 m)``, 120 m being the whole way; empty at the first door, and where one stands."""
        if self.hint.turning == Turning.START or self.hint.metres < STANDING_M:
            return ""
        metres = round(self.hint.metres, -1) if self.hint.metres >= 100 else round(self.hint.metres / 5) * 5
        if self.straight:
            return _("%(metres)d m to the %(direction)s") % {"metres": metres, "direction": self._direction}
        if self.hint.metres < WORTH_SAYING_M:
            return self._turn
        return f"{self._turn} ({metres:.0f} m)"

    @property
    def is_turn(self) -> bool:
        """Whether one turns, so that it must be told even between two doors of one street."""
        turns = {Turning.LEFT, Turning.RIGHT, Turning.BACK}
        return not self.straight and self.hint.turning in turns and bool(self.way_words)

    @property
    def _turn(self) -> str:
        after = {
            Turning.LEFT: _("Turn back, then left"),
            Turning.RIGHT: _("Turn back, then right"),
        }
        if self.hint.back and self.hint.turning in after:
            return after[self.hint.turning]
        return _turns()[self.hint.turning]

    @property
    def _direction(self) -> Promise:
        return DIRECTIONS[round(self.hint.bearing / 45) % 8]

    @property
    def hand(self) -> Hand:
        """Where the door is as one comes; straight lines do not tell."""
        return Hand.AHEAD if self.straight else self.hint.hand

    @property
    def hand_words(self) -> str:
        """``left`` or ``right``; empty where it is neither."""
        return {Hand.LEFT: pgettext("hand", "left"), Hand.RIGHT: pgettext("hand", "right")}.get(self.hand, "")

    @property
    def hand_sign(self) -> str:
        """A triangle to the hand, for paper."""
        return {Hand.LEFT: "◂", Hand.RIGHT: "▸"}.get(self.hand, "")


def _turns() -> dict[Turning, str]:
    return {
        Turning.STRAIGHT: _("Straight on"),
        Turning.LEFT: _("Turn left"),
        Turning.RIGHT: _("Turn right"),
        Turning.BACK: _("Turn back"),
    }


def guides(*, walk: Sequence[Sequence[float]], doors: Sequence[Stop], straight: bool) -> tuple[Guide, ...]:
    """One for each door, in walking order; ``walk`` holds longitude and latitude."""
    line = np.array(walk, float).reshape(len(walk), 2)
    found = hints(line=line, lon=[door.longitude for door in doors], lat=[door.latitude for door in doors])
    return tuple(Guide(hint=hint, straight=straight) for hint in found)


def side_words(doors: Sequence[Stop]) -> str:
    """Which side of the street these doors are on, by their numbers; empty where they do not tell."""
    parities = {int(digits) % 2 for door in doors if (digits := _digits(door.number))}
    if len(parities) != 1:
        return _("both sides") if parities else ""
    return _("odd side") if 1 in parities else _("even side")


def _digits(number: str) -> str:
    return number[: len(number) - len(number.lstrip("0123456789"))]
