"""Pages of ballots: anybody who is signed in reads when it is silent where, an administrator enters it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.outreach import access
from amiral.rooms.outreach.actions import ballots as actions
from amiral.rooms.outreach.queries import ballots as queries
from amiral.rooms.outreach.web.ballots_forms import BallotForm, NewPollForm, PollForm

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
seldom = limited(scope="ballots", limit=300, window_s=3600)


@never_cache
@login_required
@require_safe
def ballots(request: HttpRequest) -> HttpResponse:
    """The calendar of ballots and silences."""
    page, cards = queries.ballots(page_number=request.GET.get("page", 1))
    may_change = access.may_change_ballots(person_id=me(request))
    words = {"page": page, "cards": cards, "may_change": may_change, "now": now()}
    return render(request, "outreach/ballots.html", words)


@never_cache
@login_required
@require_safe
def ballot(request: HttpRequest, ballot_id: UUID) -> HttpResponse:
    """One ballot: when it is silent where."""
    card = queries.ballot(ballot_id=ballot_id)
    may_change = access.may_change_ballots(person_id=me(request))
    return render(request, "outreach/ballot.html", {"card": card, "may_change": may_change})


@never_cache
@login_required
@get_or_post
@seldom
def new(request: HttpRequest) -> HttpResponse:
    """Enter a ballot."""
    access.access_ballots_to_change(person_id=me(request))
    form = BallotForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        found: list[UUID] = []
        if _tried(
            form, lambda: found.append(actions.create(by_id=me(request), draft=form.draft(), at=now()))
        ):
            messages.success(request, _("The ballot is entered. Check the days and hours of each place."))
            return redirect("outreach:ballot", ballot_id=found[0])
    return _form(request, "outreach/ballot_new.html", form)


@never_cache
@login_required
@require_safe
def one_round(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Every place of a round, to check and to change."""
    access.access_ballots_to_change(person_id=me(request))
    card, round_ = queries.one_round(round_id=round_id)
    return render(request, "outreach/ballot_round.html", {"card": card, "round": round_})


@never_cache
@login_required
@get_or_post
@seldom
def add_poll(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Add a place to a round."""
    access.access_ballots_to_change(person_id=me(request))
    card, round_ = queries.one_round(round_id=round_id)
    form = NewPollForm(request.POST if request.method == "POST" else None, initial={"day": round_.sunday})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if _tried(form, lambda: actions.add_poll(by_id=me(request), round_id=round_id, **typed)):
            messages.success(request, _("The place is added."))
            return redirect("outreach:ballot_round", round_id=round_id)
    return _form(request, "outreach/ballot_poll.html", form, card=card, round=round_)


@never_cache
@login_required
@get_or_post
@seldom
def poll(request: HttpRequest, poll_id: UUID) -> HttpResponse:
    """Change the day, the clock or the close of one place."""
    access.access_ballots_to_change(person_id=me(request))
    card, round_, one = queries.one_poll(poll_id=poll_id)
    form = PollForm(
        request.POST if request.method == "POST" else None,
        initial={"zone": one.zone, "day": one.day, "closes": one.closes},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        if _tried(form, lambda: actions.change_poll(by_id=me(request), poll_id=poll_id, **typed)):
            messages.success(request, _("The place is changed; its silence is computed anew."))
            return redirect("outreach:ballot_round", round_id=round_.id)
    return _form(request, "outreach/ballot_poll.html", form, card=card, round=round_, poll=one)


@never_cache
@login_required
@get_or_post
@seldom
def remove_poll(request: HttpRequest, poll_id: UUID) -> HttpResponse:
    """Take a place out of a round."""
    access.access_ballots_to_change(person_id=me(request))
    card, round_, one = queries.one_poll(poll_id=poll_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    asked = request.method == "POST" and form.is_valid()
    if asked and _tried(form, lambda: actions.remove_poll(by_id=me(request), poll_id=poll_id)):
        messages.success(request, _("The place is taken out of the round."))
        return redirect("outreach:ballot_round", round_id=round_.id)
    return _form(request, "outreach/ballot_poll_remove.html", form, card=card, round=round_, poll=one)


@never_cache
@login_required
@get_or_post
@seldom
def remove(request: HttpRequest, ballot_id: UUID) -> HttpResponse:
    """Delete a ballot."""
    access.access_ballots_to_change(person_id=me(request))
    card = queries.ballot(ballot_id=ballot_id)
    if request.method == "POST":
        actions.remove(by_id=me(request), ballot_id=ballot_id)
        messages.success(request, _("The ballot is deleted."))
        return redirect("outreach:ballots")
    return render(request, "outreach/ballot_remove.html", {"card": card})


def _tried(form: forms.Form, verb: Callable[[], object]) -> bool:
    """Whether the verb was done; else the form says why not."""
    try:
        verb()
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    return True


def _form(request: HttpRequest, template: str, form: forms.Form, **words: object) -> HttpResponse:
    return render(request, template, {"form": form, **words}, status=422 if form.errors else 200)
