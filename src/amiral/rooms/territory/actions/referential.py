"""Loading the official geography of France from ``@etalab/decoupage-administratif`` (Licence Ouverte).

What is taken and what is left out, and why, is in docs/territory.md.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.territory.actions.graph import closure_of, kind_of, parts, rebuild_closure
from amiral.rooms.territory.actions.last_days import put_last_days
from amiral.rooms.territory.actions.naming import names_changed
from amiral.rooms.territory.contracts import ReferentialCounts, Report, SuccessionKind, TerritoryKind
from amiral.rooms.territory.models import (
    FormerCode,
    PostalCode,
    Territory,
    TerritoryClosure,
    TerritoryLink,
    TerritorySuccession,
)
from amiral.rooms.territory.normalise import normalise

SOURCE = Path("@etalab") / "decoupage-administratif" / "data"
COUNTRY_ID = "pays:FR"
ABROAD = Path(__file__).parents[1] / "abroad.csv"
DELETE_BATCH = 500
OWN_KINDS = (
    TerritoryKind.COUNTRY,
    TerritoryKind.REGION,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.EPCI,
    TerritoryKind.COMMUNE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    TerritoryKind.COMMUNE_DELEGUEE,
    TerritoryKind.COMMUNE_ASSOCIEE,
    TerritoryKind.FOREIGN_COUNTRY,
)
"""Kinds that the referential alone brings, and therefore may retire."""

_OWN_PREFIXES = (*(f"{kind}:" for kind in OWN_KINDS), "circonscription:99-")

# Model instances cost half of the time of a load: 300,000 rows of a few columns.
_PUT_TERRITORY = (
    "INSERT INTO territory_territory"
    " (id, kind, code, name, search_name, name_type, departement_code, population)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, code = excluded.code, name = excluded.name,"
    " search_name = excluded.search_name, name_type = excluded.name_type,"
    " departement_code = excluded.departement_code, population = excluded.population, retired_at = NULL"
)
_INSERT_LINK = (
    "INSERT INTO territory_territorylink (child_id, parent_id, exact, approximate, valid_from)"
    " VALUES (%s, %s, %s, %s, %s)"
)
_INSERT_POSTAL_CODE = "INSERT INTO territory_postalcode (code, territory_id) VALUES (%s, %s)"
_INSERT_FORMER = (
    "INSERT INTO territory_formercode (code, commune_id, name, search_name) VALUES (%s, %s, %s, %s)"
)

Record = Mapping[str, Any]


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
    arrondissements: tuple[Record, ...] = ()
    abroad: tuple[Record, ...] = ()


class Place(NamedTuple):
    """A row of ``Territory``, in the order of ``_PUT_TERRITORY``."""

    id: str
    kind: str
    code: str
    name: str
    search_name: str
    name_type: int
    departement_code: str
    population: int | None


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The whole geography as rows to be. ``above``: a territory to those right above it."""

    territories: list[Place]
    above: dict[str, tuple[str, ...]]
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
        names_changed()
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
    told(1, 1)
    return counts


REFRESHED = (Territory, TerritoryClosure, TerritoryLink, TerritorySuccession, PostalCode, FormerCode)


def _refresh_statistics() -> None:
    """Tells PostgreSQL how large the tables have become; until it knows, one look-up may take minutes."""
    if connection.vendor == "postgresql":
        tables = [model._meta.db_table for model in REFRESHED]
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
    """Reads the five files of the package, and ours of the French who live abroad."""
    folder = front_dir / SOURCE
    names = ("regions", "departements", "arrondissements", "epci")
    files = {name: _records(folder / f"{name}.json") for name in names}
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
        arrondissements=files["arrondissements"],
        abroad=read_abroad(),
    )


def _records(path: Path) -> tuple[Record, ...]:
    return tuple(json.loads(path.read_text(encoding="utf-8")))


def read_abroad() -> tuple[Record, ...]:
    """Foreign countries with their constituency, empty where the law does not settle it."""
    lines = ABROAD.read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=";"))


