"""Reads for the pages of coverage: a place, its figures, the places in it, and the way up."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import CanvassCard, CanvassKind
from amiral.rooms.field.models import OUTCOME_LABELS, Canvass, Door, Turf
from amiral.rooms.field.queries import releasing
from amiral.rooms.field.queries.cards import canvass_cards
from amiral.rooms.field.queries.covering import commune_names, done_by_place
from amiral.rooms.field.queries.levels import Board, Ints, Level, departements_of
from amiral.rooms.field.queries.progress import DayDone, Progress, Standing, standing
from amiral.rooms.field.queries.releasing import Figures, Released
from amiral.rooms.network import api as network
from amiral.rooms.people.contracts import Feature
from amiral.rooms.territory import api as territory

PER_PAGE = 60

SLUGS: dict[Level, str] = {
    Level.DEPARTEMENT: "departement",
    Level.COMMUNE: "commune",
    Level.BUREAU: "bureau",
    Level.TURF: "secteur",
    Level.BUILDING: "batiment",
}
"""The levels in addresses of pages."""

VIEWS: dict[str, Level] = {
    "secteurs": Level.TURF,
    "portes": Level.BUILDING,
    "bureaux": Level.BUREAU,
    "communes": Level.COMMUNE,
    "departements": Level.DEPARTEMENT,
}
"""The divisions of a whole canvass; the first one unless another is asked for."""

_INSIDE: dict[Level, tuple[Level, ...]] = {
    Level.DEPARTEMENT: (Level.COMMUNE,),
    Level.COMMUNE: (Level.BUREAU, Level.TURF),
    Level.BUREAU: (Level.TURF,),
    Level.TURF: (Level.BUILDING,),
    Level.BUILDING: (),
}


@dataclass(frozen=True, kw_only=True)
class PlaceLine:
    """A place in a table. ``figures`` is ``None`` where answers may not be shown; ``is_part``: only some of
    its doors lie in the place whose page this is."""

    level: Level
    key: str
    label: str
    url: str
    progress: Progress
    figures: Figures | None
    is_part: bool = False

    @property
    def name(self) -> str:
        """What scripts know the line by."""
        return f"{SLUGS[self.level]}-{self.key}"


@dataclass(frozen=True, kw_only=True)
class PlaceTable:
    """The places of one level inside another. ``rest``: those without figures, together."""

    level: Level
    lines: tuple[PlaceLine, ...]
    page: "Page[tuple[str, Progress]]"
    rest: Figures | None

    @property
    def shown(self) -> tuple[PlaceLine, ...]:
        """The lines of which answers may be told."""
        return tuple(line for line in self.lines if line.figures)

    @property
    def hidden(self) -> int:
        """Lines begun of which nothing may be told."""
        return sum(line.figures is None and line.progress.dwellings_done > 0 for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One link of the way up."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class CoveragePage:
    """A canvass or a place in it. ``figures`` is ``None`` where answers may not be shown, and
    ``through`` the moment up to which they are told."""

    canvass: CanvassCard
    attribution: str
    at: datetime
    level: Level
    key: str
    label: str
    way: tuple[Step, ...]
    progress: Progress
    figures: Figures | None
    through: datetime | None
    tables: tuple[PlaceTable, ...]
    curve: tuple[DayDone, ...]
    expected: int
    days_left: int | None
    standing: Standing
    members: Ints
    views: tuple[str, ...]
    view: str

    @property
    def is_rounds(self) -> bool:
        return self.canvass.kind == CanvassKind.LEAFLET_ROUNDS

    @property
    def said(self) -> list[tuple[str | Promise, int]]:
        """What was recorded, in words, and how often."""
        numbers = self.figures.by_outcome if self.figures else ()
        return list(zip(OUTCOME_LABELS.values(), numbers, strict=False))


def place_url(canvass_id: UUID, level: Level, key: str) -> str:
    """The page of a place of a canvass."""
    if level == Level.CANVASS:
        return reverse("field:coverage", args=[canvass_id])
    return reverse("field:coverage_place", args=[canvass_id, SLUGS[level], key])


def coverage_page(*, canvass: Canvass, view: str, number: str | int, at: datetime) -> CoveragePage:
    """The whole canvass, divided as ``view`` says. Fifteen queries at most, whatever is in it."""
    now = standing(canvass=canvass, at=at)
    views = _views(now.board)
    chosen = view if view in views else next(iter(VIEWS))
    level = VIEWS[chosen]
    return _page(
        canvass=canvass, now=now, level=Level.CANVASS, key="", divisions=_divisions(level), number=number,
        at=at, views=views, view=chosen,
    )  # fmt: skip


def place_page(*, canvass: Canvass, slug: str, key: str, number: str | int, at: datetime) -> CoveragePage:
    """A place of the canvass, and what lies in it. ``NotFound`` for one that the canvass does not touch."""
    level = next((level for level, one in SLUGS.items() if one == slug), None)
    if level is None:
        raise NotFound
    now = standing(canvass=canvass, at=at)
    divisions = tuple(one for one in _INSIDE[level] if now.board.keys[one])
    return _page(canvass=canvass, now=now, level=level, key=key, divisions=divisions, number=number, at=at)


def _divisions(level: Level) -> tuple[Level, ...]:
    """The tables of a whole canvass. Its buildings are too many for one: each turf's page has its own."""
    if level == Level.TURF:
        return (Level.TURF, Level.COMMUNE)
    return (Level.COMMUNE,) if level == Level.BUILDING else (level,)


