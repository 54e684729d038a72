"""From the join form to a confirmed person: nobody exists before the address is confirmed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit.errors import Refused
from amiral.kit.ids import new_id, new_secret
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.people import letters, queries, texts
from amiral.rooms.people.actions.contacts import keep_typed_number
from amiral.rooms.people.actions.persons import AlreadyMember, add_person
from amiral.rooms.people.actions.recruiting import note_joined, source_of
from amiral.rooms.people.contracts import Application, Joined, JoinSource, Newcomer, Way
from amiral.rooms.people.models import JoinRequest

LINK_LIFE = timedelta(days=7)
LETTERS_PER_ADDRESS = 3
LETTERS_WINDOW_S = 3600


class UnknownLink(Refused):
    """No request has this token."""

    def __init__(self) -> None:
        super().__init__(
            _("This link is not complete. Copy it whole from the letter, or fill in the form again.")
        )


class ExpiredLink(Refused):
    """The link was not opened in time."""

    def __init__(self) -> None:
        super().__init__(_("This link has expired: it worked for seven days. Fill in the form again."))


class UsedLink(Refused):
    """The address is confirmed already."""

    def __init__(self) -> None:
        super().__init__(_("This address is confirmed already. You only need to sign in."))


def apply(*, application: Application, at: datetime) -> None:
    """Keeps the application and sends the letter that confirms it; same answer for a known address.

    Past three letters an hour to one address nothing is sent, and nothing is said: the form must not serve
    to flood somebody's mailbox.
    """
    key = texts.fingerprint(application.email)
    if is_allowed(scope="join-address", key=key, limit=LETTERS_PER_ADDRESS, window_s=LETTERS_WINDOW_S):
        _answer(application, at)


@transaction.atomic
def _answer(application: Application, at: datetime) -> None:
    if queries.person_id_of(email=application.email) is not None:
        letters.already_member(email=application.email, language=application.language, key=new_id())
        return
    token = new_secret()
    request = _keep(application, token, at)
    letters.confirm_address(
        email=application.email,
        given_name=application.given_name,
        language=application.language,
        token=token,
        key=request.pk,
    )


def _keep(application: Application, token: str, at: datetime) -> JoinRequest:
    recruiter_id, referral_id = source_of(by=application.by, at=at)
    return JoinRequest.objects.create(
        token_hash=texts.fingerprint(token),
        email=application.email,
        given_name=application.given_name,
        family_name=application.family_name,
        language=application.language,
        postal_code=application.postal_code,
        commune_id=application.commune_id,
        phone=application.phone,
        consents=[
            {"purpose": purpose, "way": way, "text": text} for purpose, way, text in application.consents
        ],
        next_path=application.next_path,
        recruiter_id=recruiter_id,
        referral_id=referral_id,
        shows_name=application.shows_name and recruiter_id is not None,
        created_at=at,
    )


def check_link(*, token: str, at: datetime) -> str:
    """The given name behind a link that can be confirmed; raises one of the errors above."""
    return _usable(token, at).given_name


@transaction.atomic
def confirm(*, token: str, at: datetime) -> Joined:
    """Creates the person, his consents and his place in a group, once, whoever clicks at the same time.

    Raises ``UnknownLink``, ``ExpiredLink``, ``UsedLink``, ``AlreadyMember`` (joined by another letter).
    """
    request = _usable(token, at)
    # The conditional write decides between two clicks; the loser waits for the lock and then sees it used.
    if not JoinRequest.objects.filter(pk=request.pk, confirmed_at=None).update(confirmed_at=at):
        raise UsedLink
    person_id = add_person(
        newcomer=_newcomer(request),
        # Who ticked before there were channels ticked what is sent by e-mail.
        consents=[
            (line["purpose"], Way(line.get("way", Way.EMAIL)), line["text"]) for line in request.consents
        ],
        channel="join form",
        at=at,
        proof=f"letter {request.pk} opened and confirmed; link SHA-256 {request.token_hash}",
    )
    if request.phone:
        keep_typed_number(person_id=person_id, number=request.phone, at=at)
    note_joined(person_id=person_id, request=request, at=at)
    empty_request(request_id=request.pk)
    return Joined(person_id=person_id, next_path=request.next_path)


def _newcomer(request: JoinRequest) -> Newcomer:
    return Newcomer(
        email=request.email,
        given_name=request.given_name,
        family_name=request.family_name,
        language=request.language,
        postal_code=request.postal_code,
        commune_id=request.commune_id,
    )


def _usable(token: str, at: datetime) -> JoinRequest:
    request = usable_request(token=token, source=JoinSource.FORM, at=at)
    if queries.person_id_of(email=request.email) is not None:
        raise AlreadyMember
    return request


def usable_request(*, token: str, source: JoinSource, at: datetime) -> JoinRequest:
    """The request behind a link of a letter. Raises ``UnknownLink``, ``UsedLink``, ``ExpiredLink``."""
    request = JoinRequest.objects.filter(token_hash=texts.fingerprint(token), source=source).first()
    if request is None:
        raise UnknownLink
    if request.confirmed_at is not None:
        raise UsedLink
    if request.created_at < at - LINK_LIFE:
        raise ExpiredLink
    return request


def empty_request(*, request_id: UUID) -> None:
    """Leaves of a confirmed request its hash, so that a second click can be told what happened."""
    JoinRequest.objects.filter(pk=request_id).update(
        email="",
        given_name="",
        family_name="",
        postal_code="",
        commune=None,
        phone="",
        consents=[],
        next_path="",
        recruiter=None,
        referral=None,
        shows_name=False,
    )
