"""Pages of the graph: territories by kind, a commune on a day, tables to import, zones to draw."""

import json
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.maps import Feature, Layer, MapView
from amiral.kit.ratelimit import limited
from amiral.rooms.territory import queries
from amiral.rooms.territory.access import access_imports, held_territories, may_import
from amiral.rooms.territory.actions.table_runs import start_table_import
from amiral.rooms.territory.actions.zones import retire_zone, save_zone
from amiral.rooms.territory.contracts import (
    TableKind,
    TerritoryCard,
    TerritoryKind,
    ZoneCard,
)
from amiral.rooms.territory.french import time_zone, votes_on_saturday
from amiral.rooms.territory.queries.contours import contours, drawn
from amiral.rooms.territory.queries.graph import graph_of, past_links, shared_with
from amiral.rooms.territory.queries.history import successions_of, territory_on
from amiral.rooms.territory.queries.kinds import count_by_kind, of_a_kind, parts_by_kind
from amiral.rooms.territory.queries.tables import table_import, table_imports
from amiral.rooms.territory.queries.zones import (
    access_zone_by_id,
    choices_within,
    picked_of,
    zones,
    zones_around,
)
from amiral.rooms.territory.web.graph_forms import (
    HistoryForm,
    RetireForm,
    TableForm,
    WithinForm,
    ZoneForm,
)
from amiral.rooms.territory.web.graph_words import kind_in, kind_label, kind_words
from amiral.rooms.territory.web.uploading import receive_upload

PER_PAGE = 100
TABLE_BYTES = 30 * 1024 * 1024
FIRST_BALLOT = date(2017, 4, 23)
"""The day that the empty form proposes: first round of the presidential ballot of 2017."""


def _person_id(request: HttpRequest) -> UUID:
    person_id = request.user.pk
    assert person_id is not None
    return person_id


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """All kinds of territories with their numbers."""
    rows = [(kind, kind_words(kind), count) for kind, count in count_by_kind()]
    return render(request, "territory/graph_kinds.html", {"rows": rows})


@require_safe
def of_kind(request: HttpRequest, kind: str) -> HttpResponse:
    """All territories of a kind, by département and name."""
    if kind not in set(TerritoryKind) - {TerritoryKind.ZONE}:
        raise NotFound
    within = request.GET.get("dans", "")
    holder = queries.territory(territory_id=within) if within else None
    if holder and holder.kind is TerritoryKind.ZONE:
        raise NotFound
    rows = Paginator(of_a_kind(kind=TerritoryKind(kind), within=within), PER_PAGE)
    context = {
        "title": kind_in(TerritoryKind(kind), holder),
        "holder": holder,
        "page": rows.get_page(request.GET.get("page")),
    }
    return render(request, "territory/graph_of_kind.html", context)


def graph_section(request: HttpRequest, card: TerritoryCard) -> dict[str, Any]:
    """What the page of a territory says of its place in the graph; a zone is shown to who may see it."""
    person_id = request.user.pk
    sees_zones = person_id is not None and may_import(person_id=person_id)
    zone_map = None
    if card.kind is TerritoryKind.ZONE:
        zone_map = _zone_shown(access_zone_by_id(person_id=person_id, zone_id=card.id))
    is_commune = card.kind is TerritoryKind.COMMUNE
    above = [one for one in graph_of(territory_id=card.id).above if one.place.kind is not TerritoryKind.ZONE]
    return {
        "zone_map": zone_map,
        "above": [(one, kind_label(one.place)) for one in above if one.exact],
        "shared": [
            (one, kind_label(one.place))
            for one in shared_with(territory_id=card.id)
            if one.place.kind is not TerritoryKind.ZONE
        ],
        "past": [
            (one, kind_label(one.place))
            for one in past_links(territory_id=card.id)
            if one.place.kind is not TerritoryKind.ZONE
        ],
        "parts": [
            (kind, kind_words(kind), count)
            for kind, count in parts_by_kind(territory_id=card.id)
            if kind is not TerritoryKind.ZONE
        ],
        "successions": successions_of(codes=[card.code]) if is_commune else (),
        "history_form": HistoryForm(initial={"code": card.code, "on": FIRST_BALLOT}) if is_commune else None,
        "saturday": votes_on_saturday(code=card.code) and _is_place(card),
        "time_zone": time_zone(code=card.departement_code and card.code) if _is_place(card) else "",
        "zones": zones_around(person_id=person_id, territory_id=card.id) if sees_zones else (),
        "sees_zones": sees_zones,
        "is_zone": card.kind is TerritoryKind.ZONE,
    }


