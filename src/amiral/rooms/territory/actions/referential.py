"""Loading the official geography of France from ``@etalab/decoupage-administratif`` (Licence Ouverte).

What is taken and what is left out, and why, is in docs/territory.md.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.territory.contracts import ReferentialCounts, Report, TerritoryKind
from amiral.rooms.territory.models import FormerCode, PostalCode, Territory, TerritoryClosure
from amiral.rooms.territory.normalise import normalise

SOURCE = Path("@etalab") / "decoupage-administratif" / "data"
COUNTRY_ID = "pays:FR"
BATCH = 5_000
DELETE_BATCH = 500

# Model instances would cost five of six seconds for these 180,000 rows of three columns.
_INSERT_LINK = (
    "INSERT INTO territory_territoryclosure (ancestor_id, descendant_id, depth) VALUES (%s, %s, %s)"
)

Record = Mapping[str, Any]
M = TypeVar("M", bound=models.Model)
T = TypeVar("T")


class ReferentialMissing(Refused):
    """The npm package is not installed, or is not the one that is expected."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The records of the package, as they are."""

    regions: tuple[Record, ...]
    departements: tuple[Record, ...]
    epci: tuple[Record, ...]
    communes: tuple[Record, ...]
    arrondissements_municipaux: tuple[Record, ...]
    within_communes: tuple[Record, ...]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The whole geography as rows to be. ``links``: (ancestor, descendant) to depth."""

    territories: list[Territory]
    links: dict[tuple[str, str], int]
    postal_codes: set[tuple[str, str]]
    former: dict[str, tuple[str, str]]


def load_referential(*, front_dir: Path, report: Report | None = None) -> ReferentialCounts:
    """Makes the tables agree with the package in ``front_dir``, in one transaction.

    Doing it again changes nothing. Persons may hang on a commune that a newer package merged into another:
    it is retired, never deleted. Raises ``ReferentialMissing``.
    """
    rows = _rows_in(front_dir)
    told = report or _silent
    with transaction.atomic():
        retired = _write(rows, told, now())
        _refresh_statistics()
        counts = _counts(rows, retired)
        audit.record(
            actor_id=None,
            verb="load-referential",
            subject_kind="territory",
            subject_id=COUNTRY_ID,
            communes=counts.communes,
            retired=retired,
        )
    told(len(rows.links), len(rows.links))
    return counts


def _refresh_statistics() -> None:
    """Tells PostgreSQL how large the tables have become; until it knows, one look-up may take minutes."""
    if connection.vendor == "postgresql":
        tables = [model._meta.db_table for model in (Territory, TerritoryClosure, PostalCode, FormerCode)]
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(map(connection.ops.quote_name, tables))}")


def _rows_in(front_dir: Path) -> Rows:
    """An empty or half-written package must not retire all of France."""
    try:
        source = read_source(front_dir=front_dir)
        if not (source.communes and source.departements):
            raise ValueError("no commune")
        return rows_of(source)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReferentialMissing(
            _("The official geography cannot be read in %(folder)s: run scripts/setup again.")
            % {"folder": front_dir / SOURCE}
        ) from error


def read_source(*, front_dir: Path) -> Source:
    """Reads the four files of the package."""
    folder = front_dir / SOURCE
    files = {name: _records(folder / f"{name}.json") for name in ("regions", "departements", "epci")}
    kinds = defaultdict(list)
    for record in _records(folder / "communes.json"):
        kinds[record["type"]].append(record)
    return Source(
        # The source repeats each overseas collectivity as a region; it is none.
        regions=tuple(one for one in files["regions"] if one["zone"] != "com"),
        departements=files["departements"],
        epci=files["epci"],
        communes=tuple(kinds["commune-actuelle"]),
        arrondissements_municipaux=tuple(kinds["arrondissement-municipal"]),
        within_communes=(*kinds["commune-deleguee"], *kinds["commune-associee"]),
    )


def _records(path: Path) -> tuple[Record, ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def rows_of(source: Source) -> Rows:
    """The records as rows; pure."""
    above = _parents(source)
    return Rows(
        territories=list(_territories(source)),
        links={
            (ancestor, descendant): depth
            for descendant in above
            for ancestor, depth in _ancestors(descendant, above).items()
        },
        postal_codes={
            (code, territory_id(kind, record["code"]))
            for kind, records in (
                (TerritoryKind.COMMUNE, source.communes),
                (TerritoryKind.ARRONDISSEMENT_MUNICIPAL, source.arrondissements_municipaux),
            )
            for record in records
            for code in record.get("codesPostaux", ())
        },
        former=_former(source),
    )


def territory_id(kind: TerritoryKind, code: str) -> str:
    """The readable id that survives a new import."""
    return f"{kind}:{code}"


def _territories(source: Source) -> Iterator[Territory]:
    sizes = _populations(source)
    yield _row(TerritoryKind.COUNTRY, {"code": "FR", "nom": "France"}, sizes[COUNTRY_ID])
    for kind, records in _by_kind(source):
        for record in records:
            size = record.get("population", sizes.get(territory_id(kind, record["code"])))
            yield _row(kind, record, size)


def _by_kind(source: Source) -> tuple[tuple[TerritoryKind, tuple[Record, ...]], ...]:
    return (
        (TerritoryKind.REGION, source.regions),
        (TerritoryKind.DEPARTEMENT, source.departements),
        (TerritoryKind.EPCI, source.epci),
        (TerritoryKind.COMMUNE, source.communes),
        (TerritoryKind.ARRONDISSEMENT_MUNICIPAL, source.arrondissements_municipaux),
    )


def _row(kind: TerritoryKind, record: Record, population: int | None) -> Territory:
    own_code = record["code"] if kind is TerritoryKind.DEPARTEMENT else ""
    return Territory(
        id=territory_id(kind, record["code"]),
        kind=kind,
        code=record["code"],
        name=record["nom"],
        search_name=normalise(record["nom"]),
        name_type=record.get("typeLiaison") or 0,
        departement_code=record.get("departement", own_code),
        population=population,
    )


def _populations(source: Source) -> dict[str, int]:
    """What the communes of each larger territory add up to; the source gives no such figure itself."""
    above = _parents(source)
    sums: dict[str, int] = defaultdict(int)
    for record in source.communes:
        commune = territory_id(TerritoryKind.COMMUNE, record["code"])
        for ancestor in _ancestors(commune, above):
            if ancestor != commune:
                sums[ancestor] += record.get("population", 0)
    return sums


def _parents(source: Source) -> dict[str, tuple[str, ...]]:
    """The territories right above each one; an EPCI that spans départements hangs on what holds all of it."""
    regions = {territory_id(TerritoryKind.REGION, one["code"]) for one in source.regions}
    parents: dict[str, tuple[str, ...]] = {COUNTRY_ID: ()}
    parents |= dict.fromkeys(regions, (COUNTRY_ID,))
    for one in source.departements:
        region = territory_id(TerritoryKind.REGION, one["region"])
        parents[territory_id(TerritoryKind.DEPARTEMENT, one["code"])] = (
            region if region in regions else COUNTRY_ID,
        )
    parents |= {
        territory_id(TerritoryKind.ARRONDISSEMENT_MUNICIPAL, one["code"]): (
            territory_id(TerritoryKind.COMMUNE, one["commune"]),
        )
        for one in source.arrondissements_municipaux
    }
    return parents | _parents_of_communes(source, parents)


def _parents_of_communes(
    source: Source, parents: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    departement = {
        one["code"]: territory_id(TerritoryKind.DEPARTEMENT, one["departement"]) for one in source.communes
    }
    found: dict[str, tuple[str, ...]] = {}
    epci_of: dict[str, str] = {}
    for one in source.epci:
        epci = territory_id(TerritoryKind.EPCI, one["code"])
        members = [member["code"] for member in one["membres"]]
        epci_of |= dict.fromkeys(members, epci)
        found[epci] = (_common({departement[code] for code in members}, parents),)
    for code, holder in departement.items():
        above = (holder, epci_of[code]) if code in epci_of else (holder,)
        found[territory_id(TerritoryKind.COMMUNE, code)] = above
    return found


def _common(departements: set[str], parents: Mapping[str, tuple[str, ...]]) -> str:
    """The smallest of département, region, country that holds all of them."""
    if len(departements) == 1:
        return departements.pop()
    regions = {parents[one][0] for one in departements}
    return regions.pop() if len(regions) == 1 else COUNTRY_ID


def _ancestors(territory: str, parents: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Itself at 0, then everything that holds it with the length of the shortest way up."""
    depths = {territory: 0}
    level = [territory]
    while level:
        level = [above for one in level for above in parents[one] if above not in depths]
        depths |= dict.fromkeys(level, max(depths.values()) + 1)
    return depths


