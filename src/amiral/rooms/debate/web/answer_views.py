"""Pages of arguments, synthesis, contradiction, answers and follow-up."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import Gesture, Phase, may
from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import answers as verbs
from amiral.rooms.debate.actions import arguments
from amiral.rooms.debate.contracts import Outcome, Side
from amiral.rooms.debate.models import Consultation
from amiral.rooms.debate.queries import consultations as consultation_queries
from amiral.rooms.debate.queries import owing
from amiral.rooms.debate.web import keys
from amiral.rooms.debate.web.answer_forms import (
    AnswerForm,
    ArgumentForm,
    ChallengeForm,
    MilestoneForm,
    SynthesisForm,
)
from amiral.rooms.debate.web.common import (
    HOUR_S,
    done,
    person_of,
    reported,
    sent_from,
    show_or_send,
    signed_in,
    tell,
    today,
    voter_of,
    without_account,
)
from amiral.rooms.debate.web.forms import ReportForm


def _allows(consultation: Consultation, gesture: Gesture) -> bool:
    return may(phase=Phase(consultation.phase), gesture=gesture, overlap=consultation.overlap)


@limited(scope="debate-argue", limit=30, window_s=HOUR_S)
@show_or_send
def argue(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """An argument with its sources."""
    found, _manages = access.access_statement_by_id(person_id=person_of(request), statement_id=statement_id)
    form = ArgumentForm(request.POST if request.method == "POST" else None)
    key = keys.key_of(request, found.consultation_id)
    if done(
        form,
        lambda: arguments.argue(
            key=key,
            statement_id=found.pk,
            side=Side(form.cleaned_data["side"]),
            text=form.cleaned_data["text"],
            sources=form.sources(),
            on=today(),
        ),
    ):
        messages.success(
            request,
            _(
                "Sent. Whoever leads the debate reads it before it is shown; it stands under “My voice” "
                "meanwhile."
            )
            if found.consultation.premoderated
            else _("Your argument stands under the statement."),
        )
        return redirect("debate:statement", found.pk)
    context = {
        "form": form,
        "statement": found,
        "consultation": found.consultation,
        "voter": voter_of(request, found.consultation),
        "may_argue": _allows(found.consultation, Gesture.ARGUE),
    }
    return render(request, "debate/argue.html", context)


@limited(scope="debate-report", limit=20, window_s=HOUR_S)
@show_or_send
def report_argument(request: HttpRequest, argument_id: UUID) -> HttpResponse:
    """Reports an argument to the moderators."""
    person_id = person_of(request)
    found, _manages = access.access_argument_by_id(person_id=person_id, argument_id=argument_id)
    if person_id is None:
        page = reverse("debate:statement", args=[found.statement_id])
        verb = partial(arguments.report, by_id=None, argument_id=found.pk)
        return without_account(request, found.text, page, verb)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: arguments.report(by_id=person_id, argument_id=found.pk, **form.cleaned_data)):
        messages.success(request, reported())
        return redirect("debate:statement", found.statement_id)
    context = {"form": form, "statement": found.statement, "words": found.text}
    return render(request, "debate/report.html", context)


@login_required
@limited(scope="debate-decide", limit=300, window_s=HOUR_S)
@require_POST
def decide_argument(request: HttpRequest, argument_id: UUID) -> HttpResponse:
    """Shows an argument, or hides it with a reason."""
    found, manages = access.access_argument_by_id(person_id=signed_in(request), argument_id=argument_id)
    access.access_statement_to_manage_by_id(person_id=signed_in(request), statement_id=found.statement_id)
    show = request.POST.get("show") == "1"
    tell(
        request,
        lambda: arguments.decide(
            by_id=signed_in(request),
            argument_id=found.pk,
            show=show and manages,
            reason=request.POST.get("reason", "")[:1000],
            at=now(),
        ),
        _("Published.") if show else _("Hidden; its author reads the reason."),
    )
    return redirect("debate:waiting", found.statement.consultation_id)


@require_safe
def synthesis(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The synthesis, what contradicts it, and every promised answer, overdue ones first."""
    return _synthesis(request, consultation_id, ChallengeForm())


def _synthesis(
    request: HttpRequest,
    consultation_id: UUID,
    form: ChallengeForm,
    *,
    typed: tuple[UUID, str] | None = None,
) -> HttpResponse:
    """``typed``: an answer to a contradiction that was refused, to be corrected."""
    found, manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    context = {
        "consultation": found,
        "page": consultation_queries.page(consultation=found, manages=manages, at=now()),
        "synthesis": owing.synthesis_of(consultation=found),
        "owed": owing.owed_lines(consultation=found, today=today()),
        "manages": manages,
        "voter": voter_of(request, found),
        "form": form,
        "typed": typed,
        "may_challenge": _allows(found, Gesture.CHALLENGE),
        "may_write": manages and _allows(found, Gesture.SYNTHESISE),
        "may_answer": manages and _allows(found, Gesture.ANSWER),
        "follows": consultation_queries.follows(consultation=found, person_id=person_of(request)),
    }
    return render(request, "debate/synthesis.html", context)


