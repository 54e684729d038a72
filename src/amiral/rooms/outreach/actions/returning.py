"""What comes back to the address of a letter: undelivered letters, complaints, answers.

Anybody may write to that address. A report is acted upon only when it bears the tag of a letter of ours,
which nobody can make up, or gives the Message-ID of one back, which only its receiver and the servers between
know.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.errors import NotFound, Refused
from amiral.kit.mail.bounces import Bounce, Complaint, Reply, read
from amiral.kit.mail.mailbox import Mailbox, account
from amiral.kit.tasks import once
from amiral.rooms.outreach import actions
from amiral.rooms.outreach.actions import postmarks, unsubscribing
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.outreach.models import MailingRecipient, Message
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import BounceState, ContactKind, SuppressionReason

log = logging.getLogger(__name__)

MOST = 200
"""Messages of one reading."""


class Taken(StrEnum):
    """What was made of a message."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    ANSWER = "answer"
    FORWARDED = "forwarded"
    NOTHING = "nothing"
    NOT_OURS = "not-ours"
    """Nobody knows what to do with it: it stays where it is, for a human being."""


@dataclass(frozen=True, kw_only=True)
class _Letter:
    """The letter of ours that something came back from."""

    kind: str
    id: UUID
    person_id: UUID | None
    address: str
    purpose: str


def read_mailbox(*, at: datetime) -> dict[Taken, int]:
    """Takes what is unread in the mailbox of the settings; how many of what. Raises ``Unreadable``.

    A message that breaks its reader stays, flagged, and does not keep the others.
    """
    counts: dict[Taken, int] = {}
    with Mailbox(account(settings.MAILBOX_URL)) as box:
        for uid, data in box.unread(most=MOST):
            what = _taken_or_left(data, at)
            counts[what] = counts.get(what, 0) + 1
            (box.leave if what is Taken.NOT_OURS else box.done)(uid)
    return counts


def _taken_or_left(data: bytes, at: datetime) -> Taken:
    try:
        return take(data, at=at)
    except Exception:
        log.exception("A message that came back could not be read; it stays in the mailbox.")
        return Taken.NOT_OURS


def take(data: bytes, *, at: datetime) -> Taken:
    """One message as it came; the same message twice does nothing the second time."""
    what = read(data)
    if isinstance(what, Bounce):
        return _bounced(what, at)
    if isinstance(what, Complaint):
        return _complained(what, at)
    return _answered(what, at) if what else Taken.NOTHING


def _bounced(bounce: Bounce, at: datetime) -> Taken:
    letter = _letter_of(bounce)
    if letter is None:
        return Taken.NOT_OURS
    state = BounceState.HARD if bounce.for_ever else BounceState.SOFT
    people.note_bounce(address=letter.address, state=state)
    if bounce.for_ever:
        _note(letter, "bounced_at", at)
    return Taken.BOUNCE


def _complained(complaint: Complaint, at: datetime) -> Taken:
    """As good as an objection to letters; what he asks for himself, such as a sign-in code, still arrives."""
    letter = _letter_of(complaint)
    if letter is None:
        return Taken.NOT_OURS
    people.note_bounce(address=letter.address, state=BounceState.COMPLAINED)
    people.suppress(channel=ContactKind.EMAIL, value=letter.address, reason=SuppressionReason.COMPLAINT)
    _note(letter, "complained_at", at)
    return Taken.COMPLAINT


def _letter_of(what: Bounce | Complaint) -> _Letter | None:
    if what.tag:
        return _letter(*what.tag)
    ids = (_own_id(text) for text in what.message_ids)
    found = (_letter(kind, id_) for id_ in ids if id_ for kind in (postmarks.MESSAGE, postmarks.RECIPIENT))
    return next((letter for letter in found if letter), None)


def _own_id(message_id: str) -> UUID | None:
    local, _at, domain = message_id.rpartition("@")
    try:
        return UUID(local) if domain.lower() == settings.MAIL_DOMAIN else None
    except ValueError:
        return None


