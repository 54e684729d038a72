"""What a plan would be after a change by hand: nothing is written here.

The figures of the touched turfs are measured as planning measures them, on the same addresses and streets.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amiral.cores import walk
from amiral.kit.errors import Refused
from amiral.rooms.field.actions.planning import (
    FileIsGone,
    current_file,
    doors_of,
    parameters_of,
    streets_of,
)
from amiral.rooms.field.actions.versions import figures_of
from amiral.rooms.field.contracts import Edit, EditKind, Side
from amiral.rooms.field.models import Assignment, Canvass, Door, PlanVersion, Turf, Visit
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import AddressColumns

OVER = 0.10
"""By what share of the asked minutes a turf may be longer before the preview warns."""


class InUse(StrEnum):
    """Why a turf cannot be changed."""

    HELD = "held"
    VISITED = "visited"


class TurfInUse(Refused):
    """A team holds the turf, or doors of it were visited."""

    def __init__(self, number: int, reason: InUse) -> None:
        words = {
            InUse.HELD: _(
                "A team holds turf %(number)d, so it stays as it is:"
                " take the turf back first, or change other turfs."
            ),
            InUse.VISITED: _(
                "Doors of turf %(number)d were visited, so it stays as it is: change other turfs."
            ),
        }
        super().__init__(words[reason] % {"number": number})


class NoSuchTurf(Refused):
    """A number that no turf has."""

    def __init__(self) -> None:
        super().__init__(_("There is no such turf any more: choose one in the list."))


class NothingThere(Refused):
    """The choice holds no door."""

    def __init__(self) -> None:
        super().__init__(_("No door lies there: choose others, or draw a larger boundary."))


class NothingChanges(Refused):
    """Everything is already as asked."""

    def __init__(self) -> None:
        super().__init__(_("The plan is already so: nothing would change."))


class OneDoorOnly(Refused):
    """A turf that cannot be split."""

    def __init__(self) -> None:
        super().__init__(_("This turf has only one door and cannot be split."))


class SameTurf(Refused):
    """A turf merged with itself."""

    def __init__(self) -> None:
        super().__init__(_("Choose two different turfs to merge."))


class BoundaryCrosses(Refused):
    """A boundary that encloses nothing."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This boundary encloses no area, or its line crosses itself:"
                " give at least three corners, one after the other around the area."
            )
        )


class Place(NamedTuple):
    """A door of the plan."""

    id: UUID
    turf: int
    address_id: str
    label: str
    number: str
    street: str
    commune_code: str
    lon: float
    lat: float
    dwellings: int
    floors: int = 0
    lift: bool = False


_PLACE = (
    "pk",
    "turf__number",
    "address_id",
    "label",
    "number",
    "street",
    "commune_code",
    "longitude",
    "latitude",
    "dwellings",
    "floors",
    "lift",
)

Cut = dict[int, tuple[int, ...]]
"""Turf numbers to places (indices of ``Standing.places``) in walking order."""


@dataclass(frozen=True)
class Standing:
    """A plan as it stands: places in the order of turfs and walks, who is at work where."""

    canvass: Canvass
    places: Sequence[Place]
    cut: Cut
    figures: Mapping[int, dict[str, Any]]
    in_use: Mapping[int, InUse]

    @property
    def sizes(self) -> dict[int, int]:
        """Persons in the team of each turf."""
        return {number: known["team_size"] for number, known in self.figures.items()}


@dataclass(frozen=True, kw_only=True)
class TurfFigures:
    """What a turf is."""

    doors: int
    minutes: float
    metres: float
    straight: bool
    connected: bool
    team_size: int


