"""What waits in the field log for those who manage the field: quarantine, conflicts, what is on phones."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import access_canvass_by_id
from amiral.rooms.field.actions import deciding as verbs
from amiral.rooms.field.queries import deciding
from amiral.rooms.people.contracts import Feature


@require_safe
@login_required
def field_log(request: HttpRequest, canvass_id: UUID) -> HttpResponse:
    """What waits for a decision, and what is still on phones."""
    row = access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    page = deciding.log_page(canvass=row, number=request.GET.get("page", 1))
    return render(request, "field/field_log.html", {"page": page})


@require_POST
@login_required
@limited(scope="decide-event", limit=300, window_s=600)
def decide(request: HttpRequest, canvass_id: UUID, event_id: UUID) -> HttpResponse:
    """An event in quarantine counts, or is set aside."""
    asked: dict[str, Any] = {"by_id": me(request), "canvass_id": canvass_id, "event_id": event_id}
    try:
        if request.POST.get("decision") == "compter":
            verbs.accept(**asked, at=now())
            messages.success(request, _("It counts from now on."))
        elif request.POST.get("decision") == "ecarter":
            verbs.dismiss(**asked)
            messages.success(request, _("It is set aside: kept, and never counted."))
        else:
            access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
            messages.error(request, _("Nothing was decided: use one of the two buttons."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("field:field_log", canvass_id)


@require_POST
@login_required
@limited(scope="decide-event", limit=300, window_s=600)
def settle(request: HttpRequest, canvass_id: UUID, conflict_id: UUID) -> HttpResponse:
    """Which of two contents stands."""
    access_canvass_by_id(person_id=me(request), canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    stands = request.POST.get("reste")
    if stands not in {"premier", "autre"}:
        messages.error(request, _("Nothing was decided: use one of the two buttons."))
        return redirect("field:field_log", canvass_id)
    try:
        verbs.settle(
            by_id=me(request),
            canvass_id=canvass_id,
            conflict_id=conflict_id,
            other_stands=stands == "autre",
            at=now(),
        )
        messages.success(request, _("It is decided; both stay in the log."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("field:field_log", canvass_id)
