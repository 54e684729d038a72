"""Pages about the team of an action and one's own number in it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation import access
from amiral.rooms.mobilisation.actions import team as verbs
from amiral.rooms.mobilisation.web.team_forms import ExplanationForm

read_or_write = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@read_or_write
@limited(scope="actions-team", limit=60, window_s=600)
@login_required
def team(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Who comes, with numbers in their time; others than the leader say why they want them."""
    person_id = request.user.pk
    page = verbs.see_team(person_id=person_id, action_id=action_id, at=now())
    form = ExplanationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        words = form.cleaned_data["explanation"]
        try:
            page = verbs.see_team(person_id=person_id, action_id=action_id, at=now(), explanation=words)
        except Refused as refusal:
            form.add_error("explanation", str(refusal))
    status = 422 if form.errors else 200
    return render(
        request, "mobilisation/team.html", {"page": page, "card": page.card, "form": form}, status=status
    )


@require_POST
@limited(scope="actions-places", limit=30, window_s=60)
@login_required
def show_phone(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Whether the leader may see my number around this shift."""
    person_id = request.user.pk
    assert person_id is not None
    shift = access.access_shift_by_id(person_id=person_id, shift_id=shift_id)
    if request.POST.get("show") not in {"0", "1"}:
        raise NotFound
    shows = request.POST["show"] == "1"
    verbs.set_shows_phone(person_id=person_id, shift_id=shift_id, shows=shows)
    said = _("The leader may call you about this shift.") if shows else _("Your number is not shown.")
    messages.success(request, said)
    return redirect("mobilisation:action", action_id=shift.action_id)
