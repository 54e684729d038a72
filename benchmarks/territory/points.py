"""A million points in communes and in stations: ours beside shapely and geopandas, in one process; JSON.

    python benchmarks/territory/points.py stations            # Paris's 896 sectors, beside the checkout
    python benchmarks/territory/points.py communes            # a synthetic France, see below
    python benchmarks/territory/points.py communes --contours communes.geojson    # real contours of France

Every side gets the same uniform random points in the box of the areas (and in the boxes of single areas, so
that cities with their small sectors are not missed: half of the points). The truth for the first --exact
points is brute force: ``shapely.covers`` of every area whose box holds the point, first area first.

Sides: ``ours``; ``naive``, one ``STRtree.query(point, "covered_by")`` per point in a Python loop (over
--naive points, points per second); ``vectorised``, one call of ``STRtree.query`` with all points; ``sjoin``
of geopandas where it is installed (``pip install --target FOLDER geopandas`` and PYTHONPATH will do).

The synthetic France stands in where no real file is given: the 567 communes of Saône-et-Loire, moved by whole
steps of the box of the département on a grid of 8 × 8, cut at 35,000 communes. Their shapes are real, their
places are not; copies do not meet along a common border.
"""

import argparse
import gc
import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src")]

import numpy as np  # noqa: E402  # after the path is set
import shapely  # noqa: E402  # likewise

from amiral.cores.geography import area_index  # noqa: E402  # likewise

DATA = ROOT.parent / "shared" / "data"
STATIONS = DATA / "paris-faubourg-saint-antoine" / "secteurs-des-bureaux-de-vote.geojson"
COMMUNES = DATA / "saone-et-loire-71" / "contours-2018" / "communes-71-saone-et-loire.geojson"
SIDE = 8
LIKE_FRANCE = 35_000
ROUNDS = 5
Json = dict[str, Any]


def areas_of(path: Path) -> np.ndarray:
    """The areas of a GeoJSON file, in its order; those that are not valid are mended first."""
    features = json.loads(path.read_text("utf-8"))["features"]
    areas = np.array([shapely.geometry.shape(one["geometry"]) for one in features], dtype=object)
    bad = ~shapely.is_valid(areas)
    areas[bad] = [_polygons(one) for one in shapely.make_valid(areas[bad])]
    return areas


def _polygons(area: Any) -> Any:
    parts = [one for one in shapely.get_parts(area) if one.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts)


def france_of(areas: np.ndarray) -> np.ndarray:
    """The communes of one département on a grid of 8 × 8, cut at 35,000."""
    west, south, east, north = shapely.total_bounds(areas)
    steps = [(i * (east - west), j * (north - south)) for j in range(SIDE) for i in range(SIDE)]
    moved = [shapely.transform(areas, lambda places, step=step: places + step) for step in steps]
    return np.concatenate(moved)[:LIKE_FRANCE]


def points_in(areas: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Half uniform in the box of all, half uniform in the box of an area taken at random."""
    chance = np.random.default_rng(seed)
    half = count // 2
    box = np.tile(shapely.total_bounds(areas), (count, 1))
    box[half:] = shapely.bounds(areas)[chance.integers(len(areas), size=count - half)]
    order = chance.permutation(count)
    lon = chance.uniform(box[:, 0], box[:, 2])[order]
    lat = chance.uniform(box[:, 1], box[:, 3])[order]
    return lon, lat


def brute_force(areas: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The first area that covers each point: area by area, every point of its box."""
    found = np.full(len(lon), -1)
    points = shapely.points(lon, lat)
    by_lon = np.argsort(lon)
    for place, (area, (west, south, east, north)) in enumerate(
        zip(areas, shapely.bounds(areas), strict=True)
    ):
        low, high = np.searchsorted(lon[by_lon], [west, east], side="left")
        some = by_lon[max(0, low - 1) : high + 1]
        some = some[(lat[some] >= south) & (lat[some] <= north) & (found[some] < 0)]
        found[some[shapely.covers(area, points[some])]] = place
    return found


def first_of(point: np.ndarray, area: np.ndarray, count: int) -> np.ndarray:
    """Of pairs (point, area), the first area of each point; -1 without any."""
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, point, area)
    found[found == np.iinfo(np.int64).max] = -1
    return found


class Spent(NamedTuple):
    """Seconds of the clock, and of the processors together (which others on the machine change less)."""

    wall: float
    cpu: float

    def of(self, points: int) -> Json:
        return {
            "s": round(self.wall, 4),
            "cpu_s": round(self.cpu, 4),
            "points_per_s": round(points / self.wall),
            "points_per_cpu_s": round(points / self.cpu),
        }


