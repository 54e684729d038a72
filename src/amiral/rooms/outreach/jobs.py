"""What the worker does for this room."""

from datetime import datetime

from amiral.rooms.outreach import actions


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Lets due messages leave; returns how many were sent. Safe to run in several workers at once."""
    return actions.deliver_due(at=at, limit=limit)
