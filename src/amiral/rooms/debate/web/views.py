"""Pages of consultations: access, one query or verb, a template."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import REVIEW_DAYS, Obstacle, Phase, following, obstacles, preceding
from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import consultations as verbs
from amiral.rooms.debate.actions.errors import obstacle_sentence
from amiral.rooms.debate.models import Consultation
from amiral.rooms.debate.queries import consultations as queries
from amiral.rooms.debate.queries import statements
from amiral.rooms.debate.queries.labels import phase_label
from amiral.rooms.debate.web.common import (
    HOUR_S,
    done,
    person_of,
    sent_from,
    show_or_send,
    signed_in,
    tell,
    voter_of,
)
from amiral.rooms.debate.web.forms import ConsultationForm, PutOffForm, StepForm, initial_of


@require_safe
def consultations(request: HttpRequest) -> HttpResponse:
    """All consultations, those with overdue answers first."""
    person_id = person_of(request)
    context = {
        "cards": queries.cards(person_id=person_id, at=now()),
        "manages": access.may_manage(person_id=person_id),
    }
    return render(request, "debate/consultations.html", context)


@require_safe
def consultation(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """One consultation: the question, the promise, the calendar, what one can do now."""
    found, manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    voter = voter_of(request, found)
    context = {
        "page": queries.page(consultation=found, manages=manages, at=now()),
        "voices": queries.voices(consultation=found),
        "manages": manages,
        "voter": voter,
        "own": len(statements.votes_of(voter=voter)),
    }
    return render(request, "debate/consultation.html", context)


@login_required
@limited(scope="debate-open", limit=30, window_s=HOUR_S)
@show_or_send
def new_consultation(request: HttpRequest) -> HttpResponse:
    """A draft."""
    person_id = access.access_management(person_id=signed_in(request))
    form = ConsultationForm(
        request.POST if request.method == "POST" else None,
        territories=queries.territories_to_ask(person_id=person_id),
    )
    made: list[UUID] = []
    if done(form, lambda: made.append(verbs.open_draft(by_id=person_id, draft=form.draft(), at=now()))):
        return redirect("debate:consultation", consultation_id=made[0])
    return render(request, "debate/edit_consultation.html", {"form": form, "consultation": None})


@login_required
@limited(scope="debate-open", limit=60, window_s=HOUR_S)
@show_or_send
def edit_consultation(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The draft again."""
    person_id = signed_in(request)
    found = access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    form = ConsultationForm(
        request.POST if request.method == "POST" else None,
        territories=queries.territories_to_ask(person_id=person_id),
        initial=initial_of(found),
    )
    if done(form, lambda: verbs.edit(by_id=person_id, consultation_id=found.pk, draft=form.draft())):
        return redirect("debate:consultation", consultation_id=found.pk)
    return render(request, "debate/edit_consultation.html", {"form": form, "consultation": found})


@login_required
@require_safe
def calendar(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The next step and what stands in its way, the way back, a later promise."""
    found = access.access_consultation_to_manage_by_id(
        person_id=signed_in(request), consultation_id=consultation_id
    )
    return _calendar(request, found, PutOffForm())


def _calendar(
    request: HttpRequest,
    found: Consultation,
    put_off_form: PutOffForm,
    step_form: StepForm | None = None,
) -> HttpResponse:
    phase = Phase(found.phase)
    ahead, back = following(phase=phase), preceding(phase=phase)
    facts = verbs.facts_of(found, at=now())
    in_the_way = obstacles(phase=phase, to=ahead, facts=facts) if ahead else ()
    context = {
        "consultation": found,
        "page": queries.page(consultation=found, manages=True, at=now()),
        "ahead": (ahead, phase_label(ahead)) if ahead else None,
        "back": (back, phase_label(back)) if back else None,
        "obstacles": [(obstacle_sentence(one), _way_out(one, found)) for one in in_the_way],
        "review_ends": found.phase_since + timedelta(days=REVIEW_DAYS)
        if Obstacle.TOO_EARLY in in_the_way
        else None,
        "step_form": step_form or StepForm(auto_id="id_step_%s"),
        "put_off_form": put_off_form,
    }
    return render(request, "debate/calendar.html", context)


def _way_out(obstacle: Obstacle, found: Consultation) -> tuple[str, str] | None:
    """The page where what stands in the way is done: address and label; none where one waits."""
    pages = {
        Obstacle.NO_FRAME: ("edit_consultation", _("Change the draft")),
        Obstacle.NO_TIME: ("edit_consultation", _("Change the draft")),
        Obstacle.NO_STATEMENT: ("seed", _("Write first statements")),
        Obstacle.NO_MAP: ("map", _("Opinion map")),
        Obstacle.NO_SYNTHESIS: ("write_synthesis", _("Write the synthesis")),
        Obstacle.OPEN_CHALLENGES: ("synthesis", _("Synthesis and answers")),
        Obstacle.OWED_ANSWERS: ("synthesis", _("Synthesis and answers")),
    }
    if obstacle not in pages:
        return None
    name, label = pages[obstacle]
    return reverse(f"debate:{name}", args=[found.pk]), label


@sent_from("calendar")
@login_required
@limited(scope="debate-step", limit=60, window_s=HOUR_S)
@require_POST
def step(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Begins the next phase, or goes one back with a reason."""
    found = access.access_consultation_to_manage_by_id(
        person_id=signed_in(request), consultation_id=consultation_id
    )
    sent = request.POST.get("to", "")
    to = Phase(sent) if sent in set(Phase) else Phase(found.phase)
    reason = request.POST.get("reason", "")[:1000]

    def take() -> None:
        verbs.step(by_id=signed_in(request), consultation_id=found.pk, to=to, reason=reason, at=now())

    if to == preceding(phase=Phase(found.phase)):
        form = StepForm(request.POST, auto_id="id_step_%s")
        if not done(form, take):
            return _calendar(request, found, PutOffForm(), form)
        messages.success(request, _("Now: %(phase)s.") % {"phase": phase_label(to)})
    else:
        tell(request, take, _("Now: %(phase)s.") % {"phase": phase_label(to)})
    return redirect("debate:calendar", consultation_id=found.pk)


@sent_from("calendar")
@login_required
@limited(scope="debate-step", limit=60, window_s=HOUR_S)
@require_POST
def put_off(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Promises a later day, in public."""
    found = access.access_consultation_to_manage_by_id(
        person_id=signed_in(request), consultation_id=consultation_id
    )
    form = PutOffForm(request.POST)
    if done(
        form,
        lambda: verbs.put_off(
            by_id=signed_in(request), consultation_id=found.pk, at=now(), **form.cleaned_data
        ),
    ):
        return redirect("debate:calendar", consultation_id=found.pk)
    return _calendar(request, found, form)