@dataclass(frozen=True, kw_only=True)
class TurfChange:
    """A turf before and after; none before for a new one, none after for one that goes."""

    number: int
    before: TurfFigures | None
    after: TurfFigures | None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A plan as it would be. ``after`` and ``turfs`` hold the touched turfs only; ``gone`` ends."""

    standing: Standing
    after: Cut
    turfs: Mapping[int, walk.Turf]
    gone: frozenset[int]
    stayed: Mapping[int, int] = field(default_factory=dict)
    left_out: int = 0
    added: int = 0

    @property
    def moved(self) -> tuple[int, ...]:
        """Places that come to stand in another turf."""
        places = self.standing.places
        return tuple(i for number, order in self.after.items() for i in order if places[i].turf != number)

    @property
    def changes(self) -> tuple[TurfChange, ...]:
        """The touched turfs by number."""
        return tuple(
            TurfChange(number=number, before=self._before(number), after=self._after(number))
            for number in sorted(set(self.after) | self.gone)
        )

    def _before(self, number: int) -> TurfFigures | None:
        known = self.standing.figures.get(number)
        return None if known is None else TurfFigures(doors=len(self.standing.cut[number]), **known)

    def _after(self, number: int) -> TurfFigures | None:
        turf = self.turfs.get(number)
        if turf is None:
            return None
        return TurfFigures(
            doors=len(turf.doors),
            minutes=turf.minutes,
            metres=turf.metres,
            straight=turf.straight,
            connected=turf.connected,
            team_size=turf.team_size,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about what comes out; empty when all is well."""
        return (*self._stays(), *self._faults())

    def _stays(self) -> Iterable[str]:
        for number, count in sorted(self.stayed.items()):
            yield ngettext(
                "%(count)d door stays in turf %(number)d, which is in use.",
                "%(count)d doors stay in turf %(number)d, which is in use.",
                count,
            ) % {"count": count, "number": number}

    def _faults(self) -> Iterable[str]:
        asked = self.standing.canvass.minutes
        for number, turf in sorted(self.turfs.items()):
            if turf.minutes > (1 + OVER) * asked:
                yield _(
                    "Turf %(number)d takes %(minutes)d minutes, more than 10 %% over the asked %(asked)d."
                ) % {
                    "number": number,
                    "minutes": round(turf.minutes),
                    "asked": asked,
                }
            if not turf.connected:
                yield _("Turf %(number)d falls into pieces that are not neighbours.") % {"number": number}

    @property
    def figures_before(self) -> dict[str, Any]:
        """Of the whole plan as it stands."""
        return _whole(self.standing, {n: self._before(n) for n in self.standing.cut})

    @property
    def figures_after(self) -> dict[str, Any]:
        """Of the whole plan as it would be."""
        kept = {n: self._before(n) for n in self.standing.cut if n not in self.gone}
        return _whole(self.standing, kept | {n: self._after(n) for n in self.after})


def _whole(standing: Standing, turfs: Mapping[int, TurfFigures | None]) -> dict[str, Any]:
    known = [one for one in turfs.values() if one is not None]
    return figures_of(
        [{**vars(one), "doors": range(one.doors)} for one in known],
        standing.canvass.minutes,
    )


def standing_of(canvass: Canvass) -> Standing:
    """The plan as it is in the database; four queries."""
    rows = Door.objects.filter(turf__canvass=canvass).order_by("turf__number", "position")
    places = [Place(*row) for row in rows.values_list(*_PLACE)]
    cut: dict[int, list[int]] = defaultdict(list)
    for i, place in enumerate(places):
        cut[place.turf].append(i)
    fields = ("minutes", "metres", "straight", "connected", "team_size")
    turfs = Turf.objects.filter(canvass=canvass).values("number", *fields)
    return Standing(
        canvass=canvass,
        places=places,
        cut={number: tuple(order) for number, order in cut.items()},
        figures={turf["number"]: {name: turf[name] for name in fields} for turf in turfs},
        in_use=turfs_in_use(canvass),
    )


def turfs_in_use(canvass: Canvass) -> dict[int, InUse]:
    """Numbers of the turfs that nobody may change, and why; two queries."""
    visited = Visit.objects.filter(door__turf__canvass=canvass).values_list("door__turf__number", flat=True)
    held = Assignment.objects.filter(turf__canvass=canvass, ended_at__isnull=True)
    return dict.fromkeys(visited.distinct(), InUse.VISITED) | dict.fromkeys(
        held.values_list("turf__number", flat=True), InUse.HELD
    )


def draft_edit(standing: Standing, edit: Edit) -> Draft:
    """The plan after ``edit``. Raises what says why it cannot be."""
    match edit.kind:
        case EditKind.DOORS | EditKind.STREET | EditKind.BOUNDARY:
            return _moved(standing, edit)
        case EditKind.MERGE:
            return _merged(standing, edit)
        case EditKind.SPLIT:
            return _split(standing, edit)
        case EditKind.REVERSE:
            order = _free_turf(standing, edit.turf)
            return _reordered(standing, edit.turf, order[::-1])
        case EditKind.FIRST:
            return _begun(standing, edit)
        case EditKind.PLACE:
            door, order = _only_door(standing, edit), _free_turf(standing, edit.turf)
            return _reordered(
                standing, edit.turf, walk.placed(order=order, door=door, position=edit.position or 1)
            )


def _free_turf(standing: Standing, number: int | None) -> tuple[int, ...]:
    """The places of a turf that may be changed."""
    if number is None or number not in standing.cut:
        raise NoSuchTurf
    if number in standing.in_use:
        raise TurfInUse(number, standing.in_use[number])
    return standing.cut[number]


