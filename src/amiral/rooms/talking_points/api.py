"""The door of this room: ids in, contracts out."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.timezone import localdate

from amiral.kit.clock import now
from amiral.kit.relations import Records
from amiral.rooms.talking_points import actions, merging, queries
from amiral.rooms.talking_points.contracts import PointCard, Source, ThemeCard


def themes(*, language: str) -> tuple[ThemeCard, ...]:
    """All themes in their order; one query."""
    return queries.themes(language=language)


def approved(*, language: str, theme: str | None = None) -> tuple[PointCard, ...]:
    """The cards approved and still valid today, each in ``language`` if it can be, else in the other one."""
    return queries.approved(language=language, theme=theme, day=localdate(now()))


def cards(*, point_ids: Iterable[UUID], language: str) -> tuple[PointCard, ...]:
    """The named cards in the order given; those withdrawn or expired are left out. Two queries."""
    return queries.cards(point_ids=point_ids, language=language, day=localdate(now()))


def known(*, point_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are talking points, whatever became of them. One query, none for no id."""
    return queries.known(point_ids=point_ids)


def hide_reported(*, subject_kind: str, subject_id: UUID, at: datetime) -> bool:
    """Port ``hide_reported``: a moderator upheld a report."""
    return actions.hide_reported(subject_kind=subject_kind, subject_id=subject_id, at=at)


def restore_reported(*, subject_kind: str, subject_id: UUID) -> bool:
    """Port ``restore_reported``: an appeal found that a card was wrongly hidden."""
    return actions.restore_reported(subject_kind=subject_kind, subject_id=subject_id)


def export_person(*, person_id: UUID) -> dict[str, Any]:
    """Port ``export_person``: the versions the person wrote or approved."""
    return {"talking_points": queries.kept_of(person_id=person_id)}


def create_theme(*, by_id: UUID, name_fr: str, name_en: str, slug: str = "", position: int = 0) -> str:
    """A theme, by somebody who holds ``MANAGE_TALKING_POINTS``, else ``NotFound``; answers its slug."""
    return actions.create_theme(by_id=by_id, name_fr=name_fr, name_en=name_en, slug=slug, position=position)


def draft(
    *,
    by_id: UUID,
    short_line: str,
    body: str,
    theme: str = "",
    point_id: UUID | None = None,
    sources: Sequence[Source] = (),
    valid_until: date | None = None,
    language: str = "fr",
    at: datetime | None = None,
) -> UUID:
    """Drafts a new card under the slug ``theme``, or the next version of ``point_id``; the version's id."""
    return actions.draft(
        by_id=by_id,
        theme=theme,
        point_id=point_id,
        language=language,
        short_line=short_line,
        body=body,
        sources=sources,
        valid_until=valid_until,
        at=at or now(),
    )


def approve(*, by_id: UUID, version_id: UUID, at: datetime | None = None) -> None:
    """Approves a draft of somebody else; ``Refused`` with the reason otherwise."""
    moment = at or now()
    actions.approve(by_id=by_id, version_id=version_id, at=moment, day=localdate(moment))


def withdraw(*, by_id: UUID, version_id: UUID) -> None:
    """Takes a draft or an approved version back."""
    actions.withdraw(by_id=by_id, version_id=version_id)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)
