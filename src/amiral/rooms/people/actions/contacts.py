"""Keeping a person's contact points in step with the account, and noting what letters met."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.people import access, letters, texts
from amiral.rooms.people.contact_values import NoContactValue, normalised, salted
from amiral.rooms.people.contracts import BounceState, ContactKind
from amiral.rooms.people.models import ContactPoint, Person, PhoneCode
from amiral.rooms.people.queries import contacts

CODE_DIGITS = 6
CODE_TRIES = 5
CODE_LIFE = timedelta(minutes=10)
CODES_AN_HOUR = 3


class NotANumber(Refused):
    """What was typed is no telephone number."""

    def __init__(self) -> None:
        super().__init__(
            _("This is not a telephone number. Write it with all its digits, for example 06 12 34 56 78.")
        )


class NumberTaken(Refused):
    """Another person is reached by this number."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This number cannot be used here. If it is yours, write to us: "
                "the address is in the legal notice."
            )
        )


def account_confirmed(*, person: Person, at: datetime) -> None:
    """Writes the account's address as verified and primary, here and for the sign-in library."""
    address = person.email or ""
    EmailAddress.objects.update_or_create(
        user=person, email=address, defaults={"verified": True, "primary": True}
    )
    ContactPoint.objects.filter(person=person, kind=ContactKind.EMAIL).update(primary=False)
    ContactPoint.objects.update_or_create(
        person=person,
        kind=ContactKind.EMAIL,
        value=address,
        defaults={"verified_at": at, "primary": True, "bounce_state": BounceState.OK},
    )


@transaction.atomic
def set_phone(*, person_id: UUID, typed: str) -> None:
    """Replaces the person's own telephone number; empty removes it. Raises the errors above."""
    access.access_self(person_id=person_id)
    number = _number(typed) if typed.strip() else ""
    mine = ContactPoint.objects.filter(person_id=person_id, kind=ContactKind.PHONE)
    if number and contacts.holder_of(kind=ContactKind.PHONE, value=number) not in {None, person_id}:
        raise NumberTaken
    mine.exclude(value=number).delete()
    PhoneCode.objects.filter(person_id=person_id).exclude(value=number).delete()
    if number:
        point, _created = ContactPoint.objects.get_or_create(
            person_id=person_id, kind=ContactKind.PHONE, value=number, defaults={"primary": True}
        )
        # It is the person's own word from now on: undoing an import leaves it.
        point.import_lines.clear()
    audit.record(actor_id=person_id, verb="person.phone_set", subject_kind="person", subject_id=person_id)


class CodeRefused(Refused):
    """Not the code that was sent, or too late, or too often."""

    def __init__(self) -> None:
        super().__init__(
            _("This code does not work (any more). Check it, or have a new one sent: it works ten minutes.")
        )


class TooManyCodes(Refused):
    """So many codes were sent already."""

    def __init__(self) -> None:
        super().__init__(_("Several codes were sent already. Try again in an hour."))


class NoNumberToShow(Refused):
    """No number, or one that is shown to be his already."""

    def __init__(self) -> None:
        super().__init__(_("Give your number first."))


def send_code(*, person_id: UUID, at: datetime) -> None:
    """Sends a code to the person's number, to show that it is his; the one before no longer works.

    Raises ``NoNumberToShow``, ``TooManyCodes``. A number that answered STOP gets none: it must take that
    back itself.
    """
    access.access_self(person_id=person_id)
    number = _unverified(person_id)
    # By number too: nobody is rung at by several accounts that type his number in turn.
    for key in (str(person_id), texts.fingerprint(number)):
        if not is_allowed(scope="phone-code", key=key, limit=CODES_AN_HOUR, window_s=3600):
            raise TooManyCodes
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    with transaction.atomic():
        PhoneCode.objects.update_or_create(
            person_id=person_id,
            defaults={"value": number, "code_hash": _code_hash(number, code), "tries": 0, "sent_at": at},
        )
        letters.phone_code(person_id=person_id, number=number, code=code)


