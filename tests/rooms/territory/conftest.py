"""Folders of their own, and small files of plain invention on real streets."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import osmium
import pytest
from django.utils import translation
from osmium.osm import mutable

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

HEADER = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune;lon;lat"


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> Path:
    """Reference data and uploads go to a folder of this test."""
    settings.STATE_DIR = tmp_path / "state"
    settings.REFERENCE_DIR = tmp_path / "state" / "reference"
    return tmp_path / "state"


@pytest.fixture(autouse=True)
def french() -> Iterator[None]:
    """A page asked for in English leaves its language to the test that follows."""
    with translation.override("fr"):
        yield


@pytest.fixture
def shared() -> Path:
    """Real files beside the checkout."""
    if not SHARED.exists():
        pytest.skip("real files are not at ../shared/data")
    return SHARED


def line(number: int, *, street: str = "Rue Carnot", code: str = "71270", lon: float | str = 4.83) -> str:
    """One good line of Mâcon."""
    return f"{code}_{number}_{street};{number};;{street};71000;{code};Mâcon;{lon};{46.3 + number / 1e5}"


def table(*lines: str) -> bytes:
    """A file of addresses as bytes."""
    return "\n".join([HEADER, *lines, ""]).encode()


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """``put(name, content)``: a file to import."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def good(put: Callable[[str, bytes], Path]) -> Path:
    """Three good addresses of Mâcon."""
    return put("macon.csv", table(*(line(n) for n in (1, 2, 3))))


Way = tuple[int, list[int], dict[str, str]]


def write_pbf(path: Path, nodes: dict[int, tuple[float, float]], ways: list[Way]) -> Path:
    """A small extract: nodes by id, ways as (id, nodes, tags)."""
    writer = osmium.SimpleWriter(str(path))
    for node, location in sorted(nodes.items()):
        tags = {"addr:housenumber": str(node), "addr:street": "Rue Carnot"} if node >= 100 else {}
        writer.add_node(mutable.Node(id=node, location=location, tags=tags, version=1))
    for way, members, tags in sorted(ways):
        writer.add_way(mutable.Way(id=way, nodes=members, tags=tags, version=1))
    writer.close()
    return path


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """Two streets that meet, a bridge, and two addresses."""
    nodes = {n: (4.83 + n / 1e4, 46.3) for n in range(1, 6)} | {
        100: (4.8301, 46.3001),
        101: (4.8302, 46.3001),
    }
    return write_pbf(
        tmp_path / "macon.osm.pbf",
        nodes,
        [
            (10, [1, 2, 3], {"highway": "residential", "name": "Rue Carnot"}),
            (11, [3, 4], {"highway": "footway"}),
            (12, [4, 5], {"highway": "residential", "name": "Pont", "bridge": "yes"}),
        ],
    )
