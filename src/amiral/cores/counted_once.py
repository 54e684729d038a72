"""The map of a vote log drawn a second time, with each set of linked voices as one.

The same votes, moderation and parameters give the same bytes, here as in ``amiral opinion verify --once``.
"""

from collections.abc import Collection

from amiral.cores.linked_voices import LinkedSet, counted_once, linked_voices
from amiral.cores.opinion import OpinionMap, Parameters, VoteMatrix, opinion_map, signs_like


def linked_in(
    *, matrix: VoteMatrix, moderated: Collection[int], meta: Collection[int]
) -> tuple[LinkedSet, ...]:
    """The linked sets among all voices, by what may be listed: neither moderated out nor about the voter."""
    return linked_voices(matrix=matrix, left_out={*moderated, *meta})


def map_once(
    *, opinion: OpinionMap, sets: Collection[LinkedSet], moderated: Collection[int], meta: Collection[int]
) -> OpinionMap:
    """The map with each of ``sets`` as one voice, turned like ``opinion`` so that both can be read side by
    side."""
    votes = counted_once(matrix=opinion.matrix, sets=sets)
    drawn = opinion_map(votes=votes, parameters=Parameters(), moderated=moderated, meta=meta)
    axes, statements = opinion.plane.axes, opinion.matrix.statements.tolist()
    loadings = dict(zip(statements, axes.loadings.T.tolist(), strict=True))
    first, second = signs_like(
        axes=drawn.plane.axes,
        statements=drawn.matrix.statements,
        earlier={number: (x, y) for number, (x, y) in loadings.items()},
    )
    if (first, second) == (1, 1):
        return drawn
    turned = Parameters(first_sign=first, second_sign=second)
    return opinion_map(votes=drawn.matrix, parameters=turned, moderated=moderated, meta=meta)
