"""Where the lines of a file lie, asked once for each place of the file."""

from amiral.rooms.people.contracts import COUNTRY
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard


class Places:
    """Communes of postal codes and names, and whether they lie in the importer's territory."""

    def __init__(self, *, territory_id: str) -> None:
        self.territory_id = territory_id
        self._known: dict[tuple[str, str], tuple[str | None, str]] = {}
        self._inside: dict[str, bool] = {}

    def of(self, *, postal_code: str, city: str) -> tuple[str | None, str]:
        """The commune, ``None`` when it cannot be told, and a problem: no_place, unknown_place, outside.

        Over the whole country a line without a known place is no problem. When several communes share the
        postal code and the name does not tell which, the line has no commune; it is outside unless all are
        inside.
        """
        asked = (postal_code, city)
        if asked not in self._known:
            self._known[asked] = self._answer(postal_code, city)
        return self._known[asked]

    def _answer(self, postal_code: str, city: str) -> tuple[str | None, str]:
        found = self._communes(postal_code, city)
        if self.territory_id == COUNTRY:
            return (found[0].id if len(found) == 1 else None), ""
        if not found:
            return None, "unknown_place" if postal_code or city else "no_place"
        if not all(self._lies_inside(commune.id) for commune in found):
            return None, "outside"
        return (found[0].id if len(found) == 1 else None), ""

    def _communes(self, postal_code: str, city: str) -> tuple[TerritoryCard, ...]:
        shared = territory.communes_of_postal_code(postal_code=postal_code) if postal_code else ()
        if len(shared) == 1 or (shared and not city):
            return shared
        named = self._named(city, postal_code)
        if not shared:
            return named if not postal_code else ()
        ids = {commune.id for commune in shared}
        return tuple(commune for commune in named if commune.id in ids)[:1] or shared

    def _named(self, city: str, postal_code: str) -> tuple[TerritoryCard, ...]:
        """Communes of a name; without a postal code only an exact one that is alone."""
        found = territory.search_communes(text=f"{postal_code} {city}".strip(), limit=20) if city else ()
        if postal_code:
            return found
        exact = tuple(commune for commune in found if commune.name.casefold() == city.casefold())
        return exact or found[:1] if len(found) == 1 else exact

    def _lies_inside(self, commune_id: str) -> bool:
        if commune_id not in self._inside:
            self._inside[commune_id] = territory.is_within(
                territory_id=commune_id, ancestor_id=self.territory_id
            )
        return self._inside[commune_id]
