"""Maps of a whole plan: turfs told apart without colours, arrows, first and last doors, what moved."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, hypot, radians, sqrt
from typing import Any

import shapely
from django.utils.translation import gettext as _

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.field.actions import Draft
from amiral.rooms.field.contracts import Bounds
from amiral.rooms.field.queries.plans import DrawnPlan, EditTurfPage, PlanTurf, TurfState
from amiral.rooms.field.queries.versions import ComparePage
from amiral.rooms.field.web.drawing import (
    METRES_PER_DEGREE,
    Position,
    around,
    head,
    hue,
    point_feature,
    roomy,
    round_words,
    streets_layer,
    turf_words,
    walk_layer,
)

DASHES = 4
SHEET_STEPS = 1500
"""A walk is drawn to this share of the map's diagonal; finer steps nobody sees."""
ARROW_SHARE, MARK_SHARE = 110, 150
FEW_TURFS = 40
"""Of more turfs than this, arrows and marks are smaller, or they would hide the walks."""
SIGNS = {TurfState.HELD: "▸", TurfState.DONE: "✓"}
"""Beside the number of a turf: colour and width are never the only sign."""
LABELLED_MOVES = 300
"""Doors that moved that carry words on the map; the table counts all of them."""


def look(number: int) -> str:
    """Colour and dashes of a turf: neighbours differ in both, so that colour is not the only sign."""
    return f"{hue(number)} dash-{number % DASHES}"


def across_m(bounds: Bounds) -> float:
    """Metres of the diagonal of a map."""
    width = METRES_PER_DEGREE * cos(radians(bounds[1]))
    return hypot((bounds[2] - bounds[0]) * width, (bounds[3] - bounds[1]) * METRES_PER_DEGREE)


def lighter(walk: Mapping[str, Any], bounds: Bounds) -> dict[str, Any]:
    """The same line without the steps that are too fine for this map; first and last point stay."""
    step = max(across_m(bounds), 1.0) / SHEET_STEPS / METRES_PER_DEGREE
    line = shapely.LineString(walk["coordinates"]).simplify(step, preserve_topology=False)
    return {"type": "LineString", "coordinates": [list(point) for point in line.coords]}


def plan_map(
    drawn: DrawnPlan,
    *,
    turf_links: bool = True,
    is_rounds: bool = False,
    start: Position | None = None,
    end: Position | None = None,
) -> MapView | None:
    """All turfs: walks with arrows and numbers, first and last doors, and where every walk begins and ends.

    ``None`` where there is nothing. ``is_rounds``: leaflet rounds, whose doors are sides of streets.
    """
    if drawn.bounds is None:
        return None
    bounds = drawn.bounds
    doors = tuple(point_feature(lon, lat, hue(number)) for number, lon, lat in drawn.doors)
    return MapView(
        title=_("Map of the rounds") if is_rounds else _("Map of the turfs"),
        layers=(
            streets_layer(bounds),
            Layer(name=_("Sides") if is_rounds else _("Doors"), features=doors, css_class="map-door"),
            *_turfs(drawn.turfs, bounds, with_links=turf_links, is_rounds=is_rounds),
            Layer(
                name=_("Direction of the walk"),
                features=tuple(_arrows(drawn.turfs, bounds)),
                css_class="map-arrow",
            ),
            Layer(
                name=_("First side") if is_rounds else _("First door"),
                features=tuple(_ends(drawn.turfs, bounds, 0)),
                css_class="map-first",
            ),
            Layer(
                name=_("Last side") if is_rounds else _("Last door"),
                features=tuple(_ends(drawn.turfs, bounds, -1)),
                css_class="map-last",
            ),
            *_meeting_points(start, end),
        ),
        attribution=drawn.attribution,
        bounds=bounds,
    )


