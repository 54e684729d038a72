"""The address to which phones send their events: docs/field-protocol.md, as a view.

No cookie opens it: the phone shows its token, so nobody else's page can send in its name.
"""

import json
import logging
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Never
from uuid import UUID

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST

from amiral.cores.sync import GREATEST, MOST_EVENTS
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.ratelimit import is_allowed
from amiral.kit.requests import refused_json
from amiral.rooms.field.actions import syncing
from amiral.rooms.field.actions.homes import count_from_phone
from amiral.rooms.field.contracts import Ranges, SyncAnswer
from amiral.rooms.field.models import Device
from amiral.rooms.field.queries import packing

MOST_BYTES = 256 * 1024
REQUESTS_A_MINUTE = 120
UNKNOWN_A_MINUTE = 60
BUSY_S = 5
"""Seconds after which a phone may try again when the database was busy or away."""

logger = logging.getLogger(__name__)


class BadRequest(ValueError):
    """A request that cannot be answered event by event; the text says what to change."""


@csrf_exempt
@require_POST
@never_cache
@gzip_page
def exchange(request: HttpRequest) -> HttpResponse:
    """Events in, one answer for each, and what the others did."""
    try:
        return _exchange(request)
    except BadRequest as problem:
        return refused_json(HTTPStatus.BAD_REQUEST, str(problem))
    except DatabaseError:
        logger.exception("field log: the database did not answer")
        sentence = _("The server is busy or being updated: keep everything and send it again.")
        return refused_json(HTTPStatus.SERVICE_UNAVAILABLE, sentence, **{"Retry-After": str(BUSY_S)})


def _exchange(request: HttpRequest) -> HttpResponse:
    device = device_of(request)
    if device is None:
        return _unknown(request)
    if not is_allowed(scope="field-exchange", key=str(device.pk), limit=REQUESTS_A_MINUTE, window_s=60):
        return _too_many()
    body = _body(request)
    if len(body) > MOST_BYTES:
        sentence = _("This is more than %(most)d bytes: send fewer events at a time.") % {"most": MOST_BYTES}
        return refused_json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence)
    said = _object(body, device)
    answer = syncing.receive(device=device, at=now(), head=_head(said), events=_events(said), has=_has(said))
    counts = _homes(said)
    if counts and answer.sees:
        count_from_phone(device=device, counts=counts, at=now())
    return JsonResponse(_told(answer, device))


def device_of(request: HttpRequest) -> Device | None:
    """The phone whose token the request shows, revoked or not."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    try:
        return syncing.device_by_token(token=token.strip())
    except NotFound:
        return None


def _unknown(request: HttpRequest) -> HttpResponse:
    address = request.META.get("REMOTE_ADDR", "")
    if not is_allowed(scope="field-unknown-token", key=address, limit=UNKNOWN_A_MINUTE, window_s=60):
        return _too_many()
    sentence = _("This phone is not known here: enrol it again. What it recorded stays on it.")
    return refused_json(HTTPStatus.UNAUTHORIZED, sentence, **{"WWW-Authenticate": "Bearer"})


def _too_many() -> HttpResponse:
    sentence = _("Too many requests at once: wait a minute.")
    return refused_json(HTTPStatus.TOO_MANY_REQUESTS, sentence, **{"Retry-After": "60"})


def _body(request: HttpRequest) -> bytes:
    """At most one byte too many of it."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return b" " * (MOST_BYTES + 1)
        return request.read(MOST_BYTES + 1)
    except (UnreadablePostError, ValueError) as problem:
        raise BadRequest(_("The request broke off: send it again.")) from problem


def _object(body: bytes, device: Device) -> dict[str, Any]:
    said = _json(body)
    if not isinstance(said, dict):
        raise BadRequest(_("A JSON object with device, head and events is expected."))
    if said.get("device") != str(device.pk):
        raise BadRequest(_("“device” must be the id of the phone whose token this is."))
    return said


def _homes(said: Mapping[str, Any]) -> dict[UUID, int]:
    """What was entered of buildings: dwellings by door. What cannot be read of it is passed over."""
    homes = said.get("homes")
    found = dict[UUID, int]()
    for door, count in list(homes.items())[:MOST_EVENTS] if isinstance(homes, dict) else ():
        with suppress(ValueError):
            if is_number(count):
                found[UUID(door)] = count
    return found


def _json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:  # no JSON, no UTF-8, numbers without end, too deep
        raise BadRequest(_("This is not JSON in UTF-8.")) from problem


def _no_number(name: str) -> Never:
    raise ValueError(name)


def _head(said: Mapping[str, Any]) -> int:
    head = said.get("head", 0)
    if not is_number(head):
        raise BadRequest(_("“head” must be a whole number: how many events the phone has recorded."))
    return int(head)


def is_number(value: object) -> bool:
    """Whether it is a whole number that every client writes exactly, from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= GREATEST


def _events(said: Mapping[str, Any]) -> list[object]:
    events = said.get("events", [])
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise BadRequest(_("“events” must be a list of at most %(most)d.") % {"most": MOST_EVENTS})
    return events


def _has(said: Mapping[str, Any]) -> dict[str, Ranges]:
    has = said.get("has", {})
    if not isinstance(has, dict) or not all(_are_ranges(ranges) for ranges in has.values()):
        raise BadRequest(_("“has” must give a list of [first, last] for each device."))
    return {device: tuple((first, last) for first, last in ranges) for device, ranges in has.items()}


def _are_ranges(ranges: object) -> bool:
    return isinstance(ranges, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair)) for pair in ranges
    )


def _told(answer: SyncAnswer, device: Device) -> dict[str, Any]:
    answers = {
        name: {"status": one.status, **({"why": one.why} if one.why else {})}
        for name, one in answer.answers.items()
    }
    return {
        "answers": answers,
        "news": list(answer.news),
        "more": answer.more,
        "lam": answer.lam,
        "packs": packing.packs_of(device=device) if answer.sees else [],
        "revoked": answer.revoked,
    }