_OF_A_DEPARTEMENT = frozenset(
    {
        TerritoryKind.DEPARTEMENT,
        TerritoryKind.COMMUNE,
        TerritoryKind.ARRONDISSEMENT_MUNICIPAL,
        TerritoryKind.BUREAU_DE_VOTE,
        TerritoryKind.CIRCONSCRIPTION,
    }
)


def _is_place(card: TerritoryCard) -> bool:
    return card.kind in _OF_A_DEPARTEMENT


@require_safe
@limited(scope="history", limit=300, window_s=60, methods=("GET", "HEAD"))
def history(request: HttpRequest) -> HttpResponse:
    """What a commune was on a day, and what it is today."""
    asked = bool(request.GET)
    form = HistoryForm(request.GET) if asked else HistoryForm(initial={"on": FIRST_BALLOT})
    answer = None
    if asked and form.is_valid():
        try:
            answer = territory_on(code=form.cleaned_data["code"], on=form.cleaned_data["on"])
        except NotFound:
            form.add_error("code", _("No commune has or had this code."))
    status = 422 if asked and answer is None else 200
    return render(request, "territory/graph_history.html", {"form": form, "answer": answer}, status=status)


@require_safe
@login_required
def tables(request: HttpRequest) -> HttpResponse:
    """The tables that were imported, and the form to import another."""
    access_imports(person_id=_person_id(request))
    return _tables_page(request, TableForm())


def _tables_page(request: HttpRequest, form: TableForm, status: int = 200) -> HttpResponse:
    context = {"cards": table_imports(), "form": form, "labels": _table_labels()}
    return render(request, "territory/graph_tables.html", context, status=status)


def _table_labels() -> dict[str, str]:
    return {
        TableKind.MOVEMENTS: _("Movements of communes"),
        TableKind.MEMBERSHIPS: _("Cantons and constituencies"),
    }


