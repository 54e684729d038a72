"""What volunteers are told by message. Asked for by signing up, hence the purpose "service"."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.rooms.mobilisation.contracts import COMING
from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.mobilisation.queries.calendars import CONTENT_TYPE, sign_up_calendar
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.clocks import at_place
from amiral.rooms.mobilisation.queries.place_links import place_url
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Attachment
from amiral.rooms.people import api as people

Words = Callable[[Shift], tuple[str, str]]
"""From a shift to a subject and a first sentence, in the language that is active when called."""
PersonalWords = Callable[[SignUp], tuple[str, str]]
"""The same from one person's sign-up."""


def tell_team(*, shift_ids: list[UUID], words: Words) -> int:
    """Writes to everyone who has, awaits or asks for a place; returns how many. A few queries per person."""
    rows = SignUp.objects.live().filter(shift__in=shift_ids).select_related("shift__action")
    sign_ups = list(rows.order_by("shift__starts_at", "id"))
    for sign_up in sign_ups:
        _write(sign_up=sign_up, words=words)
    return len(sign_ups)


def cancelled(shift: Shift) -> tuple[str, str]:
    """The shift does not take place."""
    return (
        _("Cancelled: %(title)s") % {"title": shift.action.title},
        _("This shift is cancelled. You need not do anything; thank you for having been ready to come."),
    )


def changed(shift: Shift) -> tuple[str, str]:
    """The time or the place is another one."""
    return (
        _("Changed: %(title)s") % {"title": shift.action.title},
        _("The time or the place of this action has changed. If it no longer suits you, cancel on its page."),
    )


def when(shift: Shift) -> str:
    """The shift's day and hours, by the clocks of its place and in the active language."""
    commune_id = shift.action.commune_id
    start, end = (at_place(one, commune_id=commune_id) for one in (shift.starts_at, shift.ends_at))
    return _("%(day)s, from %(start)s to %(end)s") % {
        "day": date_format(start, "l j F Y"),
        "start": date_format(start, "TIME_FORMAT"),
        "end": date_format(end, "TIME_FORMAT"),
    }


def _write(*, sign_up: SignUp, words: Words) -> None:
    write(sign_up=sign_up, words=lambda one: words(one.shift))


def write(*, sign_up: SignUp, words: PersonalWords, still: str = "") -> None:
    """Writes to one person about his sign-up, in his language, with the event once the place is his.

    The letter ends with the person's own link: whoever has no account needs nothing else to give back.
    """
    shift = sign_up.shift
    with translation.override(people.card(person_id=sign_up.person_id).language):
        subject, sentence = words(sign_up)
        link = settings.PUBLIC_URL + action_url(shift.action_id)
        own_link = shift.action.link if sign_up.state in COMING else ""
        what = "\n".join(filter(None, [shift.action.title, when(shift), shift.action.place, own_link]))
        own = _("Your place, to look at it or to give it back:") + "\n" + place_url(sign_up_id=sign_up.pk)
        body = "\n\n".join([sentence, what, link, own])
        calendar = sign_up_calendar(sign_up_id=sign_up.pk) if sign_up.state in COMING else ""
    outreach.send(
        to_address=people.address_of(person_id=sign_up.person_id),
        person_id=sign_up.person_id,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"sign-up:{sign_up.pk}:{sign_up.sequence}:{shift.action.sequence}",
        attachment=Attachment(name="action.ics", content_type=CONTENT_TYPE, text=calendar)
        if calendar
        else None,
        still=still,
        scope_id=shift.action.group_id,
    )
