"""Forgetting in time what this room promised to forget."""

from datetime import datetime

from amiral.rooms.territory.actions.previews import sweep_pending


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes files that waited a day to be looked at (port ``purge``); table name to number of rows."""
    return {"territory.PendingImport": sweep_pending(at=at)}
