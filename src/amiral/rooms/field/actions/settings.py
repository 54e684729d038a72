"""What somebody who leads decides for his teams: a canvass that counts only, his number that they may see."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import TeamAccess, access_canvass_by_id, access_team_by_shift_id
from amiral.rooms.field.contracts import OUT_FROM, OUT_UNTIL, Caller
from amiral.rooms.field.models import Canvass, Device, DeviceKind, LeaderPhone
from amiral.rooms.field.queries.safety import willing_leaders
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ShiftCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import DisclosureReason, Feature, PhoneShown


class NoNumber(Refused):
    """There is nothing to show."""

    def __init__(self) -> None:
        super().__init__(_("You have given no telephone number: add it on your account page first."))


@transaction.atomic
def set_counts_only(*, by_id: UUID, canvass_id: UUID, counts_only: bool) -> None:
    """Whether teams of a canvass only count. Raises ``NotFound`` for who does not manage its field."""
    canvass = access_canvass_by_id(person_id=by_id, canvass_id=canvass_id, feature=Feature.MANAGE_FIELD)
    if Canvass.objects.filter(pk=canvass.pk).exclude(counts_only=counts_only).update(counts_only=counts_only):
        audit.record(
            actor_id=by_id,
            verb="counts-only",
            subject_kind="canvass",
            subject_id=canvass.pk,
            only=counts_only,
        )


@transaction.atomic
def set_leader_phone(*, by_id: UUID, shift_id: UUID, shows: bool, at: datetime) -> None:
    """A leader's own choice for an action, taken back at any time. Raises ``NotFound``, ``NoNumber``."""
    team = access_team_by_shift_id(person_id=by_id, shift_id=shift_id, at=at)
    if not team.leads:
        raise NotFound
    action_id = team.shift.action_id
    if shows and not people.has_phone(person_id=by_id):
        raise NoNumber
    if shows:
        row = LeaderPhone(action_id=action_id, person_id=by_id, since=at)
        LeaderPhone.objects.bulk_create([row], ignore_conflicts=True)
    else:
        LeaderPhone.objects.filter(action=action_id, person=by_id).delete()
    audit.record(
        actor_id=by_id, verb="leader-phone", subject_kind="action", subject_id=action_id, shows=shows
    )


def see_leader_phones_without_account(*, caller: Caller, at: datetime) -> dict[UUID, PhoneShown]:
    """The same for a phone or a browser that joined with the number of a list. The receipt says that, and
    which phone of the team it was: its leader sees it in his table, and can withdraw it."""
    shift = mobilisation.shift(shift_id=caller.shift_id)
    phone = None
    if caller.device_id:
        phone = Device.objects.filter(pk=caller.device_id, kind=DeviceKind.PHONE).first()
    words = _("A browser without an account, with the number of a walk list")
    if phone:
        words = _("Phone %(number)d of the team, without an account") % {"number": phone.number}
    return _shown(shift, viewer_id=None, at=at, explanation=words)


def see_leader_phones(*, team: TeamAccess, person_id: UUID, at: datetime) -> dict[UUID, PhoneShown]:
    """Numbers of the leaders who let the teams see them, around the shift only; each leaves a receipt."""
    return _shown(team.shift, viewer_id=person_id, at=at)


def _shown(
    shift: ShiftCard, *, viewer_id: UUID | None, at: datetime, explanation: str = ""
) -> dict[UUID, PhoneShown]:
    if shift.is_cancelled or not shift.starts_at - OUT_FROM <= at < shift.ends_at + OUT_UNTIL:
        return {}
    willing = [one for one in willing_leaders(action_id=shift.action_id) if one != viewer_id]
    if not willing:
        return {}
    return people.show_phones(
        viewer_id=viewer_id,
        person_ids=willing,
        reason=DisclosureReason.TEAM,
        subject_id=shift.action_id,
        subject=shift.action_title,
        explanation=explanation,
    )
