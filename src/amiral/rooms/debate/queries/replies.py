"""The right of reply: what a page and the rules of the day allow, cases, published replies."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.urls import Resolver404, resolve
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from amiral.cores.reply import (
    NEXT,
    RULES,
    Ground,
    Regime,
    RuleSet,
    Step,
    is_late,
    lines_of,
    most_lines,
    objections,
    rules_on,
)
from amiral.kit.errors import NotFound
from amiral.kit.plain_text import to_text
from amiral.rooms.debate.contracts import ReplyCapacity, ReplyCase, ReplyFrame, ReplyProof, ReplyView
from amiral.rooms.debate.models import PublishedReply, ReplyRequest
from amiral.rooms.outreach import api as outreach
from amiral.rooms.talking_points import api as talking_points

ELECTORAL = timedelta(days=92)
"""How long before the end of a ballot the campaign promises a reply within a day."""
PER_PAGE = 25
SOON = timedelta(hours=6)
OPEN = (Step.RECEIVED, Step.PROVEN, Step.ADMISSIBLE)
SHAPES = {"fine": "○", "soon": "△", "late": "■", "over": "–"}


def address_key(row: ReplyRequest) -> str:
    """What stands in the letter only: who has it reads letters at the address of a case."""
    return salted_hmac("reply-address", str(row.pk), algorithm="sha256").hexdigest()[:32]


def hash_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Contested:
    """What is known of a page: its title, its whole text and its day; empty where nobody can say."""

    title: str = ""
    text: str = ""
    since: datetime | None = None
    reply: UUID | None = None


def path_of(page: str) -> str:
    """The path of an address as browsers show it; empty for another site's."""
    parts = urlsplit(page.strip())
    ours = {"", urlsplit(settings.PUBLIC_URL).netloc}
    return parts.path if parts.netloc in ours and parts.scheme in {"", "http", "https"} else ""


def is_page(path: str) -> bool:
    """Whether a path belongs to this site."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return path.startswith("/")


def contested(*, page: str) -> Contested:
    """What the site knows of a page. Two queries at most."""
    try:
        match = resolve(page)
    except Resolver404:
        return Contested()
    if match.view_name == "talking_points:point":
        return _point(match.kwargs["point_id"])
    if match.view_name == "debate:reply":
        return _reply(match.kwargs["reply_id"])
    return Contested()


def _point(point_id: UUID) -> Contested:
    cards = talking_points.cards(point_ids=[point_id], language=get_language() or "fr")
    for card in cards:
        text = f"{card.short_line}\n\n{to_text(card.body_html)}"
        return Contested(title=card.short_line, text=text, since=card.approved_at)
    return Contested()


def _reply(reply_id: UUID) -> Contested:
    row = PublishedReply.objects.filter(pk=reply_id).first()
    if row is None:
        return Contested()
    title = _("Reply of %(name)s") % {"name": row.name}
    return Contested(title=title, text=row.text, since=row.published_at, reply=row.pk)


def is_electoral(*, at: datetime) -> bool:
    """Whether a ballot that was entered ends within three months. Two queries at most."""
    return outreach.ballot_ahead(at=at, within=ELECTORAL)


def rules_at(at: datetime) -> RuleSet:
    """The rule set of the day on the publisher's clock: this is an online service."""
    return rules_on(localdate(at), Regime.ONLINE)


def rules_named(name: str) -> RuleSet:
    """A rule set by its name: a case keeps that of its day."""
    return next(rules for rules in RULES if rules.name == name)


def allowed_lines(*, original: str, rules: RuleSet) -> int:
    """The longest reply; where the text is not known, what the law allows at most."""
    return most_lines(original, rules) if original else rules.most_lines


