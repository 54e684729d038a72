"""What stands behind an action for those who hold it: co-organisers, delegates, its series."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from amiral.rooms.mobilisation.contracts import COMING, CoState, Invitation, State
from amiral.rooms.mobilisation.models import Action, ActionDelegate, ActionGroup, Shift, SignUp
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import TerritoryCard

MOST_DELEGABLE = 200


@dataclass(frozen=True, kw_only=True)
class CoOrganiser:
    """Another group of an action, asked or agreed."""

    id: UUID
    group: GroupCard
    state: CoState

    @property
    def is_open(self) -> bool:
        return self.state == CoState.INVITED


@dataclass(frozen=True, kw_only=True)
class Leader:
    """Somebody by public name."""

    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One action of a series."""

    id: UUID
    title: str
    url: str
    day: date
    is_cancelled: bool
    is_this: bool


@dataclass(frozen=True, kw_only=True)
class HoldingPage:
    """Everything of the page "organise"; ``first_day`` is that of its first open shift, if any."""

    groups: tuple[CoOrganiser, ...]
    delegates: tuple[Leader, ...]
    delegable: tuple[Leader, ...]
    my_groups: tuple[GroupCard, ...]
    series: tuple[Occurrence, ...]
    following: int
    first_day: date | None


def holding_page(*, action: Action, person_id: UUID, first_day: date | None) -> HoldingPage:
    """A fixed number of queries."""
    delegates = _leaders(ActionDelegate.objects.filter(action=action.pk).values_list("person_id", flat=True))
    there = {leader.id for leader in delegates}
    series = occurrences(action=action)
    ahead = [
        one for one in series if not one.is_cancelled and action.occurs_on and one.day > action.occurs_on
    ]
    return HoldingPage(
        groups=co_organisers(action_id=action.pk),
        delegates=delegates,
        delegable=tuple(one for one in _leaders(delegable_ids(action=action)) if one.id not in there),
        my_groups=network.groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS),
        series=series,
        following=len(ahead),
        first_day=first_day,
    )


def co_organisers(*, action_id: UUID) -> tuple[CoOrganiser, ...]:
    """Those asked and those who said yes, in the order of asking; two queries and those of the groups."""
    rows = list(ActionGroup.objects.filter(action=action_id).order_by("invited_at", "pk"))
    cards = network.groups(group_ids={row.group_id for row in rows}) if rows else {}
    return tuple(
        CoOrganiser(id=row.pk, group=cards[row.group_id], state=CoState(row.state))
        for row in rows
        if row.group_id in cards
    )


def invitations(
    *, person_id: UUID | None, at: datetime, action_id: UUID | None = None
) -> tuple[Invitation, ...]:
    """Open questions to the groups whose actions the person manages, for actions still ahead, or for one."""
    if person_id is None:
        return ()
    mine = {
        group.id: group for group in network.groups_led(person_id=person_id, feature=Feature.MANAGE_ACTIONS)
    }
    rows = ActionGroup.objects.filter(
        group__in=list(mine), state=CoState.INVITED, action__state=State.PUBLISHED
    ).select_related("action")
    if action_id is not None:
        rows = rows.filter(action=action_id)
    ahead = Shift.objects.filter(ends_at__gt=at).values("action")
    found = list(rows.filter(action__in=ahead).order_by("invited_at")[:50])
    hosts = network.groups(group_ids={row.action.group_id for row in found}) if found else {}
    return tuple(
        Invitation(
            id=row.pk,
            title=row.action.title,
            url=action_url(row.action_id),
            host=hosts[row.action.group_id],
            group=mine[row.group_id],
        )
        for row in found
    )


def delegable_ids(*, action: Action) -> set[UUID]:
    """Whom this action may be lent to: who comes to it, or came to the group's actions; accounts only."""
    rows = SignUp.objects.filter(shift__action__group=action.group_id, state__in=COMING, guest=False)
    latest = rows.order_by("-changed_at").values_list("person_id", flat=True)
    here = rows.filter(shift__action=action.pk).values_list("person_id", flat=True)
    return {*here[:MOST_DELEGABLE], *latest[:MOST_DELEGABLE]} - {action.created_by_id}


def _leaders(person_ids: object) -> tuple[Leader, ...]:
    cards = people.cards(person_ids=list(person_ids))  # type: ignore[call-overload]  # any iterable of ids
    return tuple(
        sorted(
            (Leader(id=id_, name=card.public_name) for id_, card in cards.items()),
            key=lambda one: (one.name, one.id),
        )
    )


def occurrences(*, action: Action) -> tuple[Occurrence, ...]:
    """The series of the action in the order of days, this one included; empty without a series."""
    if action.series_id is None:
        return ()
    rows = Action.objects.filter(series=action.series_id, occurs_on__isnull=False).order_by("occurs_on", "pk")
    return tuple(
        Occurrence(
            id=row.pk,
            title=row.title,
            url=action_url(row.pk),
            day=row.occurs_on,
            is_cancelled=row.state == State.CANCELLED,
            is_this=row.pk == action.pk,
        )
        for row in rows
        if row.occurs_on is not None
    )


def groups_sought(*, text: str) -> tuple[GroupCard, ...]:
    """The groups that a typed commune, postal code or address of a group's page stands for."""
    slug = text.strip().strip("/").rpartition("/")[2]
    found = [_group_of(commune) for commune in territory.search_communes(text=text, limit=8)] if text else []
    if not found and slug:
        found = [_by_slug(slug)]
    return tuple({group.id: group for group in found if group is not None}.values())


def _group_of(commune: TerritoryCard) -> GroupCard | None:
    return network.group_for_commune(commune_id=commune.id)


def _by_slug(slug: str) -> GroupCard | None:
    from amiral.kit.errors import NotFound

    try:
        return network.group_by_slug(slug=slug)
    except NotFound:
        return None
