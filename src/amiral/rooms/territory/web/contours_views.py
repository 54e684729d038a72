"""Pages of contours: the files in use, a look into a file before it is imported, one file."""

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.maps import Feature, Layer, MapView
from amiral.kit.ratelimit import limited
from amiral.kit.readers.contour_errors import ContourFlaw
from amiral.rooms.territory.access import access_file_by_id, access_imports
from amiral.rooms.territory.actions.contour_previews import (
    check_again,
    drawing_of,
    start_check,
    start_contours_import,
)
from amiral.rooms.territory.actions.contours import remove_contours
from amiral.rooms.territory.contour_words import flaw_sentence
from amiral.rooms.territory.contracts import ContourFileCard, TerritoryKind
from amiral.rooms.territory.queries import contours as found
from amiral.rooms.territory.web.contours_forms import (
    LABELS,
    ConfirmForm,
    ContoursUploadForm,
    PropertiesForm,
)
from amiral.rooms.territory.web.forms import RemoveForm
from amiral.rooms.territory.web.sizes import size_words
from amiral.rooms.territory.web.uploading import receive_upload, refuse_size

NOTES_PER_PAGE = 50


def _person_id(request: HttpRequest) -> UUID:
    person_id = request.user.pk
    assert person_id is not None
    return person_id


@require_safe
@login_required
def files(request: HttpRequest) -> HttpResponse:
    """The files of contours in use, and the form to look into another."""
    access_imports(person_id=_person_id(request))
    return _files_page(request, ContoursUploadForm())


def _files_page(request: HttpRequest, form: ContoursUploadForm, status: int = 200) -> HttpResponse:
    cards = [(card, LABELS[card.kind]) for card in found.contour_files()]
    context = {"cards": cards, "form": form, "most": size_words(settings.MAX_UPLOAD_BYTES)}
    return render(request, "territory/contours_files.html", context, status=status)


@csrf_exempt  # the check reads the body: it is made in ``receive_upload``, after the size was looked at
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def upload(request: HttpRequest) -> HttpResponse:
    """Receives a file and starts the run that looks into it. One announced too large is refused unread."""
    access_imports(person_id=_person_id(request))
    if request.method != "POST":  # the address of a refused upload, opened again
        return redirect("territory:contours_files")
    return receive_upload(
        request, read=_receive, too_large=partial(_too_large, request), most=settings.MAX_UPLOAD_BYTES
    )


def _too_large(request: HttpRequest, announced: int) -> HttpResponse:
    sentence = _(
        "The file was refused before it was sent: it has %(size)s, and this page takes %(most)s at most. "
        "Cut it into smaller ones, or import it on the server with the command amiral territory."
    )
    form = ContoursUploadForm(QueryDict())
    refuse_size(form, sentence, announced)
    return _files_page(request, form, status=413)


def _receive(request: HttpRequest) -> HttpResponse:
    form = ContoursUploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _files_page(request, form, status=422)
    run_id = start_check(
        by_id=_person_id(request),
        uploaded=form.uploaded,
        file_name=form.file_name,
        kind=TerritoryKind(form.cleaned_data["kind"]),
        name=form.cleaned_data["name"],
        attribution=form.cleaned_data["attribution"],
        valid_from=form.valid_from,
        commune=form.cleaned_data["commune"].upper(),
        language=get_language() or settings.LANGUAGE_CODE,
    )
    return redirect("run", run_id=run_id)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="import", limit=30, window_s=3600)
