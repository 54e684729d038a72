"""A small quarter of Mâcon, written by hand: two streets that cross, and a planned canvass."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from amiral.cores.walk import Parameters, Problem, Stop, plan
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.contracts import AssignmentCard, CanvassKind, Outcome, TurfCard
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind, ShiftDraft
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.contracts import StreetLine
from tests.conftest import NOON, Cast
from tests.cores.walk.builders import grid, grid_doors

SATURDAY = NOON + timedelta(days=3)

HEADER = "id;numero;rep;nom_voie;code_insee;nom_commune;lon;lat"
WEST, SOUTH = 4.8300, 46.3060


def street(name: str, *points: tuple[float, float]) -> StreetLine:
    """A street as a map draws it."""
    return StreetLine(
        geometry={"type": "LineString", "coordinates": [list(point) for point in points]},
        name=name,
        kind="residential",
    )


def address_lines(count: int, *, commune: str = "71270", prefix: str = "a") -> list[str]:
    """Addresses along rue de la Barre and, from the 21st on, rue Carnot: twenty metres apart."""
    lines = []
    for i in range(count):
        street = "Rue de la Barre" if i < 20 else "Rue Carnot"
        lon, lat = (WEST + i * 0.00026, SOUTH) if i < 20 else (WEST + 0.0025, SOUTH + (i - 19) * 0.00018)
        rep = "bis" if i == 1 else ""
        lines.append(f"{prefix}{i};{i + 1};{rep};{street};{commune};Mâcon;{lon:.6f};{lat:.6f}")
    return lines


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """The planner's inner loops, before a run's lease has to be renewed while they are compiled."""
    for streets in (None, grid(3)):
        problem = Problem(doors=grid_doors(3), streets=streets)
        plan(problem=problem, parameters=Parameters(minutes=30), stop=Stop(trials_per_door=1))


@pytest.fixture
def reference_dir(tmp_path: Path, settings: Any) -> Path:
    """Imported columns go to a folder of this test."""
    settings.REFERENCE_DIR = tmp_path / "reference"
    return tmp_path


@pytest.fixture
def import_addresses(reference_dir: Path, cast: Cast) -> Callable[..., UUID]:
    """``import_addresses(lines, name=…)``: imports a file of these lines and answers its id."""

    def run(lines: list[str], *, name: str = "mâcon") -> UUID:
        path = reference_dir / "adresses.csv"
        path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
        territory.import_addresses_file(path=path, name=name, attribution="Adresses inventées")
        return next(card.id for card in territory.reference_files(kind="addresses") if card.name == name)

    return run


@dataclass(frozen=True, kw_only=True)
class World:
    """A planned canvass of Mâcon's group, and an action with a shift on Saturday whose team is Teammate."""

    cast: Cast
    file: UUID
    canvass: UUID
    action: UUID
    shift: UUID
    later_shift: UUID
    turfs: tuple[TurfCard, ...] = field(default=())

    @property
    def turf(self) -> TurfCard:
        return self.turfs[0]

    def assign(self, turf: TurfCard | None = None, *, at: datetime = NOON) -> AssignmentCard:
        """Gives the (first) turf to Saturday's team."""
        turf = turf or self.turf
        api.assign_turf(by_id=self.cast.owner, turf_id=turf.id, shift_id=self.shift, at=at)
        cards = api.live_assignments(canvass_id=self.canvass)
        return next(card for card in cards if card.turf_id == turf.id)

    def visit(
        self, assignment: AssignmentCard, position: int, outcome: Outcome = Outcome.TALKED, **fields: Any
    ) -> UUID:
        """Teammate records a visit at the door of that position (from 1) of the assignment's turf."""
        turf = next(one for one in self.turfs if one.id == assignment.turf_id)
        values: dict[str, Any] = {
            "by_id": self.cast.teammate,
            "assignment_id": assignment.id,
            "door_id": turf.door_ids[position - 1],
            "visit_id": new_id(),
            "outcome": outcome,
            "received_at": SATURDAY,
        }
        values |= fields
        api.record_visit(**values)
        visit_id: UUID = values["visit_id"]
        return visit_id


def make_action(cast: Cast, *, kind: Kind = Kind.DOOR_TO_DOOR) -> tuple[UUID, UUID, UUID]:
    """An action of Mâcon's group with shifts on Saturday and Sunday: its id and theirs."""
    action = mobilisation.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=ActionDraft(
            kind=kind,
            title="Porte-à-porte rue de la Barre",
            place="Pont Saint-Laurent",
            commune_id="commune:71270",
        ),
        shifts=[
            ShiftDraft(
                starts_at=SATURDAY + timedelta(days=days),
                ends_at=SATURDAY + timedelta(days=days, hours=2),
                capacity=4,
                needed=2,
            )
            for days in (0, 1)
        ],
        at=NOON,
    )
    saturday, sunday = (card.id for card in mobilisation.action(action_id=action).shifts)
    return action, saturday, sunday


def with_team(cast: Cast, *, file: UUID, canvass: UUID) -> World:
    """The planned canvass, with an action of two shifts and the team-mate signed up for the first one."""
    action, saturday, sunday = make_action(cast)
    mobilisation.sign_up(person_id=cast.teammate, shift_id=saturday, at=NOON)
    return World(
        cast=cast,
        file=file,
        canvass=canvass,
        action=action,
        shift=saturday,
        later_shift=sunday,
        turfs=api.turfs(canvass_id=canvass),
    )


@pytest.fixture
def make_world(cast: Cast, import_addresses: Callable[..., UUID]) -> Callable[..., World]:
    """``make_world(doors=30, minutes=30)``: a world with that many doors."""

    def make(*, doors: int = 30, minutes: int = 30, kind: CanvassKind = CanvassKind.DOOR_TO_DOOR) -> World:
        file = import_addresses(address_lines(doors))
        canvass = api.create_canvass(
            by_id=cast.owner,
            group_id=cast.group,
            name="Rue de la Barre",
            kind=kind,
            file_id=file,
            minutes=minutes,
        )
        api.plan_now(canvass_id=canvass, at=NOON)
        return with_team(cast, file=file, canvass=canvass)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def at_noon() -> Any:
    """The machine's clock stands at NOON."""
    import time_machine

    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
