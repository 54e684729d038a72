"""Builds the demonstration through the rooms' doors, as people would have done it, at chosen moments."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from amiral.config.demonstration import (
    afar,
    afield,
    ballots,
    circles,
    content,
    debates,
    linked,
    mailings,
    mobilised,
    mouth,
    rounds,
    seats,
    segments,
    silence,
    supervised,
    supporters,
    talk,
    texts,
)
from amiral.config.demonstration.extract import helsinki
from amiral.kit.ids import new_id
from amiral.rooms.field import api as field
from amiral.rooms.field.contracts import CanvassKind, Outcome
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.network import api as network
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Purpose, Role
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import FileKind

DOMAIN = "demonstration.example"
QUARTER = "Helsinki (centre)"
ATTRIBUTION = "© OpenStreetMap contributors, ODbL"
OUTCOMES = (
    [Outcome.NOBODY] * 9
    + [Outcome.TALKED] * 6
    + [Outcome.REFUSED] * 3
    + [Outcome.LEAFLET_LEFT] * 4
    + [Outcome.COME_BACK] * 2
    + [Outcome.DO_NOT_COME_BACK]
)
Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account that visitors of the demonstration may use."""

    role: str
    email: str
    second_factor: bool


ACCOUNTS = (
    Account(role="administrator", email=f"administration@{DOMAIN}", second_factor=True),
    Account(role="coordinator of Saône-et-Loire", email=f"coordination71@{DOMAIN}", second_factor=True),
    Account(role="leader of the group of Mâcon", email=f"animation.macon@{DOMAIN}", second_factor=True),
    Account(role="volunteer in Mâcon", email=f"volontaire@{DOMAIN}", second_factor=False),
)


@dataclass(frozen=True, kw_only=True)
class World:
    """What the steps hand to each other."""

    administrator: UUID
    coordinator: UUID
    leader: UUID
    volunteer: UUID
    groups: dict[str, UUID]
    crowd: tuple[UUID, ...]


def is_built() -> bool:
    """Whether this database already holds the demonstration's quarter or any other address file."""
    return bool(territory.reference_files(kind=FileKind.ADDRESSES))


@transaction.atomic
def build(*, now: datetime, say: Say) -> None:
    """Builds the whole demonstration. ``now`` is the present; actions lie around it.

    All or nothing: an interrupted build leaves an empty database, and the next call begins again.
    """
    say("France: communes, postal codes, départements")
    territory.load_referential(front_dir=Path(settings.FRONT_DIR))
    network.create_departement_groups()
    say("Fictional persons and their groups, in the real communes of Saône-et-Loire")
    world = _persons(chance=random.Random(71))  # noqa: S311 (a fixed cast, not a secret)
    points = _talking_points(world, now=now)
    _feed(world, now=now)
    talk.build(
        leader=world.leader,
        volunteer=world.volunteer,
        crowd=world.crowd,
        group_id=world.groups["71270"],
        at=now - timedelta(days=1, hours=2),
        now=now,
    )
    circles.build(coordinator=world.coordinator, leader=world.leader, volunteer=world.volunteer, now=now)
    afar.build(
        administrator=world.administrator, leader=world.leader, group_id=world.groups["71270"], now=now
    )
    supervised.build(
        administrator=world.administrator,
        coordinator=world.coordinator,
        volunteer=world.volunteer,
        crowd=world.crowd,
        group_id=world.groups["71270"],
        point_id=points[0],
        now=now,
    )
    say("Actions, shifts and sign-ups")
    past, shift = _actions(world, points=points, now=now)
    mobilised.build(
        leader=world.leader,
        volunteer=world.volunteer,
        other_leader=world.coordinator,
        group_id=world.groups["71270"],
        other_group_id=world.groups[content.LOCAL_GROUPS[1][0]],
        past_action_id=mobilisation.shift(shift_id=past).action_id,
        starts_at=_saturday(now=now, weeks=0, hour=9),
        now=now,
    )
    seats.build(
        leader=world.leader,
        volunteer=world.volunteer,
        crowd=world.crowd,
        group_id=world.groups["71270"],
        starts_at=_saturday(now=now, weeks=1, hour=9),
        now=now,
    )
    segments.say_what_they_can_do(persons=world.crowd, chance=random.Random(7))  # noqa: S311 as above
    supporters.build(coordinator=world.coordinator, domain=DOMAIN, now=now)
    mouth.build(
        administrator=world.administrator,
        coordinator=world.coordinator,
        leader=world.leader,
        volunteer=world.volunteer,
        crowd=world.crowd,
        certified=world.groups["71270"],
        waiting=world.groups["71076"],
        now=now,
    )
    counted = segments.build(coordinator=world.coordinator, now=now)
    mailings.build(coordinator=world.coordinator, segments=counted, now=now)
    texts.build(
        coordinator=world.coordinator,
        volunteer=world.volunteer,
        persons=world.crowd,
        segment=counted[1],
        now=now,
    )
    debates.build(coordinator=world.coordinator, member=world.volunteer, now=now)
    linked.build(coordinator=world.coordinator, crowd=world.crowd, now=now)
    silence.build(
        administrator=world.administrator,
        leader=world.leader,
        crowd=world.crowd,
        group_id=world.groups["71270"],
        now=now,
    )
    say("Invented results of two invented ballots, by polling station")
    ballots.build(administrator=world.administrator, now=now, chance=random.Random(5))  # noqa: S311 as above
    say(f"Addresses and streets of {QUARTER}, {ATTRIBUTION}")
    _field(world, past_shift=past, next_shift=shift, points=points, now=now, say=say)


