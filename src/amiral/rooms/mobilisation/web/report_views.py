"""The report of an action: read, filed, with photographs; thanks to its team."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.access import access_managed_action_by_id
from amiral.rooms.mobilisation.actions import reporting
from amiral.rooms.mobilisation.contracts import REPORTED, ReportDraft
from amiral.rooms.mobilisation.queries import reports
from amiral.rooms.mobilisation.queries.cards import action_card
from amiral.rooms.mobilisation.web.report_forms import ReportForm, ThanksForm

pace = limited(scope="actions-report", limit=30, window_s=600)


def _me(request: HttpRequest) -> UUID:
    if not request.user.is_authenticated:
        raise NotFound
    return request.user.pk


@require_http_methods(["GET", "HEAD", "POST"])
@pace
@login_required
def report(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Read by whoever was concerned; written by whoever manages the action."""
    me = _me(request)
    manages = reports.access_report(person_id=me, action_id=action_id)
    if request.method == "POST" and not manages:
        raise NotFound
    page = reports.report_page(action_id=action_id, manages=manages, at=now())
    form = ReportForm(
        request.POST or None, request.FILES or None, initial=page.numbers | {"words": page.words}
    )
    if manages and request.method == "POST" and form.is_valid() and _filed(request, action_id, form):
        messages.success(request, _("The report is filed. Thank you."))
        return redirect("mobilisation:report", action_id=action_id)
    context = {
        "page": page,
        "card": action_card(action_id=action_id),
        "figures": [
            (form.fields[name].label, page.numbers[name]) for name in REPORTED if name in page.numbers
        ],
        "form": form,
        "thanks": ThanksForm(),
    }
    return render(request, "mobilisation/report.html", context, status=422 if form.errors else 200)


def _filed(request: HttpRequest, action_id: UUID, form: ReportForm) -> bool:
    values = form.cleaned_data
    draft = ReportDraft(
        numbers={name: values[name] for name in REPORTED},
        words=values["words"],
        pictures=[(photo.read(), values["seen"]) for photo in values["photos"]],
    )
    try:
        reporting.file_report(by_id=_me(request), action_id=action_id, draft=draft, at=now())
    except (reporting.NotAPicture, reporting.TooManyPictures) as refusal:
        form.add_error("photos", str(refusal))
    except Refused as refusal:
        form.add_error(None, str(refusal))
    else:
        return True
    return False


@require_POST
@pace
@login_required
def thank(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """One letter to each who came."""
    me = _me(request)
    access_managed_action_by_id(person_id=me, action_id=action_id)
    words = request.POST.get("words", "")[:1000]
    try:
        told = reporting.thank_team(by_id=me, action_id=action_id, words=words, at=now())
        done = ngettext("%(count)d person is thanked.", "%(count)d people are thanked.", told)
        messages.success(request, done % {"count": told})
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("mobilisation:report", action_id=action_id)


@require_POST
@pace
@login_required
def remove_picture(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """Takes a photograph away for good."""
    action_id = reporting.remove_picture(by_id=_me(request), picture_id=picture_id)
    messages.success(request, _("The photo is gone."))
    return redirect("mobilisation:report", action_id=action_id)


@require_safe
@login_required
def picture(request: HttpRequest, picture_id: UUID) -> HttpResponse:
    """A photograph, for whoever may read its report."""
    content = reports.picture(person_id=_me(request), picture_id=picture_id)
    headers = {"Cache-Control": "private, max-age=3600", "X-Robots-Tag": "noindex"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
