"""Laws of the comparison of two entries."""

from collections.abc import Hashable
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores import linkage
from amiral.cores.linkage import Entry, Features, Level, Search, Weights

NAMES = st.sampled_from(
    [
        "",
        "Élodie",
        "Elodie",
        "Martin",
        "Marten",
        "Jean",
        "Jean-Pierre",
        "J.",
        "de La Tour",
        "Latour",
        "Œuvrard",
    ]
) | st.text(alphabet="abcdeéïœ '-", max_size=9)
ADDRESSES = st.sampled_from(
    ["elodie.martin@example.org", "elodiemartin@example.net", "elodie.marten@example.org", "x@example.org"]
)
NUMBERS = st.sampled_from(["+33612345678", "+33612345687", "+33699999999"])
ENTRIES = st.builds(
    Entry,
    given=NAMES,
    family=NAMES,
    place=st.sampled_from(["", "commune:71270", "commune:71076"]),
    postal_code=st.sampled_from(["", "71000", "71100"]),
    emails=st.frozensets(ADDRESSES, max_size=2),
    phones=st.frozensets(NUMBERS, max_size=2),
)
LEVELS = st.sampled_from(Level)
FEATURES = st.builds(
    Features, family=LEVELS, given=LEVELS, place=LEVELS, email=LEVELS, phone=LEVELS, swapped=st.booleans()
)
MARTIN = Entry(given="Élodie", family="Martin", place="commune:71270", postal_code="71000")


@given(ENTRIES, ENTRIES)
def test_the_order_of_the_two_does_not_matter(one: Entry, other: Entry) -> None:
    assert linkage.compare(one, other) == linkage.compare(other, one)
    assert 0 <= linkage.score(linkage.compare(one, other)) <= 1


@given(ENTRIES, ENTRIES)
def test_nobody_resembles_another_more_than_himself(one: Entry, other: Entry) -> None:
    self_score = linkage.bits(linkage.compare(one, one))
    # The other may tell more than this one does: only what this one tells is compared.
    silent = {
        field.name: type(getattr(one, field.name))()
        for field in fields(Entry)
        if not getattr(one, field.name)
    }
    assert linkage.bits(linkage.compare(one, replace(other, **silent))) <= self_score


@given(FEATURES, st.sampled_from(["family", "given", "place", "email", "phone"]), LEVELS)
def test_more_agreement_never_lowers_the_score(features: Features, name: str, level: Level) -> None:
    better = replace(features, **{name: max(level, getattr(features, name))})
    assert linkage.score(better) >= linkage.score(features)


@given(ENTRIES)
def test_accents_capitals_and_hyphens_do_not_matter(one: Entry) -> None:
    typed = replace(
        one, given=one.given.upper().replace("-", " "), family=one.family.upper().replace("-", " ")
    )
    assert linkage.compare(one, one) == linkage.compare(one, typed)


@given(st.dictionaries(st.integers(0, 99), ENTRIES, max_size=8), st.randoms())
def test_the_pairs_do_not_depend_on_the_order_of_the_entries(
    entries: dict[Hashable, Entry], chance: object
) -> None:
    turned = dict(reversed(entries.items()))
    pairs = linkage.duplicates(entries)
    assert linkage.duplicates(turned) == pairs
    assert all(pair.score >= Search().threshold and pair.first != pair.second for pair in pairs)
    assert len({(pair.first, pair.second) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Élodie", "ELODIE", Level.SAME),
        ("de la Tour", "Latour", Level.SAME),
        ("Le Goff", "Goff", Level.PARTLY),
        ("Martin", "Matrin", Level.NEAR),
        ("Martin", "Marten", Level.NEAR),
        ("Léa", "Léo", Level.DIFFERENT),
        ("Jean-Pierre", "Jean", Level.PARTLY),
        ("J.-P.", "Jean-Pierre", Level.PARTLY),
        ("Durand", "Martin", Level.DIFFERENT),
        ("", "Martin", Level.UNKNOWN),
        ("Œuvrard", "Oeuvrard", Level.SAME),
    ],
)
def test_names(one: str, other: str, level: Level) -> None:
    assert linkage.name_level(one, other) == level


DUPLICATES = [
    MARTIN,
    replace(MARTIN, given="ELODIE"),
    replace(MARTIN, given="Martin", family="Élodie"),
    replace(MARTIN, family="Marten"),
]
OTHERS = [
    replace(MARTIN, given="Bernard"),
    replace(MARTIN, family="Durand"),
    replace(MARTIN, family="Durand", given="Paul", place="commune:21231", postal_code="21000"),
]


@pytest.mark.parametrize("other", DUPLICATES)
def test_likely_duplicates_are_found(other: Entry) -> None:
    assert len(linkage.duplicates({1: MARTIN, 2: other})) == 1


@pytest.mark.parametrize("other", OTHERS)
def test_neighbours_and_relatives_are_not(other: Entry) -> None:
    assert linkage.duplicates({1: MARTIN, 2: other}) == []


def test_an_address_in_common_outweighs_a_married_name() -> None:
    known = replace(MARTIN, emails=frozenset({"elodie@example.org"}))
    married = replace(known, family="Durand", place="commune:21231", postal_code="21000")
    assert len(linkage.duplicates({1: known, 2: married})) == 1


def test_a_crowded_key_costs_nothing() -> None:
    crowd: dict[Hashable, Entry] = dict.fromkeys(range(50), MARTIN)
    assert linkage.duplicates(crowd, search=Search(largest_block=49)) == []
    assert len(linkage.duplicates(crowd)) == 50 * 49 / 2


def test_weights_that_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="family"):
        Weights(family=(0.0, 0.0, 5.0, 4.0, 6.0))
    with pytest.raises(ValueError, match="threshold"):
        Search(threshold=1.0)
    with pytest.raises(ValueError, match="swapped"):
        Weights(swapped=1.0)
