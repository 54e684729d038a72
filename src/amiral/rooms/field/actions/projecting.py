"""What follows from the log: the visits that count, and the wishes of addresses.

Written in the transaction of the events that it follows from, from what the database holds and from nothing
else, so that it can be written again. ``actions.checking`` compares it with the fold of the whole log.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from amiral.cores.names import address_key
from amiral.cores.sync import Event
from amiral.cores.sync import Visit as VisitBody
from amiral.rooms.field.contracts import WISH_LASTS, Outcome
from amiral.rooms.field.models import AddressWish, Door, LogEntry, LogStatus, Visit

Address = tuple[str, str]
"""Name of the address file, id of the address in it."""


def project(*, events: Sequence[tuple[Event, datetime]]) -> None:
    """After these events (each with when it arrived) were stored; the caller holds their doors locked.

    Six queries at most, whatever their number, and two where none of them corrects, voids or wishes.
    """
    doors = {event.door for event, _at in events if event.door}
    if not doors:
        return
    undone = _undone(doors)
    fresh = [visit_of(event, at) for event, at in events if isinstance(event.body, VisitBody)]
    counted = [visit for visit in fresh if (visit.door_id, visit.pk) not in undone]
    wished = {visit.door_id for visit in counted if visit.outcome == Outcome.DO_NOT_COME_BACK}
    targets = {event.undoes for event, _at in events if event.undoes}
    if targets:
        wished |= _take_out(targets, undone)
    Visit.objects.bulk_create(sorted(counted, key=lambda visit: visit.pk))
    settle_wishes(addresses=addresses_of(doors=wished))


def _undone(doors: Collection[UUID | None]) -> set[tuple[UUID | None, UUID | None]]:
    """Door and id of every event of these doors that another one of the same door undoes."""
    rows = LogEntry.objects.filter(door__in=doors, status=LogStatus.STORED, undoes__isnull=False)
    return {(door, undoes) for pk, door, undoes in rows.values_list("pk", "door", "undoes") if pk != undoes}


def _take_out(targets: Collection[UUID], undone: set[tuple[UUID | None, UUID | None]]) -> set[UUID]:
    """Deletes visits that no longer count; the doors of those that had heard a wish."""
    there = Visit.objects.filter(pk__in=targets).values_list("pk", "door_id", "outcome")
    gone = {pk: (door, outcome) for pk, door, outcome in there if (door, pk) in undone}
    Visit.objects.filter(pk__in=gone).delete()
    return {door for door, outcome in gone.values() if outcome == Outcome.DO_NOT_COME_BACK}


def visit_of(event: Event, received_at: datetime) -> Visit:
    """The row of a visit that counts."""
    assert isinstance(event.body, VisitBody)
    return Visit(
        pk=event.id,
        door_id=event.body.door,
        outcome=event.body.outcome,
        units=list(event.body.units),
        seconds=event.body.seconds,
        at=clock_of(event.at) or received_at,
        received_at=received_at,
        lam=event.lam,
        device_id=event.device,
        seq=event.seq,
    )


def clock_of(at: str) -> datetime | None:
    """The phone's clock as a moment; ``None`` for a text that is none, such as a 31st of February."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo and 1 < moment.year < 9999 else None


def addresses_of(*, doors: Iterable[UUID]) -> set[Address]:
    """The addresses of doors; sides of streets have none. One query, none for no door."""
    wanted = list(doors)
    if not wanted:
        return set()
    rows = Door.objects.filter(pk__in=wanted, leg__isnull=True)
    return set(rows.values_list("turf__canvass__address_file_name", "address_id"))


def settle_wishes(*, addresses: Collection[Address]) -> None:
    """An address wishes not to be visited while one of its visits that count says so, for two years after
    the last of them. Called inside a transaction; three queries, none for no address."""
    if not addresses:
        return
    hold_wishes(addresses)
    standing = standing_wishes(addresses=addresses)
    for name, ids in _by_file(set(addresses) - standing.keys()).items():
        AddressWish.objects.filter(address_file_name=name, address_id__in=ids).delete()
    AddressWish.objects.bulk_create(
        [wish for _address, wish in sorted(standing.items())],
        update_conflicts=True,
        unique_fields=["address_file_name", "address_id"],
        update_fields=["since", "until", "visit_id", "address_key"],
    )


def standing_wishes(*, addresses: Collection[Address] | None = None) -> dict[Address, AddressWish]:
    """What the visits that count say of these addresses, or of all. One query for each address file."""
    visits = Visit.objects.filter(outcome=Outcome.DO_NOT_COME_BACK, door__leg__isnull=True).order_by()
    if addresses is None:
        return _wishes(visits)
    found = dict[Address, AddressWish]()
    for name, ids in _by_file(addresses).items():
        found |= _wishes(visits.filter(door__address_id__in=ids, door__turf__canvass__address_file_name=name))
    return found


def _wishes(visits: "QuerySet[Visit]") -> dict[Address, AddressWish]:
    heard: dict[Address, list[Visit]] = defaultdict(list)
    for visit in visits.select_related("door__turf__canvass").defer("door__turf__walk"):
        heard[visit.door.turf.canvass.address_file_name, visit.door.address_id].append(visit)
    return {address: _wish(address, said) for address, said in heard.items()}


def _wish(address: Address, said: Sequence[Visit]) -> AddressWish:
    """What was said of an address, at least once."""
    last = max(said, key=lambda visit: (visit.received_at, visit.pk))
    door = last.door
    return AddressWish(
        address_file_name=address[0],
        address_id=address[1],
        address_key=address_key(door.commune_code, door.number, door.street),
        since=min(visit.received_at for visit in said),
        until=last.received_at + WISH_LASTS,
        visit_id=last.pk,
    )


def _by_file(addresses: Collection[Address]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, id_ in sorted(addresses):
        grouped.setdefault(name, []).append(id_)
    return grouped


def hold_wishes(addresses: Collection[Address]) -> None:
    """Two canvasses may cover one address: its doors are locked apart, its wish is settled by one at a time.

    SQLite has one writer anyway. Locks are taken in one order, and last of all.
    """
    if connection.vendor != "postgresql":
        return
    names = sorted(sha256("\0".join(address).encode()).digest()[:8] for address in addresses)
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(name, "big", signed=True)])
