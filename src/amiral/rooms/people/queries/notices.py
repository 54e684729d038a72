"""What the first message to somebody must say whose data an import brought."""

from uuid import UUID

from django.conf import settings
from django.utils import formats, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.rooms.people import texts
from amiral.rooms.people.contracts import Notice
from amiral.rooms.people.models import ImportLine, Person

CNIL = "https://www.cnil.fr/fr/plaintes"


def notice_for(*, person_id: UUID, purpose: str) -> Notice | None:
    """The notice that must go with the next message; ``None`` for who joined by himself or was told before.

    Without a known origin the list of mentions names it with empty words: nothing can be sent.
    """
    person = Person.objects.filter(pk=person_id, email=None, informed_at=None).first()
    if person is None:
        return None
    line = (
        ImportLine.objects.filter(person=person)
        .select_related("supporter_import")
        .order_by("supporter_import__created_at")
        .first()
    )
    with translation.override(person.language):
        return made(line, purpose)


def made(line: ImportLine | None, purpose: str) -> Notice:
    """The notice about the import that ``line`` stands for, in the active language."""
    source = line.supporter_import if line else None
    mentions = {
        "controller": settings.PUBLISHER or settings.CAMPAIGN_NAME,
        "purpose": texts.purpose_name(purpose),
        "origin": _origin(source),
        "basis": texts.basis_name(source.basis) if source and source.basis else "",
        "duration": _("36 months"),
        "rights": f"{settings.PUBLIC_URL}/mes-droits/",
        "complaint": CNIL,
    }
    text = _(
        "Why you receive this message, for the first time. Who keeps your data: %(controller)s. "
        "What for: %(purpose)s. Where they come from: %(origin)s. By which right: %(basis)s. "
        "For how long: until you object, and at most %(duration)s without an answer of yours. "
        "You may ask what is kept, correct, object and have it erased: %(rights)s. "
        "You may complain to the CNIL: %(complaint)s."
    )
    return Notice(text=text % mentions, mentions=tuple(mentions.items()))


def _origin(source: object) -> str:
    origin, done_at = getattr(source, "origin", ""), getattr(source, "done_at", None)
    if not origin or done_at is None:
        return ""
    day = formats.date_format(localtime(done_at), "DATE_FORMAT")
    return _("%(origin)s (kept since %(day)s)") % {"origin": texts.origin_name(origin), "day": day}


def missing_mentions(*, text: str, notice: Notice) -> tuple[str, ...]:
    """The names of the mentions that a message does not make; line breaks and blanks do not matter."""
    said = " ".join(text.split()).casefold()
    return tuple(
        name for name, words in notice.mentions if not words or " ".join(words.split()).casefold() not in said
    )