@login_required
@limited(scope="debate-synthesis", limit=30, window_s=HOUR_S)
@show_or_send
def write_synthesis(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Writes the synthesis, sentence by sentence."""
    person_id = signed_in(request)
    found = access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    initial = {"text": owing.synthesis_text(consultation=found)}
    form = SynthesisForm(request.POST if request.method == "POST" else None, initial=initial)
    if done(
        form,
        lambda: verbs.publish_synthesis(
            by_id=person_id, consultation_id=found.pk, text=form.cleaned_data["text"], at=now()
        ),
    ):
        messages.success(request, _("The synthesis is published."))
        return redirect("debate:synthesis", found.pk)
    context = {"form": form, "consultation": found, "may_write": _allows(found, Gesture.SYNTHESISE)}
    return render(request, "debate/write_synthesis.html", context)


@sent_from("synthesis")
@limited(scope="debate-challenge", limit=20, window_s=HOUR_S)
@require_POST
def challenge(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Contradicts a sentence."""
    found, _manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    form = ChallengeForm(request.POST)
    key = keys.key_of(request, found.pk)
    if done(
        form,
        lambda: verbs.challenge(consultation_id=found.pk, key=key, on=today(), **form.cleaned_data),
    ):
        messages.success(request, _("Your contradiction stands under the sentence; its author answers it."))
        return redirect("debate:synthesis", found.pk)
    return _synthesis(request, consultation_id, form)


@login_required
@limited(scope="debate-synthesis", limit=60, window_s=HOUR_S)
@show_or_send
def answer_challenge(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    """The author of the synthesis answers a contradiction."""
    person_id = signed_in(request)
    found = access.access_challenge_to_manage_by_id(person_id=person_id, challenge_id=challenge_id)
    consultation_id = found.synthesis.consultation_id
    if request.method == "POST":
        text = request.POST.get("text", "")
        if not tell(
            request,
            lambda: verbs.answer_challenge(by_id=person_id, challenge_id=found.pk, text=text, at=now()),
            _("Your answer stands under the contradiction."),
        ):
            return _synthesis(request, consultation_id, ChallengeForm(), typed=(found.pk, text))
    return redirect("debate:synthesis", consultation_id)


@limited(scope="debate-report", limit=20, window_s=HOUR_S)
@show_or_send
def report_challenge(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    """Reports a contradiction to the moderators."""
    person_id = person_of(request)
    found = access.access_challenge_by_id(person_id=person_id, challenge_id=challenge_id)
    if person_id is None:
        page = reverse("debate:synthesis", args=[found.synthesis.consultation_id])
        verb = partial(verbs.report_challenge, by_id=None, challenge_id=found.pk)
        return without_account(request, found.text, page, verb)
    form = ReportForm(request.POST if request.method == "POST" else None)
    consultation_id = found.synthesis.consultation_id
    if done(
        form, lambda: verbs.report_challenge(by_id=person_id, challenge_id=found.pk, **form.cleaned_data)
    ):
        messages.success(request, reported())
        return redirect("debate:synthesis", consultation_id)
    back = reverse("debate:synthesis", args=[consultation_id])
    return render(request, "debate/report.html", {"form": form, "words": found.text, "cancel": back})


@login_required
@limited(scope="debate-answer", limit=60, window_s=HOUR_S)
@show_or_send
def answer(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The formal answer to a statement."""
    person_id = signed_in(request)
    found = access.access_statement_to_manage_by_id(person_id=person_id, statement_id=statement_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: verbs.answer(
            by_id=person_id,
            statement_id=found.pk,
            at=now(),
            **form.cleaned_data | {"outcome": Outcome(form.cleaned_data["outcome"])},
        ),
    ):
        messages.success(request, _("The answer is published. Those who follow the debate get a letter."))
        return redirect("debate:statement", found.pk)
    context = {
        "form": form,
        "statement": found,
        "consultation": found.consultation,
        "may_answer": _allows(found.consultation, Gesture.ANSWER),
    }
    return render(request, "debate/answer.html", context)


@login_required
@limited(scope="debate-answer", limit=60, window_s=HOUR_S)
@show_or_send
def milestone(request: HttpRequest, answer_id: UUID) -> HttpResponse:
    """How far the work after an answer is."""
    person_id = signed_in(request)
    found = access.access_answer_to_manage_by_id(person_id=person_id, answer_id=answer_id)
    form = MilestoneForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: verbs.add_milestone(by_id=person_id, answer_id=found.pk, at=now(), **form.cleaned_data),
    ):
        messages.success(request, _("Published. Those who follow the debate get a letter."))
        return redirect("debate:statement", found.statement_id)
    context = {"form": form, "statement": found.statement, "consultation": found.statement.consultation}
    return render(request, "debate/milestone.html", context)


@sent_from("synthesis")
@login_required
@limited(scope="debate-follow", limit=60, window_s=HOUR_S)
@require_POST
def follow(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Asks to be told of answers and milestones, or no longer."""
    wanted = request.POST.get("wanted") == "1"
    verbs.follow(person_id=signed_in(request), consultation_id=consultation_id, wanted=wanted)
    messages.success(
        request,
        _("You will get a letter for each answer and each news of it.")
        if wanted
        else _("We no longer write to you about the answers."),
    )
    return redirect("debate:synthesis", consultation_id)
