"""A side of a street in words: how to get there, which side, which numbers, how many boxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from amiral.cores.walk.rounds import Parity, Side, Turn

WORTH_SAYING_M = 15
"""A shorter way between two sides is only the width of a junction."""
AHEAD_M = 30
"""A first box that is farther along its street than this is looked for too early."""


@dataclass(frozen=True, kw_only=True)
class Along:
    """Some metres along a street, and how one sets out on them (none: a plan of before does not tell)."""

    street: str
    metres: int
    turn: Turn | None


@dataclass(frozen=True, kw_only=True)
class Leg:
    """What ``Door.leg`` holds. ``line``: (longitude, latitude) of the side, in walking order.

    ``way`` leads to its street, where ``turn`` is done, ``ahead`` (metres) along it to the first box.
    """

    turn: Turn
    way: tuple[Along, ...]
    crosses: bool
    side: Side
    parity: Parity
    first: str
    last: str
    begins_at: str
    ends_at: str
    metres: int
    addresses: int
    part: int
    parts: int
    line: tuple[tuple[float, float], ...]
    ahead: int = 0

    @property
    def side_words(self) -> str:
        """``odd side``, ``left side``, ``both sides``."""
        if self.side == Side.BOTH:
            return _("both sides")
        if self.parity == Parity.ODD:
            return _("odd side")
        if self.parity == Parity.EVEN:
            return _("even side")
        return _("left side") if self.side == Side.LEFT else _("right side")

    @property
    def hand_words(self) -> str:
        """On which hand the boxes are; nothing where they are on both."""
        if self.side == Side.BOTH or self.parity not in {Parity.ODD, Parity.EVEN}:
            return ""
        return _("on your left") if self.side == Side.LEFT else _("on your right")

    @property
    def numbers_words(self) -> str:
        """``numbers 1 to 35``; without numbers, between which streets."""
        if self.first and self.first != self.last:
            return _("numbers %(first)s to %(last)s") % {"first": self.first, "last": self.last}
        if self.first:
            return _("number %(number)s") % {"number": self.first}
        if self.begins_at and self.ends_at and self.begins_at != self.ends_at:
            return _("from %(one)s to %(other)s") % {"one": self.begins_at, "other": self.ends_at}
        if self.begins_at or self.ends_at:
            return _("beside %(street)s") % {"street": self.begins_at or self.ends_at}
        return ngettext("%(metres)d metre", "%(metres)d metres", self.metres) % {"metres": self.metres}

    @property
    def part_words(self) -> str:
        """For a building with more boxes than a bag."""
        if self.parts == 1:
            return ""
        return _("part %(part)d of %(parts)d: the boxes are more than a bag") % {
            "part": self.part,
            "parts": self.parts,
        }

    @property
    def way_words(self) -> str:
        """How to get there from the side before, in the order in which one does it.

        ``Turn back, 26 m along rue Basse; turn left, 120 m along rue de Charonne, then turn right``
        """
        if any(one.turn is None for one in self.way):
            return self.short_way_words
        told = [_along(one, is_first=number == 0) for number, one in enumerate(self.way)]
        return self._words(pgettext("between the parts of a way", "; ").join(told))

    @property
    def short_way_words(self) -> str:
        """The same with the metres put together, where a line is too narrow: no turn between them."""
        return self._words(_altogether(self.way))

    @property
    def bare_way_words(self) -> str:
        """The shortest: no street either."""
        return self._words(_altogether([replace(one, street="") for one in self.way]))

    def _words(self, along: str) -> str:
        words = _turn_words(self.turn)
        if along:
            words = _("%(along)s, then %(turn)s") % {"along": along, "turn": words}
        if self.ahead >= AHEAD_M:
            words = _("%(way)s (first box after %(metres)d m)") % {"way": words, "metres": self.ahead}
        return words[:1].upper() + words[1:]


def _turn_words(turn: Turn) -> str:
    words = {
        Turn.BEGIN: _("begin here"),
        Turn.STRAIGHT: _("straight on"),
        Turn.LEFT: _("turn left"),
        Turn.RIGHT: _("turn right"),
        Turn.BACK: _("turn back"),
        Turn.CROSS: _("cross the street and walk back"),
    }
    return words[turn]


def _along(one: Along, *, is_first: bool = True) -> str:
    """``turn left, 120 m along rue de Charonne``; straight on at the beginning is just walking."""
    if one.turn is None or (is_first and one.turn == Turn.STRAIGHT):
        walked = {"metres": one.metres, "streets": one.street}
        if one.street:
            return _("walk %(metres)d m along %(streets)s") % walked
        return _("walk %(metres)d m") % walked
    told = {"turn": _turn_words(one.turn), "metres": one.metres, "street": one.street}
    if one.street:
        return _("%(turn)s, %(metres)d m along %(street)s") % told
    return _("%(turn)s, %(metres)d m") % told


def _altogether(way: Sequence[Along]) -> str:
    """The longest ways one after the other; what is short is left out."""
    told = [one for one in way if one.metres >= WORTH_SAYING_M]
    if not told:
        return ""
    streets = list(dict.fromkeys(one.street for one in told if one.street))
    names = pgettext("between the streets of a way", ", ").join(streets)
    return _along(Along(street=names, metres=sum(one.metres for one in way), turn=way[0].turn))


def boxes_words(count: int) -> str:
    """``48 boxes``."""
    return ngettext("%(count)d letter box", "%(count)d letter boxes", count) % {"count": count}


def _read(street: str, metres: int, turn: str | None = None) -> Along:
    return Along(street=street, metres=metres, turn=Turn(turn) if turn else None)


def leg_of(value: Mapping[str, Any] | None) -> Leg | None:
    """The leg of a side; none for an address."""
    if value is None:
        return None
    return Leg(
        turn=Turn(value["turn"]),
        way=tuple(_read(*one) for one in value["way"]),
        crosses=value["crosses"],
        side=Side(value["side"]),
        parity=Parity(value["parity"]),
        first=value["first"],
        last=value["last"],
        begins_at=value["from"],
        ends_at=value["to"],
        metres=value["metres"],
        addresses=value["addresses"],
        part=value["part"],
        parts=value["parts"],
        line=tuple((longitude, latitude) for longitude, latitude in value["line"]),
        ahead=value.get("ahead", 0),
    )
