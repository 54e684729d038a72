"""What is written to canvassers and their leaders about who is out. Service messages: they leave at once."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from amiral.kit.errors import NotFound
from amiral.rooms.field.contracts import CautionCode
from amiral.rooms.field.models import Caution, HelpCall, Presence
from amiral.rooms.field.queries.addresses import CAUTION_LABELS
from amiral.rooms.field.queries.safety import place_words, who
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import PersonCard


def _absolute(name: str, *arguments: object) -> str:
    return settings.PUBLIC_URL + reverse(f"field:{name}", args=arguments)


def _clock(moment: datetime) -> str:
    return date_format(localtime(moment), "TIME_FORMAT")


def help_needed(*, call: HelpCall, to: Iterable[UUID], step: int, at: datetime) -> None:
    """Who calls, which turf, the last door that was told."""
    shift = mobilisation.shift(shift_id=call.shift_id)
    for card in _readers(to):
        with translation.override(card.language):
            name = who(person_id=call.person_id, device_id=call.device_id)
            called = call.phone_at or call.called_at
            lines = [
                _("%(name)s asks for help, since %(time)s.") % {"name": name, "time": _clock(called)},
                f"{shift.action_title}\n{place_words(call)}",
                _("Say that you see to it, so that %(name)s knows, and call:") % {"name": name},
                _absolute("help_call", call.pk),
                _("Nobody has answered yet; others are told every five minutes. In danger, call 17 or 112."),
            ]
            subject = _("Help needed: %(name)s, %(title)s") % {"name": name, "title": shift.action_title}
        _post(card, subject, lines, key=f"help:{call.pk}:{step}:{card.id}")


def help_over(*, call: HelpCall, to: Iterable[UUID]) -> None:
    """The call is over."""
    for card in _readers(to):
        with translation.override(card.language):
            name = who(person_id=call.person_id, device_id=call.device_id)
            subject = _("Over: %(name)s no longer needs help") % {"name": name}
            lines = [
                _("The call of %(name)s is over: it was closed as safe.") % {"name": name},
                _absolute("help_call", call.pk),
            ]
        _post(card, subject, lines, key=f"help-over:{call.pk}:{card.id}")


def still_out(*, presence: Presence, shift: ShiftCard) -> None:
    """Asks somebody who has not said that he is back whether he is."""
    for card in _readers([presence.person_id] if presence.person_id else []):
        with translation.override(card.language):
            subject = _("Are you back? %(title)s") % {"title": shift.action_title}
            lines = [
                _("The shift ended at %(time)s and you have not said that you are back.")
                % {"time": _clock(shift.ends_at)},
                _("If all is well, say so here; else your leader is told in a quarter of an hour:"),
                _absolute("safety", shift.id),
            ]
        _post(card, subject, lines, key=f"still-out:{presence.pk}")


def not_back(*, presence: Presence, shift: ShiftCard, to: Iterable[UUID]) -> None:
    """Tells leaders who has not said that he is back."""
    for card in _readers(one for one in to if one != presence.person_id):
        with translation.override(card.language):
            name = who(person_id=presence.person_id, device_id=presence.device_id)
            subject = _("Not back yet: %(name)s") % {"name": name}
            lines = [
                _("%(name)s has been out since %(time)s and has not said that the round is over.")
                % {"name": name, "time": _clock(presence.in_phone_at or presence.in_at)},
                f"{shift.action_title}\n{place_words(presence)}",
                _absolute("safety", shift.id),
            ]
        _post(card, subject, lines, key=f"not-back:{presence.pk}:{card.id}")


def caution_reported(*, caution: Caution, label: str, canvass_id: UUID, to: Iterable[UUID]) -> None:
    """Asks leaders to confirm what a team reported about an address."""
    for card in _readers(to):
        with translation.override(card.language):
            words = str(CAUTION_LABELS[CautionCode(caution.code)])
            subject = _("To confirm: a caution at an address")
            lines = [
                _("A team reports: %(words)s, %(label)s.") % {"words": words, "label": label},
                _("It is shown to other teams once you confirm it:"),
                _absolute("cautions", canvass_id),
            ]
        _post(card, subject, lines, key=f"caution:{caution.pk}:{card.id}")


def _readers(person_ids: Iterable[UUID]) -> list[PersonCard]:
    wanted = list(dict.fromkeys(person_ids))
    cards = people.cards(person_ids=wanted)
    return [cards[one] for one in wanted if one in cards]


def _post(card: PersonCard, subject: str, lines: list[str], *, key: str) -> None:
    try:
        address = people.address_of(person_id=card.id)
    except NotFound:  # nobody to write to must not keep the others from being told
        return
    outreach.send(
        to_address=address,
        person_id=card.id,
        purpose="service",
        subject=subject,
        body="\n\n".join(line for line in lines if line.strip()) + "\n",
        idempotency_key=key,
    )
