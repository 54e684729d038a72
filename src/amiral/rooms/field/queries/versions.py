"""Reads for the pages that compare versions of a plan."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import npgettext

from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import CanvassCard, VersionKind
from amiral.rooms.field.models import Canvass, Door, PlanVersion
from amiral.rooms.field.queries.cards import canvass_cards
from amiral.rooms.people import api as people

VERSIONS_PER_PAGE = 20

KIND_WORDS: dict[VersionKind, Promise] = {
    VersionKind.PLAN: _("First cut"),
    VersionKind.REPLAN: _("Cut again"),
    VersionKind.EDIT: _("Changed by hand"),
    VersionKind.RETURN: _("Gone back"),
    VersionKind.TOUR: _("A team took a tour"),
}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure before and after, to so many ``decimals``."""

    label: str | Promise
    before: float
    after: float
    decimals: int = 0
    unit: str = ""

    @property
    def places(self) -> str:
        """For the filter ``floatformat``: decimals, thousands apart."""
        return f"{self.decimals}g"

    @property
    def change(self) -> float:
        """After less before, as rounded on the page."""
        return round(round(self.after, self.decimals) - round(self.before, self.decimals), self.decimals)

    @property
    def change_unit(self) -> str:
        """Two shares differ by points, not by per cent."""
        if not self.unit:
            return ""
        return " " + npgettext("of a percentage", "point", "points", 2 if abs(self.change) > 1 else 1)


def figure_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Figure, ...]:
    """The figures of two plans side by side."""

    def line(
        label: str | Promise, name: str, *, times: float = 1, decimals: int = 0, unit: str = ""
    ) -> Figure:
        return Figure(
            label=label,
            before=times * before[name],
            after=times * after[name],
            decimals=decimals,
            unit=unit,
        )

    return (
        line(_("Turfs"), "turfs"),
        line(_("Doors"), "doors"),
        line(_("Minutes in all"), "minutes"),
        line(_("Metres in all"), "metres"),
        line(_("Metres per door"), "metres_per_door", decimals=1),
        line(_("Spread of the minutes"), "balance_cv", times=100, decimals=1, unit=" %"),
        line(_("Turfs within a tenth of the asked minutes"), "within_10_percent", times=100, unit=" %"),
        line(_("Connected turfs"), "connected"),
    )


@dataclass(frozen=True, kw_only=True)
class VersionLine:
    """A version in a list. ``by`` is empty when nobody is known to have made it."""

    number: int
    kind: str | Promise
    made_at: datetime
    by: str
    restored: int | None
    turfs: int
    minutes: float
    metres_per_door: float
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class VersionsPage:
    """The versions of a canvass, newest first."""

    canvass: CanvassCard
    versions: tuple[VersionLine, ...]
    page: "Page[PlanVersion]"


def versions_page(*, canvass: Canvass, number: str | int) -> VersionsPage:
    """The list; the number of queries does not depend on that of versions."""
    rows = PlanVersion.objects.filter(canvass=canvass).defer("turfs")
    page = Paginator(rows, VERSIONS_PER_PAGE).get_page(number)
    return VersionsPage(
        canvass=canvass_cards([canvass])[0],
        versions=version_lines(page.object_list, current=canvass.plan_version),
        page=page,
    )


def version_lines(rows: Iterable[PlanVersion], *, current: int) -> tuple[VersionLine, ...]:
    """Versions in words, with the names of who made them; one query besides the rows' own."""
    rows = list(rows)
    names = people.cards(person_ids={row.made_by_id for row in rows if row.made_by_id})
    return tuple(
        VersionLine(
            number=row.number,
            kind=KIND_WORDS[VersionKind(row.kind)],
            made_at=row.made_at,
            by=names[row.made_by_id].public_name if row.made_by_id in names else "",
            restored=row.restored,
            turfs=row.figures["turfs"],
            minutes=row.figures["minutes"],
            metres_per_door=row.figures["metres_per_door"],
            is_current=row.number == current,
        )
        for row in rows
    )


@dataclass(frozen=True, kw_only=True)
class TurfOfVersion:
    """A turf in a version."""

    number: int
    doors: int
    minutes: float
    metres: float
    connected: bool


@dataclass(frozen=True, kw_only=True)
class TurfPair:
    """A turf that changed; none ``before`` for a new one, none ``after`` for one that is gone.

    ``came`` and ``went`` count doors; both are 0 where only the order changed.
    """

    before: TurfOfVersion | None
    after: TurfOfVersion | None
    came: int
    went: int


@dataclass(frozen=True, kw_only=True)
class MovedDoor:
    """A door that stands in another turf than before, at a (longitude, latitude)."""

    label: str
    place: tuple[float, float]
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class ComparePage:
    """Two versions of a plan side by side."""

    canvass: CanvassCard
    attribution: str
    before: VersionLine
    after: VersionLine
    numbers: tuple[int, ...]
    figures: tuple[Figure, ...]
    pairs: tuple[TurfPair, ...]
    moved: tuple[MovedDoor, ...]
    still: tuple[tuple[float, float], ...]
    new: int
    gone: int
    current: int


