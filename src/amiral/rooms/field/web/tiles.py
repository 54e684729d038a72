"""Tiles of the coverage map, drawn from the imported streets and buildings: SVG, no third party.

Places are those of the web maps' grid (Web Mercator, ``z/x/y`` from the north-west). A tile carries no style
sheet and no script, so it is drawn alike wherever it is shown.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np

from amiral.rooms.field.contracts import Bounds
from amiral.rooms.field.queries.levels import Board, Ints
from amiral.rooms.field.queries.progress import Standing
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine

SIZE = 256
LEAST_ZOOM, MOST_ZOOM = 8, 20
BUILDINGS_FROM, DOORS_FROM = 16, 15
"""Zooms from which buildings, and each door, are drawn; before that doors are gathered by a grid."""
STREETS_AT_MOST = {12: 300, 13: 800, 14: 1500}
BUILDINGS_AT_MOST = 1500
GRID = 16
"""Doors of a far tile are gathered in so many columns and rows."""

LIGHT = {
    "ground": "#e9e5da", "street": "#fffefb", "building": "#d6cfbe",
    "none": "#8a8372", "held": "#b4530a", "done": "#0b4a59",
}  # fmt: skip
DARK = {
    "ground": "#141f25", "street": "#35474f", "building": "#22313a",
    "none": "#7d8f98", "held": "#f5b45a", "done": "#aee8f1",
}  # fmt: skip
PALETTES = {"clair": LIGHT, "sombre": DARK}


def is_tile(zoom: int, x: int, y: int) -> bool:
    """Whether the grid has such a tile, at a zoom that is drawn."""
    return LEAST_ZOOM <= zoom <= MOST_ZOOM and 0 <= x < 2**zoom and 0 <= y < 2**zoom


def bounds_of(zoom: int, x: int, y: int) -> Bounds:
    """West, south, east, north of a tile, in degrees."""
    count = 2.0**zoom

    def latitude(row: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count))))

    return x / count * 360 - 180, latitude(y + 1), (x + 1) / count * 360 - 180, latitude(y)


def ground(*, zoom: int, x: int, y: int, theme: str) -> str:
    """Streets and buildings: the same for everybody who may see the canvass."""
    colours = PALETTES[theme]
    box = bounds_of(zoom, x, y)
    parts = [f'<rect width="{SIZE}" height="{SIZE}" fill="{colours["ground"]}"/>']
    if zoom >= BUILDINGS_FROM:
        rings = territory.building_outlines(bounds=box, limit=BUILDINGS_AT_MOST)
        outlines = "".join(f"{_path(ring, zoom, x, y)}z" for ring in rings)
        parts.append(f'<path d="{outlines}" fill="{colours["building"]}"/>')
    limit = next((most for least, most in STREETS_AT_MOST.items() if zoom <= least), 4000)
    lines = territory.street_lines(bounds=box, limit=limit)
    paths = "".join(_path(_places(line), zoom, x, y) for line in lines)
    width = 1 if zoom < 15 else 2 if zoom < 17 else 4
    parts.append(
        f'<path d="{paths}" fill="none" stroke="{colours["street"]}" stroke-width="{width}"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )
    return _svg(parts)


def doors(*, now: Standing, zoom: int, x: int, y: int, theme: str) -> str:
    """Doors done (discs), in hand (rings) and not begun (dots); on far tiles one disc for a square of the
    grid, as dark as it is done."""
    members = _within(now.board, bounds_of(zoom, x, y))
    if zoom >= DOORS_FROM:
        return _svg(_each(now, members, zoom, x, y, PALETTES[theme]))
    return _svg(_gathered(now, members, zoom, x, y, PALETTES[theme]))


def _within(board: Board, box: Bounds) -> Ints:
    west, south, east, north = box
    margin = (east - west) / 20  # a disc may lean over the border
    return np.flatnonzero(
        (board.longitude >= west - margin)
        & (board.longitude <= east + margin)
        & (board.latitude >= south - margin)
        & (board.latitude <= north + margin)
    )


def _each(now: Standing, members: Ints, zoom: int, x: int, y: int, colours: dict[str, str]) -> list[str]:
    across, down = _units(now.board, members, zoom, x, y)
    done, held = now.done[members] > 0, now.held[members] > 0
    radius = 2 if zoom < 17 else 4
    return [
        _dots(across[~done & ~held], down[~done & ~held], colours["none"], radius),
        _rings(across[~done & held], down[~done & held], colours["held"], radius),
        _dots(across[done], down[done], colours["done"], 2 * radius),
    ]


def _dots(across: Ints, down: Ints, colour: str, width: int) -> str:
    d = "".join(f"M{left} {top}h0" for left, top in zip(across.tolist(), down.tolist(), strict=True))
    look = f'fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="round"'
    return f'<path d="{d}" {look}/>' if d else ""


def _rings(across: Ints, down: Ints, colour: str, radius: int) -> str:
    return "".join(
        f'<circle cx="{left}" cy="{top}" r="{radius}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for left, top in zip(across.tolist(), down.tolist(), strict=True)
    )


def _gathered(now: Standing, members: Ints, zoom: int, x: int, y: int, colours: dict[str, str]) -> list[str]:
    across, down = _units(now.board, members, zoom, x, y)
    side = SIZE // GRID
    inside = (across >= 0) & (across < SIZE) & (down >= 0) & (down < SIZE)
    square = (down[inside] // side) * GRID + across[inside] // side
    chosen = members[inside]
    count = np.bincount(square, minlength=GRID * GRID)
    done = np.bincount(square, weights=now.done[chosen], minlength=GRID * GRID)
    return [
        _square(int(at), int(count[at]), float(done[at]) / int(count[at]), side, colours)
        for at in np.flatnonzero(count).tolist()
    ]


def _square(at: int, count: int, share: float, side: int, colours: dict[str, str]) -> str:
    left, top = (at % GRID) * side + side // 2, (at // GRID) * side + side // 2
    radius = min(side / 2, 1.5 + math.sqrt(count) / 2)
    place = f'cx="{left}" cy="{top}" r="{radius:.1f}"'
    return (
        f'<circle {place} fill="{colours["ground"]}" stroke="{colours["none"]}"/>'
        f'<circle {place} fill="{colours["done"]}" fill-opacity="{share:.2f}"/>'
    )


def _units(board: Board, members: Ints, zoom: int, x: int, y: int) -> tuple[Ints, Ints]:
    """Places of doors in a tile, in its units."""
    lon, lat = board.longitude[members], np.radians(board.latitude[members])
    count = 2.0**zoom
    across = ((lon + 180) / 360 * count - x) * SIZE
    down = ((1 - np.arcsinh(np.tan(lat)) / math.pi) / 2 * count - y) * SIZE
    return np.rint(across).astype(np.int64), np.rint(down).astype(np.int64)


def _path(places: Sequence[Sequence[float]], zoom: int, x: int, y: int) -> str:
    count = 2.0**zoom
    steps: list[str] = []
    last = (0, 0)
    for at, place in enumerate(places):
        across = ((place[0] + 180) / 360 * count - x) * SIZE
        down = ((1 - math.asinh(math.tan(math.radians(place[1]))) / math.pi) / 2 * count - y) * SIZE
        here = (round(across), round(down))
        if at == 0:
            steps.append(f"M{here[0]} {here[1]}")
        elif here != last:
            steps.append(f"l{here[0] - last[0]} {here[1] - last[1]}")
        last = here
    return "".join(steps)


def _places(line: StreetLine) -> Sequence[Sequence[float]]:
    places: Any = line.geometry["coordinates"]
    return cast(Sequence[Sequence[float]], places)


def _svg(parts: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}">'
    )
    return f"{head}{''.join(parts)}</svg>"
