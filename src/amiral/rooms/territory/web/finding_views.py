"""A page to try an address, or a postal code with a town: the sets that they leave possible, and a map.

The words come by POST: a query string would stand in the logs of every server in between.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from amiral.kit.maps import Feature, Layer, MapView
from amiral.kit.ratelimit import limited
from amiral.rooms.territory.contracts import Geocoded, Precision, Resolution, TerritoryKind
from amiral.rooms.territory.queries.geocoding import geocode
from amiral.rooms.territory.queries.resolving import resolve
from amiral.rooms.territory.web.finding_forms import FindingForm

SHOWN = 50
AROUND_DEGREES = 0.004


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("address", "postal_code", "city")
@limited(scope="find-territory", limit=120, window_s=60)
def find(request: HttpRequest) -> HttpResponse:
    """The form, and what it found. Open to everybody, as the territories are."""
    if request.method != "POST":
        return render(request, "territory/finding.html", {"form": FindingForm()})
    form = FindingForm(request.POST)
    if not form.is_valid():
        return render(request, "territory/finding.html", {"form": form}, status=422)
    words = form.cleaned_data
    found = resolve(**words)
    places = (
        geocode(text=words["address"], postal_code=words["postal_code"], city=words["city"])
        if words["address"]
        else ()
    )
    context = {
        "form": form,
        "asked": True,
        "found": found,
        "kinds": _kinds(found),
        "places": [(place, _precision(place)) for place in places],
        "map": _map(places),
    }
    return render(request, "territory/finding.html", context)


def _kinds(found: Resolution) -> list[dict[str, object]]:
    """Each kind in words, with its set; long ones cut."""
    shown = []
    for kind in _labels():
        candidates = found.of(kind)
        if candidates:
            shown.append(
                {
                    "label": _labels()[kind],
                    "candidates": [(one.territory, _percent(one.confidence)) for one in candidates[:SHOWN]],
                    "more": max(0, len(candidates) - SHOWN),
                }
            )
    return shown


def _labels() -> dict[TerritoryKind, str]:
    """The kinds that are shown, in order, in the reader's language."""
    return {
        TerritoryKind.COMMUNE: _("Commune"),
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL: _("Municipal arrondissement"),
        TerritoryKind.COMMUNE_DELEGUEE: _("Village that a commune took in"),
        TerritoryKind.COMMUNE_ASSOCIEE: _("Associated commune"),
        TerritoryKind.BUREAU_DE_VOTE: _("Polling station"),
        TerritoryKind.CANTON: _("Canton"),
        TerritoryKind.CIRCONSCRIPTION: _("Constituency"),
        TerritoryKind.EPCI: _("Group of communes (EPCI)"),
        TerritoryKind.ARRONDISSEMENT: _("Arrondissement (sub-prefecture)"),
        TerritoryKind.DEPARTEMENT: _("Département"),
        TerritoryKind.REGION: _("Region"),
        TerritoryKind.FOREIGN_COUNTRY: _("Foreign country"),
    }


def _percent(confidence: float) -> str:
    """A whole number of percent; what is not certain never shows as 100, what is possible never as 0."""
    if confidence >= 1:
        return "100"
    return str(min(99, round(100 * confidence))) if confidence >= 0.01 else "< 1"


def _precision(place: Geocoded) -> str:
    return {
        Precision.DOOR: _("the door"),
        Precision.STREET: _("the street, not the door"),
        Precision.COMMUNE: _("the commune alone"),
    }[place.precision]


def _map(places: tuple[Geocoded, ...]) -> MapView | None:
    if not places:
        return None
    points = tuple(
        Feature(geometry={"type": "Point", "coordinates": [place.lon, place.lat]}, label=place.label)
        for place in places
    )
    lon, lat = [place.lon for place in places], [place.lat for place in places]
    return MapView(
        title=_("Where it may be"),
        layers=(Layer(name=_("Places found"), features=points, css_class="map-place"),),
        bounds=(
            min(lon) - AROUND_DEGREES,
            min(lat) - AROUND_DEGREES,
            max(lon) + AROUND_DEGREES,
            max(lat) + AROUND_DEGREES,
        ),
    )
