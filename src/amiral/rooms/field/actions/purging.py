"""Forgetting in time."""

from datetime import datetime

from amiral.rooms.field.contracts import NAME_KEPT
from amiral.rooms.field.models import AddressWish, Visit


def purge(*, at: datetime) -> dict[str, int]:
    """Empties the volunteer of old visits and deletes expired wishes; table name to number of rows."""
    old = Visit.objects.filter(received_at__lt=at - NAME_KEPT, by__isnull=False)
    wishes, _by_model = AddressWish.objects.filter(until__lte=at).delete()
    return {"field.Visit": old.update(by=None), "field.AddressWish": wishes}
