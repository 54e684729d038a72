"""Written criteria, which of them a group meets, and where its certification stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Max
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from amiral.kit.ports import call
from amiral.rooms.network.contracts import (
    CertificationState,
    CertificationStepKind,
    CriterionKind,
    GroupCard,
)
from amiral.rooms.network.models import (
    Certification,
    CertificationCriterion,
    CertificationStep,
    Group,
    Post,
)
from amiral.rooms.network.queries.groups import cards_of, listed
from amiral.rooms.network.queries.members import leaders, member_count, name_of, page_of
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory

MONTH = timedelta(days=365) / 12
CERTIFIED_MAX = 300
STEPS_SHOWN = 50
WAITING_PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class CriterionView:
    """A criterion in the language of the reader; ``least`` and ``within_months`` are zero where they mean
    nothing."""

    id: UUID
    kind: CriterionKind
    kind_label: str
    text: str
    least: int
    within_months: int
    retired: bool

    @property
    def is_declared(self) -> bool:
        """Whether somebody has to confirm it."""
        return self.kind == CriterionKind.DECLARED


@dataclass(frozen=True, kw_only=True)
class CheckedCriterion:
    """A criterion and what was counted; ``met`` is ``None`` for one that a person confirms."""

    criterion: CriterionView
    found: int
    met: bool | None


@dataclass(frozen=True, kw_only=True)
class StepView:
    """One line of the trace; ``by_name`` is empty for the daily check."""

    kind: CertificationStepKind
    words: str
    by_name: str
    at: datetime
    reasons: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What everybody reads of a certified group."""

    since: datetime
    criteria: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CertificationPage:
    """The page of those who lead the group and of those who decide. ``suspends_at``: when the badge goes."""

    state: CertificationState | None
    asked_by: UUID | None
    checked: tuple[CheckedCriterion, ...]
    steps: tuple[StepView, ...]
    suspends_at: datetime | None

    @property
    def may_ask(self) -> bool:
        """Whether nothing is pending or granted."""
        return self.state in (None, CertificationState.REFUSED, CertificationState.WITHDRAWN)

    @property
    def missing(self) -> tuple[CheckedCriterion, ...]:
        """The computed criteria that are not met."""
        return tuple(one for one in self.checked if one.met is False)


@dataclass(frozen=True, kw_only=True)
class WaitingLine:
    """A request that waits for a decision."""

    group: GroupCard
    asked_at: datetime


def kind_label(kind: CriterionKind) -> str:
    """What is counted, in the language of the reader."""
    return {
        CriterionKind.AGE: _("Age of the group, in days"),
        CriterionKind.MEMBERS: _("Number of members"),
        CriterionKind.ACTIONS: _("Field actions held in the last months"),
        CriterionKind.LEADERS: _("Number of leaders"),
        CriterionKind.RECENT_POST: _("A message of the group in the last months"),
        CriterionKind.DECLARED: _("Declared: confirmed by who decides"),
    }[kind]


def _view(row: CertificationCriterion) -> CriterionView:
    kind = CriterionKind(row.kind)
    return CriterionView(
        id=row.pk,
        kind=kind,
        kind_label=kind_label(kind),
        text=row.text_en if get_language() == "en" else row.text_fr,
        least=row.least,
        within_months=row.within_months,
        retired=row.retired_at is not None,
    )


def criteria() -> tuple[CriterionView, ...]:
    """Those in force, in the order of writing; one query."""
    return tuple(_view(row) for row in CertificationCriterion.objects.filter(retired_at=None))


