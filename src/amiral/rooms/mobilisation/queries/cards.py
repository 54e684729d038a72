"""What other rooms ask about actions, shifts and teams."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from django.db.models import Min, Q
from django.urls import reverse

from amiral.kit.clock import now
from amiral.kit.contracts import Link
from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.contracts import (
    COMING,
    ActionCard,
    CoState,
    Kind,
    Role,
    ShiftCard,
    ShiftRules,
    SignUpState,
    State,
)
from amiral.rooms.mobilisation.models import Action, ActionGroup, ActionTalkingPoint, Shift, SignUp
from amiral.rooms.mobilisation.queries.clocks import zone_name_of
from amiral.rooms.network import api as network

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django_stubs_ext import WithAnnotations

AGENDA_LENGTH = 5
"""How many actions a group's page announces."""


class _Upcoming(TypedDict):
    next_at: datetime


def action_url(action_id: UUID) -> str:
    """Path of the action's page."""
    return reverse("mobilisation:action", args=[action_id])


def upcoming(*, at: datetime) -> "QuerySet[WithAnnotations[Action, _Upcoming], Any]":
    """Published actions with an open shift that is not over; ``next_at``: when the first of those starts."""
    ahead = Q(shifts__ends_at__gt=at, shifts__state=State.PUBLISHED)
    rows = Action.objects.filter(state=State.PUBLISHED)
    return rows.annotate(next_at=Min("shifts__starts_at", filter=ahead)).filter(next_at__isnull=False)


def shift_card(shift: Shift) -> ShiftCard:
    """The card of a row read with its action."""
    return ShiftCard(
        id=shift.pk,
        action_id=shift.action_id,
        action_title=shift.action.title,
        starts_at=shift.starts_at,
        ends_at=shift.ends_at,
        capacity=shift.capacity,
        needed=shift.needed,
        taken=shift.taken,
        zone=zone_name_of(commune_id=shift.action.commune_id),
        state=State(shift.state),
        offered=shift.offered,
        waiting=shift.waiting,
        rules=shift_rules(shift),
    )


def shift_rules(shift: Shift) -> ShiftRules:
    """The rules of a shift as its leader gave them."""
    return ShiftRules(
        approval=shift.approval,
        offer_minutes=shift.offer_minutes,
        closes_at=shift.closes_at,
        least={Role(role): count for role, count in shift.least.items()},
        most={Role(role): count for role, count in shift.most.items()},
        kept_until=shift.kept_until,
        newcomers_each=shift.newcomers_each,
    )


def still_wanted(*, kind: str, subject_id: UUID) -> bool | None:
    """Whether what a letter says of a sign-up still holds: the place is his, or is being offered to him."""
    states = {"sign-up": COMING, "offer": (SignUpState.OFFERED,)}.get(kind)
    if states is None:
        return None
    open_ones = SignUp.objects.filter(
        shift__state=State.PUBLISHED, shift__action__state=State.PUBLISHED, state__in=states
    )
    return open_ones.filter(pk=subject_id).exists()


def action_cards(actions: Collection[Action]) -> tuple[ActionCard, ...]:
    """Cards of these rows, in their order; three queries however many there are."""
    ids = [action.pk for action in actions]
    groups = network.groups(group_ids={action.group_id for action in actions})
    shifts: dict[UUID, list[ShiftCard]] = {id_: [] for id_ in ids}
    for shift in Shift.objects.filter(action__in=ids).select_related("action"):
        shifts[shift.action_id].append(shift_card(shift))
    points: dict[UUID, list[UUID]] = {id_: [] for id_ in ids}
    for action_id, point_id in ActionTalkingPoint.objects.filter(action__in=ids).values_list(
        "action_id", "point_id"
    ):
        points[action_id].append(point_id)
    return tuple(
        ActionCard(
            id=action.pk,
            kind=Kind(action.kind),
            title=action.title,
            description=action.description,
            group=groups[action.group_id],
            commune_id=action.commune_id,
            place=action.place,
            longitude=action.longitude,
            latitude=action.latitude,
            state=State(action.state),
            url=action_url(action.pk),
            talking_point_ids=tuple(points[action.pk]),
            link=action.link,
            zone=zone_name_of(commune_id=action.commune_id),
            shifts=tuple(shifts[action.pk]),
        )
        for action in actions
    )


