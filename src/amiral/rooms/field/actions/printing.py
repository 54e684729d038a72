"""Keeping what is printed, so that paper can be read back whatever the plan becomes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from amiral.rooms.field.models import PrintedPage
from amiral.rooms.field.queries.printing import PrintedDoor, Sheet


def keep_pages(*, assignment_id: UUID, sheets: Sequence[Sheet], at: datetime) -> None:
    """Remembers the pages of a walk list; those that were printed before with the same content stay."""
    pages = [
        PrintedPage(
            code=sheet.code,
            assignment_id=assignment_id,
            number=sheet.number,
            version=sheet.version,
            outcomes=[outcome.value for outcome in sheet.outcomes],
            doors=[_words(door) for door in sheet.doors],
            printed_at=at,
        )
        for sheet in sheets
    ]
    PrintedPage.objects.bulk_create(pages, ignore_conflicts=True)


def _words(door: PrintedDoor | None) -> dict[str, str] | None:
    return {"door": str(door.door_id), "known": str(door.known or "")} if door else None
