"""Heights of the ground from a table: of nodes by number, or of points between which they are drawn."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import QhullError

from amiral.cores.walk.geo import flat

from .errors import UnreadableFile
from .streets import StreetNetwork, height_in

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LON, LAT = ("lon", "lng", "longitude", "x"), ("lat", "latitude", "y")
NODE, HEIGHT = ("node", "node_id", "id", "osm_id"), ("height", "ele", "elevation", "altitude", "z", "metres")
EXPECTED = "a table of heights as CSV text, with columns lon, lat, height or node, height"
SHOWN = 5  # wrong lines that a refusal names


@dataclass(frozen=True, kw_only=True)
class Heights:
    """Metres: of the OpenStreetMap nodes ``nodes``, or of points (degrees) where that is empty."""

    nodes: Ints
    lon: Floats
    lat: Floats
    metres: Floats


def read_heights(path: Path | str) -> Heights:
    """Read a table of heights, whole or not at all (``UnreadableFile`` names the first wrong line)."""
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise UnreadableFile("missing_file", path=str(path)) from None
    except (OSError, UnicodeDecodeError):
        raise UnreadableFile("binary", expected=EXPECTED) from None
    if len(lines) < 2:
        raise UnreadableFile("empty", expected=EXPECTED)
    separator = max(";\t,", key=lines[0].count)
    names = [name.strip().lower() for name in next(csv.reader([lines[0]], delimiter=separator))]
    rows = list(csv.reader(lines[1:], delimiter=separator))
    height = _column(names, HEIGHT)
    if height is None:
        raise UnreadableFile("no_height_columns", columns=", ".join(names)[:300])
    lon, lat, node = (_column(names, known) for known in (LON, LAT, NODE))
    metres = _values(rows, height, ground=True)
    if lon is not None and lat is not None:
        places = _values(rows, lon), _values(rows, lat)
        return Heights(nodes=np.empty(0, np.int64), lon=places[0], lat=places[1], metres=metres)
    if node is None:
        raise UnreadableFile("no_height_columns", columns=", ".join(names)[:300])
    nodes = _values(rows, node).astype(np.int64)
    return Heights(nodes=nodes, lon=np.empty(0), lat=np.empty(0), metres=metres)


def _column(names: list[str], known: tuple[str, ...]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _values(rows: list[list[str]], column: int, *, ground: bool = False) -> Floats:
    values = []
    for line, row in enumerate(rows, 2):
        text = row[column] if column < len(row) else ""
        try:
            value = height_in(text) if ground else float(text)
        except ValueError:
            value = float("nan")
        if not np.isfinite(value):
            raise UnreadableFile("bad_height", line=line, value=text[:40])
        values.append(value)
    return np.array(values, float)


def with_heights(network: StreetNetwork, heights: Heights) -> StreetNetwork:
    """The network with the heights of the table where it tells them, its own elsewhere."""
    own = np.full(len(network.node_ids), np.nan) if network.node_height is None else network.node_height
    told = _by_node(network, heights) if len(heights.nodes) else _by_place(network, heights)
    return replace(network, node_height=np.where(np.isfinite(told), told, own))


def _by_node(network: StreetNetwork, heights: Heights) -> Floats:
    known = dict(zip(heights.nodes.tolist(), heights.metres.tolist(), strict=True))
    return np.array([known.get(node, np.nan) for node in network.node_ids.tolist()])


def _by_place(network: StreetNetwork, heights: Heights) -> Floats:
    """Straight lines between the three points around a node, to the decimetre; beyond them none is told."""
    middle = float(np.mean(heights.lat))
    points = np.unique(np.column_stack([flat(heights.lon, heights.lat, middle), heights.metres]), axis=0)
    try:
        ground = LinearNDInterpolator(points[:, :2] - points[0, :2], points[:, 2])
    except (QhullError, ValueError):
        return np.full(len(network.node_ids), np.nan)
    at = flat(network.node_lon, network.node_lat, middle) - points[0, :2]
    return np.asarray(np.round(ground(at), 1), float)
