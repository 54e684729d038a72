"""Coverage: the log of visits folded into figures. No volunteer appears in it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from amiral.cores import outcomes
from amiral.cores.outcomes import DoorState, Outcome, tally
from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import CanvassKind, Coverage, CoverageLine
from amiral.rooms.field.models import Canvass, Door, Turf, Visit
from amiral.rooms.territory import api as territory


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a door belongs."""

    id: UUID
    turf_id: UUID
    commune_code: str
    dwellings: int


def states_of(visits: "QuerySet[Visit]") -> dict[UUID, DoorState]:
    """The state of each visited door, by the order of the log, with its dwellings done; one query."""
    ordered = visits.order_by("lam", "device_id", "seq", "pk").annotate(is_side=Q(door__leg__isnull=False))
    rows = ordered.values_list(
        "pk", "door_id", "outcome", "received_at", "units", "door__dwellings", "is_side"
    )
    found, known, sides = list[outcomes.Visit](), dict[UUID, int](), set[UUID]()
    for place, (id_, door_id, outcome, received_at, units, dwellings, is_side) in enumerate(rows.iterator()):
        found.append(
            outcomes.Visit(
                id=id_,
                door=door_id,
                outcome=Outcome(outcome),
                rank=float(place),
                received_s=received_at.timestamp(),
                units=tuple(units),
            )
        )
        known[door_id] = dwellings
        if is_side:
            sides.add(door_id)
    return outcomes.fold(found, known=known, sides=sides)


def done_doors(visits: "QuerySet[Visit]") -> set[UUID]:
    """The doors of these visits where nothing is left to do; one query."""
    return {door for door, state in states_of(visits).items() if state.is_done}


def coverage(*, canvass_id: UUID) -> Coverage:
    """What was done in a canvass, by turf and by commune; five queries. Raises ``NotFound``."""
    if not Canvass.objects.filter(pk=canvass_id).exists():
        raise NotFound
    places = _places(canvass_id)
    states = states_of(Visit.objects.filter(door__turf__canvass=canvass_id))
    return Coverage(
        canvass_id=canvass_id,
        total=_tally(places, states),
        turfs=_by_turf(canvass_id, places, states),
        communes=_by_commune(places, states),
        states={door: state.outcome for door, state in states.items()},
    )


def campaign_figures() -> tuple[int, int]:
    """Doors visited at least once and doors planned, in all canvasses; two counts over whole tables.

    Sides of streets, in leaflet rounds, are no doors.
    """
    visits = Visit.objects.exclude(door__turf__canvass__kind=CanvassKind.LEAFLET_ROUNDS)
    doors = Door.objects.exclude(turf__canvass__kind=CanvassKind.LEAFLET_ROUNDS)
    return visits.values("door_id").distinct().count(), doors.count()


def done_by_place(*, canvass_ids: Iterable[UUID]) -> Counter[tuple[UUID, str]]:
    """How many doors are done, by canvass and commune code; sides of streets are left aside. Two queries."""
    visits = Visit.objects.filter(door__turf__canvass__in=list(canvass_ids)).order_by()
    place = ("door_id", "door__turf__canvass", "door__commune_code")
    whole = visits.filter(units=[]).values_list(*place).distinct()
    done = {door: (canvass, code) for door, canvass, code in whole}
    named: dict[UUID, set[str]] = defaultdict(set)
    homes: dict[UUID, tuple[UUID, str, int]] = {}
    for door, canvass, code, units, known in visits.exclude(units=[]).values_list(
        *place, "units", "door__dwellings"
    ):
        named[door].update(units)
        homes[door] = canvass, code, known
    for door, (canvass, code, known) in homes.items():
        if outcomes.homes_of(known=known, named=len(named[door]), whole=False).is_done:
            done[door] = canvass, code
    return Counter(done.values())


def _places(canvass_id: UUID) -> list[_Place]:
    rows = Door.objects.filter(turf__canvass=canvass_id).order_by("turf__number", "position")
    return [
        _Place(id=id_, turf_id=turf_id, commune_code=commune_code, dwellings=dwellings)
        for id_, turf_id, commune_code, dwellings in rows.values_list(
            "pk", "turf_id", "commune_code", "dwellings"
        )
    ]


def _tally(places: Iterable[_Place], states: Mapping[UUID, DoorState]) -> outcomes.Tally:
    return tally(doors={place.id: place.dwellings for place in places}, states=states)


def _by_turf(
    canvass_id: UUID, places: list[_Place], states: Mapping[UUID, DoorState]
) -> tuple[CoverageLine, ...]:
    groups: dict[UUID, list[_Place]] = defaultdict(list)
    for place in places:
        groups[place.turf_id].append(place)
    numbers = Turf.objects.filter(canvass=canvass_id).values_list("pk", "number")
    return tuple(
        CoverageLine(key=str(number), label=str(number), tally=_tally(groups[turf_id], states))
        for turf_id, number in numbers
    )


def _by_commune(places: list[_Place], states: Mapping[UUID, DoorState]) -> tuple[CoverageLine, ...]:
    groups: dict[str, list[_Place]] = defaultdict(list)
    for place in places:
        groups[place.commune_code].append(place)
    names = commune_names(groups)
    lines = [
        CoverageLine(key=code, label=names[code], tally=_tally(group, states))
        for code, group in groups.items()
    ]
    return tuple(sorted(lines, key=lambda line: line.label))


def commune_names(codes: Iterable[str]) -> dict[str, str]:
    """A name for each INSEE code of an address file; a foreign or missing one is said so. One query."""
    wanted = set(codes)
    kinds = ("commune", "arrondissement-municipal")
    cards = territory.territories(territory_ids=[f"{kind}:{code}" for kind in kinds for code in wanted])
    known = {card.code: card.name for card in cards.values()}
    return {code: known.get(code) or code or _("Commune not given") for code in wanted}
