"""What becomes of this room's rows when a person absorbs another. The seat counters stay exact."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F

from amiral.kit.relations import Journal, Move, Once, Records, Relations
from amiral.rooms.mobilisation.contracts import SignUpState
from amiral.rooms.mobilisation.models import Action, Shift, SignUp


def _one_place(journal: Journal, kept: SignUp, absorbed: SignUp, at: datetime) -> None:
    """One of the two comes: then the one person comes, on one place."""
    if absorbed.state == SignUpState.CONFIRMED != kept.state:
        comes: dict[str, Any] = {"state": SignUpState.CONFIRMED.value, "changed_at": at}
        journal.change(kept, **comes, sequence=kept.sequence + 1, shows_phone=absorbed.shows_phone)
    elif absorbed.state == kept.state and not absorbed.shows_phone:
        # Who kept the number back in one of the two has kept it back.
        journal.change(kept, shows_phone=False)
    journal.drop(absorbed)


RELATIONS = Relations(
    "mobilisation",
    Move(Action, "created_by"),
    Once(model=SignUp, field="person", within=("shift_id",), settle=_one_place),
)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves sign-ups and gives back the places that the two held twice (port ``merge_person``)."""
    theirs = SignUp.objects.filter(person=absorbed_id).values("shift")
    shared = SignUp.objects.filter(person=kept_id, shift__in=theirs).values_list("shift_id", flat=True)
    before = _coming(shared)
    records = RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)
    _count(before, _coming(set(before)))
    return records


def unmerge_person(*, records: Records) -> None:
    """Takes it back (port ``unmerge_person``). Whose place somebody else took since is signed off."""
    dropped = [line["content"] for line in records.get("mobilisation", ()) if line["do"] == "drop"]
    before = _coming({UUID(row["shift_id"]) for row in dropped})
    RELATIONS.unmerge(records=records)
    _sign_off_where_full(before, dropped)
    _count(before, _coming(set(before)))


def _coming(shift_ids: Iterable[UUID]) -> Counter[UUID]:
    ids = set(shift_ids)
    if not ids:
        return Counter()
    held = SignUp.objects.confirmed().filter(shift__in=ids).order_by().values_list("shift_id")
    return Counter(dict.fromkeys(ids, 0) | dict(held.annotate(count=Count("pk"))))


def _count(before: Counter[UUID], after: Counter[UUID]) -> None:
    """Moves each counter by what changed: rows of old shifts are purged, so counting anew would lose them."""
    for shift_id, was in before.items():
        if after[shift_id] != was:
            Shift.objects.filter(pk=shift_id).update(taken=F("taken") + after[shift_id] - was)


def _sign_off_where_full(before: Counter[UUID], dropped: list[dict[str, Any]]) -> None:
    after = _coming(set(before))
    shifts = Shift.objects.select_for_update().filter(pk__in=before).order_by("pk")
    full = {row.pk for row in shifts if row.taken + after[row.pk] - before[row.pk] > row.capacity}
    mine = [row["id"] for row in dropped if UUID(row["shift_id"]) in full]
    SignUp.objects.confirmed().filter(pk__in=mine).update(state=SignUpState.CANCELLED)
