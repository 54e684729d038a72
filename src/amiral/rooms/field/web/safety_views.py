"""Pages on which a team looks after itself: pairs, who is out, help. They work without JavaScript."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import access_team_by_shift_id
from amiral.rooms.field.actions import helping, pairing, presence, settings
from amiral.rooms.field.contracts import Caller
from amiral.rooms.field.queries import safety as queries
from amiral.rooms.field.web import numbers
from amiral.rooms.field.web.safety_callers import (
    call_of,
    caller_of_list,
    caller_of_shift,
    is_own,
    leader_phones,
    list_of,
    member_id,
    signed_in_id,
)
from amiral.rooms.field.web.safety_forms import PairsForm, PlaceForm, PresenceForm
from amiral.rooms.people.contracts import PhoneShown

REFRESH_S = "10"
"""How often the page of an open call asks for news, without JavaScript."""
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _page(request: HttpRequest, shift_id: UUID, at: datetime) -> queries.SafetyPage:
    team = access_team_by_shift_id(person_id=me(request), shift_id=shift_id, at=at)
    return queries.safety_page(team=team, person_id=me(request), at=at)


@never_cache
@login_required
@require_safe
def safety(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Pairs, who is out since when, calls for help."""
    page = _page(request, shift_id, now())
    context = {
        "page": page,
        "form": PairsForm(page=page),
        "gesture": new_id(),
        "phones": _phones(request, shift_id),
    }
    return render(request, "field/safety.html", context)


def _phones(request: HttpRequest, shift_id: UUID) -> list[PhoneShown]:
    return _phones_of(Caller(shift_id=shift_id, person_id=me(request)))