def _meeting_points(start: Position | None, end: Position | None) -> Iterator[Layer]:
    """Written on the map too: a place is not told by its colour alone."""
    for place, name, word in (
        (start, _("Every walk begins here"), _("Start")),
        (end, _("Every walk ends here"), _("End")),
    ):
        if place is not None:
            point = point_feature(*place, number=word)
            yield Layer(name=name, features=(point,), css_class="map-place")


def _turfs(
    turfs: Iterable[PlanTurf], bounds: Bounds, *, with_links: bool, is_rounds: bool
) -> Iterator[Layer]:
    """Turfs in hand are thick and those that are done thin, and their numbers carry a sign."""
    by_state: dict[TurfState, list[Feature]] = defaultdict(list)
    for turf in turfs:
        by_state[turf.state].append(_turf(turf, bounds, with_link=with_links, is_rounds=is_rounds))
    free = (*by_state[TurfState.FREE], *by_state[TurfState.BEGUN])
    held, done = by_state[TurfState.HELD], by_state[TurfState.DONE]
    name = _("Rounds, by number") if is_rounds else _("Turfs, by number")
    yield Layer(name=name, features=free, css_class="map-turf")
    if held:
        name = _("In hand %(sign)s") % {"sign": SIGNS[TurfState.HELD]}
        yield Layer(name=name, features=tuple(held), css_class="map-turf map-held")
    if done:
        name = _("Done %(sign)s") % {"sign": SIGNS[TurfState.DONE]}
        yield Layer(name=name, features=tuple(done), css_class="map-turf map-done")


def _turf(turf: PlanTurf, bounds: Bounds, *, with_link: bool, is_rounds: bool) -> Feature:
    return Feature(
        geometry=lighter(turf.walk, bounds),
        label=f"{round_words(turf) if is_rounds else turf_words(turf)} · {turf.state_words}",
        href=turf.url if with_link else "",
        css_class=look(turf.number),
        number=f"{turf.number} {SIGNS.get(turf.state, '')}".strip(),
    )


def crowding(turfs: Sequence[PlanTurf]) -> float:
    """By how much the signs of a plan shrink, at least 1."""
    return max(1.0, sqrt(len(turfs) / FEW_TURFS))


def _arrows(turfs: Sequence[PlanTurf], bounds: Bounds) -> Iterator[Feature]:
    size_m = across_m(bounds) / ARROW_SHARE / crowding(turfs)
    for turf in turfs:
        for arrow in plan_arrows(turf.walk["coordinates"], size_m):
            yield _area(arrow)