def _letter(kind: str, id_: UUID) -> _Letter | None:
    if kind == postmarks.MESSAGE:
        message = Message.objects.filter(pk=id_).first()
        return _of_message(message) if message else None
    row = MailingRecipient.objects.filter(pk=id_).select_related("mailing").first()
    if row is None:
        return None
    known = people.correspondents(person_ids=[row.person_id]).get(row.person_id)
    return _Letter(
        kind=kind,
        id=id_,
        person_id=row.person_id,
        address=known.address if known else "",
        purpose=row.mailing.purpose,
    )


def _of_message(message: Message) -> _Letter:
    return _Letter(
        kind=postmarks.MESSAGE,
        id=message.pk,
        person_id=message.person_id,
        address=message.to_address,
        purpose=message.purpose,
    )


def _note(letter: _Letter, column: str, at: datetime) -> None:
    """The first of its kind counts in the figures of a mailing."""
    if letter.kind == postmarks.RECIPIENT:
        rows = MailingRecipient.objects.filter(pk=letter.id, **{f"{column}__isnull": True})
        rows.update(**{column: at})


# Answers --------------------------------------------------------------------------------------------


def _answered(reply: Reply, at: datetime) -> Taken:
    letter = _letter(*reply.tag) if reply.tag else None
    if letter is None:
        return Taken.ANSWER if _brought(reply, at) else _forward(reply, at)
    if reply.wants_out and letter.person_id and letter.purpose != SERVICE:
        link = postmarks.Unsubscription(
            person_id=letter.person_id, purpose=letter.purpose, kind=letter.kind, letter_id=letter.id
        )
        unsubscribing.end(link=link, at=at)
        return Taken.UNSUBSCRIBED
    _note(letter, "replied_at", at)
    return _forward(reply, at)


def _brought(reply: Reply, at: datetime) -> bool:
    """To the room whose letter it answers (port ``receive_reply``), once; whether there is one.

    A refusal is told to whoever wrote: he holds a token, so the letter that he answers did reach somebody.
    """
    if not reply.token or not ports.implementations("receive_reply"):
        return False
    try:
        with once(f"mail-answer:{_key(reply)}") as first:
            if first:
                ports.call("receive_reply", token=reply.token, text=reply.text, from_address=reply.sender)
    except NotFound:
        return False
    except Refused as refusal:
        _tell(reply, str(refusal), at)
    return True


def _tell(reply: Reply, sentence: str, at: datetime) -> None:
    actions.enqueue(
        actions.Draft(
            to_address=_one_line(reply.sender),
            purpose=SERVICE,
            subject=_("Your answer was not taken"),
            body=sentence,
            idempotency_key=f"answer-refused:{_key(reply)}",
        ),
        at=at,
    )


def _forward(reply: Reply, at: datetime) -> Taken:
    """A human being reads what was written to a machine. Without one it stays in the mailbox."""
    to = settings.ANSWERS_TO
    if "@" not in to or not reply.sender or reply.sender.casefold() == to.casefold():
        return Taken.NOT_OURS
    body = _("%(sender)s wrote back to a letter of the platform:") % {"sender": reply.sender}
    actions.enqueue(
        actions.Draft(
            to_address=to,
            purpose=SERVICE,
            subject=_("An answer to a letter"),
            body=f"{body}\n\n{reply.subject}\n\n{reply.text}",
            idempotency_key=f"answer:{_key(reply)}",
            headers={"Reply-To": _one_line(reply.sender)},
        ),
        at=at,
    )
    return Taken.FORWARDED


def _key(reply: Reply) -> str:
    """The same for the same message, however often it is read."""
    told = reply.message_id or f"{reply.sender}\n{reply.subject}\n{reply.text}"
    return hashlib.sha256(told.encode()).hexdigest()[:40]


def _one_line(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable())
