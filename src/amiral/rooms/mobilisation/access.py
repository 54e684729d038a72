"""The only way to fetch an action or a shift for a user; missing and forbidden answer alike."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from amiral.kit.errors import NotFound
from amiral.rooms.mobilisation.models import Action, ActionDelegate, Shift
from amiral.rooms.network import api as network
from amiral.rooms.network.contracts import GroupCard
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Ability, Circumstance, Feature, Standing


def may_manage_group(*, person_id: UUID | None, group: GroupCard) -> bool:
    """Whether the person may hold actions in the group's name; one query."""
    return Ability.HOLD_ACTION in abilities(person_id=person_id, group=group)


def abilities(
    *,
    person_id: UUID | None,
    group: GroupCard,
    circumstances: Iterable[Circumstance] = (),
    standings: Iterable[Standing] = (),
) -> frozenset[Ability]:
    """What the person may do to an action of the group; one query."""
    return people.abilities(
        person_id=person_id,
        territory_id=group.territory_id,
        scope_id=group.id,
        standings=standings,
        circumstances=circumstances,
    )


def standings_of(*, person_id: UUID | None, action_id: UUID) -> tuple[Standing, ...]:
    """How the person stands to the action whatever his mandates; one query."""
    return (Standing.DELEGATE,) if is_delegate(person_id=person_id, action_id=action_id) else ()


class Leading(StrEnum):
    """How somebody who manages an action stands to it: leads it himself, or holds it from above."""

    LEADS = "leads"
    FROM_ABOVE = "from-above"


def access_team_by_action_id(*, person_id: UUID | None, action_id: UUID) -> Leading:
    """For the team of an action, by who manages it.

    It is *his* action when his mandate is over the group itself, or over exactly the group's territory, or
    when he published it; whoever holds a larger territory stands above it.
    """
    action = access_managed_action_by_id(person_id=person_id, action_id=action_id)
    group = network.group(group_id=action.group_id)
    of_group = people.may(person_id=person_id, feature=Feature.MANAGE_ACTIONS, scope_id=group.id)
    held = people.territories_held(person_id=person_id, feature=Feature.MANAGE_ACTIONS)
    his = of_group or group.territory_id in held or action.created_by_id == person_id
    his = his or is_delegate(person_id=person_id, action_id=action_id)
    return Leading.LEADS if his else Leading.FROM_ABOVE


def access_group_for_actions_by_id(*, person_id: UUID | None, group_id: UUID) -> GroupCard:
    """A group in whose name the person may hold actions: guards the *choice* in a form, not only the page."""
    group = network.group(group_id=group_id)
    if not may_manage_group(person_id=person_id, group=group):
        raise NotFound
    return group


def access_action_by_id(*, person_id: UUID | None, action_id: UUID) -> Action:
    """Any action, cancelled or not: its page is public, so ``person_id`` is free."""
    try:
        return Action.objects.get(pk=action_id)
    except Action.DoesNotExist:
        raise NotFound from None


def is_delegate(*, person_id: UUID | None, action_id: UUID) -> bool:
    """Whether this one action was lent to the person; one query."""
    if person_id is None:
        return False
    return ActionDelegate.objects.filter(action=action_id, person=person_id).exists()


def access_held_action_by_id(*, person_id: UUID | None, action_id: UUID) -> Action:
    """An action of a group whose actions the person manages: for what a delegate may not do."""
    action = access_action_by_id(person_id=person_id, action_id=action_id)
    access_group_for_actions_by_id(person_id=person_id, group_id=action.group_id)
    return action


def access_managed_action_by_id(*, person_id: UUID | None, action_id: UUID) -> Action:
    """An action of a group whose actions the person manages, or one that was lent to him."""
    action = access_action_by_id(person_id=person_id, action_id=action_id)
    if not is_delegate(person_id=person_id, action_id=action_id):
        access_group_for_actions_by_id(person_id=person_id, group_id=action.group_id)
    return action


def access_shift_by_id(*, person_id: UUID | None, shift_id: UUID) -> Shift:
    """A shift with its action; public like the action's page."""
    try:
        return Shift.objects.select_related("action").get(pk=shift_id)
    except Shift.DoesNotExist:
        raise NotFound from None


def access_managed_shift_by_id(*, person_id: UUID | None, shift_id: UUID) -> Shift:
    """A shift of an action that the person manages, or that was lent to him."""
    shift = access_shift_by_id(person_id=person_id, shift_id=shift_id)
    access_managed_action_by_id(person_id=person_id, action_id=shift.action_id)
    return shift
