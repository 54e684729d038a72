"""Reporting a card to the moderators."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from amiral.kit.ratelimit import limited
from amiral.rooms.moderation.contracts import Grounds
from amiral.rooms.talking_points import access, actions, queries
from amiral.rooms.talking_points.web.notice_forms import NoticeForm
from amiral.rooms.talking_points.web.views import HOUR_S, done, language, member, show_or_send, today


@login_required
@limited(scope="talking-points-report", limit=20, window_s=HOUR_S)
@show_or_send
def report(request: HttpRequest, point_id: UUID) -> HttpResponse:
    """Asks the moderators to look at what a card says."""
    found, _manages = access.access_point_by_id(person_id=member(request), point_id=point_id)
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _send(request, found.pk, form)):
        messages.success(request, _("Thank you. A moderator will look at it, and you will get a message."))
        return redirect("talking_points:point", point_id=found.pk)
    page = queries.point_page(point=found, language=language(), day=today(), with_drafts=False)
    return render(request, "talking_points/report.html", {"form": form, "page": page})


def _send(request: HttpRequest, point_id: UUID, form: NoticeForm) -> None:
    actions.report(
        by_id=member(request),
        point_id=point_id,
        grounds=Grounds(form.cleaned_data["grounds"]),
        explanation=form.cleaned_data["explanation"],
    )