def naive(areas: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[Spent, Spent, np.ndarray]:
    """(building, asking, answers): a tree, and a query for each point."""
    built, tree = timed(lambda: shapely.STRtree(areas))
    asked, found = timed(
        lambda: [
            min(tree.query(shapely.Point(x, y), predicate="covered_by"), default=-1)
            for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
        ]
    )
    return built, asked, np.array(found)


def vectorised(areas: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[Spent, Spent, np.ndarray]:
    """The same with all points in one call."""
    built, tree = timed(lambda: shapely.STRtree(areas))

    def ask() -> np.ndarray:
        point, area = tree.query(shapely.points(lon, lat), predicate="covered_by")
        return first_of(point, area, len(lon))

    asked, found = best_of(2, ask)
    return built, asked, found


def sjoin(areas: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[Spent, Spent, np.ndarray] | None:
    """geopandas; the frames and their tree are made outside of the measured time."""
    try:
        import geopandas  # type: ignore[import-not-found]  # a peer that need not be installed
    except ImportError:
        return None
    left = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(lon, lat))
    right = geopandas.GeoDataFrame(geometry=areas)
    built, _ = timed(lambda: right.sindex)
    asked, joined = best_of(2, lambda: geopandas.sjoin(left, right, predicate="covered_by"))
    found = first_of(joined.index.to_numpy(), joined["index_right"].to_numpy(), len(lon))
    return built, asked, found


def ours(areas: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> tuple[Json, np.ndarray]:
    """What we do, several times: with two threads and with one."""
    area_index(areas[:50]).locate(lon[:50], lat[:50])  # compiled before anything is measured
    built, index = timed(lambda: area_index(areas))
    told: Json = {
        "index_build_s": round(built.wall, 3),
        "index_build_cpu_s": round(built.cpu, 3),
        "index_mb": round(index.nbytes / 1e6, 1),
        "cells_without_border": int((index.cell >= -1).sum()),
        "border_cells": len(index.border_label),
        "peak_mb_so_far": peak_mb(),
    }
    for workers in (1, 2):
        spent, found = best_of(ROUNDS, lambda workers=workers: index.locate(lon, lat, workers=workers))
        told[f"threads_{workers}"] = spent.of(len(lon))
    return told, found


def timed(work: Callable[[], Any]) -> tuple[Spent, Any]:
    """(what it took, what it gave)."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    made = work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu), made


def best_of(rounds: int, work: Callable[[], Any]) -> tuple[Spent, Any]:
    """The round that took least of the clock: what others do on the machine only ever adds."""
    every = [timed(work) for _ in range(rounds)]
    return min(every, key=lambda one: one[0].wall)


def peak_mb() -> int:
    """Most memory of the process until now."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(areas: np.ndarray, options: argparse.Namespace) -> Json:
    """All sides, and how many points they answer otherwise than brute force."""
    lon, lat = points_in(areas, options.points, options.seed)
    before = peak_mb()
    told, answers = ours(areas, lon, lat)
    report: Json = {"peak_mb_before": before, "ours": told}
    exact = slice(0, options.exact)
    seconds, truth = timed(lambda: brute_force(areas, lon[exact], lat[exact]))
    report["brute_force"] = {
        "points": len(truth),
        "s": round(seconds.wall, 1),
        "inside": int((truth >= 0).sum()),
        "mismatches_of_ours": int((answers[exact] != truth).sum()),
    }
    some = slice(0, options.naive)
    sides: dict[str, tuple[int, tuple[Spent, Spent, np.ndarray] | None]] = {
        "naive_strtree": (options.naive, naive(areas, lon[some], lat[some])),
        "vectorised_strtree": (len(lon), vectorised(areas, lon, lat)),
        "geopandas_sjoin": (len(lon), sjoin(areas, lon, lat)),
    }
    for name, (count, side) in sides.items():
        report[name] = "not installed" if side is None else _told(count, side, answers, told)
    report["peak_mb"] = peak_mb()
    return report


def _told(count: int, side: tuple[Spent, Spent, np.ndarray], answers: np.ndarray, mine: Json) -> Json:
    built, asked, found = side
    per_s, per_cpu_s = count / asked.wall, count / asked.cpu
    return {
        "points": count,
        "build_s": round(built.wall, 3),
        **asked.of(count),
        "ours_with_2_threads_times_faster": round(mine["threads_2"]["points_per_s"] / per_s, 1),
        "ours_with_1_thread_times_less_cpu": round(mine["threads_1"]["points_per_cpu_s"] / per_cpu_s, 1),
        "answers_other_than_ours": int((found != answers[:count]).sum()),
    }


def main() -> None:
    """Parses, measures, prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["stations", "communes"])
    parser.add_argument("--contours", type=Path, help="GeoJSON of real communes; else the synthetic France.")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--exact", type=int, default=50_000)
    parser.add_argument("--naive", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    source = options.contours or (STATIONS if options.what == "stations" else COMMUNES)
    if not source.exists():
        sys.exit(f"{source} is not there.")
    areas = areas_of(source)
    synthetic = options.what == "communes" and options.contours is None
    areas = france_of(areas) if synthetic else areas
    report = {
        "what": options.what,
        "source": "synthetic: 567 real communes moved" if synthetic else source.name,
        "areas": len(areas),
        "vertices": int(shapely.get_num_coordinates(areas).sum()),
        "points": options.points,
        **measured(areas, options),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "libraries": {name: metadata.version(name) for name in ("numpy", "shapely", "numba")},
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
