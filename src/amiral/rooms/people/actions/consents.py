"""Giving and withdrawing consent. The ledger only grows."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.rooms.people import queries, texts
from amiral.rooms.people.actions.suppression import lift
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.people.models import Consent


@transaction.atomic
def set_consent(*, person_id: UUID, purpose: Purpose, granted: bool, channel: str, at: datetime) -> bool:
    """Adds one line to the ledger; ``False`` and no line when nothing changes."""
    queries.person_by_id(person_id=person_id)
    if bool(queries.person_ids_with_consent(person_ids=[person_id], purpose=purpose)) == granted:
        return False
    write_lines(
        person_id=person_id,
        lines=[(purpose, texts.consent_text(purpose))],
        granted=granted,
        channel=channel,
        at=at,
        proof=f"person {person_id}, signed in",
    )
    if granted:
        lift(person_id=person_id)
    verb = "consent.given" if granted else "consent.withdrawn"
    audit.record(
        actor_id=person_id, verb=verb, subject_kind="person", subject_id=person_id, purpose=purpose.value
    )
    return True


def write_lines(
    *,
    person_id: UUID,
    lines: Iterable[tuple[Purpose | str, str]],
    granted: bool,
    channel: str,
    at: datetime,
    proof: str = "",
) -> None:
    """Writes ``(purpose, text shown)`` lines as they were; the caller holds the transaction."""
    Consent.objects.bulk_create(
        Consent(
            person_id=person_id,
            purpose=Purpose(purpose),
            granted=granted,
            text_shown=text,
            text_sha256=texts.fingerprint(text),
            channel=channel,
            proof=proof,
            at=at,
        )
        for purpose, text in lines
    )
