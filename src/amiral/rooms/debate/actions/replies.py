"""Verbs of the right of reply: each step timed, written down and told to who asked."""

import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from amiral.cores.reply import BY_MACHINE, NEXT, Ground, Step, due, lines_of
from amiral.kit.audit import record
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_secret
from amiral.rooms.debate.access import access_reply_case_by_id
from amiral.rooms.debate.contracts import ReplyDraft
from amiral.rooms.debate.models import PublishedReply, ReplyMove, ReplyRequest
from amiral.rooms.debate.queries import replies as queries
from amiral.rooms.moderation import api as moderation
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import COUNTRY, Feature

UNCONFIRMED_KEPT, CASE_KEPT = timedelta(days=30), timedelta(days=3 * 365)
ENDS = (Step.PUBLISHED, Step.REFUSED, Step.SETTLED)


class NoSuchPage(Refused):
    """A page that is not of this site."""

    fields = ("page",)

    def __init__(self) -> None:
        super().__init__(_("Give the address of a page of this site, as your browser shows it."))


class ReplyEmpty(Refused):
    """Nothing to publish."""

    fields = ("text",)

    def __init__(self) -> None:
        super().__init__(_("Name the passages and write your reply."))


class NotThisStep(Refused):
    """The case has gone on, or is not so far."""

    def __init__(self) -> None:
        super().__init__(_("The case has moved on meanwhile, or is not so far. Look at it again."))


class GroundDoesNotHold(Refused):
    """A refusal that dates and lengths contradict."""

    def __init__(self) -> None:
        super().__init__(
            _("The dates and the length say otherwise: the request is in time and short enough.")
        )


class AnswerMissing(Refused):
    """A refusal or an agreement without a sentence."""

    def __init__(self) -> None:
        super().__init__(_("Write a sentence: the person who asks will read it."))


def check(*, draft: ReplyDraft) -> None:
    """Raises ``NoSuchPage`` or ``ReplyEmpty`` for what cannot be received."""
    if not queries.is_page(queries.path_of(draft.page)):
        raise NoSuchPage
    if not _text(draft.text) or not _text(draft.passages):
        raise ReplyEmpty


@transaction.atomic
def ask(*, draft: ReplyDraft, at: datetime) -> str:
    """Opens a case and sends its receipt; answers the secret of the link to follow it.

    The clock runs from now on, whether or not the address is confirmed: the law counts from receipt.
    Raises ``NoSuchPage``, ``ReplyEmpty``. A reply that is too long is received all the same.
    """
    check(draft=draft)
    page, text, passages = queries.path_of(draft.page), _text(draft.text), _text(draft.passages)
    secret = new_secret()
    row = _open(replace(draft, page=page), text, passages, secret, at)
    _note(row, Step.RECEIVED, by_id=None, at=at)
    _write(row, event="received", secret=secret)
    _tell_publishers(row)
    return secret


def _open(draft: ReplyDraft, text: str, passages: str, secret: str, at: datetime) -> ReplyRequest:
    page = draft.page
    found, rules = queries.contested(page=page), queries.rules_at(at)
    zone, electoral = settings.TIME_ZONE, queries.is_electoral(at=at)
    return ReplyRequest.objects.create(
        reference=f"DR-{at:%Y%m%d}-{secrets.token_hex(3).upper()}",
        secret_hash=queries.hash_of(secret),
        page=page,
        page_title=found.title or page,
        page_from=found.since or _midnight(draft),
        original=found.text,
        rejoinder_to_id=found.reply,
        rules=rules.name,
        zone=zone,
        electoral=electoral,
        received_at=at,
        target_at=due(at, rules, zone=zone, electoral=electoral),
        due_at=due(at, rules, zone=zone, electoral=False),
        language=draft.language,
        name=draft.name.strip(),
        capacity=draft.capacity.value,
        email=draft.email,
        proof=draft.proof.value,
        proof_words=_text(draft.proof_words),
        passages=passages,
        text=text,
        lines=lines_of(text, rules.line),
    )


def _midnight(draft: ReplyDraft) -> datetime | None:
    """The day that was given, read at its latest: noon of that day, UTC."""
    if draft.page_on is None:
        return None
    return datetime(draft.page_on.year, draft.page_on.month, draft.page_on.day, 12, tzinfo=UTC)


