"""Letting the SMS of mailings leave, by the process that holds the line to the gateway.

One at a time, each judged a moment before it leaves: whoever answers STOP while a mailing runs gets nothing
after it. Before a text is handed over its row says so; a process that dies between that and the gateway's
answer leaves it *in doubt*, and it is not sent again: twice the same SMS is worse than none.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from amiral.cores.gate import Code, Decision, Verdict
from amiral.kit.clock import now
from amiral.kit.sms.text import Sms
from amiral.rooms.outreach import actions
from amiral.rooms.outreach.actions import gate, mailing_sending, texting
from amiral.rooms.outreach.contracts import Channel, InDoubt, NotCarried, RecipientState
from amiral.rooms.outreach.contracts import Recipient as Facts
from amiral.rooms.outreach.models import Mailing, MailingRecipient
from amiral.rooms.outreach.queries import mailing_text, mailings, sms_text
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Correspondent

OWNER = "sms"
HANDED = "handed"
"""The reason of a row whose text is just being handed over."""
AT_ONCE = 20
Pause = Callable[..., bool]


def send_due(*, at: datetime, pause: Pause) -> int:
    """What people asked for, then texts of the mailing that waits longest; how many left."""
    left = actions.text_due(at=at, pause=pause)
    give_up_interrupted(at=at)
    batch = mailing_sending.take(owner=OWNER, most=AT_ONCE, at=at, channel=Channel.SMS)
    return left + (_send(batch, pause, at) if batch else 0)


def give_up_interrupted(*, at: datetime) -> int:
    """Texts that were being handed over by a process that died; how many."""
    lost = MailingRecipient.objects.filter(
        mailing__channel=Channel.SMS, state=RecipientState.WAITING, reason=HANDED, lease_until__lt=at
    )
    return lost.update(state=RecipientState.FAILED, reason=InDoubt.reason, lease_until=None, lease_owner="")


def _send(batch: mailing_sending.Batch, pause: Pause, at: datetime) -> int:
    """The rest of the batch is free again when the line says that it is enough for now."""
    held = MailingRecipient.objects.filter(pk__in=[one.pk for one in batch.rows])
    rows, left, started = iter(held.order_by("not_before", "pk")), 0, now()
    for row in rows:
        outcome = _send_one(batch.mailing, row, at + (now() - started))
        left += outcome is True
        if not pause(throttled=outcome is None):
            break
    _free([one.pk for one in rows])
    return left


def _free(ids: list[UUID]) -> None:
    rows = MailingRecipient.objects.filter(pk__in=ids, state=RecipientState.WAITING)
    rows.update(lease_until=None, lease_owner="")


def _send_one(mailing: Mailing, row: MailingRecipient, at: datetime) -> bool | None:
    """Whether it left; ``None`` when the gateway has too much to do."""
    if not Mailing.objects.filter(pk=mailing.pk, state="running").exists():
        _free([row.pk])  # paused or cancelled meanwhile
        return False
    person = people.correspondents(person_ids=[row.person_id]).get(row.person_id)
    if person is None:
        return False
    facts = Facts(person_id=person.id, address="", purpose=mailing.purpose, channel=Channel.SMS)
    verdict = gate.verdicts([facts], at)[0]
    if verdict.decision is not Decision.SEND:
        _hold(row, verdict)
        return False
    return _hand_over(mailing, row, person, at)


def _hold(row: MailingRecipient, verdict: Verdict) -> None:
    over = verdict.code is Code.SILENCE and verdict.silence
    until = verdict.until or (over.end if over else None)
    state = RecipientState.WAITING if until else RecipientState.HELD
    _settle(row, state, gate.reason_of(verdict), not_before=until or row.not_before)


def _hand_over(mailing: Mailing, row: MailingRecipient, person: Correspondent, at: datetime) -> bool | None:
    number = people.numbers_of(person_ids=[person.id]).get(person.id, "")
    sms = _sms(mailing, person)
    if len(sms.parts) > sms_text.MOST_PARTS:
        _settle(row, RecipientState.FAILED, "too-long")
        return False
    MailingRecipient.objects.filter(pk=row.pk).update(reason=HANDED, attempts=F("attempts") + 1)
    try:
        texting.hand_over(sms, number=number, recipient_id=row.pk)
    except InDoubt as doubt:
        _settle(row, RecipientState.FAILED, doubt.reason)
        return False
    except NotCarried as refusal:
        return _refused(row, refusal, at)
    _settle(row, RecipientState.SENT, "", sent_at=at)
    people.note_informed_all(person_ids=[person.id], at=at)
    return True


def _sms(mailing: Mailing, person: Correspondent) -> Sms:
    language, texts = mailing_text.chosen(**mailings.card_texts(mailing), language=person.language)
    values = mailings.values(person, communes=mailings.commune_names([person]), unsubscribe="")
    return sms_text.sms_of(text=sms_text.filled(texts.body, values), language=language)


def _refused(row: MailingRecipient, refusal: NotCarried, at: datetime) -> bool | None:
    waits = actions.BACK_OFF[row.attempts :]
    if refusal.for_ever or not waits:
        _settle(row, RecipientState.FAILED, refusal.reason)
        return False
    _settle(row, RecipientState.WAITING, refusal.reason, not_before=at + waits[0])
    return None if refusal.reason in actions.THROTTLED else False


def _settle(row: MailingRecipient, state: RecipientState, reason: str, **fields: object) -> None:
    MailingRecipient.objects.filter(pk=row.pk).update(
        state=state, reason=reason[:60], lease_until=None, lease_owner="", **fields
    )
