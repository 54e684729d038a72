"""Small towns drawn by hand, in metres around a point."""

from collections.abc import Sequence

import numpy as np

from amiral.cores.walk import Doors, Streets, WayKind

LON, LAT = 4.83, 46.79
EAST, NORTH = 1 / 76_400, 1 / 111_150  # degrees per metre there, nearly

Metres = Sequence[tuple[float, float]]


def doors_at(
    points: Metres,
    *,
    ids: Sequence[str] | None = None,
    streets: Sequence[str] | None = None,
    dwellings: Sequence[int] | None = None,
) -> Doors:
    """Doors at points in metres east and north of the middle of town."""
    n = len(points)
    at = np.array(points, float).reshape(n, 2)
    return Doors(
        ids=tuple(ids or (f"d{i}" for i in range(n))),
        lon=LON + at[:, 0] * EAST,
        lat=LAT + at[:, 1] * NORTH,
        numbers=np.arange(1, n + 1),
        suffixes=("",) * n,
        streets=tuple(streets or ("Rue Haute",) * n),
        dwellings=np.array(dwellings if dwellings is not None else [1] * n, np.int64),
    )


def streets_of(ways: Sequence[tuple[WayKind, str, Metres]], *, unaddressable: Sequence[int] = ()) -> Streets:
    """Ways through points in metres; ways meet where they share a point."""
    points = sorted({point for _, _, way in ways for point in way})
    number = {point: i for i, point in enumerate(points)}
    at = np.array(points, float).reshape(len(points), 2)
    return Streets(
        node_lon=LON + at[:, 0] * EAST,
        node_lat=LAT + at[:, 1] * NORTH,
        way_start=np.cumsum([0, *(len(way) for _, _, way in ways)]),
        way_nodes=np.array([number[point] for _, _, way in ways for point in way], np.int64),
        way_kind=np.array([kind for kind, _, _ in ways], np.int64),
        way_names=tuple(name for _, name, _ in ways),
        way_addressable=np.array([i not in unaddressable for i in range(len(ways))], bool),
    )


def grid(size: int, *, step: float = 100.0, kind: WayKind = WayKind.RESIDENTIAL) -> Streets:
    """A town of ``size`` x ``size`` crossings."""
    lines = [(i * step, [j * step for j in range(size)]) for i in range(size)]
    across = [(kind, f"Rue {i}", [(y, x) for y in ys]) for i, (x, ys) in enumerate(lines)]
    along = [(kind, f"Avenue {i}", [(x, y) for y in ys]) for i, (x, ys) in enumerate(lines)]
    return streets_of(across + along)


def grid_doors(size: int, *, step: float = 100.0, every: float = 20.0) -> Doors:
    """Doors on both sides of every street of ``grid``, 8 m from its middle."""
    spots = np.arange(10.0, (size - 1) * step, every)
    spots = spots[np.minimum(spots % step, step - spots % step) > 9]
    points, names = list[tuple[float, float]](), list[str]()
    for i in range(size):
        for spot in spots:
            for side in (-8.0, 8.0):
                points += [(spot, i * step + side), (i * step + side, spot)]
                names += [f"Rue {i}", f"Avenue {i}"]
    return doors_at(points, streets=names)
