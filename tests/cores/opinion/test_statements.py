"""Lists of statements: who speaks for a group, what everybody holds, what divides, what is a consensus."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amiral.cores.opinion import OpinionMap, Parameters, Votes, opinion_map
from amiral.cores.opinion.consensus import withstands
from amiral.cores.opinion.counts import GroupVotes, measures_of
from amiral.cores.opinion.statements import divisive, majority, ranks, representative

from .making import camps, log_of

Z = 1.2816


def two_groups(*rows: tuple[int, int, int, int, int, int]) -> GroupVotes:
    """One row per statement: agree, disagree, seen of the first group, then of the second."""
    table = np.array(rows)
    return GroupVotes(
        agree=table[:, [0, 3]].T.copy(), disagree=table[:, [1, 4]].T.copy(), seen=table[:, [2, 5]].T.copy()
    )


def listed(votes: GroupVotes, shown: list[bool] | None = None) -> list[list[tuple[int, bool]]]:
    flags = np.ones(votes.seen.shape[1], bool) if shown is None else np.array(shown)
    found = representative(votes=votes, measures=measures_of(votes), shown=flags, z=Z, most=5)
    return [[(one.statement, one.agree) for one in group] for group in found]


def test_what_sets_a_group_apart_agreements_first() -> None:
    votes = two_groups((1, 30, 40, 20, 2, 30), (30, 1, 40, 2, 20, 30), (20, 20, 40, 15, 15, 30))
    assert listed(votes) == [[(1, True), (0, False)], [(0, True), (1, False)]]


def test_a_group_without_anything_significant_keeps_its_best() -> None:
    assert listed(two_groups((2, 2, 9, 2, 2, 9), (2, 3, 9, 3, 2, 9))) == [[(1, False)], [(1, True)]]


def test_the_best_agreement_is_kept_first() -> None:
    votes = two_groups((28, 1, 30, 27, 1, 30), (2, 25, 30, 25, 2, 30))
    found = representative(votes=votes, measures=measures_of(votes), shown=np.ones(2, bool), z=Z, most=5)
    assert [(one.statement, one.agree, one.best_agree) for one in found[0]] == [
        (0, True, True),
        (1, False, False),
    ]


def test_statements_that_are_not_shown_are_not_listed() -> None:
    votes = two_groups((1, 30, 40, 20, 2, 30), (30, 1, 40, 2, 20, 30))
    assert listed(votes, [True, False]) == [[(0, False)], [(0, True)]]


def test_majority_needs_more_than_half_significantly() -> None:
    votes = GroupVotes(
        agree=np.array([[90, 51, 5, 0]]),
        disagree=np.array([[5, 49, 80, 0]]),
        seen=np.array([[100, 100, 100, 0]]),
    )
    for_it, against_it = majority(votes=votes, shown=np.ones(4, bool), z=Z, most=5)
    assert [one.statement for one in for_it] == [0]
    assert [(one.statement, one.successes, one.trials) for one in against_it] == [(2, 80, 100)]


def test_divisive_needs_both_sides_significant() -> None:
    votes = two_groups((30, 5, 40, 3, 30, 40), (39, 1, 40, 20, 20, 40), (38, 1, 40, 1, 38, 40))
    found = divisive(measures=measures_of(votes), shown=np.ones(3, bool), z=Z, most=5)
    assert [(one.statement, one.agreeing, one.disagreeing) for one in found] == [(2, 0, 1), (0, 0, 1)]


def test_ranks_share_the_best_of_equals() -> None:
    scores, among = np.array([0.5, 0.9, 0.5, 2.0, 0.1]), np.array([True, True, True, False, True])
    assert ranks(scores, among).tolist() == [2, 1, 2, 0, 4]


def divided(*, agreed: int, statements: int = 40, people: int = 120) -> Votes:
    """Two camps against each other on everything but the first ``agreed`` statements."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(people):
        for j in range(statements):
            likely = 0.93 if j < agreed or (i + j) % 2 else 0.07
            rows.append((i, j, 1 if rng.random() < likely else -1))
    return log_of(rows)


def consensus(opinion: OpinionMap, side: int = 0) -> list[int]:
    return [int(opinion.matrix.statements[one.statement]) for one in opinion.lists.consensus[side]]


