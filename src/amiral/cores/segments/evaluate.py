"""Selecting by an expression, and saying what each part of it does."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from amiral.cores.segments.expression import AtLeast, Between, Every, Expression, Having, Not, Some
from amiral.cores.segments.index import Index


def select(index: Index, expression: Expression, *, within: BitMap | None = None) -> BitMap:
    """The numbers that meet the expression, those of ``within`` only."""
    universe = index.everybody if within is None else within
    return _select(index, expression, universe)


def _select(index: Index, expression: Expression, universe: BitMap) -> BitMap:
    """Always within ``universe``: what is left is narrowed from part to part."""
    match expression:
        case Having(facet, values):
            return index.having(facet, values) & universe
        case Between(facet, since, until):
            return index.between(facet, since, until) & universe
        case Not(part):
            return universe - _select(index, part, universe)
        case Every(parts):
            return _every(index, parts, universe)
        case Some(parts):
            return BitMap.union(BitMap(), *(_select(index, part, universe) for part in parts))
        case AtLeast(k, parts):
            return at_least(k, [_select(index, part, universe) for part in parts], universe)


def _every(index: Index, parts: Sequence[Expression], universe: BitMap) -> BitMap:
    left = universe
    for part in sorted(parts, key=_cost):
        if not left:
            break
        left = _select(index, part, left)
    return left if left is not universe else universe.copy()


def _cost(part: Expression) -> int:
    """What is cheap goes first, so that the rest meets fewer persons."""
    match part:
        case Having(_, values):
            return len(values)
        case Not(inner):
            return _cost(inner)
        case Between():
            return 20
    return 1000


def at_least(k: int, sets: Sequence[BitMap], universe: BitMap) -> BitMap:
    """Those who lie in ``k`` of the sets at least: ``len(sets) × k`` unions and intersections."""
    if k <= 0:
        return universe.copy()
    reached = [BitMap() for _rank in range(k)]
    for one in sets:
        for rank in range(k - 1, 0, -1):
            reached[rank] |= reached[rank - 1] & one
        reached[0] |= one
    return reached[k - 1]


@dataclass(frozen=True)
class Step:
    """What one part of an ``Every`` does: ``meeting`` it by itself, ``left`` after it and those before it,
    and how many it ``removes`` whom all the other parts would keep.
    """

    meeting: int
    left: int
    removes: int


def explain(
    index: Index, parts: Sequence[Expression], *, within: BitMap | None = None
) -> tuple[BitMap, tuple[Step, ...]]:
    """Those who meet every part, and one step for each. Each part is evaluated once."""
    universe = index.everybody if within is None else within
    sets = [_select(index, part, universe) for part in parts]
    before = [universe]
    for one in sets:
        before.append(before[-1] & one)
    after = [universe] * (len(sets) + 1)
    for place in range(len(sets) - 1, -1, -1):
        after[place] = after[place + 1] & sets[place]
    total = len(before[-1])
    steps = tuple(
        Step(
            meeting=len(one),
            left=len(before[place + 1]),
            removes=before[place].intersection_cardinality(after[place + 1]) - total,
        )
        for place, one in enumerate(sets)
    )
    return before[-1].copy(), steps


def split(found: BitMap, reasons: Sequence[BitMap]) -> tuple[tuple[int, ...], BitMap]:
    """Gives everybody of ``found`` the first reason that holds: the counts, and those without any."""
    counts: list[int] = []
    left = found
    for reason in reasons:
        counts.append(left.intersection_cardinality(reason))
        left = left - reason
    return tuple(counts), left
