"""How a shift is filled: for whoever has, awaits or asks for a place, and for those who lead it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.contracts import (
    COMING,
    LIVE,
    MyPlace,
    Role,
    ShiftCard,
    SignUpState,
    State,
)
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.mobilisation.queries.cards import shift_card
from amiral.rooms.people import api as people

ROLE_LABELS: dict[Role, Promise] = {
    Role.VOLUNTEER: pgettext_lazy("role in a shift", "Volunteer"),
    Role.NEWCOMER: pgettext_lazy("role in a shift", "Newcomer: it is my first time"),
    Role.DRIVER: pgettext_lazy("role in a shift", "Driver: I bring a car"),
    Role.LEAD: pgettext_lazy("role in a shift", "Team lead: I know the work and take others along"),
}
"""What somebody says of himself, the usual first."""

ROLE_NAMES: dict[Role, Promise] = {
    Role.LEAD: pgettext_lazy("role in a shift", "lead"),
    Role.DRIVER: pgettext_lazy("role in a shift", "driver"),
    Role.VOLUNTEER: pgettext_lazy("role in a shift", "volunteer"),
    Role.NEWCOMER: pgettext_lazy("role in a shift", "newcomer"),
}

STATE_LABELS: dict[SignUpState, Promise] = {
    SignUpState.REQUESTED: _("Asks for a place"),
    SignUpState.WAITING: _("On the waiting list"),
    SignUpState.OFFERED: _("Is being offered a place"),
    SignUpState.CONFIRMED: pgettext_lazy("of a sign-up", "Comes"),
    SignUpState.CANCELLED: pgettext_lazy("of a sign-up", "Cancelled"),
    SignUpState.DECLINED: pgettext_lazy("of a sign-up", "Declined the place"),
    SignUpState.EXPIRED: pgettext_lazy("of a sign-up", "Did not answer in time"),
    SignUpState.REFUSED: pgettext_lazy("of a sign-up", "Refused"),
    SignUpState.ATTENDED: pgettext_lazy("of a sign-up", "Was there"),
    SignUpState.NO_SHOW: pgettext_lazy("of a sign-up", "Was not there"),
}
"""As those who lead read it."""


def my_place(*, sign_up_id: UUID, at: datetime) -> MyPlace:
    """One sign-up, for who holds its link. Raises ``NotFound``. Two queries."""
    row = SignUp.objects.select_related("shift__action").filter(pk=sign_up_id).first()
    if row is None:
        raise NotFound
    return places_of(rows=[row], at=at)[0]


def holder_of(*, sign_up_id: UUID) -> tuple[UUID, UUID]:
    """Whose sign-up it is, and to which shift. Raises ``NotFound``."""
    found = SignUp.objects.filter(pk=sign_up_id).values_list("person_id", "shift_id").first()
    if found is None:
        raise NotFound
    return found


def my_places(*, person_id: UUID, shift_ids: Iterable[UUID], at: datetime) -> dict[UUID, MyPlace]:
    """The person's live sign-ups to these shifts, by shift. Two queries."""
    rows = SignUp.objects.live().filter(person=person_id, shift__in=list(shift_ids))
    mine = list(rows.select_related("shift__action"))
    return {place.shift.id: place for place in places_of(rows=mine, at=at)}


def places_of(*, rows: Sequence[SignUp], at: datetime) -> list[MyPlace]:
    """Of rows read with their shift and action, in their order. One query."""
    ranks = _ranks([row.shift_id for row in rows if row.state == SignUpState.WAITING])
    return [_mine(row, ranks, at) for row in rows]


def _ranks(shift_ids: list[UUID]) -> list[tuple[UUID, int]]:
    waiting = SignUp.objects.filter(shift__in=shift_ids, state=SignUpState.WAITING)
    return list(waiting.values_list("shift_id", "rank"))


def _mine(row: SignUp, ranks: list[tuple[UUID, int]], at: datetime) -> MyPlace:
    waits = row.state == SignUpState.WAITING
    before = sum(shift == row.shift_id and rank <= row.rank for shift, rank in ranks)
    # An offer whose time is over is over, though the worker's round has not noted it yet.
    over = row.until is not None and row.until <= at
    return MyPlace(
        sign_up_id=row.pk,
        shift=shift_card(row.shift),
        place=row.shift.action.place,
        state=SignUpState.EXPIRED if over else SignUpState(row.state),
        role=Role(row.role),
        party=row.party,
        until=row.until,
        position=before if waits else 0,
        has_begun=row.shift.starts_at <= at,
    )


def usual_role(*, person_id: UUID | None, at: datetime) -> Role:
    """What somebody comes as unless he says otherwise: a newcomer who has never come. One query."""
    came = SignUp.objects.confirmed().filter(shift__ends_at__lte=at, shift__state=State.PUBLISHED)
    known = person_id is not None and came.filter(person=person_id).exists()
    return Role.VOLUNTEER if known else Role.NEWCOMER


@dataclass(frozen=True, kw_only=True)
class SignUpLine:
    """One sign-up, for those who lead the action. ``rank``: the order of asking, from 1."""

    id: UUID
    rank: int
    name: str
    role: str
    party: int
    state: SignUpState
    label: str
    until: datetime | None
    asked_at: datetime
    is_guest: bool

    @property
    def asks(self) -> bool:
        return self.state == SignUpState.REQUESTED

    @property
    def was_expected(self) -> bool:
        """Whether it can be said that he was there, or was not."""
        return self.state in {*COMING, SignUpState.NO_SHOW}


@dataclass(frozen=True, kw_only=True)
class SignUpList:
    """All sign-ups to a shift in the order of asking, those that ended apart."""

    shift: ShiftCard
    live: tuple[SignUpLine, ...]
    ended: tuple[SignUpLine, ...]
    has_begun: bool
    alone: bool

    @property
    def unmarked(self) -> bool:
        """Whether it is still to be said of somebody if he was there."""
        return any(line.state == SignUpState.CONFIRMED for line in self.live)


def sign_up_list(*, shift: Shift, at: datetime) -> SignUpList:
    """Everybody who signed up, with names. Two queries. The caller has checked who asks."""
    rows = list(SignUp.objects.filter(shift=shift.pk).order_by("rank", "created_at", "pk"))
    names = people.cards(person_ids={row.person_id for row in rows})
    lines = [
        _line(row, number, names[row.person_id].public_name)
        for number, row in enumerate(rows, start=1)
        if row.person_id in names
    ]
    return SignUpList(
        shift=shift_card(shift),
        live=tuple(line for line in lines if line.state in LIVE),
        ended=tuple(line for line in lines if line.state not in LIVE),
        has_begun=shift.starts_at <= at,
        alone=newcomers_alone(shift, rows),
    )


def _line(row: SignUp, number: int, name: str) -> SignUpLine:
    state = SignUpState(row.state)
    return SignUpLine(
        id=row.pk,
        rank=number,
        name=name,
        role=str(ROLE_NAMES[Role(row.role)]),
        party=row.party,
        state=state,
        label=str(STATE_LABELS[state]),
        until=row.until,
        asked_at=row.created_at,
        is_guest=row.guest,
    )


def newcomers_alone(shift: Shift, rows: Iterable[SignUp]) -> bool:
    """Whether somebody experienced has gone and left more newcomers behind than the others take along."""
    if shift.newcomers_each is None:
        return False
    coming = [row for row in rows if row.state in COMING]
    newcomers = sum(row.party for row in coming if row.role == Role.NEWCOMER)
    experienced = sum(row.party for row in coming if row.role != Role.NEWCOMER)
    return newcomers > experienced * shift.newcomers_each
