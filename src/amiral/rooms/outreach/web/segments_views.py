"""Pages of segments: who meets criteria, how many may be written to, and the register of their uses."""

import csv
import dataclasses
from collections.abc import Iterable, Iterator
from io import StringIO
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.outreach import access
from amiral.rooms.outreach.actions import segments as actions
from amiral.rooms.outreach.contracts import Channel, Figures, Group, Reach, SegmentCard, UseCard
from amiral.rooms.outreach.queries import segments as queries
from amiral.rooms.outreach.web import segments_builder as builder
from amiral.rooms.outreach.web.segments_forms import PURPOSES, SegmentForm, UseForm
from amiral.rooms.people.contracts import Purpose
from amiral.rooms.territory import api as territory

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
Words = dict[str, object]


@never_cache
@login_required
@require_safe
def segments(request: HttpRequest) -> HttpResponse:
    """The segments of my territories."""
    page, cards = queries.segments(person_id=me(request), page_number=request.GET.get("page", 1))
    return render(request, "outreach/segments.html", {"page": page, "cards": cards})


@never_cache
@login_required
@get_or_post
@limited(scope="segment-build", limit=300, window_s=3600)
def new(request: HttpRequest) -> HttpResponse:
    """Build a segment."""
    scopes = queries.scopes(person_id=me(request))
    if request.method != "POST":
        build = builder.Build(tree=builder.NEW)
        form = SegmentForm(
            initial={"territory": scopes[0][0], "purpose": Purpose.NEWSLETTER.value}, scopes=scopes
        )
        return _builder(request, form, build, scope_id=scopes[0][0])
    return _built(request, None, scopes)


