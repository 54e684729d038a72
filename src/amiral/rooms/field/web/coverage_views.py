"""Pages, files and streams of coverage: access, one query, a template.

What people answered reaches these views through ``queries.releasing.figures`` alone.
"""

from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field import actions
from amiral.rooms.field.access import abilities, access_canvass_by_id
from amiral.rooms.field.actions.releasing import THRESHOLD
from amiral.rooms.field.contracts import CanvassKind
from amiral.rooms.field.models import OUTCOME_LABELS, SIDE_LABELS, Canvass
from amiral.rooms.field.queries import coverage_pages, covering, objecting, pages, progress
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.field.web import coverage_exports, coverage_maps, curves, drawing, exports, tiles
from amiral.rooms.field.web import stream as streaming
from amiral.rooms.people.contracts import Feature

REFRESH_S = 30
"""How often a page without JavaScript asks again, when its reader wants that."""

GROUND_KEPT_S = 24 * 3600
TILES_A_MINUTE = 1_200

DAYS = (1, 7, 30)
"""Objections of a day, of a week, of a month."""


def _canvass(request: HttpRequest, canvass_id: UUID) -> Canvass:
    return access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.SEE_COVERAGE)


@require_safe
@login_required
def coverage(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """A canvass: how far the work has come, and what was answered where enough stands behind it."""
    row = _canvass(request, canvass_id)
    if row.kind == CanvassKind.LEAFLET_ROUNDS:
        return _rounds(request, row)
    moment = now()
    actions.close_due_once(canvass_id=canvass_id, at=moment)
    page = coverage_pages.coverage_page(
        canvass=row, view=request.GET.get("vue", ""), number=request.GET.get("page", 1), at=moment
    )
    return _shown(request, row, page)


@require_safe
@login_required
def place(request: HttpRequest, canvass_id: UUID, slug: str, key: str) -> HttpResponse:
    """A département, commune, bureau, turf or building of a canvass."""
    row = _canvass(request, canvass_id)
    if row.kind == CanvassKind.LEAFLET_ROUNDS:
        raise NotFound
    page = coverage_pages.place_page(
        canvass=row, slug=slug, key=key, number=request.GET.get("page", 1), at=now()
    )
    return _shown(request, row, page)


def _shown(request: HttpRequest, row: Canvass, page: coverage_pages.CoveragePage) -> HttpResponse:
    keeps = request.GET.get("actualiser") == "1"
    context = {
        "page": page,
        "map": coverage_maps.coverage_map(page),
        "curve": curves.curve_of(page.curve, doors=page.progress.doors),
        "can": abilities(person_id=me(request), group_id=row.group_id),
        "outcomes": OUTCOME_LABELS,
        "threshold": THRESHOLD,
        "refresh_s": REFRESH_S,
        "keeps": keeps,
        "place": "" if page.level == Level.CANVASS else f"{coverage_pages.SLUGS[page.level]}-{page.key}",
        "version": coverage_pages.version_of(page.standing),
    }
    response = render(request, "field/coverage.html", context)
    if keeps:
        response["Refresh"] = str(REFRESH_S)
    return response


def _rounds(request: HttpRequest, row: Canvass) -> HttpResponse:
    """Leaflet rounds: sides of streets, of which nobody was asked anything."""
    by_door = request.GET.get("vue") == "portes"
    page, figures = pages.canvass_page(canvass=row), covering.coverage(canvass_id=row.pk)
    draw = drawing.coverage_by_door if by_door else drawing.coverage_by_turf
    can = abilities(person_id=me(request), group_id=row.group_id)
    context = {"page": page, "coverage": figures, "map": draw(page, figures), "by_door": by_door, "can": can}
    return render(request, "field/coverage_rounds.html", {**context, "outcomes": SIDE_LABELS})


@require_safe
@login_required
def coverage_csv(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The figures as a file for a spreadsheet."""
    row = _canvass(request, canvass_id)
    if row.kind == CanvassKind.LEAFLET_ROUNDS:
        text = exports.coverage_csv(covering.coverage(canvass_id=canvass_id))
    else:
        text = coverage_exports.coverage_csv(_export(request, row))
    headers = {"Content-Disposition": f'attachment; filename="couverture-{canvass_id}.csv"'}
    return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@login_required
def coverage_json(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The same for programs."""
    row = _canvass(request, canvass_id)
    if row.kind == CanvassKind.LEAFLET_ROUNDS:
        raise NotFound
    found = coverage_exports.coverage_json(_export(request, row), thresholds=asdict(THRESHOLD))
    headers = {"Content-Disposition": f'attachment; filename="couverture-{canvass_id}.json"'}
    return JsonResponse(found, headers=headers, json_dumps_params={"ensure_ascii": False})


def _export(request: HttpRequest, row: Canvass) -> coverage_pages.Export:
    return coverage_pages.export(canvass=row, with_buildings=request.GET.get("batiments") == "1", at=now())


def _look(request: HttpRequest, row: Canvass) -> Any:
    view, number = request.GET.get("vue", ""), request.GET.get("page", "1")[:6]
    place = request.GET.get("lieu", "")[:120]
    return lambda moment: coverage_pages.live(canvass=row, view=view, place=place, number=number, at=moment)


@require_safe
@login_required
@limited(scope="coverage-stream", limit=60, window_s=60, methods=("GET",))
def stream(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Figures of progress as server-sent events, for half a minute; the right is looked up each time."""
    look = _look(request, _canvass(request, canvass_id))
    look(now())  # an address that names no place is refused before anything is sent
    return cast(HttpResponse, streaming.answer(person_id=me(request), look=look, clock=now))


@require_safe
@login_required
@limited(scope="coverage-live", limit=60, window_s=60, methods=("GET",))
def live(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """The same once, for who found no room among the streams."""
    look = _look(request, _canvass(request, canvass_id))
    return JsonResponse(streaming.as_json(look(now())), headers={"Cache-Control": "private, no-store"})


@require_safe
@login_required
@limited(scope="coverage-tile", limit=TILES_A_MINUTE, window_s=60, methods=("GET",))
def tile(request: HttpRequest, canvass_id: UUID, zoom: int, x: int, y: int) -> HttpResponse:
    """A square of the map: its ground (``couche=fond``), or the doors on it."""
    row = _canvass(request, canvass_id)
    theme = request.GET.get("theme", "clair")
    if theme not in tiles.PALETTES or not tiles.is_tile(zoom, x, y):
        raise NotFound
    if request.GET.get("couche") == "fond":
        return _svg(request, _ground(zoom, x, y, theme), f"private, max-age={GROUND_KEPT_S}")
    standing = progress.standing(canvass=row, at=now())
    text = tiles.doors(now=standing, zoom=zoom, x=x, y=y, theme=theme)
    return _svg(request, text, "private, no-cache")


def _ground(zoom: int, x: int, y: int, theme: str) -> str:
    """Kept by the server too: reading the streets is what a tile costs."""
    name = f"field-tile:{zoom}/{x}/{y}:{theme}"
    known: str | None = cache.get(name)
    if known is None:
        known = tiles.ground(zoom=zoom, x=x, y=y, theme=theme)
        cache.set(name, known, 600)
    return known


def _svg(request: HttpRequest, text: str, keep: str) -> HttpResponse:
    tag = f'"{sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": keep, "Vary": "Cookie"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(text, content_type="image/svg+xml", headers=headers)


@require_safe
@login_required
def objections(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """What people objected to in a canvass, day by day."""
    row = _canvass(request, canvass_id)
    actions.close_due_once(canvass_id=canvass_id, at=now())
    return _objections(request, [canvass_id], row)


@require_safe
@login_required
def campaign_objections(request: HttpRequest) -> HttpResponse:
    """The same of all canvasses that the person sees."""
    seen = _seen(request)
    return _objections(request, list(seen), None)


def _seen(request: HttpRequest) -> dict[UUID, str]:
    """The canvasses whose coverage the person sees, by name; ``NotFound`` without any."""
    seen = coverage_pages.seen_canvasses(person_id=me(request))
    if not seen:
        raise NotFound
    return seen


def _objections(request: HttpRequest, canvass_ids: list[UUID], row: Canvass | None) -> HttpResponse:
    days = next((one for one in DAYS if str(one) == request.GET.get("jours")), 1)
    page = objecting.objections_page(
        canvass_ids=canvass_ids,
        day=_day(request.GET.get("jour", "")),
        days=days,
        today=localdate(now()),
        language=get_language() or "fr",
    )
    context = {"page": page, "canvass": row, "days": days, "choices": DAYS, "threshold": THRESHOLD}
    return render(request, "field/objections.html", context)


def _day(text: str) -> date | None:
    """A day in the query string; an unreadable one is no day."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if date(2000, 1, 1) <= day <= date(2100, 1, 1) - timedelta(days=1):
            return day
    return None


@require_safe
@login_required
def campaign(request: HttpRequest) -> HttpResponse:
    """All canvasses that the person sees, by département, by commune and one by one."""
    page = coverage_pages.campaign_page(
        canvasses=_seen(request), departement=request.GET.get("departement", "")[:3]
    )
    return render(request, "field/campaign_coverage.html", {"page": page})
