"""Durations as people say them."""

from django.utils.translation import ngettext

MINUTE, HOUR, DAY = 60, 3600, 86_400


def spoken(seconds: float) -> str:
    """``5 min``, ``2 h 05``, ``3 days``: minutes are rounded down."""
    whole = int(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min"
    if whole < 2 * DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02d}"
    days = whole // DAY
    return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
