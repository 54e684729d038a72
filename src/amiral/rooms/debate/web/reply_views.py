"""Pages of the right of reply: asking without an account, following a case, deciding, reading replies."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import client_key, give_back, is_allowed, limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import replies
from amiral.rooms.debate.models import ReplyRequest
from amiral.rooms.debate.queries import replies as queries
from amiral.rooms.debate.web.common import HOUR_S, done, person_of, show_or_send, signed_in, tell
from amiral.rooms.debate.web.reply_forms import RefusalForm, ReplyForm, SettlementForm

A_DAY_S, PER_ADDRESS, PER_NETWORK = 24 * HOUR_S, 3, 10


@show_or_send
@limited(scope="reply-form", limit=120, window_s=HOUR_S)
def ask(request: HttpRequest) -> HttpResponse:
    """ "I am named here": what the law gives, and the form. Counting the lines needs no script."""
    page = queries.path_of(request.POST.get("page") or request.GET.get("page", ""))
    counting = "count" in request.POST
    initial = {"page": page, "capacity": "myself"}
    form = ReplyForm(request.POST if request.method == "POST" and not counting else None, initial=initial)
    if counting:
        form = ReplyForm(initial={name: request.POST.get(name, "") for name in ReplyForm.base_fields})
    secret: list[str] = []
    if form.is_bound and done(form, lambda: secret.append(_opened(request, form))):
        return redirect("debate:reply_case", secret=secret[0])
    return render(request, "debate/replies/ask.html", _asking(request, form, page))


class TooManyRequests(Refused):
    """The fourth request from one address in a day."""

    fields = ("email",)

    def __init__(self) -> None:
        super().__init__(_("Three requests came from this address today. Come back tomorrow."))


class TooManyFromThisNetwork(Refused):
    """The eleventh request from one network address in a day."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Ten requests came from this network today. Send yours from another one, come back tomorrow "
                "or write by registered letter."
            )
        )


def _opened(request: HttpRequest, form: ReplyForm) -> str:
    """What cannot be received counts neither among the three of a day nor among the ten of a network."""
    draft, at = form.draft(language=get_language() or "fr"), now()
    replies.check(draft=draft)
    network, address = client_key(request), draft.email.lower()
    if not is_allowed(scope="reply-ask", key=network, limit=PER_NETWORK, window_s=A_DAY_S):
        raise TooManyFromThisNetwork
    if not is_allowed(scope="reply-address", key=address, limit=PER_ADDRESS, window_s=A_DAY_S):
        give_back(scope="reply-ask", key=network)
        raise TooManyRequests
    return replies.ask(draft=draft, at=at)


def _asking(request: HttpRequest, form: ReplyForm, page: str) -> dict[str, object]:
    text = request.POST.get("text", "")
    length, fits = queries.length_sentence(text=text, page=page, at=now())
    return {
        "form": form,
        "frame": queries.frame(page=page, at=now()),
        "length": length if text else "",
        "fits": fits,
        "publisher": settings.PUBLISHER,
        "answers": access.answers_for_the_site(person_id=person_of(request)),
    }


@require_POST
@limited(scope="reply-length", limit=600, window_s=HOUR_S)
def length(request: HttpRequest) -> JsonResponse:
    """The length of what is being written, by the server's rule."""
    text, page = request.POST.get("text", ""), queries.path_of(request.POST.get("page", ""))
    said, fits = queries.length_sentence(text=text, page=page, at=now())
    return JsonResponse({"text": said, "fits": fits})


