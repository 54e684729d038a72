"""Laws of the one spelling, and of the set of places that it leaves."""

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.names import Gazetteer, Match, Place, normalise, parse, spellings
from amiral.cores.names.sound import sight, sound
from amiral.cores.names.spelling import abbreviates
from tests.cores.names.typed import TYPED, WITHOUT_CODE

REFERENTIAL = Path(__file__).resolve().parents[3] / "node_modules" / "@etalab" / "decoupage-administratif"
NAMES = st.text(alphabet="abcdéèçœ'’-. /()0123456789stéÉLA", max_size=30)


@cache
def records() -> list[dict[str, Any]]:
    if not REFERENTIAL.exists():
        pytest.skip("the official geography is not installed: run scripts/setup")
    found: list[dict[str, Any]] = json.loads((REFERENTIAL / "data" / "communes.json").read_text("utf-8"))
    return found


@cache
def communes() -> list[dict[str, Any]]:
    return [one for one in records() if one["type"] == "commune-actuelle"]


@cache
def france() -> Gazetteer:
    former: dict[str, list[str]] = {}
    for one in records():
        if one["type"] in {"commune-deleguee", "commune-associee"}:
            former.setdefault(one["chefLieu"], []).append(one["nom"])
    return gazetteer(communes(), former)


def gazetteer(rows: list[dict[str, Any]], former: dict[str, list[str]]) -> Gazetteer:
    return Gazetteer(
        [
            Place(
                name=one["nom"],
                departement=one["departement"],
                population=one.get("population", 0),
                postal_codes=tuple(one.get("codesPostaux", ())),
                former=tuple(name for name in former.get(one["code"], ()) if name != one["nom"]),
            )
            for one in rows
        ]
    )


def codes(match: Match) -> list[str]:
    return [communes()[place]["code"] for place, _share in match.found]


# The one spelling ----------------------------------------------------------------------------------------


@given(NAMES)
def test_spelling_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(NAMES)
def test_case_and_signs_are_no_difference(text: str) -> None:
    if "ß" not in text:
        assert normalise(text.upper()) == normalise(text)
    assert parse(text.replace("'", "’")) == parse(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "L'Haÿ-les-Roses": "hay les roses",
        "Havre (Le)": "havre",
        "au Havre": "havre",
        "ST.ÉTIENNE": "saint etienne",
        "Œuilly": "oeuilly",
        "Chalon s/ Saône": "chalon sur saone",
        "Fontenay ss/ Bois": "fontenay sous bois",
        "N.-D. de Gravenchon": "notre dame de gravenchon",
        "Mt-de-Marsan": "mont de marsan",
        "B0RDEAUX": "bordeaux",
        "Y": "y",
        "": "",
    }.items(),
)
def test_one_spelling(text: str, wanted: str) -> None:
    assert normalise(text) == wanted


@pytest.mark.parametrize(
    ("text", "district"),
    {
        "Paris 11e": 11,
        "PARIS XI": 11,
        "Paris 1er": 1,
        "Lyon 3ème": 3,
        "Marseille XIe arrondissement": 11,
        "paris20": 20,
        "Marseille": 0,
        "Marseille La Valentine": 0,
        "Lille 3": 0,
    }.items(),
)
def test_districts(text: str, district: int) -> None:
    assert parse(text).district == district


def test_what_stands_around_a_name() -> None:
    typed = parse("F-69003 LYON CEDEX 03")
    assert (typed.key, typed.postal_code, typed.cedex, typed.district) == ("lyon", "69003", True, 0)
    assert parse("Saint-Denis (93)").departement == "93"


def test_ear_and_eye() -> None:
    for typed, meant in (("perpinian", "perpignan"), ("kimper", "quimper"), ("cluni", "cluny")):
        assert sound(typed) == sound(meant)
    assert sight("rermes") == sight("remies") or sight("modem") == sight("modern")


