"""Pages of one's own voice: the key, votes, withdrawal; and paper codes for those who hand them out."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import Gesture, Phase, may
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import arguments, rolls
from amiral.rooms.debate.actions import ballots as verbs
from amiral.rooms.debate.contracts import Choice, Identity
from amiral.rooms.debate.models import Consultation
from amiral.rooms.debate.queries import arguing, codes_pdf, hidden, places, statements, voices
from amiral.rooms.debate.queries import consultations as queries
from amiral.rooms.debate.queries.labels import choice_label
from amiral.rooms.debate.web import keys
from amiral.rooms.debate.web.common import (
    HOUR_S,
    done,
    person_of,
    private,
    sent_from,
    show_or_send,
    signed_in,
    tell,
    voter_of,
)
from amiral.rooms.debate.web.forms import AppealForm, CodesForm, KeyForm
from amiral.rooms.moderation import api as moderation


def _open(request: HttpRequest, consultation_id: UUID) -> Consultation:
    found, _manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    return found


# Voting --------------------------------------------------------------------------------------------


@limited(scope="debate-vote", limit=600, window_s=HOUR_S)
@show_or_send
def vote(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """One statement and three buttons; the next one follows. Without a key it is a try."""
    found = _open(request, consultation_id)
    if request.method == "POST":
        return _cast(request, found)
    voter = voter_of(request, found)
    tried = keys.tried(request, found.pk)
    answered = (
        statements.votes_of(voter=voter)
        if voter
        else statements.tried_votes(consultation_id=found.pk, tried=tried)
    )
    who = voter.pseudonym if voter else request.META.get("CSRF_COOKIE", "")
    context = {
        "page": queries.page(consultation=found, manages=False, at=now()),
        "next": statements.next_statement(consultation=found, answered=answered, who=who),
        "voter": voter,
        "place": places.own_place(voter=voter) if voter and access.shows_results(found) else None,
        "choices": [(choice, choice_label(choice)) for choice in Choice],
        "may_vote": _may_vote(found),
    }
    return private(render(request, "debate/vote.html", context))


def _may_vote(found: Consultation) -> bool:
    return may(phase=Phase(found.phase), gesture=Gesture.VOTE, overlap=found.overlap)


def _cast(request: HttpRequest, found: Consultation) -> HttpResponse:
    to_ballot = request.POST.get("next", "") == "voix"
    back = redirect("debate:ballot" if to_ballot else "debate:vote", found.pk)
    sent, number = request.POST.get("choice", ""), request.POST.get("number", "")
    if sent not in set(Choice) or not (number.isascii() and number.isdigit() and len(number) < 10):
        return back
    choice = Choice(sent)
    if voter_of(request, found) is None:
        if _may_vote(found):
            keys.remember_tried(back, found.pk, keys.tried(request, found.pk) | {int(number): choice})
        return back
    key = keys.key_of(request, found.pk)
    tell(
        request,
        lambda: verbs.cast(consultation_id=found.pk, key=key, number=int(number), choice=choice),
    )
    return back


# One's own voice -----------------------------------------------------------------------------------


@require_safe
def ballot(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The key, what was voted and written with it; or how to get one."""
    return _ballot(request, _open(request, consultation_id), KeyForm(initial=_code_of(request)))


def _code_of(request: HttpRequest) -> dict[str, str]:
    """A paper code's QR leads here with the code behind."""
    return {"key": request.GET.get("code", "")[:40]}


def _ballot(request: HttpRequest, found: Consultation, form: KeyForm) -> HttpResponse:
    voter, person_id = voter_of(request, found), person_of(request)
    context = {
        "page": queries.page(consultation=found, manages=False, at=now()),
        "voter": voter,
        "key": verbs.readable(keys.key_of(request, found.pk)) if voter else "",
        "form": form,
        "answered": statements.answered_lines(voter=voter) if voter else (),
        "written": statements.written_by(voter=voter) if voter else (),
        "argued": arguing.written_by(voter=voter) if voter else (),
        "contradicted": hidden.contradictions_of(voter=voter) if voter else (),
        "choices": [(choice, choice_label(choice)) for choice in Choice],
        "may_vote": _may_vote(found),
        "may_take": found.identity == Identity.SESSION
        or (person_id is not None and _may_take(found, person_id)),
        "taken": person_id is not None and rolls.has_taken_key(consultation=found, person_id=person_id),
        "signed_in": person_id is not None,
        "drawn": person_id is not None and voices.was_drawn(consultation=found, person_id=person_id),
        "tried": len(keys.tried(request, found.pk)),
    }
    return private(render(request, "debate/ballot.html", context))


def _may_take(found: Consultation, person_id: UUID) -> bool:
    if found.identity == Identity.PHONE:
        return rolls.has_number(person_id=person_id)
    return found.identity == Identity.MEMBER


