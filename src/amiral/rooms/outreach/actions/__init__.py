"""Writing to the outbox and letting its messages leave.

A message is taken by one conditional write (state, time, lease), so two workers never hold the same one.
The promise is *at most once*: a letter goes back in the queue only when the server certainly refused it
(it said so, or was never reached). When the worker dies or the line breaks between "here it is" and
"taken", nobody can know; the message is then marked failed, never sent again by itself. Its Message-ID
is made of the row, so that a repeat could be recognised; but what leaves here one by one was asked for a
moment ago, and who misses it asks again. Mailings decide otherwise: see ``actions.mailing_sending``.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from amiral.cores.gate import Decision, Verdict
from amiral.cores.silence import Conduct
from amiral.kit import ports
from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.mail.courier import COURIER
from amiral.kit.mail.session import Fate
from amiral.rooms.outreach.actions import gate, posting
from amiral.rooms.outreach.contracts import SERVICE, Attachment, Channel, InDoubt, NotCarried
from amiral.rooms.outreach.models import DemonstrationLetter, Message
from amiral.rooms.outreach.queries.sms_text import has_gateway
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Marks

log = logging.getLogger(__name__)

HEADERS = frozenset(
    {
        "Auto-Submitted",
        "In-Reply-To",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "References",
        "Reply-To",
    }
)
"""The only headers a caller may set; sender and receiver are the outbox's business."""

ANSWERS = "In-Reply-To"
"""The header of a direct answer, which the weekly cap leaves alone."""

LEASE = timedelta(minutes=10)
"""How long a worker may hold a message: more than every step of an SMTP exchange at ``EMAIL_TIMEOUT``."""

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 720))
"""How long to wait after the first, second … refusal; after the last, the message has failed."""

KEPT = timedelta(days=30)
"""How long the trace of a message stays once it has left or will not leave."""


FORGOTTEN = ("referral:", "rights-receipt:")
"""Keys of letters of which no trace stays once they have left: invitations, answers to who was erased."""
THROTTLED = frozenset({"sms-refused: 0x58", "sms-refused: 0x14"})
"""Reasons of a gateway that has too much to do (ESME_RTHROTTLED, ESME_RMSGQFUL)."""
NOTHING = "–"
"""What stands where a text was erased."""


