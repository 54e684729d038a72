"""Showing one person how to reach another, never without a receipt: the two are one call.

Nothing else in this room hands a number or an address to a page for somebody else's eyes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localdate

from amiral.rooms.people.contact_values import NoContactValue, normalised, readable
from amiral.rooms.people.contracts import ContactField, ContactKind, DisclosureReason, PhoneShown, Role
from amiral.rooms.people.models import ContactPoint, Disclosure, Mandate
from amiral.rooms.people.queries import contacts

AT_ONCE = 2000
FIELD_OF = {
    ContactKind.EMAIL: ContactField.EMAIL,
    ContactKind.PHONE: ContactField.PHONE,
    ContactKind.POSTAL: ContactField.POSTAL,
}
SUBJECT_LENGTH, EXPLANATION_LENGTH = 120, 300


@transaction.atomic
def show_phones(
    *,
    viewer_id: UUID | None,
    person_ids: Iterable[UUID],
    reason: DisclosureReason,
    subject_id: UUID,
    subject: str,
    at: datetime,
    explanation: str = "",
) -> dict[UUID, PhoneShown]:
    """The numbers of those who have one and refused no call, by person; a receipt for each.

    One's own number is shown without one. Four queries.
    """
    wanted = set(person_ids)
    points = ContactPoint.objects.filter(kind=ContactKind.PHONE, person_id__in=wanted)
    found = dict(points.order_by("primary", "-created_at").values_list("person_id", "value"))
    closed = contacts.suppressed(channel=ContactKind.PHONE, values=found.values())
    numbers = {person_id: value for person_id, value in found.items() if value not in closed}
    note(
        viewer_id=viewer_id,
        fields=dict.fromkeys(numbers, (ContactField.PHONE,)),
        reason=reason,
        subject_id=subject_id,
        subject=subject,
        at=at,
        explanation=explanation,
    )
    return {
        person_id: PhoneShown(value=value, readable=readable(value)) for person_id, value in numbers.items()
    }


def note(
    *,
    viewer_id: UUID | None,
    fields: Mapping[UUID, Sequence[ContactField]],
    reason: DisclosureReason,
    subject_id: UUID,
    subject: str,
    at: datetime,
    explanation: str = "",
) -> None:
    """Writes that ``viewer_id`` was shown these fields of these persons; the same twice a day is one line.

    What one sees of oneself is no disclosure, but an export of all: whoever took an account over did that.
    Without a viewer it is somebody without an account, of whom ``explanation`` says what is known.
    """
    role = _role_of(viewer_id, at) if viewer_id else ""
    rows = [
        Disclosure(
            person_id=person_id,
            viewer_id=viewer_id,
            viewer_role=role,
            field=field,
            reason=reason,
            subject_id=subject_id,
            subject=subject[:SUBJECT_LENGTH],
            explanation=explanation[:EXPLANATION_LENGTH],
            day=localdate(at),
            at=at,
        )
        for person_id, shown in fields.items()
        for field in shown
        if person_id != viewer_id or reason == DisclosureReason.EXPORT
    ]
    if viewer_id is None:
        rows = _not_yet(rows)
    Disclosure.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)


def _not_yet(rows: list[Disclosure]) -> list[Disclosure]:
    """Those of which there is no line of that day: the database never takes two nobodies for one viewer."""
    days = {row.day for row in rows}
    there = Disclosure.objects.filter(viewer=None, day__in=days, person__in={row.person_id for row in rows})
    fields = ("person_id", "field", "reason", "subject_id", "day", "explanation")
    known = set(there.values_list(*fields))
    return [row for row in rows if tuple(getattr(row, name) for name in fields) not in known]


def note_proof(*, viewer_id: UUID, person_id: UUID, at: datetime) -> None:
    """That the proof of lawfulness of somebody was looked at, with every contact point it shows."""
    kinds = {
        ContactKind(kind) for kind in contacts.points_of(person_id=person_id).values_list("kind", flat=True)
    }
    note(
        viewer_id=viewer_id,
        fields={person_id: tuple(FIELD_OF[kind] for kind in sorted(kinds))},
        reason=DisclosureReason.PROOF,
        subject_id=person_id,
        subject="",
        at=at,
    )


def note_masked(*, viewer_id: UUID, shown: Mapping[UUID, str], subject_id: UUID, at: datetime) -> None:
    """That the beginnings of addresses were shown beside each other; ``shown``: person to masked address."""
    note(
        viewer_id=viewer_id,
        fields={person_id: (ContactField.MASKED_EMAIL,) for person_id, text in shown.items() if text},
        reason=DisclosureReason.DUPLICATE,
        subject_id=subject_id,
        subject="",
        at=at,
    )


def note_preview(
    *, viewer_id: UUID, values: Iterable[str], import_id: UUID, file_name: str, at: datetime
) -> None:
    """That lines of a file were shown in which persons stand whom we know by these addresses or numbers."""
    known = {kind: _read(kind, values) for kind in (ContactKind.EMAIL, ContactKind.PHONE)}
    fields: dict[UUID, list[ContactField]] = {}
    for kind, texts in known.items():
        points = ContactPoint.objects.filter(kind=kind, value__in=texts)
        for person_id in set(points.values_list("person_id", flat=True)):
            fields.setdefault(person_id, []).append(FIELD_OF[kind])
    note(
        viewer_id=viewer_id,
        fields=fields,
        reason=DisclosureReason.IMPORT,
        subject_id=import_id,
        subject=file_name,
        at=at,
    )


def _read(kind: ContactKind, values: Iterable[str]) -> set[str]:
    found = set()
    for value in values:
        try:
            found.add(normalised(kind=kind, value=value))
        except NoContactValue:
            continue
    return found


def _role_of(viewer_id: UUID, at: datetime) -> str:
    """The highest role that the viewer holds now, empty for somebody without a mandate."""
    held = set(Mandate.objects.in_force(at).filter(person_id=viewer_id).values_list("role", flat=True))
    return next((role.value for role in Role if role.value in held), "")
