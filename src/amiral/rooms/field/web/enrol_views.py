"""The address at which a phone is let in: docs/field-protocol.md, "Enrolment"."""

import base64
import json
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import client_key, is_allowed
from amiral.kit.requests import is_own_json, refused_json
from amiral.rooms.field.actions import enrolling, syncing
from amiral.rooms.field.contracts import Enrolment
from amiral.rooms.field.queries import packing
from amiral.rooms.field.web import numbers

MOST_BYTES = 1024
PHONES_AN_HOUR = 30
"""That one person, or those who have the number of one list, may enrol. Not one address: a meeting place has
one for everybody, and wrong numbers are counted by themselves."""


@csrf_exempt
@require_POST
@never_cache
def devices(request: HttpRequest) -> HttpResponse:
    """Lets a phone in: with the number of a list, for which no cookie is read, or with what this browser may
    see already.

    The app's page is kept on phones for weeks, so it cannot hold a form's token: instead of it a request in
    the name of this browser must be JSON, which no other site may send without being asked first, and come
    from our own pages.
    """
    said = _said(request)
    if "number" in said and isinstance(said["number"], str):
        return _by_number(request, said["number"])
    assignment_id = _uuid(said.get("assignment"))
    if assignment_id is None:
        sentence = _("A JSON object with “assignment” or with “number” is expected.")
        return refused_json(HTTPStatus.BAD_REQUEST, sentence)
    if not is_own_json(request):
        return refused_json(
            HTTPStatus.FORBIDDEN, _("This request comes from another site: nothing was done.")
        )
    return _by_browser(request, assignment_id)


def _said(request: HttpRequest) -> dict[str, Any]:
    """What was sent, as far as it is an object; anything else says nothing."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return {}
        said = json.loads(request.body.decode("utf-8"))
    except (UnreadablePostError, ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _by_browser(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    is_known = request.user.is_authenticated or numbers.may_ask(request, assignment_id)
    if not is_known:
        return refused_json(HTTPStatus.UNAUTHORIZED, _("Sign in first, or type in the number of your list."))
    try:
        _check_often(client_key(request) if request.user.is_authenticated else str(assignment_id))
        return _let_in(_enrolled(request, assignment_id, now()))
    except NotFound:
        return refused_json(HTTPStatus.NOT_FOUND, _("There is no such list for you."))
    except Refused as refusal:
        return _refused_by(refusal)


def _enrolled(request: HttpRequest, assignment_id: UUID, at: datetime) -> Enrolment:
    """With the account where it opens the list, else with the number that was typed in this browser."""
    if isinstance(request.user.pk, UUID):
        with suppress(NotFound):
            return enrolling.enrol_member(by_id=request.user.pk, assignment_id=assignment_id, at=at)
    row = numbers.remembered_list(request, assignment_id=assignment_id, at=at)
    enrolling.check_live(row, at)
    return enrolling.enrol_by_number(assignment=row, at=at)


def _by_number(request: HttpRequest, text: str) -> HttpResponse:
    moment = now()
    try:
        found = numbers.list_of_number(request, text=text, at=moment)
        _check_often(str(found.pk))
        return _let_in(enrolling.enrol_by_number(assignment=found, at=moment))
    except Refused as refusal:
        return _refused_by(refusal)


class TooManyAtOnce(Refused):
    """Phones enrolled by one person, or with one number, one after the other."""

    def __init__(self) -> None:
        super().__init__(_("Too many phones were enrolled from here: try again in an hour."))


def _check_often(key: str) -> None:
    if not is_allowed(scope="enrol-phone", key=key, limit=PHONES_AN_HOUR, window_s=3600):
        raise TooManyAtOnce


def _refused_by(refusal: Refused) -> HttpResponse:
    if isinstance(refusal, numbers.NoSuchNumber):
        return refused_json(HTTPStatus.NOT_FOUND, str(refusal))
    if isinstance(refusal, numbers.LettersNeeded):
        return refused_json(HTTPStatus.CONFLICT, str(refusal))
    if isinstance(refusal, numbers.TooManyNumbers | TooManyAtOnce):
        return refused_json(HTTPStatus.TOO_MANY_REQUESTS, str(refusal), **{"Retry-After": "900"})
    if isinstance(refusal, enrolling.LeaseIsOver):
        return refused_json(HTTPStatus.GONE, str(refusal))
    return refused_json(HTTPStatus.CONFLICT, str(refusal))


def _let_in(made: Enrolment) -> HttpResponse:
    device = syncing.device_by_token(token=made.token)
    told = {
        "device": str(made.device_id),
        "key": base64.urlsafe_b64encode(made.key).decode().rstrip("="),
        "token": made.token,
        "shift": str(device.shift_id),
        "number": device.number,
        "packs": packing.packs_of(device=device),
    }
    return JsonResponse(told, status=HTTPStatus.CREATED)
