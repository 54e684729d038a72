"""Reads of the sample drawn by lot: how it is drawn, so that anybody may check it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from amiral.cores.by_lot import LEAST_ANSWERS
from amiral.rooms.debate.models import Lot, Voter


@dataclass(frozen=True, kw_only=True)
class LotView:
    """``secret``, ``result`` and the rest after the draw only. ``voices``: how many of those drawn took a
    key; ``None`` under eight."""

    size: int
    source: str
    commitment: str
    announced_at: datetime
    drawn_at: datetime | None
    secret: str
    result: str
    members: int
    members_sha256: str
    voices: int | None


def lot_of(*, consultation_id: UUID) -> LotView | None:
    """The sample of a consultation, if one was announced. Two queries at most."""
    row = Lot.objects.filter(consultation_id=consultation_id).first()
    if row is None:
        return None
    done = row.drawn_at is not None
    voices = Voter.objects.filter(consultation_id=consultation_id, by_lot=True).count() if done else 0
    return LotView(
        size=row.size,
        source=row.source,
        commitment=row.commitment,
        announced_at=row.announced_at,
        drawn_at=row.drawn_at,
        secret=row.secret if done else "",
        result=row.result,
        members=row.members,
        members_sha256=row.members_sha256,
        voices=voices if voices >= LEAST_ANSWERS else None,
    )
