"""Which channels people opened to us: devices that take notifications, numbers shown to be theirs."""

from collections.abc import Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from amiral.kit import webpush
from amiral.rooms.outreach.contracts import Channel, DeviceCard
from amiral.rooms.outreach.models import PushSubscription
from amiral.rooms.outreach.queries import sms_text
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind


def addresses(*, channel: Channel, person_ids: Collection[UUID]) -> dict[UUID, str]:
    """An address for each who opened the channel. One query."""
    if channel is Channel.SMS:
        return people.numbers_of(person_ids=list(person_ids)) if sms_text.is_possible() else {}
    rows = PushSubscription.objects.filter(person_id__in=person_ids).order_by("used_at", "pk")
    return dict(rows.values_list("person_id", "endpoint_sha256"))


def reachable(*, channel: Channel, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of them whom a message would reach now, as far as refusals go. Two queries."""
    found = addresses(channel=channel, person_ids=person_ids)
    if channel is not Channel.SMS:
        return set(found)
    refused = people.suppressed(channel=ContactKind.PHONE, values=found.values())
    return {person_id for person_id, number in found.items() if number not in refused}


def devices(*, person_id: UUID) -> tuple[DeviceCard, ...]:
    """One's own devices, the first one first."""
    rows = PushSubscription.objects.filter(person_id=person_id)
    return tuple(
        DeviceCard(id=row.pk, name=row.device, since=row.created_at, used_at=row.used_at) for row in rows
    )


def key_path() -> Path:
    """Where the server's key lies."""
    return Path(settings.PUSH_KEY)


def server_key() -> ec.EllipticCurvePrivateKey | None:
    """The server's key; ``None`` when no notification can be sent. Raises ``webpush.BadKey``."""
    return webpush.read_key(key_path())


def public_key() -> str:
    """What a browser needs to be switched on, in base64url; empty when no notification can be sent."""
    key = server_key()
    return webpush.public_of(key) if key else ""


def everything_about(*, person_id: UUID) -> list[dict[str, Any]]:
    """The devices of a person, as plain types for his export. Their secrets are of no use to him."""
    return [
        {
            "table": "push_subscription",
            "device": row.device,
            "endpoint": row.endpoint,
            "created_at": row.created_at.isoformat(),
            "used_at": row.used_at.isoformat(),
        }
        for row in PushSubscription.objects.filter(person_id=person_id)
    ]
