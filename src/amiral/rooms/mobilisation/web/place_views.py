"""Pages of those who come: signing up with or without an account, answering an offer, giving back."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.mobilisation import access
from amiral.rooms.mobilisation.actions import guests, places
from amiral.rooms.mobilisation.contracts import COMING, ShiftCard, SignUpState
from amiral.rooms.mobilisation.queries import cards, pages, place_links, seats
from amiral.rooms.mobilisation.queries.place_links import Tap
from amiral.rooms.mobilisation.web.place_forms import GuestForm, PlaceForm
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

read_or_write = require_http_methods(["GET", "HEAD", "POST"])
volunteers_pace = limited(scope="actions-places", limit=30, window_s=60)
guests_pace = limited(scope="guest-places", limit=60, window_s=3600)


def _said(state: SignUpState) -> str:
    """What a sign-up has come to, in a sentence."""
    if state in COMING:
        return _("Your place is kept. A confirmation is on its way to your mailbox.")
    return {
        SignUpState.WAITING: _("No place is free for you now: you are on the waiting list. We write to you."),
        SignUpState.OFFERED: _("A place is being kept for you: take it below before somebody else gets it."),
        SignUpState.REQUESTED: _("You have asked for a place: those who lead this action will answer."),
    }[state]


# Signing up ----------------------------------------------------------------------------------------
def sign_up(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """What one comes as and with how many; without an account, from an address that a letter confirms."""
    return _as_member(request, shift_id) if request.user.is_authenticated else _as_guest(request, shift_id)


@read_or_write
@volunteers_pace
def _as_member(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    person_id = _signed_in_id(request)
    shift = access.access_shift_by_id(person_id=person_id, shift_id=shift_id)
    usual = {"role": seats.usual_role(person_id=person_id, at=now()).value, "party": 1}
    # A button on a list sends neither: it means the usual.
    form = PlaceForm({**usual, **request.POST.dict()} if request.method == "POST" else None, initial=usual)
    if not form.is_valid():
        return _member_page(request, shift_id, form)
    try:
        state = places.sign_up(
            person_id=person_id,
            shift_id=shift_id,
            at=now(),
            shows_phone=request.POST.get("call_me") == "1",
            role=form.chosen_role,
            party=form.cleaned_data["party"],
        )
    except (places.PartyTooLarge, places.RoleNotTaken) as refusal:
        form.blame(refusal)
        return _member_page(request, shift_id, form)
    except Refused as refusal:
        return _refused(request, shift_id, refusal)
    outreach.note_sign_up(person_id=person_id, came_from=request.headers.get("Referer", ""))
    messages.success(request, _said(state))
    return redirect("mobilisation:action", action_id=shift.action_id)


def _member_page(request: HttpRequest, shift_id: UUID, form: PlaceForm) -> HttpResponse:
    has_phone = people.has_phone(person_id=_signed_in_id(request))
    words = {"shift": cards.shift_by_id(shift_id=shift_id), "form": form, "has_phone": has_phone}
    return render(request, "mobilisation/sign_up.html", words, status=422 if form.errors else 200)


@read_or_write
@guests_pace
def _as_guest(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    shift = cards.shift_card(access.access_shift_by_id(person_id=None, shift_id=shift_id))
    if "email" not in request.POST:  # also a button on a list, which sends nothing
        return _guest_page(request, shift, GuestForm(initial=_first_values(request)))
    form = GuestForm(request.POST)
    if not form.is_valid():
        return _guest_page(request, shift, form)
    try:
        guests.ask(shift_id=shift_id, asked=form.asked(), language=form.language, at=now())
    except (places.PartyTooLarge, places.RoleNotTaken) as refusal:
        form.blame(refusal)
        return _guest_page(request, shift, form)
    except Refused as refusal:
        return _refused(request, shift_id, refusal)
    return redirect("mobilisation:guest_sent")


def _first_values(request: HttpRequest) -> dict[str, object]:
    role = seats.usual_role(person_id=None, at=now())
    return {"role": role.value, "party": 1, "shown_in": request.LANGUAGE_CODE}


def _guest_page(request: HttpRequest, shift: ShiftCard, form: GuestForm) -> HttpResponse:
    words = {"shift": shift, "form": form, "join": _join_path(request.path)}
    return render(request, "mobilisation/guest.html", words, status=422 if form.errors else 200)


def _join_path(path: str) -> str:
    """The join form, which leads back here; it also lets members sign in."""
    query = QueryDict(mutable=True)
    query["next"] = path
    return f"{reverse('people:join')}?{query.urlencode(safe='/')}"


def _refused(request: HttpRequest, shift_id: UUID, refusal: Refused) -> HttpResponse:
    """409 with the reason and where places are left."""
    shift = cards.shift_by_id(shift_id=shift_id)
    others = pages.alternatives(shift_id=shift_id, at=now())
    context = {"reason": str(refusal), "shift": shift, "others": others}
    return render(request, "mobilisation/refused.html", context, status=409)


@require_safe
def guest_sent(request: HttpRequest) -> HttpResponse:
    """What to do now; the same for every address."""
    return render(request, "mobilisation/guest_sent.html")


@never_cache
@read_or_write
@limited(scope="guest-confirm", limit=60, window_s=3600)
def confirm_guest(request: HttpRequest, token: str) -> HttpResponse:
    """A button, since mail scanners open links; pressing it makes the sign-up."""
    try:
        asked = guests.request_by_token(token=token, at=now())
        if request.method == "POST" or asked.sign_up_id is not None:
            sign_up_id = guests.confirm(token=token, at=now())
            return redirect(place_links.place_path(sign_up_id=sign_up_id))
    except Refused as refusal:
        return render(request, "mobilisation/link_over.html", {"reason": str(refusal)}, status=410)
    words = {"shift": cards.shift_card(asked.shift), "place": asked.shift.action.place}
    return render(request, "mobilisation/confirm_guest.html", words)


# One's own place, from a letter --------------------------------------------------------------------
@never_cache
@require_safe
def place(request: HttpRequest, token: str) -> HttpResponse:
    """How one's sign-up stands, for who holds the link of a letter."""
    return _place_page(request, token, None)


