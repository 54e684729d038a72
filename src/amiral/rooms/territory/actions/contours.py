"""Importing files of contours: read and check all, write the columns, switch in one transaction.

A file is checked (``check_contours``) before anything is written; the import repeats that check, so that what
is imported is what the preview showed.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from django.db import IntegrityError, transaction
from django.utils.translation import ngettext

from amiral.cores.geography import gaps, overlaps, shares
from amiral.kit import audit
from amiral.kit.clock import now
from amiral.kit.ids import new_id
from amiral.kit.readers.contour_codes import (
    code_of,
    departement_of_code,
    guess_columns,
    plm_at,
)
from amiral.kit.readers.contour_errors import ContourFlaw, UnreadableContours
from amiral.kit.readers.contour_places import in_france, kilometres_from_prefecture
from amiral.kit.readers.contours import ContourFeature, ContourReading, label_of, read_contours
from amiral.rooms.territory import contour_store as columns
from amiral.rooms.territory.access import access_file_by_id, check_replacing, check_territory
from amiral.rooms.territory.actions.contour_codes import doubtful_codes
from amiral.rooms.territory.actions.graph import ensure_territories
from amiral.rooms.territory.actions.zones_redrawn import redraw_zones
from amiral.rooms.territory.contour_words import ContoursRefused, flaw_sentence, refusal
from amiral.rooms.territory.contracts import (
    ContourChoices,
    ContourImport,
    ContourRow,
    FileKind,
    GraphCounts,
    NewLink,
    NewTerritory,
    Report,
    TerritoryKind,
)
from amiral.rooms.territory.models import (
    BadLine,
    ContourFile,
    FormerCode,
    ReferenceFile,
    Territory,
    TerritoryLink,
)
from amiral.rooms.territory.queries.contours import all_areas, areas_of, has_contours, locate

KINDS: tuple[TerritoryKind, ...] = (
    TerritoryKind.COMMUNE,
    TerritoryKind.CANTON,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.BUREAU_DE_VOTE,
    TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.EPCI,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.REGION,
    TerritoryKind.ZONE,
)
"""What a file of contours may draw."""
CREATED = {
    TerritoryKind.CANTON,
    TerritoryKind.CIRCONSCRIPTION,
    TerritoryKind.ARRONDISSEMENT,
    TerritoryKind.BUREAU_DE_VOTE,
    TerritoryKind.ZONE,
}
"""Kinds whose territories a file may bring; for the others the official list is complete."""
DERIVED: dict[TerritoryKind, tuple[TerritoryKind, ...]] = {
    TerritoryKind.COMMUNE: (
        TerritoryKind.CANTON,
        TerritoryKind.CIRCONSCRIPTION,
        TerritoryKind.ARRONDISSEMENT,
        TerritoryKind.ZONE,
    ),
    TerritoryKind.BUREAU_DE_VOTE: (
        TerritoryKind.CANTON,
        TerritoryKind.CIRCONSCRIPTION,
        TerritoryKind.ZONE,
    ),
}
"""Whose membership in what is derived from surfaces, where no table tells it."""
FIRST = 40
NOTES_OF_A_KIND = 50
LEFT_OVER = timedelta(days=1)
BATCH = 2_000
ABROAD = "99"
ANY_COMMUNE = "00000"
MOSTLY = 0.5


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A file as it would be imported; ``rows`` and ``areas`` are of one length, those refused included."""

    reading: ContourReading
    choices: ContourChoices
    rows: tuple[ContourRow, ...]
    flaws: tuple[ContourFlaw, ...]

    @property
    def good(self) -> tuple[int, ...]:
        return tuple(at for at, row in enumerate(self.rows) if row.territory_id)

    @property
    def refused(self) -> int:
        return len(self.rows) - len(self.good)

    def contours(self) -> columns.ContourColumns:
        """What can be imported, in the order of the file."""
        kept = self.good
        areas = np.empty(len(kept), dtype=object)
        for at, place in enumerate(kept):
            areas[at] = self.reading.features[place].area
        return columns.ContourColumns(
            territory_ids=tuple(self.rows[at].territory_id for at in kept),
            codes=tuple(self.rows[at].code for at in kept),
            names=tuple(self.rows[at].name for at in kept),
            areas=areas,
        )


