"""Pages of this room: access, one query or verb, a template."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.talking_points import access, actions, queries
from amiral.rooms.talking_points.contracts import SOURCES_MAX, VersionView
from amiral.rooms.talking_points.web.forms import (
    SOURCE_ROWS,
    DraftForm,
    NewPointForm,
    ThemeForm,
    initial_of,
)

HOUR_S = 3600
show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def member(request: HttpRequest) -> UUID:
    """The person who is signed in, behind ``login_required``."""
    person_id: UUID | None = request.user.pk
    return access.access_cards(person_id=person_id)


def language() -> str:
    """The language of the page."""
    return (get_language() or "fr")[:2]


def today() -> date:
    """The day in the time zone of the campaign: a card is valid to the end of its last day there."""
    return localdate(now())


def done(form: forms.Form, verb: Callable[[], object]) -> bool:
    """Runs ``verb`` if the form is sent and valid; a refusal is shown in the form."""
    if not form.is_valid():
        return False
    try:
        verb()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


# For every member ----------------------------------------------------------------------------------


@login_required
@require_safe
def points(request: HttpRequest) -> HttpResponse:
    """The approved cards, by theme, with a search."""
    text = request.GET.get("q", "").strip()[:100]
    theme = request.GET.get("theme", "")
    context = {
        "cards": queries.approved(language=language(), day=today(), theme=theme, text=text),
        "themes": queries.themes(language=language()),
        "theme": theme,
        "text": text,
        "manages": access.may_manage(person_id=member(request)),
    }
    return render(request, "talking_points/points.html", context)


@login_required
@require_safe
def printed(request: HttpRequest) -> HttpResponse:
    """A sheet to print: a theme, some cards (``?carte=`` as often as needed), or everything."""
    member(request)
    chosen = request.GET.getlist("carte")
    cards = (
        queries.cards(point_ids=_ids(chosen), language=language(), day=today())
        if chosen
        else queries.approved(language=language(), day=today(), theme=request.GET.get("theme", ""))
    )
    return render(request, "talking_points/printed.html", {"cards": cards, "day": today()})


def _ids(texts: list[str]) -> list[UUID]:
    """Those that are ids; an address typed by hand is no reason for an error page."""
    ids = []
    for text in texts[:100]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


@login_required
@require_safe
def point(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """A card with its history."""
    found, manages = access.access_point_by_id(person_id=member(request), point_id=point_id)
    page = queries.point_page(point=found, language=language(), day=today(), with_drafts=manages)
    return render(request, "talking_points/point.html", {"page": page, "manages": manages})


# For those who manage cards ------------------------------------------------------------------------


@login_required
@limited(scope="talking-points-draft", limit=60, window_s=HOUR_S)
@show_or_send
def new_point(request: HttpRequest) -> HttpResponse:
    """The first draft of a new card."""
    access.access_management(person_id=member(request))
    form = NewPointForm(_sent(request), themes=queries.themes(language=language()))
    if done(form, lambda: _draft(request, form, theme=form.cleaned_data["theme"])):
        return redirect("talking_points:drafts")
    return render(request, "talking_points/draft.html", {"form": form, "current": None})


@login_required
@limited(scope="talking-points-draft", limit=60, window_s=HOUR_S)
@show_or_send
def new_version(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """The next draft of a card, filled in with what it says now."""
    found = access.access_point_to_manage_by_id(person_id=member(request), point_id=point_id)
    page = queries.point_page(point=found, language=language(), day=today(), with_drafts=True)
    said = [version for version in page.history if not version.hidden]
    before = next(iter([*page.drafts, *([page.current] if page.current else []), *said]), None)
    form = DraftForm(_sent(request), rows=_rows(before), initial=_initial(before))
    if done(form, lambda: _draft(request, form, point_id=point_id)):
        return redirect("talking_points:point", point_id=point_id)
    return render(request, "talking_points/draft.html", {"form": form, "current": before})


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _rows(before: VersionView | None) -> int:
    filled = len(before.sources) if before else 0
    return min(SOURCES_MAX, max(SOURCE_ROWS, filled + 1))


def _initial(before: VersionView | None) -> dict[str, object]:
    if before is None:
        return {}
    return initial_of(
        short_line=before.short_line, body=before.body, language=before.language, sources=before.sources
    )


def _draft(request: HttpRequest, form: DraftForm, *, theme: str = "", point_id: UUID | None = None) -> None:
    actions.draft(
        by_id=member(request),
        theme=theme,
        point_id=point_id,
        language=form.cleaned_data["language"],
        short_line=form.cleaned_data["short_line"],
        body=form.cleaned_data["body"],
        sources=form.sources(),
        valid_until=form.cleaned_data["valid_until"],
        at=now(),
    )
    messages.success(request, _("The draft is kept. Another person has to approve it."))


@login_required
@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """What waits for approval, what has expired, and what people objected to yesterday."""
    access.access_management(person_id=member(request))
    context = {
        "drafts": queries.drafts(language=language(), day=today()),
        "expired": queries.expired(language=language(), day=today()),
        "objections": queries.objections(language=language(), day=today() - timedelta(days=1), today=today()),
    }
    return render(request, "talking_points/drafts.html", context)


@login_required
@limited(scope="talking-points-theme", limit=60, window_s=HOUR_S)
@show_or_send
def themes(request: HttpRequest) -> HttpResponse:
    """The themes; adds one."""
    access.access_management(person_id=member(request))
    form = ThemeForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: actions.create_theme(by_id=member(request), **form.cleaned_data)):
        return redirect("talking_points:themes")
    context = {"form": form, "themes": queries.themes(language=language())}
    return render(request, "talking_points/themes.html", context)


@login_required
@require_safe
def version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """One version, whatever its state."""
    found = access.access_version_by_id(person_id=member(request), version_id=version_id)
    view = queries.version_view(version=found, language=language(), day=today())
    context = {"version": view, "is_own": found.author_id == member(request)}
    return render(request, "talking_points/version.html", context)


@login_required
@limited(scope="talking-points-decide", limit=120, window_s=HOUR_S)
@require_POST
def approve(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Makes a draft what the campaign says."""
    found = access.access_version_by_id(person_id=member(request), version_id=version_id)
    try:
        actions.approve(by_id=member(request), version_id=version_id, at=now(), day=today())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("talking_points:version", version_id=version_id)
    messages.success(request, _("Approved: every member reads this version from now on."))
    return redirect("talking_points:point", point_id=found.point_id)


@login_required
@limited(scope="talking-points-decide", limit=120, window_s=HOUR_S)
@require_POST
def withdraw(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Takes a draft or the approved text back."""
    access.access_version_by_id(person_id=member(request), version_id=version_id)
    try:
        actions.withdraw(by_id=member(request), version_id=version_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Withdrawn: members no longer read it."))
    return redirect("talking_points:version", version_id=version_id)
