"""Letting the letters of mailings leave: taken in batches under a lease, judged, rendered, handed over.

A letter is made at the moment when it leaves and is kept nowhere. Several processes may do this at once. What
a process has handed over stands in its journal before it stands in the database, so that ``kill -9`` loses
nothing; see ``mailing_journal``. A letter of which nobody knows whether it was taken is sent again under the
same Message-ID, by which servers and readers recognise a repeat.
"""

import logging
import os
import secrets
import socket
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from amiral.cores.gate import Code, Decision, Verdict
from amiral.kit.clock import now
from amiral.kit.mail.messages import Letter
from amiral.kit.mail.session import Fate, Outcome, Unreachable
from amiral.kit.mail.transport import Parcel, send_all
from amiral.rooms.outreach import actions
from amiral.rooms.outreach.actions import gate, mailings, postmarks
from amiral.rooms.outreach.actions.mailing_journal import Journal, Told, is_any_left, left_behind
from amiral.rooms.outreach.contracts import Channel, MailingState, RecipientState
from amiral.rooms.outreach.contracts import Recipient as Facts
from amiral.rooms.outreach.models import Mailing, MailingRecipient
from amiral.rooms.outreach.queries import mailing_text as text
from amiral.rooms.outreach.queries import mailings as queries
from amiral.rooms.outreach.queries.sms_text import has_gateway
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import BounceState, Correspondent, Notice

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
"""How long a process may hold a batch: a turn, and the longest answer of a mail server."""
TURN_S = 3.0
"""After so long no further letter of a batch is begun: what was asked for by people comes before."""
FIRST, MOST = 10, 1000
"""How many letters are taken at first, and at most; in between as many as leave in a turn."""
BURST_S = 2
"""A pace is kept over so many seconds: 600 letters a minute are 20 every two seconds."""
BACK_OFF = actions.BACK_OFF
MOST_UNKNOWN = 3
"""How often a letter is tried of which the server never said whether it took it."""
SETTLE_TRIES = 3
"""How often what left is written to a database that is busy, each time for as long as it waits by itself."""
REST = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 600))
"""How long a mailing rests after the server took nothing once, twice … in a row."""


