"""Pages of imports of supporters: send, check, declare, follow, take back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people.access import access_import_by_id
from amiral.rooms.people.actions import disclosures, importing
from amiral.rooms.people.contracts import Feature, ImportState
from amiral.rooms.people.queries import imports
from amiral.rooms.people.web.imports_forms import DeclareForm, UndoForm, UploadForm
from amiral.rooms.people.web.uploads import on_disk, receives_file

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@require_safe
def supporter_imports(request: HttpRequest) -> HttpResponse:
    """The imports of my territories, and a form to send a file."""
    return _list(request, UploadForm(territories=_territories(request)))


def _territories(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    found = imports.importable_territories(person_id=me(request), feature=Feature.IMPORT_SUPPORTERS, at=now())
    if not found:
        raise NotFound
    return found


def _list(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    number = request.GET.get("page", 1)
    page, cards = imports.imports(person_id=me(request), at=now(), page_number=number)
    words = {"page": page, "cards": cards, "form": form}
    return render(request, "people/supporter_imports.html", words, status=status)


def _too_large(request: HttpRequest) -> HttpResponse:
    form = UploadForm({}, territories=_territories(request))
    form.refuse_size(int(request.META["CONTENT_LENGTH"]))
    return _list(request, form, status=413)


@never_cache
@login_required
@get_or_post
@limited(scope="upload-supporters", limit=20, window_s=3600)
@receives_file(too_large=_too_large)
def upload(request: HttpRequest) -> HttpResponse:
    """Receives a file and keeps its lines as a draft."""
    territories = _territories(request)
    if request.method != "POST":  # the address of a refused file, opened again
        return redirect("people:supporter_imports")
    form = UploadForm(request.POST, request.FILES, territories=territories)
    import_id = _upload(request, form) if form.is_valid() else None
    if import_id is None:
        return _list(request, form, status=422)
    return redirect("people:supporter_import", import_id)


def _upload(request: HttpRequest, form: UploadForm) -> UUID | None:
    file = form.cleaned_data["file"]
    try:
        with on_disk(file) as path:
            return importing.upload(
                by_id=me(request),
                territory_id=form.cleaned_data["territory"],
                path=path,
                name=file.name,
                at=now(),
            )
    except Refused as problem:
        form.add_error("file", str(problem))
        return None


@never_cache
@login_required
@get_or_post
@limited(scope="declare-import", limit=60, window_s=3600)
def supporter_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """A draft to check and to declare, or what became of an import."""
    made = access_import_by_id(person_id=me(request), import_id=import_id, at=now())
    if made.state == ImportState.DRAFT:
        return _draft(request, import_id)
    page, problems = imports.problems(import_id=import_id, page_number=request.GET.get("page", 1))
    words = {
        "made": made,
        "card": imports.cards_of([made])[0],
        "page": page,
        "problems": problems,
        "form": UndoForm(),
    }
    return render(request, "people/supporter_import.html", words)


def _draft(request: HttpRequest, import_id: UUID) -> HttpResponse:
    at = now()
    draft = imports.draft(person_id=me(request), import_id=import_id, at=at)
    disclosures.note_preview(
        viewer_id=me(request),
        values=[cell for _number, row in draft.preview for cell in row if cell],
        import_id=import_id,
        file_name=draft.card.file_name,
        at=at,
    )
    form = DeclareForm(sent(request), columns=draft.columns)
    run_id = _declare(request, form, import_id) if form.is_valid() else None
    if run_id is not None:
        return redirect("run", run_id=run_id)
    words = {"draft": draft, "form": form}
    return render(request, "people/import_draft.html", words, status=422 if form.errors else 200)


def _declare(request: HttpRequest, form: DeclareForm, import_id: UUID) -> UUID | None:
    try:
        return importing.declare(
            by_id=me(request), import_id=import_id, declaration=form.declaration(), at=now()
        )
    except importing.OriginRefused as problem:
        form.add_error("origin", str(problem))
    except importing.BasisMissing as problem:
        form.add_error("basis", str(problem))
    except Refused as problem:
        form.add_error(None, str(problem))
    return None


@login_required
@require_POST
@limited(scope="declare-import", limit=60, window_s=3600)
def remove_draft(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Deletes a draft with its lines."""
    try:
        importing.remove_draft(by_id=me(request), import_id=import_id, at=now())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The draft and its lines are deleted."))
    return redirect("people:supporter_imports")


@login_required
@require_POST
@limited(scope="undo-import", limit=20, window_s=3600)
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Takes an import back, after one deliberate gesture."""
    made = access_import_by_id(person_id=me(request), import_id=import_id, at=now())
    form = UndoForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Tick the box to undo the import."))
        return redirect("people:supporter_import", made.pk)
    try:
        run_id = importing.ask_undo(by_id=me(request), import_id=import_id, at=now())
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("people:supporter_import", made.pk)
    return redirect("run", run_id=run_id)
