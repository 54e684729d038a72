"""Pages of electoral rolls: declare, count, print envelopes, delete."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.people import texts
from amiral.rooms.people.access import access_roll_by_id
from amiral.rooms.people.actions import rolls as roll_actions
from amiral.rooms.people.contracts import Feature, RollCounts, RollFilter, RollKind
from amiral.rooms.people.queries import imports
from amiral.rooms.people.queries import rolls as queries
from amiral.rooms.people.web.rolls_forms import DeclareRollForm, RollFilterForm
from amiral.rooms.people.web.uploads import on_disk, receives_file


@never_cache
@login_required
@require_safe
def rolls(request: HttpRequest) -> HttpResponse:
    """The declared rolls of my territories, and a form to declare one."""
    return _list(request, DeclareRollForm(territories=_territories(request)))


def _territories(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    found = imports.importable_territories(
        person_id=me(request), feature=Feature.USE_ELECTORAL_ROLL, at=now()
    )
    if not found:
        raise NotFound
    return found


def _list(request: HttpRequest, form: DeclareRollForm, status: int = 200) -> HttpResponse:
    words = {
        "cards": queries.rolls(person_id=me(request), at=now()),
        "form": form,
        "pledge": texts.roll_pledge(),
    }
    return render(request, "people/rolls.html", words, status=status)


def _too_large(request: HttpRequest) -> HttpResponse:
    form = DeclareRollForm({}, territories=_territories(request))
    form.refuse_size(int(request.META["CONTENT_LENGTH"]))
    return _list(request, form, status=413)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(scope="declare-roll", limit=20, window_s=3600)
@receives_file(too_large=_too_large)
def declare(request: HttpRequest) -> HttpResponse:
    """Receives a roll with its declaration."""
    territories = _territories(request)
    if request.method != "POST":
        return redirect("people:rolls")
    form = DeclareRollForm(request.POST, request.FILES, territories=territories)
    declaration_id = _declare(request, form) if form.is_valid() else None
    if declaration_id is None:
        return _list(request, form, status=422)
    messages.success(request, _("The roll is kept apart from persons until the day after the ballot."))
    return redirect("people:roll", declaration_id)


def _declare(request: HttpRequest, form: DeclareRollForm) -> UUID | None:
    try:
        with on_disk(form.cleaned_data["file"]) as path:
            return roll_actions.declare(by_id=me(request), declared=form.declared(), path=path, at=now())
    except NotFound:
        form.add_error("territory", _("No such commune or département in your territory."))
    except Refused as problem:
        form.add_error(None, str(problem))
    return None


@never_cache
@login_required
@require_safe
def roll(request: HttpRequest, declaration_id: UUID) -> HttpResponse:
    """A roll: what was declared, how many voters meet the criteria, or the certificate of its deletion."""
    at = now()
    declaration = access_roll_by_id(person_id=me(request), declaration_id=declaration_id, at=at)
    card = queries.roll_card(declaration, at=at)
    words: dict[str, Any] = {
        "card": card,
        "certificate": queries.certificates(declaration_ids=[declaration_id]).get(declaration_id),
        "asked": request.GET.urlencode(),
    }
    status = 200
    if card.usable:
        counted, problem = _counted(request, declaration_id)
        bureaus = counted.bureaus if counted else ()
        words |= {"counts": counted, "problem": problem}
        words["form"] = RollFilterForm(
            request.GET or None,
            bureaus=bureaus,
            signatures=card.kind is RollKind.SIGNATURES,
            auto_id="filter_%s",
        )
        words["mention"] = texts.roll_mention(card)
        status = 422 if problem else 200
    return render(request, "people/roll.html", words, status=status)


def _counted(request: HttpRequest, declaration_id: UUID) -> tuple[RollCounts | None, str]:
    try:
        wanted = _wanted(request)
        return queries.counts(
            person_id=me(request), declaration_id=declaration_id, wanted=wanted, at=now()
        ), ""
    except Refused as problem:
        return None, str(problem)


def _wanted(request: HttpRequest) -> RollFilter:
    return queries.roll_filter(asked={name: str(value) for name, value in request.GET.items()})


@never_cache
@login_required
@require_safe
@limited(scope="roll-labels", limit=20, window_s=3600, methods=("GET",))
def labels(request: HttpRequest, declaration_id: UUID) -> HttpResponse:
    """The envelopes of the voters chosen, as a table that is sent and not kept."""
    try:
        rows, found = queries.labels(
            person_id=me(request), declaration_id=declaration_id, wanted=_wanted(request), at=now()
        )
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("people:roll", declaration_id)
    declaration = access_roll_by_id(person_id=me(request), declaration_id=declaration_id, at=now())
    mention = texts.roll_mention(queries.roll_card(declaration, at=now()))
    roll_actions.note_download(by_id=me(request), declaration_id=declaration_id, rows=rows)
    return HttpResponse(
        _lines(found, mention),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="enveloppes.csv"'},
    )


class _Echo:
    """What ``csv`` writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[tuple[str, ...]], mention: str) -> Iterator[str]:
    """The last column holds what the first letter must say, so that no mail merge goes without it."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield "\ufeff"
    yield writer.writerow(
        [_("Addressee"), _("Street"), _("Postal code"), _("Commune"), _("Bureau"), _("To print")]
    )
    for row in rows:
        yield writer.writerow([*map(_harmless, row), mention])


def _harmless(field: str) -> str:
    """A spreadsheet must not take a text for a formula."""
    return f"'{field}" if field[:1] in {"=", "+", "-", "@", "\t"} else field


@login_required
@require_POST
@limited(scope="delete-roll", limit=20, window_s=3600)
def delete(request: HttpRequest, declaration_id: UUID) -> HttpResponse:
    """Deletes the voters before their time."""
    try:
        roll_actions.delete_now(by_id=me(request), declaration_id=declaration_id, at=now())
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The voters are deleted; the certificate is below."))
    return redirect("people:roll", declaration_id)
