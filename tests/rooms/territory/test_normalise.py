"""Spellings of one place meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.rooms.territory.normalise import normalise, parse_place


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mâcon", "MACON"),
        ("L'Haÿ-les-Roses", "l’hay les roses"),
        ("L'Haÿ-les-Roses", "Haÿ les Roses"),
        ("Saint-Étienne", "st etienne"),
        ("Sainte-Geneviève-des-Bois", "STE GENEVIEVE DES BOIS"),
        ("Œuilly", "oeuilly"),
        ("Le Havre", "havre"),
        ("Les Mées", "Mees"),
        ("Chalon-sur-Saône", "chalon s/ saone"),
        ("Chalon-sur-Saône", "Chalon s/Saône"),
        ("Charnay-lès-Mâcon", "charnay lez macon"),
        ("Villeneuve-d'Ascq", "villeneuve d ascq"),
        ("Saint-Jean-de-Bœuf", "st. jean de boeuf"),
    ],
)
def test_spellings_meet(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("Les", ""), ("Saint-Denis", "Sainte-Denis"), ("Sète", "Site")])
def test_others_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(st.text(max_size=60))
def test_twice_is_once_and_only_letters_remain(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert all(char == " " or (char.isascii() and char.isalnum()) for char in once)


@given(st.text(max_size=300))
def test_anything_typed_is_taken_apart(text: str) -> None:
    query = parse_place(text)
    assert query.postal_code == "" or (len(query.postal_code) == 5 and query.postal_code.isdigit())


@pytest.mark.parametrize(
    ("text", "name", "postal_code", "hint"),
    [
        ("71000 Mâcon", "macon", "71000", ""),
        ("Mâcon (71)", "macon", "", "71"),
        ("Paris 11e", "paris", "", ""),
        ("Paris 11ème arrondissement", "paris", "", ""),
        ("Lyon cedex 03", "lyon", "", ""),
        ("Saint-Denis 974", "saint denis", "", "974"),
        ("Ajaccio 2A", "ajaccio", "", "2a"),
        ("75011", "", "75011", ""),
        ("  ", "", "", ""),
    ],
)
def test_what_is_typed_is_taken_apart(text: str, name: str, postal_code: str, hint: str) -> None:
    query = parse_place(text)
    assert (query.name, query.postal_code, query.departement_hint) == (name, postal_code, hint)
