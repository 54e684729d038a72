"""Pages of requests about personal data: asked by anybody, answered by those in charge."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people import access
from amiral.rooms.people.actions import rights
from amiral.rooms.people.contracts import Feature, RightKind, RightRefusal, RightState
from amiral.rooms.people.queries import imports
from amiral.rooms.people.queries import rights as queries
from amiral.rooms.people.web.rights_forms import (
    AnswerForm,
    AskForm,
    CheckForm,
    ExtendForm,
    RecordForm,
    RefuseForm,
)

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


# Anybody ------------------------------------------------------------------------------------------------


@never_cache
@get_or_post
@limited(scope="ask-rights", limit=20, window_s=3600)
def ask(request: HttpRequest) -> HttpResponse:
    """What everybody may ask, and a form; the answer is the same for every address."""
    form = AskForm(sent(request), initial={"kind": RightKind.ACCESS.value})
    if form.is_valid():
        typed = rights.public_typed(
            kind=RightKind(form.cleaned_data["kind"]),
            address=form.cleaned_data["address"],
            words=form.cleaned_data["words"],
        )
        rights.ask(typed=typed, language=request.LANGUAGE_CODE, at=now())
        return redirect("people:rights_asked")
    return render(request, "people/rights_ask.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """What happens now."""
    return render(request, "people/rights_asked.html")


@never_cache
@get_or_post
@limited(scope="rights-link", limit=60, window_s=3600)
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A button, since mail scanners open links; then what was done, or what comes next."""
    at = now()
    try:
        row = rights.by_link(token=token, at=at)
        if request.method == "POST":
            rights.confirm_identity(token=token, at=at)
            return redirect("people:rights_link", token)
    except Refused as problem:
        return render(request, "people/rights_link_over.html", {"problem": problem}, status=410)
    card = queries.card_of(row, at=at)
    return render(request, "people/rights_link.html", {"card": card, "token": token})


@never_cache
@require_safe
@limited(scope="rights-export", limit=10, window_s=3600, methods=("GET",))
def export_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """All that is kept of me, for who has no account."""
    try:
        return _file(rights.export_by_link(token=token, at=now()))
    except Refused as problem:
        return render(request, "people/rights_link_over.html", {"problem": problem}, status=410)


def _file(kept: dict[str, Any]) -> HttpResponse:
    return JsonResponse(
        kept,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="donnees.json"'},
    )


# Those in charge ----------------------------------------------------------------------------------------


def _territories(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    found = imports.importable_territories(person_id=me(request), feature=Feature.HANDLE_REQUESTS, at=now())
    if not found:
        raise NotFound
    return found


@never_cache
@login_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The requests of my territories, those that press first."""
    _territories(request)
    closed = request.GET.get("etat") == "closes"
    number = request.GET.get("page", 1)
    page, cards = queries.requests(person_id=me(request), at=now(), page_number=number, closed=closed)
    return render(request, "people/rights.html", {"page": page, "cards": cards, "closed": closed})


@never_cache
@login_required
@get_or_post
@limited(scope="record-request", limit=60, window_s=3600)
def record(request: HttpRequest) -> HttpResponse:
    """Type in a request that came by letter or by telephone."""
    form = RecordForm(sent(request), territories=_territories(request))
    if form.is_valid():
        request_id = rights.record(
            by_id=me(request), typed=form.typed(), language=request.LANGUAGE_CODE, at=now()
        )
        messages.success(request, _("The request is in the register; the month runs from its arrival."))
        return redirect("people:rights_request", request_id)
    return render(request, "people/rights_record.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def request_page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: what was asked, until when, and what may be done now."""
    return _page(request, request_id)


def _page(request: HttpRequest, request_id: UUID, status: int = 200, **bound: forms.Form) -> HttpResponse:
    at = now()
    row = access.access_request_by_id(person_id=me(request), request_id=request_id, at=at)
    card = queries.card_of(row, at=at)
    words: dict[str, Any] = {
        "card": card,
        "identified": card.state in {RightState.IN_WORK, RightState.DONE},
        "check": CheckForm(auto_id="check_%s"),
        "extend": ExtendForm(auto_id="extend_%s"),
        "answer": AnswerForm(auto_id="answer_%s"),
        "refuse": RefuseForm(auto_id="refuse_%s"),
        **bound,
    }
    return render(request, "people/rights_request.html", words, status=status)


def _did(request: HttpRequest, request_id: UUID, do: Callable[[], object], said: str) -> HttpResponse:
    try:
        do()
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect("people:rights_request", request_id)


@login_required
@require_POST
@limited(scope="rights-work", limit=120, window_s=3600)
def ask_identity(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Sends the link that proves the address."""
    return _did(
        request,
        request_id,
        lambda: rights.ask_identity(by_id=me(request), request_id=request_id, at=now()),
        _("The link has been sent."),
    )


@login_required
@require_POST
@limited(scope="rights-work", limit=120, window_s=3600)
def check(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Records what was checked."""
    form = CheckForm(request.POST, auto_id="check_%s")
    if not form.is_valid():
        return _page(request, request_id, 422, check=form)
    note = form.cleaned_data["text"]
    return _did(
        request,
        request_id,
        lambda: rights.record_check(by_id=me(request), request_id=request_id, note=note, at=now()),
        _("The identity is recorded as checked."),
    )


@login_required
@require_POST
@limited(scope="rights-work", limit=120, window_s=3600)
def extend(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Two months more."""
    form = ExtendForm(request.POST, auto_id="extend_%s")
    if not form.is_valid():
        return _page(request, request_id, 422, extend=form)
    reason = form.cleaned_data["text"]
    return _did(
        request,
        request_id,
        lambda: rights.extend(by_id=me(request), request_id=request_id, reason=reason, at=now()),
        _("The person has been told, with the reason and the new day."),
    )


@login_required
@require_POST
@limited(scope="rights-work", limit=120, window_s=3600)
def carry_out(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Does what was asked and closes the request."""
    form = AnswerForm(request.POST, auto_id="answer_%s")
    if not form.is_valid():
        return _page(request, request_id, 422, answer=form)
    answer = form.cleaned_data["text"]
    return _did(
        request,
        request_id,
        lambda: rights.carry_out(by_id=me(request), request_id=request_id, answer=answer, at=now()),
        _("It is done; the person has been told where an address is known."),
    )


@login_required
@require_POST
@limited(scope="rights-work", limit=120, window_s=3600)
def refuse(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Refuses with a reason of the law."""
    form = RefuseForm(request.POST, auto_id="refuse_%s")
    if not form.is_valid():
        return _page(request, request_id, 422, refuse=form)
    because, answer = RightRefusal(form.cleaned_data["because"]), form.cleaned_data["text"]
    return _did(
        request,
        request_id,
        lambda: rights.refuse(
            by_id=me(request), request_id=request_id, because=because, answer=answer, at=now()
        ),
        _("The request is refused; the person has been told why and where to complain."),
    )


@never_cache
@login_required
@require_safe
@limited(scope="rights-export", limit=30, window_s=3600, methods=("GET",))
def export_for(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """All that is kept of the person, to hand over on paper."""
    try:
        return _file(rights.export_for(by_id=me(request), request_id=request_id, at=now()))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("people:rights_request", request_id)