def test_a_consensus_is_high_in_both_rankings() -> None:
    opinion = opinion_map(votes=divided(agreed=3))
    assert opinion.grouping.distinct
    assert set(consensus(opinion)) == {0, 1, 2}
    assert consensus(opinion, 1) == []


def test_nothing_is_a_consensus_where_camps_differ_on_everything() -> None:
    assert consensus(opinion_map(votes=divided(agreed=0))) == []


def test_nothing_is_a_consensus_without_the_second_score() -> None:
    assert opinion_map(votes=divided(agreed=3), bridging=False).lists.consensus == ((), ())


def test_a_shared_refusal_is_a_consensus_too() -> None:
    votes = divided(agreed=3)
    turned = Votes(people=votes.people, statements=votes.statements, values=-votes.values)
    assert set(consensus(opinion_map(votes=turned), 1)) == {0, 1, 2}


def test_a_consensus_may_not_be_moderated_out_or_meta() -> None:
    opinion = opinion_map(votes=divided(agreed=3), moderated={0}, meta={1}, parameters=Parameters())
    assert consensus(opinion) == [2]


counts = st.lists(st.integers(0, 40), min_size=3, max_size=3)


@given(honest=counts, against=counts, pushes=counts, spare=st.integers(0, 5))
@settings(deadline=None, max_examples=40)
def test_accounts_within_the_margin_carry_nothing_over_a_group_that_does_not_hold_it(
    honest: list[int], against: list[int], pushes: list[int], spare: int
) -> None:
    """However they spread over the groups, and however many of the accounts allowed for they are."""
    pushed = np.array(honest)[:, None] + np.array(pushes)[:, None]
    opponents = np.array(against)[:, None]
    if withstands(pushed, opponents, sum(pushes) + spare)[0]:
        assert all(mine > theirs for mine, theirs in zip(honest, against, strict=True))


def test_few_votes_are_no_consensus_where_false_accounts_could_be_as_many() -> None:
    """Nearly all twelve of each camp agree, but a tenth of all accounts could have cast all of that."""
    votes = divided(agreed=3)
    rare = (votes.statements != 0) | (votes.people < 24)
    thinned = Votes(people=votes.people[rare], statements=votes.statements[rare], values=votes.values[rare])
    assert 0 not in consensus(opinion_map(votes=thinned))
    assert 0 in consensus(opinion_map(votes=thinned, parameters=Parameters(false_share=0.0)))


def test_groups_too_blurred_to_be_published_still_have_their_say() -> None:
    """Three in four agree, but half of one camp refuses; nobody is told that there are camps."""
    votes = divided(agreed=3)
    refuses = (votes.people % 4 == 0) & (votes.statements == 0)
    values = np.where(refuses, -1, np.where(votes.statements == 0, 1, votes.values)).astype(np.int8)
    turned = Votes(people=votes.people, statements=votes.statements, values=values)
    opinion = opinion_map(votes=turned, parameters=Parameters(min_silhouette=1.0))
    assert not opinion.grouping.distinct
    assert set(consensus(opinion)) == {1, 2}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strategy", ["infiltrate", "mimic", "random"])
def test_a_pushed_statement_never_becomes_a_consensus(strategy: str, seed: int) -> None:
    """One account in ten is false: it votes like the opposed camp, like the majority or at random, and always
    for the pushed statement, which the camps fight over."""
    rng = np.random.default_rng(seed)
    honest = divided(agreed=5, people=180)
    pushed = 20
    rows = list(zip(honest.people.tolist(), honest.statements.tolist(), honest.values.tolist(), strict=True))
    for bot in range(1000, 1020):
        for j in range(40):
            like = {"infiltrate": (j + bot) % 2, "mimic": j < 5 or j % 2, "random": rng.random() < 0.5}[
                strategy
            ]
            rows.append((bot, j, 1 if j == pushed or like else -1))
    assert pushed not in consensus(opinion_map(votes=log_of(rows)))


def test_priorities_are_not_all_equal_and_meta_statements_have_their_own() -> None:
    opinion = opinion_map(votes=camps(), meta={3})
    assert len(set(opinion.scores.priorities.tolist())) > 30
    assert opinion.scores.priorities[3] == 49.0