@never_cache
@login_required
@get_or_post
@limited(scope="segment-build", limit=300, window_s=3600)
def edit(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """Change a segment."""
    card = queries.card(access.access_segment_by_id(person_id=me(request), segment_id=segment_id))
    scopes = _with_own(queries.scopes(person_id=me(request)), card)
    if request.method == "POST":
        return _built(request, card, scopes)
    initial = {"name": card.name, "territory": card.territory_id, "version": card.version}
    form = SegmentForm(initial={"purpose": Purpose.NEWSLETTER.value, **initial}, scopes=scopes)
    return _builder(request, form, builder.Build(tree=card.tree), scope_id=card.territory_id, card=card)


def _with_own(scopes: tuple[tuple[str, str], ...], card: SegmentCard) -> tuple[tuple[str, str], ...]:
    known = {value for value, _label in scopes}
    return scopes if card.territory_id in known else ((card.territory_id, card.territory_name), *scopes)


def _built(
    request: HttpRequest, card: SegmentCard | None, scopes: tuple[tuple[str, str], ...]
) -> HttpResponse:
    """What a button of the builder asked: to keep the segment, or to change the tree and see it again."""
    scope_id = _scope(request.POST, scopes)
    build = _read(request.POST, scope_id)
    if request.POST.get("do") != "keep":
        form = SegmentForm(initial=_typed(request.POST), scopes=scopes)
        return _builder(request, form, build, scope_id=scope_id, card=card)
    form = SegmentForm(request.POST, scopes=scopes)
    if form.is_valid() and not build.problems and not build.looking:
        kept = _keep(request, form, build.tree, card)
        if kept is not None:
            messages.success(request, _("The segment is kept."))
            return redirect("outreach:segment", segment_id=kept)
    return _builder(request, form, build, scope_id=scope_id, card=card, status=422)


def _typed(sent: QueryDict) -> dict[str, str]:
    return {name: sent.get(name, "") for name in ("name", "territory", "purpose", "version")}


def _scope(sent: QueryDict, scopes: tuple[tuple[str, str], ...]) -> str:
    """The territory that was chosen, if the person may; else the first of his own."""
    chosen = sent.get("territory", "")
    return chosen if chosen in dict(scopes) else scopes[0][0]


def _read(sent: QueryDict, scope_id: str) -> builder.Build:
    build = builder.read(sent)
    builder.choose_single_finds(build, scope_id=scope_id)
    builder.act(build, order=sent.get("do", ""), sent=sent)
    return build


def _keep(request: HttpRequest, form: SegmentForm, tree: Group, card: SegmentCard | None) -> UUID | None:
    """The id of the kept segment; ``None`` when the form says why not."""
    try:
        if card is None:
            return actions.create(by_id=me(request), draft=form.draft(tree), at=now())
        actions.change(
            by_id=me(request),
            segment_id=card.id,
            version=form.cleaned_data["version"] or 0,
            draft=form.draft(tree),
            at=now(),
        )
        return card.id
    except Refused as problem:
        form.add_error(None, str(problem))
        return None


def _builder(
    request: HttpRequest,
    form: SegmentForm,
    build: builder.Build,
    *,
    scope_id: str,
    card: SegmentCard | None = None,
    status: int = 200,
) -> HttpResponse:
    words: Words = {
        "form": form,
        "root": builder.view(build, scope_id=scope_id),
        "problems": build.problems,
        "card": card,
        **_figures(request, scope_id, build.tree, str(form["purpose"].value() or "")),
    }
    return render(request, "outreach/segment_build.html", words, status=status)


def _figures(request: HttpRequest, scope_id: str, tree: Group, purpose: str) -> Words:
    """The figures for a template, or why there are none."""
    exact = access.sees_exactly(person_id=me(request), territory_id=scope_id)
    chosen = Purpose(purpose) if purpose in set(Purpose) else Purpose.NEWSLETTER
    try:
        figures = queries.figures(
            scope=territory.territory(territory_id=scope_id), tree=tree, purpose=chosen, exact=exact
        )
    except Refused as problem:
        return {"no_figures": problem}
    return figures_of(figures, purpose=chosen.value)


def figures_of(figures: Figures, *, purpose: str) -> Words:
    """Figures for ``_segment_figures.html``."""
    return {"figures": figures, "lines": _lines(figures), "purpose_label": dict(PURPOSES)[purpose]}


def _lines(figures: Figures) -> Words:
    """Every number as this reader may know it."""

    def number(count: int) -> str:
        return queries.shown(count, exact=figures.exact)

    return {
        "found": number(figures.found),
        "scope": queries.persons(figures.scope, exact=figures.exact),
        "email": number(figures.email.reachable),
        "sms": number(figures.sms.reachable),
        "by_email": _reasons(figures.email, exact=figures.exact),
        "by_sms": _reasons(figures.sms, exact=figures.exact),
        "parts": [(part.words, number(part.meeting), number(part.removes)) for part in figures.parts],
    }


def _reasons(reach: Reach, *, exact: bool) -> list[tuple[str, str]]:
    return [
        (queries.reason_words(reason, channel=reach.channel), queries.shown(count, exact=exact))
        for reason, count in reach.reasons
        # To whom nobody and nine are the same, a line that comes and goes would tell them apart.
        if count or not exact
    ]


@never_cache
@login_required
@require_POST
@limited(scope="segment-count", limit=600, window_s=300)
def count(request: HttpRequest) -> HttpResponse:
    """The figures of what stands in the form, for the page that shows them as one types."""
    scope_id = _scope(request.POST, queries.scopes(person_id=me(request)))
    build = _read(request.POST, scope_id)
    words = _figures(request, scope_id, build.tree, request.POST.get("purpose", ""))
    return render(request, "outreach/_segment_figures.html", words)


@never_cache
@login_required
@require_safe
def segment(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """A segment: in words, how many, who cannot be reached and why."""
    return _segment(
        request, segment_id, UseForm(initial={"starts_on": localdate(), "purpose": _purpose(request)})
    )


def _purpose(request: HttpRequest) -> str:
    asked = request.GET.get("purpose", "")
    return asked if asked in set(Purpose) else Purpose.NEWSLETTER.value


def _segment(request: HttpRequest, segment_id: UUID, form: UseForm, status: int = 200) -> HttpResponse:
    card = queries.card(access.access_segment_by_id(person_id=me(request), segment_id=segment_id))
    purpose = _purpose(request)
    figures = _figures(request, card.territory_id, card.tree, purpose)
    may_write = access.may_write_to(person_id=me(request), territory_id=card.territory_id)
    words = {"card": card, "form": form, "purposes": PURPOSES, "purpose": purpose, "may_write": may_write}
    words |= figures
    return render(request, "outreach/segment.html", words, status=status)


@never_cache
@login_required
@require_POST
@limited(scope="segment-use", limit=60, window_s=3600)
def use(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """Enter a use in the register."""
    access.access_segment_by_id(person_id=me(request), segment_id=segment_id)
    form = UseForm(request.POST)
    if form.is_valid():
        try:
            actions.use(by_id=me(request), segment_id=segment_id, intended=form.intended(), at=now())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("The use is in the register."))
            return redirect("outreach:register")
    return _segment(request, segment_id, form, status=422)


@never_cache
@login_required
@get_or_post
@limited(scope="segment-remove", limit=60, window_s=3600)
def remove(request: HttpRequest, segment_id: UUID) -> HttpResponse:
    """Delete a segment, after one deliberate gesture."""
    card = queries.card(access.access_segment_by_id(person_id=me(request), segment_id=segment_id))
    if request.method == "POST":
        actions.remove(by_id=me(request), segment_id=segment_id)
        messages.success(request, _("The segment is deleted."))
        return redirect("outreach:segments")
    return render(request, "outreach/segment_remove.html", {"card": card})


@never_cache
@login_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Who used which criteria, why, and over how many."""
    page, cards = queries.uses(person_id=me(request), page_number=request.GET.get("page", 1))
    return render(request, "outreach/register.html", {"page": page, "cards": cards})


@never_cache
@login_required
@require_safe
@limited(scope="segment-register", limit=30, window_s=3600, methods=("GET",))
def register_file(request: HttpRequest) -> HttpResponse:
    """The register as a table for a spreadsheet."""
    table = StringIO()
    writer = csv.writer(table, delimiter=";")
    writer.writerows(_table(queries.register(person_id=me(request))))
    return HttpResponse(
        "\ufeff" + table.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="registre-ciblage.csv"'},
    )


def _table(cards: Iterable[UseCard]) -> Iterator[list[str]]:
    yield list(_columns())
    for card in cards:
        yield [_harmless(text) for text in _columns(card).values()]


def _columns(card: UseCard | None = None) -> dict[str, str]:
    """The columns of the register with what stands in them; for no card, their names are what counts."""
    used = {} if card is None else dataclasses.asdict(card)
    cost = used.get("cost_cents")
    names = {
        _("When"): "used_at", _("Who"): "used_by", _("Segment"): "segment_name",
        _("Version"): "segment_version",
        pgettext("segment", "Territory"): "territory_name", _("What for"): "why",
        _("By which consent"): "purpose",
        _("From"): "starts_on", _("Until"): "ends_on", _("Criteria"): "criteria", _("People found"): "found",
        _("Reachable"): "reachable",
    }  # fmt: skip
    return {
        **{label: str(used.get(name, "")) for label, name in names.items()},
        _("What it costs, in euros"): "" if cost is None else f"{cost / 100:.2f}",
        _("Channel"): Channel.EMAIL.value,
        _("Source of the data"): _("The persons themselves"),
    }


def _harmless(text: str) -> str:
    """A spreadsheet takes a text that begins so for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
