"""What is answered by e-mail: put where it belongs, as its author would on the page."""

import re
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound, Refused
from amiral.rooms.network.actions.conversations import answer
from amiral.rooms.network.actions.reply_tokens import opened
from amiral.rooms.network.actions.texts import NothingSaid
from amiral.rooms.network.actions.words import comment
from amiral.rooms.people import api as people

_QUOTED = re.compile(r"^\s*>")
_INTRODUCED = re.compile(
    r"^\s*(-{2,}\s*(original|forwarded) message\b.*|-{2,}\s*message (d.origine|transféré)\b.*"
    r"|(le|on)\b.{0,200}\b(a écrit|wrote)\s*:\s*"
    r"|_{5,}\s*|(de|from)\s?:\s.*@.*)$",
    re.IGNORECASE,
)
"""The line with which mail programs, in French and in English, introduce what they quote."""


class NotYourAddress(Refused):
    """A letter that came from elsewhere than the person's own address."""

    def __init__(self) -> None:
        super().__init__(_("Answer from the address that got the letter: this one is not known for it."))


def receive_reply(*, token: str, text: str, from_address: str, at: datetime) -> UUID:
    """Puts the answer where it belongs, as the person would on the page; the id of what was written.

    Raises ``NotFound`` for a token that opens nothing or a place the person no longer reads,
    ``NotYourAddress``, ``NothingSaid`` when all of it is quoted, or what commenting refuses.
    """
    row = opened(token=token)
    if people.address_of(person_id=row.person_id).casefold() != from_address.strip().casefold():
        raise NotYourAddress
    body = own_words(text)
    if not body:
        raise NothingSaid
    if row.conversation_id:
        return answer(by_id=row.person_id, conversation_id=row.conversation_id, body=body, at=at)
    if row.post_id is None:
        raise NotFound
    return comment(author_id=row.person_id, post_id=row.post_id, body=body, at=at)


def own_words(text: str) -> str:
    """What the person wrote himself: without what he quotes, without a signature after "-- "."""
    kept: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    for place, line in enumerate(lines):
        # The line that introduces a quotation may be broken in two.
        both = f"{line} {lines[place + 1]}" if place + 1 < len(lines) else line
        if line.rstrip() == "--" or _INTRODUCED.match(line) or _INTRODUCED.match(both):
            break
        if not _QUOTED.match(line):
            kept.append(line)
    return "\n".join(kept).strip()
