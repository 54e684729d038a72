"""The door of this room: the one outbox through which every message to a person passes."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

from django.conf import settings

from amiral.cores.silence import Conduct
from amiral.kit.clock import now
from amiral.kit.contracts import Link
from amiral.kit.relations import Records
from amiral.rooms.outreach import actions, changes, counting, merging, queries, triggers
from amiral.rooms.outreach.actions import ballots as ballot_actions
from amiral.rooms.outreach.actions import mailing_sending, mailing_texts, pushing, returning, texting
from amiral.rooms.outreach.actions import mailings as mailing_actions
from amiral.rooms.outreach.actions import segments as segment_actions
from amiral.rooms.outreach.contracts import (
    Attachment,
    BallotDraft,
    Channel,
    FreePhone,
    IntendedUse,
    MailingDraft,
    SegmentCard,
    SegmentDraft,
    SilenceBanner,
    SilenceCard,
    Silenced,
)
from amiral.rooms.outreach.queries import ballot_rules as rule_queries
from amiral.rooms.outreach.queries import channels as channel_queries
from amiral.rooms.outreach.queries import mailing_text
from amiral.rooms.outreach.queries import mailings as mailing_queries
from amiral.rooms.outreach.queries import messages as message_queries
from amiral.rooms.outreach.queries import segments as segment_queries
from amiral.rooms.outreach.queries import silence as silence_queries
from amiral.rooms.outreach.queries.sms_text import has_gateway
from amiral.rooms.people import api as people


def send(
    *,
    to_address: str,
    purpose: str,
    subject: str,
    body: str,
    idempotency_key: str,
    person_id: UUID | None = None,
    html: str = "",
    attachment: Attachment | None = None,
    headers: dict[str, str] | None = None,
    not_before: datetime | None = None,
    conduct: Conduct | None = None,
    territory_ids: tuple[str, ...] = (),
    still: str = "",
    sender_id: UUID | None = None,
    scope_id: UUID | None = None,
    channel: Channel | str = Channel.EMAIL,
    urgent: bool = False,
    link: str = "",
) -> None:
    """Writes a message in the outbox, inside the caller's transaction; a known key changes nothing.

    ``purpose`` is ``"service"`` for what the person himself asked for, which leaves as soon as the
    transaction is committed; else a ``people.contracts.Purpose``, whose consent is read when the message
    leaves (by ``deliver_due``). Everything is checked at that moment and in one order: docs/outbox.md.
    ``conduct``: what it does in the eyes of the electoral law; ``None``: a service, or a message to voters,
    as the purpose says. ``territory_ids``: whom it speaks to; none: people where the receiver lives.
    ``still``: ``"<kind>:<uuid>"``; the port ``still_wanted`` is asked when it leaves. ``sender_id`` and
    ``scope_id`` (a group): who reads what became of it. An ``In-Reply-To`` header makes it a direct answer,
    which the weekly cap does not count. ``to_address`` may be empty for another channel than e-mail.
    ``urgent``: somebody sits in front of a page and waits for it, a code for example; it may ring in quiet
    hours, and ``to_address`` may name a number that is not shown to be his yet. ``link``: where a
    notification leads, a path of this site.
    Raises ``HeaderRefused`` for a line break or an unknown name in a header.
    """
    actions.enqueue(
        actions.Draft(
            to_address=to_address,
            purpose=purpose,
            subject=subject,
            body=body,
            idempotency_key=idempotency_key,
            person_id=person_id,
            html=html,
            attachment=attachment,
            headers=headers or {},
            not_before=not_before,
            conduct=conduct,
            territory_ids=territory_ids,
            still=still,
            sender_id=sender_id,
            scope_id=scope_id,
            channel=Channel(channel),
            urgent=urgent,
            link=link,
        ),
        at=now(),
    )


def channel_addresses(*, channel: Channel, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Port ``channel_addresses``: who opened a channel to us. Numbers only while a text can be sent."""
    return channel_queries.addresses(channel=channel, person_ids=set(person_ids))


def reachable_by(*, channel: Channel, person_ids: Iterable[UUID]) -> set[UUID]:
    """Those who opened a channel and have not closed it again by a refusal. Two queries."""
    return channel_queries.reachable(channel=channel, person_ids=set(person_ids))


