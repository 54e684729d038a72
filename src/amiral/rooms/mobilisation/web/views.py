"""Pages of actions: access, one query or verb, a template."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.script_data import as_data
from amiral.rooms.mobilisation import access
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.contracts import FormChoices, Kind
from amiral.rooms.mobilisation.queries import agendas, calendars, cards, choices, holding, pages, place_maps
from amiral.rooms.mobilisation.web.forms import (
    ActionForm,
    FinderForm,
    ShiftForm,
    ShiftFormSet,
    as_typed,
)
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

read_or_write = require_http_methods(["GET", "HEAD", "POST"])
leaders_pace = limited(scope="actions-lead", limit=60, window_s=600)


def _person_id(request: HttpRequest) -> UUID | None:
    return request.user.pk if request.user.is_authenticated else None


def _signed_in_id(request: HttpRequest) -> UUID:
    """The person of a page that ``login_required`` guards."""
    if not request.user.is_authenticated:
        raise NotFound
    return request.user.pk


# For everybody -------------------------------------------------------------------------------------
@require_safe
def actions(request: HttpRequest) -> HttpResponse:
    """Upcoming actions, near a commune if one is given."""
    form = FinderForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data.get("kind", "")
    sought = pages.place_sought(
        text=form.cleaned_data.get("q", ""), commune_id=request.GET.get("commune", "")
    )
    page, map_view = pages.upcoming_actions(
        near=sought.commune,
        kind=Kind(wanted) if wanted else None,
        at=now(),
        page=request.GET.get("page", "1"),
    )
    may_create = people.holds(person_id=_person_id(request), feature=Feature.MANAGE_ACTIONS)
    return render(
        request,
        "mobilisation/actions.html",
        {"form": form, "sought": sought, "page": page, "map": map_view, "may_create": may_create},
    )


@require_safe
def action(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """One action: its shifts for everybody, its cards for members, its teams for those who manage it."""
    return _action_page(request, action_id)


def _action_page(request: HttpRequest, action_id: UUID) -> HttpResponse:
    person_id = _person_id(request)
    row = access.access_action_by_id(person_id=person_id, action_id=action_id)
    page = pages.action_page(action=row, person_id=person_id, at=now())
    structured = as_data(agendas.structured(action=row, at=now()))
    context = {"page": page, "card": page.card, "structured": structured}
    return render(request, "mobilisation/action.html", context)


@require_safe
def action_calendar(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """The action's shifts for a calendar program."""
    row = access.access_action_by_id(person_id=_person_id(request), action_id=action_id)
    return _calendar(calendars.action_calendar(action_id=row.pk), name="action.ics")


