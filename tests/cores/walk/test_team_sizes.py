"""Teams of several sizes after the plan: figures of given turfs, and planning again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.walk import (
    BadTurfs,
    Parameters,
    Plan,
    Problem,
    Stop,
    evaluate,
    minutes_per_door,
    plan,
    replan,
)

from .builders import doors_at, grid, grid_doors

QUICK = Stop(trials_per_door=5)
PARAMETERS = Parameters(minutes=45, sizes=(2, 2, 4))
TOWN = Problem(doors=grid_doors(6), streets=grid(6))
FIRST = plan(problem=TOWN, parameters=PARAMETERS, stop=QUICK)
TURFS = [turf.doors for turf in FIRST.turfs]
SIZES = [turf.team_size for turf in FIRST.turfs]


def again(*, parameters: Parameters = PARAMETERS, **values: object) -> Plan:
    """The town planned again, quickly."""
    asked: dict[str, object] = {"previous": TURFS, "sizes": SIZES}
    return replan(problem=TOWN, parameters=parameters, stop=QUICK, **(asked | values))  # type: ignore[arg-type]  # by name


def check_minutes(answer: Plan) -> None:
    """Every turf's minutes are those of its own team."""
    for turf in answer.turfs:
        own = Parameters(team_size=turf.team_size)
        at_doors = minutes_per_door(doors=TOWN.doors, parameters=own)[list(turf.doors)].sum()
        assert turf.minutes == pytest.approx(turf.metres / 75 + at_doors + turf.crossing_s / 60, abs=0.01)


def test_figures_of_given_turfs_are_those_of_their_teams() -> None:
    measured = evaluate(problem=TOWN, parameters=PARAMETERS, turfs=TURFS, sizes=SIZES)
    assert [t.minutes for t in measured.turfs] == pytest.approx([t.minutes for t in FIRST.turfs])
    assert [t.team_size for t in measured.turfs] == SIZES
    with pytest.raises(BadTurfs):
        evaluate(problem=TOWN, parameters=PARAMETERS, turfs=TURFS, sizes=[2])


def test_nothing_new_keeps_every_turf_and_its_size() -> None:
    answer = again()
    assert [turf.doors for turf in answer.turfs] == TURFS
    assert [turf.team_size for turf in answer.turfs] == SIZES
    check_minutes(answer)
    with pytest.raises(BadTurfs):
        again(sizes=[2])


@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_turfs_keep_their_sizes_and_every_open_door_stands_once(data: st.DataObject) -> None:
    everywhere = range(len(TOWN.doors))
    begun = data.draw(st.sets(st.sampled_from(range(len(TURFS))), max_size=4))
    done = {d for number in begun for d in TURFS[number][: data.draw(st.integers(1, 30))]}
    kept = data.draw(st.sets(st.sampled_from(range(len(TURFS))), max_size=3))
    answer = again(kept=kept, done=done)
    check_minutes(answer)
    held = {d for number in kept for d in TURFS[number]}
    assert sorted(d for t in answer.turfs for d in t.doors) == sorted(held | (set(everywhere) - done))
    for turf in answer.turfs:
        assert turf.connected or turf.doors == TURFS[turf.number - 1]
        assert turf.number > len(TURFS) or turf.team_size == SIZES[turf.number - 1]


def test_a_turf_that_was_torn_already_is_left_in_peace() -> None:
    """Doors of turfs between its pieces leave: it is neither given doors nor cut with its neighbours."""
    rng, torn = np.random.default_rng(0), 0
    for _ in range(8):
        begun = rng.integers(0, len(TURFS), 4).tolist()
        done = {d for number in begun for d in TURFS[number][: rng.integers(8, 22)]}
        answer = again(kept={int(rng.integers(0, len(TURFS)))}, done=done)
        torn += sum(not turf.connected for turf in answer.turfs)
        for turf in answer.turfs:
            assert turf.connected or turf.doors == TURFS[turf.number - 1]
    assert torn


def test_the_rest_of_a_size_joins_another() -> None:
    fours = [number for number, size in enumerate(SIZES) if size == 4]
    done = {d for number in fours for d in TURFS[number]} - set(TURFS[fours[0]][:3])
    answer = again(done=done)
    assert {turf.team_size for turf in answer.turfs} == {2}
    assert min(turf.minutes for turf in answer.turfs) > 0.5 * 45


def test_a_new_door_in_the_middle_of_a_held_turf_is_said_to_be_cut_off() -> None:
    points = [(x * 20.0, y * 20.0) for x in range(7) for y in range(7)]
    problem = Problem(doors=doors_at(points))
    middle = points.index((60.0, 60.0))
    previous = [[d for d in range(49) if d != middle]]
    answer = replan(
        problem=problem, parameters=Parameters(minutes=90), previous=previous, kept=[0], stop=QUICK
    )
    assert [(turf.doors, turf.cut_off) for turf in answer.turfs] == [
        (tuple(previous[0]), False),
        ((middle,), True),
    ]
    free = replan(problem=problem, parameters=Parameters(minutes=90), previous=previous, stop=QUICK)
    assert not any(turf.cut_off for turf in free.turfs)
    assert sorted(free.turfs[0].doors) == list(range(49))


def test_a_turf_in_two_places_loses_no_door() -> None:
    problem = Problem(doors=doors_at([(x * 20.0 + away, 0) for away in (0, 5000) for x in range(8)]))
    parameters = Parameters(minutes=20)
    answer = replan(problem=problem, parameters=parameters, previous=[range(16)], stop=QUICK)
    assert sorted(d for turf in answer.turfs for d in turf.doors) == list(np.arange(16))
    assert all(turf.connected for turf in answer.turfs)
