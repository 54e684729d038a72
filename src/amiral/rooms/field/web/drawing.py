"""Maps of this room: pages' dataclasses to what the kit draws."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import cos, hypot, radians

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from amiral.cores.outcomes import Outcome
from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.field.contracts import Bounds, Coverage
from amiral.rooms.field.models import OUTCOME_LABELS, SIDE_LABELS
from amiral.rooms.field.queries.choosing import FileChoices
from amiral.rooms.field.queries.pages import CanvassPage, DoorPoint, TurfLine, TurfPage, extent
from amiral.rooms.field.queries.plans import PlanTurf
from amiral.rooms.field.queries.walking import DoorLine, WalkList
from amiral.rooms.field.web.street_names import names_layer
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine

Position = tuple[float, float]

STREETS_AT_MOST = 4000
HUES = 12
ARROWS_ACROSS, ARROW_SHARE = 9, 70
"""Arrows on a walk as long as the map's diagonal, and how many of them would fill the diagonal."""
METRES_PER_DEGREE = 111_195.0
"""Metres in a degree of latitude, the earth taken as a sphere (enough for an arrow)."""
ROOMY_M, ROOMY_SHARE = 280.0, 0.08
"""Least side of the map of a walk, and the share shown beyond it: one finds a walk by the streets around."""
APART_M = 20.0
"""A walk whose line begins farther than this from its first door begins at a place of its own."""

OUTCOME_HUES = {
    Outcome.NOBODY: "hue-6",
    Outcome.REFUSED: "hue-8",
    Outcome.TALKED: "hue-3",
    Outcome.COME_BACK: "hue-2",
    Outcome.LEAFLET_LEFT: "hue-0",
    Outcome.DO_NOT_COME_BACK: "hue-4",
}


def streets_layer(bounds: Bounds) -> Layer:
    """The imported streets, below everything else."""
    return _streets(territory.street_lines(bounds=bounds, limit=STREETS_AT_MOST))


def _streets(lines: Iterable[StreetLine]) -> Layer:
    features = tuple(Feature(geometry=line.geometry) for line in lines)
    return Layer(name=_("Streets"), features=features, css_class="map-street")


def named_streets(bounds: Bounds, points: Sequence[Feature]) -> tuple[Layer, Layer]:
    """The streets around the map of a walk, and their names where they are beside its ``points``."""
    lines = territory.street_lines(bounds=grown(bounds, share=0.5), limit=STREETS_AT_MOST)
    return _streets(lines), names_layer(lines, bounds, points)


def point_feature(longitude: float, latitude: float, css_class: str = "", *, number: str = "") -> Feature:
    """A point without words."""
    geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    return Feature(geometry=geometry, css_class=css_class, number=number)


def _point(door: DoorPoint, css_class: str = "", *, number: str = "") -> Feature:
    return Feature(geometry=_place(door), css_class=css_class, number=number)


def _place(door: DoorPoint | DoorLine) -> dict[str, object]:
    """Where a door stands; a side of a street is a line."""
    if door.leg is None:
        return {"type": "Point", "coordinates": [door.longitude, door.latitude]}
    return {"type": "LineString", "coordinates": [list(point) for point in door.leg.line]}


def hue(number: int) -> str:
    """Neighbouring numbers never share a colour."""
    return f"hue-{number % HUES}"


def turf_words(turf: TurfLine | PlanTurf) -> str:
    """A turf in one line, for the map and for screen readers."""
    doors = ngettext("%(count)d door", "%(count)d doors", turf.doors) % {"count": turf.doors}
    return _("Turf %(number)d: %(doors)s, %(minutes)d minutes, %(percent)d %% done") % {
        "number": turf.number,
        "doors": doors,
        "minutes": turf.minutes,
        "percent": turf.percent,
    }


def round_words(turf: TurfLine | PlanTurf) -> str:
    """A leaflet round in one line."""
    sides = ngettext("%(count)d side of a street", "%(count)d sides of streets", turf.doors)
    return _("Round %(number)d: %(sides)s, %(minutes)d minutes, %(percent)d %% done") % {
        "number": turf.number,
        "sides": sides % {"count": turf.doors},
        "minutes": turf.minutes,
        "percent": turf.percent,
    }


def _turf(turf: TurfLine, css_class: str = "") -> Feature:
    return Feature(
        geometry=turf.walk,
        label=turf_words(turf),
        href=turf.url,
        css_class=css_class,
        number=str(turf.number),
    )


