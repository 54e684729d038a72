"""Gathers what the gate must know of messages, for one and for many at the same price, and asks it.

What is decided, and in which order, is ``cores.gate``'s.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from amiral.cores.gate import WEEK, Decision, Facts, QuietHours, Rules, Verdict, decide, zone_of
from amiral.cores.silence import GROUNDS, Conduct, Window
from amiral.kit import ports
from amiral.rooms.outreach.contracts import SERVICE, Channel, Recipient
from amiral.rooms.outreach.models import MailingRecipient, Message
from amiral.rooms.outreach.queries import silence
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind, Way

OWN = frozenset({Channel.SMS, Channel.PUSH})
"""Channels of which the person opened one to us himself: the address is found by him."""
_KINDS = {Channel.EMAIL: ContactKind.EMAIL, Channel.SMS: ContactKind.PHONE}
"""Whose refusals close a channel; a push has none but the ended subscription."""


def rules() -> Rules:
    """What the campaign set: quiet hours and the cap per person per week."""
    return Rules(quiet=quiet_hours(settings.QUIET_HOURS), cap=settings.WEEKLY_CAP)


def quiet_hours(written: str) -> QuietHours | None:
    """``21:00-08:00`` read; empty: none. Raises ``ValueError`` for anything else."""
    if not written:
        return None
    start, _dash, end = written.partition("-")
    return QuietHours(start=time.fromisoformat(start.strip()), end=time.fromisoformat(end.strip()))


def verdicts(
    recipients: Sequence[Recipient], at: datetime, *, communes: Mapping[UUID, str | None] | None = None
) -> list[Verdict]:
    """A verdict for each, in their order, in a fixed number of queries for a batch (and one question to the
    port ``still_wanted`` for each that names a ``still``). ``communes``: where the persons live, when the
    caller has just looked.

    A message that is let through here counts at once for the cap of the next ones to the same person.
    """
    known = _gather(recipients, at, communes)
    given = rules()
    sent = Counter(known.sent)
    found = []
    for one in recipients:
        verdict = decide(_facts(one, known, sent), at=at, rules=given)
        found.append(verdict)
        if verdict.decision is Decision.SEND and one.person_id and counts(one):
            sent[one.person_id] += 1
    return found


def verdict_on(message: Message, *, at: datetime) -> Verdict:
    """The verdict on a row of the outbox that a worker has taken."""
    return verdicts([recipient_of(message)], at)[0]


def recipient_of(message: Message) -> Recipient:
    """A row of the outbox as the gate sees it."""
    return Recipient(
        person_id=message.person_id,
        address=message.to_address,
        purpose=message.purpose,
        channel=Channel(message.channel),
        conduct=Conduct(message.conduct) if message.conduct else None,
        territory_ids=tuple(message.territory_ids),
        still=message.still,
        answer=not message.counted,
        message_id=message.pk,
        urgent=message.urgent,
    )


def conduct_of(one: Recipient) -> Conduct:
    """What the message does in the eyes of the law: what it says, else what its purpose says."""
    return one.conduct or (Conduct.SERVICE if one.purpose == SERVICE else Conduct.MESSAGE)


def counts(one: Recipient) -> bool:
    """Whether it counts for the weekly cap: neither what was asked for nor a direct answer."""
    return one.purpose != SERVICE and not one.answer


def reason_of(verdict: Verdict) -> str:
    """What is kept in ``Message.reason``: the code, and for a silence the round."""
    if verdict.silence:
        return f"{verdict.code}: {verdict.silence.round}"[:200]
    return str(verdict.code or "")


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What was looked up for a batch."""

    communes: Mapping[UUID, str | None]
    addresses: dict[tuple[Channel, UUID], str]
    refused: set[tuple[Channel, str]]
    agreed: dict[tuple[str, Channel], set[UUID]]
    windows: dict[tuple[str, ...], tuple[Window, ...]]
    sent: dict[UUID, int]


def _gather(
    recipients: Sequence[Recipient], at: datetime, communes: Mapping[UUID, str | None] | None
) -> _Known:
    # What the person asked for by e-mail passes without a look: a sign-in code waits for no query.
    bound = [one for one in recipients if one.purpose != SERVICE]
    quiet = [one for one in recipients if conduct_of(one) in GROUNDS]
    if communes is None:
        cards = people.cards(person_ids=_ids([*bound, *quiet])) if bound or quiet else {}
        communes = {id_: card.commune_id for id_, card in cards.items()}
    addresses = _addresses(recipients)
    places = {_place(one, communes) for one in quiet}
    margin = rules().margin
    return _Known(
        communes=communes,
        addresses=addresses,
        refused=_refused(recipients, addresses),
        agreed=_agreed(bound),
        windows=silence.windows_of(places=places, start=at, end=at + margin) if places else {},
        sent=_sent(recipients, at),
    )


