"""Who may see and change the reference files: whoever holds the right to import anywhere.

Territories themselves are public. Files are not: which towns a campaign has loaded says where it will walk.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import floor
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit import ports, runs
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.territory.contracts import FileKind, TerritoryKind
from amiral.rooms.territory.models import FormerCode, PendingImport, ReferenceFile, TerritoryClosure

IMPORT_REFERENCE = "import-reference"
"""``people.contracts.Feature.IMPORT_REFERENCE``, a room above: asked through the port ``holds``."""
INSIDE = 0.95
"""Least share of a file that must lie in the territories of whoever imports it."""
COUNTRY_ID = "pays:FR"
OF_COMMUNES = (FileKind.ADDRESSES, FileKind.PLACES)
"""Kinds of files whose rows tell communes."""
WITH_INSEE_CODE = (TerritoryKind.COMMUNE, TerritoryKind.ARRONDISSEMENT_MUNICIPAL)
PENDING_KEPT = timedelta(days=1)
"""How long a file waits to be looked at."""


class OutsideTerritory(Refused):
    """A file that does not lie in the territory of the person."""

    final = True


def may_import(*, person_id: UUID | None) -> bool:
    """Whether the person holds the right to import, over any territory. One query."""
    return any(ports.call("holds", person_id=person_id, feature=IMPORT_REFERENCE))


def access_imports(*, person_id: UUID | None) -> None:
    """Raises ``NotFound`` for people who may not import."""
    if not may_import(person_id=person_id):
        raise NotFound


def access_file_by_id(*, person_id: UUID | None, file_id: UUID, to_change: bool = False) -> ReferenceFile:
    """A live file; ``NotFound`` when missing, replaced or none of this person's business.

    ``to_change``: to remove it or to accept its doubtful positions, which asks for a file of one's territory.
    """
    access_imports(person_id=person_id)
    try:
        row = ReferenceFile.objects.get(pk=file_id, state=ReferenceFile.State.LIVE)
    except ReferenceFile.DoesNotExist:
        raise NotFound from None
    if to_change and not may_change(person_id=person_id, row=row):
        raise NotFound
    return row


def may_change(*, person_id: UUID | None, row: ReferenceFile) -> bool:
    """Whether a live file is of the person's territory, or was brought by the same person. Two queries."""
    if row.imported_by_id is not None and row.imported_by_id == person_id:
        return True
    if row.kind not in OF_COMMUNES:
        return True
    return share_inside(person_id=person_id, codes=_with_rest(row)) >= INSIDE


def _with_rest(row: ReferenceFile) -> Counter[str]:
    """Rows by INSEE code, those without one under the empty code."""
    codes = Counter[str](row.commune_codes)
    codes[""] = max(0, row.rows - codes.total())
    return codes


def share_inside(*, person_id: UUID | None, codes: Mapping[str, int]) -> float:
    """Which share of rows (INSEE code to number) lies in the territories where the person may import.

    Whoever holds the whole country has all of it, abroad included. Rows without a code count as outside.
    Two queries.
    """
    held = held_territories(person_id=person_id)
    total = sum(codes.values())
    if COUNTRY_ID in held or not total:
        return 1.0
    inside = TerritoryClosure.objects.filter(ancestor_id__in=held, descendant__kind__in=WITH_INSEE_CODE)
    mine = set(inside.values_list("descendant__code", flat=True))
    former = FormerCode.objects.filter(code__in=set(codes) - mine - {""})
    mine |= {code for code, now_in in former.values_list("code", "commune__code") if now_in in mine}
    return sum(count for code, count in codes.items() if code in mine) / total


def check_territory(*, person_id: UUID | None, codes: Mapping[str, int]) -> None:
    """Raises ``OutsideTerritory`` unless 95 % of the rows lie where the person may import.

    Nobody as a person is the administrator at the command line.
    """
    if person_id is None:
        return
    share = share_inside(person_id=person_id, codes=codes)
    if share < INSIDE:
        raise OutsideTerritory(outside_words(share))


def outside_words(share: float) -> str:
    """Why a file is refused, and what to do."""
    return _(
        "Only %(share)s %% of this file lies in your territory; %(least)s %% are needed. "
        "Cut the file to your territory, or ask an administrator to import it. "
        "Rows whose commune is not known count as outside."
    ) % {"share": floor(100 * share), "least": round(100 * INSIDE)}


def check_replacing(*, person_id: UUID | None, kind: FileKind, name: str) -> None:
    """Raises ``OutsideTerritory`` when a live file of that name is of somebody else's territory."""
    row = ReferenceFile.objects.filter(kind=kind, name=name, state=ReferenceFile.State.LIVE).first()
    if person_id is None or row is None or may_change(person_id=person_id, row=row):
        return
    raise OutsideTerritory(
        _("A file of another territory is called “%(name)s” already: give yours another name.")
        % {"name": name}
    )


def access_pending_by_id(*, person_id: UUID | None, pending_id: UUID, at: datetime) -> PendingImport:
    """A file that this person sent and that still waits; ``NotFound`` for everybody else, and after a day."""
    access_imports(person_id=person_id)
    if person_id is None:
        raise NotFound
    waiting = PendingImport.objects.filter(sent_by_id=person_id, created_at__gt=at - PENDING_KEPT)
    try:
        return waiting.get(pk=pending_id)
    except PendingImport.DoesNotExist:
        raise NotFound from None


def access_whole_country(*, person_id: UUID | None) -> None:
    """Raises ``NotFound`` unless the person may import for all of France; nobody is the command line."""
    if person_id is not None and COUNTRY_ID not in held_territories(person_id=person_id):
        raise NotFound


def held_territories(*, person_id: UUID | None) -> frozenset[str]:
    """Ids of the territories over which the person may bring reference data; their parts are not listed."""
    asked = {"person_id": person_id, "feature": IMPORT_REFERENCE}
    return frozenset(one for answer in ports.call("territories_held", **asked) for one in answer)


def access_reading_by_id(*, person_id: UUID | None, run_id: UUID) -> dict[str, Any]:
    """What a run that looked into a file of results found; ``NotFound`` but for who started it."""
    access_imports(person_id=person_id)
    run = runs.run_by_id(run_id=run_id)
    if run.kind != "read-results" or run.started_by_id != person_id or "preview" not in run.result:
        raise NotFound
    preview: dict[str, Any] = run.result["preview"]
    return preview
