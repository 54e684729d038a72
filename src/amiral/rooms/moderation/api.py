"""The door of this room: ids in, contracts out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.relations import Records
from amiral.rooms.moderation import actions, merging, queries
from amiral.rooms.moderation.actions import logging, sealing
from amiral.rooms.moderation.contracts import Grounds, ReportState, Restriction, SubjectKind
from amiral.rooms.moderation.queries.log import restriction_on as restriction_query


def report(
    *,
    subject_kind: SubjectKind,
    subject_id: UUID,
    subject_author_id: UUID | None,
    territory_id: str,
    excerpt: str,
    reporter_id: UUID | None,
    grounds: Grounds,
    explanation: str,
    email: str = "",
    at: datetime | None = None,
) -> UUID:
    """Files a report and answers its id.

    The caller has checked that the reporter can read the subject. Somebody without an account is written to
    at ``email``, which only a notice about a child may leave out. One per reporter or address and subject: a
    second one, a text too long or a missing address is ``Refused``.
    """
    return actions.report(
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_author_id=subject_author_id,
        territory_id=territory_id,
        excerpt=excerpt,
        reporter_id=reporter_id,
        grounds=grounds,
        explanation=explanation,
        email=email,
        at=at or now(),
    )


def decide(*, by_id: UUID, report_id: UUID, state: ReportState, reason: str, at: datetime) -> None:
    """A moderator's decision with the statement that the notice proposes; also for the demonstration."""
    actions.decide(by_id=by_id, report_id=report_id, state=state, reason=reason, at=at)


def restriction_on(*, subject_kind: SubjectKind, subject_id: UUID) -> Restriction | None:
    """Why words without an account are hidden, for who wrote them, which the caller has checked."""
    return restriction_query(subject_kind=subject_kind, subject_id=subject_id)


def appeal_without_account(*, subject_kind: SubjectKind, subject_id: UUID, words: str, at: datetime) -> UUID:
    """Asks another moderator, once, for who wrote words without an account, which the caller has checked.

    ``Refused`` a second time or without words, ``NotFound`` where nothing is hidden.
    """
    return actions.appeal_without_account(
        subject_kind=subject_kind, subject_id=subject_id, words=words, at=at
    )


def open_count(*, person_id: UUID | None) -> int:
    """How many reports wait for a decision of this person; 0 for those who moderate nowhere."""
    return queries.open_count(person_id=person_id)


def grounds_choices() -> tuple[tuple[str, str], ...]:
    """The grounds of a report as choices of a form, translated."""
    return queries.grounds_choices()


def export_person(*, person_id: UUID) -> dict[str, Any]:
    """Port ``export_person``: the reports the person made, and the decisions on what he said."""
    return {"moderation": queries.kept_of(person_id=person_id)}


def erase_person(*, person_id: UUID) -> None:
    """Port ``erase_person``: erases the person's words from the reports."""
    actions.erase(person_id=person_id)


def purge(*, at: datetime) -> dict[str, int]:
    """Port ``purge``: erases the reports decided twelve months ago, and the originals whose day has come."""
    return {"moderation.Report": actions.purge(at=at), "moderation.Sealed": sealing.purge(at=at)}


def write_log(*, body: Mapping[str, str | int | bool], at: datetime, about: UUID | None = None) -> int:
    """Adds a line of another room to the public log, as the last act of a transaction; its number.

    ``body`` names its ``kind`` and holds nothing about a person: it stays for ever.
    """
    return logging.append(body=body, at=at, about=about).number


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)
