"""Verbs on mailings: written, tested, scheduled, paused, cancelled; sending is ``mailing_sending``'s."""

import secrets
from collections.abc import Iterator
from dataclasses import astuple
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.kit.ids import new_id
from amiral.rooms.outreach import access, actions
from amiral.rooms.outreach.actions import segments as segment_actions
from amiral.rooms.outreach.contracts import (
    MAILING_TRANSITIONS,
    SERVICE,
    Channel,
    FreePhone,
    MailingDraft,
    MailingState,
    RecipientState,
)
from amiral.rooms.outreach.models import Mailing, MailingFigures, MailingRecipient, Segment
from amiral.rooms.outreach.queries import channels, sms_text
from amiral.rooms.outreach.queries import mailing_text as text
from amiral.rooms.outreach.queries import mailings as queries
from amiral.rooms.outreach.queries import segments as segment_queries
from amiral.rooms.outreach.queries.ballot_rules import free_phone_forbidden
from amiral.rooms.people import api as people

KEPT = timedelta(days=30)
"""How long the recipients of a mailing stay after its end."""
SHARE = 1_000
"""Recipients written down in one transaction."""
CODE_BYTES = 6
MOST_PER_MINUTE = 100_000
LONGEST_TO_FILL = timedelta(minutes=2)
"""How long one process may be busy with a thousand recipients before another takes the list up."""


class WrongState(Refused):
    """The mailing is not where this can be done, or no longer."""

    def __init__(self) -> None:
        super().__init__(
            _("This cannot be done (any more): load the page again to see where the mailing is.")
        )


