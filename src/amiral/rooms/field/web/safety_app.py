"""The field app's own address for safety: what was said while there was no network, and how things stand.

A phone shows its token; a browser that is signed in names the shift. Gestures have ids: sent again they
change nothing, so a phone sends until it is answered. They are no events of the field log, and speak of no
door unless the person says its number.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from amiral.kit import qr
from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import is_allowed
from amiral.kit.requests import is_own_json, refused_json
from amiral.rooms.field.actions import helping, presence
from amiral.rooms.field.contracts import Caller, Told
from amiral.rooms.field.queries import safety as queries
from amiral.rooms.field.queries import teams
from amiral.rooms.field.web.safety_callers import caller_of_device, caller_of_shift, leader_phones
from amiral.rooms.field.web.sync_views import BUSY_S, device_of
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.people import api as people

MOST_BYTES = 16 * 1024
MOST_GESTURES = 50
MOST_NUMBER = 100_000
REQUESTS_A_MINUTE = 120
"""Of one phone, calls for help not counted: those are always heard."""

logger = logging.getLogger(__name__)


class _Bad(ValueError):
    """What was sent cannot be read; the text says what is expected."""


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """What was said. ``name``: of its answer, its id as it was written or ``#`` and its place in the list."""

    name: str
    id: UUID | None
    kind: str
    pair: bool
    told: Told


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def safety(request: HttpRequest) -> HttpResponse:
    """Gestures in, one answer for each, and the state of the team around this phone."""
    moment = now()
    try:
        caller = _caller(request, moment)
        gestures = _gestures(request) if request.method == "POST" else []
    except NotFound:
        return refused_json(
            HTTPStatus.UNAUTHORIZED, _("This phone no longer belongs to the team. In danger, call 17 or 112.")
        )
    except PermissionError:
        return refused_json(
            HTTPStatus.FORBIDDEN, _("This request comes from another site: nothing was done.")
        )
    except _Bad as problem:
        return refused_json(HTTPStatus.BAD_REQUEST, str(problem))
    calls = any(one.kind == "help" for one in gestures)
    if not calls and not is_allowed(scope="safety-app", key=caller.key, limit=REQUESTS_A_MINUTE, window_s=60):
        sentence = _("Too many requests: try again in a minute.")
        return refused_json(HTTPStatus.TOO_MANY_REQUESTS, sentence, **{"Retry-After": "60"})
    try:
        answers = {one.name: _done(caller, one, moment) for one in gestures}
        return JsonResponse({"answers": answers, "state": _state(caller, moment)})
    except DatabaseError:  # busy, or who calls is being merged or erased: each gesture is known by its id
        logger.exception("safety: the database did not answer")
        sentence = _("The server is busy or being updated: keep everything and send it again.")
        return refused_json(HTTPStatus.SERVICE_UNAVAILABLE, sentence, **{"Retry-After": str(BUSY_S)})


def _caller(request: HttpRequest, at: datetime) -> Caller:
    """Raises ``NotFound`` for an unknown or revoked phone and for who is not of the team."""
    if "Authorization" in request.headers:
        device = device_of(request)
        if device is None:
            raise NotFound
        return caller_of_device(device)
    if request.method == "POST" and not is_own_json(request):
        raise PermissionError
    try:
        shift_id = UUID(request.GET.get("creneau", ""))
    except ValueError:
        raise NotFound from None
    return caller_of_shift(request, shift_id=shift_id, at=at)


def _gestures(request: HttpRequest) -> list[Gesture]:
    try:
        body = request.body
        said = json.loads(body.decode("utf-8")) if len(body) <= MOST_BYTES else None
    except (UnreadablePostError, ValueError, RecursionError):
        said = None
    gestures = said.get("gestures") if isinstance(said, dict) else None
    if not isinstance(gestures, list) or len(gestures) > MOST_GESTURES:
        raise _Bad(
            _("A JSON object with “gestures”, a list of at most %(most)d, is expected.")
            % {"most": MOST_GESTURES}
        )
    return [_gesture(one, name=f"#{place}") for place, one in enumerate(gestures)]


def _gesture(said: object, *, name: str) -> Gesture:
    """As far as it can be read: what cannot keeps no call beside it from being heard."""
    one = said if isinstance(said, dict) else {}
    text, kind = one.get("id"), one.get("kind")
    try:
        id_ = UUID(text) if isinstance(text, str) else None
    except ValueError:
        id_ = None
    told = Told(
        phone_at=_clock(one.get("at")),
        turf_number=_number(one.get("turf")),
        door_number=_number(one.get("door")),
    )
    return Gesture(
        name=text if id_ and isinstance(text, str) else name,
        id=id_,
        kind=kind if isinstance(kind, str) else "",
        pair=one.get("pair") is True,
        told=told,
    )


