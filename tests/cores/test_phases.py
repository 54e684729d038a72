"""The life of a consultation: laws over every phase, gesture and step."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.cores.phases import (
    DAY_S,
    ORDER,
    REVIEW_DAYS,
    Facts,
    Gesture,
    Obstacle,
    Phase,
    following,
    may,
    obstacles,
    preceding,
)

READY = Facts(
    framed=True,
    seconds_left=1.0,
    seconds_here=REVIEW_DAYS * DAY_S,
    statements=1,
    map_is_current=True,
    synthesis_published=True,
)
REASON = "Une erreur dans la question a été signalée."
facts = st.builds(
    Facts,
    framed=st.booleans(),
    seconds_left=st.floats(-1e6, 1e6),
    seconds_here=st.floats(0, 1e7),
    statements=st.integers(0, 3),
    map_is_current=st.booleans(),
    synthesis_published=st.booleans(),
    open_challenges=st.integers(0, 2),
    owed=st.integers(0, 3),
)


def test_a_ready_consultation_lives_to_its_end() -> None:
    phase, seen = Phase.DRAFT, [Phase.DRAFT]
    while (next_ := following(phase=phase)) is not None:
        assert obstacles(phase=phase, to=next_, facts=READY) == ()
        phase = next_
        seen.append(phase)
    assert tuple(seen) == ORDER


@given(
    facts=facts, phase=st.sampled_from(Phase), to=st.sampled_from(Phase), reason=st.sampled_from(["", REASON])
)
def test_only_neighbours_and_no_return_to_the_draft(
    facts: Facts, phase: Phase, to: Phase, reason: str
) -> None:
    if obstacles(phase=phase, to=to, facts=facts, reason=reason) == ():
        assert abs(ORDER.index(phase) - ORDER.index(to)) == 1
        assert to != Phase.DRAFT


@given(facts=facts, phase=st.sampled_from(Phase))
def test_no_step_back_without_a_reason(facts: Facts, phase: Phase) -> None:
    to = preceding(phase=phase)
    if to is not None:
        assert obstacles(phase=phase, to=to, facts=facts, reason=" x " * 5) == (Obstacle.NO_REASON,)
        assert obstacles(phase=phase, to=to, facts=facts, reason=REASON) == ()


@given(facts=facts)
def test_the_end_is_not_reached_with_an_answer_owed(facts: Facts) -> None:
    for phase, to in ((Phase.ANSWERS, Phase.FOLLOW_UP), (Phase.FOLLOW_UP, Phase.CLOSED)):
        assert (Obstacle.OWED_ANSWERS in obstacles(phase=phase, to=to, facts=facts)) is (facts.owed > 0)


@given(facts=facts)
def test_nobody_shortens_the_review(facts: Facts) -> None:
    found = obstacles(phase=Phase.REVIEW, to=Phase.ANSWERS, facts=facts)
    assert (Obstacle.TOO_EARLY in found) is (facts.seconds_here < 7 * 86_400)


@pytest.mark.parametrize(("phase", "gesture"), list(product(Phase, Gesture)))
def test_overlap_only_ever_opens(phase: Phase, gesture: Gesture) -> None:
    assert may(phase=phase, gesture=gesture, overlap=True) or not may(phase=phase, gesture=gesture)


def test_frozen_is_frozen() -> None:
    for phase in ORDER[ORDER.index(Phase.FROZEN) :]:
        for overlap in (False, True):
            assert not may(phase=phase, gesture=Gesture.VOTE, overlap=overlap)
            assert not may(phase=phase, gesture=Gesture.PROPOSE, overlap=overlap)
    assert not any(
        may(phase=Phase.DRAFT, gesture=one, overlap=True) for one in Gesture if one != Gesture.EDIT
    )
