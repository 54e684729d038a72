"""Results that the law keeps back until the stations have closed (code électoral, art. L. 52-2)."""

from datetime import date, datetime, timedelta

from django.utils.timezone import localdate

from amiral.kit import ports

LOOKED_AT = timedelta(days=3)
"""Results of older ballots are never asked for."""


def why_held(*, day: date, at: datetime) -> str:
    """Why results of a ballot of that day are not told now; empty when they are (port ``results_held``)."""
    if day < localdate(at) - LOOKED_AT:
        return ""
    return next((why for why in ports.call("results_held", day=day, at=at) if why), "")
