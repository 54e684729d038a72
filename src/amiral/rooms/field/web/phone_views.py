"""Phones of teams: the leader's table, one's own, and a phone that was lost."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import access_phone_by_id, access_phones_of_action
from amiral.rooms.field.actions import enrolling
from amiral.rooms.field.queries import phones


@require_safe
@login_required
def team_phones(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """The phones of an action's teams."""
    found = phones.phones_page(action_id=access_phones_of_action(person_id=me(request), action_id=action_id))
    return render(request, "field/phones.html", {"page": found, "teams": found.teams})


@require_safe
@login_required
def my_phones(request: HttpRequest) -> HttpResponse:
    """The person's own phones."""
    return render(request, "field/my_phones.html", {"teams": phones.own_phones(person_id=me(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@limited(scope="revoke-phone", limit=60, window_s=600)
def revoke_phone(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What revoking does, then doing it."""
    device = access_phone_by_id(person_id=me(request), device_id=device_id)
    line, shift = phones.phone(device=device)
    is_own = device.person_id == me(request)
    if request.method == "POST":
        enrolling.revoke_phone(by_id=me(request), device_id=device_id, at=now())
        messages.success(
            request,
            _("Phone %(number)d is revoked. What it still sends waits until somebody has looked at it.")
            % {"number": line.number},
        )
        if is_own or shift is None:
            return redirect("field:my_phones")
        return redirect("field:phones", shift.action_id)
    context = {"phone": line, "shift": shift, "is_own": is_own}
    return render(request, "field/revoke_phone.html", context)
