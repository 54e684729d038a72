"""Entering groups, the parts in them, moves between them: access, one query or verb, a template."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.rooms.network import access, actions
from amiral.rooms.network.contracts import AnswerState, GroupAct, GroupKind, MemberRole, Openness
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import joining
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.queries import rules as rule_queries
from amiral.rooms.network.web.group_forms import (
    AddressForm,
    AnswerForm,
    InviteForm,
    MoveForm,
    OpennessForm,
    OtherGroupForm,
    RoleForm,
    RuleForm,
)
from amiral.rooms.network.web.views import HOUR_S, done, done_by_button, member, show_or_send
from amiral.rooms.outreach import api as outreach


@login_required
@limited(scope="network-new-group", limit=20, window_s=HOUR_S)
@show_or_send
def new_other(request: HttpRequest) -> HttpResponse:
    """A thematic group or a campaign team, for those who hold a territory."""
    access.access_some_territory_to_group(person_id=member(request))
    places = [(p.id, p.name) for p in joining.places_to_group(person_id=member(request))]
    first = {"openness": Openness.OPEN, "kind": GroupKind.THEMATIC}
    form = OtherGroupForm(request.POST if request.method == "POST" else None, places=places, initial=first)
    if done(form, lambda: _create(request, form)):
        return redirect("network:groups")
    return render(request, "network/new_other.html", {"form": form})


def _create(request: HttpRequest, form: OtherGroupForm) -> None:
    said = form.cleaned_data
    actions.create_other_group(
        by_id=member(request),
        kind=GroupKind(said["kind"]),
        name=said["name"],
        territory_id=said["territory_id"],
        openness=Openness(said["openness"]),
        presentation=said["presentation"],
        at=now(),
    )
    messages.success(request, _("The group has been created."))


@login_required
@limited(scope="network-join", limit=60, window_s=HOUR_S)
@require_POST
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    """Reads an open group without being a member."""
    found = access.access_group_by_slug(slug=slug, person_id=member(request))
    actions.follow(person_id=member(request), group_id=found.pk, at=now())
    messages.success(request, _("You now follow this group."))
    return redirect("network:group", slug=slug)


@login_required
@limited(scope="network-edit", limit=60, window_s=HOUR_S)
@show_or_send
def openness(request: HttpRequest, slug: str) -> HttpResponse:
    """Who may join, by those who lead the group."""
    found = access.access_group_to_manage_by_slug(person_id=member(request), slug=slug)
    before = {"openness": found.openness}
    form = OpennessForm(request.POST if request.method == "POST" else None, initial=before)
    if done(form, lambda: _open(request, found, form)):
        return redirect("network:group", slug=slug)
    return render(request, "network/openness.html", {"group": group_queries.card_of(found), "form": form})


def _open(request: HttpRequest, group: Group, form: forms.Form) -> None:
    chosen = Openness(form.cleaned_data["openness"])
    actions.set_openness(by_id=member(request), group_id=group.pk, openness=chosen)


@login_required
@require_safe
def requests(request: HttpRequest, slug: str) -> HttpResponse:
    """Those who ask to join."""
    found = _for_act(request, slug, GroupAct.ANSWER_REQUESTS)
    page = joining.requests(group_id=found.pk, page_number=request.GET.get("page", "1"))
    return render(request, "network/requests.html", {"group": group_queries.card_of(found), "page": page})


def _for_act(request: HttpRequest, slug: str, act: GroupAct) -> Group:
    return access.access_group_for_act_by_slug(person_id=member(request), slug=slug, act=act)


@login_required
@limited(scope="network-requests", limit=200, window_s=HOUR_S)
@require_POST
def answer_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Lets somebody in, or refuses with a sentence."""
    found = access.access_request_to_answer_by_id(person_id=member(request), request_id=request_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        done_by_button(
            request,
            lambda: actions.answer_request(
                by_id=member(request),
                request_id=request_id,
                accepted=form.cleaned_data["accepted"] == "yes",
                sentence=form.cleaned_data["sentence"],
                at=now(),
            ),
            said=_("The answer has been sent."),
        )
    return redirect("network:requests", slug=found.group.slug)


@login_required
@limited(scope="network-invite", limit=60, window_s=HOUR_S)
@show_or_send
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """Invites a member found by name, or somebody by address."""
    found = _for_act(request, slug, GroupAct.INVITE)
    chosen = InviteForm(request.POST)
    if request.method == "POST" and "person_id" in request.POST:
        if chosen.is_valid():
            _invite(request, found, chosen.cleaned_data["person_id"])
        return redirect("network:invite", slug=slug)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _invite_address(request, found, form)):
        messages.success(request, _("Thank you. If the address may be written to, one message leaves."))
        return redirect("network:invite", slug=slug)
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "group": group_queries.card_of(found),
        "form": form,
        "text": text,
        "found": joining.to_invite(person_id=member(request), group_id=found.pk, text=text),
        "waiting": joining.waiting_names(group_id=found.pk),
    }
    return render(request, "network/invite.html", context)


def _invite(request: HttpRequest, group: Group, person_id: UUID) -> None:
    done_by_button(
        request,
        lambda: actions.invite(by_id=member(request), group_id=group.pk, person_id=person_id, at=now()),
        said=_("The invitation has been sent."),
    )


def _invite_address(request: HttpRequest, group: Group, form: forms.Form) -> None:
    address = form.cleaned_data["address"]
    actions.invite_address(by_id=member(request), group_id=group.pk, address=address, at=now())


