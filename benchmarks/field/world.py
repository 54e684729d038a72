"""A campaign for the proofs: teams, turfs, doors and enrolled phones, straight into the tables.

    python -m benchmarks.field.world --teams 32 --phones 2 --doors 200 --out world.json

The database is the one that the settings name; it is migrated first. The file holds what the phones know:
their id, key and token, and the doors of their turf.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

PLACE = UUID("018f0000-0000-7000-8000-0000000f1e1d")
OBJECTED = UUID(int=7)


@dataclass(frozen=True, kw_only=True)
class PhoneCard:
    """What one phone was given when it was enrolled; ``key`` is hexadecimal, ``number`` that of its list."""

    device: str
    key: str
    token: str
    team: int
    turf: str
    doors: tuple[str, ...]
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class World:
    """The phones, and the canvass that all of them walk."""

    canvass: str
    phones: tuple[PhoneCard, ...]

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def load(path: Path) -> World:
    """A world that ``save`` wrote."""
    said = json.loads(path.read_text(encoding="utf-8"))
    phones = tuple(PhoneCard(**{**phone, "doors": tuple(phone["doors"])}) for phone in said["phones"])
    return World(canvass=said["canvass"], phones=phones)


def prepare(*, teams: int, phones: int, doors: int) -> World:
    """As ``plant``, in a database that may be empty."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return plant(teams=teams, phones=phones, doors=doors)


def plant(*, teams: int, phones: int, doors: int) -> World:
    """``teams`` turfs of ``doors`` doors, each held by a team of its own with ``phones`` phones."""
    from django.db import transaction

    with transaction.atomic():
        canvass, action, leader = _campaign()
        rows = list(_rows(teams, doors, canvass, action))
        _write(rows)
        _sign_up(rows, leader)
    enrolled = _enrol(rows, phones, leader)
    return World(canvass=str(canvass.pk), phones=tuple(enrolled))


def _campaign() -> tuple[Any, Any, Any]:
    from amiral.rooms.field.models import Canvass
    from amiral.rooms.mobilisation.models import Action
    from amiral.rooms.network.models import Group
    from amiral.rooms.people.models import Person
    from amiral.rooms.talking_points.models import TalkingPoint, Theme
    from amiral.rooms.territory.models import Territory, TerritoryClosure

    theme = Theme.objects.create(slug="preuve", name_fr="Preuve", name_en="Proof")
    TalkingPoint.objects.create(pk=OBJECTED, theme=theme)
    commune = Territory.objects.create(
        id="commune:71270", kind="commune", code="71270", name="Mâcon", search_name="macon"
    )
    TerritoryClosure.objects.create(ancestor=commune, descendant=commune, depth=0)
    group = Group.objects.create(kind="local", slug="macon", name="Mâcon", territory=commune)
    leader = Person.objects.create(email="proof@example.org", given_name="Preuve", commune=commune)
    action = Action.objects.create(
        kind="door-to-door", title="Preuve", group=group, commune=commune, place="Mairie"
    )
    canvass = Canvass.objects.create(
        name="Preuve", kind="door-to-door", group=group, address_file_id=PLACE, address_file_name="preuve"
    )
    return canvass, action, leader


def _rows(teams: int, doors: int, canvass: Any, action: Any) -> Iterator[tuple[Any, Any, Any, list[Any]]]:
    """For each team its turf, shift, assignment and doors, not written yet."""
    from amiral.kit.clock import now
    from amiral.rooms.field.models import Assignment, Door, Turf
    from amiral.rooms.mobilisation.models import Shift

    start = now() - timedelta(hours=1)
    for team in range(teams):
        turf = Turf(
            canvass=canvass,
            number=team + 1,
            minutes=120,
            metres=1000,
            walk={
                "type": "LineString",
                "coordinates": [[4.83 + i * 1e-4, 46.3 + team * 1e-5] for i in range(max(2, doors))],
            },
        )
        shift = Shift(
            action=action, starts_at=start, ends_at=start + timedelta(hours=9), capacity=9, needed=1
        )
        assignment = Assignment(turf=turf, shift=shift, list_number=f"{team:08d}", **_lease(Assignment))
        made = [
            Door(
                id=uuid5(PLACE, f"{team}/{i}"),
                turf=turf,
                position=i + 1,
                address_id=f"{team}-{i}",
                label=f"{i + 1} rue {team}",
                number=str(i + 1),
                street=f"rue {team}",
                commune_code="71270",
                longitude=4.83 + i * 1e-4,
                latitude=46.3 + team * 1e-5,
                dwellings=4,
            )
            for i in range(doors)
        ]
        yield turf, shift, assignment, made


def _lease(assignment: Any) -> dict[str, Any]:
    """A lease that lasts as long as the proof."""
    from amiral.kit.clock import now

    names = {field.name for field in assignment._meta.get_fields()}
    return {"until": now() + timedelta(days=7)} if "until" in names else {}


def _write(rows: list[tuple[Any, Any, Any, list[Any]]]) -> None:
    turfs, shifts, assignments, doors = zip(*rows, strict=True)
    for listed in (turfs, shifts, assignments):
        type(listed[0]).objects.bulk_create(listed, batch_size=500)
    type(doors[0][0]).objects.bulk_create([door for made in doors for door in made], batch_size=500)


def _sign_up(rows: list[tuple[Any, Any, Any, list[Any]]], leader: Any) -> None:
    """Whoever carries the phones is in every team: a phone is told nothing once its bearer has left."""
    from amiral.rooms.mobilisation.models import SignUp

    SignUp.objects.bulk_create([SignUp(shift=row[1], person=leader) for row in rows], batch_size=500)


def _enrol(rows: list[tuple[Any, Any, Any, list[Any]]], phones: int, leader: Any) -> Iterator[PhoneCard]:
    from django.db import transaction

    from amiral.kit.clock import now
    from amiral.rooms.field.actions import syncing

    with transaction.atomic():
        for team, (turf, shift, assignment, doors) in enumerate(rows):
            for _ in range(phones):
                made = syncing.enrol(shift_id=shift.pk, person_id=leader.pk, at=now())
                yield PhoneCard(
                    device=str(made.device_id),
                    key=made.key.hex(),
                    token=made.token,
                    team=team,
                    turf=str(turf.pk),
                    doors=tuple(str(door.pk) for door in doors),
                    number=assignment.list_number,
                )


def main() -> None:
    """Prepare and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]  # is there
    parser.add_argument("--teams", type=int, default=4)
    parser.add_argument("--phones", type=int, default=2)
    parser.add_argument("--doors", type=int, default=50)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    import django

    django.setup()
    prepare(teams=options.teams, phones=options.phones, doors=options.doors).save(options.out)


if __name__ == "__main__":
    main()