def _views(board: Board) -> tuple[str, ...]:
    return tuple(view for view, level in VIEWS.items() if board.keys[level])


def _page(
    *,
    canvass: Canvass,
    now: Standing,
    level: Level,
    key: str,
    divisions: Iterable[Level],
    number: str | int,
    at: datetime,
    views: tuple[str, ...] = (),
    view: str = "",
) -> CoveragePage:
    members = now.board.place(level, key)
    told = releasing.figures(canvass_ids=[canvass.pk])
    names = _Names(canvass_id=canvass.pk, board=now.board)
    today = localdate(at)
    return CoveragePage(
        canvass=canvass_cards([canvass])[0],
        attribution=canvass.attribution,
        at=at,
        level=level,
        key=key,
        label=names.of(level, [key])[key] if level != Level.CANVASS else canvass.name,
        way=_way(names, level, members),
        progress=now.of(members),
        figures=told.of(level, key),
        through=told.through,
        tables=tuple(
            table
            for one in divisions
            if (table := _table(now, told, names, one, level, members, number)).lines
        ),
        curve=now.curve(members, today=today),
        expected=now.expected(today),
        days_left=now.days_left(today=today),
        standing=now,
        members=members,
        views=views,
        view=view,
    )


def _table(
    now: Standing,
    told: Released,
    names: "_Names",
    level: Level,
    of: Level,
    members: Ints,
    number: str | int,
) -> PlaceTable:
    page = Paginator(_in_order(level, now.by(level, members)), PER_PAGE).get_page(number)
    keys = list(page.object_list)
    labels = names.of(level, [key for key, _progress in keys])
    lines = tuple(_line(now.board, told, level, key, labels[key], progress) for key, progress in keys)
    return PlaceTable(
        level=level, lines=lines, page=page, rest=told.rest(level) if of == Level.CANVASS else None
    )


def _in_order(level: Level, lines: Mapping[str, Progress]) -> list[tuple[str, Progress]]:
    """Turfs by number, buildings by the walk; everything else by code."""
    if level == Level.TURF:
        return sorted(lines.items(), key=lambda item: int(item[0]))
    return list(lines.items()) if level == Level.BUILDING else sorted(lines.items())


def _line(board: Board, told: Released, level: Level, key: str, label: str, progress: Progress) -> PlaceLine:
    whole = len(board.place(level, key)) if level != Level.BUILDING else 1
    return PlaceLine(
        level=level,
        key=key,
        label=label,
        url=place_url(board.canvass_id, level, key),
        progress=progress,
        figures=told.of(level, key),
        is_part=progress.doors < whole,
    )


@dataclass(frozen=True, kw_only=True)
class _Names:
    """What places are called. One query for each level that is asked for."""

    canvass_id: UUID
    board: Board

    def of(self, level: Level, keys: Iterable[str]) -> dict[str, str]:
        if level == Level.BUILDING:
            return {key: self.board.labels[self.board.index[UUID(key)]] for key in keys}
        return place_names(level=level, keys=keys)