def check_contours(
    *, path: Path, kind: TerritoryKind, choices: ContourChoices | None = None, report: Report | None = None
) -> Checked:
    """Reads a file and says all there is to say of it; writes nothing.

    Raises ``ContoursRefused`` for a file of which nothing can be used, as it is.
    """
    told = report or _silent
    try:
        reading = read_contours(path, progress=lambda done, total: told(done * 60 // max(1, total), 100))
    except UnreadableContours as error:
        raise refusal(error) from error
    said = _completed(kind, reading, choices or ContourChoices())
    codes = _codes(kind, reading, said)
    flaws = list(reading.flaws)
    rows = _rows(kind, reading, said, codes, flaws)
    told(70, 100)
    checked = Checked(reading=reading, choices=said, rows=rows, flaws=())
    flaws += _astray(kind, checked)
    told(80, 100)
    flaws += _beside_one_another(checked)
    told(100, 100)
    flaws.sort(key=lambda flaw: (not flaw.refuses, flaw.feature))
    return Checked(reading=reading, choices=said, rows=_dropped(rows, flaws), flaws=tuple(flaws))


def _silent(done: int, total: int) -> None:
    """For callers that watch nothing."""


def _completed(kind: TerritoryKind, reading: ContourReading, choices: ContourChoices) -> ContourChoices:
    """The choices of the importer, and for what he left open the guess."""
    commune = choices.commune
    if kind is TerritoryKind.BUREAU_DE_VOTE and not commune:
        commune = _one_city(reading)
    properties = [feature.properties for feature in reading.features]
    guessed = guess_columns(kind, properties, commune=commune)
    if kind is TerritoryKind.BUREAU_DE_VOTE and not guessed.code:  # numbers alone
        guessed = guess_columns(kind, properties, commune=ANY_COMMUNE)
    return ContourChoices(
        code=choices.code or guessed.code,
        name=choices.name or guessed.name,
        commune=commune,
        without_bad=choices.without_bad,
        create=choices.create,
    )


def _one_city(reading: ContourReading) -> str:
    """Paris, Lyon or Marseille when all features lie there."""
    middles = [_middle(feature.area) for feature in reading.features if feature.area is not None]
    cities = {plm_at(lon, lat) for lon, lat in middles}
    return cities.pop() if len(cities) == 1 else ""


def _middle(area: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(area)
    return float(point.x), float(point.y)


def _codes(kind: TerritoryKind, reading: ContourReading, said: ContourChoices) -> list[str]:
    """The code of each feature, empty where its properties tell none."""
    communes = _communes_of_stations(kind, reading, said)
    return [
        _zone_code(feature, said)
        if kind is TerritoryKind.ZONE
        else code_of(kind, [feature.properties.get(name, "") for name in said.code], commune=communes[at])
        if said.code
        else ""
        for at, feature in enumerate(reading.features)
    ]


def _zone_code(feature: ContourFeature, said: ContourChoices) -> str:
    """A zone needs no code: its name or its number in the file does."""
    given = [feature.properties.get(name, "") for name in (*said.code, said.name) if name]
    spelt = [code_of(TerritoryKind.ZONE, [value]) for value in given]
    return next((one for one in spelt if one), str(feature.number))


def _communes_of_stations(kind: TerritoryKind, reading: ContourReading, said: ContourChoices) -> list[str]:
    """The commune of each station that does not tell it: as said, else by the contours of communes."""
    none = [said.commune] * len(reading.features)
    if (
        kind is not TerritoryKind.BUREAU_DE_VOTE
        or said.commune
        or not has_contours(kind=TerritoryKind.COMMUNE)
    ):
        return none
    middles = [(0.0, 0.0) if one.area is None else _middle(one.area) for one in reading.features]
    places = np.array(middles, dtype=np.float64)
    found = locate(lon=places[:, 0], lat=places[:, 1], kind=TerritoryKind.COMMUNE)
    return [one.partition(":")[2] for one in found.ids()]


def _rows(
    kind: TerritoryKind,
    reading: ContourReading,
    said: ContourChoices,
    codes: Sequence[str],
    flaws: list[ContourFlaw],
) -> tuple[ContourRow, ...]:
    """Each feature with the territory it draws; what stands against it goes into ``flaws``."""
    known = _known(kind, codes)
    first: dict[str, int] = {}
    rows = []
    for feature, code in zip(reading.features, codes, strict=True):
        name = feature.properties.get(said.name, "")[:120] if said.name else ""
        flaw = None if feature.area is None else _against(kind, feature, code, said, known, first)
        if flaw is not None:
            flaws.append(flaw)
        good = feature.area is not None and (flaw is None or not flaw.refuses)
        if good:
            first[code] = feature.number
        territory_id, official = known.ids.get(code, (f"{kind}:{code}", ""))
        rows.append(
            ContourRow(
                number=feature.number,
                code=code,
                name=name or official,
                territory_id=territory_id if good else "",
            )
        )
    return tuple(rows)


@dataclass(frozen=True)
class _Known:
    """Codes to (territory id, name); ``former``: codes of communes that were merged; ``closed``: per list;
    ``doubtful``: codes to the place whose others are known."""

    ids: Mapping[str, tuple[str, str]]
    former: frozenset[str]
    closed: frozenset[str]
    doubtful: Mapping[str, str]


def _known(kind: TerritoryKind, codes: Sequence[str]) -> _Known:
    wanted = sorted({code for code in codes if code})
    ids: dict[str, tuple[str, str]] = {}
    former: set[str] = set()
    for part in _batches(wanted):
        rows = Territory.objects.filter(kind=kind, code__in=part, retired_at=None)
        ids |= {code: (pk, name) for pk, code, name in rows.values_list("pk", "code", "name")}
        if kind is TerritoryKind.COMMUNE:
            old = FormerCode.objects.filter(code__in=part).values_list("code", "commune_id", "commune__name")
            for code, commune, name in old:
                if code not in ids:
                    ids[code] = (commune, name)
                    former.add(code)
    return _Known(ids, frozenset(former), _closed(kind, wanted), doubtful_codes(kind, wanted, ids))


def _closed(kind: TerritoryKind, codes: Sequence[str]) -> frozenset[str]:
    """The départements whose list of that kind is complete, so that another code is a mistake; * for all."""
    if kind not in CREATED:
        return frozenset("*")
    return frozenset()


def _batches(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), BATCH):
        yield codes[start : start + BATCH]


def _against(
    kind: TerritoryKind,
    feature: ContourFeature,
    code: str,
    said: ContourChoices,
    known: _Known,
    first: Mapping[str, int],
) -> ContourFlaw | None:
    """What stands against the code of a feature, or is to be said of it."""

    def flaw(name: str, /, **params: str | int) -> ContourFlaw:
        return ContourFlaw(
            feature=feature.number, code=name, params=params, label=label_of(feature.properties)
        )

    given = " ".join(feature.properties.get(name, "") for name in said.code).strip()
    if not code:
        if not given:
            return flaw("no_code")
        stations = kind is TerritoryKind.BUREAU_DE_VOTE and not said.commune
        return flaw("no_commune") if stations and given.isalnum() else flaw("bad_code", value=given[:60])
    if code in first:
        return flaw("duplicate_code", value=code, feature=first[code])
    if code in known.former:
        return flaw("former_code", value=code, name=known.ids[code][1])
    if code not in known.ids and "*" in known.closed:
        return flaw("unknown_code", value=code)
    if code in known.doubtful and not said.create:
        return flaw("new_code", value=code, place=known.doubtful[code])
    return None


def _dropped(rows: Sequence[ContourRow], flaws: Sequence[ContourFlaw]) -> tuple[ContourRow, ...]:
    """The rows, those with a flaw that refuses without their territory."""
    bad = {flaw.feature for flaw in flaws if flaw.refuses}
    return tuple(
        ContourRow(number=row.number, code=row.code, name=row.name, territory_id="")
        if row.number in bad
        else row
        for row in rows
    )


# Where features lie ------------------------------------------------------------------------------------


def _astray(kind: TerritoryKind, checked: Checked) -> list[ContourFlaw]:
    """Features outside of France, or far from the département that their code tells."""
    flaws: list[ContourFlaw] = []
    holders = _departement_areas(kind, checked)
    for at in checked.good:
        row, feature = checked.rows[at], checked.reading.features[at]
        flaw = _place_flaw(kind, row, feature, holders)
        if flaw is not None:
            flaws.append(flaw)
    return flaws


def _departement_areas(kind: TerritoryKind, checked: Checked) -> dict[str, Any]:
    """Imported contours of the départements that the codes tell, by code."""
    if kind in (TerritoryKind.DEPARTEMENT, TerritoryKind.REGION):
        return {}
    codes = {departement_of_code(kind, checked.rows[at].code) for at in checked.good} - {""}
    ids, areas = areas_of(territory_ids=sorted(f"departement:{code}" for code in codes))
    for area in areas:
        shapely.prepare(area)
    return {one.partition(":")[2]: area for one, area in zip(ids, areas, strict=True)}


def _place_flaw(
    kind: TerritoryKind, row: ContourRow, feature: ContourFeature, holders: Mapping[str, Any]
) -> ContourFlaw | None:
    lon, lat = _middle(feature.area)
    label = label_of(feature.properties)
    place, name = f"{lon:.5f} {lat:.5f}", row.name or row.code
    departement = departement_of_code(kind, row.code)

    def flaw(code: str, /, **params: str | int) -> ContourFlaw:
        return ContourFlaw(feature=feature.number, code=code, params=params, label=label)

    if not in_france(np.array([lon]), np.array([lat]))[0] and departement != ABROAD:
        if kind is TerritoryKind.ZONE:
            return flaw("outside_france_zone", name=name, place=place)
        return flaw("outside_france", place=place)
    holder = holders.get(departement)
    if holder is not None:
        inside = shapely.area(shapely.intersection(holder, feature.area)) / max(feature.area.area, 1e-300)
        if inside < MOSTLY:
            return flaw("outside_parent", name=name, percent=round(100 * inside), parent=departement)
        return None
    away = kilometres_from_prefecture(lon, lat, departement)
    return (
        flaw("outside_departement", name=name, kilometres=round(away), departement=departement)
        if away
        else None
    )


def _beside_one_another(checked: Checked) -> list[ContourFlaw]:
    """Overlaps and gaps among the features that can be used; the largest of them."""
    contours = checked.contours()
    if len(contours) < 2:
        return []
    names = [name or code for name, code in zip(contours.names, contours.codes, strict=True)]
    numbers = [checked.rows[at].number for at in checked.good]
    over = [
        ContourFlaw(
            feature=numbers[one.first],
            code="overlap",
            params={
                "name": names[one.first],
                "other": names[one.second],
                "hectares": _hectares(one.square_metres),
                "place": f"{one.lon:.5f} {one.lat:.5f}",
            },
        )
        for one in overlaps(contours.areas)
    ]
    between = [
        ContourFlaw(
            feature=0,
            code="gap",
            params={"hectares": _hectares(one.square_metres), "place": f"{one.lon:.5f} {one.lat:.5f}"},
        )
        for one in gaps(contours.areas)
    ]
    return _largest(over) + _largest(between)


def _hectares(square_metres: float) -> str:
    return f"{square_metres / 10_000:.1f}"


def _largest(flaws: list[ContourFlaw]) -> list[ContourFlaw]:
    if len(flaws) <= NOTES_OF_A_KIND:
        return flaws
    rest = {"number": len(flaws) - NOTES_OF_A_KIND}
    return [*flaws[:NOTES_OF_A_KIND], ContourFlaw(feature=0, code="more_warnings", params=rest)]


# Importing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Label:
    """What the importer said of a file."""

    name: str
    kind: TerritoryKind
    valid_from: date | None
    attribution: str
    sha256: str
    by_id: UUID | None
    at: datetime


def import_contours_file(
    *,
    path: Path,
    kind: TerritoryKind,
    name: str = "",
    attribution: str = "",
    valid_from: date | None = None,
    choices: ContourChoices | None = None,
    imported_by_id: UUID | None = None,
    report: Report | None = None,
) -> ContourImport:
    """Imports a file of contours in place of the live one of the same name, or kind, area and year.

    Everything or nothing: a feature that cannot be used refuses the file (``ContoursRefused``, with every
    flaw) unless ``choices.without_bad``. ``report`` may raise to stop; nothing is changed then.
    """
    told = report or _silent
    checked = check_contours(
        path=path, kind=kind, choices=choices, report=lambda done, total: told(done * 80 // total, 100)
    )
    refuse_bad(checked)
    contours = checked.contours()
    _check_territory(kind, contours, imported_by_id)
    label = _label(path, kind, name, attribution, valid_from, imported_by_id, contours)
    check_replacing(person_id=imported_by_id, kind=FileKind.CONTOURS, name=label.name)
    with _columns_file(label.at) as (file_id, target):
        columns.write_contours(path=target, contours=contours)
        told(90, 100)
        return _switch(file_id, checked, contours, label)


def _check_territory(kind: TerritoryKind, contours: columns.ContourColumns, by_id: UUID | None) -> None:
    """Raises ``OutsideTerritory`` unless nearly all of the file lies where the person may import."""
    if by_id is None:
        return
    if kind in (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL, TerritoryKind.BUREAU_DE_VOTE):
        check_territory(person_id=by_id, codes=Counter(one.partition("_")[0] for one in contours.codes))
    elif kind in (TerritoryKind.EPCI, TerritoryKind.REGION, TerritoryKind.ZONE):
        check_territory(person_id=by_id, codes=Counter(_communes_at(contours.areas)))
    else:
        check_territory(person_id=by_id, codes=_communes_of(kind, contours.codes))


def _communes_at(areas: columns.Areas) -> list[str]:
    """The INSEE code of the commune around the middle of each area, empty where no contour tells."""
    places = np.array([_middle(area) for area in areas], dtype=np.float64)
    found = locate(lon=places[:, 0], lat=places[:, 1], kind=TerritoryKind.COMMUNE)
    return [one.partition(":")[2] for one in found.ids()]


def _communes_of(kind: TerritoryKind, codes: Sequence[str]) -> Counter[str]:
    """For each code, one commune of its département; the code itself where there is none."""
    departements = Counter(departement_of_code(kind, code) for code in codes)
    rows = Territory.objects.filter(
        kind=TerritoryKind.COMMUNE, departement_code__in=departements, retired_at=None
    )
    one_of = dict(rows.values_list("departement_code", "code"))
    return Counter({one_of.get(code, ""): count for code, count in departements.items()})


def refuse_bad(checked: Checked) -> None:
    """Raises ``ContoursRefused`` where features cannot be used and the importer did not leave them out."""
    if checked.good and (not checked.refused or checked.choices.without_bad):
        return
    bad = tuple(flaw for flaw in checked.flaws if flaw.refuses)
    first = flaw_sentence(bad[0]) if bad else ""
    sentence = ngettext(
        "%(bad)d feature cannot be used, so nothing was imported. %(first)s",
        "%(bad)d features cannot be used, so nothing was imported. The first: %(first)s",
        checked.refused,
    )
    raise ContoursRefused(
        sentence % {"bad": checked.refused, "first": first}, code="contours_bad_features", flaws=bad
    )


def default_name(kind: TerritoryKind, codes: Sequence[str], valid_from: date | None) -> str:
    """Kind, area and year, the same in both languages: a newer file of the same replaces the older one."""
    if kind is TerritoryKind.BUREAU_DE_VOTE:
        areas = Counter(code.partition("_")[0] for code in codes)
        if len(areas) > 1:
            areas = Counter(departement_of_code(kind, code) for code in codes)
    else:
        areas = Counter(departement_of_code(kind, code) for code in codes)
    area = next(iter(areas)) if len(areas) == 1 else ""
    whole = area or ("France" if len(areas) > 40 else " ".join(sorted(areas)[:6]))
    year = f" ({valid_from.year})" if valid_from else ""
    return f"{kind} {whole}".strip() + year


def _label(
    path: Path,
    kind: TerritoryKind,
    name: str,
    attribution: str,
    valid_from: date | None,
    by_id: UUID | None,
    contours: columns.ContourColumns,
) -> _Label:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    wanted = name.strip()[:100] or default_name(kind, contours.codes, valid_from)
    other = ContourFile.objects.filter(file__state=ReferenceFile.State.LIVE, file__name=wanted).exclude(
        territory_kind=kind
    )
    return _Label(
        name=f"{wanted} ({kind})" if other.exists() else wanted,
        kind=kind,
        valid_from=valid_from,
        attribution=attribution.strip()[:200],
        sha256=sha256,
        by_id=by_id,
        at=now(),
    )


@contextmanager
def _columns_file(at: datetime) -> Iterator[tuple[UUID, Path]]:
    """A new id and the path of its columns, which are gone again unless all goes well (Ctrl-C included)."""
    _sweep(at)
    file_id = new_id()
    target = columns.contours_path(file_id)
    try:
        yield file_id, target
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _sweep(at: datetime) -> None:
    """Removes what killed imports left behind."""
    folder, limit = columns.contours_folder(), (at - LEFT_OVER).timestamp()
    live = ContourFile.objects.filter(file__state=ReferenceFile.State.LIVE).values_list("file_id", flat=True)
    kept = set(map(columns.contours_path, live))
    for path in folder.iterdir() if folder.exists() else ():
        if path not in kept and path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def _switch(
    file_id: UUID, checked: Checked, contours: columns.ContourColumns, label: _Label
) -> ContourImport:
    """Makes the file live in place of its namesake; tried twice as in ``imports._switch``."""
    try:
        return _switch_once(file_id, checked, contours, label)
    except IntegrityError:
        return _switch_once(file_id, checked, contours, label)


@transaction.atomic
def _switch_once(
    file_id: UUID, checked: Checked, contours: columns.ContourColumns, label: _Label
) -> ContourImport:
    replaced = _replace(label.name)
    _create_rows(file_id, checked, contours, label)
    counts = _connect(contours, label)
    west, south, east, north = shapely.total_bounds(contours.areas).tolist()
    left = redraw_zones(kind=label.kind, bounds=(west, south, east, north), by_id=label.by_id, at=label.at)
    audit.record(
        actor_id=label.by_id,
        verb="import-contours",
        subject_kind="reference-file",
        subject_id=file_id,
        name=label.name,
        sha256=label.sha256,
        rows=len(contours),
    )
    transaction.on_commit(lambda: _remove_columns(replaced))
    return ContourImport(
        file_id=file_id,
        name=label.name,
        rows=len(contours),
        refused=checked.refused,
        replaced=bool(replaced),
        created_territories=counts[0].created,
        exact_links=counts[1],
        shared_links=counts[2],
        notes=(*map(flaw_sentence, checked.flaws), *left),
    )


def _replace(name: str) -> list[UUID]:
    live = ReferenceFile.objects.filter(kind=FileKind.CONTOURS, name=name, state=ReferenceFile.State.LIVE)
    replaced = list(live.values_list("pk", flat=True))
    live.update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id__in=replaced).delete()
    return replaced


def _remove_columns(file_ids: Sequence[UUID]) -> None:
    for file_id in file_ids:
        columns.contours_path(file_id).unlink(missing_ok=True)


def _create_rows(file_id: UUID, checked: Checked, contours: columns.ContourColumns, label: _Label) -> None:
    west, south, east, north = shapely.total_bounds(contours.areas).tolist()
    notes = [
        BadLine(
            file_id=file_id,
            line_number=flaw.feature,
            object_id=flaw.label[:80],
            code=flaw.code,
            params=dict(flaw.params),
        )
        for flaw in checked.flaws
    ]
    file = ReferenceFile.objects.create(
        id=file_id,
        kind=FileKind.CONTOURS,
        name=label.name,
        attribution=label.attribution,
        sha256=label.sha256,
        rows=len(contours),
        bad_rows=len(notes),
        west=west,
        south=south,
        east=east,
        north=north,
        imported_by_id=label.by_id,
        created_at=label.at,
    )
    ContourFile.objects.create(file=file, territory_kind=label.kind, valid_from=label.valid_from)
    BadLine.objects.bulk_create(notes, batch_size=BATCH)


@transaction.atomic
def remove_contours(*, by_id: UUID, file_id: UUID) -> None:
    """Takes a file of contours out of use; its territories and links stay. Raises ``NotFound``."""
    row = access_file_by_id(person_id=by_id, file_id=file_id, to_change=True)
    ReferenceFile.objects.filter(pk=file_id).update(state=ReferenceFile.State.REPLACED)
    BadLine.objects.filter(file_id=file_id).delete()
    audit.record(
        actor_id=by_id, verb="remove-file", subject_kind="reference-file", subject_id=file_id, name=row.name
    )
    transaction.on_commit(lambda: _remove_columns([file_id]))


# Who lies in whom ------------------------------------------------------------------------------------------


def _connect(contours: columns.ContourColumns, label: _Label) -> tuple[GraphCounts, int, int]:
    """Territories that the file brings, and memberships by surface: (counts, exact links, shared links)."""
    links = [*_links_up(contours, label), *_links_down(contours, label)]
    exact = sum(link.exact for link in links)
    counts = ensure_territories(rows=_territories(contours, label), links=links, at=label.at)
    return counts, exact, len(links) - exact


def _territories(contours: columns.ContourColumns, label: _Label) -> list[NewTerritory]:
    if label.kind not in CREATED:
        return []
    there = _existing(contours.territory_ids)
    return [
        NewTerritory(
            kind=label.kind,
            code=code,
            name=name if territory_id not in there else "",
            departement_code=departement_of_code(label.kind, code),
            parents=_official_parents(label.kind, code) if territory_id not in there else (),
        )
        for territory_id, code, name in zip(
            contours.territory_ids, contours.codes, contours.names, strict=True
        )
    ]


def _existing(territory_ids: Sequence[str]) -> set[str]:
    return {
        one
        for part in _batches(territory_ids)
        for one in Territory.objects.filter(pk__in=part, retired_at=None).values_list("pk", flat=True)
    }


def _official_parents(kind: TerritoryKind, code: str) -> tuple[str, ...]:
    """What the code itself tells to hold the territory."""
    if kind is TerritoryKind.BUREAU_DE_VOTE:
        commune = code.partition("_")[0]
        sector = commune[:3] in ("751", "132") or commune[:4] == "6938"
        holder = TerritoryKind.ARRONDISSEMENT_MUNICIPAL if sector else TerritoryKind.COMMUNE
        return (f"{holder}:{commune}",)
    departement = departement_of_code(kind, code)
    if not departement or departement == ABROAD:
        return ()
    return (f"{TerritoryKind.DEPARTEMENT}:{departement}",)


def _links_up(contours: columns.ContourColumns, label: _Label) -> list[NewLink]:
    """The file draws the children: communes or stations in cantons, circonscriptions, zones."""
    children = columns.by_territory(contours)
    links = []
    for kind in DERIVED.get(label.kind, ()):
        if has_contours(kind=kind):
            links += _derived(children, all_areas(kind=kind), kind, label)
    return links


def _links_down(contours: columns.ContourColumns, label: _Label) -> list[NewLink]:
    """The file draws the parents."""
    parents = columns.by_territory(contours)
    links = []
    for kind, holders in DERIVED.items():
        if label.kind in holders and has_contours(kind=kind):
            links += _derived(all_areas(kind=kind), parents, label.kind, label)
    return links


Named = tuple[tuple[str, ...], columns.Areas]


def _derived(children: Named, parents: Named, kind: TerritoryKind, label: _Label) -> list[NewLink]:
    """Memberships by surface, for the children of which no table tells the parent of that kind."""
    told = _told_otherwise(children[0], kind)
    found = shares(children[1], parents[1])
    told_of = (found.child, found.parent, found.share, found.exact)
    return [
        NewLink(
            child_id=children[0][child],
            parent_id=parents[0][parent],
            exact=exact,
            share=round(share, 4),
            valid_from=label.valid_from,
        )
        for child, parent, share, exact in zip(*(one.tolist() for one in told_of), strict=True)
        if children[0][child] not in told
    ]


def _told_otherwise(children: Sequence[str], kind: TerritoryKind) -> set[str]:
    """Children whose parent of that kind a table tells: its links have no share of a surface."""
    return {
        one
        for part in _batches(children)
        for one in TerritoryLink.objects.filter(
            child_id__in=part, parent__kind=kind, valid_to=None, share=None
        ).values_list("child_id", flat=True)
    }
