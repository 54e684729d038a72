"""From an address to a door, a street or a commune, by the imported files alone; nothing invented."""

from collections.abc import Callable
from pathlib import Path

import pytest

from amiral.rooms.territory import address_index, api
from amiral.rooms.territory.contracts import Geocoded, Precision, TerritoryKind
from tests.rooms.territory.conftest import line, table

pytestmark = pytest.mark.django_db
Put = Callable[[str, bytes], Path]
DOOR, STREET, COMMUNE = Precision.DOOR, Precision.STREET, Precision.COMMUNE


@pytest.fixture(autouse=True)
def macon(places: None, put: Put) -> None:
    """Three streets of Mâcon and one of Charnay."""
    rows = [
        *(line(n) for n in (1, 2, 3, 12)),
        line(12).replace(";12;;", ";12;bis;").replace("71270_12", "71270_12b"),
        *(line(n, street="Avenue de la Paix") for n in (1, 5)),
        *(line(n, street="Rue de la Paix") for n in (1, 7)),
        *(line(n, street="Boulevard du Général de Gaulle") for n in (8, 9)),
        line(4, street="Rue Carnot", code="71105").replace("Mâcon", "Charnay-lès-Mâcon"),
    ]
    api.import_addresses_file(path=put("macon.csv", table(*rows)), name="Mâcon")


def first(text: str, **words: str) -> Geocoded:
    return api.geocode(text=text, **words)[0]


@pytest.mark.parametrize(
    "text",
    [
        "12 bis rue Carnot",
        "12bis, RUE CARNOT",
        "12 b r. Carnot",
        "Rue Carnot 12 bis",
        "Bât. C 12 bis rue carnaut",
    ],
)
def test_a_door_in_many_spellings(text: str) -> None:
    found = first(text, city_code="71270")
    if text.startswith("Rue"):  # a suffix behind a number behind a street is not read
        assert found.precision is not COMMUNE
        return
    assert (found.precision, found.label, found.commune_code) == (DOOR, "12 bis Rue Carnot", "71270")


def test_the_commune_comes_from_the_text() -> None:
    for text in ("4 rue Carnot, Charnay les Macon", "4 rue Carnot 71850 CHARNAY", "4 r Carnot 71000 Charnay"):
        found = first(text)
        assert (found.precision, found.commune_code) == (DOOR, "71105"), text


def test_a_missing_number_gives_its_street_and_never_a_door() -> None:
    for text in ("99 rue Carnot", "rue Carnot", "1 ter rue Carnot", "12 ter rue Carnot"):
        found = first(text, city_code="71270")
        assert (found.precision, found.number, found.street) == (STREET, 0, "Rue Carnot"), text


def test_what_may_be_two_streets_is_not_one() -> None:
    found = api.geocode(text="la Paix", city_code="71270")
    assert {one.street for one in found} == {"Rue de la Paix", "Avenue de la Paix"}
    assert all(one.score <= 0.5 for one in found)
    assert (
        next(api.geocode_many(texts=["la Paix"], city_codes=["71270"]))
        == (api.geocode(text="xyzzy", city_code="71270")[0])
    )


def test_a_kind_decides_between_two() -> None:
    assert first("1 av. de la paix", city_code="71270").street == "Avenue de la Paix"
    assert first("7 r. de la paix", city_code="71270").street == "Rue de la Paix"
    assert first("8 bd gal de gaule", city_code="71270").label == "8 Boulevard du Général de Gaulle"


def test_nothing_is_invented() -> None:
    assert first("12 rue Xyzzy", city_code="71270").precision is COMMUNE
    for words in (
        {"text": "12 rue Carnot", "city_code": "21231"},
        {"text": "12 rue Carnot", "postal_code": "21000"},
        {"text": "", "city_code": "21231"},
        {"text": "\x00", "postal_code": "99999"},
    ):
        assert api.geocode(**words) == ()


def test_what_names_no_commune_has_none() -> None:
    for text in ("", "zzzz", "12 rue Xyzzy", "'; drop table"):
        assert api.geocode(text=text) == (), text
        assert next(api.geocode_many(texts=[text])) is None
    assert (first("Mâcon").precision, first("Mâcon").commune_code) == (COMMUNE, "71270")
    assert first("12 rue Xyzzy, 71000 Mâcon").precision is COMMUNE


def test_the_end_of_an_address_resolves_without_its_street() -> None:
    found = api.resolve(address="12 rue Xyzzy, 71000 Mâcon").of(TerritoryKind.COMMUNE)
    assert [one.territory.name for one in found] == ["Mâcon"]


def test_many_lines_answer_as_one() -> None:
    texts = ["12 rue Carnot", "xyzzy", "4 rue Carnot"]
    codes = ["71270", "21231", "71105"]
    found = list(api.geocode_many(texts=texts, city_codes=codes))
    assert [one and one.precision for one in found] == [DOOR, None, DOOR]
    with pytest.raises(ValueError, match="argument"):
        list(api.geocode_many(texts=texts, city_codes=["71270"]))


def test_a_replaced_file_is_found_no_more(put: Put) -> None:
    assert first("12 rue Carnot", city_code="71270").precision is DOOR
    api.import_addresses_file(path=put("autre.csv", table(line(3, street="Quai Lamartine"))), name="Mâcon")
    assert first("3 quai Lamartine", city_code="71270").precision is DOOR
    assert first("12 rue Carnot", city_code="71270").precision is COMMUNE
    assert len(list(address_index.folder().iterdir())) == 1


def test_a_broken_index_is_made_again() -> None:
    assert first("12 rue Carnot", city_code="71270").precision is DOOR
    (folder,) = address_index.folder().iterdir()
    (folder / "of.json").write_text("{")
    assert first("12 rue Carnot", city_code="71270").precision is DOOR


def test_no_address_is_kept_on_the_disk(folders: Path) -> None:
    first("12 rue Carnot chez Zorglub Quelquun", city_code="71270")
    assert not [path for path in folders.rglob("*") if path.is_file() and b"orglub" in path.read_bytes()]
