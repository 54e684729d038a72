"""Maps of priorities in five classes, told apart by colour, by width or number, and in words."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from amiral.kit.maps import Feature, Layer, MapView
from amiral.rooms.field.contracts import Bounds
from amiral.rooms.field.queries import statistics
from amiral.rooms.field.queries.pages import CanvassPage, extent
from amiral.rooms.field.queries.priorities import LEVEL_LABELS, Line, PlaceScores, TurfScores
from amiral.rooms.field.web.drawing import STREETS_AT_MOST
from amiral.rooms.territory import api as territory

NUMBERED = 60
"""Areas beyond which their classes are not written on the map: the figures would cover each other."""


def points_words(line: Line) -> str:
    """``1st fifth, 71.3 points``."""
    points = number_format(line.total, decimal_pos=1)
    return _("%(points)s points, class %(level)s") % {"points": points, "level": line.level_label}


def turfs_map(*, page: CanvassPage, found: TurfScores) -> MapView | None:
    """The walks of the turfs, broader and darker the sooner they come, with the numbers of the turfs."""
    bounds = extent(page.doors)
    if bounds is None:
        return None
    turfs = {turf.number: turf for turf in page.turfs}
    layers = []
    for level, name in enumerate(LEVEL_LABELS):
        features = tuple(
            Feature(
                geometry=turfs[line.number].walk,
                label=_("Turf %(number)d: %(score)s") % {"number": line.number, "score": points_words(line)},
                href=turfs[line.number].url,
                number=str(line.number),
            )
            for line in found.lines
            if line.level == level
        )
        css_class = f"map-coverage-{level} map-priority-{level}"
        layers.append(Layer(name=str(name), features=features, css_class=css_class))
    without = tuple(
        Feature(geometry=turfs[line.number].walk, number=str(line.number))
        for line in found.lines
        if not line.has_score
    )
    layers.insert(0, Layer(name=_("No public figure"), features=without, css_class="map-outline"))
    return MapView(
        title=_("Turfs by what comes first"),
        layers=(_streets(bounds), *layers),
        attribution=" · ".join(dict.fromkeys([page.attribution, *attributions(found.figures)])),
        bounds=bounds,
    )


def _streets(bounds: Bounds) -> Layer:
    lines = territory.street_lines(bounds=bounds, limit=STREETS_AT_MOST)
    features = tuple(Feature(geometry=line.geometry) for line in lines)
    return Layer(name=_("Streets"), features=features, css_class="map-street")


def attributions(figures: statistics.Figures) -> list[str]:
    """Who is to be named for the figures."""
    return [one.attribution for one in figures.sources if one.attribution]


def places_map(found: PlaceScores) -> MapView | None:
    """Stations or communes by class; ``None`` where no contour of them is imported."""
    outlines = statistics.outlines_of(place_ids=[line.id for line in found.lines])
    if not outlines:
        return None
    numbered = len(outlines) <= NUMBERED
    layers = tuple(
        Layer(
            name=str(name),
            features=tuple(
                Feature(
                    geometry=outlines[line.id],
                    label=f"{line.name} : {points_words(line)}",
                    css_class=f"map-share-{level}",
                    number=str(len(LEVEL_LABELS) - level) if numbered else "",
                )
                for line in found.lines
                if line.level == level and line.id in outlines
            ),
            css_class="map-share",
        )
        for level, name in enumerate(LEVEL_LABELS)
    )
    sources = [*attributions(found.figures), *statistics.outline_sources()]
    return MapView(title=_("Where to start"), layers=layers, attribution=" · ".join(dict.fromkeys(sources)))
