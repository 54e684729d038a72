"""Laws of the fold of visits: the state of a door depends on the set of its visits, on nothing else."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.outcomes import Outcome, Visit, fold, standing, tally

DOORS = [UUID(int=10_000 + i) for i in range(4)]


@st.composite
def logs(draw: st.DrawFn) -> list[Visit]:
    """Visits of a few doors; a correction may name any other visit, known or not, of any door."""
    count = draw(st.integers(0, 12))
    ids = [UUID(int=i + 1) for i in range(count)]
    return [
        Visit(
            id=id_,
            door=draw(st.sampled_from(DOORS)),
            outcome=draw(st.sampled_from(Outcome)),
            rank=draw(st.integers(0, 5)),
            supersedes=draw(st.none() | st.sampled_from([*[i for i in ids if i != id_], UUID(int=999)])),
        )
        for id_ in ids
    ]


@given(logs(), st.randoms())
def test_the_order_of_reading_does_not_matter(log: list[Visit], chance: object) -> None:
    shuffled = list(log)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hides the type
    assert fold(shuffled) == fold(log)


@given(logs(), st.data())
def test_a_repeat_changes_nothing(log: list[Visit], data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(log))) if log else []
    assert fold([*log, *again]) == fold(log)


@given(logs())
def test_a_superseded_visit_never_counts(log: list[Visit]) -> None:
    by_id = {visit.id: visit for visit in log}
    replaced = {
        visit.supersedes
        for visit in log
        if visit.supersedes in by_id and by_id[visit.supersedes].door == visit.door
    }
    kept = standing(log)
    assert {visit.id for visit in kept} == set(by_id) - replaced
    assert sum(state.visits for state in fold(log).values()) == len(kept)


@given(logs())
def test_a_door_cannot_be_changed_from_another(log: list[Visit]) -> None:
    whole = fold(log)
    for door in DOORS:
        alone = fold([visit for visit in log if visit.door == door])
        assert alone.get(door) == whole.get(door)


@given(logs())
def test_the_last_received_standing_visit_is_the_state(log: list[Visit]) -> None:
    for door, state in fold(log).items():
        mine = [visit for visit in standing(log) if visit.door == door]
        assert state.last == max(mine, key=lambda visit: (visit.rank, visit.id))


@given(logs())
def test_figures_add_up(log: list[Visit]) -> None:
    states = fold(log)
    figures = tally(doors=dict.fromkeys(DOORS, 3), states=states)
    assert figures.doors == figures.done + figures.remaining == len(DOORS)
    assert sum(figures.by_last.values()) == figures.done == len(states), "no visit names a dwelling"
    assert figures.by_last.get(Outcome.TALKED, 0) <= figures.talked <= figures.done <= figures.visits
    assert figures.dwellings == 12
    assert (figures.done_percent == 100) == (figures.done == figures.doors)


def test_doors_that_were_not_asked_for_do_not_count() -> None:
    visit = Visit(id=UUID(int=1), door=DOORS[0], outcome=Outcome.TALKED, rank=0)
    assert tally(doors={DOORS[1]: 1}, states=fold([visit])).done == 0


def test_a_building_where_somebody_talked_stays_talked() -> None:
    log = [
        Visit(id=UUID(int=1), door=DOORS[0], outcome=Outcome.TALKED, rank=0),
        Visit(id=UUID(int=2), door=DOORS[0], outcome=Outcome.NOBODY, rank=1),
    ]
    state = fold(log)[DOORS[0]]
    assert (state.outcome, state.talked, state.visits) == (Outcome.NOBODY, True, 2)


def test_no_door_at_all_is_zero_per_cent() -> None:
    assert tally(doors={}, states={}).done_percent == 0