def open_device(*, person_id: UUID, endpoint: str, p256dh: str, auth: str, device: str) -> UUID:
    """Switches a browser on for a person; also for the demonstration. Raises ``Refused``."""
    return pushing.subscribe(
        person_id=person_id, endpoint=endpoint, p256dh=p256dh, auth=auth, device=device, at=now()
    )


def carry_push(*, message_id: UUID, person_id: UUID | None, subject: str, body: str) -> None:
    """Port ``carry_push``: to every device of the person, without the words. Raises ``NotCarried``."""
    pushing.carry(message_id=message_id, person_id=person_id)


def carry_sms(*, message_id: UUID, person_id: UUID | None, subject: str, body: str) -> None:
    """Port ``carry_sms``: by the line to the gateway. Raises ``NotCarried``, ``InDoubt``."""
    texting.carry(message_id=message_id, person_id=person_id, body=body)


def hold_sms_line(*, stop: Event) -> None:
    """Sends text messages and takes what comes back until ``stop``; nothing without a gateway."""
    if has_gateway():
        texting.hold_line(stop=stop, work=mailing_texts.send_due)


def silence_over(
    *, territory_ids: Iterable[str], at: datetime, conduct: Conduct, until: datetime | None = None
) -> SilenceCard | None:
    """The electoral silence that forbids ``conduct`` at ``at`` (or at any moment until ``until``) towards
    people of these territories, with a sentence for the user; ``None``: allowed. No territory named: anybody
    may be concerned, and every silence counts. One query outside silences, five at most in one.
    """
    return silence_queries.silence_over(territory_ids=territory_ids, at=at, conduct=conduct, until=until)


def enter_ballot(*, by_id: UUID, draft: BallotDraft) -> UUID:
    """Enters a ballot with the votes that the law proposes; also for the demonstration. Raises ``NotFound``
    for who may not, ``Refused`` with a sentence."""
    return ballot_actions.create(by_id=by_id, draft=draft, at=now())


def check_silence(
    *, territory_ids: Iterable[str], at: datetime, conduct: Conduct, until: datetime | None = None
) -> None:
    """Raises ``contracts.Silenced`` (a ``Refused``) when ``silence_over`` finds a silence."""
    card = silence_over(territory_ids=territory_ids, at=at, conduct=conduct, until=until)
    if card is not None:
        raise Silenced(card.sentence)


def check_free_phone(*, text: str, territory_ids: Iterable[str], at: datetime) -> None:
    """Raises ``contracts.FreePhone`` (a ``Refused``) for a free number in a text that is made public towards
    people of the territories (none: anybody) in the months before a ballot (art. L. 50-1)."""
    why = rule_queries.free_phone_forbidden(text=text, territory_ids=territory_ids, at=at)
    if why:
        raise FreePhone(why)


def results_held(*, day: date, at: datetime) -> str:
    """Port ``results_held``: why results of a ballot of that day may not be told yet (art. L. 52-2)."""
    return rule_queries.results_held(day=day, at=at)


def ballot_ahead(*, at: datetime, within: timedelta) -> bool:
    """Whether the silence of a ballot that was entered lies between ``at`` and ``within`` later."""
    return bool(silence_queries.rounds_between(start=at, end=at + within))


def silences_of(*, person_id: UUID, at: datetime) -> SilenceBanner | None:
    """The silence that concerns a person now, or begins within three days; for the banner of his pages."""
    return silence_queries.banner(person_id=person_id, at=at)


def profile_links(*, person_id: UUID) -> list[Link]:
    """Port ``profile_links``: what was written to a person, from his account's page."""
    return message_queries.profile_links()


def deliver_due(*, at: datetime, limit: int = 100) -> int:
    """Lets due messages leave; returns how many were sent. Safe to call in several processes at once."""
    return actions.deliver_due(at=at, limit=limit)


def read_mailbox(*, at: datetime) -> dict[str, int]:
    """Reads what came back from letters: bounces, complaints, answers. Raises as ``jobs.read_mailbox``."""
    if not settings.MAILBOX_URL:
        return {}
    return {what.value: count for what, count in returning.read_mailbox(at=at).items()}


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The messages written to a person, for the person (port ``export_person``)."""
    address = people.address_of(person_id=person_id)
    mine = segment_queries.everything_about(person_id=person_id)
    sent = mailing_queries.everything_about(person_id=person_id)
    devices = channel_queries.everything_about(person_id=person_id)
    letters = queries.everything_about(person_id=person_id, address=address)
    return {"outreach": [*letters, *mine, *sent, *devices]}


def erase_person(*, person_id: UUID) -> None:
    """Deletes every message to a person, waiting or sent (port ``erase_person``)."""
    actions.erase(person_id=person_id, marks=people.marks_of(person_id=person_id))


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what is past its time here (port ``purge``); table name to number of rows."""
    return {
        "outreach.Message": actions.purge(at=at),
        "outreach.MailingRecipient": mailing_actions.purge(at=at),
        "outreach.SegmentUse": segment_actions.purge(at=at),
        "outreach.PushSubscription": pushing.purge(at=at),
        "outreach.TextPart": texting.purge(at=at),
        "outreach.PersonChange": changes.forget_old(),
    }


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)