@require_POST
@login_required
@limited(scope="safety-pairs", limit=60, window_s=600)
def pairs(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Keeps who goes with whom."""
    moment = now()
    page = _page(request, shift_id, moment)
    form = PairsForm(request.POST, page=page)
    if form.is_valid():
        try:
            pairing.arrange_pairs(
                by_id=me(request), shift_id=shift_id, numbers=form.numbers, walks=form.walks, at=moment
            )
            messages.success(request, _("The pairs are kept."))
        except Refused as refusal:
            messages.error(request, str(refusal))
    else:
        messages.error(request, str(pairing.NotOfThisTeam()))
    return redirect("field:safety", shift_id)


@require_POST
@login_required
@limited(scope="safety-presence", limit=60, window_s=60)
def presence_of_shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Going out or being back, from the team's page."""
    caller = caller_of_shift(request, shift_id=shift_id, at=now())
    _say(request, caller)
    return redirect("field:safety", shift_id)


@require_POST
@numbers.signed_in_or_number
@limited(scope="safety-presence", limit=60, window_s=60)
def presence_of_list(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The same from a walk list."""
    caller = caller_of_list(request, assignment_id=assignment_id, at=now())
    _say(request, caller)
    return redirect("field:walk_list", assignment_id)


def _say(request: HttpRequest, caller: Caller) -> None:
    form = PresenceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was noted: use one of the buttons."))
        return
    said = form.cleaned_data
    common: dict[str, Any] = {
        "caller": caller,
        "gesture_id": said["gesture"],
        "at": now(),
        "with_pair": said["pair"],
        "told": form.told,
    }
    try:
        if said["what"] == "in":
            presence.go_out(**common)
            messages.success(request, _("Noted: you are out. Say so when you are back."))
        else:
            presence.come_back(**common)
            messages.success(request, _("Noted: you are back. Thank you!"))
    except Refused as refusal:
        messages.error(request, str(refusal))


@require_POST
@login_required
@limited(scope="safety-presence", limit=60, window_s=60)
def say_back(request: HttpRequest, shift_id: UUID, presence_id: UUID) -> HttpResponse:
    """A leader knows that somebody is back."""
    presence.say_back(
        by_id=me(request), shift_id=shift_id, presence_id=presence_id, gesture_id=new_id(), at=now()
    )
    return redirect("field:safety", shift_id)


@require_POST
@login_required
@limited(scope="safety-phone", limit=30, window_s=600)
def leader_phone(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Whether the teams of this action may see my number."""
    if request.POST.get("show") not in {"0", "1"}:
        raise NotFound
    try:
        settings.set_leader_phone(
            by_id=me(request), shift_id=shift_id, shows=request.POST["show"] == "1", at=now()
        )
    except settings.NoNumber as refusal:
        messages.error(request, str(refusal))
    return redirect("field:safety", shift_id)


# Not limited: whoever calls is heard. Messages are, in the verb.
@never_cache
@get_or_post
@login_required
def help_of_shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """The quiet button and its confirmation, from the team's page."""
    caller = caller_of_shift(request, shift_id=shift_id, at=now())
    return _help(request, caller, turf=None, back=reverse("field:safety", args=[shift_id]))


@never_cache
@get_or_post
@numbers.signed_in_or_number
def help_of_list(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """The same from a walk list, whose turf is offered to be told."""
    moment = now()
    caller = caller_of_list(request, assignment_id=assignment_id, at=moment)
    turf = list_of(request, assignment_id=assignment_id, at=moment).turf.number
    return _help(request, caller, turf=turf, back=reverse("field:walk_list", args=[assignment_id]))


def _help(request: HttpRequest, caller: Caller, *, turf: int | None, back: str) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        try:
            return redirect("field:help_call", _call(request, caller))
        except Refused as refusal:
            problem = str(refusal)
    context: dict[str, Any] = {
        "turf": turf,
        "back": back,
        "call_id": new_id(),
        "form": PlaceForm(),
        "problem": problem,
    }
    context["phones"] = _phones_of(caller)
    return render(request, "field/help.html", context, status=409 if problem else 200)


def _call(request: HttpRequest, caller: Caller) -> UUID:
    """A mistyped door must not keep a call from being heard: then it is not told."""
    form = PlaceForm(request.POST)
    form.is_valid()
    for name in ("turf", "door"):
        form.cleaned_data.setdefault(name, None)
    try:
        call_id = UUID(request.POST.get("call", ""))
    except ValueError:
        call_id = new_id()
    return helping.call_for_help(caller=caller, call_id=call_id, at=now(), told=form.told)


def _phones_of(caller: Caller) -> list[PhoneShown]:
    """Numbers of leaders who show them to the team, with or without an account."""
    return list(leader_phones(caller, now()).values())


@never_cache
@get_or_post
@limited(scope="safety-call", limit=120, window_s=60)
def help_call(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """A call: whether a leader has seen it; for leaders, to answer it."""
    if signed_in_id(request) is None and numbers.SESSION_KEY not in request.session:
        return login_required(lambda _request: HttpResponse())(request)
    moment = now()
    call = call_of(request, call_id=call_id, at=moment)
    leads = _leads(request, call.shift_id, moment) and not is_own(request, call)
    if request.method == "POST":
        _answer(request, call_id, leads=leads, at=moment)
        return redirect("field:help_call", call_id)
    line = queries.call_line(call=call, person_id=signed_in_id(request))
    own = is_own(request, call)
    member = member_id(request, shift_id=call.shift_id, at=moment)
    phones = _phones(request, call.shift_id) if own and member else []
    shift_id = call.shift_id if member else None
    context = {"call": line, "leads": leads, "own": own, "phones": phones, "shift_id": shift_id}
    response = render(request, "field/help_call.html", context)
    if line.is_open:
        response["Refresh"] = REFRESH_S
    return response


def _leads(request: HttpRequest, shift_id: UUID, at: datetime) -> bool:
    person_id = signed_in_id(request)
    try:
        return (
            person_id is not None
            and access_team_by_shift_id(person_id=person_id, shift_id=shift_id, at=at).leads
        )
    except NotFound:
        return False


def _answer(request: HttpRequest, call_id: UUID, *, leads: bool, at: datetime) -> None:
    call = call_of(request, call_id=call_id, at=at)
    what = request.POST.get("what")
    if what == "answer" and leads:
        helping.answer_call(by_id=me(request), call_id=call_id, at=at)
    elif what == "end" and (leads or is_own(request, call)):
        helping.end_call(by_id=signed_in_id(request), call=call, at=at)
    else:
        raise NotFound
