"""The administrator's page of background work: what failed, what waits, and what to do about it."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.tasks import deciding, shown
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature

JOB_TITLES = {
    "amiral.rooms.network.actions.spreading.fan_out": gettext_lazy("Preparing news for other networks"),
    "amiral.rooms.network.actions.spreading.deliver": gettext_lazy("Sending to another network"),
    "amiral.kit.runs.work": gettext_lazy("Waking a long piece of work"),
    "amiral.rooms.mobilisation.actions.seating.settle_later": gettext_lazy("Passing a free place on"),
}
"""What the page calls a job, by the path of its function; a function without a title is shown by its path."""


def access_jobs(*, person_id: UUID | None) -> UUID:
    """The person, if an administrator; ``NotFound`` for anybody else."""
    administers = Feature.MANAGE_MANDATES
    if person_id is None or not people.may(person_id=person_id, feature=administers, territory_id="pays:FR"):
        raise NotFound
    return person_id


@never_cache
@require_safe
@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """Failed jobs first, then those that will be tried again, run, and wait."""
    access_jobs(person_id=request.user.pk)
    view = shown.jobs_view(number=request.GET.get("page"), at=now())
    lists = {
        "failed": _titled(view.failed_cards),
        "again": _titled(view.failed_before),
        "running": _titled(view.running_cards),
        "waiting": _titled(view.next_cards),
    }
    return render(request, "config/jobs.html", {"jobs": view, "page": view.failed} | lists)


def _titled(cards: Iterable[shown.JobCard]) -> list[tuple[str, shown.JobCard]]:
    return [(str(JOB_TITLES.get(card.task_path, card.task_path)), card) for card in cards]


@require_POST
@login_required
@limited(scope="jobs", limit=120, window_s=60)
def job_retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Tries one job again."""
    return _decided(request, deciding.retry, job_id, said=_("The job is tried again now."))


@require_POST
@login_required
@limited(scope="jobs", limit=120, window_s=60)
def job_discard(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Lets one job be."""
    return _decided(request, deciding.discard, job_id, said=_("The job is discarded. Nobody will do it."))


@require_POST
@login_required
@limited(scope="jobs", limit=120, window_s=60)
def jobs_retry_all(request: HttpRequest) -> HttpResponse:
    """Tries all failed jobs again."""
    count = deciding.retry_all(by_id=access_jobs(person_id=request.user.pk), at=now())
    said = ngettext("%(count)d job is tried again now.", "%(count)d jobs are tried again now.", count)
    messages.success(request, said % {"count": count})
    return redirect("jobs")


def _decided(request: HttpRequest, verb: Callable[..., Any], job_id: UUID, *, said: str) -> HttpResponse:
    by_id = access_jobs(person_id=request.user.pk)
    try:
        verb(by_id=by_id, job_id=job_id, at=now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("jobs")
