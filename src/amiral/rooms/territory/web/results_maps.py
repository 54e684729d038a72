"""Maps of results: each place in one of five shades, by the part of a choice or by abstention."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.territory.contracts import PlaceResult, TerritoryKind, TerritoryResults
from amiral.rooms.territory.queries.contours import contour_files, contours
from amiral.rooms.territory.queries.results import Places, places_of, share, single_station_communes

SHADES = 5
ABSTENTION = "abstention"
BLANKS = "blancs-et-nuls"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is coloured: a choice by its place in ``Places.choices``, or abstention, or blank and null."""

    key: str
    label: str

    def part(self, row: PlaceResult, places: Places) -> float | None:
        """The part at a place, 0 to 1: of the registered, of the voters, or of the expressed."""
        figures = row.figures
        if self.key == ABSTENTION:
            return share(figures.abstentions, figures.registered)
        if self.key == BLANKS:
            return share(figures.blank_null, figures.voters)
        return share(_votes(self.key, row, places), figures.expressed)


def _votes(key: str, row: PlaceResult, places: Places) -> int | None:
    at = next((i for i, choice in enumerate(places.choices) if choice.key == key), None)
    return None if at is None else row.votes[at]


def shown_of(*, results: TerritoryResults, key: str) -> Shown:
    """What was asked for; the choice with most votes where that is nothing."""
    known = {one.key: one for one in options(results=results)}
    first = next(iter(known.values()))
    return known.get(key, first)


def options(*, results: TerritoryResults) -> tuple[Shown, ...]:
    """Everything that a map can show of these results."""
    choices = tuple(Shown(key=one.choice.key, label=one.choice.label) for one in results.choices)
    return (
        *choices,
        Shown(key=ABSTENTION, label=_("Abstention")),
        Shown(key=BLANKS, label=_("Blank and null")),
    )


def map_of(*, results: TerritoryResults, shown: Shown) -> MapView | None:
    """The parts of the territory in five shades; ``None`` where no contour of them was imported."""
    drawn = [
        (row, geometry, value, places)
        for places, row, geometry in _areas(results)
        if (value := shown.part(row, places)) is not None
    ]
    if not drawn:
        return None
    shades, names = _shades([value for _row, _geometry, value, _places in drawn])
    layers = []
    for shade, name in enumerate(names):
        features = tuple(
            Feature(
                geometry=geometry,
                label=f"{row.name} : {percent(value)}",
                href=_href(row, results),
                css_class=f"map-share-{shade}",
            )
            for (row, geometry, value, _places), own in zip(drawn, shades, strict=True)
            if own == shade
        )
        if features:
            layers.append(Layer(name=name, features=features, css_class="map-share"))
    title = _("%(what)s, %(election)s, %(territory)s") % {
        "what": shown.label,
        "election": results.election.label,
        "territory": results.territory.name,
    }
    sources = (results.attribution, *_outline_sources({row.territory_id for row, *_rest in drawn}))
    return MapView(title=title, layers=tuple(layers), attribution=" · ".join(dict.fromkeys(sources)))


def _outline_sources(territory_ids: set[str]) -> list[str]:
    """Sources of the contours that may have been used: of bureaux, those of communes too."""
    kinds = {one.partition(":")[0] for one in territory_ids}
    if TerritoryKind.BUREAU_DE_VOTE in kinds:
        kinds.add(TerritoryKind.COMMUNE)
    return [one.attribution for one in contour_files() if one.kind in kinds and one.attribution]


def _href(row: PlaceResult, results: TerritoryResults) -> str:
    if not row.territory_id:
        return ""
    return reverse("territory:results", args=[row.territory_id, results.election.id])


def _areas(results: TerritoryResults) -> list[tuple[Places, PlaceResult, dict[str, object]]]:
    """Each place to colour, with its contour: bureaux where theirs are known, else communes, else larger."""
    territory_id, election_id = results.territory.id, results.election.id
    wide = results.territory.kind in (TerritoryKind.COUNTRY, TerritoryKind.REGION)
    if wide or results.level is not TerritoryKind.BUREAU_DE_VOTE:
        return _with_contours(places_of(territory_id=territory_id, election_id=election_id))
    stations = places_of(territory_id=territory_id, election_id=election_id, stations=True)
    if stations is None:
        return []
    single = single_station_communes(places=stations)
    geometry = contours(territory_ids=[row.territory_id for row in stations.rows if row.territory_id])
    outlines = contours(territory_ids=[single[one] for one in single if one not in geometry])
    areas = [
        (stations, row, known)
        for row in stations.rows
        if (known := geometry.get(row.territory_id) or outlines.get(single.get(row.territory_id, "")))
    ]
    drawn = {row.territory_id for _places, row, _known in areas}
    return [*_other_communes(results, stations, drawn), *areas]


def _other_communes(
    results: TerritoryResults, stations: Places, drawn: set[str]
) -> list[tuple[Places, PlaceResult, dict[str, object]]]:
    """Communes of several bureaux none of which can be drawn: the commune as a whole."""
    if len(drawn) == len(stations.rows) or results.territory.kind in (
        TerritoryKind.COMMUNE,
        TerritoryKind.BUREAU_DE_VOTE,
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
    ):
        return []
    places = places_of(territory_id=results.territory.id, election_id=results.election.id)
    codes = {one.partition(":")[2].partition("_")[0] for one in drawn}
    areas = _with_contours(places)
    return [
        area for area in areas if area[1].territory_id.partition(":")[2] not in codes and area[1].lines > 1
    ]


def _with_contours(
    places: Places | None,
) -> list[tuple[Places, PlaceResult, dict[str, object]]]:
    if places is None:
        return []
    geometry = contours(territory_ids=[row.territory_id for row in places.rows if row.territory_id])
    return [(places, row, geometry[row.territory_id]) for row in places.rows if row.territory_id in geometry]


def _shades(values: Sequence[float]) -> tuple[list[int], list[str]]:
    """The shade of each value, as many places in each, and what each shade spans, in words."""
    told = np.array(values)
    limits = np.quantile(told, np.linspace(0, 1, SHADES + 1)[1:-1])
    shades = np.searchsorted(limits, told, side="right")
    names = []
    for shade in range(SHADES):
        own = told[shades == shade]
        names.append(_span(float(own.min()), float(own.max())) if len(own) else "")
    return shades.tolist(), names


def _span(least: float, most: float) -> str:
    low, high = percent(least), percent(most)
    return low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def percent(value: float) -> str:
    """``12,35 %`` in French, ``12.35%`` in English: two decimals, as in the official statements."""
    # Rounded here: the formatter only cuts off.
    return _("%(number)s%%") % {"number": number_format(round(100 * value, 2), decimal_pos=2)}