def _persons(*, chance: random.Random) -> World:
    chosen = {
        "administrator": _add(ACCOUNTS[0].email, "Amirale", "Exemple"),
        "coordinator": _add(ACCOUNTS[1].email, "Sacha", "Modèle"),
    }
    people.grant_mandate(
        by_id=None, person_id=chosen["administrator"], role=Role.ADMINISTRATOR, territory_id="pays:FR"
    )
    people.grant_mandate(
        by_id=chosen["administrator"],
        person_id=chosen["coordinator"],
        role=Role.COORDINATOR,
        territory_id="departement:71",
    )
    groups = {
        code: network.create_local_group(
            by_id=chosen["coordinator"], name=name, commune_id=f"commune:{code}", presentation=presentation
        )
        for code, name, presentation, _, _ in content.LOCAL_GROUPS
    }
    chosen["leader"] = _add(ACCOUNTS[2].email, "Camille", "Fictif")
    people.grant_mandate(
        by_id=chosen["coordinator"],
        person_id=chosen["leader"],
        role=Role.GROUP_LEADER,
        territory_id="commune:71270",
        scope_id=groups["71270"],
        scope_name=content.LOCAL_GROUPS[0][1],
    )
    chosen["volunteer"] = _add(ACCOUNTS[3].email, "Lou", "Essai", consents=(Purpose.ACTIONS,))
    return World(**chosen, groups=groups, crowd=_crowd(chance))


def _add(email: str, given_name: str, family_name: str, consents: tuple[Purpose, ...] = ()) -> UUID:
    """One of the named accounts, who live in Mâcon."""
    return people.add_confirmed_person(
        email=email,
        given_name=given_name,
        family_name=family_name,
        postal_code="71000",
        commune_id="commune:71270",
        consents=consents,
    )


def _crowd(chance: random.Random) -> tuple[UUID, ...]:
    """Some seventy supporters of the département, half of them in Mâcon."""
    codes = [code for code, *_ in content.LOCAL_GROUPS]
    postal_codes = territory.postal_codes(territory_ids=[f"commune:{code}" for code in codes])
    persons = []
    for number, given_name in enumerate(content.GIVEN_NAMES * 2):
        commune_id = f"commune:{codes[0] if number % 2 else chance.choice(codes)}"
        persons.append(
            people.add_confirmed_person(
                email=f"personne{number:02}@{DOMAIN}",
                given_name=given_name,
                family_name=chance.choice(content.FAMILY_NAMES),
                postal_code=postal_codes[commune_id][0],
                commune_id=commune_id,
                consents=(Purpose.ACTIONS, Purpose.NEWSLETTER) if chance.random() < 0.7 else (),
            )
        )
    return tuple(persons)