class ChangedMeanwhile(Refused):
    """Somebody else kept another version in the meantime."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else has changed this mailing in the meantime. Load the page again to see how.")
        )


class NotFit(Refused):
    """Something stands in the way, in the words of the linter."""


class OutsideThePeriod(Refused):
    """The moment is not in the period that the register of targeting names."""

    def __init__(self, row: Mailing) -> None:
        assert row.use is not None
        super().__init__(
            _(
                "The register says that this segment is used from %(start)s to %(end)s: choose a moment in"
                " between, or change the period of the mailing."
            )
            % {"start": date_format(row.use.starts_on), "end": date_format(row.use.ends_on)}
        )


class InThePast(Refused):
    """A moment that is over."""

    def __init__(self) -> None:
        super().__init__(_("This moment is over: choose a later one, or send at once."))


# Writing --------------------------------------------------------------------------------------------


def create(*, by_id: UUID, draft: MailingDraft, at: datetime) -> UUID:
    """Writes a mailing down, and by the same gesture the use of its segment in the register of targeting.

    Raises ``NotFound`` outside one's territories, and as ``segments.use``: nobody can be written to.
    """
    segment = access.access_segment_to_write_to(person_id=by_id, segment_id=draft.segment_id)
    # Before the transaction: the index of segments must not be asked by who wrote and may roll back.
    use_id = segment_actions.use(by_id=by_id, segment_id=segment.pk, intended=draft.intended, at=at)
    return _create(by_id, segment, use_id, draft, at)


@transaction.atomic
def _create(by_id: UUID, segment: Segment, use_id: UUID, draft: MailingDraft, at: datetime) -> UUID:
    row = Mailing.objects.create(
        code=secrets.token_hex(CODE_BYTES),
        owner_id=by_id,
        use_id=use_id,
        created_at=at,
        changed_at=at,
        **_fields(segment, draft),
    )
    _note(by_id, "mailing.created", row.pk, use=str(use_id))
    return row.pk


def _fields(segment: Segment, draft: MailingDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "segment_id": segment.pk,
        "territory_id": segment.territory_id,
        "purpose": draft.intended.purpose,
        "channel": draft.intended.channel,
        "sender_name": draft.sender_name.strip(),
        "subject_fr": draft.french.subject.strip(),
        "body_fr": draft.french.body,
        "subject_en": draft.english.subject.strip(),
        "body_en": draft.english.body,
    }


def _note(by_id: UUID | None, verb: str, mailing_id: UUID, **detail: str) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="mailing", subject_id=mailing_id, **detail)


def change(*, by_id: UUID, mailing_id: UUID, version: int, draft: MailingDraft, at: datetime) -> None:
    """Writes the next version; a draft again. Another aim is another line of the register.

    Raises ``NotFound``, ``WrongState`` once it is scheduled, ``ChangedMeanwhile``, and as ``create``.
    """
    row = access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    if row.state not in {MailingState.DRAFT, MailingState.TEST}:
        raise WrongState
    segment = access.access_segment_to_write_to(person_id=by_id, segment_id=draft.segment_id)
    use_id = row.use_id
    if _aims_elsewhere(row, segment, draft):
        use_id = segment_actions.use(by_id=by_id, segment_id=segment.pk, intended=draft.intended, at=at)
    _change(by_id, row, version, at, use_id=use_id, **_fields(segment, draft))


def _aims_elsewhere(row: Mailing, segment: Segment, draft: MailingDraft) -> bool:
    use, said = row.use, draft.intended
    if use is None or (use.segment_id, use.segment_version) != (segment.pk, segment.version):
        return True
    told = (use.why, use.purpose, use.channel, use.starts_on, use.ends_on, use.cost_cents)
    return told != (said.why, said.purpose, said.channel, said.starts_on, said.ends_on, said.cost_cents)


@transaction.atomic
def _change(by_id: UUID, row: Mailing, version: int, at: datetime, **fields: Any) -> None:
    same = Mailing.objects.filter(
        pk=row.pk, version=version, state__in=[MailingState.DRAFT, MailingState.TEST]
    )
    written = same.update(state=MailingState.DRAFT, version=F("version") + 1, changed_at=at, **fields)
    if not written:
        raise ChangedMeanwhile
    _note(by_id, "mailing.changed", row.pk)


def send_test(*, by_id: UUID, mailing_id: UUID, at: datetime) -> None:
    """Sends the letter of each language to whoever asks, and to nobody else.

    Raises ``NotFound``, ``WrongState`` once it runs, ``NotFit``.
    """
    row = access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    if row.state not in {MailingState.DRAFT, MailingState.TEST, MailingState.SCHEDULED}:
        raise WrongState
    _check_fit(row)
    with transaction.atomic():
        for language in _written(row):
            _enqueue_test(by_id, row, language, at)
        if row.state == MailingState.DRAFT:
            _move(row.pk, MailingState.TEST, version=row.version)
        _note(by_id, "mailing.tested", row.pk)


def _written(row: Mailing) -> Iterator[str]:
    for language in text.LANGUAGES:
        if text.chosen(**queries.card_texts(row), language=language)[0] == language:
            yield language


def _enqueue_test(by_id: UUID, row: Mailing, language: str, at: datetime) -> None:
    if row.channel == Channel.SMS:
        _enqueue_test_sms(by_id, row, language, at)
        return
    letter = queries.preview(row, language=language, person_id=by_id)
    actions.enqueue(
        actions.Draft(
            to_address=people.address_of(person_id=by_id),
            purpose=SERVICE,
            subject=_("[Test] %(subject)s") % {"subject": letter.subject},
            body=letter.text,
            html=letter.html,
            idempotency_key=f"mailing-test:{new_id()}",
            person_id=by_id,
        ),
        at=at,
    )


class NoNumberToTry(Refused):
    """Who tries it has no number that is shown to be his."""

    def __init__(self) -> None:
        super().__init__(_("To try it, give your own number under “How I am reached” and confirm it."))


def _enqueue_test_sms(by_id: UUID, row: Mailing, language: str, at: datetime) -> None:
    """The words alone: what stands around them is added when it leaves, as for everybody."""
    if not channels.reachable(channel=Channel.SMS, person_ids=[by_id]):
        raise NoNumberToTry
    one = people.correspondents(person_ids=[by_id])[by_id]
    values = queries.values(one, communes=queries.commune_names([one]), unsubscribe="")
    texts = queries.card_texts(row)["french" if language == "fr" else "english"]
    actions.enqueue(
        actions.Draft(
            to_address="",
            purpose=SERVICE,
            subject=_("[Test] %(subject)s") % {"subject": row.name},
            body=sms_text.filled(texts.body, values),
            idempotency_key=f"mailing-test:{new_id()}",
            person_id=by_id,
            channel=Channel.SMS,
        ),
        at=at,
    )


def _check_fit(row: Mailing) -> None:
    """Raises ``NotFit`` with every sentence of the linter that stands in the way."""
    stops = [one.sentence for one in queries.lint(queries.card(row)) if one.stops]
    if stops:
        raise NotFit(" ".join(stops))


def _check_free_phone(row: Mailing, at: datetime) -> None:
    """Raises ``FreePhone`` for what leaves in the months before a ballot where it is read."""
    card, texts = queries.card(row), queries.card_texts(row)
    words = " ".join(str(part) for one in texts.values() for part in astuple(one))
    places = (card.territory_id,) if card.territory_id else ()
    why = free_phone_forbidden(text=words, territory_ids=places, at=at)
    if why:
        raise FreePhone(why)


# When and how fast ----------------------------------------------------------------------------------


def schedule(
    *, by_id: UUID, mailing_id: UUID, moment: datetime | None, per_minute: int, at: datetime
) -> None:
    """Lets it leave from a moment on (``None``: now), so many letters a minute (0: as fast as they go).

    Raises ``NotFound``, ``WrongState`` unless its text was tested, ``NotFit``, ``InThePast``,
    ``OutsideThePeriod``.
    """
    row = access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    _check_fit(row)
    starts_at = moment or at
    if starts_at < at - timedelta(minutes=1):
        raise InThePast
    _check_free_phone(row, starts_at)
    if row.use is None or not row.use.starts_on <= timezone.localdate(starts_at) <= row.use.ends_on:
        raise OutsideThePeriod(row) if row.use else WrongState
    with transaction.atomic():
        # The version that was tested and judged fit, and no other that came in between.
        pace = {"per_minute": per_minute, "scheduled_for": starts_at}
        _move(row.pk, MailingState.SCHEDULED, version=row.version, **pace)
        _note(by_id, "mailing.scheduled", row.pk, at=starts_at.isoformat())


def unschedule(*, by_id: UUID, mailing_id: UUID) -> None:
    """Takes the moment back before it comes; the text may then be changed. Raises as ``pause``."""
    _moved_by(by_id, mailing_id, MailingState.TEST, "mailing.unscheduled", scheduled_for=None)


def pause(*, by_id: UUID, mailing_id: UUID) -> None:
    """No further letter leaves, within some seconds. Raises ``NotFound``, ``WrongState``."""
    _moved_by(by_id, mailing_id, MailingState.PAUSED, "mailing.paused")


def resume(*, by_id: UUID, mailing_id: UUID) -> None:
    """Goes on where it stood. Raises as ``pause``."""
    row = access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    if row.state != MailingState.PAUSED:
        raise WrongState
    fresh: dict[str, Any] = {"paced_until": None, "trouble": "", "trouble_count": 0}
    _moved_by(by_id, mailing_id, MailingState.RUNNING, "mailing.resumed", **fresh)


def cancel(*, by_id: UUID, mailing_id: UUID, at: datetime) -> None:
    """Ends it: whoever was not written to is not written to any more. Raises as ``pause``."""
    _moved_by(by_id, mailing_id, MailingState.CANCELLED, "mailing.cancelled", ended_at=at)
    withdraw_cancelled(mailing_id=mailing_id)


@transaction.atomic
def set_pace(*, by_id: UUID, mailing_id: UUID, per_minute: int) -> None:
    """Another number of letters a minute, from the next ones on. Raises ``NotFound``, ``WrongState``."""
    access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    live = [MailingState.SCHEDULED, MailingState.RUNNING, MailingState.PAUSED]
    found = Mailing.objects.filter(pk=mailing_id, state__in=live)
    if not found.update(per_minute=per_minute, paced_until=None):
        raise WrongState
    _note(by_id, "mailing.paced", mailing_id, per_minute=str(per_minute))


@transaction.atomic
def _moved_by(by_id: UUID, mailing_id: UUID, to: MailingState, verb: str, **fields: Any) -> None:
    access.access_mailing_by_id(person_id=by_id, mailing_id=mailing_id)
    _move(mailing_id, to, **fields)
    _note(by_id, verb, mailing_id)


def _move(mailing_id: UUID, to: MailingState, *, version: int | None = None, **fields: Any) -> None:
    """One conditional write along the table of transitions. Raises ``WrongState``."""
    rows = _ready_for(to).filter(pk=mailing_id)
    if version is not None:
        rows = rows.filter(version=version)
    if not rows.update(state=to, **fields):
        raise WrongState


def _ready_for(to: MailingState) -> QuerySet[Mailing]:
    before = [state.value for state, after in MAILING_TRANSITIONS.items() if to in after]
    return Mailing.objects.filter(state__in=before)


# What happens by itself -----------------------------------------------------------------------------


def start_due(*, at: datetime) -> int:
    """Begins the mailings whose moment has come; how many."""
    due = Mailing.objects.filter(state=MailingState.SCHEDULED, scheduled_for__lte=at)
    return due.update(state=MailingState.RUNNING, started_at=at, paced_until=None)


def fill_begun(*, at: datetime) -> int:
    """Writes down the recipients of mailings that have begun; how many were written.

    Killed in the middle it begins again: a recipient's id is made of mailing and person, so that none is
    there twice. One process does it; another takes it up when nothing happened for two minutes.
    """
    unfilled = Mailing.objects.filter(state=MailingState.RUNNING, filled_at=None)
    free = unfilled.exclude(paced_until__gt=at)
    return sum(_fill(row, at) for row in free if _claim(row, at))


def _claim(row: Mailing, at: datetime) -> bool:
    mine = Mailing.objects.filter(pk=row.pk, filled_at=None, paced_until=row.paced_until)
    return bool(mine.update(paced_until=at + LONGEST_TO_FILL))


def _fill(row: Mailing, at: datetime) -> int:
    assert row.use_id is not None
    people_ids = segment_queries.recipients_of_use(use_id=row.use_id)
    for start in range(0, len(people_ids), SHARE):
        share = people_ids[start : start + SHARE]
        MailingRecipient.objects.bulk_create(
            (recipient(mailing_id=row.pk, person_id=one, at=at) for one in share), ignore_conflicts=True
        )
        Mailing.objects.filter(pk=row.pk).update(paced_until=timezone.now() + LONGEST_TO_FILL)
    Mailing.objects.filter(pk=row.pk, filled_at=None).update(filled_at=at, paced_until=None)
    return len(people_ids)


def recipient(*, mailing_id: UUID, person_id: UUID, at: datetime) -> MailingRecipient:
    """The row of a person in a mailing: the same two make the same id, and so the same Message-ID."""
    return MailingRecipient(
        id=uuid5(mailing_id, person_id.hex), mailing_id=mailing_id, person_id=person_id, not_before=at
    )


def finish(*, at: datetime) -> int:
    """Ends the mailings of which nobody waits any more; how many."""
    waiting = MailingRecipient.objects.filter(state=RecipientState.WAITING).values("mailing_id")
    over = Mailing.objects.filter(state=MailingState.RUNNING, filled_at__isnull=False)
    return over.exclude(pk__in=waiting).update(
        state=MailingState.DONE, ended_at=at, trouble="", trouble_count=0
    )


def withdraw_cancelled(*, mailing_id: UUID | None = None) -> int:
    """Whoever waits in a cancelled mailing is written to no more; a letter under way settles first."""
    waiting = MailingRecipient.objects.filter(
        mailing__state=MailingState.CANCELLED, state=RecipientState.WAITING, lease_until=None
    )
    rows = waiting.filter(mailing_id=mailing_id) if mailing_id else waiting
    return rows.update(state=RecipientState.HELD, reason="cancelled")


def note_sign_up(*, code: str, person_id: UUID, at: datetime) -> bool:
    """Somebody who was written to signed up by a link of the letter; counts once. Whether it did."""
    rows = MailingRecipient.objects.filter(
        mailing__code=code, person_id=person_id, state=RecipientState.SENT, signed_up_at=None
    )
    return bool(rows.update(signed_up_at=at))


def purge(*, at: datetime) -> int:
    """Forgets the recipients of mailings that are over since ``KEPT``; their figures stay. How many."""
    over = Mailing.objects.filter(ended_at__lt=at - KEPT, figures=None)
    return sum(_forget(mailing_id, at) for mailing_id in over.values_list("pk", flat=True))


@transaction.atomic
def _forget(mailing_id: UUID, at: datetime) -> int:
    counts = queries.as_json(queries.counted(mailing_id=mailing_id))
    MailingFigures.objects.create(mailing_id=mailing_id, counts=counts, at=at)
    return MailingRecipient.objects.filter(mailing_id=mailing_id).delete()[0]
