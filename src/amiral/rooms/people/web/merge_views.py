"""Pages of likely duplicates, merges and their undoing."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.people import access
from amiral.rooms.people.actions import disclosures, merging
from amiral.rooms.people.queries import duplicates as queries
from amiral.rooms.people.web.merge_forms import MergeForm

WHOLE_LIST = UUID(int=0)
"""What a receipt is for that speaks of no single pair."""
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@login_required
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs to look at, with what speaks for each."""
    number = request.GET.get("page", 1)
    page, pairs = queries.candidates(person_id=me(request), at=now(), page_number=number)
    return render(request, "people/merge_duplicates.html", {"page": page, "pairs": pairs})


@login_required
@require_POST
@limited(scope="find-duplicates", limit=10, window_s=3600)
def find(request: HttpRequest) -> HttpResponse:
    """Starts the search in the background and shows how far it is."""
    access.access_merging(person_id=me(request), at=now())
    return redirect("run", runs.start(kind="find-duplicates", arguments={}, started_by_id=me(request)))


@never_cache
@login_required
@get_or_post
@limited(scope="merge", limit=120, window_s=3600)
def duplicate(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Two persons side by side; merging them, field by field."""
    at = now()
    pair = queries.candidate(person_id=me(request), candidate_id=candidate_id, at=at)
    shown = {side.id: side.address for side in (pair.first, pair.second)}
    disclosures.note_masked(viewer_id=me(request), shown=shown, subject_id=candidate_id, at=at)
    form = MergeForm(request.POST if request.method == "POST" else None, pair=pair)
    if form.is_valid() and _merged(request, form):
        return redirect("people:merges")
    words = {"pair": pair, "form": form}
    return render(request, "people/merge_duplicate.html", words, status=422 if form.errors else 200)


def _merged(request: HttpRequest, form: MergeForm) -> bool:
    try:
        merging.merge(
            by_id=me(request),
            kept_id=form.kept.id,
            absorbed_id=form.absorbed.id,
            chosen=form.chosen,
            at=now(),
        )
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("The two are one person now. You can undo it below."))
    return True


@login_required
@require_POST
@limited(scope="merge", limit=120, window_s=3600)
def reject(request: HttpRequest, candidate_id: UUID) -> HttpResponse:
    """Two different persons, for ever."""
    merging.reject(by_id=me(request), candidate_id=candidate_id, at=now())
    messages.success(request, _("Two different persons: the pair will not be proposed again."))
    return redirect("people:duplicates")


@never_cache
@login_required
@require_safe
def merges(request: HttpRequest) -> HttpResponse:
    """The merges that were made, each with its undoing."""
    number = request.GET.get("page", 1)
    at = now()
    page, lines = queries.merges(person_id=me(request), at=at, page_number=number)
    shown = {line.survivor_id: line.absorbed_address for line in lines if not line.undone_at}
    disclosures.note_masked(viewer_id=me(request), shown=shown, subject_id=WHOLE_LIST, at=at)
    return render(request, "people/merge_merges.html", {"page": page, "lines": lines})


@login_required
@require_POST
@limited(scope="merge", limit=120, window_s=3600)
def undo(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Takes a merge back."""
    try:
        merging.undo_merge(by_id=me(request), merge_id=merge_id, at=now())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The merge is undone: each has back what was his."))
    return redirect("people:merges")
