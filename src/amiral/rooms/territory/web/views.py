"""Pages of this room: territories for everybody, reference files for those who import them."""

import csv
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import ports
from amiral.kit.contracts import Link
from amiral.kit.errors import Refused
from amiral.kit.maps import Feature, Layer, MapView
from amiral.kit.ratelimit import limited
from amiral.rooms.territory import queries
from amiral.rooms.territory.access import access_file_by_id, access_imports, may_change, may_import
from amiral.rooms.territory.actions import keep_for_preview, remove_file, start_import
from amiral.rooms.territory.contracts import FileKind, ReferenceFileCard, TerritoryCard
from amiral.rooms.territory.queries.completing import complete_communes
from amiral.rooms.territory.queries.flags import positions_of_file
from amiral.rooms.territory.web.contours_views import contour_map
from amiral.rooms.territory.web.forms import (
    CommuneForm,
    ImportAddressesForm,
    ImportForm,
    ImportStreetsForm,
    RemoveForm,
)
from amiral.rooms.territory.web.graph_views import graph_section
from amiral.rooms.territory.web.graph_words import kind_label
from amiral.rooms.territory.web.places_map import places_section
from amiral.rooms.territory.web.previews_forms import ImportPlacesForm
from amiral.rooms.territory.web.results_views import at_a_glance
from amiral.rooms.territory.web.sizes import size_words
from amiral.rooms.territory.web.uploading import receive_upload, refuse_size

PARTS_PER_PAGE = 100
BAD_LINES_PER_PAGE = 50
COMMUNES_SHOWN = 40
POINTS_SHOWN = 3_000
STREETS_SHOWN = 3_000
STREETS_UNDER_POINTS_DEGREES = 0.3
"""Streets are drawn below addresses up to this width: a town, not a département."""

FORMS: dict[FileKind, type[ImportForm]] = {
    FileKind.ADDRESSES: ImportAddressesForm,
    FileKind.STREETS: ImportStreetsForm,
    FileKind.PLACES: ImportPlacesForm,
}


