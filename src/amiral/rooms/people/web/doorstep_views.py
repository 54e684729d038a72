"""Pages for somebody at his own door: he scans a code with his own phone, or is handed one.

They show nothing of the account that the browser may be signed in to, keep nothing in the browser, and know
of no door. None of them needs JavaScript.
"""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit import qr
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import sent
from amiral.rooms.people import texts
from amiral.rooms.people.actions import doorstep as verbs
from amiral.rooms.people.actions.joining import UsedLink
from amiral.rooms.people.contracts import Purpose

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class DoorstepForm(forms.Form):
    """An address and a box, not ticked; nothing is offered from earlier visitors of the same phone."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    agrees = forms.BooleanField(
        error_messages={"required": _("Tick the box if you agree; else close this page, nothing is kept.")}
    )
    shown_in = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # a form's own arguments
        with translation.override(self.language):
            self.fields["agrees"].label = texts.consent_text(Purpose.NEWSLETTER)
            self.notice = texts.doorstep_notice()

    @property
    def language(self) -> str:
        """The language in which the sentence and the notice were shown: the ledger keeps those."""
        shown = str(self.data.get("shown_in", ""))
        return shown if shown in dict(settings.LANGUAGES) else translation.get_language() or "fr"


@never_cache
@get_or_post
@limited(scope="doorstep", limit=60, window_s=3600)
def doorstep(request: HttpRequest) -> HttpResponse:
    """The address, the notice, the box."""
    form = DoorstepForm(sent(request), initial={"shown_in": request.LANGUAGE_CODE})
    if form.is_valid():
        verbs.leave_address(
            email=form.cleaned_data["email"],
            language=form.language,
            text_shown=str(form.fields["agrees"].label),
            notice_shown=form.notice,
            at=now(),
        )
        return redirect("people:doorstep_thanks")
    return render(request, "people/doorstep.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
def doorstep_thanks(request: HttpRequest) -> HttpResponse:
    """What to do now, without the address: whoever gets the phone back reads nothing."""
    return render(request, "people/doorstep_thanks.html")


@require_safe
def doorstep_code(request: HttpRequest) -> HttpResponse:
    """The code to show at a door, so that the other one opens the page on his own phone."""
    link = settings.PUBLIC_URL + reverse("people:doorstep")
    return render(request, "people/doorstep_code.html", {"code": qr.code(link)})


@never_cache
@get_or_post
@limited(scope="join-confirm", limit=60, window_s=3600)
def doorstep_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button, since mail scanners open links; pressing it writes the consent."""
    try:
        if request.method != "POST":
            text = verbs.check_link(token=token, at=now())
            return render(request, "people/doorstep_confirm.html", {"text": text})
        verbs.confirm(token=token, at=now())
    except UsedLink:
        return render(request, "people/doorstep_done.html")
    except Refused as problem:
        return render(request, "people/doorstep_problem.html", {"problem": problem}, status=410)
    return render(request, "people/doorstep_done.html")