@never_cache
@read_or_write
@limited(scope="place-link", limit=60, window_s=600)
def tap(request: HttpRequest, token: str, gesture: str) -> HttpResponse:
    """GET shows the one button, POST does it: a program that follows links changes nothing."""
    if gesture not in set(Tap):
        raise NotFound
    if request.method != "POST":
        return _place_page(request, token, Tap(gesture))
    sign_up_id = place_links.sign_up_id_of(token=token)
    person_id, shift_id = seats.holder_of(sign_up_id=sign_up_id)
    verb, said = VERBS[Tap(gesture)]
    _try(request, partial(verb, person_id=person_id, shift_id=shift_id, at=now()), said())
    return redirect("mobilisation:place", token=token)


def _place_page(request: HttpRequest, token: str, wanted: Tap | None) -> HttpResponse:
    mine = seats.my_place(sign_up_id=place_links.sign_up_id_of(token=token), at=now())
    label = seats.STATE_LABELS[mine.state]
    words = {"mine": mine, "shift": mine.shift, "token": token, "wanted": wanted, "label": label}
    response = render(request, "mobilisation/place.html", words)
    response.headers["X-Robots-Tag"] = "noindex"
    # Not "no-referrer": a browser would then send "Origin: null" with the form, which is refused as forged.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


# One's own place, signed in ------------------------------------------------------------------------
@require_POST
@volunteers_pace
@login_required
def answer(request: HttpRequest, shift_id: UUID, gesture: str) -> HttpResponse:
    """Takes or declines the place that is being offered, or gives one's place back."""
    if gesture not in set(Tap):
        raise NotFound
    person_id = _signed_in_id(request)
    shift = access.access_shift_by_id(person_id=person_id, shift_id=shift_id)
    verb, said = VERBS[Tap(gesture)]
    _try(request, partial(verb, person_id=person_id, shift_id=shift_id, at=now()), said())
    return redirect("mobilisation:action", action_id=shift.action_id)


def cancel_sign_up(request: HttpRequest, shift_id: UUID) -> HttpResponse:
    """Gives the place back."""
    return answer(request, shift_id, Tap.CANCEL)


def _try(request: HttpRequest, verb: Callable[[], object], said: str) -> None:
    try:
        verb()
        messages.success(request, said)
    except Refused as refusal:
        messages.error(request, str(refusal))


VERBS: dict[Tap, tuple[Callable[..., object], Callable[[], str]]] = {
    Tap.ACCEPT: (places.accept_offer, lambda: _said(SignUpState.CONFIRMED)),
    Tap.DECLINE: (
        places.decline_offer,
        lambda: _("The place goes to the next person. Thank you for telling."),
    ),
    Tap.CANCEL: (
        places.cancel_sign_up,
        lambda: _("Your place is free for somebody else. Thank you for telling."),
    ),
}


def _signed_in_id(request: HttpRequest) -> UUID:
    if not request.user.is_authenticated:
        raise NotFound
    return request.user.pk