def _clock(value: object) -> datetime | None:
    """The phone's clock; what is no moment is not told, since it is only shown."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment and moment.tzinfo and 2000 < moment.year < 2200 else None


def _number(value: object) -> int | None:
    """A turf's or a door's number; anything else is not told, and keeps no call from being heard."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_NUMBER
    return value if fits and isinstance(value, int) else None


def _go_out(caller: Caller, one: Gesture, id_: UUID, at: datetime) -> None:
    presence.go_out(caller=caller, gesture_id=id_, at=at, with_pair=one.pair, told=one.told)


def _come_back(caller: Caller, one: Gesture, id_: UUID, at: datetime) -> None:
    presence.come_back(caller=caller, gesture_id=id_, at=at, with_pair=one.pair, told=one.told)


def _place(caller: Caller, one: Gesture, id_: UUID, at: datetime) -> None:
    presence.tell_place(caller=caller, told=one.told)


def _help(caller: Caller, one: Gesture, id_: UUID, at: datetime) -> None:
    helping.call_for_help(caller=caller, call_id=id_, at=at, told=one.told)


def _safe(caller: Caller, one: Gesture, id_: UUID, at: datetime) -> None:
    helping.end_my_calls(caller=caller, at=at)


_DO = {"in": _go_out, "out": _come_back, "place": _place, "help": _help, "safe": _safe}


def _done(caller: Caller, one: Gesture, at: datetime) -> dict[str, str]:
    """One transaction each: what is refused keeps nothing else from being heard."""
    if one.id is None or one.kind not in _DO:
        why = _("Each gesture has an “id” and a “kind”: in, out, place, help or safe.")
        return {"status": "refused", "why": why}
    try:
        with transaction.atomic():
            _DO[one.kind](caller, one, one.id, at)
    except Refused as refusal:
        return {"status": "refused", "why": str(refusal)}
    except NotFound:
        return {"status": "refused", "why": _("This is not yours.")}
    return {"status": "stored"}


def _state(caller: Caller, at: datetime) -> dict[str, Any]:
    shift = mobilisation.shift(shift_id=caller.shift_id)
    own: dict[str, Any] = {
        "shift_id": caller.shift_id,
        "person_id": caller.person_id,
        "device_id": caller.device_id,
    }
    out, call = queries.open_presence(**own), queries.open_call(**own)
    return {
        "v": 1,
        "shift": {
            "id": str(shift.id),
            "title": shift.action_title,
            "starts": shift.starts_at.isoformat(),
            "ends": shift.ends_at.isoformat(),
        },
        "out": out.in_at.isoformat() if out else None,
        "partners": _partners(caller),
        "call": _call(queries.call_line(call=call, person_id=caller.person_id)) if call else None,
        "partner_calls": [_call(line) for line in _calls_of_partners(caller)],
        "leaders": _leaders(caller, at),
        "page": reverse("field:safety", args=[shift.id]) if caller.person_id else "",
        "join": _join() if queries.offers_address(shift_id=shift.id) else None,
    }


def _join() -> dict[str, Any]:
    """The code that a resident may scan with his own phone."""
    code = qr.code(django_settings.PUBLIC_URL + reverse("people:doorstep"))
    return {"url": code.text, "size": code.size, "path": code.path}


def _partners(caller: Caller) -> list[str]:
    ids = teams.partners_of(shift_id=caller.shift_id, person_id=caller.person_id)
    cards = people.cards(person_ids=ids)
    return [cards[one].public_name for one in ids if one in cards]


def _calls_of_partners(caller: Caller) -> list[queries.CallLine]:
    ids = teams.partners_of(shift_id=caller.shift_id, person_id=caller.person_id)
    calls = (queries.open_call(shift_id=caller.shift_id, person_id=one, device_id=None) for one in ids)
    return [queries.call_line(call=call, person_id=caller.person_id) for call in calls if call]


def _call(line: queries.CallLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "name": line.name,
        "at": line.at.isoformat(),
        "place": line.place,
        "answered": line.answered_at.isoformat() if line.answered_at else None,
        "by": line.answered_by,
        "url": line.url,
    }


def _leaders(caller: Caller, at: datetime) -> list[dict[str, str]]:
    """Numbers of leaders who show them; each sight leaves a receipt, with an account or without."""
    shown = leader_phones(caller, at)
    cards = people.cards(person_ids=shown)
    return [
        {"name": cards[one].public_name, "phone": phone.value, "readable": phone.readable}
        for one, phone in shown.items()
    ]