def _bureau_names(ids: list[str]) -> dict[str, str]:
    cards = territory.territories(territory_ids=ids)
    return {one: cards[one].label if one in cards else one.partition(":")[2] for one in ids}


def _way(names: _Names, level: Level, members: Ints) -> tuple[Step, ...]:
    """The larger places that hold all of these doors, the largest first."""
    board = names.board
    order = list(SLUGS)
    above = order[: order.index(level)] if level in SLUGS else []
    steps = []
    for one in above:
        places = np.unique(board.at[one][members])
        if len(places) == 1 and places[0] >= 0:
            key = board.keys[one][int(places[0])]
            steps.append(Step(label=names.of(one, [key])[key], url=place_url(names.canvass_id, one, key)))
    return tuple(steps)


def walks_of(*, canvass_id: UUID, numbers: Iterable[int] | None = None) -> dict[str, Mapping[str, Any]]:
    """The walk of each turf, as GeoJSON, by its number; of all of them or of some. One query."""
    rows = Turf.objects.filter(canvass=canvass_id)
    if numbers is not None:
        rows = rows.filter(number__in=list(numbers))
    return {str(number): walk for number, walk in rows.values_list("number", "walk")}


@dataclass(frozen=True, kw_only=True)
class Live:
    """What a page that is open is told again and again: the figures of its place and of its lines."""

    at: datetime
    place: Progress
    lines: Mapping[str, Progress]
    version: str


def live(*, canvass: Canvass, view: str, place: str, number: str | int, at: datetime) -> Live:
    """The figures of the page of a canvass (``place`` empty) or of a place (``secteur-3``), without names.

    Five queries that do not grow with the doors. Nothing here was answered by anybody.
    """
    now = standing(canvass=canvass, at=at)
    level, key = _named(place)
    members = now.board.place(level, key)
    inside = _divisions(VIEWS.get(view, Level.TURF)) if level == Level.CANVASS else _INSIDE[level]
    lines = {
        f"{SLUGS[one]}-{key_}": progress
        for one in inside
        if now.board.keys[one]
        for key_, progress in Paginator(_in_order(one, now.by(one, members)), PER_PAGE)
        .get_page(number)
        .object_list
    }
    return Live(at=at, place=now.of(members), lines=lines, version=version_of(now))


def _named(place: str) -> tuple[Level, str]:
    if not place:
        return Level.CANVASS, ""
    slug, _dash, key = place.partition("-")
    level = next((level for level, one in SLUGS.items() if one == slug), None)
    if level is None:
        raise NotFound
    return level, key


