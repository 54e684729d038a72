"""The page of the sample drawn by lot, and the two gestures of whoever manages."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import Phase
from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import lots as verbs
from amiral.rooms.debate.contracts import Identity
from amiral.rooms.debate.queries import lots
from amiral.rooms.debate.web.common import HOUR_S, done, person_of, sent_from, signed_in
from amiral.rooms.debate.web.forms import LotForm, LotResultForm


@require_safe
def lot(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """How the sample is drawn, with all that it takes to check it."""
    return _page(request, consultation_id, LotForm())


def _page(
    request: HttpRequest, consultation_id: UUID, form: LotForm, result_form: LotResultForm | None = None
) -> HttpResponse:
    found, manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    context = {
        "consultation": found,
        "lot": lots.lot_of(consultation_id=found.pk),
        "by_name": found.identity in (Identity.MEMBER, Identity.PHONE),
        "may_act": manages and found.phase in verbs.OPEN,
        "form": form,
        "is_draft": manages and found.phase == Phase.DRAFT,
        "result_form": result_form or LotResultForm(),
    }
    return render(request, "debate/lot.html", context)


@sent_from("lot")
@login_required
@limited(scope="debate-lot", limit=20, window_s=HOUR_S)
@require_POST
def announce_lot(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Says how many will be drawn, and by which public draw."""
    person_id = signed_in(request)
    access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    form = LotForm(request.POST)
    if done(
        form,
        lambda: verbs.announce(
            by_id=person_id, consultation_id=consultation_id, at=now(), **form.cleaned_data
        ),
    ):
        return redirect("debate:lot", consultation_id)
    return _page(request, consultation_id, form)


@sent_from("lot")
@login_required
@limited(scope="debate-lot", limit=20, window_s=HOUR_S)
@require_POST
def draw_lot(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Draws by the result of that draw; letters follow."""
    person_id = signed_in(request)
    access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    form = LotResultForm(request.POST)
    if not done(
        form,
        lambda: verbs.draw(by_id=person_id, consultation_id=consultation_id, at=now(), **form.cleaned_data),
    ):
        return _page(request, consultation_id, LotForm(), form)
    messages.success(
        request,
        _("The sample is drawn. Letters leave one after the other, as consents and quiet hours allow."),
    )
    return redirect("debate:lot", consultation_id)