def preview(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What a file holds, on a map, before anything is written; the POST imports it."""
    arguments, told = found.access_contour_check(person_id=_person_id(request), run_id=run_id)
    form = _confirm_form(told, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and told["good"]:
        import_id = start_contours_import(
            by_id=_person_id(request),
            run_id=run_id,
            without_bad=form.leaves_out,
            create=form.creates,
            language=get_language() or settings.LANGUAGE_CODE,
        )
        return redirect("run", run_id=import_id)
    status = 422 if request.method == "POST" else 200
    return _preview_page(request, run_id, arguments, told, confirm=form, properties=None, status=status)


def _preview_page(
    request: HttpRequest,
    run_id: UUID,
    arguments: dict[str, Any],
    told: dict[str, Any],
    *,
    confirm: ConfirmForm,
    properties: PropertiesForm | None,
    status: int,
) -> HttpResponse:
    flaws = [
        ContourFlaw(feature=number, code=code, params=params, label=label)
        for number, code, params, label in told["flaws"]
    ]
    context = {
        "run_id": run_id,
        "file_name": arguments["file_name"],
        "kind": LABELS[TerritoryKind(arguments["kind"])],
        "name": arguments["name"] or told["default_name"],
        "told": told,
        "refused": [flaw_sentence(flaw) for flaw in flaws if flaw.refuses],
        "notes": [flaw_sentence(flaw) for flaw in flaws if not flaw.refuses],
        "map": _map(found.drawing(path=drawing_of(Path(arguments["path"]))), arguments["file_name"]),
        "properties": properties or _properties_form(told),
        "form": confirm,
    }
    return render(request, "territory/contours_preview.html", context, status=status)


def _confirm_form(told: dict[str, Any], data: QueryDict | None) -> ConfirmForm:
    return ConfirmForm(data, refused=told["refused"], new=told.get("new", 0))


def _properties_form(told: dict[str, Any], data: QueryDict | None = None) -> PropertiesForm:
    code = [*told["code"], "", ""]
    initial = {
        "code": code[0],
        "number": code[1],
        "name_property": told["name_property"],
        "commune": told["commune"],
    }
    return PropertiesForm(data, properties=told["properties"], initial=initial, auto_id="properties_%s")


@require_POST
@login_required
@limited(scope="import", limit=30, window_s=3600)
def again(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Looks into the same file with other properties."""
    arguments, told = found.access_contour_check(person_id=_person_id(request), run_id=run_id)
    form = _properties_form(told, request.POST)
    if not form.is_valid():
        confirm = _confirm_form(told, None)
        return _preview_page(request, run_id, arguments, told, confirm=confirm, properties=form, status=422)
    next_id = check_again(by_id=_person_id(request), run_id=run_id, choices=form.choices)
    return redirect("run", run_id=next_id)


@require_safe
@login_required
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One file: what it draws, what was mended or looked doubtful."""
    row = access_file_by_id(person_id=_person_id(request), file_id=file_id)
    return _file_page(request, found.contour_file(file_id=row.pk), RemoveForm())


def _file_page(
    request: HttpRequest, card: ContourFileCard, form: RemoveForm, status: int = 200
) -> HttpResponse:
    page = Paginator(found.notes_of_file(file_id=card.id), NOTES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "card": card,
        "kind": LABELS[card.kind],
        "map": _map(found.rows_of_file(file_id=card.id), card.name, card.attribution),
        "page": page,
        "notes": [found.note_of(row) for row in page],
        "form": form,
    }
    return render(request, "territory/contours_file.html", context, status=status)


@require_POST
@login_required
@limited(scope="import", limit=30, window_s=3600)
def remove(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Takes a file of contours out of use."""
    row = access_file_by_id(person_id=_person_id(request), file_id=file_id, to_change=True)
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _file_page(request, found.contour_file(file_id=row.pk), form, status=422)
    remove_contours(by_id=_person_id(request), file_id=file_id)
    return redirect("territory:contours_files")


def _map(parts: tuple[found.DrawnPart, ...], title: str, attribution: str = "") -> MapView | None:
    if not parts:
        return None
    features = tuple(Feature(geometry=part.geometry, label=part.name) for part in parts)
    layer = Layer(name=_("Contours"), features=features, css_class="map-outline")
    return MapView(title=title, layers=(layer,), attribution=attribution)


def contour_map(*, territory_id: str, title: str) -> MapView | None:
    """The outline of a territory and its parts, each a link to its page; ``None`` without any contour."""
    drawn = found.drawn(territory_id=territory_id)
    if drawn is None:
        return None
    parts = tuple(
        Feature(
            geometry=part.geometry,
            label=part.name,
            href=reverse("territory:territory", args=[part.territory_id]),
        )
        for part in drawn.parts
    )
    layers = [Layer(name=_("Its parts"), features=parts, css_class="map-turf hue-0")] if parts else []
    if drawn.outline is not None:
        outline = (Feature(geometry=drawn.outline),)
        layers.insert(0, Layer(name=_("Its border"), features=outline, css_class="map-outline"))
    return MapView(title=title, layers=tuple(layers), attribution=drawn.attribution)