def _new_number(standing: Standing) -> int:
    return max((*standing.cut, *standing.figures), default=0) + 1


def _moved(standing: Standing, edit: Edit) -> Draft:
    target = _new_number(standing) if edit.target is None else edit.target
    if edit.target is not None:
        _free_turf(standing, edit.target)
    chosen = [i for i in _chosen(standing, edit) if edit.turf in (None, standing.places[i].turf)]
    if not chosen:
        raise NothingThere
    stayed = Counter(standing.places[i].turf for i in chosen if standing.places[i].turf in standing.in_use)
    going = [i for i in chosen if standing.places[i].turf not in {*standing.in_use, target}]
    if not going and stayed:
        first = min(stayed)
        raise TurfInUse(first, standing.in_use[first])
    if not going or (edit.target is None and _is_whole_turf(standing, going)):
        raise NothingChanges
    after = walk.moved(turfs=standing.cut, doors=going, target=target)
    return _measured(standing, after, reorder=True, stayed=stayed)


def _is_whole_turf(standing: Standing, going: Sequence[int]) -> bool:
    """Whether a new turf would be an old one under another number."""
    numbers = {standing.places[i].turf for i in going}
    return len(numbers) == 1 and len(going) == len(standing.cut[numbers.pop()])


def _chosen(standing: Standing, edit: Edit) -> Iterable[int]:
    places = standing.places
    if edit.kind == EditKind.DOORS:
        wanted = set(edit.doors)
        return (i for i, place in enumerate(places) if place.id in wanted)
    if edit.kind == EditKind.STREET:
        return (i for i, place in enumerate(places) if _on_street(place, edit))
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    try:
        found = walk.inside(lon=lon, lat=lat, corners=edit.corners)
    except walk.BadBoundary:
        raise BoundaryCrosses from None
    return np.flatnonzero(found).tolist()


def _on_street(place: Place, edit: Edit) -> bool:
    if (place.street, place.commune_code) != (edit.street, edit.commune_code):
        return False
    number, _suffix = split_number(place.number)
    if edit.side != Side.BOTH and (not number or number % 2 != (edit.side == Side.ODD)):
        return False
    if edit.first_number is None and edit.last_number is None:
        return True
    return bool(number) and (edit.first_number or 0) <= number <= (edit.last_number or number)


def split_number(written: str) -> tuple[int, str]:
    """``12 bis`` into 12 and ``bis``; 0 where there is no number."""
    digits = written[: len(written) - len(written.lstrip("0123456789"))]
    return (int(digits), written[len(digits) :].strip()) if digits else (0, written.strip())


def _merged(standing: Standing, edit: Edit) -> Draft:
    _free_turf(standing, edit.turf)
    _free_turf(standing, edit.target)
    if edit.turf is None or edit.target is None or edit.turf == edit.target:
        raise SameTurf
    after = walk.merged(turfs=standing.cut, kept=edit.target, absorbed=edit.turf)
    return _measured(standing, after, reorder=True)


def _split(standing: Standing, edit: Edit) -> Draft:
    order = _free_turf(standing, edit.turf)
    if edit.turf is None or len(order) < 2:
        raise OneDoorOnly
    first, second = walk.halves(
        problem=problem_of(standing),
        parameters=replace(parameters_of(standing.canvass), team_size=standing.sizes[edit.turf]),
        doors=order,
        seed=standing.canvass.seed,
    )
    after = standing.cut | {edit.turf: first, _new_number(standing): second}
    return _measured(standing, after, reorder=True)


def _only_door(standing: Standing, edit: Edit) -> int:
    for i in standing.cut.get(edit.turf or 0, ()):
        if standing.places[i].id in edit.doors:
            return i
    raise NothingThere


def _begun(standing: Standing, edit: Edit) -> Draft:
    order = _free_turf(standing, edit.turf)
    new = walk.begun_at(
        problem=problem_of(standing),
        parameters=parameters_of(standing.canvass),
        doors=order,
        first=_only_door(standing, edit),
        seed=standing.canvass.seed,
    )
    return _reordered(standing, edit.turf, new)


def _reordered(standing: Standing, number: int | None, order: tuple[int, ...]) -> Draft:
    if number is None or standing.cut[number] == order:
        raise NothingChanges
    return _measured(standing, standing.cut | {number: order}, reorder=False)


