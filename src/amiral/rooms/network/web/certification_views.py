"""Certification and exclusions: access, one query or verb, a template."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import limited
from amiral.rooms.network import access, actions
from amiral.rooms.network.contracts import CertificationState, CriterionKind, GroupAct
from amiral.rooms.network.models import Group
from amiral.rooms.network.queries import certification as queries
from amiral.rooms.network.queries import exclusions as exclusion_queries
from amiral.rooms.network.queries import groups as group_queries
from amiral.rooms.network.queries import members as member_queries
from amiral.rooms.network.web.certification_forms import (
    AppealAnswerForm,
    AppealForm,
    AskForm,
    CriterionForm,
    DecisionForm,
    ExcludeForm,
    WithdrawForm,
)
from amiral.rooms.network.web.views import HOUR_S, done, done_by_button, member, show_or_send, visitor


@limited(scope="network-criteria", limit=60, window_s=HOUR_S)
@show_or_send
def criteria(request: HttpRequest) -> HttpResponse:
    """The written criteria, for everybody; the requests that wait, for who decides; writing, for who may."""
    may_write = access.may_write_criteria(person_id=visitor(request))
    if request.method == "POST" and not may_write:
        raise NotFound
    form = CriterionForm(request.POST if request.method == "POST" else None) if may_write else None
    if form and done(form, lambda: _write(request, form)):
        messages.success(request, _("The criterion is written. It counts from now on."))
        return redirect("network:criteria")
    person_id = visitor(request)
    number = request.GET.get("page", "1")
    context = {
        "criteria": queries.criteria(),
        "form": form,
        "page": queries.waiting(person_id=person_id, page_number=number) if person_id else None,
        "days": queries.warning_period().days,
    }
    return render(request, "network/criteria.html", context)


def _write(request: HttpRequest, form: forms.Form) -> None:
    said = form.cleaned_data
    actions.write_criterion(
        by_id=member(request),
        kind=CriterionKind(said["kind"]),
        least=said["least"] or 0,
        within_months=said["within_months"] or 0,
        text_fr=said["text_fr"],
        text_en=said["text_en"],
        at=now(),
    )


@login_required
@limited(scope="network-criteria", limit=60, window_s=HOUR_S)
@require_POST
def retire_criterion(request: HttpRequest, criterion_id: UUID) -> HttpResponse:
    """Counts no more."""
    actions.retire_criterion(by_id=member(request), criterion_id=criterion_id, at=now())
    messages.success(request, _("The criterion counts no more. What was decided by it can still be read."))
    return redirect("network:criteria")


@login_required
@limited(scope="network-certification", limit=60, window_s=HOUR_S)
@show_or_send
def certification(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the group stands; its leaders ask, who holds the territory decides or withdraws."""
    found = access.access_group_to_certify_by_slug(person_id=member(request), slug=slug)
    page = queries.certification_page(group=found, at=now())
    form = _form(request, found, page)
    if form and done(form, lambda: _certify(request, found, form)):
        messages.success(request, _("Done. Those concerned are told."))
        return redirect("network:certification", slug=slug)
    context = {
        "group": group_queries.card_of(found),
        "page": page,
        "form": form,
        "label": _label(form),
        "own_request": page.state == CertificationState.ASKED and page.asked_by == member(request),
    }
    return render(request, "network/certification.html", context)


def _form(
    request: HttpRequest, group: Group, page: queries.CertificationPage
) -> AskForm | DecisionForm | WithdrawForm | None:
    """What this person may do now, if anything."""
    sent = request.POST if request.method == "POST" else None
    if page.may_ask:
        may_ask = access.may_manage(person_id=member(request), group=group)
        return AskForm(sent) if may_ask and page.checked and not page.missing else None
    if not access.may_name_leaders(person_id=member(request), group=group):
        return None
    if page.state != CertificationState.ASKED:
        return WithdrawForm(sent)
    declared = [(str(c.criterion.id), c.criterion.text) for c in page.checked if c.criterion.is_declared]
    return DecisionForm(sent, declared=declared) if page.asked_by != member(request) else None


def _label(form: forms.Form | None) -> str:
    if isinstance(form, AskForm):
        return _("Ask for certification")
    return _("Decide") if isinstance(form, DecisionForm) else _("Withdraw the badge")


