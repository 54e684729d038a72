"""Paper that comes back: sending pictures of filled-in pages, checking what was read, entering it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit import runs
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.field.access import (
    access_assignment_by_id,
    access_printed_page,
    access_scan_by_id,
    access_scanned_page,
)
from amiral.rooms.field.actions import scanning as actions
from amiral.rooms.field.queries import scanning
from amiral.rooms.field.web.scan_forms import ReviewForm, SendForm

REFRESH_S = "3"
"""How often a scan that is being read asks for news."""

View = Callable[..., HttpResponse]
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def _size_first(view: View) -> View:
    """The check against forged requests reads the body: the announced size is looked at before."""
    protected = csrf_protect(view)

    @wraps(view)
    def receive(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
        if announced > actions.MOST_BYTES + 1024**2:
            return _paper(request, kwargs["assignment_id"], _refused(actions.TooMuch()), status=413)
        request.upload_handlers = [TemporaryFileUploadHandler(request)]
        return protected(request, *args, **kwargs)

    return csrf_exempt(receive)


def _refused(problem: Refused) -> SendForm:
    form = SendForm({})
    form.errors.clear()
    form.add_error("pages", str(problem))
    return form


@get_or_post
@login_required
@never_cache
@limited(scope="send-paper", limit=30, window_s=3600)
@_size_first
def paper(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Sends pictures of filled-in pages; below, what was sent in the last days."""
    if request.method != "POST":
        return _paper(request, assignment_id, SendForm())
    access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=now())
    form = SendForm(request.POST, request.FILES)
    if not form.is_valid():
        return _paper(request, assignment_id, form, status=422)
    try:
        scan_id = _send(me(request), assignment_id, form)
    except Refused as problem:
        form.add_error("pages", str(problem))
        return _paper(request, assignment_id, form, status=422)
    return redirect("field:scan", scan_id)


def _send(person_id: UUID, assignment_id: UUID, form: SendForm) -> UUID:
    sent = form.cleaned_data["pages"]
    if sum(one.size for one in sent) > actions.MOST_BYTES:
        raise actions.TooMuch
    files = [actions.SentFile(name=one.name or "", content=one.read()) for one in sent]
    return actions.send_pages(by_id=person_id, assignment_id=assignment_id, files=files, at=now())


def _paper(request: HttpRequest, assignment_id: UUID, form: SendForm, *, status: int = 200) -> HttpResponse:
    at = now()
    row = access_assignment_by_id(person_id=me(request), assignment_id=assignment_id, at=at)
    context = {"turf": row.turf, "scans": scanning.scans_of(assignment=row, at=at), "form": form}
    return render(request, "field/paper.html", {**context, "assignment_id": assignment_id}, status=status)


@require_safe
@login_required
@never_cache
def scan(request: HttpRequest, scan_id: UUID) -> HttpResponse:
    """The progress of the reading, then the pages to check."""
    at = now()
    row = access_scan_by_id(person_id=me(request), scan_id=scan_id, at=at)
    view = scanning.scan_view(scan=row, person_id=me(request), at=at)
    run = runs.run_by_id(run_id=row.run_id) if row.run_id and not view.is_read else None
    is_mine = run is not None and run.started_by_id == me(request)
    response = render(request, "field/scan.html", {"scan": view, "run": run, "run_is_mine": is_mine})
    if run is not None and not run.is_over:
        response["Refresh"] = REFRESH_S
    return response


@get_or_post
@login_required
@never_cache
@limited(scope="enter-paper", limit=120, window_s=600)
def scanned_page(request: HttpRequest, scan_id: UUID, number: int) -> HttpResponse:
    """What was read of a page beside its picture, to be checked and entered."""
    page = access_scanned_page(person_id=me(request), scan_id=scan_id, number=number, at=now())
    review = scanning.review(page=page)
    form = ReviewForm(request.POST if request.method == "POST" else None, review=review)
    if request.method != "POST" or not form.is_valid():
        return _review(request, review, form, status=422 if form.errors else 200)
    try:
        entered = actions.enter_page(
            by_id=me(request),
            scan_id=scan_id,
            number=number,
            answers=form.answers,
            seen=form.cleaned_data["vu"],
            at=now(),
        )
    except actions.ChangedMeanwhile as problem:
        messages.error(request, str(problem))
        fresh = scanning.review(page=page)
        return _review(request, fresh, ReviewForm(review=fresh), status=409)
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("field:scan", scan_id)
    _say(request, entered)
    return _onwards(request, scan_id)


def _review(request: HttpRequest, review: scanning.Review, form: ReviewForm, *, status: int) -> HttpResponse:
    context = {
        "review": review,
        "form": form,
        "asked": [(line, form.bound(line)) for line in review.asked],
        "certain": [(line, form.bound(line)) for line in review.certain],
        "empty": [(line, form.bound(line)) for line in review.empty],
    }
    return render(request, "field/scanned_page.html", context, status=status)


def _say(request: HttpRequest, entered: actions.Entered) -> None:
    new = ngettext("%(count)d visit entered.", "%(count)d visits entered.", entered.new) % {
        "count": entered.new
    }
    known = ngettext("%(count)d was there already.", "%(count)d were there already.", entered.known) % {
        "count": entered.known
    }
    messages.success(request, f"{new} {known}" if entered.known else new)
    if entered.apart:
        messages.warning(
            request,
            ngettext(
                "%(count)d visit was kept apart, because its door is in no turf of this team any more: a"
                " coordinator decides.",
                "%(count)d visits were kept apart, because their doors are in no turf of this team any more:"
                " a coordinator decides.",
                entered.apart,
            )
            % {"count": entered.apart},
        )


def _onwards(request: HttpRequest, scan_id: UUID) -> HttpResponse:
    """To the next page that waits, else to the list."""
    at = now()
    row = access_scan_by_id(person_id=me(request), scan_id=scan_id, at=at)
    following = scanning.scan_view(scan=row, person_id=me(request), at=at).next_page
    return redirect(following.url) if following else redirect("field:scan", scan_id)


@require_POST
@login_required
@limited(scope="enter-paper", limit=120, window_s=600)
def set_aside(request: HttpRequest, scan_id: UUID, number: int) -> HttpResponse:
    """Deletes the picture of a page that shall not be entered."""
    actions.set_aside(by_id=me(request), scan_id=scan_id, number=number, at=now())
    messages.success(request, _("The page was set aside and its picture deleted."))
    return _onwards(request, scan_id)


@require_safe
@login_required
@never_cache
def scanned_picture(request: HttpRequest, scan_id: UUID, number: int) -> HttpResponse:
    """The straightened page."""
    return _png(request, scan_id, number, None)


@require_safe
@login_required
@never_cache
def scanned_line(request: HttpRequest, scan_id: UUID, number: int, row: int) -> HttpResponse:
    """The boxes of one line."""
    return _png(request, scan_id, number, row)


def _png(request: HttpRequest, scan_id: UUID, number: int, row: int | None) -> HttpResponse:
    page = access_scanned_page(person_id=me(request), scan_id=scan_id, number=number, at=now())
    headers = {"Content-Disposition": "inline", "Cross-Origin-Resource-Policy": "same-origin"}
    return HttpResponse(scanning.picture_of(page=page, row=row), content_type="image/png", headers=headers)


@require_safe
@login_required
def by_page(request: HttpRequest, code: str) -> HttpResponse:
    """Where the QR code of a printed page leads: to its walk list, for those who may open it."""
    printed = access_printed_page(person_id=me(request), code=code, at=now())
    return redirect("field:walk_list", printed.assignment_id)
