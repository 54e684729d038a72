"""Reads of contact points and refusals, and the proof of lawfulness of one person."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from amiral.kit.errors import NotFound
from amiral.rooms.people import texts
from amiral.rooms.people.contact_values import NoContactValue, normalised, salted_hash
from amiral.rooms.people.contracts import (
    Basis,
    BounceState,
    ContactCard,
    ContactKind,
    ImportTrace,
    LawfulnessProof,
    ProofLine,
)
from amiral.rooms.people.models import Consent, ContactPoint, ImportLine, Person, Suppression


def points_of(*, person_id: UUID) -> QuerySet[ContactPoint]:
    """The contact points of a person, for this room's own use."""
    return ContactPoint.objects.filter(person_id=person_id)


def has_phone(*, person_id: UUID) -> bool:
    """Whether a telephone number of the person is kept."""
    return points_of(person_id=person_id).filter(kind=ContactKind.PHONE).exists()


def phone_state(*, person_id: UUID) -> str:
    """``none``, ``unverified`` or ``verified``: what stands in the way of text messages. One query."""
    moments = points_of(person_id=person_id).filter(kind=ContactKind.PHONE)
    found = list(moments.values_list("verified_at", flat=True))
    return ("verified" if any(found) else "unverified") if found else "none"


def first_email(*, person_id: UUID) -> str:
    """The address of somebody without an account, empty when there is none or it bounces for good."""
    found = points_of(person_id=person_id).filter(
        kind=ContactKind.EMAIL, bounce_state__in=[BounceState.OK, BounceState.SOFT]
    )
    return found.order_by("-primary", "created_at").values_list("value", flat=True).first() or ""


def holder_of(*, kind: ContactKind, value: str) -> UUID | None:
    """Who is reached by an e-mail address or a number; ``None`` also for what is neither."""
    try:
        known = normalised(kind=kind, value=value)
    except NoContactValue:
        return None
    found = ContactPoint.objects.filter(kind=kind, value=known)
    return found.values_list("person_id", flat=True).first()


def is_suppressed(*, channel: ContactKind, value: str) -> bool:
    """Whether nothing may be sent there. A value that cannot be read as one was never refused. One query."""
    return bool(suppressed(channel=channel, values=[value]))


def suppressed(*, channel: ContactKind, values: Iterable[str]) -> set[str]:
    """Those of ``values`` to which nothing may be sent. One query."""
    hashes = dict(_hashes(channel, values))
    found = Suppression.objects.filter(channel=channel, value_hash__in=hashes)
    return {hashes[value_hash] for value_hash in found.values_list("value_hash", flat=True)}


def _hashes(channel: ContactKind, values: Iterable[str]) -> Iterable[tuple[str, str]]:
    for value in values:
        try:
            yield salted_hash(channel=channel, value=value), value
        except NoContactValue:
            continue


def proof_of(*, person_id: UUID, at: datetime) -> LawfulnessProof:
    """All that shows why a person may be written to. A fixed number of queries; ``NotFound``."""
    person = Person.objects.filter(pk=person_id).first()
    if person is None:
        raise NotFound
    return LawfulnessProof(
        person_id=person.pk,
        name=f"{person.given_name} {person.family_name}".strip(),
        has_account=person.email is not None,
        known_since=person.joined_at,
        contacts=contact_cards(person_id=person_id),
        lines=_proof_lines(person_id),
        imports=_traces(person_id),
        printed_at=at,
    )


def contact_cards(*, person_id: UUID) -> tuple[ContactCard, ...]:
    """The person's contact points with whether a refusal closes them; four queries at most."""
    points = list(points_of(person_id=person_id).order_by("kind", "-primary", "value"))
    closed = {
        kind: suppressed(channel=kind, values=[point.value for point in points if point.kind == kind])
        for kind in {ContactKind(point.kind) for point in points}
    }
    return tuple(
        ContactCard(
            kind=ContactKind(point.kind),
            value=point.value,
            verified_at=point.verified_at,
            bounce_state=BounceState(point.bounce_state),
            primary=point.primary,
            suppressed=point.value in closed[ContactKind(point.kind)],
        )
        for point in points
    )


def _proof_lines(person_id: UUID) -> tuple[ProofLine, ...]:
    rows = Consent.objects.filter(person_id=person_id).order_by("-at", "-pk")
    newest: dict[tuple[str, str], UUID] = {}
    lines = []
    for row in rows:
        newest.setdefault((row.purpose, row.way), row.pk)
        lines.append(_proof_line(row, in_force=row.granted and newest[row.purpose, row.way] == row.pk))
    return tuple(lines)


def _proof_line(row: Consent, *, in_force: bool) -> ProofLine:
    return ProofLine(
        purpose_name=texts.purpose_by_way(row.purpose, row.way),
        basis=Basis(row.basis),
        granted=row.granted,
        in_force=in_force,
        text_shown=row.text_shown,
        text_sha256=row.text_sha256,
        intact=texts.fingerprint(row.text_shown) == row.text_sha256,
        channel=row.channel,
        proof=row.proof,
        at=row.at,
    )


def _traces(person_id: UUID) -> tuple[ImportTrace, ...]:
    rows = ImportLine.objects.filter(person_id=person_id).select_related("supporter_import")
    return tuple(
        ImportTrace(
            import_id=row.supporter_import_id,
            file_name=row.supporter_import.file_name,
            file_sha256=row.supporter_import.file_sha256,
            line=row.number,
            origin=row.supporter_import.origin,
            basis=row.supporter_import.basis,
            basis_proof=row.supporter_import.basis_proof,
            at=row.supporter_import.done_at,
        )
        for row in rows.order_by("supporter_import__created_at", "number")
    )
