"""The door of this room: ids in, contracts out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.contracts import Link
from amiral.kit.relations import Records
from amiral.rooms.field import actions, merging
from amiral.rooms.field.actions import cautions, enrolling, pairing, presence, syncing, watching
from amiral.rooms.field.contracts import (
    BAG_DEFAULT,
    MINUTES_DEFAULT,
    AssignmentCard,
    Bounds,
    Caller,
    CanvassCard,
    CanvassKind,
    CautionCode,
    Coverage,
    Enrolment,
    Outcome,
    SyncAnswer,
    TurfCard,
)
from amiral.rooms.field.queries import cards, choosing, covering, objecting, phones, safety
from amiral.rooms.talking_points.contracts import ObjectionsOfDay, ObjectionTally


def create_canvass(
    *,
    by_id: UUID,
    group_id: UUID,
    name: str,
    kind: CanvassKind,
    file_id: UUID,
    commune_code: str = "",
    bounds: Bounds | None = None,
    minutes: int = MINUTES_DEFAULT,
    seed: int = 0,
    bag: int = BAG_DEFAULT,
) -> UUID:
    """A canvass without turfs yet, over a commune of an address file, a box of it, or all of it.

    ``NotFound`` unless the person manages the field of the group; ``Refused`` for a choice without
    addresses, or with too many.
    """
    return actions.create_canvass(
        by_id=by_id,
        group_id=group_id,
        name=name,
        kind=kind,
        file_id=file_id,
        commune_code=commune_code,
        bounds=bounds,
        minutes=minutes,
        seed=seed,
        bag=bag,
    )


def start_planning(*, by_id: UUID, canvass_id: UUID) -> UUID:
    """Starts the run that cuts the turfs; answers the run's id. ``Refused`` while the turfs are in use."""
    return actions.start_planning(by_id=by_id, canvass_id=canvass_id)


def plan_now(*, canvass_id: UUID, at: datetime | None = None) -> dict[str, Any]:
    """Cuts the turfs in this process, without asking who; answers the report. For commands and tests."""
    return actions.plan_canvass(canvass_id=canvass_id, progress=lambda done, total: None, at=at or now())


def canvass(*, canvass_id: UUID) -> CanvassCard:
    """One canvass. Raises ``NotFound``. Three queries."""
    return cards.canvass_card(canvass_id=canvass_id)


def turfs(*, canvass_id: UUID) -> tuple[TurfCard, ...]:
    """The turfs by number, each with the ids of its doors in walking order. Two queries."""
    return cards.turf_cards(canvass_id=canvass_id)


def live_assignments(*, canvass_id: UUID) -> tuple[AssignmentCard, ...]:
    """Which shift holds which turf now. One query."""
    return cards.live_assignments(canvass_id=canvass_id)


def assign_turf(*, by_id: UUID, turf_id: UUID, shift_id: UUID, at: datetime | None = None) -> UUID:
    """Gives a turf to the team of a shift; answers the assignment's id, which is also the walk list's.

    ``NotFound`` unless the person manages the field of the canvass' group; ``Refused`` for a shift that is
    over at ``at``, of an action that the person does not manage, or when another team holds the turf.
    """
    return actions.assign_turf(by_id=by_id, turf_id=turf_id, shift_id=shift_id, at=at or now())


def take_back(*, by_id: UUID, turf_id: UUID, at: datetime | None = None) -> None:
    """Takes the turf back from the team that holds it, if any."""
    actions.take_back(by_id=by_id, turf_id=turf_id, at=at or now())


def end_leases(*, at: datetime) -> int:
    """Frees the turfs whose leases ran out; answers how many. The worker calls it every few seconds."""
    return actions.end_leases(at=at)


def record_visit(
    *,
    by_id: UUID,
    assignment_id: UUID,
    door_id: UUID,
    visit_id: UUID,
    outcome: Outcome,
    at: datetime | None = None,
    received_at: datetime | None = None,
    supersedes_id: UUID | None = None,
) -> None:
    """Adds a visit; ``visit_id`` is made by the caller, and sent twice it is stored once.

    ``at`` is the device's clock, ``received_at`` this server's (now, unless a past is being made up for the
    demonstration). ``supersedes_id`` names the visit of the same door that this one corrects.
    """
    actions.record_visit(
        by_id=by_id,
        assignment_id=assignment_id,
        door_id=door_id,
        visit_id=visit_id,
        outcome=outcome,
        at=at,
        received_at=received_at or now(),
        supersedes_id=supersedes_id,
    )


