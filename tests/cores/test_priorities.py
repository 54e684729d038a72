"""Laws of the score of places: parts add up, order and units change nothing, small places are honest."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from amiral.cores.priorities import (
    FULL,
    LEVELS,
    PRESETS,
    Ballot,
    Ints,
    NothingCounts,
    Part,
    Places,
    Prior,
    Scores,
    Span,
    gathered,
    levels,
    measures,
    prior_of,
    scale_of,
    scores,
    shares_of_full,
    shrunk,
)

WEIGHTS = st.dictionaries(st.sampled_from(Part), st.sampled_from([-3, -2, -1, 1, 2, 3]), min_size=1)


def ballot_of(chance: np.random.Generator, count: int) -> Ballot:
    """Counts of stations: some empty, some unknown, some that contradict themselves."""
    registered = chance.integers(0, 3000, count) * (chance.random(count) > 0.1)
    voters = (registered * chance.random(count)).astype(np.int64)
    expressed = (voters * chance.random(count)).astype(np.int64)
    support = (expressed * chance.random(count)).astype(np.int64)
    reach = ((expressed - support) * chance.random(count)).astype(np.int64)
    columns = np.array([registered, voters, expressed, support, reach], dtype=np.float64)
    odd = chance.random(columns.shape)
    columns[odd < 0.02] = np.nan
    columns[odd > 0.98] = 99_999.0
    return Ballot(
        registered=columns[0],
        voters=columns[1],
        expressed=columns[2],
        support=columns[3],
        reach=columns[4],
    )


def town(count: int, seed: int, *, older: bool) -> Places:
    """Drawn by a seed: hypothesis would need thousands of choices for it."""
    chance = np.random.default_rng(seed)
    told = chance.integers(0, 50, (2, count)).astype(np.float64)
    told[chance.random((2, count)) < 0.1] = np.nan
    return Places(
        group=chance.integers(0, 4, count),
        compared=chance.random(count) < 0.8,
        ballot=ballot_of(chance, count),
        before=ballot_of(chance, count) if older else None,
        hectares=told[0],
        population=told[1],
    )


def towns() -> st.SearchStrategy[Places]:
    return st.builds(town, st.integers(1, 12), st.integers(0, 2**32 - 1), older=st.booleans())


def scored(places: Places, weights: dict[Part, int]) -> Scores | None:
    """The whole way; ``None`` where nothing that counts is known."""
    measured = measures(places=places)
    scale = scale_of(measured=measured, compared=places.compared)
    try:
        return scores(measured=measured, scale=scale, weights=weights)
    except NothingCounts:
        return None


def taken(ballot: Ballot | None, order: Any) -> Ballot | None:
    if ballot is None:
        return None
    return Ballot(**{name: getattr(ballot, name)[order] for name in Ballot.__dataclass_fields__})


def reordered(places: Places, order: Any) -> Places:
    ballot = taken(places.ballot, order)
    assert ballot is not None
    return Places(
        group=places.group[order],
        compared=places.compared[order],
        ballot=ballot,
        before=taken(places.before, order),
        hectares=places.hectares[order],
        population=places.population[order],
    )


@given(towns(), WEIGHTS)
def test_parts_add_up_and_stay_within_their_points(places: Places, weights: dict[Part, int]) -> None:
    told = scored(places, weights)
    assume(told is not None)
    assert told is not None
    assert int(told.most.sum()) == FULL
    assert (told.points >= 0).all()
    assert (told.points <= told.most).all()
    assert (told.total == told.points.sum(axis=1)).all()
    assert (told.total <= FULL).all()


@given(towns(), WEIGHTS, st.randoms())
def test_the_order_of_places_changes_nothing(places: Places, weights: dict[Part, int], chance: Any) -> None:
    told = scored(places, weights)
    assume(told is not None)
    assert told is not None
    order = list(range(len(places)))
    chance.shuffle(order)
    again = scored(reordered(places, np.array(order)), weights)
    assert again is not None
    assert (again.points == told.points[order]).all()
    assert (again.known == told.known[order]).all()


@given(towns(), WEIGHTS)
def test_units_change_nothing(places: Places, weights: dict[Part, int]) -> None:
    """Acres for hectares, thousands for people: powers of two, so that no rounding enters."""
    other = replace(places, hectares=places.hectares * 4, population=places.population / 1024)
    told, again = scored(places, weights), scored(other, weights)
    assume(told is not None)
    assert told is not None
    assert again is not None
    assert (again.points == told.points).all()


@given(towns())
def test_shares_are_drawn_between_their_own_and_their_groups(places: Places) -> None:
    count, base = places.ballot.support, places.ballot.expressed
    prior = prior_of(count=count, base=base, group=places.group, compared=places.compared)
    told = shrunk(count=count, base=base, group=places.group, prior=prior)
    for i, value in enumerate(told):
        if np.isfinite(value):
            own, mean = count[i] / base[i], prior.means[places.group[i]]
            assert min(own, mean) <= value <= max(own, mean)
        else:
            assert not (base[i] > 0 and 0 <= count[i] <= base[i]) or not np.isfinite(prior.means).any()


@given(st.integers(1, 2000), st.integers(1, 2000), st.floats(0, 0.25), st.floats(0.01, 0.99))
def test_the_fewer_people_the_nearer_to_the_mean(few: int, more: int, variance: float, mean: float) -> None:
    few, more = sorted((few, more))
    base = np.array([few, more], dtype=float)
    group = np.zeros(2, dtype=np.int64)
    prior = Prior(means=np.array([mean]), variance=variance)
    told = shrunk(count=base, base=base, group=group, prior=prior)
    assert abs(told[0] - mean) <= abs(told[1] - mean) + 1e-12


def test_small_stations_of_a_uniform_town_are_all_alike() -> None:
    """Differences that chance explains are no differences: everybody gets the mean."""
    count, base = np.array([50.0, 52.0, 48.0, 2.0]), np.array([100.0, 100.0, 100.0, 3.0])
    group = np.zeros(4, dtype=np.int64)
    prior = prior_of(count=count, base=base, group=group, compared=np.ones(4, dtype=np.bool_))
    assert prior.variance == 0
    told = shrunk(count=count, base=base, group=group, prior=prior)
    assert np.allclose(told, 152 / 303)


def test_the_formula_by_hand() -> None:
    count, base = np.array([100.0, 800.0]), np.array([1000.0, 1000.0])
    group = np.zeros(2, dtype=np.int64)
    prior = prior_of(count=count, base=base, group=group, compared=np.ones(2, dtype=np.bool_))
    mean, chance = 0.45, 0.45 * 0.55 / 1000
    variance = 0.35**2 - chance
    assert prior.means[0] == pytest.approx(mean)
    assert prior.variance == pytest.approx(variance)
    told = shrunk(count=count, base=base, group=group, prior=prior)
    assert told[0] == pytest.approx(mean - 0.35 * variance / (variance + chance))


@given(
    st.sampled_from(list(Part)),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(0, 2),
    WEIGHTS,
)
@example(part=Part.RESERVE, value=0.0, more=1.0, low=0.0, width=5e-324, weights={Part.RESERVE: -3})
def test_more_of_a_part_never_lowers_its_score(
    part: Part, value: float, more: float, low: float, width: float, weights: dict[Part, int]
) -> None:
    """On a given scale: up where high values come first, down where low ones do, nothing else moves."""
    assume(weights.get(part))
    scale = {one: Span(low=low, high=low + width, middle=low) for one in Part}
    least, most = sorted((value, more))
    measured = {one: np.array([least, most if one is part else least]) for one in Part}
    told = scores(measured=measured, scale=scale, weights=weights)
    difference = told.points[1] - told.points[0]
    at = told.parts.index(part)
    assert difference[at] * weights[part] >= 0
    assert not np.delete(difference, at).any()


def one_town(**values: Any) -> Places:
    """Four stations of one group, with plain figures."""
    ballot = Ballot(
        registered=np.array([1000.0, 1000.0, 1000.0, 1000.0]),
        voters=np.array([400.0, 500.0, 600.0, 700.0]),
        expressed=np.array([380.0, 480.0, 570.0, 690.0]),
        support=np.array([200.0, 200.0, 200.0, 100.0]),
        reach=np.array([0.0, 0.0, 0.0, 0.0]),
    )
    usual: dict[str, Any] = {
        "group": np.zeros(4, dtype=np.int64),
        "compared": np.ones(4, dtype=np.bool_),
        "ballot": ballot,
        "before": None,
        "hectares": np.full(4, np.nan),
        "population": np.full(4, np.nan),
    }
    return Places(**(usual | values))


def test_parts_that_nothing_tells_leave_their_points_to_the_others() -> None:
    told = scored(one_town(), {Part.ABSTENTION: 1, Part.DENSITY: 3, Part.CHANGE: 2})
    assert told is not None
    assert told.parts == (Part.ABSTENTION,)
    assert told.most.tolist() == [FULL]
    assert told.total.tolist() == sorted(told.total.tolist(), reverse=True)


def test_a_value_that_is_not_known_counts_as_the_middle_and_is_marked() -> None:
    hectares = np.array([1.0, 2.0, 4.0, np.nan])
    told = scored(one_town(hectares=hectares), {Part.DENSITY: 1})
    assert told is not None
    assert told.known[:, 0].tolist() == [True, True, True, False]
    assert told.points[3, 0] == told.points[1, 0]  # 500 a hectare is the middle of 1000, 500 and 250
    assert told.counted.tolist() == [True, True, True, False]


def test_low_values_first_is_the_mirror() -> None:
    up, down = scored(one_town(), {Part.ABSTENTION: 2}), scored(one_town(), {Part.ABSTENTION: -2})
    assert up is not None
    assert down is not None
    assert (up.total + down.total == FULL).all()


def test_intermittence_and_volatility_of_two_ballots() -> None:
    ballot = one_town().ballot
    before = replace(ballot, voters=ballot.voters + 200, expressed=ballot.expressed + 200)
    places = one_town(before=before, ballot=ballot)
    told = measures(places=places)
    assert np.allclose(told[Part.INTERMITTENCE], 0.2, atol=0.01)
    # 200 of 1000 went from abstention to other lists: half of (0.2 + 0.2).
    assert np.allclose(told[Part.VOLATILITY], 0.2, atol=0.02)
    same = measures(places=one_town(before=ballot))
    assert np.allclose(same[Part.VOLATILITY], 0)
    assert np.allclose(same[Part.CHANGE], 0)


def test_figures_that_are_no_share_are_not_known() -> None:
    ballot = one_town().ballot
    odd = replace(ballot, support=np.array([9999.0, 200.0, 200.0, 100.0]))
    told = measures(places=one_town(ballot=odd))
    assert np.isnan(told[Part.SUPPORT]).tolist() == [True, False, False, False]


@pytest.mark.parametrize("weights", [{}, {Part.SIZE: 0}, {Part.SIZE: 4}, {Part.DENSITY: 1}])
def test_weights_that_count_nothing_are_refused(weights: dict[Part, int]) -> None:
    measured = measures(places=one_town())
    scale = scale_of(measured=measured, compared=np.ones(4, dtype=np.bool_))
    with pytest.raises(NothingCounts):
        scores(measured=measured, scale=scale, weights=weights)


def test_nobody_anywhere_divides_nothing_by_zero() -> None:
    nobody = np.zeros(4)
    empty = Ballot(registered=nobody, voters=nobody, expressed=nobody, support=nobody, reach=nobody)
    told = measures(places=one_town(ballot=empty, before=empty, hectares=nobody, population=nobody))
    assert all(np.isnan(values).all() for values in told.values())
    assert scale_of(measured=told, compared=np.ones(4, dtype=np.bool_)) == {}


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_share_out_all_points(preset: Any) -> None:
    assert int(shares_of_full(weights=PRESETS[preset]).sum()) == FULL


@st.composite
def doors(draw: st.DrawFn) -> tuple[Ints, Ints, Ints]:
    count = draw(st.integers(0, 20))

    def column(least: int, most: int) -> Ints:
        values = draw(st.lists(st.integers(least, most), min_size=count, max_size=count))
        return np.array(values, dtype=np.int64)

    return column(-1, 3), column(0, 30), column(0, 4)


@given(doors(), st.randoms())
def test_areas_are_means_of_their_places(told: Any, chance: Any) -> None:
    of = scored(one_town(), {Part.ABSTENTION: 2, Part.SUPPORT: 1, Part.SIZE: 1})
    assert of is not None
    place, dwellings, area = told
    found = gathered(of=of, place=place, dwellings=dwellings, area=area, areas=5)
    assert (found.total == found.points.sum(axis=1)).all()
    assert int(found.dwellings.sum()) == int(np.maximum(dwellings, 1).sum())
    for number in range(5):
        own = of.points[place[(area == number) & (place >= 0)]]
        if found.counted[number]:
            assert (found.points[number] >= own.min(axis=0)).all()
            assert (found.points[number] <= own.max(axis=0)).all()
        else:
            assert not len(own)
    order = list(range(len(place)))
    chance.shuffle(order)
    again = gathered(of=of, place=place[order], dwellings=dwellings[order], area=area[order], areas=5)
    assert (again.points == found.points).all()


@given(st.lists(st.tuples(st.integers(0, FULL), st.booleans()), min_size=1, max_size=40))
def test_levels_rise_with_the_score(rows: list[tuple[int, bool]]) -> None:
    total = np.array([row[0] for row in rows], dtype=np.int64)
    counted = np.array([row[1] for row in rows], dtype=np.bool_)
    told = levels(total=total, counted=counted)
    assert ((told >= 0) == counted).all()
    assert (told < LEVELS).all()
    order = np.argsort(total[counted], kind="stable")
    assert (np.diff(told[counted][order]) >= 0).all()
