"""Small files of contours: plain invention on the ground of the four communes that tests know."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]

PLACES = {
    "71270": (4.80, 46.28),
    "71105": (4.75, 46.28),
    "71076": (4.82, 46.75),
    "21231": (5.02, 47.30),
}
"""South-western corners of squares of a twentieth of a degree; the first two are neighbours."""
SIDE = 0.05


def square(x: float, y: float, wide: float = SIDE, high: float = SIDE) -> Json:
    corners = [[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]]
    return {"type": "Polygon", "coordinates": [corners]}


def feature(properties: Json, geometry: Any) -> Json:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def communes(*codes: str) -> list[Json]:
    return [
        feature({"code": code, "nom": f"Commune {code}"}, square(*PLACES[code])) for code in codes or PLACES
    ]


def collection(*features: Json) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


def write(folder: Path, *features: Json, name: str = "a.geojson") -> Path:
    path = folder / name
    path.write_bytes(collection(*features))
    return path


def middle(code: str) -> tuple[float, float]:
    x, y = PLACES[code]
    return x + SIDE / 2, y + SIDE / 2