class HeaderRefused(Refused):
    """A line break or an unknown name where a header was expected."""

    def __init__(self) -> None:
        super().__init__(_("This message cannot be sent: its subject or address holds a line break."))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a caller hands to the outbox."""

    to_address: str
    purpose: str
    subject: str
    body: str
    idempotency_key: str
    person_id: UUID | None = None
    html: str = ""
    attachment: Attachment | None = None
    headers: dict[str, str] = field(default_factory=dict)
    not_before: datetime | None = None
    conduct: Conduct | None = None
    territory_ids: tuple[str, ...] = ()
    still: str = ""
    sender_id: UUID | None = None
    scope_id: UUID | None = None
    channel: Channel = Channel.EMAIL
    urgent: bool = False
    link: str = ""


def enqueue(draft: Draft, *, at: datetime) -> None:
    """Writes the message once per key; a service message leaves when the transaction is committed."""
    _check_headers(draft)
    message = _message(draft, at)
    # One conditional insert: two callers with the same key write one row, inside any transaction.
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if draft.purpose == SERVICE and message.not_before <= at and not _waits_for_the_line(draft.channel):
        transaction.on_commit(lambda: _deliver_now(message.pk))


def _waits_for_the_line(channel: Channel) -> bool:
    """Whether another process carries it: the one that holds the line to the SMS gateway."""
    return channel is Channel.SMS and has_gateway()


def _deliver_now(message_id: UUID) -> None:
    COURIER.bring(_deliver_once, message_id)


def _deliver_once(message_id: UUID) -> None:
    deliver(message_id=message_id, at=now())


def _check_headers(draft: Draft) -> None:
    texts = [draft.to_address, draft.subject, *draft.headers.values()]
    texts += [draft.attachment.name, draft.attachment.content_type] if draft.attachment else []
    if any("\r" in text or "\n" in text for text in texts) or not HEADERS.issuperset(draft.headers):
        raise HeaderRefused


def _message(draft: Draft, at: datetime) -> Message:
    attachment = draft.attachment or Attachment(name="", content_type="", text="")
    return Message(
        person_id=draft.person_id,
        to_address=draft.to_address,
        purpose=draft.purpose,
        subject=Truncator(draft.subject).chars(200),
        body=draft.body,
        html=draft.html,
        headers=draft.headers,
        attachment_name=attachment.name,
        attachment_type=attachment.content_type,
        attachment_text=attachment.text,
        idempotency_key=draft.idempotency_key,
        created_at=at,
        not_before=max(at, draft.not_before or at),
        **_gate_fields(draft),
    )


def _gate_fields(draft: Draft) -> dict[str, Any]:
    return {
        "channel": draft.channel,
        "conduct": draft.conduct or "",
        "territory_ids": list(draft.territory_ids),
        "still": draft.still,
        "sender_id": draft.sender_id,
        "scope_id": draft.scope_id,
        "urgent": draft.urgent,
        "link": draft.link,
        "counted": draft.purpose != SERVICE and ANSWERS not in draft.headers,
    }


def deliver_due(*, at: datetime, limit: int) -> int:
    """Lets up to ``limit`` due messages leave, oldest first; returns how many were sent."""
    give_up_interrupted(at=at)
    rows = Message.objects.filter(_free(at))
    if has_gateway():
        rows = rows.exclude(channel=Channel.SMS)
    due = rows.order_by("not_before", "pk").values_list("pk", flat=True)
    started = now()
    # The hour moves on with the work: a lease counted from the first letter would end during the last.
    return sum(deliver(message_id=id_, at=at + (now() - started)) for id_ in list(due[:limit]))


def text_due(*, at: datetime, pause: Callable[..., bool], limit: int = 50) -> int:
    """The same for text messages, in the process that holds the line: urgent ones first; how many left.

    ``pause`` stands between two of them and says whether another may leave.
    """
    give_up_interrupted(at=at)
    due = Message.objects.filter(_free(at), channel=Channel.SMS).order_by("-urgent", "not_before", "pk")
    left, started = 0, now()
    for message_id in list(due.values_list("pk", flat=True)[:limit]):
        left += deliver(message_id=message_id, at=at + (now() - started))
        if not pause(throttled=_was_throttled(message_id)):
            break
    return left


def _was_throttled(message_id: UUID) -> bool:
    rows = Message.objects.filter(pk=message_id, state=Message.State.QUEUED)
    return rows.filter(reason__in=THROTTLED).exists()


def give_up_interrupted(*, at: datetime) -> int:
    """Marks as failed what a worker took and never finished: it may have left, so it must not leave again."""
    return Message.objects.filter(state=Message.State.QUEUED, lease_until__lt=at).update(
        state=Message.State.FAILED, reason="interrupted", lease_until=None, **_EMPTY
    )


def deliver(*, message_id: UUID, at: datetime) -> bool:
    """Takes the message if it is free and due; it leaves, or says why not. ``True`` when it was sent."""
    message = _take(message_id, at)
    if message is None:
        return False
    verdict = gate.verdict_on(message, at=at)
    if verdict.decision is Decision.WAIT:
        _postpone(message, verdict)
        return False
    refusal = gate.reason_of(verdict) or _inform(message)
    if refusal:
        _settle(message, Message.State.HELD, reason=refusal, **_EMPTY)
        return False
    return _hand_over(message, at)


def _free(at: datetime) -> Q:
    return Q(state=Message.State.QUEUED, not_before__lte=at, lease_until__isnull=True)


def _take(message_id: UUID, at: datetime) -> Message | None:
    taken = Message.objects.filter(_free(at), pk=message_id).update(
        lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return Message.objects.get(pk=message_id) if taken else None


def _postpone(message: Message, verdict: Verdict) -> None:
    """Back in the queue until the verdict's moment; that is no attempt to hand it over."""
    _settle(
        message,
        Message.State.QUEUED,
        reason=gate.reason_of(verdict),
        not_before=verdict.until,
        attempts=message.attempts - 1,
    )


def _inform(message: Message) -> str:
    """Adds the notice that a first message owes to somebody from a file; why it cannot leave without.

    The row is not changed: the notice is made for the moment when the message leaves.
    """
    if message.purpose == SERVICE or message.person_id is None:
        return ""
    notice = people.notice_for(person_id=message.person_id, purpose=message.purpose)
    if notice is None:
        return ""
    if people.missing_mentions(text=message.body, notice=notice):
        message.body += f"\n\n--\n{notice.text}"
        message.html += f"<p>{escape(notice.text)}</p>" if message.html else ""
    missing = people.missing_mentions(text=message.body, notice=notice)
    return f"no-notice: {', '.join(missing)}" if missing else ""


