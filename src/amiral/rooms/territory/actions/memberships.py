"""Which canton and which constituency each commune lies in, from a table that an administrator brings.

INSEE (cantons: ``COM``, ``CAN`` of its list of communes) and the ministry of the interior (constituencies)
publish such tables; the columns are found by their names. A commune on one line lies wholly in what the line
names. A commune on several lines, with several cantons or constituencies, is shared by them: the links are
not exact and stay out of the closure. A line that names a bureau de vote speaks of that bureau, which is
exact.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.clock import now
from amiral.kit.readers.results_places import (
    arrondissement_in,
    bureau_code,
    canton_code,
    circonscription_code,
    commune_code,
    whole_commune,
)
from amiral.rooms.territory.access import COUNTRY_ID, WITH_INSEE_CODE, access_imports, held_territories
from amiral.rooms.territory.actions.graph import ensure_territories, parts
from amiral.rooms.territory.actions.tables import (
    Tally,
    check_used,
    columns_in,
    keep,
    missing_columns,
    open_table,
    rows_of,
)
from amiral.rooms.territory.contracts import (
    NewLink,
    NewTerritory,
    Report,
    TableImportCard,
    TableKind,
    TerritoryKind,
)
from amiral.rooms.territory.models import FormerCode, Territory, TerritoryClosure

COLUMNS = {
    "commune": (
        "codeinsee", "codgeo", "com", "codecommune", "codeinseecommune", "communeresid", "insee", "inseecom",
        "insee_com", "codedelacommune", "depcom", "commune",
    ),
    "departement": ("codedpt", "codedepartement", "codedudepartement", "dep", "dpt"),
    "type": ("typecom", "typecommune"),
    "canton": ("can", "canton", "codecanton", "codeducanton", "inseecan"),
    "canton_name": ("nomcanton", "libellecanton", "libcanton", "nomducanton", "libelleducanton"),
    "constituency": (
        "circo", "circonscription", "codecirco", "codecirconscription", "circleg", "codecirclegislative",
        "codedelacirconscription", "codecirconscriptionlegislative", "idcirco",
    ),
    "constituency_name": (
        "nomcirco", "libcirco", "libellecirconscription", "nomcirconscription",
        "libelledelacirconscription",
    ),
    "bureau": ("bureau", "codebureau", "bureaudevote", "codebureauvote", "codedubvote", "codebv", "bv"),
}  # fmt: skip
"""Our names and how they are written, in lower case without signs; the first that is found counts."""
PARTS_OF_COMMUNES = frozenset({"COMD", "COMA"})
"""Kinds of lines that speak of no whole commune; other tables write ``entière`` or ``partielle`` there."""
FIRST_PSEUDO_CANTON = 80
"""INSEE counts its pseudo-cantons down from 99; no département has so many cantons."""
_COMMUNE = re.compile(r"(?:\d{5}|2[AB]\d{3})\Z")
_NUMBER = re.compile(r"\d{1,2}\Z")


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A line: the commune of today, a bureau or none, and the canton or constituency that it lies in.

    ``station`` is the code of the bureau, which begins with the commune's of the file: after a merge, two
    bureaux of one number would else be one.
    """

    commune: str
    station: str
    parent: NewTerritory


def import_memberships(
    *, path: Path, name: str = "", imported_by_id: UUID | None = None, report: Report | None = None
) -> TableImportCard:
    """Puts communes (or bureaux) into the cantons and constituencies that a table names, in one transaction.

    What the table does not speak of stays. Lines of communes outside of the importer's territory are left
    out. Raises ``FileRefused``, ``TableRefused``, ``NotFound`` for people who may not import.
    """
    if imported_by_id is not None:
        access_imports(person_id=imported_by_id)
    tally = Tally()
    lines = list(_lines(path, tally, report))
    allowed = _allowed(imported_by_id)
    known = _known({row["commune"] for _line, row in lines})
    found = [one for line, row in lines for one in _memberships(line, row, known, allowed, tally)]
    check_used(tally)
    with transaction.atomic():
        counts = ensure_territories(rows=_territories(found), links=list(_links(found)), at=now())
        return keep(
            kind=TableKind.MEMBERSHIPS,
            name=name or path.name,
            tally=tally,
            changed=counts.created + counts.changed + counts.links_begun + counts.links_ended,
            days=[],
            by_id=imported_by_id,
            at=now(),
        )


