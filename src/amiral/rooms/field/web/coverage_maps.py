"""Maps of coverage: what is done, what is in hand, what is left. Nothing of what was answered is drawn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.field.contracts import Bounds
from amiral.rooms.field.queries.coverage_pages import VIEWS, CoveragePage, PlaceLine, place_url, walks_of
from amiral.rooms.field.queries.levels import Board, Ints, Level
from amiral.rooms.field.queries.progress import Progress, Standing
from amiral.rooms.field.web.drawing import STEPS, point_feature, roomy, streets_layer
from amiral.rooms.territory import api as territory

AREAS = (Level.BUREAU, Level.COMMUNE, Level.DEPARTEMENT)
NOT_YET, IN_HAND, DONE = "map-coverage-0", "map-held map-coverage-1", "map-coverage-4"


def coverage_map(page: CoveragePage) -> MapView | None:
    """The map of a page: by turf or by area where the page is divided so, else door by door."""
    if not len(page.members):
        return None
    bounds = extent(page.standing.board, page.members)
    level = VIEWS.get(page.view, Level.BUILDING)
    layers = _areas(page, level) if level in AREAS else []
    if level == Level.TURF:
        layers = _turfs(page)
    if layers:
        return _view(page, bounds, layers)
    return _view(page, roomy(bounds), door_layers(page.standing, page.members))


def _view(page: CoveragePage, bounds: Bounds, layers: Iterable[Layer]) -> MapView:
    return MapView(
        title=_("Map of the coverage"),
        layers=(streets_layer(bounds), *layers),
        attribution=page.attribution,
        bounds=bounds,
    )


def extent(board: Board, members: Ints) -> Bounds:
    """The box around some doors."""
    lon, lat = board.longitude[members], board.latitude[members]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def words(name: str, progress: Progress) -> str:
    """A place in one line, for the map and for screen readers."""
    doors = ngettext("%(count)d door", "%(count)d doors", progress.doors) % {"count": progress.doors}
    line = _("%(place)s: %(doors)s, %(percent)d %% done") % {
        "place": name,
        "doors": doors,
        "percent": progress.percent,
    }
    held = _("in hand")
    return f"{line}, {held}" if progress.in_hand else line


def _turfs(page: CoveragePage) -> list[Layer]:
    """Turfs by the share of their doors that were done; those in hand are dashed."""
    walks = walks_of(canvass_id=page.canvass.id)
    features: dict[str, list[Feature]] = defaultdict(list)
    for key, progress in page.standing.by(Level.TURF).items():
        name = _("Turf %(number)s") % {"number": key}
        features[_look(progress)].append(
            Feature(
                geometry=walks[key],
                label=words(name, progress),
                href=place_url(page.canvass.id, Level.TURF, key),
                number=key,
            )
        )
    return _by_look(features)


def _look(progress: Progress) -> str:
    held = "map-held " if progress.in_hand else ""
    return f"{held}map-coverage-{progress.step}"


def _by_look(features: Mapping[str, list[Feature]]) -> list[Layer]:
    names = {f"map-coverage-{step}": _(name) for step, name in enumerate(STEPS)}
    held = _("in hand")
    names |= {f"map-held map-coverage-{step}": f"{_(name)}, {held}" for step, name in enumerate(STEPS)}
    return [
        Layer(name=name, features=tuple(features[look]), css_class=look)
        for look, name in names.items()
        if look in features
    ]


def _areas(page: CoveragePage, level: Level) -> list[Layer]:
    """Bureaux, communes or départements by their contours; empty where none were imported."""
    lines: dict[str, PlaceLine] = {
        _territory_id(level, line.key): line for table in page.tables for line in table.lines
    }
    shapes = territory.contours(territory_ids=lines)
    features: dict[str, list[Feature]] = defaultdict(list)
    for id_, shape in shapes.items():
        line = lines[id_]
        label = words(line.label, line.progress)
        features[_look(line.progress)].append(Feature(geometry=shape, label=label, href=line.url))
    return _by_look(features)


def _territory_id(level: Level, key: str) -> str:
    if level == Level.BUREAU:
        return key
    return f"departement:{key}" if level == Level.DEPARTEMENT else f"commune:{key}"


def door_layers(now: Standing, members: Ints) -> list[Layer]:
    """Each door: done, in a team's hands, or not begun."""
    done, held = now.done[members] > 0, now.held[members] > 0
    groups: tuple[tuple[str, str, Any], ...] = (
        (_("Not done yet"), NOT_YET, ~done & ~held),
        (_("In hand: given to a team, not done yet"), IN_HAND, ~done & held),
        (_("Done"), DONE, done),
    )
    return [
        Layer(name=name, features=_points(now.board, members[chosen]), css_class=look)
        for name, look, chosen in groups
        if chosen.any()
    ]


def _points(board: Board, members: Ints) -> tuple[Feature, ...]:
    places = np.column_stack([board.longitude[members], board.latitude[members]]).tolist()
    return tuple(point_feature(lon, lat) for lon, lat in places)