_EMPTY: dict[str, object] = {"body": "", "html": "", "attachment_text": "", "headers": {}}


def _hand_over(message: Message, at: datetime) -> bool:
    try:
        _transmit(message, at)
    except _NotTaken as refusal:
        _retry_or_fail(message, refusal, at)
        return False
    except InDoubt as doubt:
        log.warning("Message %s: nobody knows whether the gateway took it.", message.pk)
        _settle(message, Message.State.FAILED, reason=doubt.reason, **_EMPTY)
        return False
    except Exception:
        # Logged and not raised: whoever asked for the letter must not see his own page break.
        log.exception("Message %s: nobody knows whether it left.", message.pk)
        _settle(message, Message.State.FAILED, reason="no-answer", **_EMPTY)
        return False
    _settle(message, Message.State.SENT, sent_at=at, reason="", **_EMPTY)
    if message.purpose != SERVICE and message.person_id:
        people.note_informed(person_id=message.person_id, at=at)
    return True


class _NotTaken(Exception):
    """The server certainly did not take the letter."""

    def __init__(self, reason: str, *, for_ever: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.for_ever = for_ever


class _NobodyKnows(Exception):
    """The line broke between the last byte and the answer."""


def _transmit(message: Message, at: datetime) -> None:
    if message.channel != Channel.EMAIL:
        _carry(message)
        return
    outcome = posting.post(message, at=at)
    if outcome.fate is Fate.UNKNOWN:
        raise _NobodyKnows(outcome.why)
    if outcome.fate is Fate.REFUSED:
        reason = f"refused: {outcome.code}" if outcome.code else outcome.why
        raise _NotTaken(reason, for_ever=outcome.for_ever)


def _carry(message: Message) -> None:
    """By the carrier of another channel (ports ``carry_push``, ``carry_sms``), which finds the address."""
    try:
        ports.call(
            f"carry_{message.channel}",
            message_id=message.pk,
            person_id=message.person_id,
            subject=message.subject,
            body=message.body,
        )
    except NotCarried as refusal:
        raise _NotTaken(refusal.reason, for_ever=refusal.for_ever) from refusal


def _retry_or_fail(message: Message, refusal: _NotTaken, at: datetime) -> None:
    waits = list(_waits(message.attempts))
    if refusal.for_ever or not waits:
        _settle(message, Message.State.FAILED, reason=refusal.reason, **_EMPTY)
    else:
        _settle(message, Message.State.QUEUED, reason=refusal.reason, not_before=at + waits[0])


def _waits(attempts: int) -> Iterator[timedelta]:
    yield from BACK_OFF[attempts - 1 :]


def _settle(message: Message, state: Message.State, **fields: object) -> None:
    if state != Message.State.QUEUED and message.idempotency_key.startswith(FORGOTTEN):
        Message.objects.filter(pk=message.pk).delete()
        return
    Message.objects.filter(pk=message.pk).update(state=state, lease_until=None, **fields)


def erase(*, person_id: UUID, marks: Marks) -> None:
    """Deletes all that was written to a person, and what letters to others keep of him; no transaction."""
    Message.objects.filter(person_id=person_id).delete()
    for address in marks.values:  # numbers too
        Message.objects.filter(to_address__iexact=address).delete()
        DemonstrationLetter.objects.filter(to_address__iexact=address).delete()
    for text in (*marks.addresses, *marks.names):
        # What still waits is news for somebody else; once it has left, nothing of its text stays but this.
        left = Message.objects.exclude(state=Message.State.QUEUED)
        left.filter(subject__icontains=text).update(subject=NOTHING)
        DemonstrationLetter.objects.filter(Q(body__icontains=text) | Q(subject__icontains=text)).delete()


def purge(*, at: datetime) -> int:
    """Deletes the messages that are over since ``KEPT``; returns how many. What waits stays."""
    past = Q(created_at__lt=at - KEPT, not_before__lt=at - KEPT)
    over = Message.objects.exclude(state=Message.State.QUEUED).filter(past)
    return over.delete()[0]