def _text(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def case_by_secret(*, secret: str) -> ReplyRequest:
    """For who holds the link of the receipt; else ``NotFound``."""
    row = ReplyRequest.objects.filter(secret_hash=queries.hash_of(secret)).first()
    if row is None:
        raise NotFound
    return row


class NotFromTheLetter(Refused):
    """The browser that asked is no proof of an address."""

    def __init__(self) -> None:
        super().__init__(_("Open the link of the letter that we sent to this address."))


@transaction.atomic
def confirm_address(*, secret: str, key: str, at: datetime) -> None:
    """The person reads letters at the address that was given; a second time changes nothing.

    ``key`` stands in the letter only (``queries.address_key``); else ``NotFromTheLetter``.
    """
    row = case_by_secret(secret=secret)
    if not constant_time_compare(key, queries.address_key(row)):
        raise NotFromTheLetter
    if ReplyRequest.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=at):
        record(actor_id=None, verb="confirm-reply-address", subject_kind="reply", subject_id=row.pk)


@transaction.atomic
def withdraw(*, secret: str, at: datetime) -> None:
    """The person no longer asks."""
    row = case_by_secret(secret=secret)
    _move(row, Step.WITHDRAWN, by_id=None, at=at)
    _write(row, event="withdrawn")


@transaction.atomic
def prove(*, by_id: UUID, case_id: UUID, at: datetime) -> None:
    """The director of publication found the proof of identity enough."""
    row = access_reply_case_by_id(person_id=by_id, case_id=case_id)
    _move(row, Step.PROVEN, by_id=by_id, at=at)
    _write(row, event="proven")


@transaction.atomic
def admit(*, by_id: UUID, case_id: UUID, at: datetime) -> None:
    """Nothing stands against it: it will be published."""
    row = access_reply_case_by_id(person_id=by_id, case_id=case_id)
    _move(row, Step.ADMISSIBLE, by_id=by_id, at=at, ground="", answer="")


@transaction.atomic
def publish(*, by_id: UUID, case_id: UUID, at: datetime) -> UUID:
    """The reply stands under its page from now on, word for word; nobody changes or removes it."""
    row = access_reply_case_by_id(person_id=by_id, case_id=case_id)
    if Step.PUBLISHED not in NEXT[Step(row.step)]:
        raise NotThisStep
    reply = PublishedReply.objects.create(
        page=row.page,
        page_title=row.page_title,
        name=row.name,
        text=row.text,
        digest=hashlib.sha256(row.text.encode()).hexdigest(),
        published_at=at,
    )
    _move(row, Step.PUBLISHED, by_id=by_id, at=at, reply=reply)
    _write(row, event="published")
    _log(row, "published", at)
    return reply.pk


@transaction.atomic
def refuse(*, by_id: UUID, case_id: UUID, ground: Ground, words: str, at: datetime) -> None:
    """With a ground of the closed list and a sentence. Raises ``GroundDoesNotHold``, ``AnswerMissing``."""
    row = access_reply_case_by_id(person_id=by_id, case_id=case_id)
    if ground in BY_MACHINE and ground not in queries.machine_grounds(row):
        raise GroundDoesNotHold
    answer = _answer(words)
    _move(row, Step.REFUSED, by_id=by_id, at=at, ground=ground.value, answer=answer)
    _write(row, event="refused")
    _log(row, "refused", at)


@transaction.atomic
def settle(*, by_id: UUID, case_id: UUID, words: str, at: datetime) -> None:
    """Something else was agreed (a correction, a deletion): only with the consent of who asked."""
    row = access_reply_case_by_id(person_id=by_id, case_id=case_id)
    _move(row, Step.SETTLED, by_id=by_id, at=at, answer=_answer(words))
    _write(row, event="settled")
    _log(row, "settled", at)


def _answer(words: str) -> str:
    answer = _text(words)
    if not answer:
        raise AnswerMissing
    return answer[:2000]