def _lines(path: Path, tally: Tally, report: Report | None) -> Iterator[tuple[int, dict[str, str]]]:
    table = open_table(path, _("a table of communes with their cantons or constituencies, as CSV"), report)
    rows = rows_of(table)
    _line, header = next(rows)
    columns = columns_in(header, COLUMNS)
    if "commune" not in columns:
        raise missing_columns(header, ["COM"])
    if not {"canton", "constituency"} & columns.keys():
        raise missing_columns(header, ["CAN", "CIRCO"])
    for line, row in rows:
        if len(row) <= max(columns.values()):
            tally.refuse(line, "short")
        else:
            fields = {name: row[place].strip() for name, place in columns.items()}
            if fields.get("type", "").upper() in PARTS_OF_COMMUNES:
                tally.other += 1
                continue
            departement = fields.get("departement", "").upper()
            padded = departement.zfill(2) if departement.isdigit() else departement
            fields["commune"] = commune_code(padded, fields["commune"])
            yield line, fields


def _allowed(person_id: UUID | None) -> frozenset[str] | None:
    """Codes of the communes of the person's territory; ``None``: all."""
    if person_id is None or COUNTRY_ID in (held := held_territories(person_id=person_id)):
        return None
    inside = TerritoryClosure.objects.filter(ancestor_id__in=held, descendant__kind__in=WITH_INSEE_CODE)
    return frozenset(inside.values_list("descendant__code", flat=True))


