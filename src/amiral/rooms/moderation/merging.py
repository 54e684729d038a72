"""What becomes of this room's rows when a person absorbs another."""

from datetime import datetime

from amiral.kit.relations import Journal, Move, Once, Relations
from amiral.rooms.moderation.models import Appeal, Opening, Report


def _both_reported(journal: Journal, _kept: Report, absorbed: Report, _at: datetime) -> None:
    """The second notice stays, without its author: it is the proof that it was handled."""
    journal.change(absorbed, reporter_id=None)


def _both_appealed(journal: Journal, _kept: Appeal, absorbed: Appeal, _at: datetime) -> None:
    """As ``_both_reported``."""
    journal.change(absorbed, appellant_id=None)


RELATIONS = Relations(
    "moderation",
    Move(Report, "subject_author", "decided_by"),
    Move(Appeal, "decided_by"),
    Move(Opening, "asked_by", "confirmed_by"),
    Once(model=Appeal, field="appellant", within=("report_id",), settle=_both_appealed),
    Once(model=Report, field="reporter", within=("subject_kind", "subject_id"), settle=_both_reported),
)