def version_of(now: Standing) -> str:
    """Changes whenever the map does: which doors are done, and which are in hand."""
    return sha256(now.homes_done.tobytes() + now.held.tobytes()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class ExportLine:
    """A place as a file tells it. ``figures`` is ``None`` where answers may not be shown."""

    level: Level
    key: str
    name: str
    progress: Progress
    figures: Figures | None


@dataclass(frozen=True, kw_only=True)
class Export:
    """All places of a canvass, the smallest first; ``rest`` by level what may only be told together."""

    canvass: CanvassCard
    at: datetime
    through: datetime | None
    lines: tuple[ExportLine, ...]
    rest: Mapping[Level, Figures]


def export(*, canvass: Canvass, with_buildings: bool, at: datetime) -> Export:
    """Everything of the pages of a canvass, for a file; the same figures by the same rule."""
    now = standing(canvass=canvass, at=at)
    told = releasing.figures(canvass_ids=[canvass.pk])
    names = _Names(canvass_id=canvass.pk, board=now.board)
    levels = [level for level in reversed(SLUGS) if with_buildings or level != Level.BUILDING]
    lines = [line for level in levels for line in _export_lines(now, told, names, level)]
    whole = ExportLine(level=Level.CANVASS, key="", name=canvass.name, progress=now.of(), figures=told.whole)
    rests = {level: rest for level in levels if (rest := told.rest(level))}
    return Export(
        canvass=canvass_cards([canvass])[0], at=at, through=told.through, lines=(*lines, whole), rest=rests
    )


def _export_lines(now: Standing, told: Released, names: "_Names", level: Level) -> list[ExportLine]:
    found = _in_order(level, now.by(level))
    labels = names.of(level, [key for key, _progress in found])
    return [
        ExportLine(level=level, key=key, name=labels[key], progress=progress, figures=told.of(level, key))
        for key, progress in found
    ]


def place_names(*, level: Level, keys: Iterable[str]) -> dict[str, str]:
    """What places are called that are no buildings. One query at most."""
    wanted = list(keys)
    if level == Level.TURF:
        return {key: _("Turf %(number)s") % {"number": key} for key in wanted}
    if level == Level.BUREAU:
        return _bureau_names(wanted)
    if level == Level.COMMUNE:
        return commune_names(wanted)
    if level == Level.DEPARTEMENT:
        known = {card.code: card.name for card in territory.departements()} if wanted else {}
        return {key: known.get(key, key) for key in wanted}
    return dict.fromkeys(wanted, "")


@dataclass(frozen=True, kw_only=True)
class CampaignLine:
    """A département, a commune or a canvass with the doors that the viewer's canvasses have there."""

    label: str
    url: str
    doors: int
    done: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.doors if self.doors else 0


@dataclass(frozen=True, kw_only=True)
class CampaignPage:
    """All canvasses whose coverage a person sees: whole, by département, by commune, one by one."""

    doors: int
    done: int
    departement: str
    departements: tuple[CampaignLine, ...]
    communes: tuple[CampaignLine, ...]
    canvasses: tuple[CampaignLine, ...]

    @property
    def percent(self) -> int:
        return 100 * self.done // self.doors if self.doors else 0


def seen_canvasses(*, person_id: UUID) -> dict[UUID, str]:
    """The planned canvasses whose coverage the person sees, by name. Three queries."""
    groups = network.groups_led(person_id=person_id, feature=Feature.SEE_COVERAGE)
    rows = Canvass.objects.filter(group__in=[group.id for group in groups], planned_at__isnull=False)
    return dict(rows.exclude(kind=CanvassKind.LEAFLET_ROUNDS).order_by("name").values_list("pk", "name"))


def campaign_page(*, canvasses: Mapping[UUID, str], departement: str) -> CampaignPage:
    """The doors of some canvasses by place, of one département if one is named. Seven queries, whatever
    their number."""
    planned = Counter[tuple[UUID, str]]()
    rows = Door.objects.filter(turf__canvass__in=list(canvasses)).order_by()
    counted = rows.values_list("turf__canvass", "commune_code").annotate(number=Count("pk"))
    planned.update({(canvass, code): number for canvass, code, number in counted})
    done = done_by_place(canvass_ids=canvasses)
    codes = {code for _canvass, code in planned}
    home = departements_of(codes)
    if departement:
        if departement not in home.values():
            raise NotFound
        planned = Counter({at: number for at, number in planned.items() if home[at[1]] == departement})
    names = {card.code: card.name for card in territory.departements()}
    communes = commune_names(code for _canvass, code in planned)
    here = reverse("field:campaign_coverage")
    return CampaignPage(
        doors=planned.total(),
        done=sum(done.get(at, 0) for at in planned),
        departement=names.get(departement, departement),
        departements=_campaign_lines(
            planned, done, {at: home[at[1]] for at in planned}, names, lambda key: f"{here}?departement={key}"
        ),
        communes=_campaign_lines(planned, done, {at: at[1] for at in planned}, communes, lambda _key: "")
        if departement
        else (),
        canvasses=_campaign_lines(
            planned, done, {at: str(at[0]) for at in planned},
            {str(id_): name for id_, name in canvasses.items()},
            lambda key: reverse("field:coverage", args=[key]),
        ),
    )  # fmt: skip


def _campaign_lines(
    planned: Mapping[tuple[UUID, str], int],
    done: Mapping[tuple[UUID, str], int],
    place: Mapping[tuple[UUID, str], str],
    names: Mapping[str, str],
    url: Callable[[str], str],
) -> tuple[CampaignLine, ...]:
    doors, finished = Counter[str](), Counter[str]()
    for at, number in planned.items():
        doors[place[at]] += number
        finished[place[at]] += done.get(at, 0)
    lines = [
        CampaignLine(
            label=names.get(key) or key or _("Not known"),
            url=url(key) if key else "",
            doors=number,
            done=finished[key],
        )
        for key, number in doors.items()
    ]
    return tuple(sorted(lines, key=lambda line: line.label))
