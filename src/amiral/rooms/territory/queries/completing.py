"""Communes by what is being typed, a slip or two forgiven: from the names in memory, without any network."""

from amiral.rooms.territory import queries
from amiral.rooms.territory.contracts import TerritoryCard
from amiral.rooms.territory.queries.gazetteer import france

MOST = 50


def complete_communes(*, text: str, limit: int = 20) -> tuple[TerritoryCard, ...]:
    """Communes whose name goes on as typed, then those that nearly do; an INSEE code too. Two queries.

    An INSEE code, or a part of a name that nothing begins with, is looked up in the tables: five more.
    """
    return _by_names(text=text, limit=limit) or queries.search_communes(text=text, limit=limit)


def find_communes(*, text: str, limit: int = 20) -> tuple[TerritoryCard, ...]:
    """Communes that answer what was typed, as ``queries.search_communes``; misspelt names where none does."""
    return queries.search_communes(text=text, limit=limit) or _by_names(text=text, limit=limit)


def _by_names(*, text: str, limit: int) -> tuple[TerritoryCard, ...]:
    places = france()
    found = places.gazetteer.complete(text, max(1, min(limit, MOST)))
    if not found:
        return ()
    ids = [places.ids[place] for place in found]
    cards = queries.territories(territory_ids=ids)
    return tuple(cards[one] for one in ids if one in cards)
