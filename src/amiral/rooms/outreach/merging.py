"""What becomes of this room's rows when a person absorbs another."""

from amiral.kit.relations import Drop, Move, Once, Relations
from amiral.rooms.outreach.models import (
    Mailing,
    MailingRecipient,
    Message,
    PushSubscription,
    Segment,
    SegmentUse,
)

# The address on a letter stays the one it was written to.
RELATIONS = Relations(
    "outreach",
    Move(Message, "person"),
    Move(Message, "sender"),
    Move(Segment, "owner"),
    Move(SegmentUse, "used_by"),
    Move(Mailing, "owner"),
    # A device was opened for one of the two: whoever holds it switches it on again.
    Drop(model=PushSubscription, field="person"),
    # Of two letters of one mailing, that of the kept stays: nobody is written to twice.
    Once(model=MailingRecipient, field="person", within=("mailing_id",)),
)
