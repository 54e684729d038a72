"""Text messages: what leaves by the gateway, and what comes back from telephones.

One process holds the line (``amiral worker``, or ``amiral outreach sms-worker``): a gateway allows few lines,
and answers come by them. No other process hands a text over; what it writes in the outbox waits for that one,
half a second at most. Several such processes may run: a message is taken by one of them.
"""

import logging
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.sms import smpp
from amiral.kit.sms.text import Sms
from amiral.rooms.outreach.contracts import Channel, InDoubt, NotCarried
from amiral.rooms.outreach.models import DemonstrationLetter, MailingRecipient, Message, TextPart
from amiral.rooms.outreach.queries.sms_text import MOST_PARTS, has_gateway, sms_of
from amiral.rooms.people import api as people

log = logging.getLogger(__name__)

STOPS = frozenset(
    {"STOP", "STOPSMS", "STOPPER", "ARRET", "ARRETER", "DESINSCRIPTION", "UNSUBSCRIBE", "END", "QUIT"}
)
STARTS = frozenset({"START", "REPRISE", "REPRENDRE", "UNSTOP"})
REST_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""How long before the line is opened again after it failed once, twice … in a row."""
KEPT = timedelta(days=30)
"""How long a part waits for its receipt."""
THROTTLED_S = 5.0
"""How long nothing leaves after the gateway said that it was too much."""


# Carrying -------------------------------------------------------------------------------------------

_LINE: list[smpp.Line] = []
"""The line of this process, if it holds one."""


def carry(*, message_id: UUID, person_id: UUID | None, body: str) -> None:
    """Port ``carry_sms``. Raises ``NotCarried``, ``InDoubt``."""
    message = Message.objects.get(pk=message_id)
    number = (message.to_address if message.urgent else "") or _number(person_id)
    if not number:
        raise NotCarried("no-channel", for_ever=True)
    language = people.card(person_id=person_id).language if person_id else "fr"
    sms = sms_of(text=body, language=language, may_stop=not message.urgent)
    if len(sms.parts) > MOST_PARTS:
        raise NotCarried("too-long", for_ever=True)
    hand_over(sms, number=number, message_id=message.pk)


def _number(person_id: UUID | None) -> str:
    return people.numbers_of(person_ids=[person_id]).get(person_id, "") if person_id else ""


def hand_over(
    sms: Sms, *, number: str, message_id: UUID | None = None, recipient_id: UUID | None = None
) -> None:
    """To the gateway; in the demonstration without one, to its page. Raises ``NotCarried``, ``InDoubt``."""
    if not has_gateway():
        _keep_for_demonstration(sms, number)
        return
    if not _LINE:
        raise NotCarried("no-line", for_ever=False)
    try:
        outcome = _LINE[0].submit(sms, number=number)
    except smpp.Unreachable as trouble:
        raise NotCarried("unreachable", for_ever=False) from trouble
    TextPart.objects.bulk_create(
        TextPart(message_id=message_id, recipient_id=recipient_id, gateway_id=one[:65]) for one in outcome.ids
    )
    if outcome.in_doubt:
        raise InDoubt
    if outcome.code:
        raise NotCarried(f"sms-refused: 0x{outcome.code:02x}", for_ever=outcome.for_ever)


def _keep_for_demonstration(sms: Sms, number: str) -> None:
    if not settings.DEMONSTRATION:
        raise NotCarried("no-channel", for_ever=True)
    DemonstrationLetter.objects.create(
        to_address=number, channel="sms", subject=sms.text.replace("\n", " ")[:200], body=sms.text
    )


# What comes back ------------------------------------------------------------------------------------


def take(one: smpp.Incoming) -> None:
    """An answer of a telephone, or what became of a text. What is no word that we know is not kept."""
    if one.what is smpp.What.RECEIPT:
        note_receipt(gateway_id=one.gateway_id, state=one.state, at=now())
    else:
        take_answer(number=one.number, text=one.text, at=now())


def take_answer(*, number: str, text: str, at: datetime) -> str:
    """What was made of an answer: ``stop``, ``start`` or nothing. STOP holds also for what is queued."""
    word = _first_word(text)
    if word in STARTS:
        people.take_stop_back(number=number)
        return "start"
    if word not in STOPS:
        return ""
    try:
        holder = people.stop(number=number, at=at)
    except Refused:
        log.warning("STOP came from what is no number.")
        return ""
    if holder is not None:
        waiting = Message.objects.filter(
            person_id=holder, channel=Channel.SMS, state=Message.State.QUEUED, lease_until=None
        )
        waiting.update(state=Message.State.HELD, reason="suppressed", body="", html="", headers={})
        told = MailingRecipient.objects.filter(
            person_id=holder, mailing__channel=Channel.SMS, state="sent", unsubscribed_at=None
        ).order_by("-sent_at")
        newest = told.first()
        if newest:
            MailingRecipient.objects.filter(pk=newest.pk).update(unsubscribed_at=at)
    return "stop"


def _first_word(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.strip().upper())
    letters = "".join(char if char.isalpha() else " " for char in bare if not unicodedata.combining(char))
    return next(iter(letters.split()), "")


def note_receipt(*, gateway_id: str, state: str, at: datetime) -> None:
    """What the gateway says became of a part; the first final word stays."""
    known = {True: "delivered", False: "undelivered"}
    final = state in smpp.DELIVERED or state in smpp.UNDELIVERED
    if not final:
        return
    rows = TextPart.objects.filter(gateway_id=gateway_id, receipt_at=None)
    rows.update(state=known[state in smpp.DELIVERED], receipt_at=at)
    if state in smpp.UNDELIVERED:
        recipients = TextPart.objects.filter(gateway_id=gateway_id).values("recipient_id")
        MailingRecipient.objects.filter(pk__in=recipients, bounced_at=None).update(bounced_at=at)


def purge(*, at: datetime) -> int:
    """Forgets parts whose receipts are no longer waited for; how many."""
    return TextPart.objects.filter(at__lt=at - KEPT).delete()[0]


# The process that holds the line --------------------------------------------------------------------

Work = Callable[..., int]
"""``(at=, pause=)`` -> how many texts left; ``pause`` is called between two of them."""


class Texter:
    """Holds a line, lets what is due leave by it, and takes what comes."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._line = smpp.Line(smpp.gateway_of(settings.SMS_GATEWAY), sender=settings.SMS_SENDER, take=take)
        self._failed = 0
        self._open_at = self._send_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the gateway listens."""
        return self._line.is_open

    def turn(self, *, wait_s: float = 0.5) -> int:
        """One look: opens the line if need be, sends what is due, listens. How many texts left."""
        if not self._line.is_open and not self._opened():
            return 0
        _LINE[:] = [self._line]
        try:
            left = self._work(at=now(), pause=self._pause) if monotonic() >= self._send_at else 0
            self._line.listen(wait_s=0.0 if left else wait_s)
            return left
        except smpp.Broken as trouble:
            log.warning("The line to the SMS gateway broke: %s", trouble)
            return 0
        finally:
            _LINE.clear()

    def _opened(self) -> bool:
        if monotonic() < self._open_at:
            return False
        try:
            self._line.open()
        except smpp.Unreachable as trouble:
            rest = REST_S[min(self._failed, len(REST_S) - 1)]
            self._failed, self._open_at = self._failed + 1, monotonic() + rest
            log.warning("No line to the SMS gateway (%s); the next try in %s seconds.", trouble, rest)
            return False
        self._failed = 0
        return True

    def _pause(self, *, throttled: bool = False) -> bool:
        """Between two texts: takes what came in, keeps the pace. Whether another may leave."""
        if throttled:
            self._send_at = monotonic() + THROTTLED_S
            return False
        if not self._line.is_open:
            return False
        self._line.listen(wait_s=1.0 / max(1, settings.SMS_PER_SECOND))
        return self._line.is_open

    def close(self) -> None:
        """Takes leave of the gateway."""
        self._line.close()


def hold_line(*, stop: Event, work: Work) -> None:
    """Until ``stop`` is set. A failure is logged."""
    texter = Texter(work)
    try:
        while not stop.is_set():
            try:
                close_old_connections()
                texter.turn()
            except Exception:
                log.exception("A turn of texting failed; the next one follows.")
                stop.wait(5.0)
            if not texter.is_open:
                stop.wait(0.5)
    finally:
        texter.close()