def rows_of(source: Source) -> Rows:
    """The records as rows; pure."""
    above = _parents(source)
    return Rows(
        territories=list(_territories(source, above)),
        above=above,
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


def _territories(source: Source, above: Mapping[str, tuple[str, ...]]) -> Iterator[Place]:
    sizes = _populations(source, above)
    yield _row(TerritoryKind.COUNTRY, {"code": "FR", "nom": "France"}, sizes[COUNTRY_ID])
    for kind, records in _by_kind(source):
        for record in records:
            size = record.get("population", sizes.get(territory_id(kind, record["code"])))
            yield _row(kind, record, size)
    yield from _abroad(source.abroad)


def _abroad(records: Sequence[Record]) -> Iterator[Place]:
    for code in sorted({one["circonscription"] for one in records} - {""}):
        number = int(code[3:])
        name = f"Français de l’étranger, {number}{'re' if number == 1 else 'e'} circonscription"
        yield _row(TerritoryKind.CIRCONSCRIPTION, {"code": code, "nom": name}, None)
    for one in records:
        yield _row(TerritoryKind.FOREIGN_COUNTRY, {"code": one["iso"], "nom": one["pays"]}, None)


def _by_kind(source: Source) -> tuple[tuple[TerritoryKind, tuple[Record, ...]], ...]:
    return (
        (TerritoryKind.REGION, source.regions),
        (TerritoryKind.DEPARTEMENT, source.departements),
        (TerritoryKind.ARRONDISSEMENT, source.arrondissements),
        (TerritoryKind.EPCI, source.epci),
        (TerritoryKind.COMMUNE, source.communes),
        (TerritoryKind.ARRONDISSEMENT_MUNICIPAL, source.arrondissements_municipaux),
        *((kind, _of_type(source.within_communes, kind)) for kind in _WITHIN),
    )


_WITHIN = (TerritoryKind.COMMUNE_DELEGUEE, TerritoryKind.COMMUNE_ASSOCIEE)


def _of_type(records: Sequence[Record], kind: TerritoryKind) -> tuple[Record, ...]:
    """The package names the types of communes by the words that are our kinds."""
    return tuple(one for one in records if one["type"] == kind)


def _row(kind: TerritoryKind, record: Record, population: int | None) -> Place:
    own_code = record["code"] if kind is TerritoryKind.DEPARTEMENT else ""
    return Place(
        id=territory_id(kind, record["code"]),
        kind=str(kind),
        code=record["code"],
        name=record["nom"],
        search_name=normalise(record["nom"]),
        name_type=_name_type(record),
        departement_code=record.get("departement", own_code),
        population=population,
    )


def _name_type(record: Record) -> int:
    """TNCC; INSEE gives none for the Pacific, where the first letter decides whether "de" is cut short."""
    told = record.get("typeLiaison")
    return int(normalise(record["nom"])[:1] in set("aeiou")) if told is None else told


def _populations(source: Source, above: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """What the communes of each larger territory add up to; the source gives no such figure itself."""
    sizes = {
        territory_id(TerritoryKind.COMMUNE, one["code"]): one.get("population", 0) for one in source.communes
    }
    sums: dict[str, int] = defaultdict(int)
    for commune, ancestors in closure_of(sizes, above, {}).items():
        for ancestor in ancestors.keys() - {commune}:
            sums[ancestor] += sizes[commune]
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
    parents |= {
        territory_id(TerritoryKind.ARRONDISSEMENT, one["code"]): (
            territory_id(TerritoryKind.DEPARTEMENT, one["departement"]),
        )
        for one in source.arrondissements
    }
    parents |= {
        territory_id(kind, one["code"]): (territory_id(TerritoryKind.COMMUNE, one["chefLieu"]),)
        for kind in _WITHIN
        for one in _of_type(source.within_communes, kind)
    }
    return parents | _parents_abroad(source.abroad) | _parents_of_communes(source, parents)


def _parents_abroad(records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """A country whose constituency is not settled hangs on nothing: nobody's scope takes it by guess."""
    parents: dict[str, tuple[str, ...]] = {}
    for one in records:
        above = one["circonscription"] and territory_id(TerritoryKind.CIRCONSCRIPTION, one["circonscription"])
        parents[territory_id(TerritoryKind.FOREIGN_COUNTRY, one["iso"])] = (above,) if above else ()
        if above:
            parents[above] = (COUNTRY_ID,)
    return parents


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
    arrondissements = {one["code"] for one in source.arrondissements}
    for one in source.communes:
        code, holders = one["code"], [departement[one["code"]]]
        if code in epci_of:
            holders.append(epci_of[code])
        if one.get("arrondissement") in arrondissements:
            holders.append(territory_id(TerritoryKind.ARRONDISSEMENT, one["arrondissement"]))
        found[territory_id(TerritoryKind.COMMUNE, code)] = tuple(holders)
    return found


def _common(departements: set[str], parents: Mapping[str, tuple[str, ...]]) -> str:
    """The smallest of département, region, country that holds all of them."""
    if len(departements) == 1:
        return departements.pop()
    regions = {parents[one][0] for one in departements}
    return regions.pop() if len(regions) == 1 else COUNTRY_ID


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
    total = 6 * len(rows.territories)
    _put_territories(rows.territories)
    told(len(rows.territories), total)
    retired = _retire({one.id for one in rows.territories}, moment)
    _put_links(rows.above, moment.date())
    told(2 * len(rows.territories), total)
    rebuild_closure()
    told(5 * len(rows.territories), total)
    _put_postal_codes(rows.postal_codes)
    _put_former(rows.former)
    put_undated_successions()
    put_last_days()
    return retired


def _put_territories(wanted: Sequence[Place]) -> None:
    """Dates stay: the package tells none, a file of movements may have."""
    rows = Territory.objects.filter(retired_at=None).values_list(*Place._fields)
    there = set(rows.iterator(10_000))
    _execute(_PUT_TERRITORY, [one for one in wanted if tuple(one) not in there])


def _execute(statement: str, rows: Iterable[tuple[str | int | bool | date | None, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def _retire(wanted: set[str], moment: datetime) -> int:
    """Only of the kinds that the package brings: it knows nothing of cantons, bureaux and zones."""
    own = Territory.objects.filter(retired_at=None, kind__in=OWN_KINDS)
    gone = sorted(set(own.values_list("id", flat=True)) - wanted)
    for part in parts(gone, DELETE_BATCH):
        Territory.objects.filter(pk__in=part).update(retired_at=moment)
        PostalCode.objects.filter(territory_id__in=part).delete()
    return len(gone)


def _put_links(above: Mapping[str, tuple[str, ...]], today: date) -> None:
    """A retired territory keeps its links, so that rights over what hangs on it go on."""
    rows = TerritoryLink.objects.filter(valid_to=None, exact=True)
    pairs = rows.values_list("pk", "child_id", "parent_id").iterator(10_000)
    there = {(child, parent): pk for pk, child, parent in pairs if _own(child) and _own(parent)}
    goal = {(child, parent) for child, parents in above.items() for parent in parents}
    gone = [key for key in there if key not in goal and key[0] in above]
    for part in parts(gone, DELETE_BATCH):
        ended = TerritoryLink.objects.filter(pk__in=[there[key] for key in part])
        ended.update(valid_to=today, approximate=True)
    moved = {(child, kind_of(parent)) for child, parent in gone}
    _execute(_INSERT_LINK, _new_links(sorted(goal - there.keys()), moved, today))


def _own(territory: str) -> bool:
    """Whether the referential alone says where it lies."""
    return territory.startswith(_OWN_PREFIXES)


def _new_links(
    pairs: Sequence[tuple[str, str]], moved: set[tuple[str, str]], today: date
) -> Iterator[tuple[str, str, bool, bool, date | None]]:
    """What takes the place of another begins today at the latest; of the others no beginning is known."""
    for child, parent in pairs:
        instead = (child, kind_of(parent)) in moved
        yield child, parent, True, instead, today if instead else None


def _put_postal_codes(wanted: set[tuple[str, str]]) -> None:
    rows = PostalCode.objects.values_list("pk", "code", "territory_id")
    there = {(code, territory): pk for pk, code, territory in rows.iterator(10_000)}
    _delete(PostalCode, [pk for key, pk in there.items() if key not in wanted])
    _execute(_INSERT_POSTAL_CODE, sorted(wanted - there.keys()))


def _put_former(wanted: Mapping[str, tuple[str, str]]) -> None:
    rows = FormerCode.objects.values_list("pk", "code", "commune_id", "name")
    there = {(code, commune, name): pk for pk, code, commune, name in rows.iterator(10_000)}
    goal = {(code, commune, name) for code, (commune, name) in wanted.items()}
    _delete(FormerCode, [pk for key, pk in there.items() if key not in goal])
    fresh = sorted(goal - there.keys())
    _execute(_INSERT_FORMER, [(*one, normalise(one[2])) for one in fresh])


def put_undated_successions() -> None:
    """Former codes of which no file of movements tells the day: known, but undated."""
    dated = set(TerritorySuccession.objects.exclude(date=None).values_list("old_code", flat=True))
    former = FormerCode.objects.values_list("code", "name", "commune_id", "commune__code", "commune__name")
    goal = {
        (code, name, new_id, new_code, new_name)
        for code, name, new_id, new_code, new_name in former
        if code != new_code and code not in dated
    }
    rows = TerritorySuccession.objects.filter(date=None)
    keys = rows.values_list("pk", "old_code", "old_name", "new_id", "new_code", "new_name")
    there = {key: pk for pk, *key_ in keys if (key := tuple(key_))}
    _delete(TerritorySuccession, [pk for key, pk in there.items() if key not in goal])
    TerritorySuccession.objects.bulk_create(
        TerritorySuccession(
            old_code=code,
            old_name=name,
            new_id=new_id,
            new_code=new_code,
            new_name=new_name,
            kind=SuccessionKind.UNKNOWN,
        )
        for code, name, new_id, new_code, new_name in sorted(goal - there.keys())
    )


def _delete(model: type[models.Model], keys: Sequence[object]) -> None:
    for part in parts(keys, DELETE_BATCH):
        model._default_manager.filter(pk__in=part).delete()


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
        arrondissements=kinds[TerritoryKind.ARRONDISSEMENT],
        communes_deleguees=kinds[TerritoryKind.COMMUNE_DELEGUEE],
        communes_associees=kinds[TerritoryKind.COMMUNE_ASSOCIEE],
        foreign_countries=kinds[TerritoryKind.FOREIGN_COUNTRY],
        postal_codes=len({code for code, _place in rows.postal_codes}),
        former_codes=len(rows.former),
        links=sum(map(len, rows.above.values())),
        retired=retired,
    )


def _silent(done: int, total: int) -> None:
    """For callers that watch nothing."""
