"""The public log and what stands around it: the board of the clock, files, the ways to tell authorities."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.rooms.moderation.queries import authorities as authority_queries
from amiral.rooms.moderation.queries import board as board_queries
from amiral.rooms.moderation.queries import log as log_queries
from amiral.rooms.moderation.queries.declaring import declarations as declared
from amiral.rooms.moderation.web.views import member

LINES = "application/jsonl; charset=utf-8"


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Every decision, for everybody."""
    number, last = log_queries.head()
    page = log_queries.rows(page_number=request.GET.get("page", "1"))
    delays = board_queries.delays(at=now())
    return render(
        request, "moderation/log.html", {"page": page, "number": number, "last": last, "delays": delays}
    )


@require_safe
@limited(scope="moderation-log", limit=60, window_s=3600, methods=("GET",))
def log_file(request: HttpRequest) -> HttpResponse:
    """The log as ``scripts/verify_log.py`` reads it."""
    headers = {"Content-Disposition": 'attachment; filename="journal.jsonl"'}
    return HttpResponse(b"".join(log_queries.lines()), content_type=LINES, headers=headers)


@require_safe
@limited(scope="moderation-log", limit=60, window_s=3600, methods=("GET",))
def roots(request: HttpRequest) -> HttpResponse:
    """The last hash of each day."""
    return HttpResponse("".join(log_queries.roots()), content_type="text/plain; charset=utf-8")


@login_required
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The clock: open notices with their age, and how fast the campaign is."""
    lines = board_queries.clock(person_id=member(request), at=now())
    context = {
        "lines": lines,
        "delays": board_queries.delays(at=now()),
        "appeals_waiting": board_queries.appeals_waiting(person_id=member(request)),
    }
    return render(request, "moderation/board.html", context)


@login_required
@require_safe
@limited(scope="moderation-declarations", limit=30, window_s=3600, methods=("GET",))
def declarations(request: HttpRequest) -> HttpResponse:
    """Statements of reasons in the field names of the EU Transparency Database."""
    content = b"".join(declared(person_id=member(request)))
    headers = {"Content-Disposition": 'attachment; filename="declarations.jsonl"'}
    return HttpResponse(content, content_type=LINES, headers=headers)


@require_safe
def authorities(request: HttpRequest) -> HttpResponse:
    """To whom to tell what is unlawful."""
    return render(request, "moderation/authorities.html", {"authorities": authority_queries.authorities()})