def enrol_phone(*, by_id: UUID, assignment_id: UUID, at: datetime) -> Enrolment:
    """Lets a phone of a member or leader of the team in; its key and its token are told once."""
    return enrolling.enrol_member(by_id=by_id, assignment_id=assignment_id, at=at)


def take_from_phone(*, token: str, head: int, events: Sequence[object], at: datetime) -> SyncAnswer:
    """Takes what the phone of that token brings, at most fifty events, of ``head`` that it recorded."""
    device = syncing.device_by_token(token=token)
    return syncing.receive(device=device, head=head, events=events, has={}, at=at)


def arrange_pairs(
    *,
    by_id: UUID,
    shift_id: UUID,
    numbers: Mapping[UUID, int],
    walks: Mapping[int, UUID | None],
    at: datetime,
) -> None:
    """Says who of a team goes with whom (``numbers``, from 1), and which walk list each pair does."""
    pairing.arrange_pairs(by_id=by_id, shift_id=shift_id, numbers=numbers, walks=walks, at=at)


def go_out(*, person_id: UUID, shift_id: UUID, gesture_id: UUID, at: datetime) -> None:
    """Somebody of the team says that he is out. ``Refused`` long before the shift or after it."""
    caller = Caller(shift_id=shift_id, person_id=person_id)
    presence.go_out(caller=caller, gesture_id=gesture_id, at=at)


def report_caution(
    *, by_id: UUID, assignment_id: UUID, door_id: UUID, code: CautionCode, at: datetime
) -> bool:
    """Flags the address of a door for who comes after; whether other teams see it at once."""
    return cautions.report_caution(
        by_id=by_id, assignment_id=assignment_id, door_id=door_id, code=code, at=at
    )


def coverage(*, canvass_id: UUID) -> Coverage:
    """What was done, by turf and by commune, in counts of doors. Raises ``NotFound``. Five queries."""
    return covering.coverage(canvass_id=canvass_id)


def campaign_figures() -> tuple[int, int]:
    """Doors visited and doors planned in the whole campaign. Two counts over whole tables."""
    return covering.campaign_figures()


def links_for_shift(*, shift_id: UUID, person_id: UUID | None) -> list[Link]:
    """Port ``shift_resources``: walk lists, for the phone and to print; empty for outsiders."""
    walks = cards.links_for_shift(shift_id=shift_id, person_id=person_id)
    return (
        walks
        + (safety.links(shift_id=shift_id) if walks else [])
        + phones.links(shift_id=shift_id, person_id=person_id)
        + cards.tour_links(shift_id=shift_id, person_id=person_id, at=now())
    )


def profile_links(*, person_id: UUID) -> list[Link]:
    """Port ``profile_links``: what a person finds of himself in the field, from his account's page."""
    return phones.profile_links()


def watch_safety(*, at: datetime) -> dict[str, int]:
    """Passes calls for help on that nobody answered, and asks after who is not back; for the worker."""
    return watching.watch(at=at)


def links_for_file(*, file_id: UUID, kind: str, person_id: UUID | None) -> list[Link]:
    """Port ``file_links``: what those who manage the field may do with an imported file."""
    return choosing.links_for_file(file_id=file_id, kind=kind, person_id=person_id)


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """What this room still knows a person by, for the person (port ``export_person``)."""
    return {"field": cards.everything_about(person_id=person_id)}


def frequent_objections(*, day: date) -> ObjectionsOfDay:
    """Port ``frequent_objections``: the five talking points that people objected to most on a day, in the
    whole campaign and by département, where enough stands behind them. Closes what may be closed first."""
    actions.close_everywhere_once(at=now())
    return objecting.of_day(day=day)


def objections_of_days(*, first: date, last: date) -> tuple[ObjectionTally, ...]:
    """What people objected to at doors in these days, in the whole campaign, where enough stands behind it.
    Closes what may be closed first."""
    actions.close_everywhere_once(at=now())
    return objecting.of_days(first=first, last=last)


def close_periods(*, at: datetime) -> None:
    """Closes the periods of the field log that may be closed by now: at a full hour, or at midnight. Looks
    once an hour, however often it is called."""
    actions.close_everywhere_once(at=at)


def erase_person(*, person_id: UUID) -> None:
    """Withdraws the phones of a person who is being erased, so that they wipe what they hold (port
    ``erase_person``); the rest follows with the person's row."""
    syncing.revoke_of(person_id=person_id, at=now())


def purge(*, at: datetime) -> dict[str, int]:
    """Empties the volunteer of visits older than thirty days, deletes expired wishes (port ``purge``)."""
    return actions.purge(at=at)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)