def _person_id(request: HttpRequest) -> UUID:
    """The person signed in; behind ``login_required`` there always is one."""
    person_id = request.user.pk
    assert person_id is not None
    return person_id


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All départements, and a search of communes."""
    person_id = request.user.pk
    context = {
        "departements": queries.departements(),
        "form": CommuneForm(),
        "sees_zones": person_id is not None and may_import(person_id=person_id),
    }
    return render(request, "territory/index.html", context)


@require_safe
@limited(scope="communes", limit=300, window_s=60, methods=("GET", "HEAD"))
def communes(request: HttpRequest) -> HttpResponse:
    """Communes that answer ``q``: a page, or JSON for the completion of forms."""
    text = request.GET.get("q", "")
    found = complete_communes(text=text)
    codes = queries.postal_codes(territory_ids=[one.id for one in found])
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        response: HttpResponse = JsonResponse(
            {"communes": [_commune_json(one, codes.get(one.id, ())) for one in found]}
        )
    else:
        rows = [(one, ", ".join(codes.get(one.id, ())[:6])) for one in found]
        context = {"form": CommuneForm({"q": text}) if text else CommuneForm(), "text": text, "rows": rows}
        response = render(request, "territory/communes.html", context)
    patch_vary_headers(response, ["Accept"])
    return response


def _commune_json(card: TerritoryCard, postal_codes: tuple[str, ...]) -> dict[str, Any]:
    return {
        "id": card.id,
        "code": card.code,
        "name": card.name,
        "label": card.label,
        "departement_code": card.departement_code,
        "population": card.population,
        "postal_codes": postal_codes,
    }


@require_safe
def territory_page(request: HttpRequest, territory_id: str) -> HttpResponse:
    """What is known of one territory."""
    card = queries.territory(territory_id=territory_id)
    parts = Paginator(queries.parts(card=card), PARTS_PER_PAGE)
    graph = graph_section(request, card)
    context = {
        "card": card,
        "kind": kind_label(card),
        "parents": queries.parents(territory_id=card.id),
        "graph": graph,
        "postal_codes": queries.postal_codes(territory_ids=[card.id]).get(card.id, ()),
        "former_names": queries.former_names(territory_id=card.id),
        "addresses": queries.imported_addresses(card=card),
        "places": places_section(card),
        "contour_map": graph["zone_map"] or contour_map(territory_id=card.id, title=card.name),
        "page": parts.get_page(request.GET.get("page")),
        "elections": at_a_glance(territory_id=card.id),
    }
    return render(request, "territory/territory.html", context)


@require_safe
@login_required
def files(request: HttpRequest) -> HttpResponse:
    """The files in use, and the forms to import others."""
    access_imports(person_id=_person_id(request))
    return _files_page(request, {})


def _form(kind: FileKind, data: QueryDict | None = None, files: Any = None) -> ImportForm:
    """The form of a kind; both stand on one page, so the ids of their fields differ."""
    return FORMS[kind](data, files, auto_id=f"{kind}_%s")


def _files_page(request: HttpRequest, given: dict[FileKind, ImportForm], status: int = 200) -> HttpResponse:
    forms = {kind: _form(kind) for kind in FORMS} | given
    context = {
        "addresses": queries.reference_files(kind=FileKind.ADDRESSES),
        "streets": queries.reference_files(kind=FileKind.STREETS),
        "addresses_form": forms[FileKind.ADDRESSES],
        "streets_form": forms[FileKind.STREETS],
        "places": queries.reference_files(kind=FileKind.PLACES),
        "places_form": forms[FileKind.PLACES],
        "most": size_words(settings.MAX_UPLOAD_BYTES),
    }
    return render(request, "territory/files.html", context, status=status)


@csrf_exempt  # the check reads the body: it is made in ``receive_upload``, after the size was looked at
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def import_file(request: HttpRequest, kind: FileKind) -> HttpResponse:
    """Receives a file and starts its import. One that is announced too large is refused unread."""
    access_imports(person_id=_person_id(request))
    if request.method != "POST":  # the address of a refused upload, opened again
        return redirect("territory:files")
    return receive_upload(
        request,
        read=partial(_receive, kind=kind),
        too_large=partial(_too_large, request, kind),
        most=settings.MAX_UPLOAD_BYTES,
    )


def _too_large(request: HttpRequest, kind: FileKind, announced: int) -> HttpResponse:
    sentence = _(
        "The file was refused before it was sent: it has %(size)s, and this page takes %(most)s at most. "
        "Cut it into smaller ones, or import it on the server with the command amiral territory."
    )
    form = _form(kind, QueryDict())
    refuse_size(form, sentence, announced)
    return _files_page(request, {kind: form}, status=413)


def _receive(request: HttpRequest, *, kind: FileKind) -> HttpResponse:
    form = _form(kind, request.POST, request.FILES)
    if not form.is_valid():
        return _files_page(request, {kind: form}, status=422)
    if kind is not FileKind.STREETS:
        return _to_preview(request, kind, form)
    run_id = start_import(
        by_id=_person_id(request),
        kind=kind,
        uploaded=form.uploaded,
        name=form.wanted_name,
        attribution=form.cleaned_data["attribution"],
        language=get_language() or settings.LANGUAGE_CODE,
        with_addresses=form.takes_addresses,
    )
    return redirect("run", run_id=run_id)


def _to_preview(request: HttpRequest, kind: FileKind, form: ImportForm) -> HttpResponse:
    """Keeps the file and leads to the page that shows how it would be read."""
    try:
        pending_id = keep_for_preview(
            by_id=_person_id(request),
            kind=kind,
            uploaded=form.uploaded,
            name=form.wanted_name,
            attribution=form.cleaned_data["attribution"],
            category=form.cleaned_data.get("category", ""),
        )
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return _files_page(request, {kind: form}, status=422)
    return redirect("territory:preview", pending_id)


@require_safe
@login_required
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One file: what it holds, a map, the lines that were left out."""
    row = access_file_by_id(person_id=_person_id(request), file_id=file_id)
    may = may_change(person_id=_person_id(request), row=row)
    return _file_page(request, queries.file_card(row), RemoveForm() if may else None)


