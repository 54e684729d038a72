"""Requests about one's own data: received, identified, carried out, answered in a month (GDPR art. 12)."""

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_secret
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.people import access, texts
from amiral.rooms.people.actions import account, objection, right_letters, suppression
from amiral.rooms.people.contact_values import salted_hash
from amiral.rooms.people.contracts import (
    RIGHT_STEPS,
    ContactKind,
    RightChannel,
    RightKind,
    RightRefusal,
    RightState,
    RightTyped,
    SuppressionReason,
)
from amiral.rooms.people.models import Person, RightsRequest
from amiral.rooms.people.queries import contacts
from amiral.rooms.people.queries import rights as right_queries

ALARM_AFTER = timedelta(days=20)
LINK_LIFE = timedelta(days=7)
KEPT = timedelta(days=3 * 365 + 1)
LETTERS_PER_ADDRESS = 3
LETTERS_WINDOW_S = 3600
MONTHS_MORE = 2


class StepRefused(Refused):
    """The request is in another state."""

    def __init__(self) -> None:
        super().__init__(
            _("This request has moved on meanwhile, or its identity is not proven yet. Look again.")
        )


class NoAddress(Refused):
    """There is nowhere to write to."""

    def __init__(self) -> None:
        super().__init__(_("No e-mail address is known for this request: record what you checked instead."))


class ReasonMissing(Refused):
    """The law asks for a reason."""

    def __init__(self) -> None:
        super().__init__(_("Write the reason: the person will read it."))


class LinkOver(Refused):
    """The link of a request is unknown, used or too old."""

    def __init__(self) -> None:
        super().__init__(
            _("This link works no more: it was used, or is older than seven days. Ask again with the form.")
        )


def month_later(moment: datetime, months: int = 1) -> datetime:
    """The same day of a later month, or its last one, at the end of that day (Regulation 1182/71, art. 3)."""
    day = localtime(moment)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    end = day.replace(year=year, month=month + 1, day=min(day.day, last), tzinfo=None)
    return make_aware(end.replace(hour=23, minute=59, second=59, microsecond=0))


# Arrival ------------------------------------------------------------------------------------------------


def ask(*, typed: RightTyped, language: str, at: datetime) -> None:
    """Somebody asks by the public form: a link goes to the address; the same answer for every address.

    Past three letters an hour to one address nothing is written and nothing is said.
    """
    key = texts.fingerprint(typed.address.lower())
    if not is_allowed(scope="rights-address", key=key, limit=LETTERS_PER_ADDRESS, window_s=LETTERS_WINDOW_S):
        return
    with transaction.atomic():
        row = _receive(typed, language, at)
        _send_link(row, at)


@transaction.atomic
def record(*, by_id: UUID, typed: RightTyped, language: str, at: datetime) -> UUID:
    """A request that came by letter, by telephone …, typed in by those in charge. Raises ``NotFound``."""
    access.access_requests(person_id=by_id, territory_id=typed.territory_id, at=at)
    row = _receive(typed, language, at)
    _note(row, "received", by_id)
    return row.pk


def _receive(typed: RightTyped, language: str, at: datetime) -> RightsRequest:
    holder = contacts.holder_of(kind=ContactKind.EMAIL, value=typed.address) if typed.address else None
    person = Person.objects.filter(pk=holder).first() if holder else None
    received = _arrived(typed, at)
    address = typed.address.lower()
    return RightsRequest.objects.create(
        kind=typed.kind,
        channel=typed.channel,
        territory_id=typed.territory_id or (person.commune_id if person else None),
        person=person,
        address=address,
        address_hash=salted_hash(channel=ContactKind.EMAIL, value=address) if address else "",
        words=typed.words,
        language=person.language if person else language,
        received_at=received,
        due_at=month_later(received),
    )


def _arrived(typed: RightTyped, at: datetime) -> datetime:
    """A letter counts from the day it arrived, not from the day somebody typed it in."""
    if typed.received_on is None:
        return at
    return min(at, make_aware(datetime.combine(typed.received_on, datetime.min.time())))


# Identity -----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_identity(*, by_id: UUID, request_id: UUID, at: datetime) -> None:
    """Sends the link that proves the address is the person's. Raises ``NotFound``, ``NoAddress``."""
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if not row.address:
        raise NoAddress
    _send_link(row, at)
    _note(row, "identity_asked", by_id)


