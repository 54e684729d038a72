"""The page that plans again while turfs are in use."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.field import actions
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.contracts import MINUTES_LEAST, MINUTES_MOST
from amiral.rooms.field.queries import replanning
from amiral.rooms.people.contracts import Feature

MORE_AT_MOST = 20
REFRESH_S = "3"


class ReplanForm(forms.Form):
    """How long a turf lasts from now on, and how many turfs to add."""

    minutes = forms.IntegerField(
        label=_("Minutes per turf"),
        help_text=_("Left as it is, few turfs change. Other minutes cut everything anew that no team holds."),
        min_value=MINUTES_LEAST,
        max_value=MINUTES_MOST,
    )
    more = forms.IntegerField(
        label=_("Turfs to add"),
        help_text=_("For one team more than there are turfs: each takes its doors from a few neighbours."),
        min_value=0,
        max_value=MORE_AT_MOST,
        initial=0,
        required=False,
    )

    def clean_more(self) -> int:
        return int(self.cleaned_data["more"] or 0)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="plan-canvass", limit=20, window_s=600)
def replan(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """What stays and what would change; starts the run; what the last one changed."""
    person_id = request.user.pk
    assert isinstance(person_id, UUID)
    row = access_canvass_by_id(person_id=person_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    form = ReplanForm(request.POST or None, initial={"minutes": row.minutes})
    if form.is_valid():
        return _started(request, person_id, canvass_id, form.cleaned_data)
    try:
        material = actions.preview_replanning(by_id=person_id, canvass_id=canvass_id, at=now())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("field:canvass", canvass_id)
    page = replanning.replan_page(canvass=row, before=material.before)
    mine = page.run is not None and page.run.started_by_id == person_id
    response = render(request, "field/replan.html", {"page": page, "form": form, "run_is_mine": mine})
    if page.is_planning:
        response["Refresh"] = REFRESH_S
    return response


def _started(request: HttpRequest, person_id: UUID, canvass_id: UUID, values: dict[str, Any]) -> HttpResponse:
    try:
        actions.start_replanning(by_id=person_id, canvass_id=canvass_id, **values)
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("field:replan", canvass_id)
