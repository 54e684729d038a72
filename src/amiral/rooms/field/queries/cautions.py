"""What is to be minded at the addresses of a canvass, for who manages it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise

from amiral.rooms.field.contracts import CautionCode
from amiral.rooms.field.models import Canvass, Caution, Door
from amiral.rooms.field.queries.addresses import CAUTION_LABELS, Place, matching

DOORS_READ = ("turf__number", "position", "label", "address_id", "commune_code", "number", "street")


@dataclass(frozen=True, kw_only=True)
class CautionLine:
    """A caution at one door of the canvass; ``confirmed_at`` is empty for a report."""

    id: UUID
    label: str
    turf_number: int
    words: str | Promise
    since: datetime
    until: datetime
    confirmed_at: datetime | None


def caution_lines(*, canvass: Canvass, at: datetime) -> tuple[CautionLine, ...]:
    """Reports first, then what holds, each by turf and walking order; two queries."""
    doors = Door.objects.filter(turf__canvass=canvass, leg__isnull=True).order_by("turf__number", "position")
    rows = list(doors.values_list(*DOORS_READ))
    places = [
        Place(id=address, commune_code=commune, number=number, street=street)
        for _turf, _position, _label, address, commune, number, street in rows
    ]
    live = {row.pk: row for row in Caution.objects.filter(until__gt=at)}
    there = matching(rows=live.values(), file_name=canvass.address_file_name, places=places)
    lines = [
        _line(live[pk], label, turf)
        for turf, _position, label, address, *_rest in rows
        for pk in sorted(there.get(address, ()))
    ]
    return tuple(sorted(lines, key=lambda line: line.confirmed_at is not None))


def _line(row: Caution, label: str, turf_number: int) -> CautionLine:
    return CautionLine(
        id=row.pk,
        label=label,
        turf_number=turf_number,
        words=CAUTION_LABELS[CautionCode(row.code)],
        since=row.since,
        until=row.until,
        confirmed_at=row.confirmed_at,
    )
