"""The tour pack: what a phone takes along for a turf, in one small file that needs no network afterwards.

Streets, doors and words; nothing personal. The same turf in the same state gives the same bytes. Everything
is text or an integer, lines are delta-coded: docs/field-app.md, "The pack", is the list of all keys.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import cos, radians
from typing import cast

import shapely
from django.conf import settings
from django.db.models import OuterRef, Subquery, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from amiral.cores.canonical import canonical
from amiral.cores.walk.hints import Hand
from amiral.kit.plain_text import to_text
from amiral.rooms.field.contracts import Bounds, CanvassKind
from amiral.rooms.field.models import Assignment, Device, Door
from amiral.rooms.field.queries.log import assignments_of
from amiral.rooms.field.queries.walking import DoorLine, WalkList, points_of, walk_list
from amiral.rooms.talking_points.contracts import PointCard
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine

VERSION = 1
"""Of the pack. A phone refuses a later one; what it recorded under an older one still counts."""
FORM_VERSION = 1
"""Of the form with its outcomes; each event says under which it was recorded."""
KEPT_AFTER = timedelta(days=1)
"""How long after the end of the lease the phone keeps the pack: time to correct, and to send."""

PER_DEGREE = 100_000
"""Places are whole numbers of 1e-5 degree: 1.1 m to the north, less to the east."""
MARGIN_M, METRES_PER_DEGREE = 150.0, 111_195.0
"""Streets are drawn so far around the walk: one finds it by the streets that lead there."""
TOLERANCE_DEGREES = 1.5e-5
"""A bend of a street that is smaller than this is drawn straight."""
COARSE_DEGREES = 3e-4
"""The walk need not be told finer than this to say which streets are near it."""
WAYS_ASKED, PLACES_AT_MOST = 4000, 6000
"""Ways read, and places of their lines kept: beyond, the streets farthest from the walk are left out."""

Json = dict[str, object]
Position = tuple[float, float]


@dataclass(kw_only=True)
class _Names:
    """Each name of a street once; elsewhere its place in the list."""

    places: dict[str, int] = field(default_factory=dict)

    def place(self, name: str) -> int:
        return self.places.setdefault(name, len(self.places))


def pack(*, assignment: Assignment, language: str, at: datetime) -> Json:
    """All of a turf for one phone, with its ``digest``: sha-256 of the canonical pack without it.

    The words are in ``language``, a talking point in the other one where it has no version in it. The number
    of queries does not depend on that of the doors.
    """
    with translation.override(language):
        content = _content(walk_list(assignment=assignment, at=at), assignment, language)
    return {**content, "digest": hashlib.sha256(canonical(content)).hexdigest()}


def packs_of(*, device: Device) -> list[Json]:
    """The packs that a device may hold now; one query, so that it may be told with each answer.

    A pack whose ``stamp`` differs is out of date. One that is missing was taken back, or its lease ended.
    """
    rows = assignments_of(device).filter(ended_at__isnull=True)
    rows = rows.select_related("turf__canvass").defer("turf__walk", "turf__canvass__report")
    return [
        {"assignment": str(row.pk), "stamp": stamp(row, dwellings=row.dwellings), "until": moment(row.until)}
        for row in rows.annotate(dwellings=_dwellings("turf"))
    ]


def _dwellings(turf: str) -> Subquery:
    """The dwellings of a turf together: what a team counts at a door changes them."""
    doors = Door.objects.filter(turf=OuterRef(turf)).order_by().values("turf")
    return Subquery(doors.annotate(total=Sum("dwellings")).values("total"))


def stamp(assignment: Assignment, *, dwellings: int | None) -> str:
    """Changes with plan, dwellings, lease and form; a cheap word for "fetch the pack again"."""
    turf = assignment.turf
    seen = [VERSION, FORM_VERSION, str(turf.pk), turf.number, turf.canvass.plan_version, turf.canvass.name]
    seen += [moment(assignment.until), dwellings or 0]
    return hashlib.sha256(canonical(seen)).hexdigest()[:16]


def moment(at: datetime) -> str:
    """``2026-03-01T10:00:00Z``: to the second, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _content(walk: WalkList, assignment: Assignment, language: str) -> Json:
    names, canvass, turf = _Names(), assignment.turf.canvass, assignment.turf
    return {
        "v": VERSION,
        "language": language,
        "assignment": str(assignment.pk),
        "shift": str(assignment.shift_id),
        "stamp": stamp(assignment, dwellings=sum(door.dwellings for door in walk.doors)),
        "canvass": {"name": canvass.name, "kind": canvass.kind, "counts_only": canvass.counts_only},
        "turf": {
            "id": str(turf.pk),
            "number": turf.number,
            "minutes": walk.minutes,
            "metres": walk.metres,
            "people": walk.team_size,
        },
        "action": _action(walk),
        "until": moment(assignment.until),
        "expires": moment(assignment.until + KEPT_AFTER),
        "form": _form(walk),
        "doors": _doors(walk.doors, names),
        "walk": deltas(walk.walk),
        "streets": _streets(walk, names),
        "names": list(names.places),
        "points": [_point(card) for card in points_of(walk=walk, language=language)],
        "attribution": walk.attribution,
        "legal": _legal(CanvassKind(canvass.kind)),
    }


