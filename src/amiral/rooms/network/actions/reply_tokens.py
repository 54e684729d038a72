"""Answering by e-mail: each letter about a post, a comment or a message has its own address to answer to.

The address carries the id of the notification and a signature, in letters and figures that no mail server
changes. It opens one thing, for one person, writing from that person's own address.
"""

import base64
import binascii
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from amiral.kit.errors import NotFound
from amiral.rooms.network.contracts import NotificationKind
from amiral.rooms.network.models import Notification

SALT = "amiral.network.reply"
SIGNATURE_BYTES = 10
ANSWERED = frozenset(
    {
        NotificationKind.MENTION,
        NotificationKind.REPLY,
        NotificationKind.MESSAGE,
        NotificationKind.ANNOUNCEMENT,
        NotificationKind.POST,
    }
)


def reply_address(*, notification: Notification) -> str:
    """Where its reader answers; empty when nothing can be answered, or no mail is read."""
    if not settings.RETURN_ADDRESS or notification.kind not in ANSWERED:
        return ""
    name, _at, domain = settings.RETURN_ADDRESS.partition("@")
    return f"{name}+{token_of(notification_id=notification.pk)}@{domain}"


def token_of(*, notification_id: UUID) -> str:
    """42 characters, small letters and figures."""
    packed = notification_id.bytes + _signature(notification_id)
    return base64.b32encode(packed).decode().rstrip("=").lower()


def _signature(notification_id: UUID) -> bytes:
    return salted_hmac(SALT, notification_id.bytes, algorithm="sha256").digest()[:SIGNATURE_BYTES]


def opened(*, token: str) -> Notification:
    """The notification whose address this is, or ``NotFound``."""
    try:
        packed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        notification_id = UUID(bytes=packed[:16])
    except (binascii.Error, ValueError):
        raise NotFound from None
    if not constant_time_compare(packed[16:].hex(), _signature(notification_id).hex()):
        raise NotFound
    row = Notification.objects.select_related("post", "comment", "conversation").filter(pk=notification_id)
    found = row.first()
    if found is None:
        raise NotFound
    return found
