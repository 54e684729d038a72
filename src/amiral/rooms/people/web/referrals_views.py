"""Pages of invitations: a member invites, the invited person joins or refuses."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me, sent
from amiral.rooms.people.actions import referrals

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


class InviteForm(forms.Form):
    """One address."""

    address = forms.EmailField(
        label=gettext_lazy("E-mail address of somebody you know"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    knows = forms.BooleanField(
        label=gettext_lazy("I know this person, who would not mind."),
        error_messages={"required": gettext_lazy("Invite only people you know.")},
    )


@never_cache
@login_required
@get_or_post
@limited(scope="invite-page", limit=30, window_s=3600)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody: one message, told the same whether it left or not."""
    form = InviteForm(sent(request))
    if form.is_valid():
        try:
            referrals.invite(person_id=me(request), address=form.cleaned_data["address"], at=now())
        except Refused as problem:
            form.add_error("address", str(problem))
        else:
            messages.success(
                request, _("If this address may be written to, one message is on its way; there is no other.")
            )
            return redirect("people:invite")
    return render(request, "people/invite.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@get_or_post
@limited(scope="invitation", limit=60, window_s=3600)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """What the invited person reads; a button refuses for ever."""
    try:
        if request.method == "POST":
            referrals.refuse(token=token, at=now())
            return render(request, "people/invitation_refused.html")
        row = referrals.by_link(token=token, at=now())
    except Refused as problem:
        return render(request, "people/invitation_over.html", {"problem": problem}, status=410)
    return render(request, "people/invitation.html", {"name": row.inviter.public_name, "token": token})