@require_safe
@limited(scope="agenda", limit=120, window_s=60, methods=("GET",))
def person_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A person's own sign-ups, for whoever holds the secret address; in the person's language."""
    person = people.person_by_calendar_token(token=token)
    with translation.override(person.language):
        body = calendars.person_calendar(person_id=person.id, at=now())
    response = _calendar(body, name="agenda.ics")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _calendar(body: bytes, *, name: str) -> HttpResponse:
    return HttpResponse(
        body,
        content_type=calendars.CONTENT_TYPE,
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


# One's own ----------------------------------------------------------------------------------------
@require_safe
@login_required
def my_actions(request: HttpRequest) -> HttpResponse:
    """One's own places, and the secret address of one's calendar."""
    agenda = pages.my_agenda(person_id=_signed_in_id(request), at=now())
    token = request.user.calendar_token if request.user.is_authenticated else ""
    feed = settings.PUBLIC_URL + reverse("mobilisation:person_calendar", args=[token])
    asked = holding.invitations(person_id=_signed_in_id(request), at=now())
    context = {"agenda": agenda, "feed": feed, "asked": asked}
    return render(request, "mobilisation/my_actions.html", context)


@require_POST
@limited(scope="agenda-renew", limit=10, window_s=3600)
@login_required
def renew_calendar(request: HttpRequest) -> HttpResponse:
    """A new secret address; the old one leads nowhere from now on."""
    people.renew_calendar_token(person_id=_signed_in_id(request))
    messages.success(request, _("Here is your new address. The old one no longer works."))
    return redirect(f"{reverse('mobilisation:my_actions')}#agenda")


# For those who hold actions ------------------------------------------------------------------------
@read_or_write
@leaders_pace
@login_required
def new_action(request: HttpRequest) -> HttpResponse:
    """A new action with its first shifts."""
    person_id, at = _signed_in_id(request), now()
    offered = choices.form_choices(person_id=person_id)
    if not offered.groups:
        raise NotFound
    group = place_maps.group_asked(offered=offered, text=request.GET.get("groupe", "")[:40])
    asked_for_more = "more" in request.POST
    asked_for_places = "places" in request.POST
    first = _first_values(group or offered.groups[0], request.GET.get("genre", ""), chosen=group is not None)
    form, shifts = (
        _sent_forms(request, offered, at) if request.method == "POST" else _new_forms(offered, at, first)
    )
    if asked_for_more or asked_for_places:
        form, shifts = _drawn_again(form, shifts, offered, at, more=asked_for_more)
    elif form.is_bound and form.is_valid() and shifts.is_valid():
        action_id = lead.create_action(
            by_id=person_id,
            group_id=form.cleaned_data["group"],
            draft=form.draft,
            shifts=[replace(shift.draft, rules=form.rules) for shift in shifts if shift.has_changed()],
            leads=form.cleaned_data["leads"],
            at=at,
        )
        messages.success(request, _("The action is published."))
        return redirect("mobilisation:action", action_id=action_id)
    drawn = place_maps.place_map(
        territory_id=(group or offered.groups[0]).territory_id, at=form.position_shown, offered=offered
    )
    context = {"form": form, "shifts": shifts, "map": drawn}
    return render(request, "mobilisation/new_action.html", context)


def _first_values(group: GroupCard, kind: str, *, chosen: bool) -> dict[str, str]:
    """What is filled in for whoever comes from the page of a group or of a canvass."""
    values = {"kind": kind} if kind in set(Kind) else {}
    if chosen:
        values["group"] = str(group.id)
        if group.kind == "local":
            values["commune_text"] = group.territory_name
    return values


def _new_forms(
    offered: FormChoices, at: datetime, first: dict[str, str]
) -> tuple[ActionForm, BaseFormSet[ShiftForm]]:
    return ActionForm(choices=offered, initial=first), ShiftFormSet(form_kwargs={"at": at})


def _sent_forms(
    request: HttpRequest, offered: FormChoices, at: datetime
) -> tuple[ActionForm, BaseFormSet[ShiftForm]]:
    form = ActionForm(request.POST, choices=offered)
    return form, ShiftFormSet(request.POST, form_kwargs={"at": at, "zone": form.zone})


def _drawn_again(
    form: ActionForm, shifts: BaseFormSet[ShiftForm], offered: FormChoices, at: datetime, *, more: bool
) -> tuple[ActionForm, BaseFormSet[ShiftForm]]:
    """The same forms without judgement yet; ``more``: a line more for a shift at the same hours."""
    lines = [as_typed(shift) for shift in shifts]
    again = [*lines, {**lines[-1], "day": None}] if lines and more else lines
    return (
        ActionForm(choices=offered, initial=as_typed(form)),
        ShiftFormSet(initial=again, form_kwargs={"at": at}),
    )


@read_or_write
@leaders_pace
@login_required
def edit_action(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """What the action says."""
    person_id = _signed_in_id(request)
    access.access_managed_action_by_id(person_id=person_id, action_id=action_id)
    card, commune_label = pages.card_to_edit(action_id=action_id)
    offered = choices.form_choices(person_id=person_id)
    form = ActionForm(request.POST or None, choices=offered, card=card, commune_label=commune_label)
    if form.is_bound and form.is_valid():
        verb = partial(lead.edit_action, by_id=person_id, action_id=action_id, draft=form.draft, at=now())
        return _done(request, verb, action_id, said=_("The action is changed."))
    drawn = place_maps.place_map(territory_id=card.commune_id, at=form.position_shown, offered=offered)
    return render(request, "mobilisation/edit_action.html", {"form": form, "card": card, "map": drawn})


@read_or_write
@leaders_pace
@login_required
def cancel_action(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Asks once more, then calls the action off and tells everyone who would have come."""
    person_id = _signed_in_id(request)
    access.access_held_action_by_id(person_id=person_id, action_id=action_id)
    if request.method != "POST":
        card = cards.action_card(action_id=action_id)
        return render(request, "mobilisation/cancel_action.html", {"card": card})
    verb = partial(lead.cancel_action, by_id=person_id, action_id=action_id, at=now())
    return _done(request, verb, action_id, said=_("The action is cancelled and its volunteers are told."))


@read_or_write
@leaders_pace
@login_required
def add_shift(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """One more shift."""
    person_id = _signed_in_id(request)
    access.access_managed_action_by_id(person_id=person_id, action_id=action_id)
    card = cards.action_card(action_id=action_id)
    form = ShiftForm(request.POST or None, at=now(), zone=card.zone)
    if form.is_bound and form.is_valid():
        verb = partial(lead.add_shift, by_id=person_id, action_id=action_id, shift=form.draft, at=now())
        return _done(request, verb, action_id, said=_("The shift is added."))
    return render(request, "mobilisation/add_shift.html", {"form": form, "card": card})


@read_or_write
@leaders_pace
@login_required
def change_shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Other hours, other numbers."""
    person_id = _signed_in_id(request)
    row = access.access_managed_shift_by_id(person_id=person_id, shift_id=shift_id)
    shift = cards.shift_card(row)
    form = ShiftForm(request.POST or None, at=now(), card=shift)
    if form.is_bound and form.is_valid():
        verb = partial(lead.change_shift, by_id=person_id, shift_id=shift_id, shift=form.draft, at=now())
        return _done(request, verb, shift.action_id, said=_("The shift is changed."))
    return render(request, "mobilisation/change_shift.html", {"form": form, "shift": shift})


@require_POST
@leaders_pace
@login_required
def remove_shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Deletes a shift that nobody is signed up to."""
    person_id = _signed_in_id(request)
    row = access.access_managed_shift_by_id(person_id=person_id, shift_id=shift_id)
    verb = partial(lead.remove_shift, by_id=person_id, shift_id=shift_id, at=now())
    return _done(request, verb, row.action_id, said=_("The shift is removed."))


@read_or_write
@leaders_pace
@login_required
def cancel_shift(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Asks once more, then calls one shift off and tells its team."""
    person_id = _signed_in_id(request)
    row = access.access_managed_shift_by_id(person_id=person_id, shift_id=shift_id)
    if request.method != "POST":
        return render(request, "mobilisation/cancel_shift.html", {"shift": cards.shift_card(row)})
    verb = partial(lead.cancel_shift, by_id=person_id, shift_id=shift_id, at=now())
    return _done(request, verb, row.action_id, said=_("The shift is cancelled and its team is told."))


def _done(request: HttpRequest, verb: Callable[[], object], action_id: UUID, *, said: str) -> HttpResponse:
    """Does it, and says on the action's page that it is done, or why it is not."""
    try:
        verb()
        messages.success(request, said)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("mobilisation:action", action_id=action_id)
