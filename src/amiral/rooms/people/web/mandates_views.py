"""Pages of one mandate: what it opens, what hangs on it, giving a part of it on; and the log of changes."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people import access, queries
from amiral.rooms.people.actions import mandates as verbs
from amiral.rooms.people.contracts import Feature
from amiral.rooms.people.queries import mandates
from amiral.rooms.people.web.mandates_forms import DelegateForm, ShortenForm

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
pace = limited(scope="mandates", limit=60, window_s=3600)


@never_cache
@login_required
@require_safe
def mandate(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """One mandate with its chain, for its holder and for those who may end it."""
    page = mandates.mandate_page(person_id=me(request), mandate_id=mandate_id, at=now())
    return render(request, "people/mandate.html", {"page": page, "form": ShortenForm()})


@never_cache
@login_required
@get_or_post
@pace
def delegate(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """Gives a part of one's own mandate on."""
    row = access.access_own_mandate_by_id(person_id=me(request), mandate_id=mandate_id, at=now())
    card = queries.mandate_card(row)
    form = DelegateForm(sent(request), features=card.delegable, places=mandates.places_inside(card=card))
    if form.is_valid() and _delegate(request, mandate_id, form):
        return redirect("people:mandate", mandate_id=mandate_id)
    words = {"card": card, "form": form}
    return render(request, "people/mandate_delegate.html", words, status=422 if form.errors else 200)


def _delegate(request: HttpRequest, mandate_id: UUID, form: DelegateForm) -> bool:
    try:
        verbs.delegate_by_address(
            by_id=me(request),
            source_id=mandate_id,
            email=form.cleaned_data["email"],
            features=map(Feature, form.cleaned_data["features"]),
            delegable=map(Feature, form.cleaned_data["delegable"]),
            territory_id=form.place,
            ends_at=form.ends_at,
            at=now(),
        )
    except verbs.NobodyThere as problem:
        form.add_error("email", str(problem))
        return False
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    messages.success(request, _("The mandate is granted; the person has been written to."))
    return True


@login_required
@require_POST
@pace
def shorten(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """Lets a mandate end earlier, with all that hangs on it."""
    at = now()
    access.access_mandate_by_id(person_id=me(request), mandate_id=mandate_id, at=at)
    form = ShortenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a last day."))
        return redirect("people:mandate", mandate_id=mandate_id)
    try:
        verbs.shorten(by_id=me(request), mandate_id=mandate_id, ends_at=form.ends_at, at=at)
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The mandate ends earlier; all concerned have been written to."))
    return redirect("people:mandate", mandate_id=mandate_id)


@never_cache
@login_required
@require_safe
def mandate_log(request: HttpRequest) -> HttpResponse:
    """Who changed whose mandate: one's own, those one gave, those of one's territory."""
    page, lines = mandates.log(
        person_id=me(request),
        at=now(),
        page_number=request.GET.get("page", 1),
        territory_id=request.GET.get("territoire", ""),
    )
    return render(request, "people/mandate_log.html", {"page": page, "lines": lines})
