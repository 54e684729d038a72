"""What becomes of this room's rows when a person absorbs another."""

from datetime import datetime

from amiral.kit.relations import Journal, Move, Once, Relations
from amiral.rooms.network.models import Comment, Membership, Post


def _one_membership(journal: Journal, kept: Membership, absorbed: Membership, _at: datetime) -> None:
    """The earliest joining counts; who is in by one of the two is in."""
    earliest = min(kept, absorbed, key=lambda row: row.joined_at)
    left = kept.left_at and absorbed.left_at and max(kept.left_at, absorbed.left_at)
    journal.change(kept, joined_at=earliest.joined_at, source=earliest.source, left_at=left)
    journal.drop(absorbed)


RELATIONS = Relations(
    "network",
    Move(Post, "author"),
    Move(Comment, "author"),
    Once(model=Membership, field="person", within=("group_id",), settle=_one_membership),
)
