"""Who was shown whose contact data: for the person concerned, and for everybody after a breach.

Two sources make one list: the receipts, and the imports (the lines of a file that became persons are the
receipts of who brought them).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils.timezone import localdate

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import ContactField, DisclosureReason, Receipt
from amiral.rooms.people.models import Disclosure, ImportLine, Person

PER_PAGE = 100
LONGEST_DRILL = timedelta(days=366)


def of_person(*, person_id: UUID, page_number: str | int) -> tuple[Page[Disclosure], tuple[Receipt, ...]]:
    """Who saw how to reach the person, newest first; a page for its numbers, the receipts for the table."""
    found = Disclosure.objects.filter(person_id=person_id).select_related("viewer", "person")
    page = Paginator(found, PER_PAGE).get_page(page_number)
    return page, tuple(map(_receipt, page.object_list))


def imports_of(*, person_id: UUID) -> tuple[Receipt, ...]:
    """The files in which the person stood, and who imported them; newest first."""
    return tuple(_imported(line) for line in _lines().filter(person_id=person_id).order_by("-pk"))


def between(*, since: datetime, until: datetime) -> Iterator[Receipt]:
    """Everything seen from ``since`` to ``until`` (the end not included), in no set order: for a breach.

    A receipt is written once a day with its first hour: a day that was begun before ``since`` counts whole.
    """
    since_day = since - timedelta(days=1)
    seen = Disclosure.objects.filter(at__gte=since_day, at__lt=until).filter(_that_day(since))
    for row in seen.select_related("viewer", "person").order_by("at", "pk").iterator(chunk_size=2000):
        yield _receipt(row)
    lines = _lines().filter(supporter_import__created_at__gte=since, supporter_import__created_at__lt=until)
    for line in lines.order_by("pk").iterator(chunk_size=2000):
        yield _imported(line)


def _that_day(since: datetime) -> Q:
    return Q(at__gte=since) | Q(day=localdate(since))


def count_between(*, since: datetime, until: datetime) -> tuple[int, int, int]:
    """How many receipts, persons and viewers the list has."""
    receipts, persons, viewers = 0, set(), set()
    for receipt in between(since=since, until=until):
        receipts += 1
        persons.add(receipt.person_id)
        viewers.add(receipt.viewer_id)
    return receipts, len(persons), len(viewers)


def _lines() -> QuerySet[ImportLine]:
    return ImportLine.objects.filter(person__isnull=False).select_related(
        "person", "supporter_import__imported_by"
    )


def _receipt(row: Disclosure) -> Receipt:
    return Receipt(
        person_id=row.person_id,
        person_name=_name(row.person),
        viewer_id=row.viewer_id,
        viewer_name=row.viewer.public_name if row.viewer else "",
        viewer_role=texts.role_name(row.viewer_role) if row.viewer_role else "",
        fields=(texts.contact_field_name(row.field),),
        reason=DisclosureReason(row.reason),
        subject=row.subject,
        explanation=row.explanation,
        at=row.at,
    )


def _imported(line: ImportLine) -> Receipt:
    made = line.supporter_import
    person = line.person
    assert person is not None
    return Receipt(
        person_id=person.pk,
        person_name=_name(person),
        viewer_id=made.imported_by_id,
        viewer_name=made.imported_by.public_name if made.imported_by else "",
        viewer_role="",
        fields=(texts.contact_field_name(ContactField.EVERYTHING),),
        reason=DisclosureReason.IMPORT,
        subject=made.file_name,
        explanation="",
        at=made.done_at or made.created_at,
    )


def _name(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip()


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """For the person's own export: who saw him, and what he saw of others (without saying of whom)."""
    seen = Disclosure.objects.filter(person_id=person_id).order_by("pk")
    saw = Disclosure.objects.filter(viewer_id=person_id).exclude(person_id=person_id).order_by("pk")
    return [
        {"table": "disclosure", **_plain(row), "viewer": _viewer(row)}
        for row in seen.select_related("viewer")
    ] + [{"table": "disclosure_made", **_plain(row)} for row in saw]


def _plain(row: Disclosure) -> dict[str, Any]:
    return {
        "field": row.field,
        "reason": row.reason,
        "subject": row.subject,
        "explanation": row.explanation,
        "viewer_role": row.viewer_role,
        "at": row.at.isoformat(),
    }


def _viewer(row: Disclosure) -> str:
    return row.viewer.public_name if row.viewer else ""
