"""What becomes of this room's rows when a person absorbs another."""

from amiral.kit.relations import Move, Relations
from amiral.rooms.field.models import Assignment, Canvass, PlanVersion, Visit

RELATIONS = Relations(
    "field",
    Move(Canvass, "created_by"),
    Move(PlanVersion, "made_by"),
    Move(Assignment, "assigned_by"),
    Move(Visit, "by"),
)
