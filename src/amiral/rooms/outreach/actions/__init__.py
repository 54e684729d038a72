"""Writing to the outbox and letting its messages leave.

A message is taken by one conditional write (state, time, lease), so two workers never hold the same one.
The promise is *at most once*: a letter goes back in the queue only when the server certainly refused it
(it said so, or was never reached). When the worker dies or the line breaks between "here it is" and
"taken", nobody can know; the message is then marked failed, never sent again by itself.
"""

import logging
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F, Q
from django.utils.html import escape
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.rooms.outreach.contracts import SERVICE, Attachment
from amiral.rooms.outreach.models import DemonstrationLetter, Message
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Marks

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

LEASE = timedelta(minutes=10)
"""How long a worker may hold a message: more than every step of an SMTP exchange at ``EMAIL_TIMEOUT``."""

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240, 720))
"""How long to wait after the first, second … refusal; after the last, the message has failed."""

KEPT = timedelta(days=30)
"""How long the trace of a message stays once it has left or will not leave."""


FORGOTTEN = ("referral:", "rights-receipt:")
"""Keys of letters of which no trace stays once they have left: invitations, answers to who was erased."""
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


def enqueue(draft: Draft, *, at: datetime) -> None:
    """Writes the message once per key; a service message leaves when the transaction is committed."""
    _check_headers(draft)
    message = _message(draft, at)
    # One conditional insert: two callers with the same key write one row, inside any transaction.
    Message.objects.bulk_create([message], ignore_conflicts=True)
    if draft.purpose == SERVICE:
        transaction.on_commit(lambda: _deliver_now(message.pk))


def _deliver_now(message_id: UUID) -> None:
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
        not_before=at,
    )


def deliver_due(*, at: datetime, limit: int) -> int:
    """Lets up to ``limit`` due messages leave, oldest first; returns how many were sent."""
    give_up_interrupted(at=at)
    due = Message.objects.filter(_free(at)).order_by("not_before", "pk").values_list("pk", flat=True)
    started = now()
    # The hour moves on with the work: a lease counted from the first letter would end during the last.
    return sum(deliver(message_id=id_, at=at + (now() - started)) for id_ in list(due[:limit]))


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
    refusal = _objection(message) or _inform(message)
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


def _objection(message: Message) -> str:
    """Why the message must not leave now; empty when it may."""
    if message.purpose == SERVICE:
        return ""
    agreed = message.person_id and people.has_consent(person_id=message.person_id, purpose=message.purpose)
    if not agreed:
        return "no-consent"
    refused = people.is_suppressed(channel=ContactKind.EMAIL, value=message.to_address)
    return "suppressed" if refused else ""


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
        _transmit(message)
    except _NotTaken as refusal:
        _retry_or_fail(message, refusal, at)
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


def _transmit(message: Message) -> None:
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as trouble:
        raise _NotTaken(f"unreachable: {type(trouble).__name__}", for_ever=False) from trouble
    try:
        connection.send_messages([_letter(message)])
    except smtplib.SMTPException as trouble:
        code = _refusal_code(trouble)
        if code is None:
            raise
        raise _NotTaken(f"refused: {code}", for_ever=code >= 500) from trouble
    finally:
        connection.close()


def _refusal_code(trouble: smtplib.SMTPException) -> int | None:
    """The server's own "no", as its code; ``None`` when it did not answer."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        return next((code for code, _text in trouble.recipients.values()), None)
    if isinstance(trouble, smtplib.SMTPResponseException):
        return trouble.smtp_code
    return None


def _letter(message: Message) -> EmailMultiAlternatives:
    domain = settings.DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip("> ")
    letter = EmailMultiAlternatives(
        subject=message.subject,
        body=message.body,
        to=[message.to_address],
        headers={**message.headers, "Message-ID": f"<{message.pk}@{domain}>"},
    )
    if message.html:
        letter.attach_alternative(message.html, "text/html")
    if message.attachment_name:
        letter.attach(message.attachment_name, message.attachment_text, message.attachment_type)
    return letter


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
    for address in marks.addresses:
        Message.objects.filter(to_address__iexact=address).delete()
        DemonstrationLetter.objects.filter(to_address__iexact=address).delete()
    for text in (*marks.addresses, *marks.names):
        # What still waits is news for somebody else; once it has left, nothing of its text stays but this.
        left = Message.objects.exclude(state=Message.State.QUEUED)
        left.filter(subject__icontains=text).update(subject=NOTHING)
        DemonstrationLetter.objects.filter(Q(body__icontains=text) | Q(subject__icontains=text)).delete()


def purge(*, at: datetime) -> int:
    """Deletes the messages that are over since ``KEPT``; returns how many. What waits stays."""
    over = Message.objects.exclude(state=Message.State.QUEUED).filter(created_at__lt=at - KEPT)
    return over.delete()[0]
