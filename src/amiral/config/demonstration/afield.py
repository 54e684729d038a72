"""Teams with the field app: one of yesterday, and one that is out just now, a part of it without network.

So every screen of the field has something to show: visits of phones, what is still on them, objections of
yesterday, pairs, who is out, an address to take care at.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from amiral.cores.sync import MOST_EVENTS, Body, Objection, Phone, Visit, record, sealed
from amiral.kit.ids import new_id
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import CautionCode, Outcome, TurfCard
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft

FLOORS, ON_A_FLOOR = 3, 2
OUTCOMES = [Outcome.NOBODY] * 4 + [Outcome.TALKED] * 4 + [Outcome.REFUSED] * 2 + [Outcome.LEAFLET_LEFT]
LATE = 4
"""Visits of the phone without network that the server knows of and does not have."""


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Who is out with whom: ``team`` begins with the first pair."""

    leader: UUID
    group: UUID
    team: Sequence[UUID]
    points: Sequence[UUID]


def build(*, cast: Cast, turfs: Sequence[TurfCard], now: datetime) -> None:
    """``turfs``: four, held by nobody; two for yesterday, two for today."""
    chance = random.Random(11)  # noqa: S311 (the same doors each time, not a secret)
    evening = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    _yesterday(cast, turfs[:2], evening, chance)
    _today(cast, turfs[2:4], now, chance)


def _shift(cast: Cast, title: str, starts_at: datetime, ends_at: datetime) -> UUID:
    before = starts_at - timedelta(days=2)
    action = mobilisation.create_action(
        by_id=cast.leader,
        group_id=cast.group,
        draft=ActionDraft(
            kind=Kind.DOOR_TO_DOOR,
            title=title,
            place="Quartier de démonstration : centre d’Helsinki, devant la cathédrale",
            commune_id="commune:71270",
            talking_point_ids=tuple(cast.points),
        ),
        shifts=[ShiftDraft(starts_at=starts_at, ends_at=ends_at, capacity=8, needed=4)],
        at=before,
    )
    shift = mobilisation.action(action_id=action).shifts[0].id
    for person in cast.team:
        mobilisation.sign_up(person_id=person, shift_id=shift, at=before, silent=True)
    return shift


def _yesterday(cast: Cast, turfs: Iterable[TurfCard], begun: datetime, chance: random.Random) -> None:
    shift = _shift(cast, "Porte-à-porte d’hier (démonstration)", begun, begun + timedelta(hours=2))
    for turf, carrier in zip(turfs, cast.team, strict=False):
        given = field.assign_turf(by_id=cast.leader, turf_id=turf.id, shift_id=shift, at=begun)
        objections = [
            Objection(turf=turf.id, point=point)
            for place, point in enumerate(cast.points)
            for _again in range(5 - place)
        ]
        said: list[Body] = [*_visits(turf.door_ids, chance), *objections]
        _walked(carrier, given, said, begun=begun, late=0)
        field.take_back(by_id=cast.leader, turf_id=turf.id, at=begun + timedelta(hours=2))


def _today(cast: Cast, turfs: Sequence[TurfCard], now: datetime, chance: random.Random) -> None:
    """The first pair has half of its turf done, the other one walks without network."""
    begun = now - timedelta(hours=1)
    shift = _shift(cast, "Porte-à-porte en cours (démonstration)", begun, now + timedelta(hours=3))
    walks = {
        pair: field.assign_turf(by_id=cast.leader, turf_id=turf.id, shift_id=shift, at=begun)
        for pair, turf in enumerate(turfs, start=1)
    }
    numbers = {person: 1 + place // 2 for place, person in enumerate(cast.team[:4])}
    field.arrange_pairs(by_id=cast.leader, shift_id=shift, numbers=numbers, walks=walks, at=begun)
    for person in cast.team[1:4]:
        field.go_out(person_id=person, shift_id=shift, gesture_id=new_id(), at=begun)
    field.report_caution(
        by_id=cast.leader,
        assignment_id=walks[1],
        door_id=turfs[0].door_ids[-1],
        code=CautionCode.DOG,
        at=begun,
    )
    half = turfs[0].door_ids[: len(turfs[0].door_ids) // 2]
    said: list[Body] = [*_visits(half, chance), Objection(turf=turfs[0].id, point=cast.points[0])]
    _walked(cast.team[1], walks[1], said, begun=begun, late=0)
    _walked(cast.team[2], walks[2], [*_visits(turfs[1].door_ids, chance)], begun=begun, late=LATE)


def _visits(doors: Iterable[UUID], chance: random.Random) -> Iterator[Visit]:
    """Some dwellings of each building, a few seconds to three minutes at each."""
    for door in doors:
        for floor in range(FLOORS, 0, -1):
            for number in range(1, ON_A_FLOOR + 1):
                outcome = chance.choice(OUTCOMES)
                seconds = chance.randint(60, 180) if outcome == Outcome.TALKED else chance.randint(10, 30)
                yield Visit(door=door, outcome=outcome, units=(f"{floor}.{number}",), seconds=seconds)


def _walked(carrier: UUID, assignment_id: UUID, said: Sequence[Body], *, begun: datetime, late: int) -> None:
    """One phone, which recorded all of it and has not sent the last ``late``."""
    enrolled = field.enrol_phone(by_id=carrier, assignment_id=assignment_id, at=begun)
    phone, events = Phone(device=enrolled.device_id, key=enrolled.key), []
    for minute, body in enumerate(said, start=1):
        clock = (begun + timedelta(minutes=minute)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        phone, event = record(phone, body, id=new_id(), at=clock)
        events.append(sealed(event, enrolled.key))
    arrived = events[: len(events) - late]
    for first in range(0, len(arrived), MOST_EVENTS):
        field.take_from_phone(
            token=enrolled.token,
            head=len(events),
            events=arrived[first : first + MOST_EVENTS],
            at=begun + timedelta(minutes=55),
        )
