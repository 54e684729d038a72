"""Notifications on devices: switching one on and off, and carrying one there.

Nothing political stands on a locked screen: the notification says that there is something to read and where,
whatever the message says. Push services see an encrypted body, its size and its hour.
"""

import json
import logging
import time
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit, webpush
from amiral.kit.errors import NotFound, Refused
from amiral.kit.federation import fetching
from amiral.kit.federation.fetching import NotAllowed, Reach, Unreachable
from amiral.rooms.outreach.contracts import NotCarried
from amiral.rooms.outreach.models import DemonstrationLetter, Message, PushSubscription
from amiral.rooms.outreach.queries.channels import server_key
from amiral.rooms.people import api as people

log = logging.getLogger(__name__)

MOST_DEVICES = 10
LONGEST_ENDPOINT = 1_000
UNUSED_FOR = timedelta(days=365)
KEEP_S = 24 * 3600
"""How long a push service keeps a notification for a device that is off."""
GONE = frozenset({404, 410})
REACH = Reach.PUBLIC
"""Tests alone reach a push service on this machine."""


class NotADevice(Refused):
    """What the browser gave is no subscription that can be used."""

    def __init__(self) -> None:
        super().__init__(
            _("This browser could not be switched on: its notification service is not one that we know.")
        )


class SomebodyElses(Refused):
    """Another person holds this address, and who asks does not show the keys of the same browser."""

    def __init__(self) -> None:
        super().__init__(_("This device could not be switched on. Reload the page and try again."))


def subscribe(*, person_id: UUID, endpoint: str, p256dh: str, auth: str, device: str, at: datetime) -> UUID:
    """Switches a browser on for a person. Raises ``NotADevice``, ``SomebodyElses``.

    A browser that another person used before is his only if the same keys are shown: its address alone, which
    a log may hold, neither takes it away from that person nor has it ring for another.
    """
    if not _may_be_called(endpoint):
        raise NotADevice
    try:
        webpush.browser(p256dh=p256dh, auth=auth)
    except webpush.BadSubscription:
        raise NotADevice from None
    with transaction.atomic():
        return _subscribe(person_id, endpoint, p256dh, auth, device, at)


def _subscribe(person_id: UUID, endpoint: str, p256dh: str, auth: str, device: str, at: datetime) -> UUID:
    mark = sha256(endpoint.encode()).hexdigest()
    known = PushSubscription.objects.select_for_update().filter(endpoint_sha256=mark).first()
    if known and known.person_id != person_id and (known.p256dh, known.auth) != (p256dh, auth):
        raise SomebodyElses
    row, _new = PushSubscription.objects.update_or_create(
        endpoint_sha256=mark,
        defaults={
            "person_id": person_id,
            "endpoint": endpoint,
            "p256dh": p256dh,
            "auth": auth,
            "device": device[:60],
            "used_at": at,
        },
    )
    mine = PushSubscription.objects.filter(person_id=person_id).order_by("-used_at", "-pk")
    PushSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_DEVICES:])).delete()
    audit.record(actor_id=person_id, verb="device.opened", subject_kind="person", subject_id=person_id)
    return row.pk


@transaction.atomic
def switch_off(*, person_id: UUID, device_id: UUID) -> None:
    """One of one's own devices. Raises ``NotFound``."""
    if not PushSubscription.objects.filter(pk=device_id, person_id=person_id).delete()[0]:
        raise NotFound
    audit.record(actor_id=person_id, verb="device.closed", subject_kind="person", subject_id=person_id)


def _may_be_called(endpoint: str) -> bool:
    """Whether it lies with a push service that is known: what strangers type makes this server call it."""
    parts = urlsplit(endpoint) if len(endpoint) <= LONGEST_ENDPOINT else urlsplit("")
    host = (parts.hostname or "").lower()
    if REACH is not Reach.PUBLIC:
        return bool(host)
    known = any(host == one or host.endswith(f".{one}") for one in settings.PUSH_HOSTS)
    return parts.scheme == "https" and known and parts.username is None and _is_default(endpoint)


