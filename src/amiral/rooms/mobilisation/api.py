"""The door of this room: ids in, contracts out."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.criteria import Criterion, Facts, Watched
from amiral.kit.relations import Records
from amiral.rooms.mobilisation import access, merging
from amiral.rooms.mobilisation.actions import lead, places
from amiral.rooms.mobilisation.contracts import ActionCard, ActionDraft, ShiftDraft
from amiral.rooms.mobilisation.queries import cards
from amiral.rooms.mobilisation.queries import facts as fact_queries
from amiral.rooms.mobilisation.queries.cards import (
    group_agenda,
    is_in_team,
    own_links,
    shifts_of_groups,
    team_of_shift,
    upcoming_links,
)
from amiral.rooms.mobilisation.queries.cards import shift_by_id as shift
from amiral.rooms.mobilisation.queries.cards import shifts_by_id as shifts
from amiral.rooms.network import api as network

__all__ = [
    "action",
    "cancel_action",
    "cancel_sign_up",
    "create_action",
    "erase_person",
    "export_person",
    "group_agenda",
    "is_in_team",
    "may_manage_action",
    "own_links",
    "purge",
    "segment_criteria",
    "segment_facts",
    "segment_watch",
    "shift",
    "shifts",
    "shifts_of_groups",
    "sign_up",
    "team_of_shift",
    "upcoming_links",
]


def action(*, action_id: UUID) -> ActionCard:
    """One action with its group, shifts and cards, cancelled or not. Raises ``NotFound``."""
    return cards.action_card(action_id=action_id)


def may_manage_action(*, person_id: UUID | None, action_id: UUID) -> bool:
    """Whether the person may change the action. Raises ``NotFound`` for a missing action."""
    row = access.access_action_by_id(person_id=person_id, action_id=action_id)
    return access.may_manage_group(person_id=person_id, group=network.group(group_id=row.group_id))


def create_action(
    *,
    by_id: UUID,
    group_id: UUID,
    draft: ActionDraft,
    shifts: Sequence[ShiftDraft],
    at: datetime | None = None,
) -> UUID:
    """Publishes an action in the name of a group for which ``by_id`` manages actions, else ``NotFound``."""
    return lead.create_action(by_id=by_id, group_id=group_id, draft=draft, shifts=shifts, at=at or now())


def cancel_action(*, by_id: UUID, action_id: UUID, at: datetime | None = None) -> int:
    """Calls an action off; returns how many people were written to."""
    return lead.cancel_action(by_id=by_id, action_id=action_id, at=at or now())


def sign_up(
    *,
    person_id: UUID,
    shift_id: UUID,
    at: datetime | None = None,
    silent: bool = False,
    shows_phone: bool = False,
) -> bool:
    """Gives the person a place; ``False`` when he had it. ``Refused`` says why when there is none.

    ``silent`` sends no confirmation, and an ``at`` in the past fills a shift that is over: demonstration.
    """
    return places.sign_up(
        person_id=person_id, shift_id=shift_id, at=at or now(), silent=silent, shows_phone=shows_phone
    )


def cancel_sign_up(*, person_id: UUID, shift_id: UUID, at: datetime | None = None) -> bool:
    """Gives the place back; ``False`` when there was none. ``Refused`` once the shift has begun."""
    return places.cancel_sign_up(person_id=person_id, shift_id=shift_id, at=at or now())


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The person's sign-ups, for the person (port ``export_person``)."""
    return {"mobilisation": cards.sign_ups_of(person_id=person_id)}


def erase_person(*, person_id: UUID) -> None:
    """Frees the person's seats and deletes the sign-ups (port ``erase_person``)."""
    places.erase_person(person_id=person_id)


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what the retention rules no longer allow to keep (port ``purge``)."""
    return {"mobilisation.SignUp": places.purge(at=at)}


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.merge_person(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.unmerge_person(records=records)


def segment_criteria() -> tuple[Criterion, ...]:
    """What can be asked of persons here (port ``segment_criteria``)."""
    return fact_queries.criteria()


def segment_facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """What segments know of all persons, or of some (port ``segment_facts``)."""
    return fact_queries.facts(person_ids=person_ids)


def segment_watch() -> Watched:
    """The tables whose changes concern segments (port ``segment_watch``)."""
    return fact_queries.watched()
