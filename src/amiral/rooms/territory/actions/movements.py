"""What became of communes, from INSEE's table of movements since 1943 ("Événements survenus aux communes").

The table has one line for each pair of communes before and after an event: MOD (kind of event), DATE_EFF
(first day of the new state), TYPECOM_AV and TYPECOM_AP (COM, COMD, COMA, ARM), COM_AV and COM_AP, LIBELLE_AV
and LIBELLE_AP, and spellings of the names that we do not use. Only lines from commune to commune are of use:
what happens to communes déléguées moves no border of a commune.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.clock import now
from amiral.rooms.territory.access import access_whole_country
from amiral.rooms.territory.actions.graph import parts
from amiral.rooms.territory.actions.last_days import put_last_days
from amiral.rooms.territory.actions.referential import put_undated_successions
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
    Report,
    Succession,
    SuccessionKind,
    TableImportCard,
    TableKind,
    TerritoryKind,
)
from amiral.rooms.territory.models import Territory, TerritorySuccession

COLUMNS = {
    "MOD": ("mod",),
    "DATE_EFF": ("dateeff",),
    "TYPECOM_AV": ("typecomav",),
    "COM_AV": ("comav",),
    "LIBELLE_AV": ("libelleav", "nccenrav", "nccav"),
    "TYPECOM_AP": ("typecomap",),
    "COM_AP": ("comap",),
    "LIBELLE_AP": ("libelleap", "nccenrap", "nccap"),
}
"""Our names and how they are written, in lower case without signs."""
KINDS = {
    "10": SuccessionKind.RENAME,
    "20": SuccessionKind.SPLIT,
    "21": SuccessionKind.SPLIT,
    "30": SuccessionKind.MERGE,
    "31": SuccessionKind.MERGE,
    "32": SuccessionKind.MERGE,
    "33": SuccessionKind.MERGE,
    "34": SuccessionKind.MERGE,
    "35": SuccessionKind.MERGE,
    "41": SuccessionKind.RECODE,
    "50": SuccessionKind.RECODE,
    "70": SuccessionKind.MERGE,
    "71": SuccessionKind.SPLIT,
    "72": SuccessionKind.SPLIT,
}
"""Kinds of event of INSEE: 10 new name, 20 creation, 21 restoration, 30 suppression, 31 simple merge, 32
commune nouvelle, 33 association, 34 end of an association, 35 end of a commune déléguée, 41 new département,
50 new seat, 70 associée becomes déléguée, 71 and 72 restoration and creation of a commune déléguée."""
WITHIN = frozenset({"34", "35", "70", "71", "72"})
"""Events inside a commune: a line from a commune to itself tells nothing of it but its name."""
COMMUNE = re.compile(r"(?:\d{5}|2[AB]\d{3})\Z")
_FRENCH_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})\Z")

Row = tuple[int, Mapping[str, str]]


def import_movements(
    *, path: Path, name: str = "", imported_by_id: UUID | None = None, report: Report | None = None
) -> TableImportCard:
    """Makes the dated successions agree with a table of movements, in one transaction.

    The table replaces the one before, as INSEE publishes it whole each year. Former codes of the referential
    that the table does not date stay, without a day. Raises ``FileRefused``, ``TableRefused``, and
    ``NotFound`` for a person who does not hold the whole country.
    """
    access_whole_country(person_id=imported_by_id)
    tally = Tally()
    rows = unique(successions_in(_lines(path, tally, report), tally))
    check_used(tally)
    with transaction.atomic():
        changed = _put(rows)
        put_undated_successions()
        put_last_days()
        return keep(
            kind=TableKind.MOVEMENTS,
            name=name or path.name,
            tally=tally,
            changed=changed,
            days=[day for *_key, day in rows],
            by_id=imported_by_id,
            at=now(),
        )


def _lines(path: Path, tally: Tally, report: Report | None) -> Iterator[Row]:
    table = open_table(path, _("the table of movements of communes that INSEE publishes, as CSV"), report)
    rows = rows_of(table)
    _line, header = next(rows)
    columns = columns_in(header, COLUMNS)
    lacking = [name for name in COLUMNS if name not in columns and not name.startswith("LIBELLE")]
    if lacking:
        raise missing_columns(header, lacking)
    for line, row in rows:
        if len(row) <= max(columns.values()):
            tally.refuse(line, "short")
        else:
            yield line, {name: row[place].strip() for name, place in columns.items()}


def successions_in(lines: Iterator[Row], tally: Tally) -> Iterator[tuple[str, Succession]]:
    """(kind of event of INSEE, succession) of each line that tells of a commune; the others are counted."""
    for line, row in lines:
        if row["TYPECOM_AV"].upper() != "COM" or row["TYPECOM_AP"].upper() != "COM":
            tally.other += 1
            continue
        wrong = _wrong(row)
        if wrong:
            tally.refuse(line, *wrong)
            continue
        found = _succession(row)
        same = found.old_code == found.new_code and found.old_name == found.new_name
        if same and row["MOD"] in WITHIN:
            tally.other += 1
            continue
        tally.used += 1
        yield row["MOD"], found


def _wrong(row: Mapping[str, str]) -> tuple[str, str] | None:
    if row["MOD"] not in KINDS:
        return "unknown_movement", row["MOD"]
    if _day(row["DATE_EFF"]) is None:
        return "bad_day", row["DATE_EFF"]
    for name in ("COM_AV", "COM_AP"):
        if not COMMUNE.match(row[name].upper()):
            return "bad_commune", row[name]
    return None


def _day(text: str) -> date | None:
    french = _FRENCH_DAY.match(text)
    try:
        return date(int(french[3]), int(french[2]), int(french[1])) if french else date.fromisoformat(text)
    except ValueError:
        return None


def _succession(row: Mapping[str, str]) -> Succession:
    return Succession(
        old_code=row["COM_AV"].upper(),
        old_name=row.get("LIBELLE_AV", "")[:120],
        new_code=row["COM_AP"].upper(),
        new_name=row.get("LIBELLE_AP", "")[:120],
        date=_day(row["DATE_EFF"]),
        kind=KINDS[row["MOD"]],
    )


Key = tuple[str, str, str, str, str, str, date]
"""Old code and name, new code and name, kind, MOD, day."""


def unique(rows: Iterator[tuple[str, Succession]]) -> list[Key]:
    """Each succession of a day once: the table repeats some, and a name may come with a merge."""
    found: dict[tuple[str, str, date, str], Key] = {}
    for code, one in rows:
        assert one.date is not None
        key = (one.old_code, one.new_code, one.date, str(one.kind))
        found[key] = (one.old_code, one.old_name, one.new_code, one.new_name, str(one.kind), code, one.date)
    return sorted(found.values())


def _put(wanted: Sequence[Key]) -> int:
    """Brings the dated rows to the wanted state; how many were written or removed."""
    columns = ("old_code", "old_name", "new_code", "new_name", "kind", "code", "date")
    rows = TerritorySuccession.objects.exclude(date=None).values_list("pk", *columns)
    there = {tuple(key): pk for pk, *key in rows}
    goal = set(wanted)
    gone = [pk for key, pk in there.items() if key not in goal]
    for part in parts(gone, 500):
        TerritorySuccession.objects.filter(pk__in=part).delete()
    communes = Territory.objects.filter(kind=TerritoryKind.COMMUNE).values_list("code", "pk")
    ids = dict(communes)
    fresh = [key for key in wanted if key not in there]
    TerritorySuccession.objects.bulk_create(
        (
            TerritorySuccession(**dict(zip(columns, key, strict=True)), new_id=ids.get(key[2]))
            for key in fresh
        ),
        batch_size=2_000,
    )
    return len(gone) + len(fresh)