def _is_default(endpoint: str) -> bool:
    try:
        return urlsplit(endpoint).port in (None, 443)
    except ValueError:
        return False


def purge(*, at: datetime) -> int:
    """Forgets devices that took nothing for a year; how many."""
    return PushSubscription.objects.filter(used_at__lt=at - UNUSED_FOR).delete()[0]


# Carrying -------------------------------------------------------------------------------------------


def carry(*, message_id: UUID, person_id: UUID | None) -> None:
    """Tells every device of a person that there is something to read. Raises ``NotCarried``.

    Taken by one of them it is carried: another try would ring twice on that one. A device that its service no
    longer knows is forgotten.
    """
    devices = list(PushSubscription.objects.filter(person_id=person_id)) if person_id else []
    if not devices or person_id is None:
        raise NotCarried("no-channel", for_ever=True)
    message = Message.objects.get(pk=message_id)
    words = _words(message, people.card(person_id=person_id).language)
    key = server_key()
    if key is None:
        _keep_for_demonstration(devices[0], words)
        return
    statuses = [_tell(one, words, message, key) for one in devices]
    _forget_gone(devices, statuses)
    taken = [one.pk for one, status in zip(devices, statuses, strict=True) if 200 <= status < 300]
    if not taken:
        raise _not_carried(statuses)
    PushSubscription.objects.filter(pk__in=taken).update(used_at=message.not_before)


def _words(message: Message, language: str) -> dict[str, str]:
    with translation.override(language):
        return {
            "title": _("There is something for you to read"),
            "body": _("Open it when you are by yourself."),
            "url": message.link or reverse("outreach:received"),
            "tag": message.pk.hex,
        }


def _keep_for_demonstration(device: PushSubscription, words: dict[str, str]) -> None:
    if not settings.DEMONSTRATION:
        raise NotCarried("no-key", for_ever=True)
    DemonstrationLetter.objects.create(
        to_address=people.card(person_id=device.person_id).public_name,
        channel="push",
        subject=words["title"],
        body=f"{words['body']}\n\n{settings.PUBLIC_URL}{words['url']}",
    )


def _tell(
    one: PushSubscription, words: dict[str, str], message: Message, key: ec.EllipticCurvePrivateKey
) -> int:
    """The status that the push service answered; 0 when it did not."""
    try:
        body = webpush.encrypted(
            json.dumps(words, ensure_ascii=False).encode(),
            to=webpush.browser(p256dh=one.p256dh, auth=one.auth),
        )
        answer = fetching.send(
            method="POST",
            url=one.endpoint,
            headers=_headers(one.endpoint, message, key),
            body=body,
            reach=REACH,
        )
    except Unreachable as trouble:
        log.warning("A push service could not be reached: %s", trouble)
        return 0
    except (NotAllowed, webpush.BadSubscription):
        return 410
    return answer.status


def _headers(endpoint: str, message: Message, key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    return {
        "Content-Type": "application/octet-stream",
        "Content-Encoding": "aes128gcm",
        "TTL": str(KEEP_S),
        "Urgency": "high" if message.urgent else "normal",
        # A second try replaces the first one that the device has not fetched yet.
        "Topic": webpush.to_base64url(message.pk.bytes),
        "Authorization": webpush.authorization(
            endpoint=endpoint, key=key, contact=settings.PUBLIC_URL, at_s=int(time.time())
        ),
    }


def _forget_gone(devices: list[PushSubscription], statuses: list[int]) -> None:
    gone = [one.pk for one, status in zip(devices, statuses, strict=True) if status in GONE]
    PushSubscription.objects.filter(pk__in=gone).delete()


def _not_carried(statuses: list[int]) -> NotCarried:
    if all(status in GONE for status in statuses):
        return NotCarried("no-channel", for_ever=True)
    later = [status for status in statuses if status == 0 or status == 429 or status >= 500]
    refused = next((status for status in statuses if status and status not in GONE), 0)
    return NotCarried(f"push-refused: {refused}" if refused else "unreachable", for_ever=not later)
