"""Who is kept out of a group, for its leaders, for who answers appeals and for the person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.urls import reverse

from amiral.rooms.network.contracts import AppealState
from amiral.rooms.network.models import Exclusion
from amiral.rooms.network.queries.members import name_of, page_of
from amiral.rooms.people import api as people

PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class ExclusionView:
    """One exclusion. ``group_slug`` is for those who may open the group's pages."""

    id: UUID
    group_id: UUID
    group_name: str
    group_slug: str
    public_name: str
    reason: str
    by_id: UUID | None
    by_name: str
    excluded_at: datetime
    lifted_at: datetime | None
    appeal: AppealState
    appeal_words: str
    answer: str
    answered_by: str
    url: str

    @property
    def may_appeal(self) -> bool:
        """Once, while it holds."""
        return self.lifted_at is None and self.appeal == AppealState.NONE


def exclusions(*, group_id: UUID, page_number: str | int) -> "Page[ExclusionView]":
    """Those of a group, newest first; a constant number of queries."""
    rows = Exclusion.objects.filter(group_id=group_id).select_related("group")
    page = Paginator(rows, PER_PAGE).get_page(page_number)
    return page_of(list(_views(list(page.object_list))), page)


def exclusion(*, row: Exclusion) -> ExclusionView:
    """One, for its page."""
    return _views([row])[0]


def _views(rows: list[Exclusion]) -> tuple[ExclusionView, ...]:
    ids = {id_ for row in rows for id_ in (row.person_id, row.excluded_by_id, row.answered_by_id) if id_}
    names = people.cards(person_ids=ids)
    return tuple(
        ExclusionView(
            id=row.pk,
            group_id=row.group_id,
            group_name=row.group.name,
            group_slug=row.group.slug,
            public_name=name_of(row.person_id, names),
            reason=row.reason,
            by_id=row.excluded_by_id,
            by_name=name_of(row.excluded_by_id, names),
            excluded_at=row.excluded_at,
            lifted_at=row.lifted_at,
            appeal=AppealState(row.appeal),
            appeal_words=row.appeal_words,
            answer=row.answer,
            answered_by=name_of(row.answered_by_id, names) if row.answer else "",
            url=reverse("network:own_exclusion", args=[row.pk]),
        )
        for row in rows
    )


def in_force(*, person_id: UUID | None, group_id: UUID) -> UUID | None:
    """The exclusion that keeps somebody out of a group; one query, none for a visitor."""
    if person_id is None:
        return None
    rows = Exclusion.objects.filter(person_id=person_id, group_id=group_id, lifted_at=None)
    return rows.values_list("pk", flat=True).first()


def kept_of(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every exclusion of the person, for the person."""
    rows = Exclusion.objects.filter(person_id=person_id).select_related("group")
    return {
        "exclusions": [
            {
                "group": row.group.name,
                "at": row.excluded_at.isoformat(),
                "reason": row.reason,
                "lifted_at": row.lifted_at.isoformat() if row.lifted_at else None,
                "appeal": row.appeal,
                "appeal_words": row.appeal_words,
                "answer": row.answer,
            }
            for row in rows
        ]
    }
