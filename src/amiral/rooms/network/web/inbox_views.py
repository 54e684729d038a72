"""What other servers read and send (ActivityPub): WebFinger, NodeInfo, actors, notes, inboxes."""

import hashlib
from collections.abc import Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from amiral import __version__
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.federation.documents import MEDIA_TYPE
from amiral.kit.federation.signatures import Request
from amiral.kit.ratelimit import View, is_allowed
from amiral.rooms.network.actions.receiving import BODY_MAX_BYTES, receive
from amiral.rooms.network.queries import federation, outside

ANSWERS_PER_MINUTE = 1_200
"""Requests of one address: a large server sends from few."""
ACCEPT_SIGNATURE = 'sig1=("@method" "@target-uri" "content-digest");created;keyid'
"""That RFC 9421 is taken here (its section 5.1)."""
KEPT_S = 180


def _json(found: Mapping[str, Any], *, kind: str = MEDIA_TYPE, status: int = 200) -> HttpResponse:
    answer = JsonResponse(dict(found), status=status, content_type=kind)
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = f"public, max-age={KEPT_S}"
    answer["Vary"] = "Accept"
    return answer


def wants_json(request: HttpRequest) -> bool:
    """Whether a machine asks: a browser names HTML before anything else."""
    accepted = request.headers.get("Accept", "").lower()
    named = [accepted.find(kind) for kind in ("application/activity+json", "application/ld+json")]
    first = min((place for place in named if place >= 0), default=-1)
    page = accepted.find("text/html")
    return first >= 0 and (page < 0 or first < page)


@require_safe
def webfinger(request: HttpRequest) -> HttpResponse:
    """RFC 7033."""
    found = federation.webfinger(resource=request.GET.get("resource", "")[:500])
    return _json(found, kind="application/jrd+json")


@require_safe
def nodeinfo_links(request: HttpRequest) -> HttpResponse:
    """FEP-f1d5."""
    _only_open()
    href = federation.absolute(reverse("network:nodeinfo"))
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.1"
    return _json({"links": [{"rel": rel, "href": href}]}, kind="application/json")


@require_safe
def nodeinfo(request: HttpRequest) -> HttpResponse:
    """FEP-f1d5."""
    _only_open()
    return _json(federation.nodeinfo(version=__version__), kind="application/json")


def _only_open() -> None:
    if not federation.is_open():
        raise NotFound


@require_safe
def actor(request: HttpRequest, handle: str) -> HttpResponse:
    """The actor; people are led to the page of the group."""
    found = federation.open_actor(handle=handle)
    if wants_json(request):
        return _json(federation.actor_document(found))
    answer = redirect(federation.page_url(found))
    patch_vary_headers(answer, ["Accept"])
    return answer


@require_safe
def outbox(request: HttpRequest, handle: str) -> HttpResponse:
    """What was published, twenty a page."""
    found = federation.open_actor(handle=handle)
    return _json(federation.outbox(actor=found, before=request.GET.get("avant", "")[:40]))


@require_safe
def followers(request: HttpRequest, handle: str) -> HttpResponse:
    """A number."""
    return _json(federation.followers(actor=federation.open_actor(handle=handle)))


@require_safe
def following(request: HttpRequest, handle: str) -> HttpResponse:
    """Nobody."""
    return _json(federation.following(actor=federation.open_actor(handle=handle)))


@require_safe
def note(request: HttpRequest, note_id: UUID) -> HttpResponse:
    """A public announcement: a page for people, a Note for machines, 410 once it was withdrawn."""
    if federation.is_open() and federation.is_withdrawn(note_id=note_id):
        return _gone(request, note_id)
    found = federation.public_note(note_id=note_id)
    if wants_json(request):
        return _json(federation.with_context(federation.note_document(found)))
    context = {"note": outside.note_view(note=found), "handle": federation.full_handle(found.actor)}
    answer = render(request, "network/note.html", context)
    patch_vary_headers(answer, ["Accept"])
    return answer


def _gone(request: HttpRequest, note_id: UUID) -> HttpResponse:
    if wants_json(request):
        url = federation.note_url(note_id)
        return _json(federation.with_context({"id": url, "type": "Tombstone"}), status=410)
    return render(request, "network/note_gone.html", status=410)


def bounded(view: View) -> View:
    """Counts what one network address sends, and refuses a body that is too long before it is read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()
        if not is_allowed(scope="federation-address", key=key, limit=ANSWERS_PER_MINUTE, window_s=60):
            return HttpResponse("Too many requests; try again in a minute.", status=429)
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_MAX_BYTES:
            return HttpResponse("The activity is too long.", status=413)
        return view(request, *args, **kwargs)

    return guarded


@csrf_exempt
@require_POST
@bounded
def inbox(request: HttpRequest, handle: str) -> HttpResponse:
    """For one actor; whom an activity concerns is read in it."""
    federation.open_actor(handle=handle)
    return _received(request)


@csrf_exempt
@require_POST
@bounded
def shared_inbox(request: HttpRequest) -> HttpResponse:
    """For all."""
    _only_open()
    return _received(request)


def _received(request: HttpRequest) -> HttpResponse:
    verdict = receive(request=_as_sent(request), at=now())
    answer = HttpResponse(verdict.reason, status=verdict.status, content_type="text/plain; charset=utf-8")
    answer["Accept-Signature"] = ACCEPT_SIGNATURE
    return answer


def _as_sent(request: HttpRequest) -> Request:
    """The address is the public one: behind a proxy the host and the scheme differ from what was signed."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Request(
        method=request.method or "POST",
        url=f"{settings.PUBLIC_URL}{request.get_full_path()}",
        headers=headers,
        body=request.body,
    )


@require_safe
def host_meta(request: HttpRequest) -> HttpResponse:
    """RFC 6415, which some servers ask first: where WebFinger is."""
    _only_open()
    template = federation.absolute(reverse("network:webfinger"))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">'
        f'<Link rel="lrdd" template="{template}?resource={{uri}}"/></XRD>'
    )
    return HttpResponse(text, content_type="application/xrd+xml")


@require_safe
def at_name(request: HttpRequest, handle: str) -> HttpResponse:
    """``/@name``, as people type it: leads to the page."""
    return HttpResponsePermanentRedirect(federation.page_url(federation.open_actor(handle=handle)))
