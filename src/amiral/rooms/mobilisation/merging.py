"""What becomes of this room's rows when a person absorbs another. The seat counters stay exact."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from amiral.cores.seats import HOLDS
from amiral.kit.relations import Journal, Move, Once, Records, Relations
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import (
    Action,
    ActionDelegate,
    ActionGroup,
    ActionReport,
    ActionSeries,
    ReportPicture,
    Shift,
    SignUp,
    SignUpAnswer,
)

BETTER = (
    SignUpState.REQUESTED,
    SignUpState.WAITING,
    SignUpState.NO_SHOW,
    SignUpState.OFFERED,
    SignUpState.CONFIRMED,
    SignUpState.ATTENDED,
)
"""What is worth more to a person, last what is worth most; a sign-up that has ended is worth nothing."""


def _one_place(journal: Journal, kept: SignUp, absorbed: SignUp, at: datetime) -> None:
    """The one person has what was worth more of the two; where they are worth the same, the earlier."""
    for answer in SignUpAnswer.objects.filter(sign_up=absorbed.pk):
        journal.drop(answer)
    # First: two rows of a shift never have one rank.
    journal.drop(absorbed)
    if _worth(absorbed) > _worth(kept):
        taken: dict[str, Any] = {
            name: getattr(absorbed, name) for name in ("state", "until", "role", "party", "rank")
        }
        journal.change(kept, **taken, changed_at=at, sequence=kept.sequence + 1)
        if absorbed.state != kept.state:
            journal.change(kept, shows_phone=absorbed.shows_phone)
    if absorbed.state == kept.state and not absorbed.shows_phone:
        # Who kept the number back in one of the two has kept it back.
        journal.change(kept, shows_phone=False)


def _worth(row: SignUp) -> tuple[int, int]:
    state = SignUpState(row.state)
    if state not in BETTER:
        return -1, 0
    queued = state in {SignUpState.REQUESTED, SignUpState.WAITING}
    return BETTER.index(state), -row.rank if queued else 0


RELATIONS = Relations(
    "mobilisation",
    Move(Action, "created_by"),
    Move(ActionSeries, "created_by"),
    Move(ActionGroup, "invited_by"),
    Move(ActionGroup, "answered_by"),
    Move(ActionDelegate, "given_by"),
    Move(ActionReport, "written_by"),
    Move(ReportPicture, "sent_by"),
    Once(model=ActionDelegate, field="person", within=("action_id",)),
    Once(model=SignUp, field="person", within=("shift_id",), settle=_one_place),
)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves sign-ups and gives back the places that the two held twice (port ``merge_person``)."""
    theirs = SignUp.objects.filter(person=absorbed_id).values("shift")
    shared = SignUp.objects.filter(person=kept_id, shift__in=theirs).values_list("shift_id", flat=True)
    before = _counted(shared)
    records = RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)
    _count(before, _counted(before))
    return records


def unmerge_person(*, records: Records) -> None:
    """Takes it back (port ``unmerge_person``). Whose place somebody else took since is signed off."""
    dropped = _dropped(records)
    before = _counted(UUID(row["shift_id"]) for row in dropped)
    RELATIONS.unmerge(records=records)
    _sign_off_where_full(before, dropped)
    _count(before, _counted(before))


def unsettled(*, records: Records) -> list[UUID]:
    """Shifts of the journal in which somebody waits, or is being offered a place."""
    ids = {UUID(row["shift_id"]) for row in _dropped(records)}
    open_ones = Shift.objects.filter(Q(waiting__gt=0) | Q(offered__gt=0), pk__in=ids)
    return list(open_ones.values_list("pk", flat=True))


def _dropped(records: Records) -> list[dict[str, Any]]:
    lines = records.get("mobilisation", ())
    return [line["content"] for line in lines if line["do"] == "drop" and line["table"] == SignUp._meta.label]


def _counted(shift_ids: Iterable[UUID]) -> dict[UUID, Counter[str]]:
    """What the sign-ups of these shifts amount to; the shifts wait for this transaction from now on."""
    ids = sorted(set(shift_ids))
    for shift_id in ids:
        Shift.objects.filter(pk=shift_id).update(version=F("version"))
    found: dict[UUID, Counter[str]] = {shift_id: Counter() for shift_id in ids}
    for row in SignUp.objects.live().filter(shift__in=ids):
        found[row.shift_id]["taken"] += row.party * (row.state in HOLDS)
        found[row.shift_id]["offered"] += row.party * (row.state == SignUpState.OFFERED)
        found[row.shift_id]["waiting"] += row.party * (row.state == SignUpState.WAITING)
    return found


def _count(before: dict[UUID, Counter[str]], after: dict[UUID, Counter[str]]) -> None:
    """Moves each counter by what changed: rows of old shifts are purged, so counting anew would lose them."""
    for shift_id, was in before.items():
        now_is = after[shift_id]
        moved = {
            name: F(name) + now_is[name] - was[name]
            for name in ("taken", "offered", "waiting")
            if now_is[name] != was[name]
        }
        if moved:
            Shift.objects.filter(pk=shift_id).update(**moved)


def _sign_off_where_full(before: dict[UUID, Counter[str]], dropped: list[dict[str, Any]]) -> None:
    after = _counted(before)
    shifts = Shift.objects.filter(pk__in=before).order_by("pk")
    full = {
        row.pk
        for row in shifts
        if row.taken + after[row.pk]["taken"] - before[row.pk]["taken"] > row.capacity
    }
    mine = [row["id"] for row in dropped if UUID(row["shift_id"]) in full]
    SignUp.objects.filter(pk__in=mine, state__in=HOLDS).update(state=SignUpState.CANCELLED, until=None)
