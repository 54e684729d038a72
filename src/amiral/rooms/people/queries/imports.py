"""Reads of imports of supporters for their pages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count

from amiral.rooms.people import access, texts, vault
from amiral.rooms.people.contracts import (
    Feature,
    ImportCard,
    ImportColumn,
    ImportDraft,
    ImportState,
    LineOutcome,
    LineProblem,
)
from amiral.rooms.people.models import ImportLine, Person, SupporterImport
from amiral.rooms.people.queries import territories_held
from amiral.rooms.territory import api as territory

PER_PAGE = 50
PREVIEWED = 10


def importable_territories(*, person_id: UUID, feature: Feature, at: datetime) -> tuple[tuple[str, str], ...]:
    """``(id, name)`` of the territories over which the person holds the feature; empty: no right."""
    held = territories_held(person_id=person_id, feature=feature, at=at)
    return tuple((card.id, card.name) for card in territory.territories(territory_ids=held).values())


def imports(
    *, person_id: UUID, at: datetime, page_number: str | int
) -> tuple[Page[SupporterImport], tuple[ImportCard, ...]]:
    """The imports of the person's territories, newest first; the page serves for its numbers."""
    held = territories_held(person_id=person_id, feature=Feature.IMPORT_SUPPORTERS, at=at)
    found = SupporterImport.objects.filter(
        territory_id__in=territory.descendant_filter(ancestor_ids=held)
    ).select_related("territory", "imported_by")
    page = Paginator(found.order_by("-created_at", "pk"), PER_PAGE).get_page(page_number)
    rows = list(page.object_list)
    return page, cards_of(rows)


def cards_of(rows: Sequence[SupporterImport]) -> tuple[ImportCard, ...]:
    """The cards of imports, with their counts; one query."""
    counts: dict[UUID, dict[LineOutcome, int]] = {row.pk: dict.fromkeys(LineOutcome, 0) for row in rows}
    found = ImportLine.objects.filter(supporter_import__in=rows).order_by()
    for import_id, outcome, count in found.values_list("supporter_import_id", "outcome").annotate(
        Count("pk")
    ):
        counts[import_id][LineOutcome(outcome)] = count
    return tuple(_card(row, counts[row.pk]) for row in rows)


def _card(row: SupporterImport, counts: dict[LineOutcome, int]) -> ImportCard:
    return ImportCard(
        id=row.pk,
        file_name=row.file_name,
        territory_name=row.territory.name,
        imported_by=_name(row.imported_by),
        state=ImportState(row.state),
        lines=row.lines,
        counts=counts,
        created_at=row.created_at,
        removed=row.removed,
        kept=row.kept,
    )


def _name(person: Person | None) -> str:
    return person.public_name if person else ""


def draft(*, person_id: UUID, import_id: UUID, at: datetime) -> ImportDraft:
    """A draft with its first lines. Raises ``NotFound``."""
    made = access.access_import_by_id(person_id=person_id, import_id=import_id, at=at)
    header, rows = vault.staged(import_id=import_id)
    first = rows[:PREVIEWED]
    return ImportDraft(
        card=cards_of([made])[0],
        columns=tuple(
            ImportColumn(
                place=place,
                name=name,
                guess=made.mapping[place],
                examples=tuple(dict.fromkeys(row[place] for _number, row in first if row[place]))[:3],
            )
            for place, name in enumerate(header)
        ),
        preview=tuple(first),
        dropped=tuple(made.dropped),
    )


def problems(*, import_id: UUID, page_number: str | int) -> tuple[Page[ImportLine], tuple[LineProblem, ...]]:
    """The lines that were not imported whole. The caller has checked the right."""
    found = ImportLine.objects.filter(supporter_import_id=import_id).exclude(problem="").order_by("number")
    page = Paginator(found, PER_PAGE).get_page(page_number)
    return page, tuple(
        LineProblem(
            number=line.number,
            sentence=texts.line_problem(line.problem),
            left_out=line.outcome == LineOutcome.PROBLEM,
        )
        for line in page.object_list
    )
