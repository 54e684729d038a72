"""One text for one address, however two files write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.names import address_key

STREET = st.text(alphabet="abcdefgh éèàÉ-'.", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("12 bis", "Rue de la Barre"), ("012B", "R. DE LA BARRE")),
        (("3", "Av. du Gal de Gaulle"), ("3", "avenue du Général-de-Gaulle")),
        (("1", "Place de l’Église"), ("1", "PL DE L EGLISE")),
    ],
)
def test_spellings_meet(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert address_key("71270", *one) == address_key("71270", *other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("71270", "12", "Rue de la Barre"), ("71270", "12 bis", "Rue de la Barre")),
        (("71270", "12", "Rue de la Barre"), ("71076", "12", "Rue de la Barre")),
        (("71270", "12", "Rue de la Barre"), ("71270", "12", "Place de la Barre")),
        (("71270", "1", "Rue de la Barre"), ("71270", "2", "Rue de la Barre")),
    ],
)
def test_neighbours_do_not(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert address_key(*one) != address_key(*other)


@pytest.mark.parametrize(
    "missing", [("", "1", "Rue"), ("71270", "", "Rue X"), ("71270", "1", ""), ("71270", "x", "Rue X")]
)
def test_what_is_not_whole_is_no_address(missing: tuple[str, str, str]) -> None:
    assert address_key(*missing) == ""


@given(number=st.integers(1, 9999), street=STREET)
def test_case_and_blanks_change_nothing(number: int, street: str) -> None:
    key = address_key("71270", str(number), street)
    assert key == address_key("71270", f" {number:04d} ", f"  {street.upper()} ")
    assert not key or key.split("|")[0] == "71270"
    assert len(key) <= 300
