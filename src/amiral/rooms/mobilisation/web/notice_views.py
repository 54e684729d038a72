"""Reporting an action to the moderators."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.access import access_action_by_id
from amiral.rooms.mobilisation.actions import moderating
from amiral.rooms.mobilisation.queries.cards import action_card
from amiral.rooms.mobilisation.web.notice_forms import NoticeForm
from amiral.rooms.moderation.contracts import Grounds


@login_required
@limited(scope="actions-notice", limit=20, window_s=3600)
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Asks the moderators to look at an action."""
    if not request.user.is_authenticated:
        raise NotFound
    found = access_action_by_id(person_id=request.user.pk, action_id=action_id)
    form = NoticeForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _sent(request.user.pk, found.pk, form):
        messages.success(request, _("Thank you. A moderator will look at it, and you will get a message."))
        return redirect("mobilisation:action", action_id=found.pk)
    context = {"form": form, "card": action_card(action_id=found.pk)}
    return render(request, "mobilisation/notice.html", context)


def _sent(person_id: UUID, action_id: UUID, form: NoticeForm) -> bool:
    try:
        moderating.report(
            by_id=person_id,
            action_id=action_id,
            grounds=Grounds(form.cleaned_data["grounds"]),
            explanation=form.cleaned_data["explanation"],
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True
