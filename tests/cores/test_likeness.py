"""Likeness of statements and comparison of versions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.likeness import ALIKE, Change, comparison, likeness, nearest

texts = st.text(max_size=60)
ALIKE_PAIRS = [
    ("Il faut rendre la cantine gratuite.", "La cantine doit être gratuite"),
    ("Ouvrir la médiathèque le dimanche", "Il faut ouvrir les médiathèques le dimanche."),
    ("Créer une piste cyclable avenue de la Gare", "Une piste cyclable sur l’avenue de la gare"),
]
APART = [
    ("Il faut rendre la cantine gratuite.", "Il faut fermer la rue du port aux voitures."),
    ("Ouvrir la médiathèque le dimanche", "Ouvrir la piscine la nuit"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE_PAIRS)
def test_the_same_idea_is_shown(one: str, other: str) -> None:
    assert likeness(one, other) >= ALIKE


@pytest.mark.parametrize(("one", "other"), APART)
def test_another_idea_is_not(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE


@settings(max_examples=40)
@given(texts, texts)
def test_likeness_is_a_symmetric_share(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1


def test_nearest_gives_the_best_first() -> None:
    found = nearest(
        "Cantine gratuite", {1: "La piscine", 2: "La cantine gratuite", 3: "Cantine gratuite pour tous"}
    )
    assert [key for key, _score in found] == [2, 3]


@settings(max_examples=40)
@given(texts, texts)
def test_a_comparison_holds_both_texts_whole(before: str, after: str) -> None:
    pieces = comparison(before, after)
    assert "".join(p.text for p in pieces if p.change != Change.ADDED) == before
    assert "".join(p.text for p in pieces if p.change != Change.REMOVED) == after


def test_a_comparison_goes_by_words() -> None:
    assert next((p.change, p.text) for p in comparison("la rue du port", "la rue de la gare")) == (
        Change.KEPT,
        "la rue ",
    )
