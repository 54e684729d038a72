"""Where the boxes of a side begin and end: no leaflet is carried to where no box stands."""

from collections.abc import Iterable, Mapping

from amiral.cores.walk.problem import Ints
from amiral.cores.walk.space import MM

MARGIN_MM = 1 * MM
"""A side is walked from so far before its first box to so far behind its last one: a box stands inside."""
LEAST_MM = 10 * MM
"""A shorter end without a box stays in the side: it spares a line of the list, and hardly a metre."""
APART_MM = MM // 2
"""Two cuts nearer to each other than this are one."""


def ends_without_boxes(
    *, sides: Mapping[tuple[int, int], list[int]], pos: Ints, length: Ints
) -> dict[int, list[int]]:
    """Places (mm) at which chains are cut, by chain. ``sides``: addresses of each (chain, side) along it, as
    places in ``pos`` (mm from the beginning of the chain of ``length``). Sides without an address stay whole.
    """
    places = dict[int, list[int]]()
    for (chain, _), members in sides.items():
        if members:
            first, last = int(pos[members[0]]) - MARGIN_MM, int(pos[members[-1]]) + MARGIN_MM
            ends = [first] if first >= LEAST_MM else []
            ends += [last] if int(length[chain]) - last >= LEAST_MM else []
            places.setdefault(chain, []).extend(ends)
    return places


def joined(*many: Mapping[int, list[int]]) -> dict[int, list[int]]:
    """All cuts of each chain in order, none twice."""
    chains = sorted({chain for some in many for chain in some})
    cuts = {chain: _sparse(cut for some in many for cut in some.get(chain, ())) for chain in chains}
    return {chain: places for chain, places in cuts.items() if places}


def _sparse(cuts: Iterable[int]) -> list[int]:
    kept = list[int]()
    for cut in sorted(cuts):
        if not kept or cut - kept[-1] >= APART_MM:
            kept.append(cut)
    return kept
