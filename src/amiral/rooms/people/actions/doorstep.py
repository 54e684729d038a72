"""Somebody who opened his door leaves his address, by his own gesture and by nobody else's.

He types it himself, on his own phone or on one that is handed to him, and confirms from the letter. No row of
any table ties him to the door, to the visit or to the canvasser: nothing of them reaches this file. The day
on which he typed is kept, not the hour, so that the times of visits do not tell it either.
"""

from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from amiral.kit import audit
from amiral.kit.ids import new_id, new_secret
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.people import letters, queries, texts
from amiral.rooms.people.actions.consents import write_lines
from amiral.rooms.people.actions.joining import (
    LETTERS_PER_ADDRESS,
    LETTERS_WINDOW_S,
    UsedLink,
    empty_request,
    usable_request,
)
from amiral.rooms.people.actions.suppression import lift
from amiral.rooms.people.contracts import ContactKind, JoinSource, Purpose
from amiral.rooms.people.models import ContactPoint, JoinRequest, Person
from amiral.rooms.people.queries import contacts

CHANNEL = "field"
"""Of the lines of the ledger."""


def leave_address(*, email: str, language: str, text_shown: str, notice_shown: str, at: datetime) -> None:
    """Writes the letter that asks to confirm; nobody exists before. The same is said in every case.

    Nothing leaves for an address that refused, nor past three letters an hour.
    """
    email = email.lower()
    if contacts.is_suppressed(channel=ContactKind.EMAIL, value=email):
        return
    key = texts.fingerprint(email)
    if is_allowed(scope="join-address", key=key, limit=LETTERS_PER_ADDRESS, window_s=LETTERS_WINDOW_S):
        _ask(email, language, text_shown, notice_shown, at)


@transaction.atomic
def _ask(email: str, language: str, text_shown: str, notice_shown: str, at: datetime) -> None:
    token = new_secret()
    consent = {"purpose": Purpose.NEWSLETTER, "text": text_shown, "notice": texts.fingerprint(notice_shown)}
    JoinRequest.objects.create(
        # Not an id in the order of time, which would tell the minute.
        id=uuid4(),
        token_hash=texts.fingerprint(token),
        source=JoinSource.DOORSTEP,
        email=email,
        language=language,
        consents=[consent],
        created_at=at.replace(hour=0, minute=0, second=0, microsecond=0),
    )
    letters.confirm_doorstep(email=email, language=language, text=text_shown, token=token, key=new_id())


def check_link(*, token: str, at: datetime) -> str:
    """The sentence that would be agreed to. Raises ``UnknownLink``, ``ExpiredLink``, ``UsedLink``."""
    return str(_usable(token, at).consents[0]["text"])


@transaction.atomic
def confirm(*, token: str, at: datetime) -> UUID:
    """Writes the consent, once, whoever clicks at the same time; answers whose it is.

    Somebody known by the address, with or without an account, keeps everything he has. Raises as
    ``check_link``.
    """
    request = _usable(token, at)
    if not JoinRequest.objects.filter(pk=request.pk, confirmed_at=None).update(confirmed_at=at):
        raise UsedLink
    person_id = _known(request.email) or _made_once(request, at)
    line = request.consents[0]
    write_lines(
        person_id=person_id,
        lines=[(line["purpose"], line["text"])],
        granted=True,
        channel=CHANNEL,
        at=at,
        proof=f"letter confirmed; link SHA-256 {request.token_hash}; notice SHA-256 {line['notice']}",
    )
    lift(person_id=person_id)
    audit.record(actor_id=person_id, verb="consent.given", subject_kind="person", subject_id=person_id)
    empty_request(request_id=request.pk)
    return person_id


def _usable(token: str, at: datetime) -> JoinRequest:
    return usable_request(token=token, source=JoinSource.DOORSTEP, at=at)


def _known(email: str) -> UUID | None:
    return queries.person_id_of(email=email) or contacts.holder_of(kind=ContactKind.EMAIL, value=email)


def _made_once(request: JoinRequest, at: datetime) -> UUID:
    """Of two letters of one address that are confirmed at once, one makes the contact."""
    try:
        with transaction.atomic():
            return _new_contact(request, at)
    except IntegrityError:
        known = _known(request.email)
        if known is None:
            raise
        return known


def _new_contact(request: JoinRequest, at: datetime) -> UUID:
    """Somebody to write to, without an account, a name or a place."""
    person = Person(email=None, is_active=False, language=request.language, joined_at=at, last_seen_at=at)
    person.informed_at = at  # the notice stood on the page
    person.set_unusable_password()
    person.save(force_insert=True)
    ContactPoint.objects.create(
        person=person, kind=ContactKind.EMAIL, value=request.email, verified_at=at, primary=True
    )
    return person.pk
