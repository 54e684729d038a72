"""The page "from here": a tour for a few people who stand somewhere, shown and taken."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field import actions
from amiral.rooms.field.access import Touring, access_touring
from amiral.rooms.field.queries import touring as queries
from amiral.rooms.field.web import tour_maps
from amiral.rooms.field.web.tour_forms import TakeForm, TourForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="tour", limit=30, window_s=60, methods=("GET", "POST"))
def from_here(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Asks who, how long and from where; shows the tour; takes it by POST."""
    touring = access_touring(person_id=me(request), canvass_id=canvass_id, at=now())
    if request.method == "POST":
        return _take(request, touring)
    asked = request.GET if "minutes" in request.GET else None
    form = _form(TourForm, asked, touring, {"equipe": request.GET.get("equipe", "")})
    if form.is_bound and form.is_valid():
        return _shown(request, touring, form)
    return _page(request, touring, form)


def _form(kind: type[TourForm], data: Any, touring: Touring, initial: Any = None) -> TourForm:
    return kind(data, initial=initial, shifts=touring.shifts, commune_code=touring.canvass.commune_code)


def _take(request: HttpRequest, touring: Touring) -> HttpResponse:
    form = _form(TakeForm, request.POST, touring)
    if not form.is_valid():
        return _page(request, touring, form)
    try:
        assignment_id = actions.take_tour(
            by_id=me(request),
            canvass_id=touring.canvass.pk,
            shift_id=form.cleaned_data["equipe"],
            asked=form.asked,
            digest=form.cleaned_data["empreinte"],
            at=now(),
        )
    except actions.TourChanged as refusal:
        return _shown(request, touring, form, refusal=str(refusal), status=409)
    except NotFound:
        raise
    except Refused as refusal:
        return _page(request, touring, form, refusal=str(refusal), status=409)
    return redirect("field:walk_list", assignment_id)


def _shown(
    request: HttpRequest, touring: Touring, form: TourForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    try:
        found = actions.propose_tour(
            by_id=me(request), canvass_id=touring.canvass.pk, asked=form.asked, at=now()
        )
    except actions.NoTour as nothing:
        return _page(request, touring, form, refusal=str(nothing))
    page = queries.tour_page(found, form.start.label)
    return _page(request, touring, form, refusal=refusal, status=status, tour=page)


def _page(
    request: HttpRequest,
    touring: Touring,
    form: TourForm,
    *,
    refusal: str = "",
    status: int = 200,
    tour: queries.TourPage | None = None,
) -> HttpResponse:
    doors = () if tour else queries.open_points(touring.canvass)
    drawn = tour_maps.tour_map(tour) if tour else tour_maps.open_map(touring.canvass.attribution, doors)
    context = {"touring": touring, "form": form, "refusal": refusal, "tour": tour, "map": drawn}
    return render(request, "field/tour.html", context, status=status)
