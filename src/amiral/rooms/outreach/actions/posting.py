"""A row of the outbox as a letter, and what its hand-over came to."""

import logging
from datetime import datetime
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.kit.mail.messages import File, Letter
from amiral.kit.mail.session import Outcome
from amiral.kit.mail.transport import Parcel, send
from amiral.rooms.outreach.actions import postmarks
from amiral.rooms.outreach.models import Message
from amiral.rooms.outreach.queries import framing
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import BounceState

log = logging.getLogger(__name__)


def post(message: Message, *, at: datetime) -> Outcome:
    """Hands it over; an address that the server says nobody has is written down as such."""
    outcome = send(parcel_of(message, at=at))
    if outcome.gone_address:
        people.note_bounce(address=message.to_address, state=BounceState.HARD)
    return outcome


def parcel_of(message: Message, *, at: datetime) -> Parcel:
    """The same letter, Message-ID and way back whenever and by whichever process it is made."""
    mark = postmarks.for_message(message)
    words = framing.Framed(text=message.body, html=message.html)
    if mark.unsubscribe_url:
        words = framing.framed(
            text=message.body,
            html=message.html,
            purpose=message.purpose,
            language=_language(message.person_id),
            unsubscribe_url=mark.unsubscribe_url,
        )
    return Parcel(
        letter=Letter(
            sender=mark.sender,
            to=message.to_address,
            subject=message.subject,
            text=words.text,
            html=words.html,
            message_id=mark.message_id,
            at=at,
            headers=mark.headers,
            files=_files(message),
        ),
        return_path=mark.return_path,
    )


def _language(person_id: UUID | None) -> str:
    try:
        return people.card(person_id=person_id).language if person_id else "fr"
    except NotFound:
        return "fr"


def _files(message: Message) -> tuple[File, ...]:
    if not message.attachment_name:
        return ()
    content = message.attachment_text.encode()
    return (File(name=message.attachment_name, content_type=message.attachment_type, content=content),)
