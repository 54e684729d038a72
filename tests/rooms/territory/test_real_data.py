"""Real files of towns, beside the checkout."""

from pathlib import Path

import numpy as np
import pytest

from amiral.kit.readers import problem_from, read_addresses, read_streets
from amiral.rooms.territory import api

pytestmark = [pytest.mark.django_db, pytest.mark.data]

ROWS = {
    "paris-faubourg-saint-antoine/ban_adresses.csv": 5_340,
    "adresses/ban-01343-saint-cyr-sur-menthon.csv": 1_378,
    "adresses/grandlyon-2013-villeurbanne-69266.csv": 10_635,
    "adresses/nantes-2013-2000lignes-latin1.csv": 2_000,
    "adresses/rennes-metropole-2013-2000lignes-iso8859-15.csv": 2_000,
}


@pytest.mark.parametrize(("name", "rows"), ROWS.items())
def test_address_files_are_imported_whole(shared: Path, name: str, rows: int) -> None:
    done = api.import_addresses_file(path=shared / name)
    assert (done.rows, done.bad_rows) == (rows, 0)
    kept = api.addresses(file_id=done.file_id)
    read = read_addresses(shared / name).rows
    assert sorted(kept.ids) == sorted(read.ids)
    assert np.isclose(kept.lon.sum(), read.lon.sum())
    assert np.isfinite(kept.lat).all()


def test_paris_is_told_by_arrondissement(shared: Path) -> None:
    done = api.import_addresses_file(path=shared / "paris-faubourg-saint-antoine/ban_adresses.csv")
    kept = api.addresses(file_id=done.file_id)
    assert {"75111", "75112"} <= set(kept.commune_codes)
    eleventh = api.addresses(file_id=done.file_id, commune_code="75111")
    assert 0 < len(eleventh) < len(kept)
    assert set(eleventh.commune_codes) == {"75111"}


@pytest.mark.parametrize("name", ["helsinki-centre-2019", "saint-germain-en-laye-2022-12"])
def test_street_extracts_are_rebuilt_exactly(shared: Path, name: str) -> None:
    path = shared / "osm" / f"{name}.osm.pbf"
    read = read_streets(path)
    api.import_streets_file(path=path)
    bounds = (
        float(read.node_lon.min()),
        float(read.node_lat.min()),
        float(read.node_lon.max()),
        float(read.node_lat.max()),
    )
    found = api.streets_near(bounds=bounds)
    expected = problem_from(addresses=read_addresses(path).rows, streets=read).streets
    assert found is not None
    assert expected is not None
    for column in ("node_lon", "node_lat", "way_start", "way_nodes", "way_kind", "way_addressable"):
        assert np.array_equal(getattr(found, column), getattr(expected, column)), column
    assert found.way_names == expected.way_names
