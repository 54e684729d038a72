"""The opinion map as a page shows it: tables first, then a picture, and where oneself stands.

Words are looked up today: what was hidden since the map was drawn is nowhere in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import hypot, sqrt
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.cores.opinion import REASONS, Reason
from amiral.rooms.debate.contracts import VALUES, Choice
from amiral.rooms.debate.models import Consultation, MapVersion, Statement
from amiral.rooms.debate.queries.doubts import SIDES, Withheld, consensus_of, listed, once_of
from amiral.rooms.debate.queries.statements import shown
from amiral.rooms.debate.queries.versions import Json, document_of

SHAPES = ("circle", "square", "triangle", "diamond", "cross")
SIDE = 400.0
"""Of the picture, in its own units."""
_MARGIN = 40.0
Texts = Mapping[int, Statement]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How a group answered a statement; ``None`` where the map leaves it out (``cores.withholding``)."""

    name: str
    agree: int | None
    disagree: int | None
    votes: int | None


@dataclass(frozen=True, kw_only=True)
class MapLine:
    """A statement on the map. ``percent`` of all votes agree, ``low`` to ``high`` at 95 %."""

    number: int
    text: str
    url: str
    votes: int
    agree: int
    disagree: int
    passed: int
    percent: int
    low: int
    high: int
    groups: tuple[Tally, ...]
    side: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """A group: its letter, its shape, its size, what sets it apart. ``x``, ``y``: on the picture."""

    name: str
    shape: str
    people: int
    percent: int
    lines: tuple[MapLine, ...]
    x: float
    y: float
    path: str
    mine: bool


@dataclass(frozen=True, kw_only=True)
class CellView:
    """Five people or more who stand close together."""

    x: float
    y: float
    radius: float
    people: int


@dataclass(frozen=True, kw_only=True)
class AxisView:
    """An axis named by what people at its two ends agree with."""

    explained: int
    positive: tuple[MapLine, ...]
    negative: tuple[MapLine, ...]


@dataclass(frozen=True, kw_only=True)
class WithheldLine:
    """A statement that all groups seem to share, and why it is not called a consensus."""

    line: MapLine
    doubt: Withheld


@dataclass(frozen=True, kw_only=True)
class Counting:
    """The map by one way of counting: how many voices, groups with their sizes, numbers of its consensus."""

    voices: int
    groups: tuple[tuple[str, int], ...]
    consensus: frozenset[tuple[int, str]]


@dataclass(frozen=True, kw_only=True)
class TwiceLine:
    """A statement that one way of counting calls a consensus, or both."""

    line: MapLine
    each: bool
    once: bool


@dataclass(frozen=True, kw_only=True)
class Twice:
    """``voices`` in ``sets`` that answer so alike that chance does not explain it: counted as they are
    (``each``), and each set as one voice (``once``). Without sets there is nothing else to tell."""

    voices: int
    sets: tuple[int, ...]
    each: Counting
    once: Counting
    lines: tuple[TwiceLine, ...]
    fingerprint: str
    json_url: str

    @property
    def countings(self) -> tuple[Counting, Counting]:
        """Both, side by side."""
        return self.each, self.once


@dataclass(frozen=True, kw_only=True)
class MapPage:
    """A version of the map. ``mine``: where the reader stands on the picture, None without votes.

    ``untold``: how many statements are left out because fewer than five people voted on them.
    """

    number: int
    at: datetime
    fingerprint: str
    votes_sha256: str
    code_version: str
    votes: int
    untold: int
    people: int
    placed: int
    not_placed_percent: int
    distinct: bool
    reason: str
    silhouette: float
    stability: float
    groups: tuple[GroupView, ...]
    axes: tuple[AxisView, ...]
    consensus: tuple[MapLine, ...]
    withheld: tuple[WithheldLine, ...]
    twice: Twice | None
    double_voices: int
    divisive: tuple[MapLine, ...]
    majority: tuple[MapLine, ...]
    cells: tuple[CellView, ...]
    mine: tuple[float, float] | None
    mine_group: str
    versions: tuple[tuple[int, datetime, str], ...]
    json_url: str


