"""Leaflet rounds around the cathedral: one done in part, which a team of next Saturday finishes."""

from datetime import datetime, timedelta
from uuid import UUID

from amiral.kit.ids import new_id
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import CanvassKind, Outcome

NAME = "Boîtage autour de la cathédrale"
AROUND = (24.9428, 60.1679, 24.9534, 60.1716)
BAG, MINUTES = 60, 60


def build(
    *,
    leader: UUID,
    group: UUID,
    file_id: UUID,
    past_shift: UUID,
    next_shift: UUID,
    begun_at: datetime,
    now: datetime,
) -> None:
    """``begun_at``: when the team of ``past_shift`` left; it did half of the round with most sides."""
    canvass = field.create_canvass(
        by_id=leader,
        group_id=group,
        name=NAME,
        kind=CanvassKind.LEAFLET_ROUNDS,
        file_id=file_id,
        bounds=AROUND,
        minutes=MINUTES,
        bag=BAG,
    )
    field.plan_now(canvass_id=canvass, at=now)
    first = max(field.turfs(canvass_id=canvass), key=lambda turf: len(turf.door_ids))
    given = field.assign_turf(
        by_id=leader, turf_id=first.id, shift_id=past_shift, at=begun_at - timedelta(days=1)
    )
    for number, side in enumerate(first.door_ids[: len(first.door_ids) // 2]):
        moment = begun_at + timedelta(minutes=4 * number)
        field.record_visit(
            by_id=leader,
            assignment_id=given,
            door_id=side,
            visit_id=new_id(),
            outcome=Outcome.COME_BACK if number == 1 else Outcome.LEAFLET_LEFT,
            at=moment,
            received_at=moment,
        )
    field.take_back(by_id=leader, turf_id=first.id, at=begun_at + timedelta(hours=1))
    field.assign_turf(by_id=leader, turf_id=first.id, shift_id=next_shift, at=now)