def persons_changed(*, person_ids: Iterable[UUID]) -> None:
    """Something that no trigger sees changed for these persons (port ``persons_changed``)."""
    changes.note_persons(person_ids=person_ids)


def watch() -> None:
    """Lays the triggers that write the change log, once its table is there; harmless again."""
    if triggers.has_log():
        triggers.lay()


def stop_watching() -> None:
    """Takes the triggers away for as long as tables are changed; ``watch`` lays them again."""
    triggers.drop()


def use_segment(*, by_id: UUID, segment_id: UUID, intended: IntendedUse) -> UUID:
    """Enters a use of a segment in the register of targeting and returns the id of the line.

    Raises ``NotFound`` outside the person's territories, ``Refused`` when nobody may be written to.
    """
    return segment_actions.use(by_id=by_id, segment_id=segment_id, intended=intended, at=now())


def segments_to_use(*, person_id: UUID) -> tuple[SegmentCard, ...]:
    """The first segments, by name, that the person may count. Raises ``NotFound`` for who counts nowhere."""
    return segment_queries.segments(person_id=person_id, page_number=1)[1]


def recipients_of_use(*, use_id: UUID) -> tuple[UUID, ...]:
    """Those who may be written to now by the criteria of a line of the register. Raises ``NotFound``,
    and ``Refused`` while the index is being built.
    """
    return segment_queries.recipients_of_use(use_id=use_id)


def create_segment(*, by_id: UUID, draft: SegmentDraft) -> UUID:
    """Writes a segment down. Raises ``NotFound`` outside the person's territories, ``Refused``."""
    return segment_actions.create(by_id=by_id, draft=draft, at=now())


def create_mailing(*, by_id: UUID, draft: MailingDraft, at: datetime) -> UUID:
    """Writes a mailing down, and the use of its segment in the register. Raises as ``use_segment``."""
    return mailing_actions.create(by_id=by_id, draft=draft, at=at)


def send_small_mailing(*, by_id: UUID, mailing_id: UUID, at: datetime) -> None:
    """Tries it on oneself, begins it and sends all of it in this process: for the demonstration and tests.

    Raises what stands in the way, as the pages say it.
    """
    mailing_actions.send_test(by_id=by_id, mailing_id=mailing_id, at=at)
    mailing_actions.schedule(by_id=by_id, mailing_id=mailing_id, moment=None, per_minute=0, at=at)
    mailing_sending.send_all_due(at=at)
    if not has_gateway():
        while mailing_texts.send_due(at=at, pause=lambda **_said: True):
            pass
        mailing_sending.tend(at=at)


def note_sign_up(*, person_id: UUID, came_from: str) -> None:
    """Somebody signed up to something; ``came_from``: the page before, as the browser names it.

    It counts for a mailing when that page was opened by a link of its letters and the person was written to:
    once, and nothing is kept of pages that were only read. No query for any other page.
    """
    code = mailing_text.code_in(came_from)
    if code:
        mailing_actions.note_sign_up(code=code, person_id=person_id, at=now())


def mailings_have_work(*, at: datetime) -> bool:
    """Whether a process that sends mailings would find something to do. Five queries at most."""
    return mailing_sending.has_work(at=at)


def count_in_background() -> None:
    """Says that this process serves pages: a large index is built beside them, and changes are followed."""
    counting.KEEPER.background = True


def rebuild_segments(*, report: Callable[[int, int], None]) -> int:
    """Builds the index in this process and has all others compare theirs with the database.

    Returns how many persons are in it.
    """
    counting.KEEPER.rebuild(report=report)
    changes.note(what=changes.VERIFY, keys=[""])
    with counting.KEEPER.current() as state:
        return len(state.index.everybody)
