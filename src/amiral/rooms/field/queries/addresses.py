"""What hangs on an address: the wish not to be visited, and what to mind there.

Both belong to the address and not to a canvass. It is the same address when its id in the file of that name
is the same, or when commune, street and number are: another file, or a newer one, gives it another id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import pgettext_lazy

from amiral.cores.names import address_key
from amiral.rooms.field.contracts import CautionCode
from amiral.rooms.field.models import AddressWish, Caution, Door
from amiral.rooms.territory.contracts import AddressColumns

COMMUNES_NAMED = 20
"""Above so many communes, what hangs on addresses is read for the whole campaign."""

AT_ONCE = 400
"""Addresses named one by one in a query: each is two values, and a database takes a thousand at most."""

CAUTION_LABELS = {
    CautionCode.DOG: pgettext_lazy("what to mind at an address", "Dog running free"),
    CautionCode.AGGRESSION: pgettext_lazy(
        "what to mind at an address", "A team was attacked or threatened here"
    ),
    CautionCode.BUILDING: pgettext_lazy("what to mind at an address", "Dangerous building or stairs"),
    CautionCode.ACCESS: pgettext_lazy("what to mind at an address", "Dangerous way in"),
    CautionCode.LIGHT: pgettext_lazy("what to mind at an address", "No light: by day only"),
    CautionCode.TRAFFIC: pgettext_lazy("what to mind at an address", "Traffic right at the door"),
}
"""Each speaks of the place, or of something that happened there. None can describe a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """An address as a file tells it."""

    id: str
    commune_code: str
    number: str
    street: str

    @property
    def key(self) -> str:
        return address_key(self.commune_code, self.number, self.street)


class _Door(Protocol):
    """A door, as a row or as a plan holds it."""

    @property
    def address_id(self) -> str: ...
    @property
    def commune_code(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def street(self) -> str: ...


def place_of(door: _Door) -> Place:
    """The address of a door."""
    return Place(id=door.address_id, commune_code=door.commune_code, number=door.number, street=door.street)


def places_of_doors(doors: "Iterable[Door]") -> list[Place]:
    """The addresses of these doors; sides of streets are none."""
    return [place_of(door) for door in doors if door.leg is None]


def places_of_columns(found: AddressColumns) -> list[Place]:
    """The addresses of an imported file."""
    return [
        Place(id=id_, commune_code=commune, number=f"{number or ''}{suffix}", street=street)
        for id_, commune, number, suffix, street in zip(
            found.ids, found.commune_codes, found.numbers, found.suffixes, found.streets, strict=True
        )
    ]


def asked_not_to(*, file_name: str, places: Iterable[Place], at: datetime) -> set[str]:
    """Ids of those addresses that asked, through whichever canvass or file, not to be visited. One query."""
    return set(_found(AddressWish.objects.filter(until__gt=at), "pk", file_name, list(places)))


def cautions_at(
    *, file_name: str, places: Iterable[Place], at: datetime
) -> dict[str, tuple[CautionCode, ...]]:
    """What to mind at which of those addresses, as leaders have confirmed it. One query."""
    live = Caution.objects.filter(until__gt=at, confirmed_at__isnull=False)
    found = _found(live, "code", file_name, list(places))
    return {id_: tuple(code for code in CautionCode if code in codes) for id_, codes in found.items()}


def _found(rows: "QuerySet[Any]", value: str, file_name: str, places: list[Place]) -> dict[str, set[Any]]:
    """Address id to the values of the rows about it; one query."""
    near = rows.filter(_near(file_name, places))
    told = near.values_list("address_file_name", "address_id", "address_key", value)
    return _matched(told, file_name, places)


def _near(file_name: str, places: list[Place]) -> Q:
    """Rows that may be about these addresses: exactly those of a walk list, of more the communes."""
    if len(places) <= AT_ONCE:
        keys = {place.key for place in places} - {""}
        here = Q(address_file_name=file_name, address_id__in=[place.id for place in places])
        return here | Q(address_key__in=sorted(keys))
    return Q(address_file_name=file_name) | _in_communes(places)


def matching(*, rows: Iterable[Caution], file_name: str, places: Iterable[Place]) -> dict[str, set[UUID]]:
    """Address id to the ids of the cautions about it; no query."""
    told = ((row.address_file_name, row.address_id, row.address_key, row.pk) for row in rows)
    return _matched(told, file_name, places)


def _matched(
    told: Iterable[tuple[str, str, str, Any]], file_name: str, places: Iterable[Place]
) -> dict[str, set[Any]]:
    by_id: dict[str, set[Any]] = {}
    by_key: dict[str, set[Any]] = {}
    for name, id_, key, one in told:
        if name == file_name:
            by_id.setdefault(id_, set()).add(one)
        if key:
            by_key.setdefault(key, set()).add(one)
    if not (by_id or by_key):
        return {}
    both = ((place.id, by_id.get(place.id, set()) | by_key.get(place.key, set())) for place in places)
    return {id_: values for id_, values in both if values}


def _in_communes(places: list[Place]) -> Q:
    codes = sorted({place.commune_code for place in places} - {""})
    if len(codes) > COMMUNES_NAMED:
        return ~Q(address_key="")
    return reduce(or_, (Q(address_key__startswith=f"{code}|") for code in codes), Q(pk__in=[]))
