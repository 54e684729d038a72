"""Territories by kind: how many, which, and what lies in one."""

from django.db.models import Count, QuerySet

from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import Territory


def count_by_kind() -> tuple[tuple[TerritoryKind, int], ...]:
    """Every kind that has a territory in use, zones left out, the largest territories first. One query."""
    return _ordered(Territory.objects.filter(retired_at=None).exclude(kind=TerritoryKind.ZONE))


def parts_by_kind(*, territory_id: str) -> tuple[tuple[TerritoryKind, int], ...]:
    """What lies wholly in a territory, at any depth, by kind. One query."""
    below = Territory.objects.filter(
        ancestor_links__ancestor_id=territory_id, ancestor_links__depth__gt=0, retired_at=None
    )
    return _ordered(below)


def _ordered(rows: QuerySet[Territory]) -> tuple[tuple[TerritoryKind, int], ...]:
    counts = dict(rows.order_by().values_list("kind").annotate(Count("pk")))
    return tuple((kind, counts[kind]) for kind in ORDER if kind in counts)


ORDER = (
    TerritoryKind.COUNTRY,
    TerritoryKind.REGION,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.CIRCONSCRIPTION_CONSULAIRE,
    TerritoryKind.FOREIGN_COUNTRY,
    TerritoryKind.CANTON,
    TerritoryKind.EPCI,
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    TerritoryKind.COMMUNE_DELEGUEE,
    TerritoryKind.COMMUNE_ASSOCIEE,
    TerritoryKind.BUREAU_DE_VOTE,
    TerritoryKind.ZONE,
)


def of_a_kind(*, kind: TerritoryKind, within: str = "") -> QuerySet[Territory]:
    """Territories of a kind in use, by name; for a paginator, which shows id, name and code."""
    rows = Territory.objects.filter(kind=kind, retired_at=None)
    if within:
        rows = rows.filter(ancestor_links__ancestor_id=within, ancestor_links__depth__gt=0)
    return rows.order_by("search_name", "pk")
