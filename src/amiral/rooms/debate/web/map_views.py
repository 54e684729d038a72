"""Pages of opinion maps."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from amiral.cores.phases import Gesture, Phase, may
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.rooms.debate import access
from amiral.rooms.debate.actions import maps as verbs
from amiral.rooms.debate.actions import opening
from amiral.rooms.debate.queries import exports, maps, open_rows, statements
from amiral.rooms.debate.web.common import (
    HOUR_S,
    person_of,
    private,
    sent_from,
    signed_in,
    voter_of,
)


@require_safe
def opinion_map(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The latest map: tables first, then the picture, and oneself."""
    return _page(request, consultation_id, None)


@require_safe
def map_version(request: HttpRequest, consultation_id: UUID, number: int) -> HttpResponse:
    """An earlier map."""
    return _page(request, consultation_id, number)


def _page(request: HttpRequest, consultation_id: UUID, number: int | None) -> HttpResponse:
    person_id = person_of(request)
    found, manages = access.access_consultation_by_id(person_id=person_id, consultation_id=consultation_id)
    version = access.access_map(person_id=person_id, consultation_id=found.pk, number=number)
    voter = voter_of(request, found)
    ballot = statements.votes_of(voter=voter)
    context = {
        "consultation": found,
        "manages": manages,
        "voter": voter,
        "map": maps.map_page(consultation=found, version=version, ballot=ballot) if version else None,
        "shows_results": access.shows_results(found),
        "may_draw": manages and may(phase=Phase(found.phase), gesture=Gesture.DRAW, overlap=found.overlap),
        "side": maps.SIDE,
    }
    return private(render(request, "debate/map.html", context))


@require_safe
def map_json(request: HttpRequest, consultation_id: UUID, number: int) -> HttpResponse:
    """The document whose SHA-256 is published."""
    version = access.access_map(person_id=person_of(request), consultation_id=consultation_id, number=number)
    assert version is not None
    response = HttpResponse(version.document, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="carte-{number}.json"'
    return response


@require_safe
def map_once_json(request: HttpRequest, consultation_id: UUID, number: int) -> HttpResponse:
    """The document of the same votes with each set of linked voices as one; the same when none are linked."""
    version = access.access_map(person_id=person_of(request), consultation_id=consultation_id, number=number)
    assert version is not None
    content = version.once_document or version.document
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="carte-{number}-une-fois.json"'
    return response


@require_safe
def open_data(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """What is published of a consultation, and how to check it."""
    found, _manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    shows_results = access.shows_results(found)
    rows = open_rows.kept(consultation_id=found.pk) if shows_results else None
    context = {"consultation": found, "shows_results": shows_results, "rows": rows}
    return render(request, "debate/open_data.html", context)


@limited(scope="debate-archive", limit=20, window_s=HOUR_S, methods=("GET",))
@require_safe
def open_archive(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """The archive."""
    found, _manages = access.access_consultation_by_id(
        person_id=person_of(request), consultation_id=consultation_id
    )
    opening.refresh(consultation_id=found.pk)
    response = HttpResponse(exports.archive(consultation=found), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="consultation.zip"'
    return response


@sent_from("map")
@login_required
@limited(scope="debate-draw", limit=20, window_s=HOUR_S)
@require_POST
def draw(request: HttpRequest, consultation_id: UUID) -> HttpResponse:
    """Begins the run that draws the next version."""
    access.access_consultation_to_manage_by_id(person_id=signed_in(request), consultation_id=consultation_id)
    try:
        run_id = verbs.start_drawing(by_id=signed_in(request), consultation_id=consultation_id)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("debate:map", consultation_id)
    return redirect("run", run_id)
