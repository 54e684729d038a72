"""A member has somebody written to: one single message, no reminder, deletion without an answer.

CNIL, recommendation of 5 January 2012 (JORFARTI000024968752).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit, ports
from amiral.kit.errors import Refused
from amiral.kit.ids import new_secret
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.people import access, letters, queries, texts
from amiral.rooms.people.actions import suppression
from amiral.rooms.people.contact_values import normalised, salted_hash
from amiral.rooms.people.contracts import ContactKind, SuppressionReason
from amiral.rooms.people.models import InvitedOnce, Person, Referral
from amiral.rooms.people.queries import contacts
from amiral.rooms.people.queries.notices import CNIL

ADDRESS_KEPT = timedelta(days=15)
ROW_KEPT = timedelta(days=365)
A_DAY = 5
"""Messages that one member may have sent in a day."""


class TooManyInvited(Refused):
    """One member, many messages: that would be canvassing, not an invitation."""

    def __init__(self) -> None:
        super().__init__(_("You have invited five people today. Invite others tomorrow."))


class LinkOver(Refused):
    """The invitation is answered, or older than fifteen days."""

    def __init__(self) -> None:
        super().__init__(_("This invitation is over: nothing is kept of your address any more."))


def invite(
    *, person_id: UUID, address: str, at: datetime, scope_id: UUID | None = None, scope_name: str = ""
) -> None:
    """Has one message sent, unless the address was ever invited, has an account or refused.

    ``scope_id`` and ``scope_name``: a group into which the inviter may ask; the caller has checked it.

    The inviter is told the same in every case. Raises ``TooManyInvited``.
    """
    inviter = access.access_self(person_id=person_id)
    if not is_allowed(scope="invite", key=str(person_id), limit=A_DAY, window_s=24 * 3600):
        raise TooManyInvited
    value = normalised(kind=ContactKind.EMAIL, value=address)
    if queries.person_id_of(email=value) is None and not _refused_or_known(value):
        _invite(inviter, value, at, scope_id, scope_name)


def _refused_or_known(value: str) -> bool:
    return (
        contacts.is_suppressed(channel=ContactKind.EMAIL, value=value)
        or contacts.holder_of(kind=ContactKind.EMAIL, value=value) is not None
    )


@transaction.atomic
def _invite(inviter: Person, value: str, at: datetime, scope_id: UUID | None, scope_name: str) -> None:
    address_hash = salted_hash(channel=ContactKind.EMAIL, value=value)
    # Of two members who invite one person at once, one creates this row; nobody else ever does.
    _row, is_first = InvitedOnce.objects.get_or_create(address_hash=address_hash)
    if not is_first:
        return
    token = new_secret()
    row = Referral.objects.create(
        inviter=inviter,
        address=value,
        address_hash=address_hash,
        token_hash=texts.fingerprint(token),
        scope_id=scope_id,
        created_at=at,
    )
    _send(row, inviter, token, scope_name)
    audit.record(actor_id=inviter.pk, verb="person.invited", subject_kind="referral", subject_id=row.pk)


def _send(row: Referral, inviter: Person, token: str, scope_name: str) -> None:
    with translation.override(inviter.language):
        body = _(
            "Hello,\n\n"
            "%(name)s, a member of %(campaign)s, asked us to write to you, and gave us your address "
            "for this. This is the only message you get from us: there is no reminder.\n\n"
            "%(into)s"
            "To see what it is about, to join or to refuse:\n\n"
            "%(link)s\n\n"
            "Who keeps your address: %(controller)s, for this invitation only, at the wish of this "
            "member, and for fifteen days; without an answer it is deleted, and only a fingerprint that "
            "names nobody stays, so that you are not written to again. You may ask what is kept, "
            "object and have it erased: %(rights)s. You may complain to the CNIL: %(cnil)s."
        ) % {
            "name": inviter.public_name,
            "campaign": settings.CAMPAIGN_NAME,
            "into": _into(scope_name),
            "link": letters.absolute("people:invitation", token),
            "controller": settings.PUBLISHER or settings.CAMPAIGN_NAME,
            "rights": letters.absolute("people:ask_rights"),
            "cnil": CNIL,
        }
        subject = _("%(name)s invites you") % {"name": inviter.public_name}
    ports.call(
        "send_message",
        to_address=row.address,
        purpose="service",
        subject=f"{subject} – {settings.CAMPAIGN_NAME}",
        body=body,
        idempotency_key=f"referral:{row.pk}",
        person_id=None,
    )


def _into(scope_name: str) -> str:
    if not scope_name:
        return ""
    return _(
        "The invitation is for the group “%(group)s”: whoever joins by it finds his place there.\n\n"
    ) % {"group": scope_name}


def by_link(*, token: str, at: datetime) -> Referral:
    """The invitation behind a link. Raises ``LinkOver``."""
    found = Referral.objects.select_related("inviter").exclude(address="")
    row = found.filter(token_hash=texts.fingerprint(token), created_at__gt=at - ADDRESS_KEPT).first()
    if row is None:
        raise LinkOver
    return row


@transaction.atomic
def refuse(*, token: str, at: datetime) -> None:
    """The invited person wants nothing: the refusal is kept, the address is not. Raises ``LinkOver``."""
    row = by_link(token=token, at=at)
    suppression.suppress(
        channel=ContactKind.EMAIL, value=row.address, reason=SuppressionReason.OBJECTION, at=at
    )
    Referral.objects.filter(pk=row.pk).update(address="")


def purge(*, at: datetime) -> int:
    """Empties addresses after fifteen days, deletes the rows after a year; how many of both.

    That the address was written to once stays known for ever, as a hash without an inviter.
    """
    emptied = (
        Referral.objects.exclude(address="").filter(created_at__lte=at - ADDRESS_KEPT).update(address="")
    )
    return emptied + Referral.objects.filter(created_at__lt=at - ROW_KEPT).delete()[0]