def _action(walk: WalkList) -> Json:
    return {
        "title": walk.action.title,
        "place": walk.action.place,
        "starts": moment(walk.shift.starts_at),
        "ends": moment(walk.shift.ends_at),
        "url": walk.action.url,
    }


def _form(walk: WalkList) -> Json:
    outcomes = [{"value": str(one.value), "label": str(one.label)} for one in walk.outcomes]
    return {"version": FORM_VERSION, "outcomes": outcomes}


def _doors(doors: Sequence[DoorLine], names: _Names) -> list[Json]:
    """In walking order; ``at`` is told from the door before, what says nothing is left out."""
    steps = _steps([(door.longitude, door.latitude) for door in doors])
    return [
        {"id": str(door.id), "n": door.position, "at": step, **_said(_door(door, names))}
        for door, step in zip(doors, steps, strict=True)
    ]


def _said(values: Json) -> Json:
    return {key: value for key, value in values.items() if value not in (None, "", 0, False, [])}


def _door(door: DoorLine, names: _Names) -> Json:
    return {
        "number": door.number,
        "street": names.place(door.street) + 1 if door.street else 0,
        "label": "" if door.label == f"{door.number} {door.street}".strip() else door.label,
        "dwellings": door.dwellings,
        "origin": int(door.origin),
        "floors": door.floors,
        "lift": int(door.lift),
        "wish": int(door.is_asked_not_to),
        "last": _last(door),
        "done": door.homes.done if door.is_begun else 0,
        "again": str(door.last_visit_id) if door.is_to_do_again else "",
        "caution": list(door.caution),
        "way": _way(door),
        "hand": _hand(door),
        "side": _side(door),
    }


def _last(door: DoorLine) -> Json | None:
    """What the last visit said, and its day: no hour, no volunteer."""
    if door.state is None or door.at is None:
        return None
    return {"outcome": str(door.state.outcome), "on": localdate(door.at).isoformat()}


def _way(door: DoorLine) -> str:
    if door.leg:
        return door.leg.way_words
    return door.guide.way_words if door.guide else ""


def _hand(door: DoorLine) -> str:
    """``left`` or ``right``; nothing where the door is ahead."""
    hand = door.guide.hand if door.guide else Hand.AHEAD
    return "" if hand == Hand.AHEAD else hand.value


def _side(door: DoorLine) -> Json | None:
    """Of a side of a street, in leaflet rounds."""
    if door.leg is None:
        return None
    return {
        "side": door.leg.side_words,
        "hand": door.leg.hand_words,
        "numbers": door.leg.numbers_words,
        "part": door.leg.part_words,
        "crosses": int(door.leg.crosses),
        "metres": door.leg.metres,
        "line": deltas(door.leg.line),
    }


def _point(card: PointCard) -> Json:
    return {
        "id": str(card.point_id),
        "language": card.language,
        "theme": card.theme_name,
        "short": card.short_line,
        "text": to_text(card.body_html),
        "sources": [
            {"title": source.title, "url": source.url, "on": source.on.isoformat() if source.on else ""}
            for source in card.sources
        ],
    }


