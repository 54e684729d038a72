"""What volunteers are told by message. Asked for by signing up, hence the purpose "service"."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.rooms.mobilisation.models import Shift, SignUp
from amiral.rooms.mobilisation.queries.calendars import CONTENT_TYPE, sign_up_calendar
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Attachment
from amiral.rooms.people import api as people

Words = Callable[[Shift], tuple[str, str]]
"""From a shift to a subject and a first sentence, in the language that is active when called."""


def confirm(*, sign_up: SignUp) -> None:
    """Tells a person that the place is his, with the event for his calendar."""
    _write(sign_up=sign_up, words=_confirmed)


def tell_team(*, shift_ids: list[UUID], words: Words) -> int:
    """Writes to everyone signed up to these shifts; returns how many. A few queries per person."""
    rows = SignUp.objects.confirmed().filter(shift__in=shift_ids).select_related("shift__action")
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


def _confirmed(shift: Shift) -> tuple[str, str]:
    return (
        _("Your place: %(title)s") % {"title": shift.action.title},
        _("Your place is kept. If you cannot come, cancel on the page of the action: somebody else will."),
    )


def when(shift: Shift) -> str:
    """The shift's day and hours, in the campaign's time and the active language."""
    start, end = localtime(shift.starts_at), localtime(shift.ends_at)
    return _("%(day)s, from %(start)s to %(end)s") % {
        "day": date_format(start, "l j F Y"),
        "start": date_format(start, "TIME_FORMAT"),
        "end": date_format(end, "TIME_FORMAT"),
    }


def _write(*, sign_up: SignUp, words: Words) -> None:
    shift = sign_up.shift
    with translation.override(people.card(person_id=sign_up.person_id).language):
        subject, sentence = words(shift)
        link = settings.PUBLIC_URL + action_url(shift.action_id)
        body = "\n\n".join([sentence, f"{shift.action.title}\n{when(shift)}\n{shift.action.place}", link])
        calendar = sign_up_calendar(sign_up_id=sign_up.pk)
    outreach.send(
        to_address=people.address_of(person_id=sign_up.person_id),
        person_id=sign_up.person_id,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"sign-up:{sign_up.pk}:{sign_up.sequence}:{shift.action.sequence}",
        attachment=Attachment(name="action.ics", content_type=CONTENT_TYPE, text=calendar),
    )
