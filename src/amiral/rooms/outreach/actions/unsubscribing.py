"""One gesture, from a letter, without signing in: no more messages of that kind (RFC 8058)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from amiral.rooms.outreach.actions import postmarks
from amiral.rooms.outreach.actions.postmarks import Unsubscription
from amiral.rooms.outreach.contracts import SERVICE, Channel, UnsubscribeCard
from amiral.rooms.outreach.models import MailingRecipient, Message
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Purpose

_EMPTY: dict[str, object] = {"body": "", "html": "", "attachment_text": "", "headers": {}}


def card(*, token: str) -> UnsubscribeCard:
    """What the page says before anything is done. Raises ``NotFound``."""
    link = postmarks.read_token(token)
    return UnsubscribeCard(purpose=link.purpose, purpose_name=people.purpose_name(purpose=link.purpose))


def unsubscribe(*, token: str, at: datetime) -> UnsubscribeCard:
    """Takes the consent back, and with it all that is queued; a repeat changes nothing. Raises ``NotFound``.

    Somebody who was erased meanwhile gets the same answer: nothing is sent to him either.
    """
    end(link=postmarks.read_token(token), at=at)
    return card(token=token)


@transaction.atomic
def end_everything(*, token: str, at: datetime) -> None:
    """Every purpose by every channel, from the page behind the same link. Raises ``NotFound``."""
    link = postmarks.read_token(token)
    end(link=link, at=at)
    holder = people.withdraw_everything(
        person_id=link.person_id,
        channel="unsubscribe link",
        proof=f"letter {link.kind} {link.letter_id}",
        at=at,
    )
    if holder is not None:
        _hold(holder)


def _hold(person_id: UUID, **only: str) -> None:
    waiting = Message.objects.filter(
        person_id=person_id, state=Message.State.QUEUED, lease_until=None, **only
    ).exclude(purpose=SERVICE)
    waiting.update(state=Message.State.HELD, reason="no-consent", **_EMPTY)


@transaction.atomic
def end(*, link: Unsubscription, at: datetime) -> None:
    """The line in the ledger and the queue, in one transaction; mailings ask the ledger when they write.

    What a worker is just handing over has left. The purpose ends by e-mail, from where the link was
    followed; the page that says so offers to end everything.
    """
    holder = people.withdraw_consent(
        person_id=link.person_id,
        purpose=Purpose(link.purpose),
        channel="unsubscribe link",
        proof=f"letter {link.kind} {link.letter_id}",
        at=at,
    )
    if holder is not None:
        _hold(holder, purpose=link.purpose, channel=Channel.EMAIL)
    if link.kind == postmarks.RECIPIENT:
        told = MailingRecipient.objects.filter(pk=link.letter_id, unsubscribed_at=None)
        told.update(unsubscribed_at=at)
