"""Originals under seal: asking, confirming, destroying before the day; and the pack of evidence."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation import access, actions
from amiral.rooms.moderation.actions.packing import packed
from amiral.rooms.moderation.contracts import ScrubGround
from amiral.rooms.moderation.web.forms import OpeningForm, ScrubForm
from amiral.rooms.moderation.web.views import member


@login_required
@require_POST
@limited(scope="moderation-seal", limit=30, window_s=3600)
def ask(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The first of two administrators asks."""
    access.access_seals_of_a_report(person_id=member(request), report_id=report_id)
    form = OpeningForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        actions.ask_to_open(by_id=member(request), report_id=report_id, reason=reason, at=now())
        messages.success(request, _("Another administrator must confirm within a day."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("moderation:report", report_id=report_id)


@login_required
@require_POST
@limited(scope="moderation-seal", limit=30, window_s=3600)
def confirm(request: HttpRequest, opening_id: UUID) -> HttpResponse:
    """The second one agrees."""
    try:
        actions.confirm_opening(by_id=member(request), opening_id=opening_id, at=now())
        messages.success(request, _("Both of you can read the original for a day."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    report_id = request.POST.get("report", "")
    return redirect("moderation:report", report_id=report_id) if _is_id(report_id) else redirect("/")


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(scope="moderation-seal", limit=30, window_s=3600)
def scrub(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Destroys an original before its day: a decision of its own."""
    access.access_seals_of_a_report(person_id=member(request), report_id=report_id)
    form = ScrubForm(request.POST or None)
    if form.is_valid() and _scrubbed(request, report_id, form):
        return redirect("moderation:log")
    return render(request, "moderation/scrub.html", {"form": form, "report_id": report_id})


def _scrubbed(request: HttpRequest, report_id: UUID, form: ScrubForm) -> bool:
    ground = ScrubGround(form.cleaned_data["ground"])
    try:
        actions.scrub(by_id=member(request), report_id=report_id, ground=ground, at=now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("The original is destroyed; the public log says so."))
    return True


@login_required
@require_POST
@limited(scope="moderation-pack", limit=30, window_s=3600)
def pack(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The evidence of a case as one file; written down."""
    report = access.access_report_by_id(person_id=member(request), report_id=report_id)
    content = packed(report=report, by_id=member(request), at=now())
    headers = {"Content-Disposition": f'attachment; filename="preuves-{report.pk}.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)