def _former(source: Source) -> dict[str, tuple[str, str]]:
    """INSEE code to (commune, name): bare codes first, then communes déléguées and associées with names."""
    former = {
        code: (territory_id(TerritoryKind.COMMUNE, one["code"]), "")
        for one in source.communes
        for code in one.get("anciensCodes", ())
    }
    for one in source.within_communes:
        former[one["code"]] = (territory_id(TerritoryKind.COMMUNE, one["chefLieu"]), one["nom"])
    return former


def _write(rows: Rows, told: Report, moment: datetime) -> int:
    """Brings every table to the wanted state; returns how many territories were retired."""
    total = len(rows.territories) + len(rows.links) + len(rows.postal_codes) + len(rows.former)
    _put_territories(rows.territories)
    told(len(rows.territories), total)
    retired = _retire({one.id for one in rows.territories}, moment)
    _put_links(rows.links)
    told(len(rows.territories) + len(rows.links), total)
    _put_postal_codes(rows.postal_codes)
    _put_former(rows.former)
    return retired


def _put_territories(wanted: Sequence[Territory]) -> None:
    fields = [field.name for field in Territory._meta.fields if not field.primary_key]
    Territory.objects.bulk_create(
        wanted, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields
    )


def _retire(wanted: set[str], moment: datetime) -> int:
    current = set(Territory.objects.filter(retired_at=None).values_list("id", flat=True))
    gone = sorted(current - wanted)
    for part in _parts(gone, DELETE_BATCH):
        Territory.objects.filter(pk__in=part).update(retired_at=moment)
        PostalCode.objects.filter(territory_id__in=part).delete()
    return len(gone)


