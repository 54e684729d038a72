"""What becomes of this room's rows when a person absorbs another."""

from amiral.kit.relations import Move, Relations
from amiral.rooms.outreach.models import Message, Segment, SegmentUse

# The address on a letter stays the one it was written to.
RELATIONS = Relations(
    "outreach", Move(Message, "person"), Move(Segment, "owner"), Move(SegmentUse, "used_by")
)
