"""Pages of mailings: write, look at the letter, try it on oneself, let it leave, follow it."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.outreach import access
from amiral.rooms.outreach.actions import mailings as actions
from amiral.rooms.outreach.contracts import Channel, MailingCard, MailingCounts, MailingState
from amiral.rooms.outreach.models import Mailing
from amiral.rooms.outreach.queries import mailings as queries
from amiral.rooms.outreach.queries import segments as segment_queries
from amiral.rooms.outreach.queries.mailing_text import LANGUAGES, shown_html
from amiral.rooms.outreach.web.mailings_forms import MailingForm, PaceForm, ScheduleForm
from amiral.rooms.outreach.web.segments_forms import PURPOSES
from amiral.rooms.outreach.web.segments_views import figures_of

get_or_post = require_http_methods(["GET", "HEAD", "POST"])
Words = dict[str, object]
REFRESH_S = 5
LIVE = {MailingState.SCHEDULED, MailingState.RUNNING, MailingState.PAUSED}
CHANGEABLE = {MailingState.DRAFT, MailingState.TEST}


@never_cache
@login_required
@require_safe
def mailings(request: HttpRequest) -> HttpResponse:
    """The mailings of my territories."""
    page, cards = queries.mailings(person_id=me(request), page_number=request.GET.get("page", 1))
    rows = [(card, queries.state_words(card.state)) for card in cards]
    words = {"page": page, "rows": rows, "may_write": access.may_choose_segments(person_id=me(request))}
    return render(request, "outreach/mailings.html", words)


@never_cache
@login_required
@get_or_post
@limited(scope="mailing-write", limit=120, window_s=3600)
def new(request: HttpRequest) -> HttpResponse:
    """Write a mailing; the use of its segment is entered in the register by the same gesture."""
    segments = queries.segment_choices(person_id=me(request))
    if request.method != "POST":
        initial = {"starts_on": localdate(), "segment": request.GET.get("segment", "")}
        return _writing(request, MailingForm(initial=initial, segments=segments))
    form = MailingForm(request.POST, segments=segments)
    if form.is_valid():
        try:
            made = actions.create(by_id=me(request), draft=form.draft(), at=now())
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(
                request, _("The mailing is kept, and the use of the segment is in the register.")
            )
            return redirect("outreach:mailing", mailing_id=made)
    return _writing(request, form, status=422)


@never_cache
@login_required
@get_or_post
@limited(scope="mailing-write", limit=120, window_s=3600)
def edit(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Change a mailing that has not begun."""
    card = queries.card(_mailing(request, mailing_id))
    segments = queries.segment_choices(person_id=me(request))
    if request.method != "POST":
        return _writing(request, MailingForm(initial=_initial(card), segments=segments), card=card)
    form = MailingForm(request.POST, segments=segments)
    if form.is_valid() and _changed(request, form, card):
        messages.success(request, _("The mailing is kept; try it on yourself before it leaves."))
        return redirect("outreach:mailing", mailing_id=mailing_id)
    return _writing(request, form, card=card, status=422)


def _changed(request: HttpRequest, form: MailingForm, card: MailingCard) -> bool:
    version = form.cleaned_data["version"] or 0
    try:
        actions.change(by_id=me(request), mailing_id=card.id, version=version, draft=form.draft(), at=now())
    except Refused as problem:
        form.add_error(None, str(problem))
        return False
    return True


def _initial(card: MailingCard) -> dict[str, object]:
    return {
        "name": card.name,
        "segment": str(card.segment_id or ""),
        "channel": card.channel,
        "purpose": card.purpose,
        "why": card.why,
        "starts_on": card.starts_on,
        "ends_on": card.ends_on,
        "cost": None if card.cost_cents is None else card.cost_cents / 100,
        "sender_name": card.sender_name,
        "subject_fr": card.french.subject,
        "body_fr": card.french.body,
        "subject_en": card.english.subject,
        "body_en": card.english.body,
        "version": card.version,
    }


def _writing(
    request: HttpRequest, form: MailingForm, *, card: MailingCard | None = None, status: int = 200
) -> HttpResponse:
    return render(request, "outreach/mailing_write.html", {"form": form, "card": card}, status=status)


def _mailing(request: HttpRequest, mailing_id: UUID) -> Mailing:
    return access.access_mailing_by_id(person_id=me(request), mailing_id=mailing_id)


