"""Which clocks count: those of the place where an action is held."""

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone

OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
"""By the first three digits of an INSEE code: the clocks of the rest are the campaign's own."""


def zone_of(*, commune_id: str) -> tzinfo:
    """The clocks of a commune, read off its INSEE code; outside the lands overseas, the campaign's own."""
    code = commune_id.partition(":")[2][:3]
    return ZoneInfo(OVERSEAS[code]) if code in OVERSEAS else get_default_timezone()


def zone_name_of(*, commune_id: str) -> str:
    """The same as its name in the IANA database, for templates."""
    return str(zone_of(commune_id=commune_id))


def at_place(moment: datetime, *, commune_id: str) -> datetime:
    """A moment as the clocks of the place show it."""
    return moment.astimezone(zone_of(commune_id=commune_id))
