"""Pages of a lease: until when, its list number, and sharing a turf that a team holds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field import actions
from amiral.rooms.field.access import access_turf_by_number
from amiral.rooms.field.contracts import TEAM_MOST
from amiral.rooms.field.queries import pages
from amiral.rooms.field.web import drawing
from amiral.rooms.field.web.forms import shift_label


class LeaseForm(forms.Form):
    """Until when a team keeps its turf; hours are those of the campaign's clock."""

    day = forms.DateField(
        label=gettext_lazy("Until which day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    hour = forms.TimeField(
        label=gettext_lazy("At what time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    @classmethod
    def of(cls, until: datetime) -> "LeaseForm":
        """With the present end filled in."""
        local = localtime(until)
        return cls(initial={"day": local.date(), "hour": local.time().replace(second=0, microsecond=0)})

    @property
    def until(self) -> datetime:
        """The moment that was chosen, in UTC."""
        naive = datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"])
        return naive.replace(tzinfo=get_default_timezone()).astimezone(UTC)


class ShareForm(forms.Form):
    """Who stays, who goes on elsewhere, and which doors those take."""

    NOBODY = ""

    to = forms.TypedChoiceField(
        label=gettext_lazy("Who takes the other part?"),
        coerce=UUID,
        empty_value=None,
        required=False,
    )
    staying = forms.IntegerField(
        label=gettext_lazy("How many people stay on this turf"), min_value=1, max_value=TEAM_MOST
    )
    leaving = forms.IntegerField(
        label=gettext_lazy("How many people for the other part"),
        help_text=gettext_lazy("The end of the walk is cut off in this proportion."),
        min_value=1,
        max_value=TEAM_MOST,
    )
    doors = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Or choose the doors of the other part yourself"),
        coerce=lambda value: UUID(str(value)),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None, *, page: pages.TurfPage) -> None:
        size = page.line.team_size
        super().__init__(data, initial={"staying": max(1, size - size // 2), "leaving": max(1, size // 2)})
        own = page.lease.shift_id if page.lease else None
        to, doors = self.fields["to"], self.fields["doors"]
        assert isinstance(to, forms.ChoiceField)
        assert isinstance(doors, forms.ChoiceField)
        to.choices = [
            (self.NOBODY, _("Nobody yet: that part is free again")),
            *(
                (str(shift.id), _("The same team, on a second list"))
                for shift in page.shifts
                if shift.id == own
            ),
            *((str(shift.id), shift_label(shift)) for shift in page.shifts if shift.id != own),
        ]
        doors.choices = [
            (str(door.id), f"{door.position}. {door.label}") for door in page.doors if not door.state
        ]


@require_POST
@login_required
@limited(scope="assign-turf", limit=120, window_s=600)
def change_lease(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Another end of the lease."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    form = LeaseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give a day and a time, for instance 14 March and 18:30."))
        return redirect("field:turf", canvass_id, number)
    try:
        actions.change_lease(by_id=me(request), turf_id=row.pk, until=form.until, at=now())
        messages.success(request, _("The team keeps the turf until then."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("field:turf", canvass_id, number)


@require_POST
@login_required
@limited(scope="assign-turf", limit=120, window_s=600)
def renew_number(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Another list number, when the old one got into wrong hands."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    actions.renew_number(by_id=me(request), turf_id=row.pk, at=now())
    messages.success(
        request,
        _(
            "The list has a new number; the old one opens nothing any more."
            " Printed lists still show the old one."
            " Phones that came in by it stay in: revoke those that you do not know."
        ),
    )
    return redirect("field:turf", canvass_id, number)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="edit-plan", limit=240, window_s=600)
def share(request: HttpRequest, canvass_id: UUID, number: int) -> HttpResponse:
    """Gives part of what is still to be done to others, while the rest stays in hand."""
    row = access_turf_by_number(person_id=me(request), canvass_id=canvass_id, number=number)
    moment = now()
    actions.end_leases(at=moment, canvass_id=canvass_id)
    page = pages.turf_page(turf=row, person_id=me(request), at=moment)
    if page.lease is None or page.is_rounds:
        raise NotFound
    form = ShareForm(request.POST if request.method == "POST" else None, page=page)
    if form.is_valid():
        try:
            return _shared(request, canvass_id, row.pk, form.cleaned_data, moment)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"page": page, "form": form, "map": drawing.turf_map(page)}
    return render(request, "field/share_turf.html", context)


def _shared(
    request: HttpRequest, canvass_id: UUID, turf_id: UUID, values: dict[str, Any], at: datetime
) -> HttpResponse:
    made = actions.share_turf(
        by_id=me(request),
        turf_id=turf_id,
        staying=values["staying"],
        leaving=values["leaving"],
        doors=values["doors"],
        shift_id=values["to"],
        at=at,
    )
    messages.success(
        request,
        _("Turf %(number)d is made of the other part. Visits that the first team still sends there count.")
        % {"number": made.number},
    )
    return redirect("field:turf", canvass_id, made.number)