def map_page(*, consultation: Consultation, version: MapVersion, ballot: Mapping[UUID, Choice]) -> MapPage:
    """Everything that the page shows of a version. Two queries."""
    drawn = document_of(version)
    rows = {row.number: row for row in shown(consultation.pk)}
    lines = _Lines(drawn, rows)
    by_id = {row.pk: row.number for row in rows.values()}
    own = {by_id[key]: VALUES[choice] for key, choice in ballot.items() if key in by_id}
    place = _place(drawn, own)
    scale = _scale(drawn, version, place)
    nearest = _nearest(drawn, place)
    called = consensus_of(version)
    return MapPage(
        number=version.number,
        at=version.at,
        fingerprint=version.fingerprint,
        votes_sha256=version.votes_sha256,
        code_version=version.code_version,
        votes=drawn["input"]["votes"],
        untold=len(drawn.get("withheld", {}).get("statements", ())),
        people=drawn["people"]["all"],
        placed=drawn["people"]["placed"],
        not_placed_percent=round(100 * drawn["people"]["not_placed_share"]),
        distinct=drawn["groups"]["distinct"],
        reason=reason_words(drawn["groups"]["reason"]),
        silhouette=drawn["groups"]["silhouette"],
        stability=drawn["groups"]["stability"],
        groups=tuple(
            _group(one, at, lines, scale, nearest) for at, one in enumerate(drawn["groups"]["list"])
        ),
        axes=tuple(_axis(one, lines) for one in drawn["axes"]),
        consensus=_kept(called.kept, lines),
        withheld=tuple(
            WithheldLine(line=lines.line(one.number, one.side), doubt=one)
            for one in called.withheld
            if one.number in lines.found
        ),
        twice=_twice(version, lines),
        double_voices=version.double_voices,
        divisive=lines.of(one["id"] for one in drawn["divisive"]),
        majority=_both(drawn["majority"], lines),
        cells=tuple(_cell(cell, version.cells, scale) for cell in version.cells),
        mine=scale.of(place) if place else None,
        mine_group=nearest,
        versions=tuple(
            (one.number, one.at, reverse("debate:map_version", args=[consultation.pk, one.number]))
            for one in MapVersion.objects.filter(consultation=consultation).defer("document", "cells")[:20]
        ),
        json_url=reverse("debate:map_json", args=[consultation.pk, version.number]),
    )


def reason_words(reason: str | None) -> str:
    """Why no groups are shown, in the active language."""
    if reason is None:
        return ""
    return {
        REASONS[Reason.TOO_FEW]: _("Too few people have voted enough to be placed."),
        REASONS[Reason.TOO_SMALL]: _("Every way to part people makes a group too small to be spoken of."),
        REASONS[Reason.BLURRED]: _(
            "No distinct groups: people stand about as near to another group as to their own."
        ),
        REASONS[Reason.UNSTABLE]: _(
            "No distinct groups: other people of the same kind would have been parted otherwise."
        ),
    }[REASONS[Reason(reason)]]


class _Lines:
    """Statements of a document by number, those that may be read today."""

    def __init__(self, drawn: Json, rows: Texts) -> None:
        self.rows = rows
        self.found: dict[int, Json] = {one["id"]: one for one in drawn["statements"] if one["id"] in rows}

    def of(self, numbers: Iterable[int], side: str = "") -> tuple[MapLine, ...]:
        return tuple(self.line(number, side) for number in numbers if number in self.found)

    def line(self, number: int, side: str = "") -> MapLine:
        one, row = self.found[number], self.rows[number]
        low, high = one["agree_interval"]
        return MapLine(
            number=number,
            text=row.text,
            url=reverse("debate:statement", args=[row.pk]),
            votes=one["votes"],
            agree=one["agree"],
            disagree=one["disagree"],
            passed=one["pass"],
            percent=round(100 * one["agree"] / max(1, one["votes"])),
            low=round(100 * low),
            high=round(100 * high),
            groups=tuple(_tally(name, counts) for name, counts in sorted(one["groups"].items())),
            side=side,
        )


def _tally(name: str, counts: Json | None) -> Tally:
    told = counts or {}
    return Tally(name=name, agree=told.get("agree"), disagree=told.get("disagree"), votes=told.get("votes"))


def _both(lists: Json | None, lines: _Lines) -> tuple[MapLine, ...]:
    return tuple(
        line
        for side in ("agree", "disagree")
        for line in lines.of((one["id"] for one in (lists or {}).get(side, [])), side)
    )


def _kept(kept: Mapping[str, tuple[int, ...]], lines: _Lines) -> tuple[MapLine, ...]:
    return tuple(line for side in SIDES for line in lines.of(kept[side], side))


