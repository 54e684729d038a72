"""Who sits where: every gesture on a shift passes here, one at a time, and follows ``cores.seats``.

A gesture holds the shift's row, settles what time has changed, does its one thing, settles again, and writes
the rows and the counters in the same transaction. A place that becomes free is therefore offered by the very
gesture that freed it.
"""

import contextlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.cores import seats
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.tasks import defer, task
from amiral.kit.turns import in_turn
from amiral.rooms.mobilisation.actions import seat_letters
from amiral.rooms.mobilisation.contracts import Role, ShiftRules, SignUpState, State
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.people import api as people

SHORTEST_OFFER_S = 60.0
SEATED = ("state", "until", "changed_at", "sequence")
"""What a gesture changes in a row that stands already: the rest may change meanwhile."""
Answer = TypeVar("Answer")


class NotPossibleNow(Refused):
    """The sign-up has come to something else meanwhile."""


class Overtaken(RuntimeError):
    """The counters do not fit the rows: something wrote to them that did not hold the shift."""


class Held:
    """A shift held still for one gesture, with all who have, await or ask for a place in it."""

    def __init__(self, shift: Shift, at: datetime) -> None:
        self.shift, self.at = shift, at
        self.rows = list(SignUp.objects.live().filter(shift=shift.pk).order_by("rank", "pk"))
        self.rules = rules_of(shift, at=at)
        self.changed: dict[UUID, SignUp] = {}

    @property
    def is_open(self) -> bool:
        """Whether anything may still be given: the shift takes place and has not begun."""
        return not is_off(self.shift) and self.at < self.shift.starts_at

    @property
    def _now(self) -> float:
        return self.at.timestamp()

    def world(self) -> tuple[seats.SignUp, ...]:
        """All of them as the core knows them."""
        return tuple(map(as_core, self.rows))

    def row(self, sign_up_id: UUID) -> SignUp:
        """One of them; ``NotPossibleNow`` for a sign-up that has ended."""
        found = next((row for row in self.rows if row.pk == sign_up_id), None)
        if found is None:
            raise NotPossibleNow(_("This sign-up is over: sign up again if you wish."))
        return found

    def row_of(self, person_id: UUID) -> SignUp | None:
        """The person's own, if there is one that has not ended."""
        return next((row for row in self.rows if row.person_id == person_id), None)

    def put(self, row: SignUp, state: SignUpState, until: float | None = None) -> None:
        """Lets a row come to ``state``."""
        row.state, row.until = state, _moment(until)
        row.changed_at, row.sequence = self.at, row.sequence + 1
        self.changed[row.pk] = row

    def end(self, row: SignUp, state: SignUpState) -> None:
        """Lets a row come to one of its ends; ``NotPossibleNow`` when it cannot."""
        try:
            seats.ended(as_core(row), state)
        except seats.NotNow:
            raise NotPossibleNow(
                _("This cannot be done any more: reload the page to see how it stands.")
            ) from None
        self.put(row, state)

    def ask(self, row: SignUp) -> None:
        """Lets a new row in, at the end of the list, in the state that the rules give it."""
        row.rank = self.shift.version
        asked = seats.ask(self.rules, self.world(), as_core(row), at=self._now)
        self.rows.append(row)
        self.put(row, asked.state, asked.until)

    def approve(self, row: SignUp) -> None:
        """Lets a requested row in, or puts it on the waiting list."""
        try:
            asked = seats.approved(self.rules, self.world(), as_core(row), at=self._now)
        except seats.NotNow:
            raise NotPossibleNow(_("Somebody has answered this request already.")) from None
        self.put(row, asked.state, asked.until)

    def accept(self, row: SignUp) -> None:
        """Lets an offer become a place."""
        try:
            taken = seats.accepted(as_core(row), at=self._now)
        except seats.NotNow:
            raise NotPossibleNow(_("No place is being offered to you at the moment.")) from None
        self.put(row, taken.state)

    def use(self, columns: dict[str, Any]) -> None:
        """Goes on by other rules, which the caller has written."""
        for name, value in columns.items():
            setattr(self.shift, name, value)
        self.rules = rules_of(self.shift, at=self.at)

    def remove(self, person_id: UUID) -> None:
        """Strikes the person out, as if he had never come: he is being erased."""
        self.rows = [row for row in self.rows if row.person_id != person_id]
        self.changed = {pk: row for pk, row in self.changed.items() if row.person_id != person_id}
        SignUp.objects.filter(shift=self.shift.pk, person=person_id).delete()

    def settle(self) -> None:
        """Ends offers whose time is over and offers what is free to those who wait."""
        if is_off(self.shift):
            return
        by_rank = {row.rank: row for row in self.rows}
        for change in seats.settle(self.rules, self.world(), at=self._now):
            self.put(by_rank[change.rank], change.state, change.until)

    def write(self) -> None:
        """Rows and counters, both or neither."""
        for row in self.changed.values():
            row.save(update_fields=None if row.rank == self.shift.version else SEATED)
        world = self.world()
        offered = sum(each.party for each in world if each.state is SignUpState.OFFERED)
        waiting = sum(each.party for each in world if each.state is SignUpState.WAITING)
        due = self._due(world)
        if not Shift.objects.write_seats(
            held=self.shift, taken=seats.taken(world), offered=offered, waiting=waiting, due_at=due
        ):
            raise Overtaken(f"shift {self.shift.pk}: {seats.taken(world)} of {self.shift.capacity}")
        if due is not None and due != self.shift.due_at:
            key = f"{self.shift.pk}:{due.isoformat()}"
            defer(settle_later, key=key, run_after=due, shift_id=str(self.shift.pk))

    def _due(self, world: tuple[seats.SignUp, ...]) -> datetime | None:
        if is_off(self.shift):
            return None
        return _moment(seats.next_change(self.rules, world, at=self._now))


