"""Pages of those who lead: who signed up, yes or no, who was there, and the rules of a shift."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation import access
from amiral.rooms.mobilisation.actions import attending
from amiral.rooms.mobilisation.actions import rules as rule_actions
from amiral.rooms.mobilisation.queries import cards, seats
from amiral.rooms.mobilisation.web.place_forms import RulesForm

read_or_write = require_http_methods(["GET", "HEAD", "POST"])
lists_pace = limited(scope="actions-list", limit=300, window_s=600)


@never_cache
@require_safe
@login_required
def sign_ups(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Everybody who signed up to a shift, in the order of asking."""
    row = access.access_managed_shift_by_id(person_id=request.user.pk, shift_id=shift_id)
    found = seats.sign_up_list(shift=row, at=now())
    return render(request, "mobilisation/sign_ups.html", {"list": found, "shift": found.shift})


@require_POST
@lists_pace
@login_required
def decide(request: HttpRequest, sign_up_id: UUID, gesture: str) -> HttpResponse:
    """Yes or no to a request; was there, or was not."""
    person_id = request.user.pk
    assert person_id is not None
    shift = attending.managed_shift_of(by_id=person_id, sign_up_id=sign_up_id)
    if gesture not in DECISIONS:
        raise NotFound
    _try(request, partial(DECISIONS[gesture], by_id=person_id, sign_up_id=sign_up_id, at=now()))
    return redirect("mobilisation:sign_ups", shift_id=shift.pk)


@require_POST
@lists_pace
@login_required
def all_were_there(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Of everybody of whom nothing is said yet: was there."""
    person_id = request.user.pk
    assert person_id is not None
    access.access_managed_shift_by_id(person_id=person_id, shift_id=shift_id)
    _try(request, partial(attending.mark_the_rest, by_id=person_id, shift_id=shift_id, at=now()))
    return redirect("mobilisation:sign_ups", shift_id=shift_id)


@read_or_write
@lists_pace
@login_required
def rules(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Who may come, and how."""
    person_id = request.user.pk
    assert person_id is not None
    row = access.access_managed_shift_by_id(person_id=person_id, shift_id=shift_id)
    shift = cards.shift_card(row)
    form = RulesForm(request.POST if request.method == "POST" else None, card=shift)
    if form.is_valid():
        verb = partial(rule_actions.set_rules, by_id=person_id, shift_id=shift_id, rules=form.rules, at=now())
        if _try(request, verb, said=_("The rules of this shift are kept.")):
            return redirect("mobilisation:action", action_id=row.action_id)
    status = 422 if form.errors else 200
    return render(request, "mobilisation/rules.html", {"form": form, "shift": shift}, status=status)


def _try(request: HttpRequest, verb: Callable[[], object], *, said: str = "") -> bool:
    try:
        verb()
    except Refused as refusal:
        messages.error(request, str(refusal))
        return False
    if said:
        messages.success(request, said)
    return True


DECISIONS: dict[str, Callable[..., object]] = {
    "accepter": attending.approve,
    "refuser": attending.refuse,
    "present": partial(attending.mark_attendance, attended=True),
    "absent": partial(attending.mark_attendance, attended=False),
}
"""By the word in the address."""