def _talking_points(world: World, *, now: datetime) -> tuple[UUID, ...]:
    for position, (slug, name_fr, name_en) in enumerate(content.THEMES):
        talking_points.create_theme(
            by_id=world.administrator, name_fr=name_fr, name_en=name_en, slug=slug, position=position
        )
    for card in content.CARDS:
        version = talking_points.draft(
            by_id=world.coordinator,
            theme=card.theme,
            short_line=card.short_line,
            body=card.body.strip(),
            sources=[Source(title=title, url=url, on=on) for title, url, on in card.sources],
            valid_until=now.date() + timedelta(days=365),
            at=now - timedelta(days=20),
        )
        talking_points.approve(by_id=world.administrator, version_id=version, at=now - timedelta(days=19))
    return tuple(card.point_id for card in talking_points.approved(language="fr"))


def _feed(world: World, *, now: datetime) -> None:
    """One talk in the evening of some days before the last Saturday action, the last on its own evening."""
    group = world.groups["71270"]
    evening = _saturday(now=now, weeks=-1, hour=18)
    for days, body, answer in zip((10, 2, 0), content.POSTS, content.COMMENTS, strict=True):
        at = evening - timedelta(days=days)
        post = network.publish(author_id=world.leader, group_id=group, body=body, at=at)
        network.comment(author_id=world.volunteer, post_id=post, body=answer, at=at + timedelta(minutes=40))


