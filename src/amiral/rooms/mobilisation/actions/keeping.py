"""What is forgotten here beside sign-ups: who led one action, and pictures that show people."""

from datetime import datetime, timedelta
from uuid import UUID

from amiral.rooms.mobilisation.models import ActionDelegate, ReportPicture, Shift
from amiral.rooms.mobilisation.queries.picture_files import PICTURES

DELEGATES_KEPT = timedelta(days=92)
PICTURES_KEPT = timedelta(days=365)


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time; table name to number of rows."""
    return {
        "mobilisation.ActionDelegate": _purge_delegates(at),
        "mobilisation.ReportPicture": _purge_pictures(at),
    }


def _purge_delegates(at: datetime) -> int:
    live = Shift.objects.filter(ends_at__gte=at - DELEGATES_KEPT).values("action")
    return ActionDelegate.objects.exclude(action__in=live).delete()[0]


def _purge_pictures(at: datetime) -> int:
    """First the rows, then the files that no row speaks of: a crash between leaves nothing that is shown.

    A file just written, whose row is not committed yet, is younger than a day and stays.
    """
    gone = ReportPicture.objects.filter(sent_at__lt=at - PICTURES_KEPT).delete()[0]
    live = {str(id_) for id_ in ReportPicture.objects.values_list("pk", flat=True)}
    PICTURES.keep_only(live | _just_written(at))
    return gone


def _just_written(at: datetime) -> set[str]:
    """Names are UUIDv7, which begin with the millisecond in which they were made."""
    names = {name.split(".")[0] for name in PICTURES.names()}
    return {name for name in names if (at.timestamp() - _made_s(name)) < timedelta(days=1).total_seconds()}


def _made_s(name: str) -> float:
    return (UUID(name).int >> 80) / 1000
