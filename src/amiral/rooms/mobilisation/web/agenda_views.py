"""The public agenda: a text to paste, calendars and feeds to subscribe to."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import conditional_page, require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.queries import agendas, pages
from amiral.rooms.mobilisation.queries.agendas import DAYS, Agenda
from amiral.rooms.mobilisation.queries.calendars import CONTENT_TYPE

readers_pace = limited(scope="agenda", limit=120, window_s=60, methods=("GET",))
ATOM = "application/atom+xml; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
USUAL_DAYS = 14


class AgendaForm(forms.Form):
    """Where, and for how many days."""

    q = forms.CharField(
        label=_("In which commune?"),
        help_text=_("Its name or a postal code. Nothing: everywhere."),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code"}),
    )
    jours = forms.TypedChoiceField(
        label=_("How far ahead"),
        choices=[
            (days, ngettext_lazy("%(days)s day", "%(days)s days", days) % {"days": days}) for days in DAYS
        ],
        coerce=int,
        required=False,
        initial=USUAL_DAYS,
    )


@require_safe
@readers_pace
def agenda(request: HttpRequest) -> HttpResponse:
    """The agenda of a place or a group as a text, and the addresses to subscribe to."""
    form = AgendaForm(request.GET)
    form.is_valid()
    sought = pages.place_sought(
        text=form.cleaned_data.get("q", ""), commune_id=request.GET.get("commune_choisie", "")
    )
    shown = _shown(request)
    if sought.commune is not None:
        shown = agendas.of_territory(sought.commune)
    days = form.cleaned_data.get("jours") or USUAL_DAYS
    page = agendas.page(agenda=shown, days=days, at=now())
    context = {"form": form, "sought": sought, "page": page, "feeds": _feeds(shown, days)}
    return render(request, "mobilisation/agenda.html", context)


def _shown(request: HttpRequest) -> Agenda:
    """The agenda that the address names: ``?groupe=…``, ``?departement=…``, ``?commune=…``."""
    for kind in agendas.KINDS[1:]:
        if key := request.GET.get(kind, ""):
            return agendas.agenda_of(kind=kind, key=key[:140])
    return agendas.everywhere()


def _feeds(shown: Agenda, days: int) -> dict[str, str]:
    """The addresses of an agenda. Calendar programs know no cookie: the language stands in the address."""
    language = translation.get_language() or "fr"
    kept = "" if language == settings.LANGUAGE_CODE else f"?langue={language}"
    base = f"{settings.PUBLIC_URL}{reverse('mobilisation:agenda')}{shown.path}"
    further = "&" if kept else "?"
    return {
        "calendar": f"{base}.ics{kept}",
        "feed": f"{base}.atom{kept}",
        "text": f"{base}.txt{kept}{further}jours={days}",
    }


@require_safe
@readers_pace
@conditional_page
def calendar(request: HttpRequest, kind: str, key: str = "") -> HttpResponse:
    """The agenda for a calendar program."""
    with _language(request):
        body = agendas.calendar(agenda=agendas.agenda_of(kind=kind, key=key), at=now())
    return _public(HttpResponse(body, content_type=CONTENT_TYPE))


@require_safe
@readers_pace
@conditional_page
def feed(request: HttpRequest, kind: str, key: str = "") -> HttpResponse:
    """The agenda for a feed reader."""
    with _language(request):
        body = agendas.feed(agenda=agendas.agenda_of(kind=kind, key=key), at=now())
    return _public(HttpResponse(body, content_type=ATOM))


@require_safe
@readers_pace
def text(request: HttpRequest, kind: str, key: str = "") -> HttpResponse:
    """The agenda as plain text."""
    asked = request.GET.get("jours", "")
    days = int(asked) if asked in map(str, DAYS) else USUAL_DAYS
    with _language(request):
        body = agendas.text(agenda=agendas.agenda_of(kind=kind, key=key), days=days, at=now())
    return _public(HttpResponse(body, content_type=PLAIN))


def _language(request: HttpRequest) -> translation.override:
    """The language that the address asks for, else the site's own: an address always answers the same."""
    asked = request.GET.get("langue", "")
    return translation.override(asked if asked in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)


def _public(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
