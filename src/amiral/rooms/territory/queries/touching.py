"""Which places have people in common."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from amiral.rooms.territory.models import TerritoryClosure, TerritoryLink


def touching(*, territory_ids: Iterable[str], among: Iterable[str]) -> dict[str, frozenset[str]]:
    """For each of ``territory_ids`` those of ``among`` that hold it, lie in it or share a part with it.

    A commune that two circonscriptions cut touches both. Three queries, whatever the number.
    """
    wanted, others = set(territory_ids), set(among)
    found: defaultdict[str, set[str]] = defaultdict(set)
    if wanted and others:
        for one, other in [*_sharing(wanted, others), *_cut(wanted, others), *_cut_by(wanted, others)]:
            found[one].add(other)
    return {one: frozenset(found[one]) for one in wanted}


def _sharing(wanted: set[str], others: set[str]) -> Iterable[tuple[str, str]]:
    """Through a territory that lies in both: either of them, or a bureau de vote."""
    return _pairs(
        TerritoryClosure.objects.filter(
            ancestor_id__in=wanted, descendant__ancestor_links__ancestor_id__in=others
        ),
        "ancestor_id",
        "descendant__ancestor_links__ancestor_id",
    )


def _cut(wanted: set[str], others: set[str]) -> Iterable[tuple[str, str]]:
    """Through a part of the one that the other holds in part."""
    links = TerritoryLink.objects.filter(
        exact=False,
        valid_to=None,
        child__ancestor_links__ancestor_id__in=wanted,
        parent__ancestor_links__ancestor_id__in=others,
    )
    return _pairs(links, "child__ancestor_links__ancestor_id", "parent__ancestor_links__ancestor_id")


def _cut_by(wanted: set[str], others: set[str]) -> Iterable[tuple[str, str]]:
    return ((one, other) for other, one in _cut(others, wanted))


def _pairs(
    rows: "QuerySet[TerritoryClosure] | QuerySet[TerritoryLink]", one: str, other: str
) -> Iterable[tuple[str, str]]:
    return rows.order_by().values_list(one, other).distinct()