def _file_page(
    request: HttpRequest, card: ReferenceFileCard, form: RemoveForm | None, status: int = 200
) -> HttpResponse:
    lines = Paginator(queries.bad_lines(file_id=card.id), BAD_LINES_PER_PAGE)
    page = lines.get_page(request.GET.get("page"))
    context = {
        "card": card,
        "communes": queries.communes_of_file(card=card, limit=COMMUNES_SHOWN),
        "more_communes": max(0, len(card.commune_codes) - COMMUNES_SHOWN),
        "map": _map(card),
        "page": page,
        "lines": [queries.bad_line_card(row) for row in page],
        "links": _links(request, card),
        "form": form,
    }
    return render(request, "territory/file.html", context, status=status)


def _links(request: HttpRequest, card: ReferenceFileCard) -> list[Link]:
    """What other rooms offer to do with the file."""
    offered = ports.call("file_links", file_id=card.id, kind=card.kind.value, person_id=_person_id(request))
    return [link for links in offered for link in links]


def _map(card: ReferenceFileCard) -> MapView | None:
    if card.bounds is None:
        return None
    layers = (_streets_layer(card),) if card.kind is FileKind.STREETS else _address_layers(card)
    return MapView(
        title=card.name, layers=layers, attribution=card.attribution or card.name, bounds=card.bounds
    )


def _address_layers(card: ReferenceFileCard) -> tuple[Layer, ...]:
    places = positions_of_file(kind=card.kind, file_id=card.id, limit=POINTS_SHOWN)
    points = Feature(geometry={"type": "MultiPoint", "coordinates": [list(place) for place in places]})
    name = _("Places") if card.kind is FileKind.PLACES else _("Addresses")
    doors = Layer(name=name, features=(points,), css_class="map-door")
    west, _south, east, _north = card.bounds or (0.0, 0.0, 0.0, 0.0)
    return (_streets_layer(card), doors) if east - west < STREETS_UNDER_POINTS_DEGREES else (doors,)


def _streets_layer(card: ReferenceFileCard) -> Layer:
    lines = queries.street_lines(bounds=card.bounds, limit=STREETS_SHOWN) if card.bounds else []
    return Layer(
        name=_("Streets"),
        features=tuple(Feature(geometry=line.geometry) for line in lines),
        css_class="map-street",
    )


@require_safe
@login_required
@limited(scope="bad-lines", limit=60, window_s=60, methods=("GET", "HEAD"))
def bad_lines_csv(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """All lines that were left out, as a table to open in a spreadsheet."""
    card = access_file_by_id(person_id=_person_id(request), file_id=file_id)
    response = HttpResponse(_csv_rows(card.pk), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lignes.csv"'
    return response


class _Echo:
    """A file that hands each written line back."""

    def write(self, text: str) -> str:
        return text


def _csv_rows(file_id: UUID) -> Iterator[str]:
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"  # without it, spreadsheets take UTF-8 for something else
    yield writer.writerow([_("Line"), _("Reason")])
    for row in queries.bad_lines(file_id=file_id).iterator(2_000):
        card = queries.bad_line_card(row)
        yield writer.writerow([harmless(card.place), harmless(card.reason)])


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@require_POST
@login_required
@limited(scope="import", limit=30, window_s=3600)
def remove(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Takes a file out of use."""
    row = access_file_by_id(person_id=_person_id(request), file_id=file_id, to_change=True)
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _file_page(request, queries.file_card(row), form, status=422)
    remove_file(by_id=_person_id(request), file_id=file_id)
    return redirect("territory:files")
