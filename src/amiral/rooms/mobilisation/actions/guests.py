"""Signing up without an account: typed, confirmed from the letter, then a sign-up like any other.

Nobody exists before the address is confirmed. Then the place is that of whoever is known by the address, with
or without an account; else of a new contact without an account, who becomes the account the day he joins.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.kit.ids import new_secret
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.mobilisation.access import access_shift_by_id
from amiral.rooms.mobilisation.actions import letters, places
from amiral.rooms.mobilisation.contracts import Role
from amiral.rooms.mobilisation.models import GuestRequest, Shift, SignUp
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import ContactKind

LINK_LIFE = timedelta(days=7)
LETTERS_PER_ADDRESS = 3
LETTERS_WINDOW_S = 3600


class UnknownLink(Refused):
    """No request has this token."""

    def __init__(self) -> None:
        super().__init__(_("This link is not complete. Copy it whole from the letter, or sign up again."))


class ExpiredLink(Refused):
    """The link was not opened in time."""

    def __init__(self) -> None:
        super().__init__(_("This link has expired: it worked for seven days. Sign up again."))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody without an account typed; ``consent_text`` is the sentence he ticked, if he did."""

    email: str
    given_name: str
    role: Role = Role.VOLUNTEER
    party: int = 1
    consent_text: str = ""


def ask(*, shift_id: UUID, asked: Asked, language: str, at: datetime) -> None:
    """Writes the letter that confirms the address; nothing exists before. The same is said in every case.

    Nothing leaves for an address that refused everything, nor past three letters an hour. Raises what
    ``places.sign_up`` would, as far as it does not depend on who asks.
    """
    shift = access_shift_by_id(person_id=None, shift_id=shift_id)
    places.check_open(shift=shift, role=asked.role, party=asked.party, at=at)
    email = asked.email.strip().lower()
    if people.is_suppressed(channel=ContactKind.EMAIL, value=email):
        return
    key = _fingerprint(email)
    if is_allowed(scope="guest-address", key=key, limit=LETTERS_PER_ADDRESS, window_s=LETTERS_WINDOW_S):
        _keep(shift, asked, email, language, at)


@transaction.atomic
def _keep(shift: Shift, asked: Asked, email: str, language: str, at: datetime) -> None:
    token = new_secret()
    row = GuestRequest.objects.create(
        token_hash=_fingerprint(token),
        shift=shift,
        email=email,
        given_name=asked.given_name,
        language=language,
        role=asked.role,
        party=asked.party,
        consent_text=asked.consent_text,
        created_at=at,
    )
    _send(row, token)


def _send(row: GuestRequest, token: str) -> None:
    with translation.override(row.language):
        body = _(
            "Hello %(name)s,\n\n"
            "Somebody, probably you, asked for a place with this address:\n\n"
            "%(what)s\n\n"
            "To confirm it, open this link and press the button; until then no place is kept:\n\n"
            "%(link)s\n\n"
            "The link works for seven days. If you asked for nothing, do nothing: "
            "what was typed will be deleted."
        ) % {
            "name": row.given_name,
            "what": f"{row.shift.action.title}\n{letters.when(row.shift)}\n{row.shift.action.place}",
            "link": settings.PUBLIC_URL + reverse("mobilisation:confirm_guest", args=[token]),
        }
        subject = _("Confirm your place: %(title)s") % {"title": row.shift.action.title}
    outreach.send(
        to_address=row.email,
        purpose="service",
        subject=subject,
        body=body + "\n",
        idempotency_key=f"guest:{row.pk}",
    )


def request_by_token(*, token: str, at: datetime) -> GuestRequest:
    """The request behind a link of a letter, answered or not. Raises ``UnknownLink``, ``ExpiredLink``."""
    rows = GuestRequest.objects.select_related("shift__action")
    row = rows.filter(token_hash=_fingerprint(token)).first()
    if row is None:
        raise UnknownLink
    if row.created_at < at - LINK_LIFE:
        raise ExpiredLink
    return row


@transaction.atomic
def confirm(*, token: str, at: datetime) -> UUID:
    """Makes the sign-up, once, whoever clicks at the same time, and answers its id.

    Raises ``UnknownLink``, ``ExpiredLink``, and what ``places.sign_up`` raises.
    """
    row = request_by_token(token=token, at=at)
    # The conditional write decides between two clicks; the second waits for it and finds what the first made.
    if not GuestRequest.objects.filter(pk=row.pk, confirmed_at=None).update(confirmed_at=at):
        return _made_before(row)
    person_id = people.confirmed_guest(
        email=row.email,
        given_name=row.given_name,
        language=row.language,
        consent_text=row.consent_text,
        proof=f"letter {row.pk} opened and confirmed; link SHA-256 {row.token_hash}",
        at=at,
    )
    role, party = Role(row.role), row.party
    places.sign_up(person_id=person_id, shift_id=row.shift_id, at=at, role=role, party=party, guest=True)
    sign_up = SignUp.objects.get(shift=row.shift_id, person=person_id)
    GuestRequest.objects.filter(pk=row.pk).update(email="", given_name="", consent_text="", sign_up=sign_up)
    return sign_up.pk


def _made_before(row: GuestRequest) -> UUID:
    made = GuestRequest.objects.values_list("sign_up_id", flat=True).get(pk=row.pk)
    if made is None:  # erased since
        raise UnknownLink
    return made


def forget(*, addresses: Iterable[str]) -> None:
    """Deletes what was typed with these addresses: their holder is being erased."""
    for address in addresses:
        GuestRequest.objects.filter(email__iexact=address).delete()


def purge(*, at: datetime) -> int:
    """Deletes requests after seven days, confirmed or not."""
    return GuestRequest.objects.filter(created_at__lt=at - LINK_LIFE).delete()[0]


def _fingerprint(text: str) -> str:
    return sha256(text.encode()).hexdigest()
