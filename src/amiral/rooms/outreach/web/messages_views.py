"""What became of messages: of mine and of the groups that I lead, and of those to me."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amiral.kit.requests import me
from amiral.rooms.outreach.queries import messages as queries


@never_cache
@login_required
@require_safe
def sendings(request: HttpRequest) -> HttpResponse:
    """What I sent: how many left, wait, are held back, and why."""
    page, cards = queries.sendings(person_id=me(request), page_number=request.GET.get("page", 1))
    return render(request, "outreach/sendings.html", {"page": page, "cards": cards})


@never_cache
@login_required
@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What was written to me."""
    page, cards = queries.received(person_id=me(request), page_number=request.GET.get("page", 1))
    return render(request, "outreach/received.html", {"page": page, "cards": cards})
