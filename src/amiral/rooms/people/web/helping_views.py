"""The page on which a person says what he can do and when."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people.actions import helping as helping_actions
from amiral.rooms.people.queries.helping import helping
from amiral.rooms.people.web.helping_forms import HelpingForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(scope="helping", limit=30, window_s=3600)
def say(request: HttpRequest) -> HttpResponse:
    """What I can do, and when."""
    form = HelpingForm(sent(request), said=helping(person_id=me(request)))
    if form.is_valid():
        helping_actions.say(person_id=me(request), helping=form.helping())
        messages.success(request, _("What you can do is kept as you said it."))
        return redirect("people:me")
    return render(request, "people/helping.html", {"form": form}, status=422 if form.errors else 200)