def _legal(kind: CanvassKind) -> Json:
    """What a resident may ask, in words to be read out at the door."""
    told = [
        _("We come for %(campaign)s. You need not answer, and you may close the door at any time.")
        % {"campaign": settings.CAMPAIGN_NAME},
        _("What is kept is what happened at this address: no name, no opinion, nothing about a person."),
        _("If you wish, nobody comes back to this address for two years: say so, and it is noted at once."),
        _("Your rights and who is responsible are written on our site, on the page of legal notices."),
    ]
    if kind != CanvassKind.DOOR_TO_DOOR:
        told[1] = _("What is kept is that leaflets were left in a street: nothing about a person.")
    return {"text": told, "url": settings.PUBLIC_URL + reverse("legal")}


def whole(degrees: float) -> int:
    """Degrees as a whole number of 1e-5 degree."""
    return round(degrees * PER_DEGREE)


def deltas(line: Iterable[Sequence[float]]) -> list[int]:
    """Longitude and latitude of the first place, then the differences to each next one; repeats left out."""
    flat: list[int] = []
    last: tuple[int, int] | None = None
    for longitude, latitude in line:
        place = whole(longitude), whole(latitude)
        if place != last:
            before = last or (0, 0)
            flat += [place[0] - before[0], place[1] - before[1]]
            last = place
    return flat


def _steps(places: Sequence[Position]) -> list[list[int]]:
    """The same for doors, where a repeat is a door of its own."""
    steps, before = [], (0, 0)
    for longitude, latitude in places:
        here = whole(longitude), whole(latitude)
        steps.append([here[0] - before[0], here[1] - before[1]])
        before = here
    return steps


def _streets(walk: WalkList, names: _Names) -> list[Json]:
    """The streets around the walk; of too many, the nearest to it."""
    box = _around(walk.bounds)
    lines = territory.street_lines(bounds=box, limit=WAYS_ASKED)
    pieces = [(name, kind, line, deltas(line.coords)) for name, kind, line in _pieces(lines, box)]
    if sum(len(coded) for *_rest, coded in pieces) > 2 * PLACES_AT_MOST:
        way = shapely.simplify(_way_of(walk), COARSE_DEGREES)
        pieces.sort(key=lambda piece: (piece[2].distance(way), piece[0], piece[1], piece[3]))
    kept = _within((name, kind, coded) for name, kind, _line, coded in pieces)
    return [
        {"name": names.place(name) + 1 if name else 0, "class": kind, "line": line}
        for name, kind, line in sorted(kept)
    ]


def _way_of(walk: WalkList) -> shapely.LineString:
    places = [*walk.walk, *((door.longitude, door.latitude) for door in walk.doors)]
    return shapely.LineString(places if len(places) > 1 else places * 2)


def _around(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    high = MARGIN_M / METRES_PER_DEGREE
    wide = high / max(0.01, cos(radians((south + north) / 2)))
    return west - wide, south - high, east + wide, north + high


def _pieces(lines: Iterable[StreetLine], box: Bounds) -> Iterable[tuple[str, str, shapely.LineString]]:
    """Ways of one name and kind put together, cut at the box, without small bends."""
    ways: dict[tuple[str, str], list[shapely.LineString]] = {}
    for line in lines:
        places = cast("list[list[float]]", line.geometry["coordinates"])
        if len(places) > 1:
            ways.setdefault((line.name, line.kind), []).append(shapely.LineString(places))
    for (name, kind), found in ways.items():
        merged = shapely.line_merge(shapely.MultiLineString(found))
        inside = shapely.clip_by_rect(shapely.simplify(merged, TOLERANCE_DEGREES), *box)
        for piece in shapely.get_parts(inside):
            if piece.geom_type == "LineString" and not piece.is_empty:
                yield name, kind, piece


def _within(pieces: Iterable[tuple[str, str, list[int]]]) -> Iterable[tuple[str, str, list[int]]]:
    """The first ones that have a length, up to ``PLACES_AT_MOST`` places together."""
    left = PLACES_AT_MOST
    for piece in pieces:
        places = len(piece[2]) // 2
        if places > left:
            return
        if places > 1:
            left -= places
            yield piece
