"""The closure as a whole, for what is counted by place."""

from django.db.models import Case, F, Q, Value, When

from amiral.kit.criteria import Watch, Watched
from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryClosure
from amiral.rooms.territory.normalise import normalise

PLACES = "places"


def above() -> dict[str, tuple[str, ...]]:
    """For each territory all those in which it wholly lies today, itself left out. One query, all rows."""
    found: dict[str, list[str]] = {}
    links = TerritoryClosure.objects.filter(depth__gt=0).order_by()
    for child, ancestor in links.values_list("descendant_id", "ancestor_id").iterator(chunk_size=10_000):
        found.setdefault(child, []).append(ancestor)
    return {child: tuple(ancestors) for child, ancestors in found.items()}


def watched() -> Watched:
    """A change of the closure, whatever its size, is one line: everybody's places are read again."""
    table = TerritoryClosure._meta.db_table
    return Watched(tables=(Watch(table=table, column="id", what=PLACES, whole=True),))


_COUNTED = frozenset(TerritoryKind) - {TerritoryKind.BUREAU_DE_VOTE}
"""Kinds of places by which people are counted: nobody says in which bureau he votes."""


def find_places(*, text: str, within: str, limit: int = 12) -> tuple[TerritoryCard, ...]:
    """Places inside ``within`` (itself included) whose code it is, or whose name begins so; the larger
    kinds and the more populous first. One query.
    """
    name, code = normalise(text[:80]), text.strip()[:20].upper()
    if not name or "\x00" in text:
        return ()
    asked = Q(search_name__startswith=name) | Q(code=code)
    found = Territory.objects.filter(
        asked, ancestor_links__ancestor_id=within, kind__in=_COUNTED, retired_at=None
    )
    exactly = Case(When(Q(search_name=name) | Q(code=code), then=Value(0)), default=Value(1))
    ranked = found.annotate(exactly=exactly).order_by(
        "exactly", F("population").desc(nulls_last=True), "search_name", "id"
    )
    return tuple(
        TerritoryCard(
            id=row.id,
            kind=TerritoryKind(row.kind),
            code=row.code,
            name=row.name,
            departement_code=row.departement_code,
            population=row.population,
            name_type=row.name_type,
        )
        for row in ranked[:limit]
    )