def gesture(
    *,
    shift_id: UUID,
    at: datetime,
    do: Callable[[Held], Answer],
    silent: bool = False,
    person_id: UUID | None = None,
) -> Answer:
    """Does one thing to a shift while everybody else waits, and writes to those whom it concerns.

    ``do`` raises ``Refused`` before it changes anything; what time had changed is written all the same.
    Raises ``NotFound`` for a missing shift. ``person_id``: whose gesture it is. His share of the person is
    taken before the shift, as merging and erasing do; the other way round they would wait in a ring.
    """
    refusal: Refused | None = None
    with in_turn(), transaction.atomic():
        if person_id is not None and not people.hold_persons(person_ids=[person_id]):
            raise NotFound
        shift = Shift.objects.hold(shift_id=shift_id)
        if shift is None:
            raise NotFound
        held = Held(shift, at)
        held.settle()
        try:
            answer = do(held)
        except Refused as error:
            refusal = error
        else:
            held.settle()
        held.write()
        if not silent:
            seat_letters.tell(shift=shift, sign_ups=held.changed.values())
    if refusal is not None:
        raise refusal
    return answer


@task
def settle_later(shift_id: str) -> None:
    """At the moment an offer ends: the worker passes the place on. Harmless again, and too early.

    A job that was lost would do no harm either: the worker's round finds the shift by ``due_at``.
    """
    with contextlib.suppress(NotFound):  # removed meanwhile
        settle(shift_ids=[UUID(shift_id)], at=now())


def settle(*, shift_ids: Iterable[UUID], at: datetime, silent: bool = False) -> None:
    """Lets time, or whatever freed places, take its effect; in one order, so that nobody waits in a ring."""
    for shift_id in sorted(shift_ids):
        gesture(shift_id=shift_id, at=at, do=lambda held: None, silent=silent)


def rules_of(shift: Shift, *, at: datetime) -> seats.Rules:
    """The rules of a shift as the core takes them. An offer stands for a quarter of the time left at most."""
    closes = closes_at(shift).timestamp()
    left = max(SHORTEST_OFFER_S, (closes - at.timestamp()) / 4)
    return seats.Rules(
        capacity=shift.capacity,
        closes_at=closes,
        offer_s=min(shift.offer_minutes * 60.0, left),
        approval=shift.approval,
        least={Role(role): count for role, count in shift.least.items()},
        most={Role(role): count for role, count in shift.most.items()},
        kept_until=(shift.kept_until or shift.starts_at).timestamp(),
        newcomers_each=shift.newcomers_each,
    )


def columns_of(rules: ShiftRules) -> dict[str, Any]:
    """Rules as the columns of a shift."""
    return {
        "approval": rules.approval,
        "offer_minutes": rules.offer_minutes,
        "closes_at": rules.closes_at,
        "least": {role.value: count for role, count in rules.least.items() if count},
        "most": {role.value: count for role, count in rules.most.items()},
        "kept_until": rules.kept_until,
        "newcomers_each": rules.newcomers_each,
    }


def closes_at(shift: Shift) -> datetime:
    """When signing up ends: at the start at the latest."""
    return min(shift.closes_at or shift.starts_at, shift.starts_at)


def is_off(shift: Shift) -> bool:
    """Whether the shift, or its action, is cancelled."""
    return State.CANCELLED in {shift.state, shift.action.state}


def as_core(row: SignUp) -> seats.SignUp:
    """A row as the core knows it."""
    return seats.SignUp(
        rank=row.rank,
        role=Role(row.role),
        party=row.party,
        state=SignUpState(row.state),
        until=row.until.timestamp() if row.until else None,
    )


def _moment(timestamp: float | None) -> datetime | None:
    return None if timestamp is None else datetime.fromtimestamp(timestamp, tz=UTC)