def action_card(*, action_id: UUID) -> ActionCard:
    """One action, cancelled or not. Raises ``NotFound``."""
    rows = list(Action.objects.filter(pk=action_id))
    if not rows:
        raise NotFound
    return action_cards(rows)[0]


def shift_by_id(*, shift_id: UUID) -> ShiftCard:
    """One shift, cancelled or not. Raises ``NotFound``."""
    shift = Shift.objects.select_related("action").filter(pk=shift_id).first()
    if shift is None:
        raise NotFound
    return shift_card(shift)


def shifts_by_id(*, shift_ids: Iterable[UUID]) -> dict[UUID, ShiftCard]:
    """Those that exist, cancelled or not; one query."""
    rows = Shift.objects.filter(pk__in=list(shift_ids)).select_related("action")
    return {shift.pk: shift_card(shift) for shift in rows}


def shifts_of_groups(*, group_ids: Iterable[UUID], after: datetime) -> tuple[ShiftCard, ...]:
    """Open shifts of these groups that end after ``after``, in the order of time; one query."""
    rows = Shift.objects.filter(
        action__group__in=list(group_ids), ends_at__gt=after, state=State.PUBLISHED
    ).select_related("action")
    return tuple(shift_card(shift) for shift in rows.order_by("starts_at", "id"))


def team_of_shift(*, shift_id: UUID) -> tuple[UUID, ...]:
    """Persons who come, in the order of their sign-up."""
    rows = SignUp.objects.confirmed().filter(shift=shift_id).order_by("changed_at", "id")
    return tuple(rows.values_list("person_id", flat=True))


def is_in_team(*, person_id: UUID | None, shift_id: UUID) -> bool:
    """Whether the person comes to this shift."""
    if person_id is None:
        return False
    return SignUp.objects.confirmed().filter(shift=shift_id, person=person_id).exists()


def held_by(group_ids: Iterable[UUID]) -> Q:
    """The condition that these groups hold an action, alone or together with others."""
    ids = list(group_ids)
    together = ActionGroup.objects.filter(group__in=ids, state=CoState.ACCEPTED)
    return Q(group__in=ids) | Q(pk__in=together.values("action"))


def group_agenda(*, group_id: UUID, at: datetime | None = None) -> list[Link]:
    """The group's next actions, its own and those that it holds with others, soonest first; one query."""
    rows = upcoming(at=at or now()).filter(held_by([group_id])).order_by("next_at", "id")
    return [
        Link(title=title, url=action_url(id_), detail=place, at=next_at)
        for id_, title, place, next_at in rows.values_list("pk", "title", "place", "next_at")[:AGENDA_LENGTH]
    ]


def upcoming_links(*, at: datetime, limit: int) -> list[Link]:
    """The next actions anywhere, soonest first, for a first page; one query."""
    rows = upcoming(at=at).order_by("next_at", "id").values_list("pk", "title", "place", "next_at")
    return [
        Link(title=title, url=action_url(id_), detail=place, at=next_at)
        for id_, title, place, next_at in rows[:limit]
    ]


def own_links(*, person_id: UUID, at: datetime, limit: int) -> list[Link]:
    """The shifts where the person is expected, soonest first; one query."""
    rows = SignUp.objects.confirmed().filter(
        person=person_id,
        shift__ends_at__gt=at,
        shift__state=State.PUBLISHED,
        shift__action__state=State.PUBLISHED,
    )
    shifts = [row.shift for row in rows.select_related("shift__action").order_by("shift__starts_at")[:limit]]
    return [
        Link(
            title=shift.action.title,
            url=action_url(shift.action_id),
            detail=shift.action.place,
            at=shift.starts_at,
        )
        for shift in shifts
    ]


def sign_ups_of(*, person_id: UUID) -> list[dict[str, Any]]:
    """Every sign-up that is kept of a person, as plain types; one query."""
    rows = (
        SignUp.objects.filter(person=person_id)
        .select_related("shift__action")
        .order_by("shift__starts_at", "id")
    )
    return [
        {
            "action": row.shift.action.title,
            "starts_at": row.shift.starts_at.isoformat(),
            "ends_at": row.shift.ends_at.isoformat(),
            "state": row.state,
            "role": row.role,
            "party": row.party,
            "asked_without_account": row.guest,
            "created_at": row.created_at.isoformat(),
            "changed_at": row.changed_at.isoformat(),
        }
        for row in rows
    ]
