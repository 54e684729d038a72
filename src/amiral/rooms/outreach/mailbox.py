"""The e-mail backend of the demonstration: letters are kept on a page instead of leaving."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from amiral.rooms.outreach.models import DemonstrationLetter

KEPT = 500


class DemonstrationBackend(BaseEmailBackend):
    """Keeps the newest letters; nothing leaves the machine."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keeps each letter once for each receiver, then forgets the oldest beyond ``KEPT``."""
        letters = [_letter(message, to) for message in email_messages for to in message.recipients()]
        DemonstrationLetter.objects.bulk_create(letters)
        kept = DemonstrationLetter.objects.order_by("-at", "-pk").values("pk")[:KEPT]
        DemonstrationLetter.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
        return len(email_messages)


def _letter(message: EmailMessage, to: str) -> DemonstrationLetter:
    names = [attachment[0] for attachment in message.attachments if isinstance(attachment, tuple)]
    files = "".join(f"\n\n[{name}]" for name in names)
    return DemonstrationLetter(to_address=to, subject=str(message.subject), body=f"{message.body}{files}")