@sent_from("ballot")
@limited(scope="debate-key", limit=20, window_s=HOUR_S)
@require_POST
def take_key(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """A new key, once for each person; what was tried before becomes votes."""
    found = _open(request, consultation_id)
    try:
        key = verbs.take_key(consultation_id=found.pk, person_id=person_of(request))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("debate:ballot", found.pk)
    return _entered(request, found, key, _("This is your voting key: write it down, we do not keep it."))


@sent_from("ballot")
@limited(scope="debate-code", limit=30, window_s=HOUR_S)
@require_POST
def open_with_key(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """A key typed again, or a paper code."""
    found = _open(request, consultation_id)
    form = KeyForm(request.POST)
    opened: list[str] = []
    if done(
        form,
        lambda: opened.append(verbs.open_with(consultation_id=found.pk, typed=form.cleaned_data["key"])),
    ):
        return _entered(request, found, opened[0], _("Your voice is open on this device."))
    return _ballot(request, found, form)


def _entered(request: HttpRequest, found: Consultation, key: str, sentence: str) -> HttpResponse:
    verbs.cast_tried(consultation_id=found.pk, key=key, tried=keys.tried(request, found.pk))
    messages.success(request, sentence)
    response = keys.remember(redirect("debate:ballot", found.pk), found.pk, key)
    return private(keys.forget_tried(response, found.pk))


@sent_from("ballot")
@limited(scope="debate-key", limit=60, window_s=HOUR_S)
@require_POST
def leave(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Forgets the key on this device."""
    found = _open(request, consultation_id)
    messages.success(request, _("This device has forgotten your key."))
    return keys.forget(redirect("debate:ballot", found.pk), found.pk)


@sent_from("ballot")
@limited(scope="debate-key", limit=60, window_s=HOUR_S)
@require_POST
def publish_votes(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Agrees, or no longer, that one's row of votes is published as open data."""
    found = _open(request, consultation_id)
    agreed = request.POST.get("agreed") == "1"
    tell(
        request,
        lambda: verbs.open_votes(consultation_id=found.pk, key=keys.key_of(request, found.pk), agreed=agreed),
        _("Your choice is kept."),
    )
    return redirect("debate:ballot", found.pk)


@limited(scope="debate-key", limit=20, window_s=HOUR_S)
@show_or_send
def withdraw(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Asks once more, then deletes every vote of the voice."""
    found = _open(request, consultation_id)
    if request.method == "POST":
        key = keys.key_of(request, found.pk)
        tell(
            request,
            lambda: verbs.withdraw(consultation_id=found.pk, key=key),
            _("Your votes are withdrawn. Maps drawn from now on no longer count them."),
        )
        return redirect("debate:ballot", found.pk)
    context = {"consultation": found, "voter": voter_of(request, found)}
    return private(render(request, "debate/withdraw.html", context))


@limited(scope="debate-key", limit=60, window_s=HOUR_S)
@show_or_send
def withdraw_argument(request: HttpRequest, consultation_id: UUID, argument_id: UUID) -> HttpResponse:
    """Asks once more, then deletes an argument of the voice."""
    found = _open(request, consultation_id)
    argument = arguing.own(argument_id=argument_id, consultation_id=found.pk, voter=voter_of(request, found))
    if request.method == "POST":
        key = keys.key_of(request, found.pk)
        tell(
            request,
            lambda: arguments.withdraw(consultation_id=found.pk, key=key, argument_id=argument_id),
            _("Your argument is withdrawn."),
        )
        return redirect("debate:ballot", found.pk)
    context = {"consultation": found, "argument": argument}
    return private(render(request, "debate/withdraw_argument.html", context))


@limited(scope="debate-appeal", limit=20, window_s=HOUR_S)
@show_or_send
def appeal(request: HttpRequest, consultation_id: UUID, words_id: UUID) -> HttpResponse:
    """Why a moderator hid what the voice wrote, and asking another one: a voice has no letters."""
    found = _open(request, consultation_id)
    words = hidden.hidden_words(voter=voter_of(request, found), words_id=words_id)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if done(
        form,
        lambda: moderation.appeal_without_account(
            subject_kind=words.kind, subject_id=words.id, words=form.cleaned_data["words"], at=now()
        ),
    ):
        messages.success(request, _("Another moderator will look at it. The answer will stand here."))
        return redirect("debate:appeal", found.pk, words_id)
    context = {"consultation": found, "words": words, "form": form}
    return private(render(request, "debate/appeal.html", context))


@require_safe
def my_votes(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Everything that one's key holds, as a file."""
    found = _open(request, consultation_id)
    voter = voter_of(request, found)
    response = JsonResponse(statements.export_of(consultation=found, voter=voter))
    response["Content-Disposition"] = 'attachment; filename="mes-votes.json"'
    return private(response)


# Paper codes ---------------------------------------------------------------------------------------


@login_required
@limited(scope="debate-print", limit=20, window_s=HOUR_S)
@show_or_send
def codes(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Paper codes: a PDF that is made once; only hashes of its codes are kept."""
    person_id = signed_in(request)
    found = access.access_consultation_to_manage_by_id(person_id=person_id, consultation_id=consultation_id)
    form = CodesForm(request.POST if request.method == "POST" else None)
    made: list[tuple[UUID, tuple[str, ...]]] = []
    if done(
        form,
        lambda: made.append(
            verbs.print_codes(by_id=person_id, consultation_id=found.pk, **form.cleaned_data)
        ),
    ):
        return _pdf(request, found, made[0][1])
    context = {"consultation": found, "form": form, "batches": queries.batches(consultation_id=found.pk)}
    return render(request, "debate/codes.html", context)


def _pdf(request: HttpRequest, found: Consultation, printed: tuple[str, ...]) -> HttpResponse:
    address = request.build_absolute_uri(reverse("debate:ballot", args=[found.pk]))
    content = codes_pdf.sheets(
        question=found.question,
        codes=tuple(verbs.readable(code) for code in printed),
        address=address,
        language=(get_language() or "fr")[:2],
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="codes.pdf"'
    return private(response)