def test_abbreviations_keep_the_order_and_the_first_letter() -> None:
    assert abbreviates(("aix", "pce"), ("aix", "provence"))
    assert not abbreviates(("pce", "aix"), ("aix", "provence"))
    assert not abbreviates(("aix", "rovence"), ("aix", "provence"))


# All of France -------------------------------------------------------------------------------------------


def test_every_official_name_in_every_listed_spelling_answers_itself() -> None:
    """By its own postal code; two communes of one code may share an abbreviated spelling, and both answer."""
    several = 0
    for number, one in enumerate(communes()):
        for depth, keys in enumerate(spellings(one["nom"])):
            for typed in (one["nom"], one["nom"].upper()) if not depth else keys:
                for code in one.get("codesPostaux", ())[:1]:
                    found = [place for place, _share in france().match(code, typed).found]
                    assert number in found or depth, (one["nom"], typed, code)
                    several += found != [number]
    assert several < 200


@pytest.mark.parametrize(("code", "typed", "wanted"), TYPED)
def test_what_people_type(code: str, typed: str, wanted: str) -> None:
    assert codes(france().match(code, typed)) == [wanted]


@pytest.mark.parametrize(("typed", "wanted"), WITHOUT_CODE)
def test_what_people_type_without_a_code(typed: str, wanted: str) -> None:
    assert codes(france().match("", typed))[0] == wanted


def test_homonyms_all_answer() -> None:
    found = france().match("", "Saint-Denis").found
    assert len(found) == 4
    assert sum(share for _place, share in found) == pytest.approx(1)
    assert [communes()[place]["departement"] for place, _share in found[:2]] in (["93", "974"], ["974", "93"])


def test_a_name_against_its_code_is_weighed() -> None:
    found = france().match("75011", "Marseille")
    assert codes(found) == ["75056", "13055"]
    assert found.contradiction
    near = france().match("71100", "Mâcon")
    assert codes(near) == ["71270"]
    assert near.contradiction
    assert near.found[0][1] < 1
    assert {"71076"} <= {communes()[place]["code"] for place, _share in near.others}


def test_a_hamlet_leaves_all_of_the_code() -> None:
    inside = france().of_code("71460")
    found = france().match("71460", "Les Grandes Varennes d'en Haut")
    assert {place for place, _share in found.found} == set(inside)
    assert not found.contradiction


def test_nothing_is_invented() -> None:
    for code, city in (("", ""), ("", "xyzzyqwk"), ("99999", ""), ("", "?!"), ("", "\x00")):
        assert not france().match(code, city).found


def test_shares_are_probabilities() -> None:
    rng = Random(7)
    for _ in range(300):
        one = rng.choice(communes())
        code = rng.choice(one.get("codesPostaux", [""]) or [""])
        typed = one["nom"][: rng.randint(0, len(one["nom"]))]
        found = france().match(code, typed).found
        assert all(0 < share <= 1 + 1e-9 for _place, share in found)
        assert sum(share for _place, share in found) <= 1 + 1e-9


def test_the_order_of_places_does_not_matter() -> None:
    rows = communes()[:3000]
    turned = rows[::-1]
    straight, backwards = gazetteer(rows, {}), gazetteer(turned, {})
    for one in rows[::10]:
        for typed in (one["nom"], one["nom"][1:]):
            first = straight.match(one.get("codesPostaux", [""])[0], typed).found
            second = backwards.match(one.get("codesPostaux", [""])[0], typed).found
            assert {rows[place]["code"]: round(share, 9) for place, share in first} == {
                turned[place]["code"]: round(share, 9) for place, share in second
            }


@pytest.mark.parametrize(
    ("typed", "wanted"),
    {
        "mac": "71270",
        "montpelier": "34172",
        "st etienne": "42218",
        "clermond fer": "63113",
        "geoirs": "38384",
        "75011": "75056",
        "71000 mac": "71270",
        "saint denis 974": "97411",
    }.items(),
)
def test_completion(typed: str, wanted: str) -> None:
    assert communes()[france().complete(typed, 8)[0]]["code"] == wanted
