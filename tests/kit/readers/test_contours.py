"""Files of contours: every dress that is taken, every fault that is named."""

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from amiral.kit.readers.contour_codes import KINDS, code_of, departement_of_code, guess_columns, plm_at
from amiral.kit.readers.contour_errors import CONTOUR_SENTENCES, FILE_SENTENCES, UnreadableContours
from amiral.kit.readers.contours import ContourReading, read_contours

Json = dict[str, Any]


def square(x: float, y: float, side: float = 0.05) -> list[list[float]]:
    return [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]


def collection() -> Json:
    """Six communes of invention on the ground of Saône-et-Loire."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": f"7100{i}", "nom": f"Village {i}"},
                "geometry": {"type": "Polygon", "coordinates": [square(4.5 + i / 10, 46.3)]},
            }
            for i in range(6)
        ],
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Any], ContourReading]:
    def reading(content: Any) -> ContourReading:
        path = tmp_path / "a.geojson"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return read_contours(path)

    return reading


def change(index: int, **geometry: Any) -> Json:
    given = collection()
    given["features"][index]["geometry"] |= geometry
    return given


def ring_of(given: Json, index: int = 0) -> list[list[float]]:
    return given["features"][index]["geometry"]["coordinates"][0]  # type: ignore[no-any-return]  # JSON


def refused(reading: ContourReading) -> list[tuple[int, str]]:
    return [(flaw.feature, flaw.code) for flaw in reading.flaws if flaw.refuses]


def test_a_good_file_is_taken_as_it_is(read: Callable[[Any], ContourReading]) -> None:
    reading = read(collection())
    assert len(reading.features) == 6
    assert reading.flaws == ()
    assert reading.properties == ("code", "nom")
    assert reading.features[0].area.area == pytest.approx(0.0025)


@pytest.mark.parametrize(
    "dress",
    [
        lambda given: json.dumps(given["features"]),
        lambda given: "\n".join(json.dumps(one) for one in given["features"]),
        lambda given: "\x1e" + "\n\x1e".join(json.dumps(one) for one in given["features"]),
        lambda given: ("\ufeff" + json.dumps(given)).encode(),
        lambda given: json.dumps(given).encode("utf-16"),
        lambda given: json.dumps(given, indent=4),
        lambda given: json.dumps({"name": "x", "features": given["features"], "type": "FeatureCollection"}),
    ],
)
def test_every_dress_is_taken(read: Callable[[Any], ContourReading], dress: Callable[[Json], Any]) -> None:
    assert len(read(dress(collection())).features) == 6


def test_one_feature_and_a_bare_geometry_are_taken(read: Callable[[Any], ContourReading]) -> None:
    one = collection()["features"][0]
    assert len(read(one).features) == 1
    assert read(one["geometry"]).features[0].area is not None


def test_legacy_text_is_read_and_said(read: Callable[[Any], ContourReading]) -> None:
    given = collection()
    given["features"][0]["properties"]["nom"] = "Mâcon"
    reading = read(json.dumps(given, ensure_ascii=False).encode("cp1252"))
    assert reading.features[0].properties["nom"] == "Mâcon"
    assert [flaw.code for flaw in reading.flaws] == ["encoding"]


@pytest.mark.parametrize("epsg", [2154, 3946, 3947, 27572, 3857])
def test_projections_are_recognised(read: Callable[[Any], ContourReading], epsg: int) -> None:
    given, forth = collection(), Transformer.from_crs(4326, epsg, always_xy=True)
    for one in given["features"]:
        one["geometry"]["coordinates"] = [
            [list(forth.transform(*place)) for place in ring] for ring in one["geometry"]["coordinates"]
        ]
    reading = read(given)
    assert str(epsg) in reading.system
    west, south, east, north = reading.features[0].area.bounds
    assert (west, south, east, north) == pytest.approx((4.5, 46.3, 4.55, 46.35), abs=1e-6)
    assert "converted" in [flaw.code for flaw in reading.flaws]


def test_web_mercator_is_told_from_lambert_by_the_codes(read: Callable[[Any], ContourReading]) -> None:
    """In the north both fit: Paris in one is the Pyrenees in the other."""
    forth = Transformer.from_crs(4326, 3857, always_xy=True)
    places = [list(forth.transform(*place)) for place in square(2.3, 48.85)]
    feature = {"properties": {"code": "75056"}, "geometry": {"type": "Polygon", "coordinates": [places]}}
    assert "3857" in read({"features": [feature]}).system


def test_a_declared_system_is_believed(read: Callable[[Any], ContourReading]) -> None:
    forth = Transformer.from_crs(4326, 32631, always_xy=True)
    given = collection() | {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32631"}}}
    for one in given["features"]:
        one["geometry"]["coordinates"] = [[list(forth.transform(*p)) for p in ring_of({"features": [one]})]]
    assert "32631" in read(given).system


def flipped(given: Json, *which: int) -> Json:
    for index in which:
        one = given["features"][index]["geometry"]
        one["coordinates"] = [[place[::-1] for place in ring] for ring in one["coordinates"]]
    return given


def test_exchanged_latitude_and_longitude_are_named(read: Callable[[Any], ContourReading]) -> None:
    assert refused(read(flipped(collection(), 1, 4))) == [(2, "exchanged"), (5, "exchanged")]
    whole = read(flipped(collection(), *range(6)))
    assert "positions_exchanged" in [flaw.code for flaw in whole.flaws]
    assert whole.features[0].area.bounds == pytest.approx((4.5, 46.3, 4.55, 46.35))


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("factor", [0.1, 10, 100, 1e5])
def test_a_lost_decimal_point_is_named_with_what_it_was(
    read: Callable[[Any], ContourReading], axis: int, factor: float
) -> None:
    given = collection()
    true = ring_of(given)[2][axis]
    ring_of(given)[2][axis] = true * factor
    (flaw,) = [flaw for flaw in read(given).flaws if flaw.refuses]
    assert (flaw.feature, flaw.code) == (1, "lost_decimal")
    assert float(flaw.params["likely"]) == pytest.approx(true)
    assert (flaw.params["ring"], flaw.params["position"]) == (1, 3)


def test_a_whole_file_without_decimals_is_refused(read: Callable[[Any], ContourReading]) -> None:
    given = collection()
    for one in given["features"]:
        one["geometry"]["coordinates"] = [
            [[round(x * 1e5), round(y * 1e5)] for x, y in ring] for ring in one["geometry"]["coordinates"]
        ]
    with pytest.raises(UnreadableContours) as error:
        read(given)
    assert error.value.code == "contours_decimals"


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"coordinates": [square(4.5, 46.3)[:3]]}, ""),
        (
            {"coordinates": [[[4.5, 46.3], [4.6, 46.4], [4.6, 46.3], [4.5, 46.4], [4.5, 46.3]]]},
            "ring_crossing",
        ),
        ({"coordinates": [[[4.5, 46.3], [4.6, 46.4]]]}, "ring_short"),
        ({"coordinates": [square(4.5, 46.3), square(4.7, 46.3, 0.01)]}, "hole_outside"),
        (
            {"type": "MultiPolygon", "coordinates": [[square(4.5, 46.3)], [square(4.51, 46.31, 0.01)]]},
            "parts_nested",
        ),
        ({"coordinates": []}, "empty_geometry"),
        ({"coordinates": None}, "empty_geometry"),
        ({"coordinates": 12}, "bad_coordinates"),
        ({"type": "Point", "coordinates": [4.5, 46.3]}, "not_an_area"),
        ({"type": "LineString", "coordinates": square(4.5, 46.3)}, "not_an_area"),
        ({"coordinates": [[[4.5, 46.3], ["x", 46.3], [4.6, 46.4], [4.5, 46.3]]]}, "bad_coordinates"),
        ({"coordinates": [[[4.5, 46.3], [None, None], [4.6, 46.4], [4.5, 46.3]]]}, "bad_coordinates"),
        ({"coordinates": [[[4.5, 46.3], [4.6], [4.6, 46.4], [4.5, 46.3]]]}, "bad_coordinates"),
    ],
)
def test_what_is_broken_is_named(read: Callable[[Any], ContourReading], geometry: Json, code: str) -> None:
    reading = read(change(0, **geometry))
    assert refused(reading) == ([(1, code)] if code else [])
    assert (reading.features[0].area is None) == bool(code)
    assert all(one.area is not None for one in reading.features[1:])
    assert all(flaw.sentence() for flaw in reading.flaws)


def test_a_missing_geometry_is_named(read: Callable[[Any], ContourReading]) -> None:
    given = collection()
    given["features"][3]["geometry"] = None
    given["features"][4] = None
    assert refused(read(given)) == [(4, "empty_geometry"), (5, "empty_geometry")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "contours_empty"),
        (b"  \n", "contours_empty"),
        (b"PK\x03\x04abc", "contours_other"),
        (b"<kml></kml>", "contours_other"),
        (b"code;nom\n1;2\n", "contours_other"),
        (b"\x00\x01\x02", "contours_other"),
        (b"hello", "contours_not_json"),
        (b"{", "contours_not_json"),
        (b"[" * 100_000, "contours_not_json"),
        (json.dumps(collection())[:500].encode(), "contours_not_json"),
        (b"12", "contours_not_geojson"),
        (b'{"a": 1}', "contours_not_geojson"),
        (b'{"type": "Topology", "objects": {}, "arcs": []}', "contours_topojson"),
        (b'{"type": "FeatureCollection", "features": []}', "contours_no_feature"),
        (b'{"features": [{"properties": {}, "geometry": null}]}', "contours_no_area"),
    ],
)
def test_what_is_no_file_of_contours_is_refused(
    read: Callable[[Any], ContourReading], content: bytes, code: str
) -> None:
    with pytest.raises(UnreadableContours) as error:
        read(content)
    assert error.value.code == code
    assert str(error.value) == FILE_SENTENCES[code] % error.value.params


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableContours, match="no file"):
        read_contours(tmp_path / "none.geojson")


NAMES = st.sampled_from(["type", "features", "geometry", "coordinates", "crs", "x"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(ANYTHING)
def test_any_json_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("any") / "a.geojson"
    path.write_text(json.dumps(value), "utf-8")
    with suppress(UnreadableContours):
        assert read_contours(path).features


def test_progress_is_told_and_may_stop(tmp_path: Path) -> None:
    given = collection()
    given["features"] = [copy.deepcopy(given["features"][0]) for _ in range(1000)]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps(given), "utf-8")
    told: list[tuple[int, int]] = []
    read_contours(path, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_contours(path, progress=stop)


# Codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("commune", ["71076"], "71076"),
        ("commune", ["1001"], "01001"),
        ("commune", ["2a004"], "2A004"),
        ("commune", ["7107"], "07107"),
        ("commune", ["abc"], ""),
        ("departement", ["71"], "71"),
        ("departement", ["1"], "01"),
        ("departement", ["2a"], "2A"),
        ("departement", ["971"], "971"),
        ("departement", ["071"], "71"),
        ("region", ["27"], "27"),
        ("epci", ["200070308"], "200070308"),
        ("canton", ["7101"], "7101"),
        ("canton", ["71001"], "7101"),
        ("canton", ["71-01"], "7101"),
        ("canton", ["97101"], "97101"),
        ("canton", ["2A01"], "2A01"),
        ("canton", ["71", "1"], "7101"),
        ("arrondissement", ["711"], "711"),
        ("arrondissement", ["71001"], "711"),
        ("circonscription", ["7105"], "71-05"),
        ("circonscription", ["71005"], "71-05"),
        ("circonscription", ["71-5"], "71-05"),
        ("circonscription", ["ZA-01"], "971-01"),
        ("circonscription", ["99-11"], "99-11"),
        ("circonscription", ["71", "5"], "71-05"),
        ("circonscription", ["1", "2"], "01-02"),
        ("circonscription", ["71", "4|5"], ""),
        ("bureau-de-vote", ["71076_0012"], "71076_0012"),
        ("bureau-de-vote", ["71076_12"], "71076_0012"),
        ("bureau-de-vote", ["710760012"], "71076_0012"),
        ("bureau-de-vote", ["71076", "12"], "71076_0012"),
        ("bureau-de-vote", ["71076", "0012"], "71076_0012"),
        ("bureau-de-vote", ["2A004", "3"], "2A004_0003"),
        ("bureau-de-vote", ["71076", ""], ""),
    ],
)
def test_codes_have_one_spelling(kind: str, values: list[str], code: str) -> None:
    assert code_of(kind, values) == code
    if code:
        assert code_of(kind, [code]) == code  # and keep it


@pytest.mark.parametrize(
    ("values", "commune", "code"),
    [
        (["19-5"], "75056", "75119_0005"),
        (["1905"], "75056", "75119_0005"),
        (["19", "5"], "75056", "75119_0005"),
        (["3-12"], "69123", "69383_0012"),
        (["16", "1"], "13055", "13216_0001"),
        (["12"], "71076", "71076_0012"),
        (["BV 12"], "71076", "71076_0012"),
        (["12"], "", ""),
        (["21-5"], "75056", ""),
    ],
)
def test_stations_take_the_commune_that_is_said(values: list[str], commune: str, code: str) -> None:
    assert code_of("bureau-de-vote", values, commune=commune) == code


@pytest.mark.parametrize(
    ("kind", "row", "code", "name"),
    [
        ("commune", {"code": "71076", "nom": "Chalon"}, ("code",), "nom"),
        (
            "commune",
            {"INSEE_COM": "71076", "NOM_COM": "Chalon", "POPULATION": "44000"},
            ("INSEE_COM",),
            "NOM_COM",
        ),
        ("commune", {"postal": "71100", "codgeo": "71076", "libgeo": "Chalon"}, ("codgeo",), "libgeo"),
        ("departement", {"code": "71", "nom": "Saône-et-Loire"}, ("code",), "nom"),
        (
            "circonscription",
            {"departement": "71", "circonscription": "5"},
            ("departement", "circonscription"),
            "",
        ),
        (
            "circonscription",
            {"codeDepartement": "71", "codeCirconscription": "7105", "nomCirconscription": "5e de"},
            ("codeCirconscription",),
            "nomCirconscription",
        ),
        ("canton", {"INSEE_DEP": "71", "INSEE_CAN": "01"}, ("INSEE_DEP", "INSEE_CAN"), ""),
        (
            "bureau-de-vote",
            {"codeCommune": "71076", "numeroBureauVote": "0012", "codeBureauVote": "71076_0012"},
            ("codeBureauVote",),
            "",
        ),
        (
            "bureau-de-vote",
            {"insee": "71076", "num_bv": "12", "lieu": "École Jean Moulin"},
            ("insee", "num_bv"),
            "lieu",
        ),
        ("zone", {"code_iris": "710760101", "nom_iris": "Centre"}, ("code_iris",), "nom_iris"),
    ],
)
def test_properties_are_recognised(kind: str, row: dict[str, str], code: tuple[str, ...], name: str) -> None:
    guessed = guess_columns(kind, [row])
    assert (guessed.code, guessed.name) == (code, name)


@pytest.mark.parametrize("kind", KINDS)
def test_no_property_is_no_code(kind: str) -> None:
    assert guess_columns(kind, [{"x": "", "y": "hello"}]).code == ()
    assert code_of(kind, []) == ""


def test_paris_is_told_by_its_place() -> None:
    assert plm_at(2.35, 48.85) == "75056"
    assert plm_at(4.85, 46.78) == ""


def test_codes_tell_the_departement() -> None:
    assert departement_of_code("commune", "97105") == "971"
    assert departement_of_code("circonscription", "2A-01") == "2A"
    assert departement_of_code("bureau-de-vote", "71076_0001") == "71"
    assert departement_of_code("epci", "200070308") == ""


@settings(deadline=None)
@given(
    st.sampled_from(KINDS),
    st.lists(st.text(max_size=12), max_size=2),
    st.sampled_from(["", "75056", "71076"]),
)
def test_any_value_is_a_code_or_none(kind: str, values: list[str], commune: str) -> None:
    code = code_of(kind, values, commune=commune)
    assert len(code) <= 20
    assert code == code.strip()


def test_every_sentence_takes_its_params() -> None:
    assert all("%" not in text.replace("%%", "").replace("%(", "") for text in CONTOUR_SENTENCES.values())
