"""Pages of this room: access, one query or verb, a template."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation import access, actions, queries
from amiral.rooms.moderation.contracts import ReportState
from amiral.rooms.moderation.web.forms import DecisionForm


def member(request: HttpRequest) -> UUID:
    """The person who is signed in, behind ``login_required``."""
    person_id: UUID | None = request.user.pk
    assert person_id is not None
    return person_id


@login_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, or what was decided."""
    decided = request.GET.get("decided") == "1"
    page = queries.reports(
        person_id=member(request), only_open=not decided, page_number=request.GET.get("page", "1")
    )
    return render(request, "moderation/reports.html", {"page": page, "decided": decided})


@login_required
@limited(scope="moderation-decide", limit=120, window_s=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One report, and its decision."""
    found = access.access_report_by_id(person_id=member(request), report_id=report_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _decided(request, report_id, form):
        return redirect("moderation:reports")
    context = {
        "report": queries.report_view(report=found),
        "may_decide": access.may_decide(person_id=member(request), report=found),
        "form": form,
    }
    return render(request, "moderation/report.html", context)


def _decided(request: HttpRequest, report_id: UUID, form: DecisionForm) -> bool:
    try:
        actions.decide(
            by_id=member(request),
            report_id=report_id,
            state=ReportState(form.cleaned_data["state"]),
            reason=form.cleaned_data["reason"],
            at=now(),
        )
    except Refused as refusal:  # a report decided meanwhile has no form on its page
        messages.error(request, str(refusal))
        return False
    messages.success(request, _("Decided. The author and the person who reported get a message."))
    return True
