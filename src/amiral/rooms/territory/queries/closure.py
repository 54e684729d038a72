"""The closure as a whole, for what is counted by place."""

from amiral.kit.criteria import Watch, Watched
from amiral.rooms.territory.models import TerritoryClosure

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
