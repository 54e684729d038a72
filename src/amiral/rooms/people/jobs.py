"""Long runs of this room (``settings.AMIRAL_RUNS``): parse the arguments, one call, a result for the page."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from amiral.kit.clock import now
from amiral.rooms.people.actions import finding, importing, rights
from amiral.rooms.people.contracts import Report


def import_supporters(report: Report, *, import_id: str) -> dict[str, Any]:
    """Writes the lines of a declared import."""
    importing.carry_out(import_id=UUID(import_id), report=report, at=now())
    return {"url": reverse("people:supporter_import", args=[import_id])}


def undo_supporters(report: Report, *, import_id: str) -> dict[str, Any]:
    """Takes an import back."""
    importing.undo(import_id=UUID(import_id), report=report, at=now())
    return {"url": reverse("people:supporter_import", args=[import_id])}


def find_duplicates(report: Report) -> dict[str, Any]:
    """Compares everybody with everybody who could be the same; once a day, and when a coordinator asks."""
    return {"url": reverse("people:duplicates"), **finding.find_duplicates(report=report, at=now())}


def watch_requests(report: Report) -> dict[str, Any]:
    """Warns of requests that wait since twenty days; once a day."""
    report(0, 1)
    return {"url": reverse("people:rights"), "warned": rights.watch(at=now())}
