"""Which of many areas holds each of many points: exact, in bulk.

A grid of small cells is laid over the areas. A cell that no border touches lies wholly inside one area, or in
none: its label answers at once. For the others the few parts whose borders touch the cell are tested exactly.
Tiles of 16 × 16 cells without any border are one label, so that an index of France with its territories
overseas is no larger than its land.

**The rule for points that several areas hold** (on a common border, or where areas overlap): the area that
comes first in the sequence. Borders belong to the area, those of holes too. So for every point the answer is
that of the slow way: the first ``i`` with ``shapely.covers(areas[i], point)``, or -1.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .areas import Parts, covers, parts_of
from .compiled import Bools, Bytes, Floats, Ints, ShortInts, jit

NONE = -1
TILE = 16
"""Cells along the side of a tile."""
CELLS_PER_EDGE = 8
CELLS = (1 << 16, 1 << 24)
"""Least and greatest number of cells over the boxes of all parts together."""
MOST_TILES = 1 << 22
SLACK = 1e-6
"""Share of a cell by which a border is taken to be wider than it is: far more than rounding, far less than
a cell."""
POINTS_PER_TASK = 1 << 16
NOT_YET = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Grid:
    """Cell (column, row) begins at ``west + column / per_degree``, ``south + row / per_degree``."""

    west: float
    south: float
    east: float
    north: float
    per_degree: float
    tiles_wide: int
    tiles_high: int


@dataclass(frozen=True)
class AreaIndex:
    """An index over areas, made once by ``area_index`` and asked as often as one likes, by any thread.

    ``tile``: an area, ``NONE``, or ``-2 - block``. ``cell``: the same for the cells of each block, or
    ``-2 - border``. ``border_part[border_start[b]:border_start[b + 1]]`` are to be tested in that order;
    ``border_label[b]`` answers where none holds the point.
    """

    size: int
    parts: Parts
    grid: Grid
    tile: ShortInts
    cell: ShortInts
    border_start: Ints
    border_part: ShortInts
    border_label: ShortInts

    def __len__(self) -> int:
        return self.size

    @property
    def nbytes(self) -> int:
        """Bytes that the index holds."""
        arrays = [*vars(self.parts).values(), *vars(self).values()]
        return sum(one.nbytes for one in arrays if isinstance(one, np.ndarray))

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike, *, workers: int = 2) -> Ints:
        """The area of each point, ``NONE`` (-1) where there is none; NaN and infinity lie nowhere.

        ``lon`` and ``lat`` are of one length; the answer does not depend on ``workers`` (threads).
        """
        x = np.ascontiguousarray(lon, dtype=np.float64).ravel()
        y = np.ascontiguousarray(lat, dtype=np.float64).ravel()
        if len(x) != len(y):
            raise ValueError("As many latitudes as longitudes are needed.")
        found = np.full(len(x), NONE, dtype=np.int64)
        if not len(self.parts):
            return found
        cuts = range(0, len(x), POINTS_PER_TASK)
        pieces = [slice(start, start + POINTS_PER_TASK) for start in cuts]
        if workers > 1 and len(pieces) > 1:
            with ThreadPoolExecutor(max_workers=workers) as pool:
                list(pool.map(lambda piece: self._locate(x[piece], y[piece], found[piece]), pieces))
        else:
            for piece in pieces:
                self._locate(x[piece], y[piece], found[piece])
        return found

    def _locate(self, x: Floats, y: Floats, found: Ints) -> None:
        grid, parts = self.grid, self.parts
        _locate(
            x, y, found,
            grid.west, grid.south, grid.east, grid.north, grid.per_degree, grid.tiles_wide, grid.tiles_high,
            self.tile, self.cell, self.border_start, self.border_part, self.border_label,
            parts.x, parts.y, parts.owner, parts.box, parts.first_slab, parts.slabs_per_unit,
            parts.slab_start, parts.slab_edge,
        )  # fmt: skip


def area_index(areas: Sequence[Any] | npt.NDArray[Any]) -> AreaIndex:
    """The index over shapely polygons and multipolygons; ``None`` and empty ones hold no point.

    Areas must be valid by themselves (``shapely.is_valid``); they may touch, overlap and repeat. About a
    second for a million vertices once compiled. Raises ``ValueError`` as ``parts_of`` does.
    """
    parts = parts_of(areas)
    grid = _grid(parts)
    shape = (grid.west, grid.south, grid.per_degree, grid.tiles_wide * TILE, grid.tiles_high * TILE)
    windows = _windows(parts.box, *shape)
    sides = windows[:, 2:] - windows[:, :2] + 1
    scratch = np.zeros(int(sides.prod(axis=1).max(initial=0)), np.uint8)
    geometry = (
        parts.x, parts.y, parts.vertex_start, parts.ring_end, parts.box, parts.first_slab,
        parts.slabs_per_unit, parts.slab_start, parts.slab_edge,
    )  # fmt: skip
    touches, runs, of_part = (
        np.empty(0, np.int64),
        np.empty((0, 3), np.int64),
        np.zeros((len(parts), 2), np.int64),
    )
    _draw(*geometry, *shape, windows, scratch, touches, runs, of_part, False)
    sizes = of_part.sum(axis=0)
    touches, runs = np.empty(sizes[0], np.int64), np.empty((sizes[1], 3), np.int64)
    _draw(*geometry, *shape, windows, scratch, touches, runs, of_part, True)
    return _labelled(len(areas), parts, grid, touches, runs, of_part)


def _grid(parts: Parts) -> Grid:
    """Cells as small as the number of edges deserves, over the box of all parts."""
    if not len(parts):
        return Grid(0.0, 0.0, 0.0, 0.0, 1.0, 0, 0)
    west, south = parts.box[:, 0].min(), parts.box[:, 1].min()
    east, north = parts.box[:, 2].max(), parts.box[:, 3].max()
    wide, high = max(east - west, 1e-9), max(north - south, 1e-9)
    wanted = min(max(CELLS_PER_EDGE * len(parts.x), CELLS[0]), CELLS[1])
    surface = np.prod(np.maximum(parts.box[:, 2:] - parts.box[:, :2], 1e-9), axis=1).sum()
    per_degree = min(
        np.sqrt(wanted / surface),
        TILE * np.sqrt(MOST_TILES / (wide * high)),
        TILE * MOST_TILES / 2 / max(wide, high),
    )
    tiles_wide, tiles_high = (int(length * per_degree) // TILE + 1 for length in (wide, high))
    return Grid(
        float(west), float(south), float(east), float(north), float(per_degree), tiles_wide, tiles_high
    )


def _windows(box: Floats, west: float, south: float, per_degree: float, columns: int, rows: int) -> Ints:
    """First column, first row, last column, last row that a part may touch; shape (n, 4)."""
    corner = np.array([west, south, west, south])
    slack = np.array([-SLACK, -SLACK, SLACK, SLACK])
    places = np.floor((box - corner) * per_degree + slack).astype(np.int64)
    windows: Ints = np.clip(places, 0, np.array([columns - 1, rows - 1] * 2))
    return windows


@jit
def _cell_of(place: float, begin: float, per_degree: float, cells: int) -> int:
    """Never falls as ``place`` rises, whatever the rounding."""
    return min(max(int((place - begin) * per_degree), 0), cells - 1)


@jit
def _touch(bitmap: Bytes, window: Ints, ua: float, va: float, ub: float, vb: float) -> None:
    """Marks the cells of a window (in units of cells from the corner of the grid) that an edge may touch."""
    wide = window[2] - window[0] + 1
    slack = SLACK + 2e-8 * abs(ub - ua)
    left, right = min(ua, ub), max(ua, ub)
    first = max(int(np.floor(min(va, vb) - SLACK)), window[1])
    last = min(int(np.floor(max(va, vb) + SLACK)), window[3])
    flat = abs(vb - va) < 1e-3
    for row in range(first, last + 1):
        low, high = left, right
        if not flat:
            slope = (ub - ua) / (vb - va)
            one = ua + (row - SLACK - va) * slope
            other = ua + (row + 1 + SLACK - va) * slope
            low = max(low, min(one, other))
            high = min(high, max(one, other))
        begin = max(int(np.floor(low - slack)), window[0]) - window[0]
        end = min(int(np.floor(high + slack)), window[2]) - window[0]
        for column in range(begin, end + 1):
            bitmap[(row - window[1]) * wide + column] = 1


@jit
def _draw(
    x: Floats,
    y: Floats,
    vertex_start: Ints,
    ring_end: Bools,
    box: Floats,
    first_slab: Ints,
    per_unit: Floats,
    slab_start: Ints,
    slab_edge: ShortInts,
    west: float,
    south: float,
    per_degree: float,
    columns: int,
    rows: int,
    windows: Ints,
    bitmap: Bytes,
    touches: Ints,
    runs: Ints,
    of_part: Ints,
    write: bool,
) -> None:
    """The cells that the border of each part touches, and the runs of cells wholly inside it.

    ``touches``: row * columns + column. ``runs``: row, first column, last column. Both part by part;
    ``of_part`` has how many of each, and is all that is written unless ``write``.
    """
    touch, run = 0, 0
    for part in range(len(per_unit)):
        window = windows[part]
        wide = window[2] - window[0] + 1
        bitmap[: wide * (window[3] - window[1] + 1)] = 0
        for vertex in range(vertex_start[part], vertex_start[part + 1]):
            if not ring_end[vertex]:
                _touch(
                    bitmap,
                    window,
                    (x[vertex] - west) * per_degree,
                    (y[vertex] - south) * per_degree,
                    (x[vertex + 1] - west) * per_degree,
                    (y[vertex + 1] - south) * per_degree,
                )
        touch_before, run_before = touch, run
        for row in range(window[1], window[3] + 1):
            begin = (row - window[1]) * wide
            column = 0
            while column < wide:
                if bitmap[begin + column] == 1:
                    if write:
                        touches[touch] = row * columns + window[0] + column
                    touch += 1
                    column += 1
                    continue
                first = column
                while column < wide and bitmap[begin + column] == 0:
                    column += 1
                if first == 0 or column == wide:
                    continue
                px = west + (window[0] + first + 0.5) / per_degree
                py = south + (row + 0.5) / per_degree
                if covers(x, y, box, first_slab, per_unit, slab_start, slab_edge, part, px, py):
                    if write:
                        runs[run, 0] = row
                        runs[run, 1] = window[0] + first
                        runs[run, 2] = window[0] + column - 1
                    run += 1
        of_part[part, 0] = touch - touch_before
        of_part[part, 1] = run - run_before


def _labelled(size: int, parts: Parts, grid: Grid, touches: Ints, runs: Ints, of_part: Ints) -> AreaIndex:
    """The labels of tiles and cells, from what each part touches and fills."""
    columns = grid.tiles_wide * TILE
    touching_part = np.repeat(np.arange(len(parts), dtype=np.int32), of_part[:, 0])
    filling_owner = parts.owner[np.repeat(np.arange(len(parts)), of_part[:, 1])]
    tile = np.full(grid.tiles_wide * grid.tiles_high, NOT_YET, np.int32)
    places = touches // columns // TILE * grid.tiles_wide + touches % columns // TILE
    mixed = np.unique(places)
    tile[mixed] = -2 - np.arange(len(mixed), dtype=np.int32)
    cell = np.full(len(mixed) * TILE * TILE, NOT_YET, np.int32)
    _fill(runs, filling_owner, grid.tiles_wide, tile, cell)
    tile[tile == NOT_YET] = NONE
    row, column = np.divmod(touches, columns)
    at = (-2 - tile[places].astype(np.int64)) * TILE * TILE + row % TILE * TILE + column % TILE
    useful = (
        parts.owner[touching_part] < cell[at]
    )  # what comes after an area that fills the cell never answers
    at, touching_part = at[useful], touching_part[useful]
    order = np.argsort(at, kind="stable")
    at, border_part = at[order], touching_part[order]
    borders, start = np.unique(at, return_index=True)
    border_start = np.append(start, len(at)).astype(np.int64)
    cell[cell == NOT_YET] = NONE
    border_label = cell[borders]
    cell[borders] = -2 - np.arange(len(borders), dtype=np.int32)
    return AreaIndex(size, parts, grid, tile, cell, border_start, border_part, border_label)


@jit
def _fill(runs: Ints, owner: ShortInts, tiles_wide: int, tile: ShortInts, cell: ShortInts) -> None:
    """The first area that fills each cell; in tiles that no border touches, the first that fills the tile."""
    for run in range(len(runs)):
        row, column, last = runs[run, 0], runs[run, 1], runs[run, 2]
        while column <= last:
            place = row // TILE * tiles_wide + column // TILE
            if tile[place] >= 0:
                tile[place] = min(tile[place], owner[run])
                column = (column // TILE + 1) * TILE
                continue
            at = (-2 - np.int64(tile[place])) * TILE * TILE + row % TILE * TILE + column % TILE
            cell[at] = min(cell[at], owner[run])
            column += 1


@jit
def _locate(
    lon: Floats,
    lat: Floats,
    found: Ints,
    west: float,
    south: float,
    east: float,
    north: float,
    per_degree: float,
    tiles_wide: int,
    tiles_high: int,
    tile: ShortInts,
    cell: ShortInts,
    border_start: Ints,
    border_part: ShortInts,
    border_label: ShortInts,
    x: Floats,
    y: Floats,
    owner: ShortInts,
    box: Floats,
    first_slab: Ints,
    per_unit: Floats,
    slab_start: Ints,
    slab_edge: ShortInts,
) -> None:
    for point in range(len(lon)):
        px, py = lon[point], lat[point]
        if not (west <= px <= east and south <= py <= north):  # NaN too
            continue
        column = _cell_of(px, west, per_degree, tiles_wide * TILE)
        row = _cell_of(py, south, per_degree, tiles_high * TILE)
        label = np.int64(tile[row // TILE * tiles_wide + column // TILE])
        if label < NONE:
            label = np.int64(cell[(-2 - label) * TILE * TILE + row % TILE * TILE + column % TILE])
        if label < NONE:
            border = -2 - label
            label = np.int64(border_label[border])
            for place in range(border_start[border], border_start[border + 1]):
                part = border_part[place]
                if covers(x, y, box, first_slab, per_unit, slab_start, slab_edge, part, px, py):
                    label = np.int64(owner[part])
                    break
        found[point] = label
