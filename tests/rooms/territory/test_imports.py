"""Importing files: whole or not at all, and again without harm."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, local
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import translation

from amiral.cores.walk import WayKind
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.kit.readers import problem_from, read_addresses, read_streets
from amiral.rooms.territory import api, store
from amiral.rooms.territory.actions import imports
from amiral.rooms.territory.contracts import FileKind
from amiral.rooms.territory.models import BadLine, ReferenceFile
from amiral.rooms.territory.problems import FileRefused
from tests.rooms.territory.conftest import line, table, write_pbf

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]
Put = Callable[[str, bytes], Path]


def files_left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_addresses_come_back_by_commune_street_and_number(put: Put) -> None:
    lines = [line(n, code=code) for code in ("71270", "71076") for n in (10, 2, 1)]
    done = api.import_addresses_file(path=put("a.csv", table(*lines)), name="Deux villes")
    (card,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert (card.id, card.name, card.rows, card.bad_rows) == (done.file_id, "Deux villes", 6, 0)
    assert card.commune_codes == {"71270": 3, "71076": 3}
    assert card.bounds == pytest.approx((4.83, 46.30001, 4.83, 46.3001))
    everything = api.addresses(file_id=card.id)
    assert everything.commune_codes == ("71076",) * 3 + ("71270",) * 3
    assert everything.numbers.tolist() == [1, 2, 10, 1, 2, 10]
    assert len(api.addresses(file_id=card.id, commune_code="71270")) == 3
    assert len(api.addresses(file_id=card.id, bounds=(4.8, 46.30005, 4.9, 46.4))) == 2
    assert len(api.addresses(file_id=card.id, commune_code="00000")) == 0


def test_nothing_is_lost_or_changed_on_the_way(put: Put) -> None:
    path = put("a.csv", table(*(line(n, street=f"Rue n° {n % 3}; bis") for n in range(1, 50))))
    path.write_bytes(path.read_bytes().replace(b"; bis", b" bis"))
    read = read_addresses(path).rows
    kept = api.addresses(file_id=api.import_addresses_file(path=path).file_id)
    there = {one: i for i, one in enumerate(kept.ids)}
    order = np.array([there[one] for one in read.ids])
    again = kept.take(order)
    assert again.ids == read.ids
    assert again.streets == read.streets
    assert again.suffixes == read.suffixes
    assert np.array_equal(again.numbers, read.numbers)
    assert np.array_equal(again.lon, read.lon)
    assert np.array_equal(again.lat, read.lat)


def test_a_file_without_insee_codes_is_located_by_postal_code_and_name(put: Put, places: None) -> None:
    header = "id;numero;nom_voie;code_postal;nom_commune;lon;lat\n"
    rows = [
        "a;1;Rue Carnot;71000;MACON;4.83;46.30",
        "b;2;Rue Carnot;71000;Charnay les Mâcon;4.83;46.30",
        "c;3;Rue Carnot;71000;Ailleurs;4.83;46.30",
    ]
    done = api.import_addresses_file(path=put("a.csv", (header + "\n".join(rows)).encode()))
    kept = api.addresses(file_id=done.file_id)
    assert dict(zip(kept.ids, kept.commune_codes, strict=True)) == {"a": "71270", "b": "71105", "c": ""}


def test_good_lines_are_imported_and_bad_ones_listed(put: Put) -> None:
    bad = [line(4).replace(";4;", ";;"), line(5, lon="east"), line(6) + ";too;many"]
    done = api.import_addresses_file(path=put("a.csv", table(line(1), *bad, line(2))))
    assert (done.rows, done.bad_rows) == (2, 3)
    kept = list(BadLine.objects.values_list("line_number", "code"))
    assert kept == [(3, "no_number"), (4, "bad_position"), (5, "field_count")]
    assert [one.place for one in done.first_problems] == ["ligne 3", "ligne 4", "ligne 5"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"   \n\n", "empty"),
        (b"hello world\n", "no_separator"),
        (b"%PDF-1.4 and so on", "other_kind"),
        (b"PK\x03\x04 xl/workbook.xml", "other_kind"),
        (b"\x00\x01\x02\x03" * 500, "binary"),
        (b"a;b;c\n1;2;3\n", "no_number_column"),
        (b"numero;nom_voie\n1;Rue\n", "no_position_columns"),
        (table(), "only_header"),
        (table(*(line(n).replace(f";{n};", ";;") for n in range(1, 5))), "no_usable_line"),
        (table(*(line(n).replace("4.83;", f"46.3;4.8{n};") for n in range(1, 9))), ""),
        (b"\x00\x00\x00\x0e\x0a\x09OSMHeader\x18\x10 cut here", "broken_pbf"),
    ],
)
def test_a_file_that_cannot_be_used_leaves_nothing(
    put: Put, folders: Path, content: bytes, code: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        api.import_addresses_file(path=put("a.csv", content))
    assert refused.value.code == code or not code
    assert not ReferenceFile.objects.exists()
    assert not AuditLine.objects.exists()
    assert files_left(folders) == []


def test_swapped_columns_are_named(put: Put) -> None:
    swapped = table(*(line(n) for n in range(1, 9))).replace(b"lon;lat", b"lat;lon")
    with translation.override("en"), pytest.raises(FileRefused, match="swapped"):
        api.import_addresses_file(path=put("a.csv", swapped))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "iso8859-15", "utf-16"])
def test_other_encodings_are_read(put: Put, encoding: str) -> None:
    text = table(*(line(n, street="Rue de l'Évêché") for n in (1, 2))).decode().encode(encoding)
    kept = api.addresses(file_id=api.import_addresses_file(path=put("a.csv", text)).file_id)
    assert set(kept.streets) == {"Rue de l'Évêché"}


@pytest.mark.parametrize("length", [0.3, 0.9, 0.999])
def test_a_truncated_extract_leaves_nothing(extract: Path, put: Put, folders: Path, length: float) -> None:
    whole = extract.read_bytes()
    cut = put("cut.osm.pbf", whole[: int(len(whole) * length)])
    for verb in (api.import_streets_file, api.import_addresses_file):
        with pytest.raises(FileRefused):
            verb(path=cut)
    assert not ReferenceFile.objects.exists()
    assert files_left(folders) == []


def test_streets_of_another_kind_are_refused(good: Path) -> None:
    with translation.override("en"), pytest.raises(FileRefused, match="expected an OpenStreetMap extract"):
        api.import_streets_file(path=good)


def test_the_walking_network_is_rebuilt_exactly(extract: Path) -> None:
    done = api.import_streets_file(path=extract)
    addresses = read_addresses(extract).rows
    expected = problem_from(addresses=addresses, streets=read_streets(extract)).streets
    assert expected is not None
    found = api.streets_near(bounds=(4.83, 46.3, 4.84, 46.3))
    assert found is not None
    assert done.rows == len(found) == 3
    for name in ("node_lon", "node_lat", "way_start", "way_nodes", "way_kind", "way_addressable"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert found.way_names == expected.way_names
    assert found.way_addressable.tolist() == [True, True, False]
    assert found.way_kind.tolist() == [WayKind.RESIDENTIAL, WayKind.FOOT, WayKind.RESIDENTIAL]
    assert api.import_addresses_file(path=extract).rows == 2


def test_streets_far_away_are_not_read(extract: Path) -> None:
    assert api.streets_near(bounds=(4.83, 46.3, 4.84, 46.3)) is None
    api.import_streets_file(path=extract)
    assert api.streets_near(bounds=(2.3, 48.8, 2.4, 48.9)) is None
    near = (4.8259, 46.3, 4.826, 46.3)
    assert api.streets_near(bounds=near, margin_m=100) is None
    assert api.streets_near(bounds=near, margin_m=400) is not None
    lines = api.street_lines(bounds=(4.83, 46.3, 4.84, 46.3), limit=2)
    assert [one.kind for one in lines] == ["residential", "residential"]
    assert lines[0].geometry["type"] == "LineString"


def test_extracts_that_overlap_become_one_network(extract: Path, tmp_path: Path) -> None:
    neighbour = write_pbf(
        tmp_path / "next.osm.pbf",
        {n: (4.83 + n / 1e4, 46.3) for n in range(3, 9)},
        [
            (11, [3, 4], {"highway": "footway"}),
            (12, [4, 5, 6], {"highway": "residential", "name": "Pont"}),
            (13, [6, 7, 8], {"highway": "steps"}),
        ],
    )
    api.import_streets_file(path=extract)
    api.import_streets_file(path=neighbour)
    found = api.streets_near(bounds=(4.83, 46.3, 4.84, 46.3))
    assert found is not None
    assert len(found) == 4
    assert len(found.node_lon) == 8
    assert [len(found.nodes_of(way)) for way in range(4)] == [3, 2, 3, 3]
    assert found.nodes_of(2)[-1] == found.nodes_of(3)[0]


# Again, instead, at the same time -------------------------------------------------------------------


def test_a_second_file_of_the_same_name_replaces_the_first(put: Put, folders: Path) -> None:
    first = api.import_addresses_file(path=put("a.csv", table(line(1), line(2, lon="x"))), name="Mâcon")
    other = api.import_addresses_file(path=put("b.csv", table(line(1))), name="Autre")
    second = api.import_addresses_file(path=put("c.csv", table(line(3), line(4))), name="Mâcon")
    assert not first.replaced
    assert second.replaced
    assert {one.id for one in api.reference_files(kind=FileKind.ADDRESSES)} == {other.file_id, second.file_id}
    assert files_left(folders) == sorted([f"{other.file_id}.parquet", f"{second.file_id}.parquet"])
    assert not BadLine.objects.exists()
    with pytest.raises(NotFound):
        api.addresses(file_id=first.file_id)


def test_a_refused_file_does_not_replace(put: Put, good: Path, folders: Path) -> None:
    first = api.import_addresses_file(path=good, name="Mâcon")
    with pytest.raises(FileRefused):
        api.import_addresses_file(path=put("b.csv", b"nothing"), name="Mâcon")
    assert len(api.addresses(file_id=first.file_id)) == 3
    assert files_left(folders) == [f"{first.file_id}.parquet"]


def test_streets_and_addresses_may_have_one_name(extract: Path) -> None:
    api.import_streets_file(path=extract, name="Mâcon")
    api.import_addresses_file(path=extract, name="Mâcon")
    assert ReferenceFile.objects.filter(state="live").count() == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_while_reading_leaves_what_was_there(
    put: Put, good: Path, folders: Path, error: type[BaseException]
) -> None:
    first = api.import_addresses_file(path=good, name="Mâcon")

    def stop(done: int, total: int) -> None:
        raise error

    path = put("b.csv", table(*(line(n) for n in range(1, 5_000))))
    with pytest.raises(error):
        api.import_addresses_file(path=path, name="Mâcon", report=stop)
    assert [one.id for one in api.reference_files(kind=FileKind.ADDRESSES)] == [first.file_id]
    assert files_left(folders) == [f"{first.file_id}.parquet"]
    assert api.import_addresses_file(path=path, name="Mâcon").rows == 4_999


@pytest.mark.parametrize("place", ["_create_row", "_bad_lines"])
def test_an_interruption_while_switching_leaves_what_was_there(
    good: Path, folders: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    first = api.import_addresses_file(path=good, name="Mâcon")

    def broken(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(imports, place, broken)
    with pytest.raises(KeyboardInterrupt):
        api.import_addresses_file(path=good, name="Mâcon")
    assert len(api.addresses(file_id=first.file_id)) == 3
    assert files_left(folders) == [f"{first.file_id}.parquet"]
    assert AuditLine.objects.count() == 1


def test_namesakes_imported_at_the_same_moment_leave_one(
    good: Path, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL both see no namesake before either writes; SQLite lets one transaction in at a time."""
    real, both = imports._replace, Barrier(2, timeout=20)
    first_try = local()

    def together(kind: FileKind, name: str) -> Any:
        replaced = real(kind, name)
        if connection.vendor == "postgresql" and not hasattr(first_try, "over"):
            first_try.over = True
            both.wait()
        return replaced

    def one(_number: int) -> bool:
        try:
            return api.import_addresses_file(path=good, name="Mâcon").replaced
        finally:
            connection.close()

    monkeypatch.setattr(imports, "_replace", together)
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, range(2))) == [False, True]
    (live,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert files_left(folders) == [f"{live.id}.parquet"]
    assert len(api.addresses(file_id=live.id)) == 3


def test_what_a_killed_import_left_is_swept(good: Path, folders: Path) -> None:
    folder = store.folder_of(kind=FileKind.ADDRESSES)
    folder.mkdir(parents=True)
    old, fresh = folder / "old.parquet", folder / ".fresh.parquet.part"
    for path in (old, fresh):
        path.touch()
    os.utime(old, (0, 0))
    kept = store.path_of(kind=FileKind.ADDRESSES, file_id=api.import_addresses_file(path=good).file_id)
    os.utime(kept, (0, 0))
    api.import_addresses_file(path=good, name="another")
    assert not old.exists()
    assert fresh.exists()
    assert kept.exists()


def test_a_reader_that_lost_the_file_is_told_so(good: Path) -> None:
    done = api.import_addresses_file(path=good)
    store.path_of(kind=FileKind.ADDRESSES, file_id=done.file_id).unlink()
    with pytest.raises(NotFound):
        api.addresses(file_id=done.file_id)


def test_an_import_is_in_the_audit_trail(good: Path) -> None:
    done = api.import_addresses_file(path=good, name="Mâcon", attribution="Ville de Mâcon")
    (audit,) = AuditLine.objects.all()
    assert (audit.verb, audit.subject_id) == ("import-addresses", str(done.file_id))
    assert audit.detail["name"] == "Mâcon"
    assert len(audit.detail["sha256"]) == 64
    (card,) = api.reference_files(kind=FileKind.ADDRESSES)
    assert card.attribution == "Ville de Mâcon"
