"""Pages of statements: reading, proposing, amending, seeding, deciding."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import Gesture, Phase, may
from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import statements as verbs
from amiral.rooms.debate.contracts import Choice
from amiral.rooms.debate.models import Consultation, Statement
from amiral.rooms.debate.queries import arguing, hearing, owing
from amiral.rooms.debate.queries import statements as queries
from amiral.rooms.debate.queries.labels import choice_label
from amiral.rooms.debate.web import keys
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
from amiral.rooms.debate.web.forms import (
    DecideForm,
    EditForm,
    RemarkForm,
    ReportForm,
    SeedsForm,
    StatementForm,
)


def _allows(consultation: Consultation, gesture: Gesture) -> bool:
    return may(phase=Phase(consultation.phase), gesture=gesture, overlap=consultation.overlap)


@require_safe
def statements(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """All statements that are shown, with a search."""
    found, manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    text, order = request.GET.get("q", "").strip()[:100], request.GET.get("tri", "number")
    number = request.GET.get("page", "1")
    counts = access.shows_results(found)
    context = {
        "consultation": found,
        "page": queries.statement_page(
            consultation=found,
            text=text,
            order=order,
            number=int(number) if number.isascii() and number.isdigit() and len(number) < 8 else 1,
            counts=counts,
        ),
        "text": text,
        "order": order,
        "counts": counts,
        "manages": manages,
        "may_propose": _allows(found, Gesture.PROPOSE),
    }
    return render(request, "debate/statements.html", context)


@require_safe
def statement(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """One statement: its words, what it changes, its amendments, one's own answer."""
    found, manages = access.access_statement_by_id(person_id=person_of(request), statement_id=statement_id)
    consultation = found.consultation
    voter = voter_of(request, consultation)
    own = queries.votes_of(voter=voter).get(found.pk)
    words, details = queries.differences(row=found)
    context = {
        "consultation": consultation,
        "statement": found,
        "line": queries.line_of(found, counts=access.shows_results(consultation) or manages, own=own or ""),
        "words": words,
        "details": details,
        "amendments": queries.amendments_of(row=found),
        "arguments": arguing.of_statement(statement=found),
        "answers": owing.answers_of(statement=found),
        "may_argue": _allows(consultation, Gesture.ARGUE),
        "may_answer": manages and _allows(consultation, Gesture.ANSWER),
        "may_follow_up": manages and _allows(consultation, Gesture.FOLLOW_UP),
        "voter": voter,
        "is_author": voter is not None and found.voter_id == voter.pk,
        "manages": manages,
        "choices": [(choice, choice_label(choice)) for choice in Choice],
        "may_vote": _allows(consultation, Gesture.VOTE),
        "may_propose": _allows(consultation, Gesture.PROPOSE),
        "decide_form": DecideForm(),
    }
    return render(request, "debate/statement.html", context)