def _move(row: ReplyRequest, to: Step, *, by_id: UUID | None, at: datetime, **fields: object) -> None:
    """The next step, once: of two at the same moment, the second is refused."""
    if to not in NEXT[Step(row.step)]:
        raise NotThisStep
    ended = at if to in (*ENDS, Step.WITHDRAWN) else None
    changes = {"step": to.value, "ended_at": ended, **fields}
    if not ReplyRequest.objects.filter(pk=row.pk, step=row.step).update(**changes):
        raise NotThisStep
    for name, value in changes.items():
        setattr(row, name, value)
    _note(row, to, by_id=by_id, at=at)


def _note(row: ReplyRequest, step: Step, *, by_id: UUID | None, at: datetime) -> None:
    ReplyMove.objects.create(case=row, step=step.value, at=at, by_id=by_id)
    record(actor_id=by_id, verb=f"reply-{step.value}", subject_kind="reply", subject_id=row.pk)


def _log(row: ReplyRequest, outcome: str, at: datetime) -> None:
    """The line of the public log: no name, no word, no page."""
    body: dict[str, str | int | bool] = {
        "kind": "reply",
        "case": str(row.pk),
        "outcome": outcome,
        "reply_ground": row.ground if outcome == "refused" else "",
        "rules": row.rules,
        "electoral": row.electoral,
        "decided_after_s": max(0, int((at - row.received_at).total_seconds())),
        "in_time": at <= row.due_at,
    }
    moderation.write_log(body=body, at=at, about=row.pk)


def _write(row: ReplyRequest, *, event: str, secret: str = "") -> None:
    """A letter in the language of the request."""
    with override(row.language):
        link = _link(row, secret) if secret else ""
        page = settings.PUBLIC_URL + row.page
        context = {
            "case": queries.case(row, at=row.received_at),
            "event": event,
            "link": link,
            "page": page,
            "reply_link": _address("debate:reply", row.reply_id) if row.reply_id else "",
        }
        outreach.send(
            to_address=row.email,
            purpose=SERVICE,
            subject=_("Right of reply: %(reference)s") % {"reference": row.reference},
            body=render_to_string(
                "debate/replies/letter.txt", context | {"campaign_name": settings.CAMPAIGN_NAME}
            ),
            idempotency_key=f"reply:{row.pk}:{event}:{row.ended_at or ''}",
        )


def _tell_publishers(row: ReplyRequest) -> None:
    """The clock runs: a letter to those who stand for the director of publication; it names nobody."""
    for mandate in people.holders(territory_id=COUNTRY):
        if Feature.HANDLE_REQUESTS in mandate.features:
            _tell_publisher(row, mandate.person_id)


def _tell_publisher(row: ReplyRequest, person_id: UUID) -> None:
    card = people.card(person_id=person_id)
    with override(card.language):
        words = {
            "reference": row.reference,
            "until": date_format(localtime(row.target_at), "DATETIME_FORMAT"),
            "link": _address("debate:decide_reply", row.pk),
        }
        outreach.send(
            to_address=people.address_of(person_id=person_id),
            purpose=SERVICE,
            subject=_("A right of reply is asked for: %(reference)s") % words,
            body=_(
                "Hello,\n\nSomebody who is named on a page of the site asks to reply there. "
                "Answer by %(until)s:\n\n%(link)s\n"
            )
            % words,
            idempotency_key=f"reply:{row.pk}:publisher:{person_id}",
            person_id=person_id,
        )


def _address(name: str, argument: object) -> str:
    return settings.PUBLIC_URL + reverse(name, args=[argument])


def _link(row: ReplyRequest, secret: str) -> str:
    path = reverse("debate:reply_case", args=[secret])
    return f"{settings.PUBLIC_URL}{path}?cle={queries.address_key(row)}"


def purge(*, at: datetime) -> int:
    """Forgets what nobody confirmed within thirty days, and cases three years after their end."""
    forgotten = ReplyRequest.objects.filter(
        step=Step.RECEIVED, confirmed_at=None, received_at__lt=at - UNCONFIRMED_KEPT
    ) | ReplyRequest.objects.filter(ended_at__lt=at - CASE_KEPT)
    _rows, per_table = forgotten.delete()
    return per_table.get("debate.ReplyRequest", 0)
