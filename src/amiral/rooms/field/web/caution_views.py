"""Pages about what to mind at addresses, and whether a canvass only counts."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import access_assignment_by_id, access_canvass_by_id
from amiral.rooms.field.actions import cautions as verbs
from amiral.rooms.field.actions import settings
from amiral.rooms.field.contracts import CautionCode
from amiral.rooms.field.queries import cautions as queries
from amiral.rooms.field.queries import walking
from amiral.rooms.field.web.safety_forms import CautionForm
from amiral.rooms.people.contracts import Feature


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="caution", limit=30, window_s=600)
def caution(request: HttpRequest, assignment_id: UUID, door_id: UUID) -> HttpResponse:
    """Flags the address of a door; then back to it."""
    moment = now()
    row = access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=moment)
    walk = walking.walk_list(assignment=row, at=moment)
    door = next((one for one in walk.doors if one.id == door_id and one.leg is None), None)
    if door is None:
        raise NotFound
    form = CautionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        shown = verbs.report_caution(
            by_id=me(request),
            assignment_id=assignment_id,
            door_id=door_id,
            code=CautionCode(form.cleaned_data["code"]),
            months=form.cleaned_data["months"],
            at=moment,
        )
        words = _("Noted: every team sees it from now on.")
        messages.success(request, words if shown else _("Noted: your leader is asked to confirm it."))
        return redirect(f"{walk.url}#{door.anchor}")
    status = 422 if form.is_bound else 200
    return render(request, "field/caution.html", {"walk": walk, "door": door, "form": form}, status=status)


@require_safe
@login_required
def cautions(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """What is to be minded at the addresses of a canvass, and what its teams report."""
    row = access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    lines = queries.caution_lines(canvass=row, at=now())
    return render(request, "field/cautions.html", {"canvass": row, "lines": lines})


@require_POST
@login_required
@limited(scope="caution", limit=120, window_s=600)
def decide_caution(request: HttpRequest, canvass_id: UUID, caution_id: UUID) -> HttpResponse:
    """Confirms or lifts one."""
    what = request.POST.get("what")
    if what == "confirm":
        verbs.confirm_caution(by_id=me(request), canvass_id=canvass_id, caution_id=caution_id, at=now())
    elif what == "lift":
        verbs.lift_caution(by_id=me(request), canvass_id=canvass_id, caution_id=caution_id)
    else:
        raise NotFound
    return redirect("field:cautions", canvass_id)


@require_POST
@login_required
@limited(scope="counts-only", limit=30, window_s=600)
def counts_only(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """Whether the teams of a canvass only count."""
    if request.POST.get("only") not in {"0", "1"}:
        raise NotFound
    only = request.POST["only"] == "1"
    settings.set_counts_only(by_id=me(request), canvass_id=canvass_id, counts_only=only)
    return redirect("field:cautions", canvass_id)
