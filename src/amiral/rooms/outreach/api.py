"""The door of this room: the one outbox through which every message to a person passes."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.relations import Records
from amiral.rooms.outreach import actions, changes, counting, merging, queries, triggers
from amiral.rooms.outreach.actions import segments as segment_actions
from amiral.rooms.outreach.contracts import Attachment, IntendedUse, SegmentDraft
from amiral.rooms.outreach.queries import segments as segment_queries
from amiral.rooms.people import api as people


def send(
    *,
    to_address: str,
    purpose: str,
    subject: str,
    body: str,
    idempotency_key: str,
    person_id: UUID | None = None,
    html: str = "",
    attachment: Attachment | None = None,
    headers: dict[str, str] | None = None,
) -> None:
    """Writes a message in the outbox, inside the caller's transaction; a known key changes nothing.

    ``purpose`` is ``"service"`` for what the person himself asked for, which leaves as soon as the
    transaction is committed; else a ``people.contracts.Purpose``, whose consent is read when the message
    leaves (by ``deliver_due``). Raises ``HeaderRefused`` for a line break or an unknown name in a header.
    """
    actions.enqueue(
        actions.Draft(
            to_address=to_address,
            purpose=purpose,
            subject=subject,
            body=body,
            idempotency_key=idempotency_key,
            person_id=person_id,
            html=html,
            attachment=attachment,
            headers=headers or {},
        ),
        at=now(),
    )


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Lets due messages leave; returns how many were sent. Safe to call in several processes at once."""
    return actions.deliver_due(at=at, limit=limit)


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The messages written to a person, for the person (port ``export_person``)."""
    address = people.address_of(person_id=person_id)
    mine = segment_queries.everything_about(person_id=person_id)
    return {"outreach": [*queries.everything_about(person_id=person_id, address=address), *mine]}


def erase_person(*, person_id: UUID) -> None:
    """Deletes every message to a person, waiting or sent (port ``erase_person``)."""
    actions.erase(person_id=person_id, marks=people.marks_of(person_id=person_id))


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time here (port ``purge``); table name to number of rows."""
    return {
        "outreach.Message": actions.purge(at=at),
        "outreach.SegmentUse": segment_actions.purge(at=at),
        "outreach.PersonChange": changes.forget_old(),
    }


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)


def persons_changed(*, person_ids: Iterable[UUID]) -> None:
    """Something that no trigger sees changed for these persons (port ``persons_changed``)."""
    changes.note_persons(person_ids=person_ids)


def watch() -> None:
    """Lays the triggers that write the change log, once its table is there; harmless again."""
    if triggers.has_log():
        triggers.lay()


def stop_watching() -> None:
    """Takes the triggers away for as long as tables are changed; ``watch`` lays them again."""
    triggers.drop()


def use_segment(*, by_id: UUID, segment_id: UUID, intended: IntendedUse) -> UUID:
    """Enters a use of a segment in the register of targeting and returns the id of the line.

    Raises ``NotFound`` outside the person's territories, ``Refused`` when nobody may be written to.
    """
    return segment_actions.use(by_id=by_id, segment_id=segment_id, intended=intended, at=now())


def recipients_of_use(*, use_id: UUID) -> tuple[UUID, ...]:
    """Those who may be written to now by the criteria of a line of the register. Raises ``NotFound``,
    and ``Refused`` while the index is being built.
    """
    return segment_queries.recipients_of_use(use_id=use_id)


def create_segment(*, by_id: UUID, draft: SegmentDraft) -> UUID:
    """Writes a segment down. Raises ``NotFound`` outside the person's territories, ``Refused``."""
    return segment_actions.create(by_id=by_id, draft=draft, at=now())


def count_in_background() -> None:
    """Says that this process serves pages: a large index is built beside them, and changes are followed."""
    counting.KEEPER.background = True


def rebuild_segments(*, report: Callable[[int, int], None]) -> int:
    """Builds the index in this process and has all others compare theirs with the database.

    Returns how many persons are in it.
    """
    counting.KEEPER.rebuild(report=report)
    changes.note(what=changes.VERIFY, keys=[""])
    with counting.KEEPER.current() as state:
        return len(state.index.everybody)
