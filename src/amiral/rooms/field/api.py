"""The door of this room: ids in, contracts out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from amiral.kit.clock import now
from amiral.kit.contracts import Link
from amiral.kit.relations import Records
from amiral.rooms.field import actions, merging
from amiral.rooms.field.contracts import (
    BAG_DEFAULT,
    MINUTES_DEFAULT,
    AssignmentCard,
    Bounds,
    CanvassCard,
    CanvassKind,
    Coverage,
    Outcome,
    TurfCard,
)
from amiral.rooms.field.queries import cards, choosing, covering


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


def coverage(*, canvass_id: UUID) -> Coverage:
    """What was done, by turf and by commune, in counts of doors. Raises ``NotFound``. Five queries."""
    return covering.coverage(canvass_id=canvass_id)


def campaign_figures() -> tuple[int, int]:
    """Doors visited and doors planned in the whole campaign. Two counts over whole tables."""
    return covering.campaign_figures()


def links_for_shift(*, shift_id: UUID, person_id: UUID | None) -> list[Link]:
    """Port ``shift_resources``: walk lists, for the phone and to print; empty for outsiders."""
    walks = cards.links_for_shift(shift_id=shift_id, person_id=person_id)
    return walks + cards.tour_links(shift_id=shift_id, person_id=person_id, at=now())


def links_for_file(*, file_id: UUID, kind: str, person_id: UUID | None) -> list[Link]:
    """Port ``file_links``: what those who manage the field may do with an imported file."""
    return choosing.links_for_file(file_id=file_id, kind=kind, person_id=person_id)


def export_person(*, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """What this room still knows a person by, for the person (port ``export_person``)."""
    return {"field": cards.everything_about(person_id=person_id)}


def purge(*, at: datetime) -> dict[str, int]:
    """Empties the volunteer of visits older than thirty days, deletes expired wishes (port ``purge``)."""
    return actions.purge(at=at)


def merge_person(*, kept_id: UUID, absorbed_id: UUID, at: datetime) -> Records:
    """Moves this room's rows to the person who is kept (port ``merge_person``); answers the way back."""
    return merging.RELATIONS.merge(kept_id=kept_id, absorbed_id=absorbed_id, at=at)


def unmerge_person(*, records: Records) -> None:
    """Takes back what ``merge_person`` did in this room (port ``unmerge_person``)."""
    merging.RELATIONS.unmerge(records=records)
