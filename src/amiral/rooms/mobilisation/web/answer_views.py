"""What somebody sees who follows the link of a reminder, without signing in: a GET shows, a POST acts."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation.actions import answering, places
from amiral.rooms.mobilisation.queries import answers
from amiral.rooms.mobilisation.queries.place_links import sign_up_id_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(scope="actions-answer", limit=30, window_s=60)
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """ "I will be there", "I cannot come", "I was there": each one button."""
    sign_up_id = sign_up_id_of(token=token)
    view = answers.answer_page(sign_up_id=sign_up_id, at=now())
    with translation.override(view.language):
        if request.method == "POST":
            _act(request, view, request.POST.get("say", ""))
            return redirect("mobilisation:reminder", token=token)
        response = render(
            request, "mobilisation/answer.html", {"view": view, "shift": view.shift, "token": token}
        )
    # Not "no-referrer": a browser would then send "Origin: null" with the buttons, refused as forged.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _act(request: HttpRequest, view: answers.AnswerPage, said: str) -> None:
    try:
        messages.success(request, _say(view.sign_up_id, view, said))
    except Refused as refusal:
        messages.error(request, str(refusal))


def _say(sign_up_id: UUID, view: answers.AnswerPage, said: str) -> str:
    """Does what the button says; the sentence for the page."""
    match said:
        case "come":
            answering.confirm_coming(sign_up_id=sign_up_id, at=now())
            return _("Good. See you there!")
        case "cancel":
            places.cancel_sign_up(person_id=view.person_id, shift_id=view.shift.id, at=now())
            return _("Your place is free for somebody else. Thank you for telling.")
        case "came" | "missed":
            answering.say_came(sign_up_id=sign_up_id, came=said == "came", at=now())
            return _("Thank you for your answer.")
    raise NotFound
