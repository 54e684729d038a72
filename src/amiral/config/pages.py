"""Pages that belong to no room: home, legal notice, runs, health, errors."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseServerError, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amiral.config import legal as legal_notice
from amiral.config.home import home as home_page
from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.kit.models import Run
from amiral.kit.ratelimit import limited
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

DATA_RUNS = {
    "import-addresses",
    "import-streets",
    "import-places",
    "import-table",
    "check-contours",
    "import-contours",
    "read-results",
    "import-results",
}
"""Kinds of runs that somebody starts on the page of the reference files, and goes back to when one fails."""

RUN_TITLES = {
    "import-addresses": _("Importing addresses"),
    "import-streets": _("Importing streets"),
    "read-results": _("Looking into a file of results"),
    "import-results": _("Importing election results"),
    "check-contours": _("Looking into a file of contours"),
    "import-contours": _("Importing contours"),
    "import-places": _("Importing official places"),
    "import-table": _("Importing a table of communes"),
    "verify-segments": _("Checking the index of segments"),
    "import-supporters": _("Importing supporters"),
    "undo-supporters": _("Undoing an import of supporters"),
    "plan-canvass": _("Cutting the turfs"),
    "plan-communes": _("Cutting the turfs of each commune"),
    "replan-canvass": _("Planning the turfs again"),
    "read-paper": _("Reading photographed walk lists"),
    "check-log": _("Comparing what is shown with the field log"),
    "draw-opinion-map": _("Drawing the opinion map"),
    "check-certifications": _("Checking the certified groups"),
    "network-digest": _("Writing the letters of the day"),
    "purge": _("Erasing what is no longer needed"),
    "wipe": _("Wiping what was erased from the database file"),
    "watch-requests": _("Watching the deadlines of requests"),
    "find-duplicates": _("Looking for duplicates"),
}
REFRESH_S = 2
"""How often the page of a run asks for news while the work goes on."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of a visitor."""
    person_id = request.user.pk if request.user.is_authenticated else None
    return render(request, "config/home.html", {"home": home_page(person_id=person_id, at=now())})


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Who publishes this site, what it keeps and for how long."""
    words = {"kept": legal_notice.kept(), "publisher": settings.PUBLISHER, "hosting": settings.HOSTING}
    return render(request, "config/legal.html", words | {"contact": settings.CONTACT})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask here when a page names no icon: a calendar, a PDF, a page to print."""
    return redirect(static("kit/logo.svg"))


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answers while the process serves; for supervisors."""
    return JsonResponse({"ok": True})


def access_run_by_id(*, person_id: UUID | None, run_id: UUID) -> Run:
    """The run, for the person who started it or an administrator; ``NotFound`` for anybody else."""
    run = runs.run_by_id(run_id=run_id)
    administers = Feature.MANAGE_MANDATES
    if run.started_by_id == person_id or people.may(
        person_id=person_id, feature=administers, territory_id="pays:FR"
    ):
        return run
    raise NotFound


@never_cache
@require_safe
@login_required
def run_page(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """How far a long piece of work is; asks for news by itself, without JavaScript, until it is over."""
    run = access_run_by_id(person_id=request.user.pk, run_id=run_id)
    shown = {"run": run, "title": RUN_TITLES[run.kind], "begun_on_data": run.kind in DATA_RUNS}
    response = render(request, "config/run.html", shown)
    if not run.is_over:
        response["Refresh"] = str(REFRESH_S)
    return response


@require_POST
@login_required
@limited(scope="runs", limit=30, window_s=60)
def run_stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Asks the work to stop."""
    runs.stop(run_id=access_run_by_id(person_id=request.user.pk, run_id=run_id).pk)
    return redirect("run", run_id=run_id)


@require_POST
@login_required
@limited(scope="runs", limit=30, window_s=60)
def run_resume(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Takes a stopped or failed work up again."""
    runs.resume(run_id=access_run_by_id(person_id=request.user.pk, run_id=run_id).pk)
    return redirect("run", run_id=run_id)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, said in words."""
    return render(request, "config/error.html", {"code": 403}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: missing and forbidden answer alike."""
    return render(request, "config/error.html", {"code": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, without a query and without the parts that may be what broke."""
    return HttpResponseServerError(render_to_string("config/broken.html"))