def _certify(request: HttpRequest, group: Group, form: forms.Form) -> None:
    said, by_id = form.cleaned_data, member(request)
    if isinstance(form, AskForm):
        actions.ask_certification(by_id=by_id, group_id=group.pk, words=said["words"], at=now())
    elif isinstance(form, DecisionForm):
        actions.decide_certification(
            by_id=by_id,
            group_id=group.pk,
            granted=said["decision"] == "yes",
            confirmed=said.get("confirmed", []),
            reasons=said["reasons"],
            at=now(),
        )
    else:
        actions.withdraw_certification(by_id=by_id, group_id=group.pk, reasons=said["reasons"], at=now())


# Exclusions ----------------------------------------------------------------------------------------------


@login_required
@limited(scope="network-exclusions", limit=60, window_s=HOUR_S)
@show_or_send
def exclusions(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is kept out; with ``?membre=``, excludes one member."""
    found = access.access_group_for_act_by_slug(person_id=member(request), slug=slug, act=GroupAct.EXCLUDE)
    asked = _asked_member(request, found) if "membre" in request.GET else None
    form = ExcludeForm(request.POST if request.method == "POST" else None) if asked else None
    if form and asked and done(form, lambda: _exclude(request, found, asked, form)):
        messages.success(request, _("The person is excluded and has been told, with your reason."))
        return redirect("network:exclusions", slug=slug)
    context = {
        "group": group_queries.card_of(found),
        "page": exclusion_queries.exclusions(group_id=found.pk, page_number=request.GET.get("page", "1")),
        "form": form,
        "name": member_queries.public_name(person_id=asked) if asked else "",
        "may_answer": access.may_name_leaders(person_id=member(request), group=found),
        "me": member(request),
    }
    return render(request, "network/exclusions.html", context)


def _asked_member(request: HttpRequest, group: Group) -> UUID:
    try:
        person_id = UUID(request.GET["membre"])
    except ValueError:
        raise NotFound from None
    if not member_queries.is_member(person_id=person_id, group_id=group.pk):
        raise NotFound
    return person_id


def _exclude(request: HttpRequest, group: Group, person_id: UUID, form: forms.Form) -> None:
    reason = form.cleaned_data["reason"]
    actions.exclude(by_id=member(request), group_id=group.pk, person_id=person_id, reason=reason, at=now())


@login_required
@limited(scope="network-exclusions", limit=60, window_s=HOUR_S)
@require_POST
def lift(request: HttpRequest, exclusion_id: UUID) -> HttpResponse:
    """Lets somebody come back by himself."""
    row = access.access_exclusion_to_lift_by_id(person_id=member(request), exclusion_id=exclusion_id)
    actions.lift_exclusion(by_id=member(request), exclusion_id=exclusion_id, at=now())
    messages.success(request, _("The exclusion is lifted, and the person is told."))
    return redirect("network:exclusions", slug=row.group.slug)


@login_required
@limited(scope="network-exclusions", limit=60, window_s=HOUR_S)
@require_POST
def answer_appeal(request: HttpRequest, exclusion_id: UUID) -> HttpResponse:
    """Lifts an exclusion or lets it stand, with a sentence."""
    row = access.access_exclusion_to_answer_by_id(person_id=member(request), exclusion_id=exclusion_id)
    form = AppealAnswerForm(request.POST)
    if form.is_valid():
        done_by_button(
            request,
            lambda: actions.answer_appeal(
                by_id=member(request),
                exclusion_id=exclusion_id,
                lifted=form.cleaned_data["decision"] == "lift",
                sentence=form.cleaned_data["sentence"],
                at=now(),
            ),
            said=_("The answer has been sent."),
        )
    else:
        messages.error(request, _("Write a sentence: the person reads it."))
    return redirect("network:exclusions", slug=row.group.slug)


@login_required
@limited(scope="network-appeal", limit=20, window_s=HOUR_S)
@show_or_send
def own_exclusion(request: HttpRequest, exclusion_id: UUID) -> HttpResponse:
    """Shows the person why he is kept out; he appeals here."""
    row = access.access_own_exclusion_by_id(person_id=member(request), exclusion_id=exclusion_id)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: _appeal(request, exclusion_id, form)):
        messages.success(request, _("Your appeal has been sent to those who hold the territory."))
        return redirect("network:own_exclusion", exclusion_id=exclusion_id)
    context = {"exclusion": exclusion_queries.exclusion(row=row), "form": form}
    return render(request, "network/own_exclusion.html", context)


def _appeal(request: HttpRequest, exclusion_id: UUID, form: forms.Form) -> None:
    words = form.cleaned_data["words"]
    actions.appeal_exclusion(person_id=member(request), exclusion_id=exclusion_id, words=words, at=now())