@limited(scope="debate-propose", limit=30, window_s=HOUR_S)
@show_or_send
def propose(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """A statement or a proposal; what is nearly the same is shown before it is posted."""
    found, _manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    return _write(request, found, None)


@limited(scope="debate-propose", limit=30, window_s=HOUR_S)
@show_or_send
def amend(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Other words for a statement, to be voted on beside it."""
    found, _manages = access.access_statement_by_id(person_id=person_of(request), statement_id=statement_id)
    return _write(request, found.consultation, found)


def _write(request: HttpRequest, found: Consultation, amended: Statement | None) -> HttpResponse:
    """The form; a sent one that is like others is shown again beside them, to be confirmed."""
    initial = {"text": amended.text, "details": amended.details} if amended else {}
    form = StatementForm(request.POST if request.method == "POST" else None, initial=initial)
    near = () if amended else _near(request, found, form)
    if not near and done(form, lambda: _propose(request, found, form, amended)):
        messages.success(
            request,
            _("Sent. Whoever leads the debate reads it before it is shown.")
            if found.premoderated
            else _("Published: others vote on it now."),
        )
        return redirect("debate:ballot", found.pk)
    context = {
        "consultation": found,
        "form": form,
        "near": near,
        "amended": amended,
        "voter": voter_of(request, found),
        "may_propose": _allows(found, Gesture.PROPOSE),
    }
    return render(request, "debate/propose.html", context)


def _near(
    request: HttpRequest, found: Consultation, form: StatementForm
) -> tuple[queries.StatementLine, ...]:
    if not form.is_valid() or request.POST.get("different") == "1":
        return ()
    return queries.near(consultation_id=found.pk, text=form.cleaned_data["text"])


def _propose(
    request: HttpRequest, found: Consultation, form: StatementForm, amended: Statement | None
) -> None:
    verbs.propose(
        consultation_id=found.pk,
        key=keys.key_of(request, found.pk),
        amends_id=amended.pk if amended else None,
        on=today(),
        **form.cleaned_data,
    )


@limited(scope="debate-propose", limit=30, window_s=HOUR_S)
@show_or_send
def edit(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """The author corrects his words while nobody has voted on them."""
    found, consultation = queries.own_statement(
        statement_id=statement_id, key_of=lambda one: keys.key_of(request, one)
    )
    form = EditForm(request.POST if request.method == "POST" else None, initial={"text": found.text})
    key = keys.key_of(request, consultation.pk)
    if done(
        form,
        lambda: verbs.edit(
            consultation_id=consultation.pk, key=key, statement_id=found.pk, text=form.cleaned_data["text"]
        ),
    ):
        return redirect("debate:ballot", consultation.pk)
    return render(request, "debate/edit_statement.html", {"form": form, "consultation": consultation})


@limited(scope="debate-report", limit=20, window_s=HOUR_S)
@show_or_send
def report(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Reports a statement to the moderators."""
    person_id = person_of(request)
    found, _manages = access.access_statement_by_id(person_id=person_id, statement_id=statement_id)
    if person_id is None:
        page = reverse("debate:statement", args=[found.pk])
        verb = partial(verbs.report, by_id=None, statement_id=found.pk)
        return without_account(request, found.text, page, verb)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if done(form, lambda: verbs.report(by_id=person_id, statement_id=found.pk, **form.cleaned_data)):
        messages.success(request, reported())
        return redirect("debate:statement", found.pk)
    return render(request, "debate/report.html", {"form": form, "statement": found})


# For those who manage ------------------------------------------------------------------------------


@login_required
@require_safe
def waiting(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """What waits to be read, and what was hidden."""
    found = access.access_consultation_to_manage_by_id(
        person_id=signed_in(request), consultation_id=consultation_id
    )
    context = {
        "consultation": found,
        "waiting": queries.waiting(consultation_id=found.pk),
        "hidden": queries.hidden(consultation_id=found.pk),
        "arguments": arguing.waiting(consultation_id=found.pk),
        "hidden_arguments": arguing.hidden(consultation_id=found.pk),
    }
    return render(request, "debate/waiting.html", context)


@sent_from("statement")
@login_required
@limited(scope="debate-decide", limit=300, window_s=HOUR_S)
@require_POST
def decide(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """Shows a statement, or hides it with a reason."""
    found = access.access_statement_to_manage_by_id(person_id=signed_in(request), statement_id=statement_id)
    show = request.POST.get("show") == "1"
    tell(
        request,
        lambda: verbs.decide(
            by_id=signed_in(request),
            statement_id=found.pk,
            show=show,
            reason=request.POST.get("reason", "")[:1000],
            at=now(),
        ),
        _("Published.") if show else _("Hidden; its author reads the reason."),
    )
    return redirect("debate:waiting", found.consultation_id)


@sent_from("statement")
@login_required
@limited(scope="debate-decide", limit=300, window_s=HOUR_S)
@require_POST
def adopt(request: HttpRequest, statement_id: UUID) -> HttpResponse:
    """An amendment takes the place of what it amends."""
    found = access.access_statement_to_manage_by_id(person_id=signed_in(request), statement_id=statement_id)
    tell(
        request,
        lambda: verbs.adopt(by_id=signed_in(request), statement_id=found.pk),
        _("The amendment has taken the place of the first text, which stays readable."),
    )
    return redirect("debate:statement", found.pk)


@login_required
@limited(scope="debate-seed", limit=60, window_s=HOUR_S)
@show_or_send
def seed(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Several statements of the organisers at once."""
    person_id = signed_in(request)
    found = access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    form = SeedsForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: verbs.seed(by_id=person_id, consultation_id=found.pk, texts=form.lines(), on=today()),
    ):
        return redirect("debate:statements", found.pk)
    return render(request, "debate/seed.html", {"form": form, "consultation": found})


@login_required
@limited(scope="debate-seed", limit=60, window_s=HOUR_S)
@show_or_send
def remarks(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """What was heard at doors, where enough people stand behind it: each may become a statement."""
    person_id = signed_in(request)
    found = access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    language = (get_language() or "fr")[:2]
    heard = hearing.heard_at_doors(consultation=found, day=today(), language=language)
    sent = request.POST.get("talking_point_id", "")
    point_id = next((one.point_id for one in heard if str(one.point_id) == sent), None)
    form = RemarkForm(request.POST if request.method == "POST" else None, point_id=point_id)
    times = {one.point_id: one.times for one in heard}
    if done(form, lambda: _add_remark(person_id, found, form, times)):
        return redirect("debate:remarks", found.pk)
    context = {
        "consultation": found,
        "form": form if form.is_bound and point_id is None else None,
        "heard": [
            (
                one,
                form
                if one.point_id == point_id
                else RemarkForm(initial={"text": one.words}, point_id=one.point_id),
            )
            for one in heard
        ],
    }
    return render(request, "debate/remarks.html", context)


def _add_remark(person_id: UUID, found: Consultation, form: RemarkForm, times: dict[UUID, int]) -> None:
    point_id = form.cleaned_data["talking_point_id"]
    verbs.add_remark(
        by_id=person_id,
        consultation_id=found.pk,
        text=form.cleaned_data["text"],
        talking_point_id=point_id,
        times=times.get(point_id, 0),
        on=today(),
    )
