"""The page where a team says how many dwellings an address holds."""

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.actions.homes import MOST_DWELLINGS, count_dwellings
from amiral.rooms.field.queries import walking


class DwellingsForm(forms.Form):
    """One number."""

    dwellings = forms.IntegerField(
        label=_("Dwellings at this address"),
        help_text=_("Count the letter boxes or the bells. No name is kept."),
        min_value=1,
        max_value=MOST_DWELLINGS,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="visit", limit=240, window_s=60)
def dwellings(request: HttpRequest, assignment_id: UUID, door_id: UUID) -> HttpResponse:
    """The count of one door, then back to it."""
    moment, me = now(), UUID(str(request.user.pk))
    row = access_assignment_by_id(person_id=me, assignment_id=assignment_id, at=moment)
    walk = walking.walk_list(assignment=row, at=moment)
    door = next((one for one in walk.doors if one.id == door_id and one.leg is None), None)
    if door is None:
        raise NotFound
    initial = {"dwellings": door.dwellings or None}
    form = DwellingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        count_dwellings(
            by_id=me,
            assignment_id=assignment_id,
            door_id=door_id,
            dwellings=form.cleaned_data["dwellings"],
            at=moment,
        )
        return redirect(f"{walk.url}#{door.anchor}")
    status = 422 if form.is_bound else 200
    return render(request, "field/dwellings.html", {"walk": walk, "door": door, "form": form}, status=status)