def walk_layer(walk: Sequence[Position], bounds: Bounds) -> Layer:
    """A walk with its arrows."""
    line = Feature(geometry={"type": "LineString", "coordinates": [list(point) for point in walk]})
    return Layer(name=_("Walk"), features=(line, *_arrows(walk, bounds)), css_class="map-walk")


def grown(bounds: Bounds, *, share: float, least_m: float = 0.0) -> Bounds:
    """The box made larger by ``share`` of it on each side, and to ``least_m`` metres each way."""
    degree_m = METRES_PER_DEGREE * max(0.01, cos(radians((bounds[1] + bounds[3]) / 2)))
    wide = max((bounds[2] - bounds[0]) * (1 + 2 * share), least_m / degree_m)
    high = max((bounds[3] - bounds[1]) * (1 + 2 * share), least_m / METRES_PER_DEGREE)
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def roomy(bounds: Bounds) -> Bounds:
    """The box of the map of a walk, with the streets by which one finds it."""
    return grown(bounds, share=ROOMY_SHARE, least_m=ROOMY_M)


def start_apart(walk: Sequence[Position], first: Position) -> Position | None:
    """Where the walk begins when that is not its first door: a station, a meeting point."""
    width = METRES_PER_DEGREE * cos(radians(first[1]))
    away_m = hypot((walk[0][0] - first[0]) * width, (walk[0][1] - first[1]) * METRES_PER_DEGREE)
    return walk[0] if away_m > APART_M else None


def _walk_map(
    attribution: str,
    walk: Sequence[Position],
    doors: Sequence[DoorPoint | DoorLine],
    points: Iterable[Feature],
) -> MapView:
    """A walk among the streets around it; a side of a street has its own line."""
    bounds = roomy(around([*((door.longitude, door.latitude) for door in doors), *walk]))
    is_rounds = doors[0].leg is not None
    name = _("Sides of streets, in walking order") if is_rounds else _("Doors, in walking order")
    start = None if is_rounds else start_apart(walk, (doors[0].longitude, doors[0].latitude))
    starts = (point_feature(*start),) if start else ()
    numbered = tuple(points)
    streets, names = named_streets(bounds, numbered)
    return MapView(
        title=_("Map of the walk"),
        layers=(
            streets,
            walk_layer(walk, bounds),
            Layer(name=_("Start"), features=starts, css_class="map-place"),
            names,
            Layer(name=name, features=numbered, css_class="map-door"),
        ),
        attribution=attribution,
        bounds=bounds,
    )


def turf_map(page: TurfPage) -> MapView:
    """One turf: the walk with arrows, the doors with their order."""
    walk = [(float(x), float(y)) for x, y in page.line.walk["coordinates"]]
    points = (_point(door, number=str(door.position)) for door in page.doors)
    return _walk_map(page.attribution, walk, page.doors, points)


def walk_list_map(walk: WalkList) -> MapView:
    """The same for the volunteer: done doors are pale, a number leads to the door in the list."""
    points = (
        Feature(
            geometry=_place(door),
            label=f"{door.position}. {door.label}",
            href=f"{walk.url}#{door.anchor}",
            css_class="map-coverage-0" if door.is_done else "map-coverage-4",
            number=str(door.position),
        )
        for door in walk.doors
    )
    return _walk_map(walk.attribution, walk.walk, walk.doors, points)


