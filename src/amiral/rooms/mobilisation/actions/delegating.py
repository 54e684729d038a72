"""Lending one single action to somebody without a mandate, and taking it back."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from amiral.kit import audit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.mobilisation.access import access_held_action_by_id
from amiral.rooms.mobilisation.models import Action, ActionDelegate
from amiral.rooms.mobilisation.queries.cards import action_url
from amiral.rooms.mobilisation.queries.holding import delegable_ids
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people

MOST_DELEGATES = 5


class TooManyDelegates(Refused):
    """An action with that many leaders has none."""


def delegate_action(*, by_id: UUID, action_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Lets a volunteer of the group lead this one action; ``False`` when he does already.

    ``NotFound`` for anybody whom the drop-down would not offer. A delegate changes what the action says and
    its shifts, sees the team, marks who came and writes the report; he does not cancel the action, invite
    groups, repeat or copy it, nor delegate further.
    """
    action = access_held_action_by_id(person_id=by_id, action_id=action_id)
    if person_id not in delegable_ids(action=action):
        raise NotFound
    with transaction.atomic():
        others = ActionDelegate.objects.filter(action=action_id).exclude(person=person_id)
        if others.count() >= MOST_DELEGATES:
            raise TooManyDelegates(
                _("At most %(count)d people lead one action beside you.") % {"count": MOST_DELEGATES}
            )
        row, made = ActionDelegate.objects.get_or_create(
            action_id=action_id, person_id=person_id, defaults={"given_by_id": by_id, "given_at": at}
        )
        if made:
            _audit(by_id, "delegate-action", action_id, person_id)
            _tell(action=action, row=row)
    return made


def end_delegation(*, by_id: UUID, action_id: UUID, person_id: UUID) -> bool:
    """Takes the action back; a delegate may give it back himself. ``False`` when there was nothing."""
    if by_id != person_id:
        access_held_action_by_id(person_id=by_id, action_id=action_id)
    with transaction.atomic():
        gone = ActionDelegate.objects.filter(action=action_id, person=person_id).delete()[0] == 1
        if gone:
            _audit(by_id, "end-delegation", action_id, person_id)
    return gone


def _tell(*, action: Action, row: ActionDelegate) -> None:
    with translation.override(people.card(person_id=row.person_id).language):
        words = _("You lead this action now: you can change it, see who comes and write its report.")
        link = settings.PUBLIC_URL + action_url(action.pk)
        outreach.send(
            to_address=people.address_of(person_id=row.person_id),
            person_id=row.person_id,
            purpose="service",
            subject=_("You lead: %(title)s") % {"title": action.title},
            body="\n\n".join([words, action.title, link]) + "\n",
            idempotency_key=f"delegate:{row.pk}",
        )


def _audit(by_id: UUID, verb: str, action_id: UUID, person_id: UUID) -> None:
    audit.record(
        actor_id=by_id, verb=verb, subject_kind="action", subject_id=action_id, person=str(person_id)
    )