def _send_link(row: RightsRequest, at: datetime) -> None:
    # The hour goes into the link, whose hash is kept: nobody can write a later one into it.
    token = f"{new_secret()}-{int(at.timestamp()):x}"
    again = row.state == RightState.IDENTITY_ASKED
    if not again:
        _step(row, RightState.IDENTITY_ASKED)
    RightsRequest.objects.filter(pk=row.pk).update(token_hash=texts.fingerprint(token))
    right_letters.identity(row=row, token=token)


def by_link(*, token: str, at: datetime) -> RightsRequest:
    """The request behind a link. Raises ``LinkOver``."""
    row = RightsRequest.objects.filter(token_hash=texts.fingerprint(token)).first()
    if row is None or (row.closed_at or _sent_at(token)) < at - LINK_LIFE:
        raise LinkOver
    return row


def _sent_at(token: str) -> datetime:
    """When a link was sent: a letter may be a month old, and its link of today."""
    return datetime.fromtimestamp(int(token.rpartition("-")[2], 16), UTC)


@transaction.atomic
def confirm_identity(*, token: str, at: datetime) -> RightState:
    """The person opened the link: what a machine can do for somebody without an account is done at once.

    An account may have a second factor and a mandate: its owner signs in, or those in charge do it.
    """
    row = by_link(token=token, at=at)
    if row.state == RightState.IDENTITY_ASKED:
        _step(row, RightState.IN_WORK, identity="link")
        if _goes_by_itself(row):
            _do(row, None, at)
            _close(row, None, at)
    row.refresh_from_db()
    return RightState(row.state)


def _goes_by_itself(row: RightsRequest) -> bool:
    has_account = row.person is not None and row.person.email is not None
    return row.kind in {RightKind.OBJECTION, RightKind.ACCESS} or (
        row.kind == RightKind.ERASURE and not has_account
    )


@transaction.atomic
def record_check(*, by_id: UUID, request_id: UUID, note: str, at: datetime) -> None:
    """Those in charge looked for themselves. Raises ``NotFound``, ``ReasonMissing``, ``StepRefused``."""
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if not note.strip():
        raise ReasonMissing
    _step(row, RightState.IN_WORK, identity="check", identity_note=note.strip())
    _note(row, "identity_checked", by_id)


# Work ---------------------------------------------------------------------------------------------------


@transaction.atomic
def extend(*, by_id: UUID, request_id: UUID, reason: str, at: datetime) -> None:
    """Two months more, told with the reason within the first month (GDPR art. 12(3)); once."""
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if not reason.strip():
        raise ReasonMissing
    fresh = RightsRequest.objects.filter(pk=row.pk, extension_reason="", due_at__gte=at, closed_at=None)
    due = month_later(row.received_at, 1 + MONTHS_MORE)
    if not fresh.update(extension_reason=reason.strip(), due_at=due):
        raise StepRefused
    row.refresh_from_db()
    right_letters.extended(row=row)
    _note(row, "extended", by_id)


@transaction.atomic
def carry_out(*, by_id: UUID, request_id: UUID, answer: str, at: datetime) -> None:
    """Does what was asked, tells the person, and closes the request. Raises ``NotFound``, ``StepRefused``.

    A correction is made on the pages where the data stands; ``answer`` says what was done.
    """
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if row.state != RightState.IN_WORK:
        raise StepRefused
    if row.kind == RightKind.CORRECTION and not answer.strip():
        raise ReasonMissing
    _do(row, by_id, at)
    _close(row, by_id, at, answer=answer.strip())


def _do(row: RightsRequest, by_id: UUID | None, at: datetime) -> None:
    if row.kind == RightKind.OBJECTION:
        _object(row, at)
    elif row.kind == RightKind.ERASURE:
        _erase(row, by_id, at)


def _object(row: RightsRequest, at: datetime) -> None:
    if row.person_id:
        objection.object_to_all(person_id=row.person_id, channel="request", at=at)
    elif row.address:
        suppression.suppress(
            channel=ContactKind.EMAIL, value=row.address, reason=SuppressionReason.OBJECTION, at=at
        )