@never_cache
@show_or_send
@limited(scope="reply-case", limit=30, window_s=HOUR_S)
def case(request: HttpRequest, secret: str) -> HttpResponse:
    """The receipt: number, dates, steps; confirming the address and withdrawing are buttons."""
    row = replies.case_by_secret(secret=secret)
    if request.method == "POST":
        _follow(request, secret)
        return redirect("debate:reply_case", secret=secret)
    shown = {"case": queries.case(row, at=now()), "key": request.GET.get("cle", "")}
    response = render(request, "debate/replies/case.html", shown)
    # Not "no-referrer": a browser would then send "Origin: null" with the buttons, refused as forged.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _follow(request: HttpRequest, secret: str) -> None:
    try:
        if request.POST.get("do") == "withdraw":
            replies.withdraw(secret=secret, at=now())
            messages.success(request, _("Your request is withdrawn."))
        elif request.POST.get("do") == "confirm":
            replies.confirm_address(secret=secret, key=request.POST.get("cle", ""), at=now())
            messages.success(request, _("Your address is confirmed."))
        else:
            raise NotFound
    except Refused as refusal:
        messages.error(request, str(refusal))


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """Every reply, also those whose page is gone."""
    page = queries.published(page_number=request.GET.get("page", "1"))
    return render(request, "debate/replies/published.html", {"page": page})


@require_safe
def reply(request: HttpRequest, reply_id: UUID) -> HttpResponse:
    """One reply; who is named in it may ask in turn."""
    return render(request, "debate/replies/reply.html", {"reply": queries.reply_by_id(reply_id=reply_id)})


@login_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """For who stands for the director of publication: open cases with their countdown."""
    access.access_reply_board(person_id=signed_in(request))
    waiting, ended = queries.board(at=now())
    return render(request, "debate/replies/board.html", {"waiting": waiting, "ended": ended})


@login_required
@show_or_send
@limited(scope="reply-decide", limit=120, window_s=HOUR_S)
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case and its next steps."""
    row = access.access_reply_case_by_id(person_id=signed_in(request), case_id=case_id)
    refusal, settlement = RefusalForm(prefix="refuse"), SettlementForm(prefix="settle")
    if request.method == "POST":
        what = request.POST.get("do", "")
        if what == "refuse":
            refusal = RefusalForm(request.POST, prefix="refuse")
        elif what == "settle":
            settlement = SettlementForm(request.POST, prefix="settle")
        if _stepped(request, row, what, refusal, settlement):
            return redirect("debate:decide_reply", case_id=case_id)
    context = {"case": queries.case(row, at=now()), "refusal": refusal, "settlement": settlement}
    return render(request, "debate/replies/decide.html", context)


def _stepped(
    request: HttpRequest, row: ReplyRequest, what: str, refusal: RefusalForm, settlement: SettlementForm
) -> bool:
    by, at = signed_in(request), now()
    match what:
        case "refuse":
            return _decided(request, refusal, lambda: _refuse(row, refusal, by), what)
        case "settle":
            return _decided(request, settlement, lambda: _settle(row, settlement, by), what)
        case "prove" | "admit" | "publish":
            verbs: dict[str, Callable[..., object]] = {
                "prove": replies.prove,
                "admit": replies.admit,
                "publish": replies.publish,
            }
            tell(request, lambda: verbs[what](by_id=by, case_id=row.pk, at=at), _done_words(what))
            return True
    raise NotFound


def _done_words(what: str) -> str:
    return {
        "prove": _("The identity is proven; the person gets a letter."),
        "admit": _("Nothing stands against it. The reply can be published."),
        "publish": _("The reply stands under its page; the person gets a letter."),
        "refuse": _("Refused; the person gets a letter with the ground and your sentence."),
        "settle": _("Settled; the person gets a letter."),
    }[what]


def _decided(request: HttpRequest, form: forms.Form, verb: Callable[[], object], what: str) -> bool:
    if not done(form, verb):
        return False
    messages.success(request, _done_words(what))
    return True


def _refuse(row: ReplyRequest, form: RefusalForm, by: UUID) -> None:
    words = form.cleaned_data["words"]
    replies.refuse(by_id=by, case_id=row.pk, ground=form.chosen(), words=words, at=now())


def _settle(row: ReplyRequest, form: SettlementForm, by: UUID) -> None:
    replies.settle(by_id=by, case_id=row.pk, words=form.cleaned_data["words"], at=now())
