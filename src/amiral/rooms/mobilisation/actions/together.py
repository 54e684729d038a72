"""Groups that hold an action together: one asks, the other's leader answers. And copying an action."""

from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.access import (
    access_group_for_actions_by_id,
    access_held_action_by_id,
)
from amiral.rooms.mobilisation.actions.copying import copied
from amiral.rooms.mobilisation.contracts import CoState, State
from amiral.rooms.mobilisation.models import Action, ActionGroup, Shift
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.clocks import at_place, zone_of
from amiral.rooms.network import api as network
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

MOST_GROUPS = 20


class OwnGroup(Refused):
    """The group that holds the action needs no invitation."""


class AskedAlready(Refused):
    """The group has been asked."""


class TooManyGroups(Refused):
    """More groups than a page can name."""


class AnsweredAlready(Refused):
    """The invitation was answered before, or taken back."""


class NothingAhead(Refused):
    """The action is cancelled."""


class PastDay(Refused):
    """The copy would be over."""


def invite_group(*, by_id: UUID, action_id: UUID, group_id: UUID, at: datetime) -> UUID:
    """Asks another group to hold the action too, and writes to those who lead it."""
    action = access_held_action_by_id(person_id=by_id, action_id=action_id)
    group = network.group(group_id=group_id)
    if action.state == State.CANCELLED:
        raise NothingAhead(_("This action is cancelled: nobody can be invited to it any more."))
    if group.id == action.group_id:
        raise OwnGroup(_("This group holds the action already: choose another one."))
    if ActionGroup.objects.filter(action=action_id).count() >= MOST_GROUPS:
        raise TooManyGroups(_("At most %(count)d groups hold an action together.") % {"count": MOST_GROUPS})
    with transaction.atomic():
        row = _ask(action_id, group_id, by_id, at)
        _audit(by_id, "invite-group", action_id, group=str(group_id))
        _tell_leaders(action=action, invitation=row)
    return row.pk


def _ask(action_id: UUID, group_id: UUID, by_id: UUID, at: datetime) -> ActionGroup:
    """A new question; a group that said no may be asked once more."""
    ActionGroup.objects.filter(action=action_id, group=group_id, state=CoState.DECLINED).delete()
    try:
        with transaction.atomic():
            return ActionGroup.objects.create(
                action_id=action_id,
                group_id=group_id,
                state=CoState.INVITED,
                invited_by_id=by_id,
                invited_at=at,
            )
    except IntegrityError:
        raise AskedAlready(_("This group has been invited already.")) from None


def answer_invitation(*, by_id: UUID, invitation_id: UUID, accepts: bool, at: datetime) -> UUID:
    """Yes or no, by whoever manages the actions of the invited group; returns the action."""
    row = ActionGroup.objects.filter(pk=invitation_id).first()
    if row is None:
        raise NotFound
    access_group_for_actions_by_id(person_id=by_id, group_id=row.group_id)
    state = CoState.ACCEPTED if accepts else CoState.DECLINED
    with transaction.atomic():
        open_one = ActionGroup.objects.filter(pk=invitation_id, state=CoState.INVITED)
        if not open_one.update(state=state, answered_by=by_id, answered_at=at):
            raise AnsweredAlready(_("This invitation has been answered already."))
        _audit(by_id, "answer-invitation", row.action_id, group=str(row.group_id), accepts=accepts)
    return row.action_id


def part_from_group(*, by_id: UUID, invitation_id: UUID) -> UUID:
    """Ends holding an action together, asked or agreed, by either side; returns the action."""
    row = ActionGroup.objects.select_related("action").filter(pk=invitation_id).first()
    if row is None:
        raise NotFound
    try:
        access_held_action_by_id(person_id=by_id, action_id=row.action_id)
    except NotFound:
        access_group_for_actions_by_id(person_id=by_id, group_id=row.group_id)
    with transaction.atomic():
        row.delete()
        _audit(by_id, "part-from-group", row.action_id, group=str(row.group_id))
    return row.action_id


def copy_action(*, by_id: UUID, action_id: UUID, group_id: UUID, day: date, at: datetime) -> UUID:
    """The same action again: its first shift on ``day``, the others as many days after it as before.

    ``group_id``: any group in whose name the person may act, else ``NotFound``. Nobody is signed up.
    """
    original = access_held_action_by_id(person_id=by_id, action_id=action_id)
    access_group_for_actions_by_id(person_id=by_id, group_id=group_id)
    first = first_day(action=original)
    if day < at_place(at, commune_id=original.commune_id).date():
        raise PastDay(_("This day is behind us: choose a later one."))
    with transaction.atomic():
        copy_id = copied(
            original=original,
            by_id=by_id,
            group_id=group_id,
            by=day - first,
            zone=zone_of(commune_id=original.commune_id),
            at=at,
        )
        _audit(by_id, "copy-action", copy_id, copied_from=str(action_id))
    return copy_id


def first_day(*, action: Action) -> date:
    """The day of its first shift that is not called off, by the clocks of the place."""
    open_ones = Shift.objects.filter(action=action.pk, state=State.PUBLISHED).order_by("starts_at")
    shift = open_ones.first()
    if shift is None:
        raise NothingAhead(_("Every shift of this action is cancelled: create a new action."))
    return at_place(shift.starts_at, commune_id=action.commune_id).date()


def _tell_leaders(*, action: Action, invitation: ActionGroup) -> None:
    """A letter to each who leads the invited group, in his language: it concerns his mandate."""
    names = network.groups(group_ids=[action.group_id, invitation.group_id])
    for mandate in people.holders(scope_id=invitation.group_id):
        with translation.override(people.card(person_id=mandate.person_id).language):
            words = {"group": names[action.group_id].name, "mine": names[invitation.group_id].name}
            asked = _("%(group)s invites %(mine)s to hold this action together.") % words
            hint = _("Say yes or no on its page: with a yes it stands in your group’s agenda too.")
            link = settings.PUBLIC_URL + action_url(action.pk)
            outreach.send(
                to_address=people.address_of(person_id=mandate.person_id),
                person_id=mandate.person_id,
                purpose="service",
                subject=_("Invitation: %(title)s") % {"title": action.title},
                body="\n\n".join([asked, action.title, hint, link]) + "\n",
                idempotency_key=f"co-organise:{invitation.pk}:{mandate.person_id}",
            )


def _audit(by_id: UUID, verb: str, action_id: UUID, **detail: object) -> None:
    audit.record(actor_id=by_id, verb=verb, subject_kind="action", subject_id=action_id, **detail)
