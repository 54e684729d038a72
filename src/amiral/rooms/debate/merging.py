"""What becomes of this room's rows when a person absorbs another."""

from datetime import datetime
from uuid import UUID

from amiral.kit.relations import Move, Once, Records, Relations
from amiral.rooms.debate.actions import rolls
from amiral.rooms.debate.models import (
    Answer,
    Argument,
    Challenge,
    CodeBatch,
    Consultation,
    Follower,
    Lot,
    Milestone,
    ReplyMove,
    Statement,
    Step,
    Synthesis,
)

RELATIONS = Relations(
    "debate",
    Move(Consultation, "created_by"),
    Move(Step, "by"),
    Move(CodeBatch, "printed_by"),
    Move(Lot, "announced_by"),
    Move(Statement, "decided_by"),
    Move(Argument, "decided_by"),
    Move(Synthesis, "author"),
    Move(Challenge, "answered_by"),
    Move(Answer, "by"),
    Move(Milestone, "by"),
    Move(ReplyMove, "by"),
    Once(model=Follower, field="person", within=("consultation_id",)),
)


def merge(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves the rows, then looks at the rolls of voices, which name nobody."""
    records = RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)
    records[RELATIONS.room] += rolls.merge(kept_id=kept_id, absorbed_id=absorbed_id)
    return records


def unmerge(*, records: Records) -> None:
    """The way back."""
    lines = records.get(RELATIONS.room, [])
    rolls.unmerge(lines=[line for line in lines if rolls.is_ours(line)])
    RELATIONS.unmerge(records={RELATIONS.room: [line for line in lines if not rolls.is_ours(line)]})