def criteria_named(*, ids: Iterable[str]) -> dict[str, str]:
    """The texts of criteria, retired ones too, by id in writing; one query, none without ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {str(row.pk): _view(row).text for row in CertificationCriterion.objects.filter(pk__in=wanted)}


def check(*, group: Group, at: datetime) -> tuple[CheckedCriterion, ...]:
    """Every criterion in force with what the group has; one query for each kind that is asked for."""
    return tuple(_checked(view, group, at) for view in criteria())


def _checked(view: CriterionView, group: Group, at: datetime) -> CheckedCriterion:
    if view.is_declared:
        return CheckedCriterion(criterion=view, found=0, met=None)
    found = _found(view, group, at)
    return CheckedCriterion(criterion=view, found=found, met=found >= max(1, view.least))


def _found(view: CriterionView, group: Group, at: datetime) -> int:
    since = at - MONTH * view.within_months
    if view.kind == CriterionKind.AGE:
        return (at - group.created_at).days
    if view.kind == CriterionKind.MEMBERS:
        return member_count(group_id=group.pk)
    if view.kind == CriterionKind.LEADERS:
        return len({leader.person_id for leader in leaders(group_id=group.pk)})
    if view.kind == CriterionKind.ACTIONS:
        return sum(call("field_actions_held", group_id=group.pk, since=since, until=at))
    return Post.objects.filter(group=group, hidden_at=None, created_at__gt=since, created_at__lte=at).count()


def badge(*, group: Group) -> Badge | None:
    """What the page of a certified group shows; one query for any other group, three at most."""
    row = Certification.objects.filter(pk=group.pk, state=CertificationState.GRANTED).first()
    if row is None:
        return None
    granted = (CertificationStepKind.GRANTED, CertificationStepKind.RESTORED)
    steps = CertificationStep.objects.filter(group=group, kind__in=granted)
    since: datetime = steps.aggregate(at=Max("at"))["at"] or row.asked_at
    texts = criteria_named(ids=row.met)
    return Badge(since=since, criteria=tuple(texts[id_] for id_ in row.met if id_ in texts))


def certification_page(*, group: Group, at: datetime) -> CertificationPage:
    """Where a group stands, for its leaders and for who decides; a constant number of queries."""
    row = Certification.objects.filter(pk=group.pk).first()
    return CertificationPage(
        state=CertificationState(row.state) if row else None,
        asked_by=row.asked_by_id if row else None,
        checked=check(group=group, at=at),
        steps=_steps(group),
        suspends_at=row.warned_at + warning_period() if row and row.warned_at else None,
    )


def warning_period() -> timedelta:
    """How long a group may miss a criterion before its badge is suspended."""
    return timedelta(days=settings.CERTIFICATION_WARNING_DAYS)


def _steps(group: Group) -> tuple[StepView, ...]:
    rows = list(CertificationStep.objects.filter(group=group)[:STEPS_SHOWN])
    names = people.cards(person_ids={row.by_id for row in rows if row.by_id})
    texts = criteria_named(ids={id_ for row in rows for id_ in row.criteria})
    return tuple(
        StepView(
            kind=CertificationStepKind(row.kind),
            words=step_words(CertificationStepKind(row.kind)),
            by_name=name_of(row.by_id, names) if row.kind in BY_SOMEBODY else "",
            at=row.at,
            reasons=row.reasons,
            criteria=tuple(texts[id_] for id_ in row.criteria if id_ in texts),
        )
        for row in rows
    )


BY_SOMEBODY = frozenset(
    {
        CertificationStepKind.ASKED,
        CertificationStepKind.GRANTED,
        CertificationStepKind.REFUSED,
        CertificationStepKind.WITHDRAWN,
    }
)
"""The others are the daily check's."""


def step_words(kind: CertificationStepKind) -> str:
    """What happened, in the language of the reader."""
    return {
        CertificationStepKind.ASKED: pgettext("certification", "Asked for"),
        CertificationStepKind.GRANTED: pgettext("certification", "Granted"),
        CertificationStepKind.REFUSED: pgettext("certification", "Refused"),
        CertificationStepKind.WARNED: pgettext("certification", "Warning: criteria are no longer met"),
        CertificationStepKind.MENDED: pgettext("certification", "The criteria are met again"),
        CertificationStepKind.SUSPENDED: pgettext("certification", "Suspended"),
        CertificationStepKind.RESTORED: pgettext("certification", "Restored: the criteria are met again"),
        CertificationStepKind.WITHDRAWN: pgettext("certification", "Withdrawn"),
    }[kind]


def certified_groups() -> tuple[GroupCard, ...]:
    """Those with a badge that lists may name, by name; two queries."""
    granted = Certification.objects.filter(state=CertificationState.GRANTED).values("pk")
    return cards_of(listed().filter(pk__in=granted)[:CERTIFIED_MAX])


def waiting(*, person_id: UUID, page_number: str | int) -> "Page[WaitingLine]":
    """The requests that somebody may decide, oldest first; a constant number of queries."""
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_MANDATES)
    inside = territory.descendant_filter(ancestor_ids=held)
    rows = Certification.objects.filter(state=CertificationState.ASKED, group__territory_id__in=inside)
    page = Paginator(rows.select_related("group").order_by("asked_at", "pk"), WAITING_PER_PAGE).get_page(
        page_number
    )
    cards = cards_of(row.group for row in page.object_list)
    views = [
        WaitingLine(group=card, asked_at=row.asked_at)
        for row, card in zip(page.object_list, cards, strict=True)
    ]
    return page_of(views, page)


def deciders(*, group: Group) -> set[UUID]:
    """Who holds the nearest place around the group and hands out mandates there."""
    for place in territory.ancestor_ids(territory_id=group.territory_id):
        cards = people.holders(territory_id=place)
        found = {card.person_id for card in cards if Feature.MANAGE_MANDATES in card.features}
        if found:
            return found
    return set()
