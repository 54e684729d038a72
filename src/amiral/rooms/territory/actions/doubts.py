"""Positions that contradict the imported contours: an address outside its own commune is flagged.

Contours are drawn more coarsely than addresses are measured, and streets run along borders: only what lies
farther out than ``TOLERANCE_M`` is doubted.
"""

from collections.abc import Mapping
from dataclasses import replace
from math import cos, radians
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from amiral.kit.readers import AddressReading, AddressTable, LineProblem
from amiral.kit.readers.crs import Floats
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import Territory
from amiral.rooms.territory.queries.contours import contours, locate

TOLERANCE_M = 500.0
METRES_PER_DEGREE = 111_200.0


def doubted_by_contours(reading: AddressReading) -> AddressReading:
    """The reading whose addresses far outside the contour of their commune are flagged too.

    Communes whose contours nobody has imported are judged by the middle of their addresses alone, as the
    reader has done already.
    """
    rows = reading.rows
    known = _contours(set(rows.communes))
    doubts = _outside(rows, known) if known else {}
    if not doubts:
        return reading
    flags = tuple(doubts.values())
    fine = np.ones(len(rows), bool)
    fine[list(doubts)] = False
    places = np.array(list(doubts), np.int64)
    problems = sorted([*reading.problems, *flags], key=lambda problem: (problem.line, problem.id))
    return replace(
        reading,
        rows=rows.take(np.flatnonzero(fine)),
        flagged=reading.flagged.followed_by(rows.take(places)),
        flags=(*reading.flags, *flags),
        problems=tuple(problems),
    )


def located(reading: AddressReading) -> AddressReading:
    """The reading with the commune of each row that tells none, where contours say which it is."""
    return replace(reading, rows=_located(reading.rows), flagged=_located(reading.flagged))


def _located(table: AddressTable) -> AddressTable:
    bare = np.flatnonzero([not code for code in table.communes])
    if not len(bare):
        return table
    codes = list(table.communes)
    for kind in (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL):
        found = locate(lon=table.lon[bare], lat=table.lat[bare], kind=kind)
        for row, area in zip(bare.tolist(), found.index.tolist(), strict=True):
            if area >= 0:
                codes[row] = found.territory_ids[area].partition(":")[2]
    return replace(table, communes=tuple(codes))


def _contours(codes: set[str]) -> Mapping[str, Any]:
    """INSEE code to the contour of that commune, for those that are imported."""
    found = Territory.objects.filter(
        code__in=codes - {""},
        kind__in=[TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL],
    )
    codes_of = {row.pk: row.code for row in found}
    drawn = contours(territory_ids=list(codes_of)) if codes_of else {}
    return {codes_of[territory_id]: geometry for territory_id, geometry in drawn.items()}


def _outside(rows: AddressTable, known: Mapping[str, Any]) -> dict[int, LineProblem]:
    """Row to its problem, for rows that lie far outside the contour of their commune."""
    found: dict[int, LineProblem] = {}
    codes = np.array(rows.communes, object)
    for code, geometry in known.items():
        members = np.flatnonzero(codes == code)
        metres = _metres_outside(shape(geometry), rows.lon[members], rows.lat[members])
        for place in np.flatnonzero(metres > TOLERANCE_M).tolist():
            row = int(members[place])
            found[row] = _problem(rows, row, round(float(metres[place])))
    return dict(sorted(found.items()))


def _metres_outside(contour: Any, lon: Floats, lat: Floats) -> Floats:
    """How far each point lies outside; 0 inside. The earth is flat over a few kilometres."""
    shapely.prepare(contour)
    metres = np.zeros(len(lon))
    out = np.flatnonzero(~shapely.contains_xy(contour, lon, lat))
    if len(out):
        squeeze = cos(radians(float(np.median(lat))))
        flat = shapely.transform(contour, lambda at: at * [squeeze, 1.0])
        points = shapely.points(lon[out] * squeeze, lat[out])
        metres[out] = shapely.distance(flat, points) * METRES_PER_DEGREE
    return metres


def _problem(rows: AddressTable, row: int, metres: int) -> LineProblem:
    params: dict[str, str | int] = {
        "value": f"{rows.lon[row]:.6g} {rows.lat[row]:.6g}",
        "metres": metres,
        "commune": rows.cities[row] or rows.communes[row],
    }
    return LineProblem(line=int(rows.lines[row]), code="outside_contour", params=params, id=rows.ids[row])