def _erase(row: RightsRequest, by_id: UUID | None, at: datetime) -> None:
    person_id = row.person_id
    if row.person is not None and row.person.email is not None:
        account.erase(person_id=row.person.pk, by_id=by_id, at=at, refuses=True)
    elif person_id:
        account.erase_known(person_id=person_id, by_id=by_id, at=at, refuses=True, wipes=True)
    elif row.address:
        suppression.suppress(
            channel=ContactKind.EMAIL, value=row.address, reason=SuppressionReason.ERASURE, at=at
        )


@transaction.atomic
def refuse(*, by_id: UUID, request_id: UUID, because: RightRefusal, answer: str, at: datetime) -> None:
    """Refuses with a reason of the law, told to the person with his right to complain. Raises as above."""
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if not answer.strip():
        raise ReasonMissing
    _step(row, RightState.REFUSED, refused_because=because)
    _receipt(row, answer.strip())
    _empty(row, by_id, at)
    _note(row, "refused", by_id, because=because.value)


def _close(row: RightsRequest, by_id: UUID | None, at: datetime, *, answer: str = "") -> None:
    _step(row, RightState.DONE)
    _receipt(row, answer)
    _empty(row, by_id, at)
    _note(row, "done", by_id)


def _receipt(row: RightsRequest, answer: str) -> None:
    if row.address:
        right_letters.receipt(row=row, answer=answer)


def _empty(row: RightsRequest, by_id: UUID | None, at: datetime) -> None:
    RightsRequest.objects.filter(pk=row.pk).update(
        address="", words="", identity_note="", closed_at=at, closed_by_id=by_id
    )


def _step(row: RightsRequest, to: RightState, **more: Any) -> None:
    """The next state by one conditional write, so that two clicks do one thing."""
    before = [state for state, after in RIGHT_STEPS.items() if to in after]
    if not RightsRequest.objects.filter(pk=row.pk, state__in=before).update(state=to, **more):
        raise StepRefused
    row.state = to
    for name, value in more.items():
        setattr(row, name, value)


def export_by_link(*, token: str, at: datetime) -> dict[str, Any]:
    """All that is kept of who proved his address by the link. Raises ``LinkOver``, ``NotFound``."""
    row = by_link(token=token, at=at)
    if row.kind != RightKind.ACCESS or not row.identity:
        raise NotFound
    return _exported(row, at)


@transaction.atomic
def export_for(*, by_id: UUID, request_id: UUID, at: datetime) -> dict[str, Any]:
    """The same for those in charge, to hand it over on paper; written in the audit trail."""
    row = access.access_request_by_id(person_id=by_id, request_id=request_id, at=at)
    if row.kind != RightKind.ACCESS or row.state not in {RightState.IN_WORK, RightState.DONE}:
        raise StepRefused
    _note(row, "exported", by_id)
    return _exported(row, at)


def _exported(row: RightsRequest, at: datetime) -> dict[str, Any]:
    if row.person_id is None:
        return {"format": account.EXPORT_FORMAT, "exported_at": at.isoformat(), "people": []}
    return account.export_known(person_id=row.person_id, at=at)


def _note(row: RightsRequest, verb: str, by_id: UUID | None, **detail: str) -> None:
    audit.record(
        actor_id=by_id, verb=f"rights.{verb}", subject_kind="rights-request", subject_id=row.pk, **detail
    )


# Time ---------------------------------------------------------------------------------------------------


def watch(*, at: datetime) -> int:
    """Warns those in charge of every request that is twenty days old; once each. How many."""
    old = RightsRequest.objects.filter(received_at__lte=at - ALARM_AFTER, alarm_at=None, closed_at=None)
    rows = list(old)
    for row in rows:
        _warn(row, at)
    return len(rows)


@transaction.atomic
def _warn(row: RightsRequest, at: datetime) -> None:
    if RightsRequest.objects.filter(pk=row.pk, alarm_at=None).update(alarm_at=at):
        for person in right_queries.in_charge(row=row, at=at):
            right_letters.alarm(row=row, person=person)


def purge(*, at: datetime) -> int:
    """Deletes requests that were answered three years ago."""
    return RightsRequest.objects.filter(closed_at__lt=at - KEPT).delete()[0]


def public_typed(*, kind: RightKind, address: str, words: str) -> RightTyped:
    """What the public form sends."""
    return RightTyped(kind=kind, channel=RightChannel.FORM, address=address, words=words, territory_id=None)
