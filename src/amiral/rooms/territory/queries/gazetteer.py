"""The names and postal codes of all communes in memory, one edition of them for each process."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from amiral.cores.names import Gazetteer, Place, spellings
from amiral.rooms.territory.contracts import TerritoryKind
from amiral.rooms.territory.models import FormerCode, NamesEdition, PostalCode, Territory

CITIES = {"751": "75056", "6938": "69123", "132": "13055"}
"""What the codes of municipal arrondissements begin with, to the city they are parts of."""

_FIRST_DISTRICT = {"75056": 75_100, "69123": 69_380, "13055": 13_200}
_lock = Lock()


@dataclass(frozen=True, kw_only=True)
class France:
    """The gazetteer, and what its places are. ``ids`` is in the order of ``gazetteer.places``.

    ``districts``: postal code to municipal arrondissements; ``villages``: (commune, spelling) to the codes of
    communes déléguées and associées; ``countries``: spelling to the id of a foreign country.
    """

    gazetteer: Gazetteer
    ids: tuple[str, ...]
    position: dict[str, int]
    districts: dict[str, tuple[str, ...]]
    villages: dict[tuple[str, str], tuple[str, ...]]
    countries: dict[str, str]


_kept: tuple[UUID, France] | None = None


def france() -> France:
    """The names as they stand in the tables. One query; a few more, and two seconds, after a new loading."""
    global _kept
    edition = NamesEdition.objects.values_list("edition", flat=True).first()
    if edition is None:  # a database in which nobody loaded the geography: a handful of rows
        return _read()
    kept = _kept
    if kept is None or kept[0] != edition:
        with _lock:
            kept = _kept
            if kept is None or kept[0] != edition:
                _kept = kept = (edition, _read())
    return kept[1]


def _read() -> France:
    codes: dict[str, list[str]] = defaultdict(list)
    for code, territory_id in PostalCode.objects.order_by("code").values_list("code", "territory_id"):
        codes[territory_id].append(code)
    former = list(FormerCode.objects.exclude(name="").values_list("commune_id", "code", "name"))
    names: dict[str, list[str]] = defaultdict(list)
    for commune_id, _code, name in former:
        names[commune_id].append(name)
    rows = Territory.objects.filter(kind=TerritoryKind.COMMUNE, retired_at=None).order_by("id")
    communes = list(rows.values_list("id", "name", "departement_code", "population"))
    ids = tuple(one for one, _name, _departement, _size in communes)
    return France(
        gazetteer=Gazetteer(
            [
                Place(
                    name=name,
                    departement=departement,
                    population=size or 0,
                    postal_codes=tuple(codes[one]),
                    former=tuple(other for other in dict.fromkeys(names[one]) if other != name),
                )
                for one, name, departement, size in communes
            ]
        ),
        ids=ids,
        position={one: place for place, one in enumerate(ids)},
        districts=_districts(codes),
        villages=_villages(former),
        countries=_countries(),
    )


def _countries() -> dict[str, str]:
    """Foreign countries by every spelling of their name, as people who live abroad type it."""
    rows = Territory.objects.filter(kind=TerritoryKind.FOREIGN_COUNTRY, retired_at=None)
    pairs = rows.order_by("id").values_list("id", "name")
    return {key: one for one, name in pairs for keys in spellings(name) for key in keys}


def _districts(codes: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for territory_id in sorted(codes):
        if territory_id.startswith(f"{TerritoryKind.ARRONDISSEMENT_MUNICIPAL}:"):
            for code in codes[territory_id]:
                found[code] += (territory_id,)
    return found


def _villages(former: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = defaultdict(tuple)
    for commune_id, code, name in former:
        for key in {key for keys in spellings(name) for key in keys}:
            found[commune_id, key] += (code,)
    return found


def city_of(code: str) -> str:
    """The INSEE code of the commune that an arrondissement's code lies in; any other code is its own."""
    return next((city for start, city in CITIES.items() if code.startswith(start) and code != city), code)


def district_id(commune_code: str, number: int) -> str | None:
    """The id of the n-th arrondissement of Paris, Lyon or Marseille; whether it exists is not asked."""
    first = _FIRST_DISTRICT.get(commune_code)
    return f"{TerritoryKind.ARRONDISSEMENT_MUNICIPAL}:{first + number}" if first else None
