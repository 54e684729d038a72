"""Giving and withdrawing consent, for a purpose by a channel. The ledger only grows."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.kit import audit
from amiral.kit.errors import NotFound
from amiral.rooms.people import queries, texts
from amiral.rooms.people.actions.suppression import lift
from amiral.rooms.people.contracts import WAYS_OFFERED, Purpose, Way
from amiral.rooms.people.models import Consent


@transaction.atomic
def set_consent(
    *,
    person_id: UUID,
    purpose: Purpose,
    granted: bool,
    channel: str,
    at: datetime,
    way: Way = Way.EMAIL,
) -> bool:
    """Adds one line to the ledger; ``False`` and no line when nothing changes.

    ``channel``: where it was said. Raises ``NotFound`` for a channel that is not offered for the purpose.
    """
    queries.person_by_id(person_id=person_id)
    if way not in WAYS_OFFERED[purpose]:
        raise NotFound
    if bool(queries.person_ids_with_consent(person_ids=[person_id], purpose=purpose, way=way)) == granted:
        return False
    write_lines(
        person_id=person_id,
        lines=[(purpose, texts.consent_text(purpose, way))],
        granted=granted,
        channel=channel,
        at=at,
        proof=f"person {person_id}, signed in",
        way=way,
    )
    if granted:
        lift(person_id=person_id, way=way)
    _note(person_id, purpose, way, granted=granted)
    return True


def _note(person_id: UUID, purpose: Purpose, way: Way, *, granted: bool) -> None:
    audit.record(
        actor_id=person_id,
        verb="consent.given" if granted else "consent.withdrawn",
        subject_kind="person",
        subject_id=person_id,
        purpose=purpose.value,
        by=way.value,
    )


@transaction.atomic
def withdraw(
    *,
    person_id: UUID,
    purpose: Purpose,
    channel: str,
    proof: str,
    at: datetime,
    way: Way = Way.EMAIL,
) -> UUID | None:
    """Withdraws by a link that only the person's own letter held; whoever has absorbed him counts as him.

    Answers who that is now, ``None`` when nobody is left. A line is written even where nothing was given by
    him: who was written to on another ground says no all the same. A repeat writes none.
    """
    holder = queries.surviving_id(person_id=person_id)
    if holder is None or _withdrawn(holder, purpose, way):
        return holder
    _say_no(holder, purpose, way, channel, proof, at)
    return holder


@transaction.atomic
def withdraw_everything(*, person_id: UUID, channel: str, proof: str, at: datetime) -> UUID | None:
    """The same for every purpose by every channel that was given, and for each purpose by e-mail."""
    holder = queries.surviving_id(person_id=person_id)
    if holder is None:
        return None
    given = Consent.objects.standing().filter(person_id=holder).values_list("purpose", "way")
    asked = {(Purpose(purpose), Way(way)) for purpose, way in given} | {(one, Way.EMAIL) for one in Purpose}
    for purpose, way in sorted(asked):
        if not _withdrawn(holder, purpose, way):
            _say_no(holder, purpose, way, channel, proof, at)
    return holder


@transaction.atomic
def withdraw_by_way(*, person_id: UUID, way: Way, channel: str, proof: str, at: datetime) -> None:
    """Every purpose by one channel: somebody answered STOP. Writes a line for each that stands."""
    given = Consent.objects.standing().filter(person_id=person_id, way=way)
    for purpose in sorted(given.values_list("purpose", flat=True)):
        _say_no(person_id, Purpose(purpose), way, channel, proof, at)


def _say_no(holder: UUID, purpose: Purpose, way: Way, channel: str, proof: str, at: datetime) -> None:
    write_lines(
        person_id=holder,
        lines=[(purpose, texts.consent_text(purpose, way))],
        granted=False,
        channel=channel,
        at=at,
        proof=proof,
        way=way,
    )
    _note(holder, purpose, way, granted=False)


def _withdrawn(person_id: UUID, purpose: Purpose, way: Way) -> bool:
    lines = Consent.objects.filter(person_id=person_id, purpose=purpose, way=way)
    newest = lines.order_by("-at", "-pk").first()
    return newest is not None and not newest.granted


def write_lines(
    *,
    person_id: UUID,
    lines: Iterable[tuple[Purpose | str, str]],
    granted: bool,
    channel: str,
    at: datetime,
    proof: str = "",
    way: Way = Way.EMAIL,
) -> None:
    """Writes ``(purpose, text shown)`` lines for one channel as they were; the caller holds the transaction.

    ``channel``: where it was said; ``way``: by which channel he may be reached.
    """
    Consent.objects.bulk_create(
        Consent(
            person_id=person_id,
            purpose=Purpose(purpose),
            way=way,
            granted=granted,
            text_shown=text,
            text_sha256=texts.fingerprint(text),
            channel=channel,
            proof=proof,
            at=at,
        )
        for purpose, text in lines
    )
