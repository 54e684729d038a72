"""Pages of word of mouth: one's own link and what it brought; figures for coordinators."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit.clock import now
from amiral.kit.qr import code as qr_code
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people import access
from amiral.rooms.people.actions import recruiting
from amiral.rooms.people.queries import cascade

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class OwnLinkForm(forms.Form):
    """A new link, or one's name shown or hidden."""

    do = forms.ChoiceField(choices=[(word, word) for word in ("renew", "show", "hide")])


@never_cache
@login_required
@get_or_post
@limited(scope="recruit", limit=20, window_s=3600)
def own(request: HttpRequest) -> HttpResponse:
    """What my invitations brought; my link and its QR code."""
    form = OwnLinkForm(sent(request))
    if form.is_valid():
        _do(request, form.cleaned_data["do"])
        return redirect("people:recruited")
    code = recruiting.code_of(person_id=me(request))
    link = recruiting.link_of(code=code, path=reverse("people:join"))
    shown = {
        "cascade": cascade.own_cascade(person_id=me(request)),
        "link": link,
        "code": qr_code(link),
        "reads_figures": access.may_read_cascades(person_id=me(request)),
    }
    return render(request, "people/recruited.html", shown)


def _do(request: HttpRequest, what: str) -> None:
    if what == "renew":
        recruiting.renew_code(person_id=me(request))
        messages.success(request, _("Your link is new; the old one brings nobody any more."))
        return
    recruiting.show_name(person_id=me(request), shown=what == "show")
    messages.success(request, _("Your choice is kept."))


@never_cache
@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """How the word spreads over one's territories: counts only."""
    places = access.places_of_cascades(person_id=me(request))
    asked = request.GET.get("territoire", "") or places[0].id
    place = access.access_place_of_cascades(person_id=me(request), territory_id=asked)
    found = cascade.territory_cascade(territory_id=place, at=now())
    shown = {"cascade": found, "places": places, "place": place}
    return render(request, "people/recruited_figures.html", shown)