def frame(*, page: str, at: datetime) -> ReplyFrame:
    """What is said beside the form. The title is shown for public pages only: the others are members'."""
    rules, found = rules_at(at), contested(page=page)
    electoral = is_electoral(at=at)
    return ReplyFrame(
        page=page,
        title=found.title if found.reply else "",
        rules=rules.name,
        sources=rules.sources,
        line=rules.line,
        most_lines=allowed_lines(original=found.text, rules=rules),
        answer_hours=int(rules.answer.total_seconds() // 3600),
        target_hours=int((rules.answer_electoral if electoral else rules.answer).total_seconds() // 3600),
        electoral=electoral,
    )


def length_sentence(*, text: str, page: str, at: datetime) -> tuple[str, bool]:
    """How long a reply is by the rule of the day, in words, and whether it fits."""
    rules = rules_at(at)
    number = lines_of(text, rules.line) if text.strip() else 0
    most = allowed_lines(original=contested(page=page).text, rules=rules)
    said = ngettext("%(number)d line of %(most)d at most", "%(number)d lines of %(most)d at most", number)
    return said % {"number": number, "most": most}, number <= most


def replies_of(*, page: str) -> tuple[ReplyView, ...]:
    """The replies that stand under a page, oldest first. One query.

    ``page``: a path as a stranger sent it.
    """
    if "\0" in page:  # PostgreSQL does not compare such text
        return ()
    return tuple(view(row) for row in PublishedReply.objects.filter(page=page))


def published(*, page_number: str | int) -> "Page[ReplyView]":
    """All of them, newest first: also those whose page is gone."""
    found: Page[Any] = Paginator(PublishedReply.objects.order_by("-published_at"), PER_PAGE).get_page(
        page_number
    )
    return Page([view(row) for row in found.object_list], found.number, found.paginator)


def reply_by_id(*, reply_id: UUID) -> ReplyView:
    """For everybody."""
    row = PublishedReply.objects.filter(pk=reply_id).first()
    if row is None:
        raise NotFound
    return view(row)


def view(row: PublishedReply) -> ReplyView:
    """A row as pages show it."""
    return ReplyView(
        id=row.pk,
        page=row.page,
        page_title=row.page_title,
        name=row.name,
        text=row.text,
        published_at=row.published_at,
        digest=row.digest,
    )


def board(*, at: datetime) -> tuple[list[ReplyCase], list[ReplyCase]]:
    """The open cases, the most urgent first, and the last that ended. Constant queries."""
    rows = ReplyRequest.objects.prefetch_related("moves")
    waiting = rows.filter(step__in=OPEN).order_by("target_at", "id")
    ended = rows.exclude(step__in=OPEN).order_by("-ended_at", "-id")[:PER_PAGE]
    return [case(row, at=at) for row in waiting], [case(row, at=at) for row in ended]


def waiting() -> int:
    """How many cases are open. One query."""
    return ReplyRequest.objects.filter(step__in=OPEN).count()


def case(row: ReplyRequest, *, at: datetime) -> ReplyCase:
    """A case with its clock."""
    step, rules = Step(row.step), rules_named(row.rules)
    urgency = _urgency(row, step, at)
    return ReplyCase(
        id=row.pk,
        reference=row.reference,
        page=row.page,
        page_title=row.page_title,
        page_from=row.page_from,
        name=row.name,
        capacity=capacity_label(ReplyCapacity(row.capacity)),
        email=row.email,
        proof=proof_label(ReplyProof(row.proof)),
        proof_words=row.proof_words,
        passages=row.passages,
        text=row.text,
        lines=row.lines,
        most_lines=allowed_lines(original=row.original, rules=rules),
        rules=rules_label(row.rules),
        step=row.step,
        step_label=step_label(step),
        received_at=row.received_at,
        target_at=row.target_at,
        due_at=row.due_at,
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        electoral=row.electoral,
        left=_left(row.target_at - at) if step in OPEN else "",
        urgency=urgency,
        shape=SHAPES[urgency],
        ground=ground_label(Ground(row.ground)) if row.ground else "",
        answer=row.answer,
        objections=tuple(ground_label(one) for one in machine_grounds(row)),
        next_steps=frozenset(one.value for one in NEXT[step]),
        rejoinder=row.rejoinder_to_id is not None,
        reply_id=row.reply_id,
        moves=tuple((step_label(Step(move.step)), move.at) for move in row.moves.all()),
    )


def machine_grounds(row: ReplyRequest) -> tuple[Ground, ...]:
    """What follows from dates and lengths alone; a date or a text that nobody knows objects to nothing."""
    rules = rules_named(row.rules)
    seen = objections(
        original=row.original,
        reply=row.text,
        published_at=row.page_from or row.received_at,
        received_at=row.received_at,
        rules=rules,
        zone=row.zone,
    )
    most = allowed_lines(original=row.original, rules=rules)
    return tuple(one for one in seen if one is not Ground.TOO_LONG or row.lines > most)


def _urgency(row: ReplyRequest, step: Step, at: datetime) -> str:
    if step not in OPEN:
        return "over"
    if is_late(step=step, at=at, due_at=row.target_at):
        return "late"
    return "soon" if row.target_at - at <= SOON else "fine"


def _left(left: timedelta) -> str:
    minutes = int(abs(left.total_seconds()) // 60)
    said = f"{minutes // 60} h {minutes % 60:02d}"
    if left < timedelta(0):
        return _("%(time)s late") % {"time": said}
    return _("%(time)s left") % {"time": said}


def step_label(step: Step) -> str:
    """A step in words."""
    return {
        Step.RECEIVED: pgettext("reply", "received"),
        Step.PROVEN: pgettext("reply", "identity proven"),
        Step.ADMISSIBLE: pgettext("reply", "admissible"),
        Step.PUBLISHED: pgettext("reply request", "published"),
        Step.REFUSED: pgettext("reply request", "refused"),
        Step.SETTLED: pgettext("reply request", "settled by agreement"),
        Step.WITHDRAWN: pgettext("reply", "withdrawn"),
    }[step]


def ground_label(ground: Ground) -> str:
    """A ground of refusal as a sentence."""
    return {
        Ground.LATE: _("The request came more than three months after the publication."),
        Ground.TOO_LONG: _("The reply is longer than the law allows."),
        Ground.NOT_CONCERNED: _("The person who asks is neither named nor designated on the page."),
        Ground.NOT_IDENTIFIED: _("The person who asks has not proven who he or she is."),
        Ground.NOT_A_REPLY: _("The text does not answer what the page says of the person."),
        Ground.UNLAWFUL: _("The text is against the law, or against the rights of somebody else."),
        Ground.DIRECT_ANSWER_OPEN: _("The person can answer at once on the page itself."),
    }[ground]


def ground_choices() -> tuple[tuple[str, str], ...]:
    """Grounds as choices of a form."""
    return tuple((ground.value, ground_label(ground)) for ground in Ground)


def rules_label(name: str) -> str:
    """A rule set in words."""
    return {
        "online-2007": _("online services, as the law stood until 20 May 2024"),
        "online-2024": _("online services, as the law stands since 21 May 2024"),
        "periodical-2000": _("periodicals"),
    }[name]


def capacity_label(capacity: ReplyCapacity) -> str:
    """In whose name."""
    return {
        ReplyCapacity.MYSELF: _("In my own name"),
        ReplyCapacity.REPRESENTATIVE: _("For somebody else or an organisation, whom I represent"),
    }[capacity]


def proof_label(proof: ReplyProof) -> str:
    """How an identity will be proven."""
    return {
        ReplyProof.IDENTITY_PAPER: _("I will show an identity paper, on request"),
        ReplyProof.OFFICIAL_ADDRESS: _("I write from the official address of my organisation"),
        ReplyProof.LETTER: _("I also send a registered letter"),
        ReplyProof.COUNSEL: _("My lawyer confirms it"),
    }[proof]