def plan_arrows(walk: Sequence[Sequence[float]], size_m: float) -> Sequence[tuple[Position, ...]]:
    """One to three arrow heads (tip, then base) on the longest steps of a walk's thirds."""
    points = [(float(x), float(y)) for x, y in walk]
    width = METRES_PER_DEGREE * cos(radians(points[0][1]))
    steps = [
        (start, ((end[0] - start[0]) * width, (end[1] - start[1]) * METRES_PER_DEGREE))
        for start, end in pairwise(points)
    ]
    third = -(-len(steps) // 3)
    heads = []
    for at in range(0, len(steps), max(1, third)):
        start, (east, north) = max(steps[at : at + third], key=lambda step: hypot(*step[1]))
        length = hypot(east, north)
        if length > size_m / 3:
            heads.append(head(start, (east / length, north / length), length / 2, size_m, width))
    return heads


def _ends(turfs: Sequence[PlanTurf], bounds: Bounds, which: int) -> Iterator[Feature]:
    """A diamond on the first door of each walk, a square on the last."""
    half = across_m(bounds) / MARK_SHARE / 2 / crowding(turfs)
    for turf in turfs:
        lon, lat = turf.walk["coordinates"][which]
        yield _area(_diamond(lon, lat, 1.4 * half) if which == 0 else _square(lon, lat, half))


def _diamond(lon: float, lat: float, half_m: float) -> tuple[Position, ...]:
    north = half_m / METRES_PER_DEGREE
    east = north / cos(radians(lat))
    return (lon, lat + north), (lon + east, lat), (lon, lat - north), (lon - east, lat)


def _square(lon: float, lat: float, half_m: float) -> tuple[Position, ...]:
    north = half_m / METRES_PER_DEGREE
    east = north / cos(radians(lat))
    return (
        (lon - east, lat - north),
        (lon + east, lat - north),
        (lon + east, lat + north),
        (lon - east, lat + north),
    )


def _area(corners: Sequence[Position]) -> Feature:
    ring = [list(corner) for corner in (*corners, corners[0])]
    return Feature(geometry={"type": "Polygon", "coordinates": [ring]})


def turf_in_plan_map(page: EditTurfPage) -> MapView:
    """The turf that is changed, with the walks of its neighbours in pale."""
    walk = [(float(x), float(y)) for x, y in page.turf.walk["coordinates"]]
    bounds = around(walk)
    doors = (point_feature(lon, lat, number=str(position)) for position, lon, lat in page.points)
    others = tuple(
        Feature(
            geometry=one.walk,
            label=turf_words(one),
            href=one.edit_url,
            css_class=look(one.number),
        )
        for one in page.turfs
        if one.number != page.turf.number
    )
    return MapView(
        title=_("Map of the walk"),
        layers=(
            streets_layer(bounds),
            Layer(name=_("Other turfs"), features=others, css_class="map-turf"),
            walk_layer(walk, bounds),
            Layer(name=_("Doors, in walking order"), features=tuple(doors), css_class="map-door"),
        ),
        attribution=page.attribution,
        bounds=bounds,
    )


def moved_map(page: ComparePage) -> MapView | None:
    """Doors that stand in another turf than before, by the turf they came to."""
    moves = [(one.label, one.place, one.before, one.after) for one in page.moved]
    return _moves_map(moves, page.still, page.attribution)


def draft_map(draft: Draft) -> MapView | None:
    """Doors that would move."""
    places = draft.standing.places
    after = {i: number for number, order in draft.after.items() for i in order}
    moved = set(draft.moved)
    moves = [
        (places[i].label, (places[i].lon, places[i].lat), places[i].turf, after[i]) for i in sorted(moved)
    ]
    still = [
        (place.lon, place.lat)
        for i, place in enumerate(places)
        if i not in moved and (place.turf in draft.after or place.turf in draft.gone)
    ]
    return _moves_map(moves, still, draft.standing.canvass.attribution)


def _is_within(place: Position, bounds: Bounds) -> bool:
    return bounds[0] <= place[0] <= bounds[2] and bounds[1] <= place[1] <= bounds[3]


Move = tuple[str, Position, int, int]


def _moves_map(moves: Sequence[Move], still: Sequence[Position], attribution: str) -> MapView | None:
    if not moves:
        return None
    bounds = roomy(around([place for _label, place, _before, _after in moves]))
    beside = [place for place in still if _is_within(place, bounds)]
    by_turf: dict[int, list[Feature]] = defaultdict(list)
    numbered = len(moves) <= LABELLED_MOVES and len({after for *_, after in moves}) > 1
    for count, (label, (lon, lat), before, after) in enumerate(moves):
        words = _("%(door)s: from turf %(before)d to turf %(after)d") % {
            "door": label,
            "before": before,
            "after": after,
        }
        by_turf[after].append(
            Feature(
                geometry={"type": "Point", "coordinates": [lon, lat]},
                label=words if count < LABELLED_MOVES else "",
                number=str(after) if numbered else "",
            )
        )
    return MapView(
        title=_("Doors that change turf"),
        layers=(
            streets_layer(bounds),
            Layer(
                name=_("Doors that stay"),
                features=tuple(point_feature(lon, lat) for lon, lat in beside),
                css_class="map-coverage-1 map-still",
            ),
            *(
                Layer(
                    name=_("To turf %(number)d") % {"number": number},
                    features=tuple(features),
                    css_class=f"map-door map-moved {hue(number)}",
                )
                for number, features in sorted(by_turf.items())
            ),
        ),
        attribution=attribution,
        bounds=bounds,
    )
