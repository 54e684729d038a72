"""Objections: which talking points people objected to, where enough stands behind it.

Counts come from ``releasing.figures`` alone; a talking point is named by what its card says today.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.rooms.field.models import Canvass
from amiral.rooms.field.queries import releasing
from amiral.rooms.field.queries.coverage_pages import place_names
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.field.queries.releasing import OBJECTIONS, Figures
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import ObjectionsOfDay, ObjectionTally
from amiral.rooms.talking_points.contracts import PlaceObjections as TalkingPlace

MOST = 5
LEVELS = (Level.BUREAU, Level.TURF, Level.COMMUNE, Level.DEPARTEMENT)


@dataclass(frozen=True, kw_only=True)
class PointCount:
    """A talking point and how often somebody objected to it."""

    point_id: UUID
    words: str
    url: str
    times: int


@dataclass(frozen=True, kw_only=True)
class PlaceObjections:
    """What was objected to in a place, the most frequent first.

    Not how many answers stand behind it: objections go by whole turfs and outcomes by doors, and the
    difference of the two numbers of a bureau is what a few doors answered.
    """

    label: str
    points: tuple[PointCount, ...]


@dataclass(frozen=True, kw_only=True)
class ObjectionTable:
    """The places of a level where somebody objected. ``rest``: those that may not be shown, together."""

    level: Level
    places: tuple[PlaceObjections, ...]
    rest: PlaceObjections | None


@dataclass(frozen=True, kw_only=True)
class ObjectionsPage:
    """The objections of a day, or of the days up to it. ``whole`` is ``None`` when nothing may be shown."""

    day: date
    since: date
    before: date | None
    after: date | None
    whole: PlaceObjections | None
    tables: tuple[ObjectionTable, ...]


def objections_page(
    *, canvass_ids: Iterable[UUID], day: date | None, days: int, today: date, language: str
) -> ObjectionsPage:
    """The objections of ``days`` days up to ``day`` (the latest with figures, unless another is asked for).
    Ten queries at most."""
    ids = list(canvass_ids)
    known = releasing.days(canvass_ids=ids)
    chosen = min(day or (known[1] if known else today), today)
    first = chosen - timedelta(days=days - 1)
    since, until = releasing.span_of(first, last=chosen)
    told = releasing.figures(canvass_ids=ids, subject=OBJECTIONS, since=since, until=until)
    words = _Words.of(told.places.values(), language)
    whole = told.whole
    return ObjectionsPage(
        day=chosen,
        since=first,
        before=chosen - timedelta(days=1) if known and known[0] < chosen else None,
        after=chosen + timedelta(days=1) if chosen < today else None,
        whole=words.place(_("All"), whole) if whole else None,
        tables=tuple(table for level in LEVELS if (table := _table(ids, told, words, level))),
    )


def _table(
    canvass_ids: list[UUID], told: releasing.Released, words: "_Words", level: Level
) -> ObjectionTable | None:
    if level == Level.TURF and len(canvass_ids) != 1:
        return None  # every canvass has its turf 1
    found = {key: figures for (at, key), figures in told.places.items() if at == level}
    rest = told.rest(level)
    if not found or (rest is None and not any(figures.total for figures in found.values())):
        return None
    names = place_names(level=level, keys=found)
    lines = [words.place(names[key], figures) for key, figures in sorted(found.items())]
    return ObjectionTable(
        level=level,
        places=tuple(
            sorted(
                (line for line in lines if line.points),
                key=lambda line: -sum(point.times for point in line.points),
            )
        ),
        rest=words.place(_("Those not shown, together"), rest) if rest else None,
    )


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the talking points say, in one language; two queries for all of them."""

    short: Mapping[UUID, str]

    @classmethod
    def of(cls, figures: Iterable[Figures], language: str) -> "_Words":
        ids = {UUID(point) for one in figures for point in one.counts}
        cards = talking_points.cards(point_ids=sorted(ids), language=language) if ids else ()
        return cls(short={card.point_id: card.short_line for card in cards})

    def place(self, label: str, figures: Figures) -> PlaceObjections:
        most = sorted(figures.counts.items(), key=lambda item: (-item[1], item[0]))
        return PlaceObjections(
            label=label,
            points=tuple(self._point(UUID(point), times) for point, times in most if times > 0),
        )

    def _point(self, point_id: UUID, times: int) -> PointCount:
        words = self.short.get(point_id, _("A card that is no longer valid"))
        return PointCount(
            point_id=point_id,
            words=words,
            url=reverse("talking_points:point", args=[point_id]),
            times=times,
        )


def of_day(*, day: date) -> ObjectionsOfDay:
    """The five most frequent objections of a day, in the whole campaign and by département; one that may
    not be shown is left out. Five queries."""
    ids = list(Canvass.objects.filter(planned_at__isnull=False).values_list("pk", flat=True))
    since, until = releasing.span_of(day)
    told = releasing.figures(canvass_ids=ids, subject=OBJECTIONS, since=since, until=until)
    found = {key: figures for (level, key), figures in told.places.items() if level == Level.DEPARTEMENT}
    names = place_names(level=Level.DEPARTEMENT, keys=found)
    places = [
        TalkingPlace(name=names[key], tallies=tallies)
        for key, figures in sorted(found.items())
        if (tallies := _first(figures))
    ]
    return ObjectionsOfDay(day=day, whole=_first(told.whole) if told.whole else (), places=tuple(places))


def of_days(*, first: date, last: date) -> tuple[ObjectionTally, ...]:
    """Every objection of the whole campaign that may be told of these days, added up. Three queries."""
    ids = list(Canvass.objects.filter(planned_at__isnull=False).values_list("pk", flat=True))
    since, until = releasing.span_of(first, last=last)
    whole = releasing.figures(canvass_ids=ids, subject=OBJECTIONS, since=since, until=until).whole
    counts = whole.counts.items() if whole else ()
    return tuple(ObjectionTally(point_id=UUID(point), times=times) for point, times in counts if times > 0)


def _first(figures: Figures) -> tuple[ObjectionTally, ...]:
    most = sorted(figures.counts.items(), key=lambda item: (-item[1], item[0]))[:MOST]
    return tuple(ObjectionTally(point_id=UUID(point), times=times) for point, times in most if times > 0)