def _ids(recipients: Sequence[Recipient]) -> set[UUID]:
    return {one.person_id for one in recipients if one.person_id}


def _place(one: Recipient, communes: Mapping[UUID, str | None]) -> tuple[str, ...]:
    if one.territory_ids:
        return one.territory_ids
    commune = communes.get(one.person_id) if one.person_id else None
    return (commune,) if commune else silence.EVERYWHERE


def _addresses(recipients: Sequence[Recipient]) -> dict[tuple[Channel, UUID], str]:
    """Who opened which channel to us, by its carrier: a subscription, a number given for messages."""
    found: dict[tuple[Channel, UUID], str] = {}
    for channel in {one.channel for one in recipients} - {Channel.EMAIL}:
        ids = _ids([one for one in recipients if one.channel is channel])
        for told in ports.call("channel_addresses", channel=channel, person_ids=ids):
            found |= {(channel, person_id): address for person_id, address in told.items()}
    return found


def _address(one: Recipient, addresses: dict[tuple[Channel, UUID], str]) -> str:
    # A number that is being shown to be somebody's own is not his yet: it stands in the message.
    if one.channel is Channel.EMAIL or (one.urgent and one.address):
        return one.address
    return addresses.get((one.channel, one.person_id), "") if one.person_id else ""


def _refused(
    recipients: Sequence[Recipient], addresses: dict[tuple[Channel, UUID], str]
) -> set[tuple[Channel, str]]:
    asked = [one for one in recipients if one.purpose != SERVICE or one.channel is not Channel.EMAIL]
    found: set[tuple[Channel, str]] = set()
    for channel, kind in _KINDS.items():
        values = {_address(one, addresses) for one in asked if one.channel is channel} - {""}
        if values:
            found |= {(channel, value) for value in people.suppressed(channel=kind, values=values)}
    return found


def _agreed(bound: Sequence[Recipient]) -> dict[tuple[str, Channel], set[UUID]]:
    """Who agreed to each purpose by each channel; one query for each pair."""
    asked: dict[tuple[str, Channel], list[Recipient]] = {}
    for one in bound:
        asked.setdefault((one.purpose, one.channel), []).append(one)
    return {
        (purpose, channel): people.person_ids_with_consent(
            person_ids=_ids(some), purpose=purpose, way=Way(channel.value)
        )
        for (purpose, channel), some in asked.items()
    }


def _sent(recipients: Sequence[Recipient], at: datetime) -> dict[UUID, int]:
    """How many counted messages each person had in the last seven days."""
    ids = _ids([one for one in recipients if counts(one)])
    if not ids or not settings.WEEKLY_CAP:
        return {}
    left = Q(state=Message.State.SENT, sent_at__gt=at - WEEK)
    # What another worker holds at this moment counts too, for one of the two: else both would leave.
    mine = [one.message_id for one in recipients if one.message_id]
    held = Q(state=Message.State.QUEUED, lease_until__isnull=False)
    held &= Q(pk__lt=min(mine)) if mine else Q()
    rows = Message.objects.filter(left | held, counted=True, person_id__in=ids).exclude(pk__in=mine)
    found: Counter[UUID] = Counter()
    letters = MailingRecipient.objects.filter(state="sent", sent_at__gt=at - WEEK, person_id__in=ids)
    for counted in (rows, letters):
        for person_id, number in counted.order_by().values_list("person_id").annotate(Count("pk")):
            found[person_id] += number
    return found


def _facts(one: Recipient, known: _Known, sent: Counter[UUID]) -> Facts:
    address = _address(one, known.addresses)
    conduct = conduct_of(one)
    return Facts(
        conduct=conduct,
        asked=one.purpose == SERVICE,
        by_email=one.channel is Channel.EMAIL,
        suppressed=(one.channel, address) in known.refused,
        reachable=bool(address),
        rings=one.channel in OWN and not one.urgent,
        agreed=one.person_id in known.agreed.get((one.purpose, one.channel), ()),
        wanted=_still_wanted(one),
        silences=known.windows.get(_place(one, known.communes), ()) if conduct in GROUNDS else (),
        zone=_zone(one, known.communes),
        counted=counts(one),
        sent_this_week=sent[one.person_id] if one.person_id else 0,
    )


def _zone(one: Recipient, communes: Mapping[UUID, str | None]) -> str:
    commune = (communes.get(one.person_id) if one.person_id else "") or ""
    return zone_of(commune.partition(":")[2][:3], otherwise=settings.TIME_ZONE)


def _still_wanted(one: Recipient) -> bool:
    if not one.still:
        return True
    kind, _colon, subject = one.still.partition(":")
    asked: Any = partial(ports.call, "still_wanted", kind=kind, subject_id=UUID(subject))
    return False not in asked(person_id=one.person_id)