def _unverified(person_id: UUID) -> str:
    points = ContactPoint.objects.filter(person_id=person_id, kind=ContactKind.PHONE, verified_at=None)
    found = points.order_by("-primary", "-created_at").values_list("value", flat=True).first()
    if found is None:
        raise NoNumberToShow
    return found


def _code_hash(number: str, code: str) -> str:
    return salted(f"phone-code:{number}:{code}")


def confirm_code(*, person_id: UUID, typed: str, at: datetime) -> None:
    """The person typed the code: the number is his. Raises ``CodeRefused``; five tries for one code.

    No transaction around it: a try that fails must stay counted.
    """
    code = "".join(char for char in typed if char.isdigit())
    rows = PhoneCode.objects.filter(person_id=person_id, sent_at__gt=at - CODE_LIFE, tries__lt=CODE_TRIES)
    # Counted before it is compared, so that a burst of tries at one moment is counted too.
    row = rows.first() if rows.update(tries=F("tries") + 1) else None
    if row is None or not hmac.compare_digest(row.code_hash, _code_hash(row.value, code)):
        raise CodeRefused
    _note_shown(person_id, row, at)


@transaction.atomic
def _note_shown(person_id: UUID, row: PhoneCode, at: datetime) -> None:
    points = ContactPoint.objects.filter(person_id=person_id, kind=ContactKind.PHONE, value=row.value)
    points.update(verified_at=at)
    row.delete()
    audit.record(actor_id=person_id, verb="person.phone_shown", subject_kind="person", subject_id=person_id)


def keep_typed_number(*, person_id: UUID, number: str, at: datetime) -> None:
    """A number typed in the join form, not shown to be his yet; nothing where somebody else is reached by it.

    Nothing is said of that: whose number it is is nobody's business.
    """
    if contacts.holder_of(kind=ContactKind.PHONE, value=number) is None:
        has_one = contacts.has_phone(person_id=person_id)
        ContactPoint.objects.create(
            person_id=person_id,
            kind=ContactKind.PHONE,
            value=number,
            primary=not has_one,
            created_at=at,
        )


def keep_shown_number(*, person_id: UUID, number: str, at: datetime) -> None:
    """The same, taken as shown to be his: for the demonstration and for measurements."""
    keep_typed_number(person_id=person_id, number=number, at=at)
    points = ContactPoint.objects.filter(person_id=person_id, kind=ContactKind.PHONE, value=number)
    points.update(verified_at=at)


def _number(typed: str) -> str:
    try:
        return normalised(kind=ContactKind.PHONE, value=typed)
    except NoContactValue:
        raise NotANumber from None


@transaction.atomic
def note_bounce(*, address: str, state: BounceState) -> None:
    """Writes what a letter met; harmless for an address that nobody has. A hard bounce is not softened."""
    try:
        value = normalised(kind=ContactKind.EMAIL, value=address)
    except NoContactValue:
        return
    worse = {BounceState.SOFT: (BounceState.OK,), BounceState.OK: tuple(BounceState)}
    before = worse.get(state, (BounceState.OK, BounceState.SOFT, BounceState.HARD))
    ContactPoint.objects.filter(kind=ContactKind.EMAIL, value=value, bounce_state__in=before).update(
        bounce_state=state
    )


def note_informed(*, person_id: UUID, at: datetime) -> None:
    """Writes that somebody whose data an import brought was told so."""
    note_informed_all(person_ids=[person_id], at=at)


def note_informed_all(*, person_ids: Sequence[UUID], at: datetime) -> None:
    """The same for many, in one statement."""
    Person.objects.filter(pk__in=person_ids, informed_at=None).update(informed_at=at)


def person_known_by(*, email: str) -> Person | None:
    """The person without an account whom an import brought with this address; locked for the caller."""
    holder = contacts.holder_of(kind=ContactKind.EMAIL, value=email)
    return Person.objects.select_for_update().filter(pk=holder, email=None).first() if holder else None
