"""Where the lines of a file lie, asked once for each place of the file."""

from amiral.rooms.people.contracts import COUNTRY
from amiral.rooms.territory import api as territory

SURE = 0.9
"""Nobody is asked about a line of a file: a name that may as well mean another place gives no commune."""


class Places:
    """Communes of postal codes and names, and whether they lie in the importer's territory."""

    def __init__(self, *, territory_id: str) -> None:
        self.territory_id = territory_id
        self._known: dict[tuple[str, str], tuple[str | None, str]] = {}
        self._inside: dict[str, bool] = {}

    def of(self, *, postal_code: str, city: str) -> tuple[str | None, str]:
        """The commune, ``None`` when it cannot be told, and a problem: no_place, unknown_place, outside.

        Over the whole country a line without a known place is no problem. When several communes are
        possible, or the name contradicts the postal code, the line has no commune; it is outside unless all
        are inside.
        """
        asked = (postal_code, city)
        if asked not in self._known:
            self._known[asked] = self._answer(postal_code, city)
        return self._known[asked]

    def _answer(self, postal_code: str, city: str) -> tuple[str | None, str]:
        found = territory.resolve_many(postal_codes=[postal_code], cities=[city])
        communes = found.of(0)
        sure = len(communes) == 1 and communes[0][1] >= SURE and not found.contradiction[0]
        commune_id = communes[0][0] if sure else None
        if self.territory_id == COUNTRY:
            return commune_id, ""
        if not communes:
            return None, "unknown_place" if postal_code or city else "no_place"
        if not all(self._lies_inside(one) for one, _share in communes):
            return None, "outside"
        return commune_id, ""

    def _lies_inside(self, commune_id: str) -> bool:
        if commune_id not in self._inside:
            self._inside[commune_id] = territory.is_within(
                territory_id=commune_id, ancestor_id=self.territory_id
            )
        return self._inside[commune_id]
