"""What stands around a letter: sender, way back, Message-ID, how to receive no more of its kind."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer

from amiral.kit.errors import NotFound
from amiral.kit.mail import tags
from amiral.rooms.outreach.contracts import SERVICE
from amiral.rooms.outreach.models import Mailing, Message

MESSAGE: Final = "m"
"""Tag of a row of the outbox; see ``kit.mail.tags``."""
RECIPIENT: Final = "e"
"""Tag of the recipient of a mailing."""

_SALT: Final = "amiral.unsubscribe"


@dataclass(frozen=True, kw_only=True)
class Postmark:
    """Of one letter. ``message_id`` without angle brackets; ``unsubscribe_url`` empty for service letters."""

    sender: str
    return_path: str
    message_id: str
    unsubscribe_url: str
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Unsubscription:
    """Who wants no more of what, and which letter brought the link."""

    person_id: UUID
    purpose: str
    kind: str
    letter_id: UUID


def for_mailing(*, recipient_id: UUID, person_id: UUID, mailing: Mailing) -> Postmark:
    """The same for the same recipient, whenever and by whichever process the letter is made."""
    address = _bare(settings.DEFAULT_FROM_EMAIL)
    link = Unsubscription(
        person_id=person_id, purpose=mailing.purpose, kind=RECIPIENT, letter_id=recipient_id
    )
    answers, url = tags.address(RECIPIENT, recipient_id), url_of(link)
    return Postmark(
        sender=_sender(mailing.sender_name, address),
        return_path=answers or address,
        message_id=f"{recipient_id}@{settings.MAIL_DOMAIN}",
        unsubscribe_url=url,
        headers=_headers(link.purpose, url, answers) | ({"Reply-To": answers} if answers else {}),
    )


def for_message(message: Message) -> Postmark:
    """Of a row of the outbox; its own headers win."""
    back = tags.address(MESSAGE, message.pk)
    link = _link_of(message)
    url = url_of(link) if link else ""
    headers = _headers(message.purpose, url, back) if url else {"Auto-Submitted": "auto-generated"}
    return Postmark(
        sender=settings.DEFAULT_FROM_EMAIL,
        return_path=back or _bare(settings.DEFAULT_FROM_EMAIL),
        message_id=f"{message.pk}@{settings.MAIL_DOMAIN}",
        unsubscribe_url=url,
        headers=headers | message.headers,
    )


def _link_of(message: Message) -> Unsubscription | None:
    if message.purpose == SERVICE or message.person_id is None:
        return None
    return Unsubscription(
        person_id=message.person_id, purpose=message.purpose, kind=MESSAGE, letter_id=message.pk
    )


@lru_cache(maxsize=8)
def _bare(text: str) -> str:
    return parseaddr(text)[1]


@lru_cache(maxsize=64)
def _sender(name: str, address: str) -> str:
    return formataddr((name, address))


def _headers(purpose: str, url: str, back: str) -> dict[str, str]:
    """RFC 8058 and RFC 2369. A mail program that knows neither finds the link in the letter."""
    ways = [f"<{url}>", *([f"<mailto:{back}?subject=unsubscribe>"] if back else [])]
    return {
        "List-Unsubscribe": ", ".join(ways),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<{purpose}.{settings.MAIL_DOMAIN}>",
    }


def url_of(link: Unsubscription) -> str:
    """Where one click ends it. Not looked up by its name: a letter is made a thousand times a second."""
    return f"{settings.PUBLIC_URL}/desinscription/{token_of(link)}/"


def token_of(link: Unsubscription) -> str:
    """Signed, good for ever: a right does not expire. Whoever holds the letter holds it."""
    both = base64.urlsafe_b64encode(link.person_id.bytes + link.letter_id.bytes).decode("ascii").rstrip("=")
    return _signer().sign(f"{both}.{link.purpose}.{link.kind}")


def read_token(token: str) -> Unsubscription:
    """What a link says. Raises ``NotFound`` for one that we did not make."""
    try:
        both, purpose, kind = _signer().unsign(token).split(".")
        raw = base64.urlsafe_b64decode(both + "==")
        return Unsubscription(
            person_id=UUID(bytes=raw[:16]), purpose=purpose, kind=kind, letter_id=UUID(bytes=raw[16:])
        )
    except (BadSignature, ValueError):
        raise NotFound from None


def _signer() -> Signer:
    return _made_signer(settings.SECRET_KEY, tuple(settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=2)
def _made_signer(key: str, fallbacks: tuple[str, ...]) -> Signer:
    return Signer(key=key, fallback_keys=list(fallbacks), salt=_SALT, sep=":")
