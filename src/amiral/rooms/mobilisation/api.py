"""The door of this room: ids in, contracts out."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from amiral.cores.recurrence import Every
from amiral.kit.clock import now
from amiral.kit.criteria import Criterion, Facts, Watched
from amiral.kit.relations import Records
from amiral.rooms.mobilisation import access, merging
from amiral.rooms.mobilisation.actions import (
    attending,
    delegating,
    guests,
    keeping,
    lead,
    places,
    reminders,
    reporting,
    seating,
    series,
    together,
)
from amiral.rooms.mobilisation.actions.moderating import hide_reported, restore_reported
from amiral.rooms.mobilisation.contracts import (
    ActionCard,
    ActionDraft,
    ReportDraft,
    Role,
    ShiftDraft,
    SignUpState,
)
from amiral.rooms.mobilisation.queries import cards, own, reports
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
from amiral.rooms.mobilisation.queries.held import field_actions_held
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people

__all__ = [
    "accept_offer",
    "action",
    "answer_invitation",
    "approve",
    "cancel_action",
    "cancel_sign_up",
    "create_action",
    "decline_offer",
    "delegate_action",
    "erase_person",
    "export_person",
    "field_actions_held",
    "file_report",
    "group_agenda",
    "hide_reported",
    "invite_group",
    "is_in_team",
    "mark_attendance",
    "may_manage_action",
    "own_links",
    "publisher_of",
    "purge",
    "refuse",
    "remind_due",
    "repeat_action",
    "restore_reported",
    "segment_criteria",
    "segment_facts",
    "segment_watch",
    "settle_due",
    "shift",
    "shifts",
    "shifts_of_groups",
    "sign_up",
    "still_wanted",
    "team_of_shift",
    "upcoming_links",
]


def action(*, action_id: UUID) -> ActionCard:
    """One action with its group, shifts and cards, cancelled or not. Raises ``NotFound``."""
    return cards.action_card(action_id=action_id)


def may_manage_action(*, person_id: UUID | None, action_id: UUID) -> bool:
    """Whether the person may change the action: by a mandate over its group, or because it was lent to him.

    Raises ``NotFound`` for a missing action.
    """
    row = access.access_action_by_id(person_id=person_id, action_id=action_id)
    return access.is_delegate(person_id=person_id, action_id=action_id) or access.may_manage_group(
        person_id=person_id, group=network.group(group_id=row.group_id)
    )


def publisher_of(*, action_id: UUID) -> UUID | None:
    """Who published the action, if he is still there. Raises ``NotFound``."""
    return access.access_action_by_id(person_id=None, action_id=action_id).created_by_id


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
    role: Role = Role.VOLUNTEER,
    party: int = 1,
) -> SignUpState:
    """Gives the person a place for ``party`` people, or puts him on the waiting list, or asks the leader;
    answers which. Who is signed up already keeps what he has. ``Refused`` says why it cannot be.

    ``silent`` sends no letter, and an ``at`` in the past fills a shift that is over: demonstration.
    """
    return places.sign_up(
        person_id=person_id,
        shift_id=shift_id,
        at=at or now(),
        silent=silent,
        shows_phone=shows_phone,
        role=role,
        party=party,
    )


def accept_offer(
    *, person_id: UUID, shift_id: UUID, at: datetime | None = None, silent: bool = False
) -> SignUpState:
    """Takes the place that is being offered to the person. ``Refused`` when none is."""
    return places.accept_offer(person_id=person_id, shift_id=shift_id, at=at or now(), silent=silent)


def decline_offer(
    *, person_id: UUID, shift_id: UUID, at: datetime | None = None, silent: bool = False
) -> SignUpState:
    """Lets the place that is being offered to the person go to the next. ``Refused`` when none is."""
    return places.decline_offer(person_id=person_id, shift_id=shift_id, at=at or now(), silent=silent)


def cancel_sign_up(
    *, person_id: UUID, shift_id: UUID, at: datetime | None = None, silent: bool = False
) -> bool:
    """Gives the place back, or leaves the waiting list; ``False`` when there was neither. ``Refused`` once
    the shift has begun.
    """
    return places.cancel_sign_up(person_id=person_id, shift_id=shift_id, at=at or now(), silent=silent)


def approve(*, by_id: UUID, sign_up_id: UUID, at: datetime | None = None) -> SignUpState:
    """A leader says yes to a request: a place, or the waiting list. ``NotFound``, ``Refused``."""
    return attending.approve(by_id=by_id, sign_up_id=sign_up_id, at=at or now())


def refuse(*, by_id: UUID, sign_up_id: UUID, at: datetime | None = None) -> None:
    """A leader says no to a request. ``NotFound``, ``Refused``."""
    attending.refuse(by_id=by_id, sign_up_id=sign_up_id, at=at or now())


def mark_attendance(*, by_id: UUID, sign_up_id: UUID, attended: bool, at: datetime | None = None) -> None:
    """A leader says whether somebody was there. ``NotFound``; ``Refused`` before the start."""
    attending.mark_attendance(by_id=by_id, sign_up_id=sign_up_id, attended=attended, at=at or now())


def settle_due(*, at: datetime, limit: int = 100) -> int:
    """Ends offers whose time is over and makes the next ones; how many shifts it touched (worker's round)."""
    return places.settle_due(at=at, limit=limit)


def still_wanted(*, kind: str, subject_id: UUID, person_id: UUID | None) -> bool | None:
    """Whether a letter about a sign-up or a missing report should still leave (port ``still_wanted``).

    ``None``: not ours.
    """
    if kind == "report":
        return not reports.reported(action_id=subject_id)
    return cards.still_wanted(kind=kind, subject_id=subject_id)


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """The person's sign-ups and what else is kept, for the person (port ``export_person``)."""
    rest = own.everything_else_of(person_id=person_id)
    return {"mobilisation": [*cards.sign_ups_of(person_id=person_id), *rest]}


def erase_person(*, person_id: UUID) -> None:
    """Frees the person's seats and deletes the sign-ups (port ``erase_person``)."""
    places.erase_person(person_id=person_id, at=now())
    guests.forget(addresses=people.marks_of(person_id=person_id).addresses)


def purge(*, at: datetime) -> dict[str, int]:
    """Deletes what the retention rules no longer allow to keep (port ``purge``)."""
    mine = {"mobilisation.SignUp": places.purge(at=at), "mobilisation.GuestRequest": guests.purge(at=at)}
    return mine | keeping.purge(at=at)


def invite_group(*, by_id: UUID, action_id: UUID, group_id: UUID, at: datetime) -> UUID:
    """Asks another group to hold the action too; returns the invitation."""
    return together.invite_group(by_id=by_id, action_id=action_id, group_id=group_id, at=at)


def answer_invitation(*, by_id: UUID, invitation_id: UUID, accepts: bool, at: datetime) -> UUID:
    """Yes or no for the invited group; returns the action."""
    return together.answer_invitation(by_id=by_id, invitation_id=invitation_id, accepts=accepts, at=at)


def delegate_action(*, by_id: UUID, action_id: UUID, person_id: UUID, at: datetime) -> bool:
    """Lends one action to a volunteer of the group; ``False`` when he leads it already."""
    return delegating.delegate_action(by_id=by_id, action_id=action_id, person_id=person_id, at=at)


def repeat_action(
    *,
    by_id: UUID,
    action_id: UUID,
    every: Every,
    until: date,
    at: datetime,
    exceptions: Sequence[date] = (),
) -> int:
    """Makes the action the first of a series; returns how many others were made."""
    return series.repeat_action(
        by_id=by_id, action_id=action_id, every=every, until=until, exceptions=exceptions, at=at
    )


def file_report(*, by_id: UUID, action_id: UUID, draft: ReportDraft, at: datetime) -> UUID:
    """Writes the report of an action, or changes it."""
    return reporting.file_report(by_id=by_id, action_id=action_id, draft=draft, at=at)


def remind_due(*, at: datetime) -> int:
    """Sends the reminders that are due by the clocks of their places; how many shifts. For the worker."""
    return reminders.remind_due(at=at)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    records = merging.merge_person(kept_id=kept_id, absorbed_id=absorbed_id, at=at)
    seating.settle(shift_ids=merging.unsettled(records=records), at=at)
    return records


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.unmerge_person(records=records)
    seating.settle(shift_ids=merging.unsettled(records=records), at=now())


def segment_criteria() -> tuple[Criterion, ...]:
    """What can be asked of persons here (port ``segment_criteria``)."""
    return fact_queries.criteria()


def segment_facts(*, person_ids: Sequence[UUID] | None) -> Iterator[Facts]:
    """What segments know of all persons, or of some (port ``segment_facts``)."""
    return fact_queries.facts(person_ids=person_ids)


def segment_watch() -> Watched:
    """The tables whose changes concern segments (port ``segment_watch``)."""
    return fact_queries.watched()
