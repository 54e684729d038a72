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
from amiral.rooms.moderation.actions.stating import proposed
from amiral.rooms.moderation.contracts import Grounds, ReportState
from amiral.rooms.moderation.models import Appeal, Report
from amiral.rooms.moderation.queries.authorities import authorities_for
from amiral.rooms.moderation.web.forms import AppealDecisionForm, AppealForm, DecisionForm, OpeningForm


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
    actions.look(report=found, by_id=member(request), at=now())
    form = DecisionForm(
        request.POST or None, proposed=proposed(report=found), has_author=found.subject_author_id is not None
    )
    if form.is_valid() and _decided(request, found, form):
        return redirect("moderation:reports")
    context = {
        "report": queries.report_view(report=found),
        "statement": queries.statement_view(report=found),
        "appeals": queries.decided_appeals(report=found),
        "may_decide": access.may_decide(person_id=member(request), report=found),
        "seal": queries.seal_of_report(report=found, person_id=member(request), at=now()),
        "opening_form": OpeningForm(),
        "authorities": authorities_for(Grounds(found.grounds)),
        "form": form,
    }
    return render(request, "moderation/report.html", context)


def _decided(request: HttpRequest, report: Report, form: DecisionForm) -> bool:
    try:
        actions.decide(
            by_id=member(request),
            report_id=report.pk,
            state=ReportState(form.cleaned_data["state"]),
            reason=form.cleaned_data["reason"],
            at=now(),
            statement=form.statement(reason=form.cleaned_data["reason"]),
        )
    except Refused as refusal:  # a report decided meanwhile has no form on its page
        messages.error(request, str(refusal))
        return False
    messages.success(request, _told(report))
    return True


def _told(report: Report) -> str:
    """Who gets a letter: nobody behind the words of a voice, of another network or of who was erased does."""
    if report.subject_author_id:
        return _("Decided. The author and the person who reported get a message.")
    return _(
        "Decided. The person who reported gets a message. The author cannot be written to: no account stands "
        "behind these words."
    )


@login_required
@limited(scope="moderation-appeal", limit=20, window_s=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Who lost asks another moderator; later, what became of it."""
    found = access.access_decision_to_appeal_by_id(person_id=member(request), report_id=report_id)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _appealed(request, report_id, form):
        return redirect("moderation:appeal", report_id=report_id)
    context = {
        "report": queries.report_view(report=found),
        "own": queries.own_appeal(report=found, person_id=member(request)),
        "form": form,
    }
    return render(request, "moderation/appeal.html", context)


def _appealed(request: HttpRequest, report_id: UUID, form: AppealForm) -> bool:
    try:
        actions.appeal(by_id=member(request), report_id=report_id, words=form.cleaned_data["words"], at=now())
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, _("Another moderator will look at it, and you will get a message."))
    return True


@login_required
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """The appeals that wait for this moderator."""
    page = queries.appeals(person_id=member(request), page_number=request.GET.get("page", "1"))
    return render(request, "moderation/appeals.html", {"page": page})


@login_required
@limited(scope="moderation-decide", limit=120, window_s=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def decide_appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """One appeal, and its decision by somebody else than before."""
    found = access.access_appeal_by_id(person_id=member(request), appeal_id=appeal_id)
    was_hidden = found.report.state == ReportState.UPHELD
    form = AppealDecisionForm(
        request.POST or None, proposed=proposed(report=found.report), was_hidden=was_hidden
    )
    if form.is_valid() and _appeal_decided(request, found, form):
        return redirect("moderation:appeals")
    words = actions.open_for_appeal(by_id=member(request), appeal=found, at=now())
    context = {"appeal": queries.appeal_view(appeal=found), "form": form, "words": words}
    return render(request, "moderation/decide_appeal.html", context)


def _appeal_decided(request: HttpRequest, appeal: Appeal, form: AppealDecisionForm) -> bool:
    try:
        actions.decide_appeal(
            by_id=member(request),
            appeal_id=appeal.pk,
            granted=form.cleaned_data["outcome"] == "granted",
            reason=form.cleaned_data["reason"],
            at=now(),
            statement=form.statement(reason=form.cleaned_data["reason"]),
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(
        request,
        _("Decided. The person who appealed gets a message.")
        if appeal.appellant_id
        else _("Decided. Who appealed has no account, and reads it where the words were written."),
    )
    return True