@never_cache
@login_required
@require_safe
def mailing(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Where a mailing stands: before it leaves whom it reaches and what is in the way, then its progress."""
    return _page(request, mailing_id)


def _page(
    request: HttpRequest, mailing_id: UUID, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    row = _mailing(request, mailing_id)
    card = queries.card(row)
    exact = access.sees_exactly(person_id=me(request), territory_id=card.territory_id)
    words: Words = {
        "card": card,
        "state": queries.state_words(card.state),
        "purpose_label": dict(PURPOSES)[card.purpose],
        "channel_label": _("By SMS") if card.channel is Channel.SMS else _("By e-mail"),
        "changeable": card.state in CHANGEABLE,
        "live": card.state in LIVE,
        "refresh_s": REFRESH_S if card.state is MailingState.RUNNING else 0,
        "form": form or _form(card),
    }
    if card.state in CHANGEABLE | {MailingState.SCHEDULED}:
        words |= {"lints": queries.lint(card), **_reach(row, exact=exact)}
    if card.started_at or card.ended_at:
        words |= _progress(card, exact=exact)
    return render(request, "outreach/mailing.html", words, status=status)


def _form(card: MailingCard) -> forms.Form | None:
    if card.state is MailingState.TEST:
        return ScheduleForm(initial={"per_minute": card.per_minute or None})
    return PaceForm(initial={"per_minute": card.per_minute or None}) if card.state in LIVE else None


def _reach(row: Mailing, *, exact: bool) -> Words:
    try:
        return figures_of(queries.reach(row, exact=exact), purpose=row.purpose)
    except Refused as problem:
        return {"no_figures": problem}


def _progress(card: MailingCard, *, exact: bool) -> Words:
    """Every number as this reader may know it."""
    counts = queries.counts(mailing_id=card.id)

    def told(found: tuple[tuple[str, int], ...]) -> list[tuple[str, str]]:
        return [
            (queries.reason_words(reason), segment_queries.shown(number, exact=exact))
            for reason, number in found
        ]

    done = counts.total - counts.waiting
    return {
        "counted": card.filled or card.state in {MailingState.DONE, MailingState.CANCELLED},
        "total": segment_queries.persons(counts.total, exact=exact),
        "percent": 100 * done // max(1, counts.total),
        "sent": segment_queries.shown(counts.sent, exact=exact),
        "waiting": segment_queries.shown(counts.waiting, exact=exact),
        "until": counts.until if counts.until and counts.until > now() else None,
        "postponed": told(counts.postponed),
        "held": told(counts.held),
        "failed": told(counts.failed),
        "returned": _returned(counts, exact=exact),
        "parts": segment_queries.shown(counts.parts, exact=exact) if counts.parts else "",
        "delivered": segment_queries.shown(counts.delivered, exact=exact) if counts.parts else "",
        "exact": exact,
    }


def _returned(counts: MailingCounts, *, exact: bool) -> list[tuple[str, str]]:
    return [
        (queries.returned_words(one), segment_queries.shown(number, exact=exact))
        for one, number in counts.returned
    ]


@never_cache
@login_required
@require_safe
@limited(scope="mailing-preview", limit=600, window_s=3600, methods=("GET",))
def preview(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """The letter as somebody gets it: invented or oneself, in either language, as HTML or as plain text."""
    row = _mailing(request, mailing_id)
    language = request.GET.get("langue", "")
    language = language if language in LANGUAGES else LANGUAGES[0]
    myself = request.GET.get("pour") == "moi"
    if row.channel == Channel.SMS:
        return _preview_sms(request, row, language=language, myself=myself)
    letter = queries.preview(row, language=language, person_id=me(request) if myself else None)
    words = {
        "card": queries.card(row),
        "language": language,
        "myself": myself,
        "as_text": request.GET.get("forme") == "texte",
        "letter": letter,
        "html": shown_html(letter.html),
    }
    return render(request, "outreach/mailing_preview.html", words)


def _preview_sms(request: HttpRequest, row: Mailing, *, language: str, myself: bool) -> HttpResponse:
    """The text as it reaches a telephone, its parts and its price."""
    card = queries.card(row)
    exact = access.sees_exactly(person_id=me(request), territory_id=card.territory_id)
    sms = queries.preview_sms(row, language=language, person_id=me(request) if myself else None)
    words: Words = {
        "card": card,
        "language": language,
        "myself": myself,
        "sms": sms,
        "price": _euros(sms.cents),
    }
    with suppress(Refused):
        reachable = queries.reach(row, exact=exact).sms.reachable
        words["people"] = segment_queries.persons(reachable, exact=exact)
        words["whole"] = _euros(sms.cents * reachable) if exact else ""
    return render(request, "outreach/mailing_sms.html", words)


def _euros(cents: float) -> str:
    """An amount, empty when no price is set."""
    return f"{number_format(round(cents / 100, 3), use_l10n=True)} €" if cents else ""


# Verbs ----------------------------------------------------------------------------------------------


def _done(request: HttpRequest, mailing_id: UUID, verb: Callable[[], None], said: str) -> HttpResponse:
    """Does it and goes back to the page, with what was done or why it was not."""
    _mailing(request, mailing_id)
    try:
        verb()
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect("outreach:mailing", mailing_id=mailing_id)


@never_cache
@login_required
@require_POST
@limited(scope="mailing-test", limit=30, window_s=3600)
def try_out(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Send the letters to oneself."""
    said = _("The letter is on its way to you, in each language that is written. Read it before it leaves.")
    by_id = me(request)
    return _done(
        request, mailing_id, lambda: actions.send_test(by_id=by_id, mailing_id=mailing_id, at=now()), said
    )


@never_cache
@login_required
@require_POST
@limited(scope="mailing-schedule", limit=60, window_s=3600)
def schedule(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Let it leave, now or later."""
    _mailing(request, mailing_id)
    form = ScheduleForm(request.POST)
    if form.is_valid():
        moment, per_minute = form.chosen()
        try:
            actions.schedule(
                by_id=me(request), mailing_id=mailing_id, moment=moment, per_minute=per_minute, at=now()
            )
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("It leaves by itself; this page says how far it is."))
            return redirect("outreach:mailing", mailing_id=mailing_id)
    return _page(request, mailing_id, form=form, status=422)


@never_cache
@login_required
@require_POST
@limited(scope="mailing-schedule", limit=60, window_s=3600)
def unschedule(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Take the moment back."""
    by_id = me(request)
    return _done(
        request,
        mailing_id,
        lambda: actions.unschedule(by_id=by_id, mailing_id=mailing_id),
        _("It does not leave by itself any more."),
    )


@never_cache
@login_required
@require_POST
@limited(scope="mailing-steer", limit=120, window_s=3600)
def pause(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """No further letter for now."""
    by_id = me(request)
    return _done(
        request,
        mailing_id,
        lambda: actions.pause(by_id=by_id, mailing_id=mailing_id),
        _("The mailing pauses; a few letters that were under way may still arrive."),
    )


@never_cache
@login_required
@require_POST
@limited(scope="mailing-steer", limit=120, window_s=3600)
def resume(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Go on."""
    by_id = me(request)
    return _done(
        request,
        mailing_id,
        lambda: actions.resume(by_id=by_id, mailing_id=mailing_id),
        _("The mailing goes on where it stood."),
    )


@never_cache
@login_required
@get_or_post
@limited(scope="mailing-steer", limit=120, window_s=3600)
def cancel(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """End it for good, after one deliberate gesture."""
    card = queries.card(_mailing(request, mailing_id))
    if request.method != "POST":
        return render(request, "outreach/mailing_cancel.html", {"card": card})
    by_id = me(request)
    return _done(
        request,
        mailing_id,
        lambda: actions.cancel(by_id=by_id, mailing_id=mailing_id, at=now()),
        _("The mailing is cancelled: whoever was not written to will not be."),
    )


@never_cache
@login_required
@require_POST
@limited(scope="mailing-steer", limit=120, window_s=3600)
def pace(request: HttpRequest, mailing_id: UUID) -> HttpResponse:
    """Another pace, from the next letters on."""
    _mailing(request, mailing_id)
    form = PaceForm(request.POST)
    if not form.is_valid():
        return _page(request, mailing_id, form=form, status=422)
    by_id, per_minute = me(request), form.cleaned_data["per_minute"] or 0
    return _done(
        request,
        mailing_id,
        lambda: actions.set_pace(by_id=by_id, mailing_id=mailing_id, per_minute=per_minute),
        _("The pace is changed."),
    )
