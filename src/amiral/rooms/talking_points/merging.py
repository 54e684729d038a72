"""What becomes of this room's rows when a person absorbs another."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from amiral.kit.relations import Journal, Move, Own, Relations
from amiral.rooms.talking_points.models import Version


def _four_eyes(journal: Journal, kept_id: UUID, absorbed_id: UUID, _at: datetime) -> None:
    """What one wrote and the other approved had two eyes only: who approved answers for it alone."""
    both = Q(author=kept_id, approved_by=absorbed_id) | Q(author=absorbed_id, approved_by=kept_id)
    for version in Version.objects.filter(both).order_by("pk"):
        journal.change(version, author_id=None)


RELATIONS = Relations(
    "talking_points",
    Own(covers=(), act=_four_eyes),
    Move(Version, "author", "approved_by"),
)