def _known(codes: set[str]) -> dict[str, str]:
    """Code of the file to the commune of today: itself, or the one that took it in."""
    known: dict[str, str] = {}
    for part in parts(codes):
        former = FormerCode.objects.filter(code__in=part).values_list("code", "commune__code")
        known |= dict(former)
        cities = Territory.objects.filter(code__in=part, kind=TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
        known |= {code: code for code in cities.values_list("code", flat=True)}
        communes = Territory.objects.filter(code__in=part, kind=TerritoryKind.COMMUNE, retired_at=None)
        known |= {code: code for code in communes.values_list("code", flat=True)}
    return known


def _memberships(
    line: int,
    row: Mapping[str, str],
    known: Mapping[str, str],
    allowed: frozenset[str] | None,
    tally: Tally,
) -> list[Membership]:
    code = row["commune"]
    wrong = _wrong(code, known, allowed)
    if wrong:
        tally.refuse(line, wrong, code)
        return []
    found, problems = _parents(code, row)
    for problem, value in problems:
        tally.refuse(line, problem, value)
    if found:
        tally.used += 1
    elif not problems:
        tally.refuse(line, "no_parent")
    bureau = bureau_code(row.get("bureau", ""))
    sector, inner = arrondissement_in(code, bureau) if bureau else ("", "")
    station = f"{sector or code}_{inner}" if bureau else ""
    return [Membership(commune=sector or known[code], station=station, parent=parent) for parent in found]


def _wrong(code: str, known: Mapping[str, str], allowed: frozenset[str] | None) -> str:
    if not _COMMUNE.match(code):
        return "bad_commune"
    if code not in known:
        return "unknown_commune"
    return "outside" if allowed is not None and known[code] not in allowed else ""


def _parents(code: str, row: Mapping[str, str]) -> tuple[list[NewTerritory], list[tuple[str, str]]]:
    """What a line names, and what is wrong with what it names."""
    departement = code[:3] if code.startswith(("97", "98")) else code[:2]
    named = (
        ("canton", TerritoryKind.CANTON, canton_code, "bad_canton"),
        ("constituency", TerritoryKind.CIRCONSCRIPTION, circonscription_code, "bad_constituency"),
    )
    found: list[NewTerritory] = []
    problems: list[tuple[str, str]] = []
    for column, kind, spell, bad in named:
        text = row.get(column, "")
        if not text:
            continue
        number = spell(departement, text).removeprefix(departement).removeprefix("-")
        if _of_another(text, departement):
            problems.append(("other_departement", text))
        elif not _NUMBER.match(number) or int(number) == 0:
            problems.append((bad, text))
        elif kind is TerritoryKind.CANTON and int(number) >= FIRST_PSEUDO_CANTON:
            problems.append(("pseudo_canton", text))
        else:
            code = spell(departement, text)
            found.append(_parent(kind, code, departement, row.get(f"{column}_name", "")))
    return found, problems


def _of_another(text: str, departement: str) -> bool:
    """A whole code that begins with another département; a lost or added leading zero is forgiven."""
    bare = text.lstrip("0").replace("-", "")
    return len(bare) > len(departement) + 1 and not bare.startswith(departement.lstrip("0"))


def _parent(kind: TerritoryKind, code: str, departement: str, name: str) -> NewTerritory:
    return NewTerritory(
        kind=kind,
        code=code,
        name=name[:120],
        departement_code=departement,
        parents=(f"{TerritoryKind.DEPARTEMENT}:{departement}",),
    )


def _territories(found: Sequence[Membership]) -> list[NewTerritory]:
    """The cantons and constituencies, each once, and the bureaux."""
    holders: dict[str, NewTerritory] = {}
    for one in found:
        if one.parent.name or one.parent.id not in holders:
            holders[one.parent.id] = one.parent
    rows = _without_known_names(holders)
    stations = {one.station: one for one in found if one.station}
    for code, one in stations.items():
        rows.append(
            NewTerritory(
                kind=TerritoryKind.BUREAU_DE_VOTE,
                code=code,
                name=_("Polling station %(number)s") % {"number": code.partition("_")[2].lstrip("0") or "0"},
                departement_code=one.parent.departement_code,
                parents=(_home(one.commune),),
            )
        )
    return rows


def _without_known_names(holders: Mapping[str, NewTerritory]) -> list[NewTerritory]:
    """A name that another source gave is not replaced by one made of the number."""
    known = set(Territory.objects.filter(pk__in=list(holders)).values_list("pk", flat=True))
    return [
        replace(one, name=one.name or ("" if one.id in known else _default_name(one)))
        for one in holders.values()
    ]


def _default_name(one: NewTerritory) -> str:
    """French, as all names of territories."""
    number = int(one.code.removeprefix(one.departement_code).removeprefix("-"))
    ordinal = "1re" if number == 1 else f"{number}e"
    if one.kind is TerritoryKind.CIRCONSCRIPTION:
        return f"{ordinal} circonscription ({one.departement_code})"
    return f"Canton n° {number} ({one.departement_code})"


def _home(commune: str) -> str:
    """Id of the commune, or of the municipal arrondissement that has such a code."""
    sector = commune.isdigit() and whole_commune(commune) != commune
    kind = TerritoryKind.ARRONDISSEMENT_MUNICIPAL if sector else TerritoryKind.COMMUNE
    return f"{kind}:{commune}"


def _child(one: Membership) -> str:
    return f"{TerritoryKind.BUREAU_DE_VOTE}:{one.station}" if one.station else _home(one.commune)


def _links(found: Sequence[Membership]) -> Iterator[NewLink]:
    """A child of one parent of a kind lies wholly in it; of several, in each in part."""
    parents: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found:
        parents[_child(one), one.parent.kind].add(one.parent.id)
        if one.station:
            parents[_home(one.commune), one.parent.kind].add(one.parent.id)
    for (child, _kind), holders in sorted(parents.items()):
        for holder in sorted(holders):
            yield NewLink(child_id=child, parent_id=holder, exact=len(holders) == 1)
