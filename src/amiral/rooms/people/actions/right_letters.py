"""Letters about requests, each in the language of its reader, through the outbox."""

from django.conf import settings
from django.utils import formats, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.kit import ports
from amiral.kit.ids import new_id
from amiral.rooms.people import letters, texts
from amiral.rooms.people.contracts import RightState
from amiral.rooms.people.models import Person, RightsRequest

CNIL = "https://www.cnil.fr/fr/plaintes"


def identity(*, row: RightsRequest, token: str) -> None:
    """Asks to open a link, which shows that the address is the person’s."""
    with translation.override(row.language):
        body = _(
            "Hello,\n\n"
            "We have received a request about the data that %(campaign)s keeps: %(kind)s. "
            "To show that it comes from you, open this link within seven days:\n\n"
            "%(link)s\n\n"
            "We answer by %(day)s at the latest. If you asked for nothing, do nothing."
        ) % _words(row, link=letters.absolute("people:rights_link", token))
        _post(row.address, _("Your request about your data"), body, f"rights-identity:{new_id()}")


def receipt(*, row: RightsRequest, answer: str) -> None:
    """Says what was done, or why nothing was."""
    with translation.override(row.language):
        refused = row.state == RightState.REFUSED
        what = (
            _("Your request (%(kind)s) cannot be met: %(because)s.")
            if refused
            else _("Your request (%(kind)s) has been carried out.")
        )
        lines = [
            _("Hello,"),
            what % _words(row, because=texts.right_refusal(row.refused_because) if refused else ""),
            answer,
            _("If you do not agree, write to us (%(contact)s), or complain to the CNIL: %(cnil)s")
            % {"contact": settings.CONTACT or settings.PUBLIC_URL, "cnil": CNIL},
        ]
        body = "\n\n".join(line for line in lines if line)
        _post(row.address, _("The answer to your request"), body, f"rights-receipt:{row.pk}")


def extended(*, row: RightsRequest) -> None:
    """Says that the answer takes longer, and why (GDPR art. 12(3))."""
    if not row.address:
        return
    with translation.override(row.language):
        body = _(
            "Hello,\n\n"
            "The answer to your request (%(kind)s) takes longer than a month: %(reason)s\n\n"
            "You will have it by %(day)s at the latest."
        ) % _words(row, reason=row.extension_reason)
        _post(row.address, _("Your request takes longer"), body, f"rights-extended:{row.pk}")


def alarm(*, row: RightsRequest, person: Person) -> None:
    """Warns somebody in charge; says nothing of who asks."""
    with translation.override(person.language):
        body = _(
            "Hello %(name)s,\n\n"
            "A request about personal data (%(kind)s) waits for its answer since twenty days. "
            "The law asks for it by %(day)s:\n\n"
            "%(link)s"
        ) % _words(row, name=person.given_name, link=letters.absolute("people:rights_request", str(row.pk)))
        key = f"rights-alarm:{row.pk}:{person.pk}"
        _post(person.email or "", _("A request waits for its answer"), body, key)


def _words(row: RightsRequest, **more: str) -> dict[str, str]:
    return {
        "campaign": settings.CAMPAIGN_NAME,
        "kind": texts.right_kind(row.kind),
        "day": formats.date_format(localtime(row.due_at), "DATE_FORMAT"),
        **more,
    }


def _post(to_address: str, subject: str, body: str, key: str) -> None:
    ports.call(
        "send_message",
        to_address=to_address,
        purpose="service",
        subject=f"{subject} – {settings.CAMPAIGN_NAME}",
        body=body,
        idempotency_key=key,
        person_id=None,
    )
