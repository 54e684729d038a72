"""What is sent around a shift: the day before, in the morning, afterwards; and to its leaders, the report.

Nothing waits in a queue for days: every round reads which shifts are due by the clocks of their places. So a
shift that is moved moves its reminders, and one that is called off has none. A row of ``Reminded`` in the
same transaction as the letters keeps two workers, and the same round again, from writing twice.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.cores.reminders import Step, spans
from amiral.cores.silence import Conduct
from amiral.rooms.mobilisation.actions.letters import when
from amiral.rooms.mobilisation.contracts import State
from amiral.rooms.mobilisation.models import (
    Action,
    ActionDelegate,
    ActionReport,
    Reminded,
    Shift,
    SignUp,
)
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.clocks import at_place, zone_of
from amiral.rooms.mobilisation.queries.place_links import token_of
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import NotificationKind
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Channel
from amiral.rooms.people import api as people

AT_ONCE = 50
"""Shifts in one round: the next round follows in seconds."""
AROUND: dict[Step, tuple[timedelta, timedelta]] = {
    Step.EVE: (timedelta(0), timedelta(hours=31)),
    Step.MORNING: (timedelta(0), timedelta(hours=19)),
    Step.AFTER: (timedelta(days=4), timedelta(0)),
    Step.REPORT: (timedelta(days=6), timedelta(0)),
    Step.REPORT_AGAIN: (timedelta(days=10), timedelta(0)),
}
"""How long before now, and after it, a shift may begin for which a step is due or just too late."""
EVERY_S = 30
"""Between two looks of one process: reminders are sent to the minute, not to the second."""


def remind_due(*, at: datetime) -> int:
    """Sends what is due; how many shifts it was done for. For the worker's round."""
    if not cache.add("mobilisation:reminding", 1, timeout=EVERY_S):
        return 0
    return sum(remind_step(step=step, at=at) for step in Step)


def remind_step(*, step: Step, at: datetime) -> int:
    """One step for every shift for which it is due; one query, and a few per person written to."""
    due = list(islice(_candidates(step, at), AT_ONCE))
    return sum(_do(shift, step, at) for shift in due)


def _candidates(step: Step, at: datetime) -> Iterable[Shift]:
    before, after = AROUND[step]
    done = Reminded.objects.filter(shift=OuterRef("pk"), step=step, starts_at=OuterRef("starts_at"))
    near = Shift.objects.filter(
        starts_at__gt=at - before,
        starts_at__lte=at + after,
        state=State.PUBLISHED,
        action__state=State.PUBLISHED,
    )
    for shift in near.filter(~Exists(done)).select_related("action").order_by("starts_at", "pk"):
        zone = zone_of(commune_id=shift.action.commune_id)
        if spans(starts_at=shift.starts_at, ends_at=shift.ends_at, zone=zone)[step].opens_at <= at:
            yield shift


def _do(shift: Shift, step: Step, at: datetime) -> bool:
    """The letters of one shift and the mark that they are written, or neither."""
    zone = zone_of(commune_id=shift.action.commune_id)
    too_late = not spans(starts_at=shift.starts_at, ends_at=shift.ends_at, zone=zone)[step].holds(at)
    try:
        with transaction.atomic():
            Reminded.objects.create(shift=shift, step=step, starts_at=shift.starts_at, done_at=at)
            if not too_late:
                LETTERS[step](shift)
    except IntegrityError:
        return False
    return not too_late


# To those who come ---------------------------------------------------------------------------------
def _eve(shift: Shift) -> None:
    for row in _coming(shift):
        _write(row, Step.EVE, _eve_words)


def _morning(shift: Shift) -> None:
    leader = leader_name(action=shift.action)
    for row in _coming(shift):
        _write(row, Step.MORNING, lambda one: _morning_words(one, leader))


def _after(shift: Shift) -> None:
    for row in _coming(shift):
        _write(row, Step.AFTER, _after_words)


def _coming(shift: Shift) -> list[SignUp]:
    rows = SignUp.objects.confirmed().filter(shift=shift.pk).select_related("shift__action")
    return list(rows.order_by("pk"))


def _eve_words(row: SignUp) -> tuple[str, str]:
    return (
        _("Tomorrow: %(title)s") % {"title": row.shift.action.title},
        _("Will you be there? Confirm or give your place back, in one tap; somebody may be waiting for it."),
    )


def _morning_words(row: SignUp, leader: str) -> tuple[str, str]:
    subject = _("Today: %(title)s") % {"title": row.shift.action.title}
    if not leader:
        return subject, _("It is today. If something keeps you from coming, say so here.")
    words = _("It is today. %(leader)s is waiting for you. If something keeps you from coming, say so here.")
    return subject, words % {"leader": leader}