def compare_page(*, canvass: Canvass, before: int | None = None, after: int | None = None) -> ComparePage:
    """Versions ``before`` and ``after`` (the latest two); eight queries. Raises ``NotFound``."""
    numbers = tuple(PlanVersion.objects.filter(canvass=canvass).values_list("number", flat=True))
    after = canvass.plan_version if after is None else after
    before = _one_before(numbers, after) if before is None else before
    rows = {
        row.number: row for row in PlanVersion.objects.filter(canvass=canvass, number__in={before, after})
    }
    if before not in rows or after not in rows:
        raise NotFound
    lines = {line.number: line for line in version_lines(rows.values(), current=canvass.plan_version)}
    comparison = _Comparison(rows[before].turfs, rows[after].turfs, _by_number(canvass, before, after))
    places = _places(canvass)
    return ComparePage(
        canvass=canvass_cards([canvass])[0],
        attribution=canvass.attribution,
        before=lines[before],
        after=lines[after],
        numbers=numbers,
        figures=figure_lines(rows[before].figures, rows[after].figures),
        pairs=comparison.pairs(),
        moved=tuple(
            MovedDoor(label=places[one][0], place=places[one][1], before=was, after=is_)
            for one, was, is_ in comparison.moved()
            if one in places
        ),
        still=tuple(places[one][1] for one in comparison.still() if one in places),
        new=len(comparison.after_of.keys() - comparison.before_of.keys()),
        gone=len(comparison.before_of.keys() - comparison.after_of.keys()),
        current=canvass.plan_version,
    )


def _one_before(numbers: Sequence[int], after: int) -> int:
    return max((number for number in numbers if number < after), default=after)


def _by_number(canvass: Canvass, before: int, after: int) -> bool:
    """Whether a turf keeps its number from one to the other: no planning lies between."""
    low, high = sorted((before, after))
    between = PlanVersion.objects.filter(canvass=canvass, number__gt=low, number__lte=high)
    return not between.filter(kind__in=[VersionKind.PLAN, VersionKind.REPLAN]).exists()


def _places(canvass: Canvass) -> dict[str, tuple[str, tuple[float, float]]]:
    rows = Door.objects.filter(turf__canvass=canvass)
    columns = rows.values_list("address_id", "label", "longitude", "latitude")
    return {address_id: (label, (lon, lat)) for address_id, label, lon, lat in columns}


class _Comparison:
    """Two lists of turfs as versions keep them; ``twin`` leads from an old number to the new one."""

    def __init__(
        self, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], by_number: bool
    ) -> None:
        self.before = {turf["number"]: turf for turf in before}
        self.after = {turf["number"]: turf for turf in after}
        self.before_of = {door: turf["number"] for turf in before for door in turf["doors"]}
        self.after_of = {door: turf["number"] for turf in after for door in turf["doors"]}
        self.twin = self._same_numbers() if by_number else self._overlapping()

    def _same_numbers(self) -> dict[int, int]:
        return {number: number for number in self.before if number in self.after}

    def _overlapping(self) -> dict[int, int]:
        """Each old turf with the new one that shares most doors with it, the largest share first."""
        shared = Counter(
            (was, self.after_of[door]) for door, was in self.before_of.items() if door in self.after_of
        )
        twin: dict[int, int] = {}
        for (was, is_), _count in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
            if was not in twin and is_ not in twin.values():
                twin[was] = is_
        return twin

    def moved(self) -> list[tuple[str, int, int]]:
        """(address, turf before, turf after) of each door that stands in another turf."""
        return [
            (door, was, self.after_of[door])
            for door, was in self.before_of.items()
            if door in self.after_of and self.twin.get(was) != self.after_of[door]
        ]

    def still(self) -> list[str]:
        gone = {door for door, _was, _is in self.moved()}
        return [door for door in self.after_of if door in self.before_of and door not in gone]

    def pairs(self) -> tuple[TurfPair, ...]:
        """Turfs whose doors or order differ, by their number before, new ones last."""
        new = [number for number in self.after if number not in self.twin.values()]
        couples = [(was, self.twin.get(was)) for was in self.before] + [(None, number) for number in new]
        return tuple(
            self._pair(was, is_)
            for was, is_ in couples
            if self._doors(self.before, was) != self._doors(self.after, is_)
        )

    @staticmethod
    def _doors(turfs: Mapping[int, Mapping[str, Any]], number: int | None) -> list[str]:
        return [] if number is None else list(turfs[number]["doors"])

    def _pair(self, was: int | None, is_: int | None) -> TurfPair:
        before, after = set(self._doors(self.before, was)), set(self._doors(self.after, is_))
        return TurfPair(
            before=None if was is None else _turf(self.before[was]),
            after=None if is_ is None else _turf(self.after[is_]),
            came=len(after - before),
            went=len(before - after),
        )


def _turf(turf: Mapping[str, Any]) -> TurfOfVersion:
    return TurfOfVersion(
        number=turf["number"],
        doors=len(turf["doors"]),
        minutes=turf["minutes"],
        metres=turf["metres"],
        connected=turf["connected"],
    )
