"""A row of ``Territory`` as it may cross the door."""

from amiral.rooms.territory.contracts import TerritoryCard, TerritoryKind
from amiral.rooms.territory.models import Territory


def territory_card(row: Territory) -> TerritoryCard:
    """The card of a row."""
    return TerritoryCard(
        id=row.id,
        kind=TerritoryKind(row.kind),
        code=row.code,
        name=row.name,
        departement_code=row.departement_code,
        population=row.population,
        name_type=row.name_type,
    )
