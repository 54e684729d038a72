"""A member's own link, and who came by it or by a letter that a member had sent."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from amiral.kit import audit, ports
from amiral.kit.ids import new_secret
from amiral.rooms.people import access, texts
from amiral.rooms.people.actions.referrals import ADDRESS_KEPT
from amiral.rooms.people.contact_values import salted_hash
from amiral.rooms.people.contracts import ContactKind, RecruitVia
from amiral.rooms.people.models import JoinRequest, RecruitCode, Recruitment, Referral

CODE_LETTERS = 10
BY_MAX = 80
"""The longest code or letter token that is looked at."""


def code_of(*, person_id: UUID) -> str:
    """The person's own code, made the first time it is asked for."""
    row, _created = RecruitCode.objects.get_or_create(person_id=person_id, defaults={"code": _new_code()})
    return row.code


def _new_code() -> str:
    letters = "".join(sign for sign in new_secret(bytes_of_chance=48) if sign.isalnum())
    return letters[:CODE_LETTERS]


@transaction.atomic
def renew_code(*, person_id: UUID) -> None:
    """The old link brings nobody any more; who came by it stays counted."""
    RecruitCode.objects.update_or_create(person_id=person_id, defaults={"code": _new_code()})
    audit.record(actor_id=person_id, verb="recruit-code.renewed", subject_kind="person", subject_id=person_id)


def link_of(*, code: str, path: str) -> str:
    """The public address of a page with a member's code: who joins from there counts as brought by him."""
    return f"{settings.PUBLIC_URL}{path}{'&' if '?' in path else '?'}par={code}"


def source_of(*, by: str, at: datetime) -> tuple[UUID | None, UUID | None]:
    """``(who brings, by which letter)`` of what stands behind ``par=`` in an address; nobody when unknown."""
    if not by or len(by) > BY_MAX:
        return None, None
    mine = RecruitCode.objects.filter(code=by, person__is_active=True).values_list("person_id", flat=True)
    bringer = mine.first()
    if bringer:
        return bringer, None
    letters = Referral.objects.filter(token_hash=texts.fingerprint(by), created_at__gt=at - ADDRESS_KEPT)
    row = letters.exclude(address="").first()
    return (row.inviter_id, row.pk) if row else (None, None)


@transaction.atomic
def note_joined(*, person_id: UUID, request: JoinRequest, at: datetime) -> None:
    """Writes by whose word somebody joined; the letter to his address is answered, and its address goes.

    Somebody invited into a group by a letter to this very address is placed there (port ``person_invited``).
    """
    to_him = Referral.objects.filter(address_hash=salted_hash(channel=ContactKind.EMAIL, value=request.email))
    to_him.exclude(address="").update(address="")
    if request.recruiter_id is None or request.recruiter_id == person_id:
        return
    letter = to_him.filter(pk=request.referral_id).first() if request.referral_id else None
    scope_id = letter.scope_id if letter else None
    try:
        with transaction.atomic():
            Recruitment.objects.create(
                person_id=person_id,
                recruiter_id=request.recruiter_id,
                via=RecruitVia.LETTER if request.referral_id else RecruitVia.LINK,
                scope_id=scope_id,
                shows_name=request.shows_name,
                at=at,
            )
    except IntegrityError:  # the account that was closed and opened again, or the bringer just left
        return
    if scope_id:
        ports.call(
            "person_invited", person_id=person_id, by_id=request.recruiter_id, scope_id=scope_id, at=at
        )


@transaction.atomic
def note_brought(*, person_id: UUID, by_id: UUID, shows_name: bool, at: datetime) -> None:
    """Writes that ``by_id``'s link brought somebody who has joined already."""
    row = {"recruiter_id": by_id, "via": RecruitVia.LINK, "shows_name": shows_name, "at": at}
    Recruitment.objects.update_or_create(person_id=person_id, defaults=row)


@transaction.atomic
def show_name(*, person_id: UUID, shown: bool) -> None:
    """Whether who brought the person reads his name; of no effect on somebody who came by himself."""
    access.access_self(person_id=person_id)
    if Recruitment.objects.filter(person_id=person_id).update(shows_name=shown):
        audit.record(
            actor_id=person_id,
            verb="recruitment.name-shown" if shown else "recruitment.name-hidden",
            subject_kind="person",
            subject_id=person_id,
        )
