"""Files made for tests: tables of every dialect and small OpenStreetMap extracts."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import osmium
from osmium.osm import mutable

BAN_HEADER = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;source_position;"
    "source_nom_voie;certification_commune;cad_parcelles"
)


def ban_row(
    number: int, *, street: str = "Rue de l’Échiquier", lon: str = "", lat: str = "", rep: str = ""
) -> str:
    """A line as in a Base Adresse Nationale file."""
    lon, lat = lon or f"{4.83 + number / 10000:.6f}", lat or f"{46.30 + number / 20000:.6f}"
    key = f"71270_0100_{number:05d}{rep}"
    return (
        f"{key};71270_0100;{number};{rep};{street};71000;71270;Mâcon;;;;;{lon};{lat};entrée;;;MACON;;commune;"
        "commune;1;"
    )


def ban_text(count: int = 12) -> str:
    """A small, faultless file."""
    return "\n".join([BAN_HEADER, *(ban_row(i) for i in range(1, count + 1))]) + "\n"


Node = tuple[int, float, float, Mapping[str, str]]
Way = tuple[int, list[int], Mapping[str, str]]


def write_pbf(path: Path, nodes: Iterable[Node], ways: Iterable[Way] = ()) -> Path:
    """An ``.osm.pbf`` of these nodes (id, lon, lat, tags) and ways (id, nodes, tags)."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for id_, lon, lat, tags in nodes:
            writer.add_node(mutable.Node(id=id_, location=(lon, lat), tags=dict(tags), version=1))
        for id_, refs, tags in ways:
            writer.add_way(mutable.Way(id=id_, nodes=refs, tags=dict(tags), version=1))
    return path


def small_town(path: Path) -> Path:
    """One street with twelve numbers, a motorway, a private drive and a building with flats."""
    nodes: list[Node] = [(i, 4.8300 + i * 0.0005, 46.3000, {}) for i in range(1, 8)]
    nodes += [
        (100 + i, 4.8302 + i * 0.0003, 46.30005, {"addr:housenumber": str(i), "addr:street": "Rue Haute"})
        for i in range(1, 11)
    ]
    nodes += [(200 + i, 4.8330 + (i % 2) * 0.0001, 46.3001 + (i // 2) * 0.0001, {}) for i in range(4)]
    flats = {
        "building": "yes",
        "addr:housenumber": "11 bis",
        "addr:street": "Rue Haute",
        "building:flats": "8",
    }
    ways: list[Way] = [
        (1, [1, 2, 3, 4, 5], {"highway": "residential", "name": "Rue Haute"}),
        (2, [5, 6], {"highway": "motorway"}),
        (3, [6, 7], {"highway": "service", "access": "private"}),
        (4, [200, 201, 203, 202, 200], flats),
    ]
    return write_pbf(path, nodes, ways)