@login_required
@limited(scope="network-join", limit=60, window_s=HOUR_S)
@show_or_send
def invitation(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    """Shows an invitation; the buttons answer it."""
    row = access.access_own_invitation_by_id(person_id=member(request), invitation_id=invitation_id)
    if request.method == "POST":
        accepted = request.POST.get("accepted") == "yes"
        done_by_button(
            request,
            lambda: actions.answer_invitation(
                person_id=member(request), invitation_id=invitation_id, accepted=accepted, at=now()
            ),
            said=_("You are now a member of this group.") if accepted else _("You have declined."),
        )
        return redirect("network:invitation", invitation_id=invitation_id)
    context = {"invitation": joining.invitation(row=row), "open": row.state == AnswerState.OPEN}
    return render(request, "network/invitation.html", context)


@login_required
@limited(scope="network-roles", limit=120, window_s=HOUR_S)
@show_or_send
def roles(request: HttpRequest, slug: str) -> HttpResponse:
    """Who plays which part; gives another one."""
    found = _for_act(request, slug, GroupAct.SET_ROLES)
    if request.method == "POST":
        form = RoleForm(request.POST)
        if form.is_valid():
            _set_role(request, found, form)
        return redirect("network:roles", slug=slug)
    context = {
        "group": group_queries.card_of(found),
        "page": joining.roles(group_id=found.pk, page_number=request.GET.get("page", "1")),
        "may_rule": access.may_rule(person_id=member(request), group=found),
        "choices": [(r.value, joining.role_label(r)) for r in MemberRole if r != MemberRole.LEADER],
    }
    return render(request, "network/roles.html", context)


def _set_role(request: HttpRequest, group: Group, form: forms.Form) -> None:
    done_by_button(
        request,
        lambda: actions.set_role(
            by_id=member(request),
            group_id=group.pk,
            person_id=form.cleaned_data["person_id"],
            role=MemberRole(form.cleaned_data["role"]),
        ),
        said=_("The role has been changed."),
    )


@login_required
@limited(scope="network-transfers", limit=120, window_s=HOUR_S)
@show_or_send
def transfers(request: HttpRequest, slug: str) -> HttpResponse:
    """The trace of moves; with ``?membre=``, moves one member."""
    found = _for_act(request, slug, GroupAct.MOVE_MEMBERS)
    moved = _asked_member(request, found) if "membre" in request.GET else None
    form = _move_form(request, found) if moved else None
    if form and moved and done(form, lambda: _move(request, found, moved, form)):
        messages.success(request, _("The member has been moved and told so, with your reason."))
        return redirect("network:transfers", slug=slug)
    context = {
        "group": group_queries.card_of(found),
        "page": joining.transfers(group_id=found.pk, page_number=request.GET.get("page", "1")),
        "form": form,
        "name": member_queries.public_name(person_id=moved) if moved else "",
    }
    return render(request, "network/transfers.html", context)


def _asked_member(request: HttpRequest, group: Group) -> UUID:
    try:
        person_id = UUID(request.GET["membre"])
    except ValueError:
        raise NotFound from None
    if not member_queries.is_member(person_id=person_id, group_id=group.pk):
        raise NotFound
    return person_id


def _move_form(request: HttpRequest, group: Group) -> MoveForm:
    near = joining.targets(by_id=member(request), origin=group)
    targets = [(str(card.id), f"{card.name} ({card.territory_name})") for card in near]
    return MoveForm(request.POST if request.method == "POST" else None, targets=targets)


def _move(request: HttpRequest, group: Group, person_id: UUID, form: forms.Form) -> None:
    actions.move_member(
        by_id=member(request),
        group_id=group.pk,
        person_id=person_id,
        target_id=UUID(form.cleaned_data["target"]),
        reason=form.cleaned_data["reason"],
        at=now(),
    )


@login_required
@limited(scope="network-join", limit=60, window_s=HOUR_S)
@show_or_send
def transfer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """Shows the person why he was moved; the button takes it back."""
    row = access.access_own_transfer_by_id(person_id=member(request), transfer_id=transfer_id)
    if request.method == "POST":
        done_by_button(
            request,
            lambda: actions.undo_transfer(person_id=member(request), transfer_id=transfer_id, at=now()),
            said=_("You are back in your group."),
        )
        return redirect("network:transfer", transfer_id=transfer_id)
    return render(request, "network/transfer.html", {"transfer": joining.transfer(row=row)})


@login_required
@limited(scope="network-rule", limit=30, window_s=HOUR_S)
@show_or_send
def rule(request: HttpRequest, slug: str) -> HttpResponse:
    """The rule by which members are computed: sets, replaces or lifts it."""
    found = access.access_group_to_rule_by_slug(person_id=member(request), slug=slug)
    if request.method == "POST" and "lift" in request.POST:
        actions.lift_rule(by_id=member(request), group_id=found.pk)
        messages.success(request, _("The rule has been lifted."))
        return redirect("network:rule", slug=slug)
    segments = [(str(s.id), s.name) for s in outreach.segments_to_use(person_id=member(request))]
    form = RuleForm(request.POST if request.method == "POST" else None, segments=segments)
    if done(form, lambda: _set_rule(request, found, form)):
        messages.success(request, _("The rule is set. The members are computed within a minute."))
        return redirect("network:rule", slug=slug)
    context = {
        "group": group_queries.card_of(found),
        "form": form,
        "rule": rule_queries.rule_of(group_id=found.pk),
        "has_segments": bool(segments),
    }
    return render(request, "network/rule.html", context)


def _set_rule(request: HttpRequest, group: Group, form: forms.Form) -> None:
    actions.set_rule(
        by_id=member(request),
        group_id=group.pk,
        segment_id=UUID(form.cleaned_data["segment"]),
        because=form.cleaned_data["because"],
        ends_on=form.cleaned_data["ends_on"],
        at=now(),
    )
