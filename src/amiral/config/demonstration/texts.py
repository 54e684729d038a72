"""Text messages and a notification of the demonstration: a few persons who chose them, one mailing by SMS.

The numbers are of those that no operator gives to anybody (ARCEP, decision 2018-0881: works of fiction).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from amiral.kit import webpush
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import NotificationKind, Tell
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SERVICE, Channel, IntendedUse, MailingDraft, MailingTexts
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Purpose, Way

NUMBER = "+336399800{:02}"
TEXT = MailingTexts(
    body="{prenom|Bonjour}, il manque du monde samedi matin. Choisissez un créneau : {url}/actions/"
)
TEXT_IN_ENGLISH = MailingTexts(
    body="{given_name|Hello}, hands are needed on Saturday morning: {url}/actions/"
)


def build(
    *, coordinator: UUID, volunteer: UUID, persons: Sequence[UUID], segment: UUID, now: datetime
) -> None:
    """Those who take SMS, one whose telephone takes notifications, and what they were sent."""
    for number, person_id in enumerate((coordinator, volunteer, *persons[:12])):
        people.add_shown_number(person_id=person_id, number=NUMBER.format(number))
        people.give_consent(person_id=person_id, purpose=Purpose.ACTIONS, way=Way.SMS, channel="account page")
    if settings.DEMONSTRATION:  # elsewhere nothing leaves without a gateway, nor does it in tests
        _mailing(coordinator, segment, now)
        _notification(volunteer)


def _mailing(coordinator: UUID, segment: UUID, now: datetime) -> None:
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE)) - timedelta(days=1)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    day = noon.date()
    mailing_id = outreach.create_mailing(
        by_id=coordinator,
        draft=MailingDraft(
            name="Renforts de samedi, par SMS",
            segment_id=segment,
            intended=IntendedUse(
                why="Trouver des renforts pour samedi",
                purpose=Purpose.ACTIONS,
                starts_on=day,
                ends_on=day + timedelta(days=14),
                channel=Channel.SMS,
            ),
            sender_name="Campagne de démonstration",
            french=_with_address(TEXT),
            english=_with_address(TEXT_IN_ENGLISH),
        ),
        at=noon,
    )
    outreach.send_small_mailing(by_id=coordinator, mailing_id=mailing_id, at=noon)


def _with_address(texts: MailingTexts) -> MailingTexts:
    return MailingTexts(body=texts.body.replace("{url}", settings.PUBLIC_URL))


def _notification(volunteer: UUID) -> None:
    key = ec.generate_private_key(webpush.CURVE)
    outreach.open_device(
        person_id=volunteer,
        endpoint="https://push.services.mozilla.com/demonstration",
        p256dh=webpush.public_of(key),
        auth=webpush.to_base64url(bytes(16)),
        device="Firefox, Android",
    )
    network.choose_notifications(
        person_id=volunteer, kind=NotificationKind.ACTION, tell=Tell.AT_ONCE, way=Channel.PUSH
    )
    outreach.send(
        to_address="",
        person_id=volunteer,
        purpose=SERVICE,
        subject="Demain : porte-à-porte",
        body="",
        idempotency_key="demonstration:push",
        channel=Channel.PUSH,
        link="/actions/",
        urgent=True,
    )