def around(points: Iterable[Position]) -> Bounds:
    """The box around the points."""
    longitudes, latitudes = zip(*points, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def arrows_along(walk: Sequence[Position], bounds: Bounds) -> list[tuple[Position, Position, Position]]:
    """Arrow heads on a line of (longitude, latitude): tip, then base; their size follows that of the map."""
    width = METRES_PER_DEGREE * cos(radians(bounds[1]))
    across_m = hypot((bounds[2] - bounds[0]) * width, (bounds[3] - bounds[1]) * METRES_PER_DEGREE)
    size_m, every_m = across_m / ARROW_SHARE, across_m / ARROWS_ACROSS
    heads, left_m = [], every_m / 2
    for start, end in pairwise(walk):
        east_m, north_m = (end[0] - start[0]) * width, (end[1] - start[1]) * METRES_PER_DEGREE
        length_m = hypot(east_m, north_m)
        if left_m < length_m and length_m > 2 * size_m:
            heads.append(head(start, (east_m / length_m, north_m / length_m), length_m / 2, size_m, width))
            left_m = every_m + length_m / 2
        left_m -= length_m
    return heads


def head(
    start: Position, way: Position, at_m: float, size_m: float, width: float
) -> tuple[Position, Position, Position]:
    """An arrow head about ``at_m`` along ``way`` (a unit vector, east and north) from ``start``."""

    def place(along_m: float, aside_m: float) -> Position:
        east_m = way[0] * along_m - way[1] * aside_m
        north_m = way[1] * along_m + way[0] * aside_m
        return start[0] + east_m / width, start[1] + north_m / METRES_PER_DEGREE

    tip, base, half = at_m + size_m / 2, at_m - size_m / 2, size_m / 2.5
    return place(tip, 0), place(base, half), place(base, -half)


def _arrows(walk: Sequence[Position], bounds: Bounds) -> Iterable[Feature]:
    for head in arrows_along(walk, bounds):
        ring = [list(point) for point in (*head, head[0])]
        yield Feature(geometry={"type": "Polygon", "coordinates": [ring]})


STEPS = (
    gettext_noop("Not begun"),
    gettext_noop("Less than a third"),
    gettext_noop("Less than two thirds"),
    gettext_noop("Two thirds or more"),
    gettext_noop("All doors"),
)
"""What ``map-coverage-0`` to ``map-coverage-4`` mean."""


def coverage_by_turf(page: CanvassPage, coverage: Coverage) -> MapView | None:
    """Turfs by the share of their doors that were done."""
    bounds = extent(page.doors)
    if bounds is None:
        return None
    by_step: dict[int, list[Feature]] = defaultdict(list)
    for turf, line in zip(page.turfs, coverage.turfs, strict=True):
        by_step[_step_of(line.tally.done, line.tally.doors)].append(_turf(turf))
    steps = (
        Layer(name=_(name), features=tuple(by_step[step]), css_class=f"map-coverage-{step}")
        for step, name in enumerate(STEPS)
    )
    return MapView(
        title=_("Coverage by turf"),
        layers=(streets_layer(bounds), *steps),
        attribution=page.attribution,
        bounds=bounds,
    )


def _step_of(done: int, doors: int) -> int:
    """0 not begun, 1 to 3 by thirds, 4 all."""
    if not done:
        return 0
    return 4 if done == doors else 1 + min(2, 3 * done // doors)


def coverage_by_door(page: CanvassPage, coverage: Coverage) -> MapView | None:
    """Doors by their last outcome."""
    bounds = extent(page.doors)
    if bounds is None:
        return None
    undone = tuple(_point(door) for door in page.doors if door.id not in coverage.states)
    return MapView(
        title=_("Coverage by side of the street") if page.is_rounds else _("Coverage by door"),
        layers=(
            streets_layer(bounds),
            Layer(name=_("Not done yet"), features=undone, css_class="map-coverage-0"),
            *(
                Layer(
                    name=str(label),
                    features=tuple(
                        _point(door) for door in page.doors if coverage.states.get(door.id) == outcome
                    ),
                    css_class=f"map-door {OUTCOME_HUES[outcome]}",
                )
                for outcome, label in (SIDE_LABELS if page.is_rounds else OUTCOME_LABELS).items()
            ),
        ),
        attribution=page.attribution,
        bounds=bounds,
    )


def boxes_map(choices: FileChoices, address: str) -> MapView | None:
    """The boxes of a file, each a link that fills the form in."""
    if not choices.boxes:
        return None
    whole = around([corner for box in choices.boxes for corner in (box.bounds[:2], box.bounds[2:])])
    boxes = tuple(
        Feature(
            geometry={"type": "Polygon", "coordinates": [_ring(box.bounds)]},
            label=f"{box.label} ({box.addresses})",
            href=f"{address}&bornes={box.text}#id_bounds",
            css_class=hue(number),
            number=str(number),
        )
        for number, box in enumerate(choices.boxes, start=1)
    )
    return MapView(
        title=_("Boxes of about as many addresses each"),
        layers=(streets_layer(whole), Layer(name=_("Boxes"), features=boxes, css_class="map-turf")),
        attribution=choices.file.attribution,
        bounds=whole,
    )


def _ring(bounds: Bounds) -> list[list[float]]:
    west, south, east, north = bounds
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]
