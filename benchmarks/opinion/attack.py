"""False accounts that push one statement: does it ever stand among the consensus?

One account in ten is false. Each votes on 30 statements by a strategy, and agrees with the pushed one:

- infiltrate: votes as the group does that refuses the pushed statement most;
- mimic: votes as everybody does;
- random: agrees or disagrees by chance.

The pushed statements are those that divide the people most, one after the other. What divides most may still
be held by every group, less by some: whether one reached the list that a group does not hold is told apart.
"""

from typing import Any

import numpy as np

from amiral.cores.opinion import OpinionMap, Parameters, Votes, opinion_map
from amiral.cores.opinion.counts import group_votes, measures_of

STRATEGIES = ("infiltrate", "mimic", "random")
VOTES_EACH = 30
LEAST_VOTES = 20
NO_MARGIN = Parameters(false_share=0.0)

Json = dict[str, Any]


def attacked(name: str, votes: Votes, seeds: int, most: int) -> Json:
    """How often the pushed statement reached the list, with and without the margin for false accounts."""
    honest = opinion_map(votes=votes)
    targets = polarised(honest)[:most]
    reached: Json = dict.fromkeys(STRATEGIES, 0)
    unguarded: Json = dict.fromkeys(STRATEGIES, 0)
    against_a_group: Json = dict.fromkeys(STRATEGIES, 0)
    for strategy in STRATEGIES:
        for seed in range(seeds):
            for target in targets:
                log = pushed(honest, target, strategy, seed)
                stands = target in listed(opinion_map(votes=log))
                reached[strategy] += stands
                against_a_group[strategy] += stands and not held_by_all(honest, target)
                unguarded[strategy] += target in listed(opinion_map(votes=log, parameters=NO_MARGIN))
    return {
        "name": name,
        "people": len(honest.matrix.people),
        "statements": len(honest.matrix.statements),
        "false_accounts": false_accounts(honest),
        "targets": len(targets),
        "runs": len(STRATEGIES) * seeds * len(targets),
        "reached_the_list": reached,
        "reached_against_a_group": against_a_group,
        "would_have_without_the_margin": unguarded,
        "consensus_of_the_honest": [len(side) for side in honest.lists.consensus],
        "consensus_without_the_margin": [
            len(side) for side in opinion_map(votes=votes, parameters=NO_MARGIN).lists.consensus
        ],
    }


def listed(opinion: OpinionMap) -> list[int]:
    return [one.statement for one in opinion.lists.consensus[0]]


def held_by_all(honest: OpinionMap, target: int) -> bool:
    """Whether in each part of the honest people those who agree outnumber those who disagree."""
    parts = honest.scores.parts
    return bool((parts.agree[:, target] > parts.disagree[:, target]).all())


def false_accounts(honest: OpinionMap) -> int:
    """A tenth of all accounts, themselves included."""
    return len(honest.matrix.people) // 9


def polarised(opinion: OpinionMap) -> list[int]:
    """The ten statements (20 votes or more) on which the parts of the people differ most."""
    labels, groups = opinion.grouping.labels, len(opinion.grouping.people)
    measures = measures_of(group_votes(matrix=opinion.matrix, labels=labels, groups=groups))
    spread = measures.pa.max(axis=0) - measures.pa.min(axis=0)
    spread[opinion.scores.everybody.seen[0] < LEAST_VOTES] = -1
    spread[listed(opinion)] = -1
    return [int(j) for j in np.argsort(-spread)[:10]]


def pushed(honest: OpinionMap, target: int, strategy: str, seed: int) -> Votes:
    """The honest votes, then those of the false accounts. Statements are numbered as columns."""
    rng = np.random.default_rng(seed)
    matrix, scores = honest.matrix, honest.scores
    statements = len(matrix.statements)
    labels, groups = honest.grouping.labels, len(honest.grouping.people)
    measures = measures_of(group_votes(matrix=matrix, labels=labels, groups=groups))
    opposed = measures.pa[int(np.argmin(measures.pa[:, target]))]
    everybody = (scores.everybody.agree[0] + 1.0) / (scores.everybody.seen[0] + 2.0)
    likely = {"infiltrate": opposed, "mimic": everybody, "random": np.full(statements, 0.5)}[strategy]
    people = [np.repeat(matrix.people, matrix.lengths)]
    columns = [matrix.codes.astype(np.int64) // 3]
    values = [(matrix.codes.astype(np.int64) % 3 - 1).astype(np.int8)]
    first = int(matrix.people.max()) + 1
    for account in range(first, first + false_accounts(honest)):
        chosen = rng.choice(statements, min(VOTES_EACH, statements), replace=False)
        chosen = np.append(chosen[chosen != target], target)
        cast = np.where(rng.random(len(chosen)) < likely[chosen], 1, -1).astype(np.int8)
        cast[-1] = 1
        people.append(np.full(len(chosen), account))
        columns.append(chosen)
        values.append(cast)
    return Votes(
        people=np.concatenate(people), statements=np.concatenate(columns), values=np.concatenate(values)
    )
