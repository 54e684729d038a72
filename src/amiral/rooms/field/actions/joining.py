"""Two canvasses over one address: what one of them tells is not to be subtracted from what the other tells.

Each canvass closes its own periods, and within one of them ``cores.disclosure`` sees to it that nothing
small can be computed. Households that are in two canvasses mostly answer the same twice, so the difference
between a figure of one and a figure of the other would be what the addresses answered that only one of them
holds. Therefore a figure is written only beside those that the others have told already: what both hold, and
what each holds alone, is nothing or is enough by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from amiral.cores.disclosure import Threshold
from amiral.cores.names import address_key
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.field.models import Canvass, CountedEvent, Door, Release, ReleasedFigure
from amiral.rooms.field.queries.levels import Board, Level, read_board

Behind = Mapping[str, tuple[int, int]]
"""Dwellings and answers by address, as ``names_of`` names it."""
Place = tuple[str, str]
"""Level and key."""


def names_of(*, canvass_id: UUID) -> dict[UUID, str]:
    """What the address of each door is known by in every canvass and every file. One query."""
    rows = Door.objects.filter(turf__canvass=canvass_id).order_by()
    fields = ("pk", "commune_code", "number", "street", "turf__canvass__address_file_name", "address_id")
    return {
        pk: address_key(commune, number, street) or f"{file}|{id_}"
        for pk, commune, number, street, file, id_ in rows.values_list(*fields)
    }


@dataclass(frozen=True, kw_only=True)
class Told:
    """A figure that was released: the place, and the addresses behind it."""

    place: Place
    behind: Behind


def told_by(*, board: Board, names: Mapping[UUID, str], answers: Sequence[Outcome]) -> list[Told]:
    """What a canvass has released so far. Two queries."""
    by_release: dict[UUID | None, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    rows = CountedEvent.objects.filter(canvass=board.canvass_id, door__isnull=False)
    for release, door, what, weight in rows.values_list("release", "door", "what", "weight"):
        if door is not None and door in board.index:
            by_release[release][door] += weight if what in answers else 0
    figures = ReleasedFigure.objects.filter(release__canvass=board.canvass_id, subject="outcomes")
    found = []
    for release, level, key in figures.order_by().values_list("release", "level", "key"):
        # Events counted before their period was noted stand behind each of its figures.
        doors = {**by_release.get(None, {}), **by_release.get(release, {})}
        found.append(Told(place=(level, key), behind=_behind(board, names, doors, level, key)))
    return [one for one in found if one.behind]


def _behind(
    board: Board, names: Mapping[UUID, str], doors: Mapping[UUID, int], level: str, key: str
) -> dict[str, tuple[int, int]]:
    keys = board.keys[Level(level)]
    if key not in keys:
        return {}
    place, at = keys.index(key), board.at[Level(level)]
    inside = [(door, board.index[door]) for door in doors if at[board.index[door]] == place]
    return {
        names[door]: (int(board.dwellings[i]), min(doors[door], int(board.dwellings[i])))
        for door, i in inside
    }


def told_by_others(*, board: Board, names: Mapping[UUID, str], answers: Sequence[Outcome]) -> list[Told]:
    """What other canvasses have released of places in which one of these addresses is. Two queries, and
    about eight for each canvass that shares one."""
    communes = Door.objects.filter(turf__canvass=board.canvass_id).order_by().values("commune_code")
    near = Door.objects.filter(commune_code__in=communes.distinct()).order_by()
    ids = near.exclude(turf__canvass=board.canvass_id).values("turf__canvass")
    rows = Canvass.objects.filter(pk__in=ids).exclude(kind=CanvassKind.LEAFLET_ROUNDS)
    others = rows.filter(pk__in=Release.objects.values("canvass"))
    mine, found = set(names.values()), list[Told]()
    for other in others.order_by("pk"):
        theirs = names_of(canvass_id=other.pk)
        if mine.isdisjoint(theirs.values()):
            continue
        told = told_by(board=read_board(canvass=other), names=theirs, answers=answers)
        found += [one for one in told if not mine.isdisjoint(one.behind)]
    return found


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What others have told, and what this canvass has: a new figure is asked against both."""

    threshold: Threshold
    others: Sequence[Told]
    own: Sequence[Told] = ()

    def allow(self, place: Place, behind: Behind) -> bool:
        """Whether the figure may be written: alone, and added to those of the same place before it."""
        if not all(self._fits(behind, one.behind) for one in self.others):
            return False
        theirs = _united(one.behind for one in self.others if one.place == place)
        ours = _united([behind, *(one.behind for one in self.own if one.place == place)])
        return self._fits(ours, theirs)

    def _fits(self, ours: Behind, theirs: Behind) -> bool:
        both = ours.keys() & theirs.keys()
        if not both:
            return True
        common = {name: min(ours[name], theirs[name], key=lambda told: told[1]) for name in both}
        alone = ({name: told for name, told in one.items() if name not in both} for one in (ours, theirs))
        return all(not part or self._is_enough(part) for part in (common, *alone))

    def _is_enough(self, part: Behind) -> bool:
        dwellings, answers = np.array(list(part.values())).sum(axis=0)
        return bool(dwellings >= self.threshold.dwellings and answers >= self.threshold.answers)


def _united(parts: Iterable[Behind]) -> dict[str, tuple[int, int]]:
    """The dwellings of each address once, and no more answers than dwellings."""
    found: dict[str, tuple[int, int]] = {}
    for part in parts:
        for name, (dwellings, answers) in part.items():
            most, before = found.get(name, (dwellings, 0))
            found[name] = max(most, dwellings), min(max(most, dwellings), before + answers)
    return found