def _saturday(*, now: datetime, weeks: int, hour: int) -> datetime:
    """A Saturday at ``hour`` of the campaign's clocks: 0 is the next after today, -1 the last before."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    ahead = (5 - local.weekday()) % 7 or 7
    back = (local.weekday() - 5) % 7 or 7
    days = ahead + 7 * weeks if weeks >= 0 else 7 * (weeks + 1) - back
    return (local + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)


def _shift(starts_at: datetime, *, hours: int = 2, capacity: int = 12, needed: int = 4) -> ShiftDraft:
    return ShiftDraft(
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=hours), capacity=capacity, needed=needed
    )


def _actions(world: World, *, points: tuple[UUID, ...], now: datetime) -> tuple[UUID, UUID]:
    """Creates the actions; returns the shift of last week and that of next Saturday in the quarter."""
    before = now - timedelta(days=15)
    quarter = ActionDraft(
        kind=Kind.DOOR_TO_DOOR,
        title="Porte-à-porte du quartier de démonstration",
        place="Quartier de démonstration : centre d’Helsinki, devant la cathédrale",
        commune_id="commune:71270",
        description=content.QUARTER_DESCRIPTION,
        talking_point_ids=points,
    )
    first, second = (
        mobilisation.create_action(
            by_id=world.leader,
            group_id=world.groups["71270"],
            draft=quarter,
            shifts=[_shift(_saturday(now=now, weeks=weeks, hour=10))],
            at=before,
        )
        for weeks in (-1, 0)
    )
    past, following = (mobilisation.action(action_id=action).shifts[0] for action in (first, second))
    for number, person in enumerate((world.leader, world.volunteer, *world.crowd[:5])):
        shows = 0 < number < 5
        if shows:
            people.set_phone(person_id=person, typed=f"03 53 01 00 {number:02}")  # kept for fiction (Arcep)
        mobilisation.sign_up(person_id=person, shift_id=past.id, at=before, silent=True, shows_phone=shows)
        mobilisation.sign_up(person_id=person, shift_id=following.id, at=now, silent=True, shows_phone=shows)
    _tomorrow(world, at=now)
    for number, (code, name, _, longitude, latitude) in enumerate(content.LOCAL_GROUPS):
        _local_action(
            world, number=number, code=code, name=name, at=(longitude, latitude), points=points, now=now
        )
    return past.id, following.id


def _tomorrow(world: World, *, at: datetime) -> None:
    """An action near enough, whatever the day, for its leader to see the numbers of those who show them."""
    starts_at = at.astimezone(ZoneInfo(settings.TIME_ZONE)) + timedelta(days=1)
    action = mobilisation.create_action(
        by_id=world.leader,
        group_id=world.groups["71270"],
        draft=ActionDraft(
            kind=Kind.LEAFLET_DROP,
            title="Boîtage de demain : Mâcon",
            place="Devant la mairie",
            commune_id="commune:71270",
        ),
        shifts=[_shift(starts_at.replace(hour=18, minute=0, second=0, microsecond=0), capacity=6, needed=3)],
        at=at,
    )
    shift = mobilisation.action(action_id=action).shifts[0]
    for person in (world.volunteer, *world.crowd[:2]):
        mobilisation.sign_up(person_id=person, shift_id=shift.id, at=at, silent=True, shows_phone=True)


def _local_action(
    world: World,
    *,
    number: int,
    code: str,
    name: str,
    at: tuple[float, float],
    points: tuple[UUID, ...],
    now: datetime,
) -> None:
    kind = Kind.LEAFLET_DROP if number % 3 == 2 else Kind.DOOR_TO_DOOR
    words = "Boîtage" if kind == Kind.LEAFLET_DROP else "Porte-à-porte"
    action = mobilisation.create_action(
        by_id=world.coordinator,
        group_id=world.groups[code],
        draft=ActionDraft(
            kind=kind,
            title=f"{words} : {name}",
            place="Devant la mairie",
            commune_id=f"commune:{code}",
            longitude=at[0],
            latitude=at[1],
            talking_point_ids=points,
        ),
        shifts=[
            _shift(_saturday(now=now, weeks=number % 2, hour=10), capacity=8 + number),
            _shift(_saturday(now=now, weeks=number % 2, hour=14), capacity=8 + number),
        ],
        at=now,
    )
    morning = mobilisation.action(action_id=action).shifts[0]
    for person in world.crowd[number : number + 3 + number % 4]:
        mobilisation.sign_up(person_id=person, shift_id=morning.id, at=now, silent=True)


def _field(
    world: World, *, past_shift: UUID, next_shift: UUID, points: tuple[UUID, ...], now: datetime, say: Say
) -> None:
    extract = helsinki()
    addresses = territory.import_addresses_file(
        path=extract, name=QUARTER, attribution=ATTRIBUTION, imported_by_id=world.administrator
    )
    territory.import_streets_file(
        path=extract, name=QUARTER, attribution=ATTRIBUTION, imported_by_id=world.administrator
    )
    say("Cutting the quarter into turfs of two hours, each with a walk")
    canvass = field.create_canvass(
        by_id=world.leader,
        group_id=world.groups["71270"],
        name=f"Quartier de démonstration, {QUARTER}",
        kind=CanvassKind.DOOR_TO_DOOR,
        file_id=addresses.file_id,
    )
    field.plan_now(canvass_id=canvass)
    turfs = field.turfs(canvass_id=canvass)
    chance = random.Random(2)  # noqa: S311 (the same doors each time)
    last_week = _saturday(now=now, weeks=-1, hour=10)
    for turf in turfs[:5]:
        given = field.assign_turf(
            by_id=world.leader, turf_id=turf.id, shift_id=past_shift, at=last_week - timedelta(days=1)
        )
        share = chance.choice((0.55, 0.8, 1.0, 1.0))
        for number, door in enumerate(turf.door_ids[: int(share * len(turf.door_ids))]):
            moment = last_week + timedelta(minutes=2 * number)
            field.record_visit(
                by_id=world.leader,
                assignment_id=given,
                door_id=door,
                visit_id=new_id(),
                outcome=chance.choice(OUTCOMES),
                at=moment,
                received_at=moment,
            )
        field.take_back(by_id=world.leader, turf_id=turf.id, at=last_week + timedelta(hours=3))
    for turf in turfs[5:8]:
        field.assign_turf(by_id=world.leader, turf_id=turf.id, shift_id=next_shift, at=now)
    say("Two teams with the field app: yesterday's, and one that is out just now")
    team = (world.volunteer, *world.crowd[5:8])
    cast = afield.Cast(leader=world.leader, group=world.groups["71270"], team=team, points=points)
    afield.build(cast=cast, turfs=turfs[8:12], now=now)
    say("Cutting the streets around the cathedral into leaflet rounds")
    rounds.build(
        leader=world.leader,
        group=world.groups["71270"],
        file_id=addresses.file_id,
        past_shift=past_shift,
        next_shift=next_shift,
        begun_at=last_week,
        now=now,
    )
