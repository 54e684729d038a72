"""The commune of rows that tell no INSEE code: by postal code and name, where the position agrees."""

from collections.abc import Collection

import numpy as np

from amiral.kit.readers import AddressTable
from amiral.kit.readers.crs import OWN_DEPARTEMENT_KM, Bools, departement_of, middles
from amiral.rooms.territory.models import PostalCode
from amiral.rooms.territory.normalise import normalise
from amiral.rooms.territory.queries.resolving import resolve_many

SURE = 0.9
"""Least confidence of the one commune that a spelling leaves possible."""

Pair = tuple[str, str]


def commune_codes(table: AddressTable) -> tuple[str, ...]:
    """The INSEE codes of the file; where it tells none, the commune of that postal code and that name.

    Both must agree, and the row must lie in that part of France: 69117 is a postal code of the Rhône, and
    one of Heidelberg. A name in another spelling (``ST-SEBASTIEN``) or a postal code alone counts where it
    leaves one commune possible.
    """
    if all(table.communes):
        return table.communes
    pairs = list(zip(table.postcodes, table.cities, strict=True))
    bare = {pair for code, pair in zip(table.communes, pairs, strict=True) if not code and pair[0]}
    found = _named(bare)
    near = _near(table, [found.get(pair, "") for pair in pairs])
    return tuple(
        code or (found.get(pair, "") if fits else "")
        for code, pair, fits in zip(table.communes, pairs, near.tolist(), strict=True)
    )


def _near(table: AddressTable, codes: list[str]) -> Bools:
    """Which rows lie in or around the département of these communes."""
    known = middles()
    centres = np.array([known.get(departement_of(code, ""), (np.nan, np.nan)) for code in codes])
    if not len(codes):
        return np.zeros(0, bool)
    east = (table.lon - centres[:, 0]) * np.cos(np.radians(centres[:, 1])) * 111.2
    with np.errstate(invalid="ignore"):
        near: Bools = np.hypot(east, (table.lat - centres[:, 1]) * 111.2) < OWN_DEPARTEMENT_KM
    return near


def _named(pairs: Collection[Pair]) -> dict[Pair, str]:
    """(postal code, name as written) to INSEE code: the same name, else what spelling leaves possible."""
    if not pairs:
        return {}
    known = _known_communes({postcode for postcode, _city in pairs})
    found = {pair: known.get((pair[0], normalise(pair[1])), "") for pair in pairs}
    rest = sorted(pair for pair, code in found.items() if not code)
    return found | (_resolved(rest) if rest else {})


def _resolved(pairs: list[Pair]) -> dict[Pair, str]:
    """The only commune that each pair leaves possible, for those that leave one."""
    answer = resolve_many(postal_codes=[pair[0] for pair in pairs], cities=[pair[1] for pair in pairs])
    found = {}
    for place, pair in enumerate(pairs):
        first, last = int(answer.start[place]), int(answer.start[place + 1])
        if last - first == 1 and not answer.contradiction[place] and answer.confidence[first] >= SURE:
            found[pair] = answer.commune_ids[int(answer.commune[first])].partition(":")[2]
    return found


def _known_communes(postcodes: set[str]) -> dict[Pair, str]:
    """(postal code, normalised name) to INSEE code."""
    # All codes at once would leave PostgreSQL, whose tables are not analysed yet, to guess a bad plan; there
    # are 6,310 postal codes in all of France, fewer than either database takes in one list.
    rows = PostalCode.objects.filter(code__in=postcodes, territory__kind="commune").values_list(
        "code", "territory__search_name", "territory__code"
    )
    return {(postcode, name): code for postcode, name, code in rows}