def _twice(version: MapVersion, lines: _Lines) -> Twice | None:
    """``None`` for maps drawn before linked voices were looked for."""
    if version.linked_voices is None:
        return None
    each = _counting(document_of(version))
    once = _counting(once_of(version) or document_of(version))
    told = [pair for pair in sorted(each.consensus | once.consensus) if pair[0] in lines.found]
    return Twice(
        voices=version.linked_voices,
        sets=tuple(version.linked_sets),
        each=each,
        once=once,
        lines=tuple(
            TwiceLine(line=lines.line(*pair), each=pair in each.consensus, once=pair in once.consensus)
            for pair in told
        ),
        fingerprint=version.once_fingerprint,
        json_url=reverse("debate:map_once_json", args=[version.consultation_id, version.number]),
    )


def _counting(drawn: Json) -> Counting:
    return Counting(
        voices=drawn["people"]["all"],
        groups=tuple((one["name"], one["people"]) for one in drawn["groups"]["list"]),
        consensus=frozenset((number, side) for side, some in listed(drawn).items() for number in some),
    )


class _Scale:
    """From the plane of the map to the picture, whose y runs downwards."""

    def __init__(self, reach: float) -> None:
        self.reach = reach or 1.0

    def of(self, place: Iterable[float]) -> tuple[float, float]:
        x, y = place
        half = SIDE / 2 - _MARGIN
        return round(SIDE / 2 + half * x / self.reach, 1), round(SIDE / 2 - half * y / self.reach, 1)


def _scale(drawn: Json, version: MapVersion, place: tuple[float, float] | None) -> _Scale:
    points = [*(one["centre"] for one in drawn["groups"]["list"]), *(cell[:2] for cell in version.cells)]
    points += [place] if place else []
    return _Scale(max((abs(value) for point in points for value in point), default=1.0))


def _group(one: Json, at: int, lines: _Lines, scale: _Scale, nearest: str) -> GroupView:
    x, y = scale.of(one["centre"])
    shape = SHAPES[at % len(SHAPES)]
    return GroupView(
        name=one["name"],
        shape=shape,
        people=one["people"],
        percent=round(100 * one["share"]),
        lines=tuple(
            lines.line(which["id"], which["side"])
            for which in one["representative"]
            if which["id"] in lines.found
        ),
        x=x,
        y=y,
        path=_path(shape, x, y, 14 + 16 * sqrt(one["share"])),
        mine=one["name"] == nearest,
    )


_CORNERS: dict[str, list[tuple[float, float]]] = {
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    "triangle": [(0, -1.2), (1.2, 1), (-1.2, 1)],
    "diamond": [(0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)],
    "cross": [
        *((-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4)),
        *((0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4)),
    ],
}


def _path(shape: str, x: float, y: float, r: float) -> str:
    """An SVG path around (x, y)."""
    if shape == "circle":
        return (
            f"M{x - r:.1f} {y:.1f}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"
        )
    corners = _CORNERS[shape]
    return "M" + "L".join(f"{x + r * dx:.1f} {y + r * dy:.1f}" for dx, dy in corners) + "z"


def _cell(cell: list[float], cells: list[list[float]], scale: _Scale) -> CellView:
    x, y = scale.of(cell[:2])
    most = max(one[2] for one in cells)
    return CellView(x=x, y=y, radius=round(3 + 9 * sqrt(cell[2] / most), 1), people=int(cell[2]))


def _axis(one: Json, lines: _Lines) -> AxisView:
    return AxisView(
        explained=round(100 * one["explained_variance"]),
        positive=lines.of(one["positive_end"]),
        negative=lines.of(one["negative_end"]),
    )


def _place(drawn: Json, own: Mapping[int, int]) -> tuple[float, float] | None:
    """As ``amiral.cores.opinion.locate`` does, from the published numbers alone. O(own votes)."""
    known: dict[int, Any] = {one["id"]: one for one in drawn["statements"] if not one["meta"]}
    cast = [(known[number], vote) for number, vote in own.items() if number in known]
    if not cast:
        return None
    left_out = len(drawn["input"]["moderated"]) + len(drawn["input"]["meta"])
    scale = sqrt(drawn["input"]["statements"] / max(1, len(cast) + left_out))
    x, y = (
        scale * sum((vote - one["mean"]) * one["loadings"][axis] for one, vote in cast) for axis in (0, 1)
    )
    return x, y


def _nearest(drawn: Json, place: tuple[float, float] | None) -> str:
    """The group that a place belongs to; empty where groups are not distinct."""
    groups = drawn["groups"]["list"]
    if place is None or not groups:
        return ""
    return str(
        min(groups, key=lambda one: hypot(*(a - b for a, b in zip(one["centre"], place, strict=True))))[
            "name"
        ]
    )