@require_safe
@login_required
def table(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What an import of a table did, with the lines that it left out."""
    access_imports(person_id=_person_id(request))
    card = table_import(import_id=import_id)
    context = {"card": card, "label": _table_labels()[card.kind]}
    return render(request, "territory/graph_table.html", context)


@csrf_exempt  # the check reads the body: it is made in ``_receive``, after the size was looked at
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def import_table(request: HttpRequest) -> HttpResponse:
    """Receives a table and starts its import. One that is announced too large is refused unread."""
    access_imports(person_id=_person_id(request))
    if request.method != "POST":
        return redirect("territory:tables")
    return receive_upload(
        request,
        read=_receive,
        too_large=partial(_too_large, request),
        most=min(TABLE_BYTES, settings.MAX_UPLOAD_BYTES),
    )


def _too_large(request: HttpRequest, _announced: int) -> HttpResponse:
    form = TableForm({})
    form.errors.clear()
    form.add_error("file", _("The table is too large: 30 MB at most. Import it on the server instead."))
    return _tables_page(request, form, status=413)


def _receive(request: HttpRequest) -> HttpResponse:
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _tables_page(request, form, status=422)
    run_id = start_table_import(
        by_id=_person_id(request),
        kind=TableKind(form.cleaned_data["kind"]),
        uploaded=form.uploaded,
        name=form.file_name,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    return redirect("run", run_id=run_id)


@require_safe
@login_required
def zone_list(request: HttpRequest) -> HttpResponse:
    """The zones of the person's territory."""
    access_imports(person_id=_person_id(request))
    return render(request, "territory/graph_zones.html", {"zones": zones(person_id=_person_id(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="zones", limit=120, window_s=3600)
def zone_new(request: HttpRequest) -> HttpResponse:
    """Drawing a zone."""
    access_imports(person_id=_person_id(request))
    return _zone_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="zones", limit=120, window_s=3600)
def zone_edit(request: HttpRequest, zone_id: str) -> HttpResponse:
    """Drawing a zone anew."""
    return _zone_form(request, access_zone_by_id(person_id=_person_id(request), zone_id=zone_id))


def _zone_form(request: HttpRequest, zone: ZoneCard | None) -> HttpResponse:
    person_id = _person_id(request)
    around = _around(request.GET.get("dans", ""))
    picked = picked_of(zone=zone, person_id=person_id) if zone else ()
    offered = choices_within(person_id=person_id, territory_id=around.id) if around else ()
    choices = {one.id: f"{one.label} – {one.code}" for one in (*picked, *offered)}
    words: dict[str, Any] = {"choices": list(choices.items())}
    status = 200
    if request.method == "POST":
        form = ZoneForm(request.POST, **words)
        if form.is_valid() and (saved := _save(person_id, form, zone)):
            return redirect("territory:territory", saved)
        status = 422
    else:
        form = ZoneForm(initial=_initial(zone, picked), **words)
    context = {
        "form": form,
        "zone": zone,
        "within_form": WithinForm({"dans": request.GET.get("dans", "")}),
        "around": around,
        "not_found": bool(request.GET.get("dans")) and around is None,
        "map": _zone_map(zone, around or _own(person_id, zone), person_id),
        "retire_form": RetireForm() if zone else None,
    }
    return render(request, "territory/graph_zone_form.html", context, status=status)


def _own(person_id: UUID, zone: ZoneCard | None) -> TerritoryCard | None:
    """What the map of a new zone starts with: the one territory held, rather than an empty France."""
    held = held_territories(person_id=person_id)
    if zone is not None or len(held) != 1:
        return None
    return queries.territories(territory_ids=held).get(next(iter(held)))


def _initial(zone: ZoneCard | None, picked: tuple[TerritoryCard, ...]) -> dict[str, Any]:
    if zone is None:
        return {}
    outline = json.dumps(zone.geometry) if zone.geometry else ""
    return {"name": zone.card.name, "places": [one.id for one in picked], "outline": outline}


def _save(person_id: UUID, form: ZoneForm, zone: ZoneCard | None) -> str:
    try:
        return save_zone(
            by_id=person_id,
            name=form.cleaned_data["name"],
            places=form.picked,
            outline=form.cleaned_data["outline"],
            at=now(),
            zone_id=zone.card.id if zone else "",
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return ""


def _around(text: str) -> TerritoryCard | None:
    """The territory to pick from: an id, a département's code, or a commune in any spelling."""
    text = text.strip()[:60]
    ids = [text, f"{TerritoryKind.DEPARTEMENT}:{text.upper().zfill(2)}"]
    known = queries.territories(territory_ids=[one for one in ids if "\x00" not in one])
    named = [one for one in queries.departements() if one.name.lower() == text.lower()] if text else []
    found = [known[one] for one in ids if one in known] + named
    return next(iter(found or queries.search_communes(text=text, limit=1)), None)


def _zone_map(zone: ZoneCard | None, around: TerritoryCard | None, person_id: UUID) -> MapView | None:
    """The ground to click on: borders of what was asked for and of the zone, unlabelled."""
    layers: list[Layer] = []
    found = drawn(territory_id=around.id) if around else None
    if found and found.outline:
        layers.append(_layer(_("Border"), [Feature(geometry=found.outline)]))
    if found and found.parts:
        features = [Feature(geometry=one.geometry) for one in found.parts]
        layers.append(_layer(_("Places"), features))
    if zone:
        layers += _zone_layers(zone)
    if not any(layer.features for layer in layers):
        layers = [_layer(_("France"), [_frame()])]
    return MapView(title=_("Map to draw on"), layers=tuple(layer for layer in layers if layer.features))


def _zone_layers(zone: ZoneCard) -> list[Layer]:
    shapes = contours(territory_ids=[one.place.id for one in zone.parts])
    features = [Feature(geometry=shape) for shape in shapes.values()]
    layers = [Layer(name=_("In the zone"), features=tuple(features), css_class="map-turf hue-3")]
    if zone.geometry:
        layers.append(_layer(_("Outline"), [Feature(geometry=zone.geometry)]))
    return layers


def _zone_shown(zone: ZoneCard) -> MapView | None:
    """A zone on its page; ``None`` when neither it nor a place of it has an outline."""
    layers = tuple(layer for layer in _zone_layers(zone) if layer.features)
    return MapView(title=zone.card.name, layers=layers) if layers else None


def _layer(name: str, features: list[Feature]) -> Layer:
    return Layer(name=name, features=tuple(features), css_class="map-outline")


def _frame() -> Feature:
    """Borders of the départements where they were imported, else a frame around mainland France."""
    shapes = contours(territory_ids=[one.id for one in queries.departements()])
    lines = [shape["coordinates"] for shape in shapes.values() if shape["type"] == "Polygon"]
    if lines:
        return Feature(geometry={"type": "MultiPolygon", "coordinates": lines})
    ring = [[-5.2, 41.3], [9.6, 41.3], [9.6, 51.1], [-5.2, 51.1], [-5.2, 41.3]]
    return Feature(geometry={"type": "Polygon", "coordinates": [ring]})


@require_POST
@login_required
@limited(scope="zones", limit=120, window_s=3600)
def zone_retire(request: HttpRequest, zone_id: str) -> HttpResponse:
    """Takes a zone out of use."""
    zone = access_zone_by_id(person_id=_person_id(request), zone_id=zone_id)
    if not RetireForm(request.POST).is_valid():
        return redirect("territory:zone_edit", zone.card.id)
    retire_zone(by_id=_person_id(request), zone_id=zone_id, at=now())
    return redirect("territory:zones")
