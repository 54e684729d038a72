"""Reads of one mandate with what it hangs on and what hangs on it, and of the log of changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Q

from amiral.kit.models import AuditLine
from amiral.rooms.people import access, queries, texts
from amiral.rooms.people.contracts import Feature, MandateCard, Role
from amiral.rooms.people.models import Mandate, MandateQuerySet, Person
from amiral.rooms.territory import api as territory

LINES_PER_PAGE = 50
LOG_OF_AT_MOST = 5000
"""How many mandates' changes one page of the log looks through, the newest first."""


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One change of a mandate: who did what to whose right, and when."""

    at: datetime
    what: str
    by_name: str
    mandate_id: UUID
    person_name: str
    role_name: str
    place: str


@dataclass(frozen=True, kw_only=True)
class MandatePage:
    """A mandate as one reader sees it. ``above``: from its source to the root; ``below``: what hangs on it.

    ``may_keep``: the reader could take over what hangs on it.
    """

    card: MandateCard
    role_name: str
    in_force: bool
    opens: tuple[str, ...]
    gives_on: tuple[str, ...]
    granted_by: str
    above: tuple[MandateCard, ...]
    below: tuple[MandateCard, ...]
    may_end: bool
    may_keep: bool
    may_delegate: bool
    log: tuple[LogLine, ...]


def mandate_page(*, person_id: UUID | None, mandate_id: UUID, at: datetime) -> MandatePage:
    """One mandate with its chain. Raises ``NotFound``."""
    row = access.access_mandate_to_read_by_id(person_id=person_id, mandate_id=mandate_id, at=at)
    assert person_id is not None
    in_force = Mandate.objects.in_force(at).filter(pk=row.pk).exists()
    may_end = in_force and access.may_end(person_id=person_id, mandate=row, at=at)
    below = _below(row, at)
    return MandatePage(
        card=queries.mandate_card(row),
        role_name=texts.role_name(row.role),
        in_force=in_force,
        opens=texts.feature_names(row.opens),
        gives_on=texts.feature_names(row.gives_on),
        granted_by=row.granted_by.public_name if row.granted_by else "",
        above=_above(row),
        below=below,
        may_end=may_end,
        may_keep=may_end and bool(below) and row.person_id != person_id and _manages(person_id, row, at),
        may_delegate=in_force and row.person_id == person_id and bool(row.gives_on),
        log=_lines(
            AuditLine.objects.filter(subject_kind="mandate", subject_id=str(row.pk)).order_by("-at", "-pk")
        ),
    )


def _manages(person_id: UUID, row: Mandate, at: datetime) -> bool:
    return bool(access.managing(person_id=person_id, territory_id=row.territory_id, at=at))


def _above(row: Mandate) -> tuple[MandateCard, ...]:
    chain, step = [], row.delegated_from
    while step is not None:
        chain.append(queries.mandate_card(step))
        step = step.delegated_from
    return tuple(chain)


def _below(row: Mandate, at: datetime) -> tuple[MandateCard, ...]:
    """All in force that hangs on it, nearest first; one query for each level."""
    found: list[MandateCard] = []
    level = [row.pk]
    while level:
        cards = queries.mandate_cards(Mandate.objects.in_force(at).filter(delegated_from__in=level))
        found += cards
        level = [card.id for card in cards]
    return tuple(found)


def own_sources(*, person_id: UUID, at: datetime) -> tuple[MandateCard, ...]:
    """The person's mandates in force of which a part may be given on."""
    return tuple(card for card in queries.mandates_of(person_id=person_id, at=at) if card.delegable)


def places_inside(*, card: MandateCard) -> tuple[tuple[str, str], ...]:
    """``(id, label)`` of the mandate's own place, of the départements inside a larger one, of the zones."""
    if card.scope_id is not None or not card.territory_id:
        return ()
    own = territory.territory(territory_id=card.territory_id)
    inside = queries.departements_in({own.id: own}) if own.kind in queries.LARGER else ()
    zones = (zone for zone in queries.zones_in([own.id]) if zone[0] != own.id)
    return ((own.id, own.name), *((one.id, f"{one.code} – {one.name}") for one in inside), *zones)


def log(
    *, person_id: UUID, at: datetime, page_number: str | int, territory_id: str = ""
) -> tuple[Page[AuditLine], tuple[LogLine, ...]]:
    """The changes of the mandates that concern somebody: his own, what he gave, those where he manages.

    The page serves for its numbers and links, the lines for what is shown.
    """
    found = _concerning(person_id=person_id, at=at)
    if territory_id:
        found = found.filter(territory_id__in=territory.descendant_filter(ancestor_ids=[territory_id]))
    ids = found.order_by("-starts_at").values_list("pk", flat=True)[:LOG_OF_AT_MOST]
    lines = AuditLine.objects.filter(subject_kind="mandate", subject_id__in=[str(pk) for pk in ids])
    page = Paginator(lines.order_by("-at", "-pk"), LINES_PER_PAGE).get_page(page_number)
    return page, _lines(page.object_list)


def _concerning(*, person_id: UUID, at: datetime) -> MandateQuerySet:
    mine = Q(person_id=person_id) | Q(delegated_from__person_id=person_id) | Q(granted_by_id=person_id)
    held = queries.territories_held(person_id=person_id, feature=Feature.MANAGE_MANDATES, at=at)
    if access.administers(person_id=person_id, at=at):
        return Mandate.objects.all()
    return Mandate.objects.filter(mine | Q(territory_id__in=territory.descendant_filter(ancestor_ids=held)))


def _lines(rows: object) -> tuple[LogLine, ...]:
    lines = list(cast("list[AuditLine]", rows))
    ids = {UUID(line.subject_id) for line in lines}
    cards = {card.id: card for card in queries.mandate_cards(Mandate.objects.filter(pk__in=ids))}
    actors = {line.actor_id for line in lines if line.actor_id}
    names = {row.pk: row.public_name for row in Person.objects.filter(pk__in=actors)}
    return tuple(
        LogLine(
            at=line.at,
            what=texts.mandate_change(line.verb),
            by_name=names.get(line.actor_id, "") if line.actor_id else "",
            mandate_id=card.id,
            person_name=card.person_name,
            role_name=texts.role_name(Role(card.role)),
            place=card.place,
        )
        for line in lines
        if (card := cards.get(UUID(line.subject_id)))
    )