def draft_return(standing: Standing, version: PlanVersion) -> Draft:
    """The plan as it was: doors that are gone are left out, new ones join the turf of their nearest door."""
    by_address = {place.address_id: i for i, place in enumerate(standing.places)}
    known = {
        turf["number"]: tuple(by_address[one] for one in turf["doors"] if one in by_address)
        for turf in version.turfs
    }
    after = {number: order for number, order in known.items() if order}
    new = sorted(set(range(len(standing.places))) - {i for order in after.values() for i in order})
    sizes = {turf["number"]: turf["team_size"] for turf in version.turfs if "team_size" in turf}
    draft = _measured(standing, _with_new(standing, after, new), reorder=False, sizes=sizes)
    left_out = sum(len(turf["doors"]) for turf in version.turfs) - sum(map(len, known.values()))
    return replace(draft, left_out=left_out, added=len(new))


def _with_new(standing: Standing, after: Cut, new: Sequence[int]) -> Cut:
    if not new or not after:
        return after
    problem = problem_of(standing)
    homes = {i: walk.nearest_turf(problem=problem, turfs=after, door=i) for i in new}
    return {n: order + tuple(i for i in new if homes[i] == n) for n, order in after.items()}


def _measured(
    standing: Standing,
    after: Cut,
    *,
    reorder: bool,
    stayed: Mapping[int, int] | None = None,
    sizes: Mapping[int, int] | None = None,
) -> Draft:
    """The draft with the figures of every turf that differs; a turf in use that does is refused.

    ``sizes``: teams that are to be others than now, by number.
    """
    sizes = standing.sizes | dict(sizes or {})
    touched = {
        number: order
        for number, order in after.items()
        if standing.cut.get(number) != order or standing.sizes.get(number) != sizes.get(number)
    }
    gone = frozenset(standing.cut) - frozenset(after)
    if not touched and not gone:
        raise NothingChanges
    for number in sorted({*touched, *gone} & set(standing.in_use)):
        raise TurfInUse(number, standing.in_use[number])
    numbers = sorted(touched)
    plan = walk.evaluate(
        problem=problem_of(standing),
        parameters=parameters_of(standing.canvass),
        turfs=[touched[number] for number in numbers],
        sizes=[sizes.get(number) or _size_before(standing, touched[number]) for number in numbers],
        reorder=reorder,
        seed=standing.canvass.seed,
    )
    turfs = dict(zip(numbers, plan.turfs, strict=True))
    return Draft(
        standing=standing,
        after={number: turf.doors for number, turf in turfs.items()},
        turfs=turfs,
        gone=gone,
        stayed=stayed or {},
    )


def _size_before(standing: Standing, order: Sequence[int]) -> int:
    """The team of a new turf: as in the turf that most of its doors come from."""
    counts = Counter(standing.places[i].turf for i in order)
    return standing.sizes[min(counts, key=lambda number: (-counts[number], number))]


def problem_of(standing: Standing) -> walk.Problem:
    """Door ``i`` is place ``i``, as the address file has it or, if the file changed, as the plan knows it."""
    addresses = with_floors(_from_file(standing) or _from_plan(standing), standing.places)
    return walk.Problem(doors=doors_of(addresses), streets=streets_of(addresses))


def _from_file(standing: Standing) -> AddressColumns | None:
    canvass = standing.canvass
    try:
        file_id = current_file(canvass).id
    except FileIsGone:
        return None
    found = territory.addresses(
        file_id=file_id,
        commune_code=canvass.commune_code,
        bounds=tuple(canvass.bounds) if canvass.bounds else None,
    )
    row = {address_id: i for i, address_id in enumerate(found.ids)}
    if any(place.address_id not in row for place in standing.places):
        return None
    chosen = found.take(np.array([row[place.address_id] for place in standing.places], dtype=np.int64))
    return replace(chosen, dwellings=_dwellings(standing))


def _dwellings(standing: Standing) -> "np.ndarray[Any, np.dtype[np.int64]]":
    return np.array([place.dwellings for place in standing.places], dtype=np.int64)


def _from_plan(standing: Standing) -> AddressColumns:
    numbers = [split_number(place.number) for place in standing.places]
    return AddressColumns(
        ids=tuple(place.address_id for place in standing.places),
        numbers=np.array([number for number, _ in numbers], dtype=np.int64),
        suffixes=tuple(suffix for _, suffix in numbers),
        streets=tuple(place.street for place in standing.places),
        commune_codes=tuple(place.commune_code for place in standing.places),
        lon=np.array([place.lon for place in standing.places]),
        lat=np.array([place.lat for place in standing.places]),
        dwellings=_dwellings(standing),
    )


def with_floors(addresses: AddressColumns, places: Sequence[Place]) -> AddressColumns:
    """The addresses with the floors and lifts that the plan counted with; one for one."""
    return replace(
        addresses,
        floors=np.array([place.floors for place in places], dtype=np.int64),
        lift=np.array([place.lift for place in places], dtype=np.bool_),
    )