def _after_words(row: SignUp) -> tuple[str, str]:
    return (
        _("Thank you: %(title)s") % {"title": row.shift.action.title},
        _("Thank you for your time. Did you come? One tap tells the leader."),
    )


def leader_name(*, action: Action) -> str:
    """The public name of who leads on the spot: the first delegate, else who published; empty for nobody."""
    delegate = ActionDelegate.objects.filter(action=action.pk).order_by("given_at").first()
    person_id = delegate.person_id if delegate else action.created_by_id
    card = people.cards(person_ids=[person_id]).get(person_id) if person_id else None
    return card.public_name if card else ""


def answer_url(*, sign_up_id: UUID) -> str:
    """The page where one answers a reminder, without signing in."""
    return settings.PUBLIC_URL + reverse("mobilisation:reminder", args=[token_of(sign_up_id=sign_up_id)])


def _write(row: SignUp, step: Step, words: Callable[[SignUp], tuple[str, str]]) -> None:
    """One letter in the person's language, hours by the clocks of the place. Its key names the day: a shift
    that is moved within its day is told by another letter, one moved to another day is reminded of again."""
    action, day = (
        row.shift.action,
        at_place(row.shift.starts_at, commune_id=row.shift.action.commune_id).date(),
    )
    with translation.override(people.card(person_id=row.person_id).language):
        subject, sentence = words(row)
        what = "\n".join(filter(None, [action.title, when(row.shift), action.place, action.link]))
        link = answer_url(sign_up_id=row.pk)
        body = "\n\n".join([sentence, link, what, settings.PUBLIC_URL + action_url(action.pk)])
    channel = network.way_to(person_id=row.person_id, kind=NotificationKind.ACTION)
    if channel is not Channel.EMAIL:
        body = f"{subject}. {link}"
    outreach.send(
        # The channel that he chose finds its own address; the words of an SMS are few.
        to_address=people.address_of(person_id=row.person_id) if channel is Channel.EMAIL else "",
        channel=channel,
        link=link.removeprefix(settings.PUBLIC_URL),
        person_id=row.person_id,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"reminder:{step}:{row.pk}:{day}",
        conduct=Conduct.SERVICE,
        territory_ids=(action.commune_id,),
        still=f"sign-up:{row.pk}",
    )


# To those who lead ---------------------------------------------------------------------------------
def leader_ids(*, action: Action) -> list[UUID]:
    """Who files the report: the delegates, else who published, else who leads the group."""
    delegates = list(ActionDelegate.objects.filter(action=action.pk).values_list("person_id", flat=True))
    if delegates or action.created_by_id:
        return delegates or [action.created_by_id]  # type: ignore[list-item]  # not None here
    return [mandate.person_id for mandate in people.holders(scope_id=action.group_id)]


def _report(shift: Shift) -> None:
    """After the last shift of an action that nobody has reported on yet, and that somebody came to."""
    later = Shift.objects.filter(action=shift.action_id, state=State.PUBLISHED, starts_at__gt=shift.starts_at)
    came = SignUp.objects.confirmed().filter(shift__action=shift.action_id)
    reported = ActionReport.objects.filter(action=shift.action_id)
    if later.exists() or reported.exists() or not came.exists():
        return
    for person_id in leader_ids(action=shift.action):
        _ask_for_report(shift, person_id)


def _ask_for_report(shift: Shift, person_id: UUID) -> None:
    number = Reminded.objects.filter(shift=shift.pk, step__in=(Step.REPORT, Step.REPORT_AGAIN)).count()
    with translation.override(people.card(person_id=person_id).language):
        subject = _("What became of it? %(title)s") % {"title": shift.action.title}
        words = _("Say in two minutes what your team did: some numbers, a sentence, photos if you have any.")
        link = settings.PUBLIC_URL + reverse("mobilisation:report", args=[shift.action_id])
        body = "\n\n".join([words, link, f"{shift.action.title}\n{when(shift)}"])
    outreach.send(
        to_address=people.address_of(person_id=person_id),
        person_id=person_id,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"report:{shift.action_id}:{person_id}:{number}",
        conduct=Conduct.SERVICE,
        still=f"report:{shift.action_id}",
    )


LETTERS: dict[Step, Callable[[Shift], None]] = {
    Step.EVE: _eve,
    Step.MORNING: _morning,
    Step.AFTER: _after,
    Step.REPORT: _report,
    Step.REPORT_AGAIN: _report,
}