def _put_links(wanted: Mapping[tuple[str, str], int]) -> None:
    """A retired territory keeps its links, so that rights over what hangs on it go on."""
    kept = {descendant for _ancestor, descendant in wanted}
    rows = TerritoryClosure.objects.values_list("pk", "ancestor_id", "descendant_id", "depth")
    there = {(above, below, depth): pk for pk, above, below, depth in rows.iterator(10_000)}
    goal = {(above, below, depth) for (above, below), depth in wanted.items()}
    _delete(TerritoryClosure, [pk for key, pk in there.items() if key not in goal and key[1] in kept])
    with connection.cursor() as cursor:
        cursor.executemany(_INSERT_LINK, sorted(goal - there.keys()))


def _put_postal_codes(wanted: set[tuple[str, str]]) -> None:
    rows = PostalCode.objects.values_list("pk", "code", "territory_id")
    there = {(code, territory): pk for pk, code, territory in rows.iterator(10_000)}
    _delete(PostalCode, [pk for key, pk in there.items() if key not in wanted])
    _create(PostalCode(code=code, territory_id=place) for code, place in sorted(wanted - there.keys()))


def _put_former(wanted: Mapping[str, tuple[str, str]]) -> None:
    rows = FormerCode.objects.values_list("pk", "code", "commune_id", "name")
    there = {(code, commune, name): pk for pk, code, commune, name in rows.iterator(10_000)}
    goal = {(code, commune, name) for code, (commune, name) in wanted.items()}
    _delete(FormerCode, [pk for key, pk in there.items() if key not in goal])
    _create(
        FormerCode(code=code, commune_id=commune, name=name, search_name=normalise(name))
        for code, commune, name in sorted(goal - there.keys())
    )


def _create(rows: Iterable[M]) -> None:
    """In batches, so that a quarter of a million rows never stand in memory at once."""
    for part in _parts(rows, BATCH):
        type(part[0])._default_manager.bulk_create(part)


def _delete(model: type[models.Model], keys: Sequence[object]) -> None:
    for part in _parts(keys, DELETE_BATCH):
        model._default_manager.filter(pk__in=part).delete()


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part


def _counts(rows: Rows, retired: int) -> ReferentialCounts:
    kinds: dict[str, int] = defaultdict(int)
    for one in rows.territories:
        kinds[one.kind] += 1
    return ReferentialCounts(
        regions=kinds[TerritoryKind.REGION],
        departements=kinds[TerritoryKind.DEPARTEMENT],
        epci=kinds[TerritoryKind.EPCI],
        communes=kinds[TerritoryKind.COMMUNE],
        arrondissements_municipaux=kinds[TerritoryKind.ARRONDISSEMENT_MUNICIPAL],
        postal_codes=len({code for code, _place in rows.postal_codes}),
        former_codes=len(rows.former),
        links=len(rows.links),
        retired=retired,
    )


def _silent(done: int, total: int) -> None:
    """For callers that watch nothing."""
