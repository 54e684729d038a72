"""Two mailings of the demonstration: one that has left, one that is still being written."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import IntendedUse, MailingDraft, MailingTexts

THANKS = MailingTexts(
    subject="Merci {prenom} : ce que nous avons fait ensemble",
    body="""## Samedi, vous étiez là

Chère {prenom|amie}, cher {prenom|ami},

grâce à vous, des équipes ont frappé aux portes de {commune|votre commune} et des environs.
Voici la suite :

- **les prochains créneaux** sont ouverts : [choisir une action](%(url)s/actions/) ;
- l’argumentaire a été complété par ce que vous avez entendu aux portes.

À bientôt, et venez à deux !
""",
)
THANKS_IN_ENGLISH = MailingTexts(
    subject="Thank you {given_name}: what we did together",
    body="""## You were there on Saturday

Dear {given_name|friend},

thanks to you, teams knocked on doors in {town|your town} and around it. What comes next:

- **the next shifts** are open: [choose an action](%(url)s/actions/);
- the talking points now answer what you heard on doorsteps.

See you soon, and bring somebody along!
""",
)
CALL = MailingTexts(
    subject="{prenom|Bonjour}, il manque du monde samedi",
    body="""Bonjour {prenom|à vous},

il reste des places dans les équipes de samedi : [choisir son créneau](%(url)s/actions/).
""",
)


def build(*, coordinator: UUID, segments: tuple[UUID, UUID], now: datetime) -> None:
    """The first was sent yesterday at noon, when nobody is disturbed; the second waits for its author."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE)) - timedelta(days=1)
    noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
    came, weekend = segments
    sent = outreach.create_mailing(
        by_id=coordinator,
        draft=MailingDraft(
            name="Merci après samedi",
            segment_id=came,
            intended=_intended("Remercier celles et ceux qui sont venus", "newsletter", noon),
            sender_name="Campagne de démonstration",
            french=_with_address(THANKS),
            english=_with_address(THANKS_IN_ENGLISH),
        ),
        at=noon,
    )
    if settings.DEMONSTRATION or settings.PUBLISHER:  # else no letter may leave, nor does it in tests
        outreach.send_small_mailing(by_id=coordinator, mailing_id=sent, at=noon)
    outreach.create_mailing(
        by_id=coordinator,
        draft=MailingDraft(
            name="Renforts de samedi (brouillon)",
            segment_id=weekend,
            intended=_intended("Trouver des renforts pour samedi", "actions", now),
            sender_name="Campagne de démonstration",
            french=_with_address(CALL),
            english=MailingTexts(),
        ),
        at=now,
    )


def _intended(why: str, purpose: str, at: datetime) -> IntendedUse:
    day = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return IntendedUse(why=why, purpose=purpose, starts_on=day, ends_on=day + timedelta(days=14))


def _with_address(texts: MailingTexts) -> MailingTexts:
    return MailingTexts(subject=texts.subject, body=texts.body % {"url": settings.PUBLIC_URL})
