"""The page "I have two hours"."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.contracts import PlaceSought
from amiral.rooms.mobilisation.queries import pages, sought
from amiral.rooms.mobilisation.queries.clocks import zone_of
from amiral.rooms.mobilisation.web.sought_forms import SoughtForm


@require_safe
@limited(scope="actions-sought", limit=60, window_s=60, methods=("GET",))
def available(request: HttpRequest) -> HttpResponse:
    """When, where and how far; then the shifts where the person is needed most, each with its reason."""
    at, asked, far = now(), "day" in request.GET, True
    form = SoughtForm(request.GET if asked else None, at=at)
    place, found = PlaceSought(text=""), None
    if asked and form.is_valid():
        values = form.cleaned_data
        if values["lon"] is None:
            place = pages.place_sought(text=values["q"], commune_id=request.GET.get("commune", "")[:40])
        if values["lon"] is not None or not (place.choices or place.is_unknown):
            spot = sought.spot_of(lon=values["lon"], lat=values["lat"], commune=place.commune)
            far = spot.lon is not None or not spot.commune_id
            since, until = form.hours(zone_of(commune_id=spot.commune_id))
            found = sought.shifts_for(
                person_id=_person_id(request),
                since=since,
                until=until,
                spot=spot,
                metres=values["km"] * 1000.0,
                roles=form.roles,
                at=at,
            )
    context = {"form": form, "place": place, "found": found, "knows_how_far": far}
    response = render(request, "mobilisation/available.html", context, status=422 if form.errors else 200)
    # The position of somebody may stand in the address: no page that is followed from here learns it. Not
    # "no-referrer": a browser would then send "Origin: null" with any form of the page, refused as forged.
    response.headers["Referrer-Policy"] = "strict-origin" if "lon" in request.GET else "same-origin"
    return response


def _person_id(request: HttpRequest) -> UUID | None:
    return request.user.pk if request.user.is_authenticated else None