class Held(NamedTuple):
    """A recipient whom this process holds: what sending reads of his row."""

    pk: UUID
    person_id: UUID
    attempts: int
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Recipients of one mailing that this process holds."""

    mailing: Mailing
    rows: tuple[Held, ...]
    until: datetime


@dataclass
class Settlement:
    """What became of a batch, gathered while it leaves and written in one transaction."""

    sent: list[UUID] = field(default_factory=list)
    waiting: dict[tuple[str, datetime], list[UUID]] = field(default_factory=dict)
    over: dict[tuple[RecipientState, str], list[UUID]] = field(default_factory=dict)
    answered: list[UUID] = field(default_factory=list)
    returned: list[UUID] = field(default_factory=list)
    trouble: str = ""

    def wait(self, row: Held, reason: str, until: datetime) -> None:
        """It is tried again, not before ``until``."""
        self.waiting.setdefault((reason[:60], until), []).append(row.pk)

    def end(self, row: Held, state: RecipientState, reason: str) -> None:
        """It does not leave any more."""
        self.over.setdefault((state, reason[:60]), []).append(row.pk)


class Unsettled(Exception):
    """What left could not be written to the database; it stands in the journal."""


class Sender:
    """One process that sends. ``stop``: set from outside to end after the letter under way."""

    def __init__(self) -> None:
        self.owner = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.journal = Journal(self.owner)
        self.stop = Event()
        self._size = FIRST
        self._compiled: tuple[tuple[UUID, int], dict[str, text.Compiled]] | None = None

    def close(self) -> None:
        """The process ends in good order."""
        self.journal.close()

    def abandon(self) -> None:
        """The process ends without having written all down: whoever comes next reads it in the journal."""
        self.journal.leave()

    def turn(self, *, at: datetime) -> int | None:
        """Sends what people asked for, then a batch of the mailing that waits longest.

        Returns how many letters left; ``None`` when no mailing is due.
        """
        actions.deliver_due(at=at, limit=50)
        batch = take(owner=self.owner, most=self._size, at=at)
        if batch is None:
            return None
        begun = time.monotonic()
        settled = self._send(batch, at)
        self._write_down(batch, settled, at)
        self._learn(len(settled.answered), time.monotonic() - begun)
        return len(settled.sent)

    def _write_down(self, batch: Batch, settled: Settlement, at: datetime) -> None:
        """Into the database, then out of the journal. Raises ``Unsettled`` when the database does not take
        it: this process must not go on, for the next batch would clear what the journal says of this one.
        """
        for tries_left in range(SETTLE_TRIES - 1, -1, -1):
            try:
                settle(batch, settled, owner=self.owner, at=at)
            except DatabaseError as trouble:
                if not tries_left:
                    raise Unsettled from trouble
            else:
                self.journal.clear()
                return

    def _learn(self, number: int, took_s: float) -> None:
        """The next batch is what leaves in a turn at the speed of this one, and never much more."""
        speed = number / max(took_s, 0.001)
        if number:
            self._size = max(1, min(MOST, 2 * self._size, round(speed * TURN_S)))

    def _send(self, batch: Batch, at: datetime) -> Settlement:
        settled = Settlement()
        by_id = {row.pk: row for row in batch.rows}
        try:
            parcels = self._parcels(batch.mailing, self._judged(batch, settled, at))
            for parcel, outcome in send_all(parcels, before=self._before):
                assert isinstance(parcel.about, UUID)
                self.journal.answered(parcel.about, taken=outcome.fate is Fate.TAKEN)
                _note(settled, by_id[parcel.about], parcel, outcome, at)
        except Unreachable as trouble:
            settled.trouble = f"unreachable: {trouble.why}"
        except Exception as trouble:  # what is known is written all the same
            log.exception("Mailing %s: a batch broke; it goes on after a rest.", batch.mailing.pk)
            settled.trouble = f"broken: {type(trouble).__name__}"
        return settled

    def _before(self, parcel: Parcel) -> None:
        assert isinstance(parcel.about, UUID)
        self.journal.handed(parcel.about)

    def _judged(self, batch: Batch, settled: Settlement, at: datetime) -> "list[_Ready]":
        """Those to whom a letter may leave now; why not, for the others. A fixed number of queries."""
        persons = people.correspondents(person_ids=[row.person_id for row in batch.rows])
        rows = [row for row in batch.rows if row.person_id in persons]
        facts = [_facts(batch.mailing, persons[row.person_id]) for row in rows]
        communes = {id_: person.commune_id for id_, person in persons.items()}
        allowed = [
            row
            for row, verdict in zip(rows, gate.verdicts(facts, at, communes=communes), strict=True)
            if _passes(settled, row, verdict)
        ]
        return self._ready(batch.mailing, allowed, persons, settled)

    def _ready(
        self,
        mailing: Mailing,
        rows: Sequence[Held],
        persons: Mapping[UUID, Correspondent],
        settled: Settlement,
    ) -> "list[_Ready]":
        ids = [row.person_id for row in rows]
        notices = people.notices_for(person_ids=ids, purpose=mailing.purpose) if ids else {}
        communes = queries.commune_names([persons[one] for one in ids])
        found = []
        for row in rows:
            notice = notices.get(row.person_id)
            if notice and people.missing_mentions(text=notice.text, notice=notice):
                settled.end(row, RecipientState.HELD, "no-notice")
                continue
            found.append(_Ready(row=row, person=persons[row.person_id], communes=communes, notice=notice))
        return found

    def _parcels(self, mailing: Mailing, ready: "Iterable[_Ready]") -> Iterator[Parcel]:
        """One letter after the other, made as it is asked for, for as long as the turn lasts."""
        made = self._texts(mailing)
        end = time.monotonic() + TURN_S
        for one in ready:
            if self.stop.is_set() or time.monotonic() > end:
                return
            yield _parcel(mailing, made, one)

    def _texts(self, mailing: Mailing) -> dict[str, text.Compiled]:
        key = (mailing.pk, mailing.version)
        if self._compiled is None or self._compiled[0] != key:
            self._compiled = (key, queries.compiled(mailing))
        return self._compiled[1]


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """Somebody to whom a letter may leave."""

    row: Held
    person: Correspondent
    communes: Mapping[str, str]
    notice: Notice | None


def _facts(mailing: Mailing, person: Correspondent) -> Facts:
    return Facts(person_id=person.id, address=person.address, purpose=mailing.purpose, channel=Channel.EMAIL)


def _passes(settled: Settlement, row: Held, verdict: Verdict) -> bool:
    """Whether the letter may leave now. What ends by itself (silence, quiet hours) is waited for."""
    if verdict.decision is Decision.SEND:
        return True
    if verdict.until or (verdict.code is Code.SILENCE and verdict.silence):
        until = verdict.until or (verdict.silence.end if verdict.silence else row.not_before)
        settled.wait(row, gate.reason_of(verdict), until)
    else:
        settled.end(row, RecipientState.HELD, gate.reason_of(verdict))
    return False


def _parcel(mailing: Mailing, made: Mapping[str, text.Compiled], one: _Ready) -> Parcel:
    person = one.person
    mark = postmarks.for_mailing(recipient_id=one.row.pk, person_id=person.id, mailing=mailing)
    values = queries.values(person, communes=one.communes, unsubscribe=mark.unsubscribe_url)
    letter = text.filled(
        made["en" if person.language == "en" else "fr"],
        values,
        notice=one.notice.text if one.notice else "",
    )
    return Parcel(
        letter=Letter(
            sender=mark.sender,
            to=person.address,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            message_id=mark.message_id,
            at=now(),
            headers=mark.headers,
        ),
        return_path=mark.return_path,
        about=one.row.pk,
    )


# What the server said -------------------------------------------------------------------------------


def _note(settled: Settlement, row: Held, parcel: Parcel, outcome: Outcome, at: datetime) -> None:
    settled.answered.append(row.pk)
    if outcome.fate is Fate.TAKEN:
        settled.sent.append(row.pk)
        return
    reason = f"refused: {outcome.code}" if outcome.code else outcome.why or "no-answer"
    if not outcome.for_ever and not settled.sent:
        settled.trouble = reason
    tries = MOST_UNKNOWN - 1 if outcome.fate is Fate.UNKNOWN else len(BACK_OFF)
    if outcome.for_ever or row.attempts >= tries:
        settled.end(row, RecipientState.FAILED, reason)
    else:
        settled.wait(row, reason, at + BACK_OFF[row.attempts])
    if outcome.gone_address:
        settled.returned.append(row.pk)
        people.note_bounce(address=parcel.letter.to, state=BounceState.HARD)


# Leases ---------------------------------------------------------------------------------------------


def _due(at: datetime) -> Q:
    free = Q(lease_until=None) | Q(lease_until__lt=at)
    return free & Q(state=RecipientState.WAITING, not_before__lte=at)


def due_mailings(*, at: datetime) -> list[UUID]:
    """The mailings of which a letter may leave now, longest under way first."""
    return list(_due_mailings(at).values_list("pk", flat=True))


def _due_mailings(at: datetime, channel: Channel = Channel.EMAIL) -> QuerySet[Mailing]:
    somebody = MailingRecipient.objects.filter(_due(at), mailing_id=OuterRef("pk"))
    running = Mailing.objects.filter(
        Q(paced_until=None) | Q(paced_until__lte=at),
        state=MailingState.RUNNING,
        channel=channel,
        filled_at__isnull=False,
    )
    return running.filter(Exists(somebody)).order_by("started_at", "pk")


@transaction.atomic
def take(*, owner: str, most: int, at: datetime, channel: Channel = Channel.EMAIL) -> Batch | None:
    """Up to ``most`` recipients of the mailing that is longest under way, held until the lease ends.

    The mailing's row is locked meanwhile: two processes never hold the same recipient, and its pace counts
    for both together.
    """
    mailing = _due_mailings(at, channel).select_for_update().first()
    if mailing is None:
        return None
    number = _paced(mailing, most)
    due = mailing.recipients.filter(_due(at)).order_by("not_before", "pk")
    rows = tuple(map(Held._make, due.values_list(*Held._fields)[:number]))
    if not rows:
        return None
    until = at + LEASE
    held = MailingRecipient.objects.filter(pk__in=[row.pk for row in rows])
    held.update(lease_until=until, lease_owner=owner)
    if mailing.per_minute:
        _keep_pace(mailing, len(rows), at)
    return Batch(mailing=mailing, rows=rows, until=until)


def _paced(mailing: Mailing, most: int) -> int:
    if not mailing.per_minute:
        return most
    return max(1, min(most, mailing.per_minute * BURST_S // 60))


def _keep_pace(mailing: Mailing, number: int, at: datetime) -> None:
    """The next may be taken when these are worth their time. What was not used is not saved up."""
    before = mailing.paced_until
    start = before if before and at - before < timedelta(seconds=BURST_S) else at
    paced_until = start + timedelta(seconds=60 * number / mailing.per_minute)
    Mailing.objects.filter(pk=mailing.pk).update(paced_until=paced_until)


def settle(batch: Batch, settled: Settlement, *, owner: str, at: datetime) -> None:
    """Writes what became of a batch; the rest of it is free again. Only what this process still holds."""
    with transaction.atomic():
        _settle(batch, settled, owner, at)
    sent = set(settled.sent)
    told = [row.person_id for row in batch.rows if row.pk in sent]
    if told:
        people.note_informed_all(person_ids=told, at=at)


def _settle(batch: Batch, settled: Settlement, owner: str, at: datetime) -> None:
    mine = MailingRecipient.objects.filter(lease_owner=owner)
    free: dict[str, object] = {"lease_until": None, "lease_owner": ""}
    sent = set(settled.sent)
    tried = [one for one in settled.answered if one not in sent]
    if tried:
        mine.filter(pk__in=tried).update(attempts=F("attempts") + 1)
    mine.filter(pk__in=settled.sent).update(
        state=RecipientState.SENT, sent_at=at, reason="", attempts=F("attempts") + 1, **free
    )
    for (state, reason), ids in settled.over.items():
        mine.filter(pk__in=ids).update(state=state, reason=reason, **free)
    for (reason, until), ids in settled.waiting.items():
        mine.filter(pk__in=ids).update(reason=reason, not_before=until, **free)
    MailingRecipient.objects.filter(pk__in=settled.returned, bounced_at=None).update(bounced_at=at)
    mine.filter(pk__in=[row.pk for row in batch.rows if row.pk not in sent]).update(**free)
    _note_trouble(batch.mailing, settled, at)


def _note_trouble(mailing: Mailing, settled: Settlement, at: datetime) -> None:
    """A server that took nothing is left in peace for a while, longer each time; one letter taken ends it."""
    row = Mailing.objects.filter(pk=mailing.pk)
    if settled.sent:
        row.exclude(trouble="").update(trouble="", trouble_count=0)
    elif settled.trouble:
        rest = REST[min(mailing.trouble_count, len(REST) - 1)]
        row.update(trouble=settled.trouble[:80], trouble_count=F("trouble_count") + 1, paced_until=at + rest)


# After a crash --------------------------------------------------------------------------------------


def recover(*, at: datetime) -> int:
    """Writes what processes that are gone had handed over, frees what else they held; how many letters."""
    return sum(_recover(owner, told, at) for owner, told in left_behind())


@transaction.atomic
def _recover(owner: str, told: Told, at: datetime) -> int:
    held = MailingRecipient.objects.filter(lease_owner=owner)
    free: dict[str, object] = {"lease_until": None, "lease_owner": ""}
    taken = sum(
        held.filter(pk__in=share).update(
            state=RecipientState.SENT, sent_at=at, reason="", attempts=F("attempts") + 1, **free
        )
        for share in _shares(told.taken)
    )
    held.filter(pk__in=told.in_doubt).update(
        reason="interrupted", not_before=at, attempts=F("attempts") + 1, **free
    )
    return taken + held.update(**free)


def _shares(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    known = sorted(ids)
    return (known[start : start + MOST] for start in range(0, len(known), MOST))


def tend(*, at: datetime) -> None:
    """What happens around sending: after a crash, when a moment has come, when nobody waits any more."""
    recover(at=at)
    mailings.start_due(at=at)
    mailings.fill_begun(at=at)
    mailings.finish(at=at)
    mailings.withdraw_cancelled()


def send_all_due(*, at: datetime) -> None:
    """All that may leave at a moment, in this process."""
    tend(at=at)
    sender = Sender()
    try:
        while sender.turn(at=at) is not None:
            pass
    except BaseException:
        sender.abandon()
        raise
    sender.close()
    tend(at=at)


def has_work(*, at: datetime) -> bool:
    """Whether a process that sends would find something to do now."""
    soon = Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_for__lte=at)
    unfilled = Mailing.objects.filter(state=MailingState.RUNNING, filled_at=None)
    nobody = Mailing.objects.filter(state=MailingState.RUNNING, filled_at__isnull=False).exclude(
        Exists(MailingRecipient.objects.filter(mailing_id=OuterRef("pk"), state=RecipientState.WAITING))
    )
    left = MailingRecipient.objects.filter(
        mailing__state=MailingState.CANCELLED, state=RecipientState.WAITING, lease_until=None
    )
    texts = not has_gateway() and _due_mailings(at, Channel.SMS).exists()
    some = is_any_left() or soon.exists() or unfilled.exists() or bool(due_mailings(at=at)) or texts
    return some or nobody.exists() or left.exists()
