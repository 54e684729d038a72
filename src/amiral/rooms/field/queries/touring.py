"""Reads for the page of a tour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from amiral.cores import walk
from amiral.rooms.field.models import Assignment, Canvass, Door


class _Place(Protocol):
    @property
    def label(self) -> str: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def dwellings(self) -> int: ...


class Found(Protocol):
    """A tour that was found: ``actions.touring.Proposal``."""

    @property
    def tour(self) -> walk.Tour: ...
    @property
    def places(self) -> "Sequence[_Place]": ...
    @property
    def digest(self) -> str: ...
    @property
    def attribution(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class TourStop:
    """A door of the tour."""

    position: int
    label: str
    longitude: float
    latitude: float
    dwellings: int


@dataclass(frozen=True, kw_only=True)
class TourPage:
    """A tour in words and on a map; ``digest`` names its doors."""

    stops: tuple[TourStop, ...]
    start_label: str
    here: tuple[float, float]
    walk: tuple[tuple[float, float], ...]
    metres: int
    minutes: int
    dwellings: int
    people: int
    back: bool
    straight: bool
    digest: str
    attribution: str


def tour_page(found: Found, start_label: str) -> TourPage:
    """What the page shows of a tour."""
    tour = found.tour
    stops = tuple(
        TourStop(
            position=position,
            label=place.label,
            longitude=place.lon,
            latitude=place.lat,
            dwellings=place.dwellings,
        )
        for position, place in enumerate(found.places, start=1)
    )
    return TourPage(
        stops=stops,
        start_label=start_label,
        here=tour.here,
        walk=tuple((float(lon), float(lat)) for lon, lat in tour.line),
        metres=round(tour.metres),
        minutes=round(tour.minutes),
        dwellings=sum(max(1, stop.dwellings) for stop in stops),
        people=tour.people,
        back=tour.back,
        straight=tour.straight,
        digest=found.digest,
        attribution=found.attribution,
    )


def open_points(canvass: Canvass) -> tuple[tuple[float, float], ...]:
    """Doors where nobody was, that no team holds: longitude and latitude; one query."""
    rows = Door.objects.filter(turf__canvass=canvass, visits__isnull=True)
    held = Assignment.objects.filter(turf__canvass=canvass, ended_at__isnull=True)
    rows = rows.exclude(turf__in=held.values("turf"))
    return tuple(rows.order_by("turf__number", "position").values_list("longitude", "latitude"))
