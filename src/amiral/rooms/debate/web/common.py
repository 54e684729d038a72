"""What the views of this room share."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.debate.models import Consultation, Voter
from amiral.rooms.debate.queries import voices
from amiral.rooms.debate.web.forms import VisitorReportForm
from amiral.rooms.debate.web.keys import key_of

HOUR_S = 3600
show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def person_of(request: HttpRequest) -> UUID | None:
    """Who is signed in, if anybody."""
    found: UUID | None = request.user.pk if request.user.is_authenticated else None
    return found


def signed_in(request: HttpRequest) -> UUID:
    """Who is signed in, behind ``login_required``."""
    found = person_of(request)
    assert found is not None
    return found


def voter_of(request: HttpRequest, consultation: Consultation) -> Voter | None:
    """The voice whose key the browser keeps. One query, none without a key."""
    return voices.voter_of(consultation_id=consultation.pk, key=key_of(request, consultation.pk))


def today() -> date:
    """The day on the clock of the campaign."""
    return localdate(now())


def done(form: forms.Form, verb: Callable[[], object]) -> bool:
    """Runs ``verb`` if the form is sent and valid; a refusal is shown at the field that it is about."""
    if not form.is_valid():
        return False
    try:
        verb()
    except Refused as refusal:
        about = (name for name in getattr(refusal, "fields", ()) if name in form.fields)
        form.add_error(next(about, None), str(refusal))
        return False
    return True


def tell(request: HttpRequest, verb: Callable[[], object], success: str = "") -> bool:
    """Runs ``verb``; says on the next page how it went."""
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    if success:
        messages.success(request, success)
    return True


def reported() -> str:
    """What is said to whoever has reported something."""
    return _("Reported. The moderators will write to you once it is decided.")


View = Callable[..., HttpResponse]


def sent_from(page: str) -> Callable[[View], View]:
    """Decorates a view that takes what a form of ``page`` sends: whoever comes by its address is led there.

    That happens after a refusal, when the language is changed or the page is asked for again, and after
    signing in anew. ``page`` has the same arguments.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **ids: UUID) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return HttpResponseRedirect(reverse(f"debate:{page}", kwargs=ids))
            return view(request, **ids)

        return guarded

    return decorate


def without_account(request: HttpRequest, words: str, page: str, verb: Callable[..., object]) -> HttpResponse:
    """A visitor reports ``words`` of ``page`` (DSA art. 16: notices from anybody), or learns what else he can
    do."""
    form = VisitorReportForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: verb(**form.notice)):
        messages.success(request, reported() if form.notice["email"] else _("Reported. Thank you."))
        return HttpResponseRedirect(page)
    context = {"words": words, "page": page, "cancel": page, "contact": settings.CONTACT, "form": form}
    return render(request, "debate/report_visitor.html", context)


def private(response: HttpResponse) -> HttpResponse:
    """A page that shows a key or votes: kept by no cache."""
    response["Cache-Control"] = "no-store"
    return response
