"""What becomes of this room's rows when a person absorbs another."""

from amiral.kit.relations import Move, Once, Relations
from amiral.rooms.field.models import (
    Assignment,
    Canvass,
    Caution,
    Device,
    HelpCall,
    LeaderPhone,
    LogEntry,
    PairMember,
    PlanVersion,
    Presence,
)

RELATIONS = Relations(
    "field",
    Move(Canvass, "created_by"),
    Move(PlanVersion, "made_by"),
    Move(Assignment, "assigned_by"),
    Move(LogEntry, "by"),
    Move(Device, "person"),
    Once(model=PairMember, field="person", within=("shift_id",)),
    # Who is out twice, or asked for help twice at once, is one person who is out, or asked, once.
    Once(model=Presence, field="person", within=("shift_id", "out_at")),
    Once(model=HelpCall, field="person", within=("shift_id", "ended_at")),
    Move(HelpCall, "answered_by"),
    Once(model=LeaderPhone, field="person", within=("action_id",)),
    Move(Caution, "reported_by", "confirmed_by"),
)
