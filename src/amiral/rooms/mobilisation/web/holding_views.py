"""Pages for what stands behind one action: other groups, delegates, copies, its series."""

from collections.abc import Callable
from datetime import date
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.recurrence import Every
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.access import access_held_action_by_id
from amiral.rooms.mobilisation.actions import delegating, series, together
from amiral.rooms.mobilisation.models import Action
from amiral.rooms.mobilisation.queries import holding
from amiral.rooms.mobilisation.queries.cards import action_card
from amiral.rooms.mobilisation.web.holding_forms import (
    CopyForm,
    DelegateForm,
    GroupSoughtForm,
    RepeatForm,
)

pace = limited(scope="actions-hold", limit=60, window_s=600)


def _me(request: HttpRequest) -> UUID:
    if not request.user.is_authenticated:
        raise NotFound
    return request.user.pk


@require_safe
@login_required
def organise(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Everything about the action that only those who hold it decide."""
    row = access_held_action_by_id(person_id=_me(request), action_id=action_id)
    return _page(request, row, q=request.GET.get("q", "")[:100])


def _page(
    request: HttpRequest, row: Action, *, q: str = "", status: int = 200, **forms: object
) -> HttpResponse:
    page = holding.holding_page(action=row, person_id=_me(request), first_day=_first_day(row))
    context = {
        "page": page,
        "card": action_card(action_id=row.pk),
        "sought": holding.groups_sought(text=q),
        "q": q,
        "group_form": GroupSoughtForm({"q": q} if q else None),
        "delegate_form": DelegateForm(page=page),
        "copy_form": CopyForm(groups=page.my_groups, own=row.group_id, at=now()),
        "repeat_form": RepeatForm(at=now()),
    }
    return render(request, "mobilisation/organise.html", context | forms, status=status)


def _first_day(row: Action) -> date | None:
    try:
        return together.first_day(action=row)
    except Refused:
        return None


@require_POST
@pace
@login_required
def invite_group(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Asks another group to hold the action too."""
    me = _me(request)
    access_held_action_by_id(person_id=me, action_id=action_id)
    group_id = _uuid(request.POST.get("group", ""))
    verb = partial(together.invite_group, by_id=me, action_id=action_id, group_id=group_id, at=now())
    return _done(request, verb, action_id, said=_("The group is invited. Its leaders have a letter."))


@require_POST
@pace
@login_required
def answer_invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Yes or no for a group that one leads."""
    accepts = request.POST.get("accepts") == "1"
    try:
        action_id = together.answer_invitation(
            by_id=_me(request), invitation_id=invitation_id, accepts=accepts, at=now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("mobilisation:my_actions")
    said = _("Your group holds this action too.") if accepts else _("The invitation is declined.")
    messages.success(request, said)
    return redirect("mobilisation:action", action_id=action_id)


@require_POST
@pace
@login_required
def part_from_group(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Ends holding an action together, from either side."""
    action_id = together.part_from_group(by_id=_me(request), invitation_id=invitation_id)
    messages.success(request, _("The group no longer holds this action."))
    return redirect("mobilisation:action", action_id=action_id)


@require_POST
@pace
@login_required
def delegate(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Lends the action to a volunteer whom the page lists."""
    me = _me(request)
    row = access_held_action_by_id(person_id=me, action_id=action_id)
    page = holding.holding_page(action=row, person_id=me, first_day=None)
    form = DelegateForm(request.POST, page=page)
    if not form.is_valid():
        return _page(request, row, delegate_form=form, status=422)
    person_id = form.cleaned_data["person"]
    verb = partial(delegating.delegate_action, by_id=me, action_id=action_id, person_id=person_id, at=now())
    return _done(request, verb, action_id, said=_("The action is lent, and the person told."))


@require_POST
@pace
@login_required
def end_delegation(request: HttpRequest, action_id: UUID, person_id: UUID) -> HttpResponse:
    """Takes the action back, or gives it back."""
    me = _me(request)
    delegating.end_delegation(by_id=me, action_id=action_id, person_id=person_id)
    messages.success(request, _("The action is no longer lent."))
    if me == person_id:
        return redirect("mobilisation:action", action_id=action_id)
    return redirect("mobilisation:organise", action_id=action_id)


@require_POST
@pace
@login_required
def copy(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """The same action on another day."""
    me, at = _me(request), now()
    row = access_held_action_by_id(person_id=me, action_id=action_id)
    page = holding.holding_page(action=row, person_id=me, first_day=None)
    form = CopyForm(request.POST, groups=page.my_groups, own=row.group_id, at=at)
    if form.is_valid():
        group_id, day = form.cleaned_data["group"], form.cleaned_data["day"]
        try:
            copied = together.copy_action(by_id=me, action_id=action_id, group_id=group_id, day=day, at=at)
        except Refused as refusal:
            form.add_error("day", str(refusal))
        else:
            messages.success(request, _("Here is the copy. Check it: it is published."))
            return redirect("mobilisation:action", action_id=copied)
    return _page(request, row, copy_form=form, status=422)


@require_POST
@pace
@login_required
def repeat(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Makes a series of the action."""
    me, at = _me(request), now()
    row = access_held_action_by_id(person_id=me, action_id=action_id)
    form = RepeatForm(request.POST, at=at)
    if form.is_valid():
        try:
            made = series.repeat_action(
                by_id=me,
                action_id=action_id,
                every=Every(form.cleaned_data["every"]),
                until=form.cleaned_data["until"],
                exceptions=form.cleaned_data["exceptions"],
                at=at,
            )
        except Refused as refusal:
            form.add_error("until", str(refusal))
        else:
            messages.success(request, _made_words(made))
            return redirect("mobilisation:organise", action_id=action_id)
    return _page(request, row, repeat_form=form, status=422)


def _made_words(made: int) -> str:
    words = ngettext("%(count)d more action is published.", "%(count)d more actions are published.", made)
    return words % {"count": made}


@require_POST
@pace
@login_required
def carry_over(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """This one and those that follow: they become like this one."""
    verb = partial(series.carry_over, by_id=_me(request), action_id=action_id, at=now())
    return _done(request, verb, action_id, said=_("Those that follow are now like this one."))


@require_POST
@pace
@login_required
def leave_out(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Calls off this day of the series alone."""
    verb = partial(series.leave_out, by_id=_me(request), action_id=action_id, at=now())
    return _done(
        request, verb, action_id, said=_("This day is called off and everyone told; the others stay.")
    )


@require_POST
@pace
@login_required
def cancel_following(request: HttpRequest, action_id: UUID) -> HttpResponse:
    """Calls off this one and all that follow."""
    verb = partial(series.cancel_following, by_id=_me(request), action_id=action_id, at=now())
    said = _("This action and those that follow are called off, and everyone is told.")
    return _done(request, verb, action_id, said=said)


def _done(request: HttpRequest, verb: Callable[[], object], action_id: UUID, *, said: str) -> HttpResponse:
    """Does it, and says on the page that it is done, or why it is not."""
    try:
        verb()
        messages.success(request, said)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("mobilisation:organise", action_id=action_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
