"""Pages that say who saw whose contact data: one's own, and everybody's after a breach."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.people import access
from amiral.rooms.people.actions import drill
from amiral.rooms.people.queries import disclosures as queries
from amiral.rooms.people.web.disclosures_forms import BetweenForm


@never_cache
@login_required
@require_safe
def my_disclosures(request: HttpRequest) -> HttpResponse:
    """Who saw how to reach me, why, when."""
    page, receipts = queries.of_person(person_id=me(request), page_number=request.GET.get("page", 1))
    words = {"page": page, "receipts": receipts, "imports": queries.imports_of(person_id=me(request))}
    return render(request, "people/my_disclosures.html", words)


def _form(request: HttpRequest) -> BetweenForm:
    if not access.administers(person_id=me(request), at=now()):
        raise NotFound
    return BetweenForm(request.GET if request.GET else None)


@never_cache
@login_required
@require_safe
@limited(scope="disclosures", limit=60, window_s=3600, methods=("GET",))
def disclosures(request: HttpRequest) -> HttpResponse:
    """Who saw whose data between two days; that it was asked is written down too."""
    form = _form(request)
    words: dict[str, object] = {"form": form}
    if form.is_valid():
        since, until = form.bounds
        words["found"] = drill.read(by_id=me(request), since=since, until=until, at=now())
        words["query"] = request.GET.urlencode()
    return render(request, "people/disclosures.html", words, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
@limited(scope="disclosures-csv", limit=20, window_s=3600, methods=("GET",))
def disclosures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table, whole."""
    form = _form(request)
    if not form.is_valid():
        return redirect("people:disclosures")
    since, until = form.bounds
    lines = drill.export(by_id=me(request), since=since, until=until, at=now())
    return HttpResponse(
        "".join(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="consultations.csv"'},
    )
