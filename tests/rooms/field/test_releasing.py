"""What people answered is shown where enough stands behind it, and nowhere else."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

import amiral
from amiral.rooms.field.actions import releasing as closing
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import CountedEvent, Door, Release, ReleasedFigure, Visit
from amiral.rooms.field.queries import releasing
from amiral.rooms.field.queries.levels import Level
from tests.rooms.field.conftest import SATURDAY, World

NIGHT = SATURDAY + timedelta(days=1)


def knock(
    world: World,
    count: int,
    outcome: Outcome = Outcome.TALKED,
    *,
    turf: int = 0,
    start: int = 1,
    at: datetime = SATURDAY,
) -> list[UUID]:
    """Visits at the doors of a turf, one after the other."""
    assignment = world.assign(world.turfs[turf])
    return [
        world.visit(assignment, position, outcome, received_at=at) for position in range(start, start + count)
    ]


def told(world: World) -> releasing.Released:
    return releasing.figures(canvass_ids=[world.canvass])


def test_nothing_is_told_before_the_period_is_closed(world: World) -> None:
    knock(world, 12)
    assert told(world).whole is None
    assert closing.close_due(canvass_id=world.canvass, at=SATURDAY + timedelta(minutes=1)) == 0
    assert told(world).whole is None


def test_an_hour_later_when_every_turf_is_enough(world: World) -> None:
    knock(world, 12)
    assert closing.close_due(canvass_id=world.canvass, at=SATURDAY + timedelta(hours=1)) == 1
    whole = told(world).whole
    assert whole is not None
    assert whole.counts == {"talked": 12}
    assert told(world).of(Level.TURF, "1") == whole


@pytest.mark.parametrize(("talked", "nobody", "expected"), [(5, 5, 1), (4, 8, 0), (5, 4, 0)])
def test_ten_dwellings_and_five_answers(world: World, talked: int, nobody: int, expected: int) -> None:
    knock(world, talked)
    knock(world, nobody, Outcome.NOBODY, start=talked + 1)
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == expected
    assert Release.objects.count() == expected


def test_a_small_turf_and_the_one_that_would_betray_it_are_told_together(world: World) -> None:
    knock(world, 12)
    knock(world, 2, Outcome.REFUSED, turf=1)
    assert closing.close_due(canvass_id=world.canvass, at=SATURDAY + timedelta(hours=1)) == 0, "it would cost"
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 1
    figures = told(world)
    assert figures.whole is not None
    assert figures.whole.counts == {"refused": 2, "talked": 12}
    assert figures.of(Level.TURF, "1") is None
    assert figures.of(Level.TURF, "2") is None
    assert figures.rest(Level.TURF) == figures.whole


def test_today_minus_yesterday_tells_nothing(world: World) -> None:
    """One more answer on Sunday is not told on Monday morning: it waits for others."""
    knock(world, 12)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    before = told(world)
    knock(world, 1, Outcome.REFUSED, start=13, at=NIGHT + timedelta(hours=1))
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT + timedelta(days=1)) == 0
    assert told(world) == before
    knock(world, 10, Outcome.REFUSED, start=4, at=NIGHT + timedelta(days=2))
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT + timedelta(days=4)) == 1
    whole = told(world).whole
    assert whole is not None
    assert whole.counts == {"talked": 12, "refused": 11}


def test_an_event_is_counted_once_and_a_correction_is_subtracted(world: World) -> None:
    first = knock(world, 12)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT + timedelta(days=1)) == 0
    assignment = world.assign()
    world.visit(
        assignment, 1, Outcome.REFUSED, supersedes_id=first[0], received_at=NIGHT + timedelta(hours=2)
    )
    knock(world, 10, start=3, at=NIGHT + timedelta(hours=2))
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT + timedelta(days=2)) == 1
    whole = told(world).whole
    assert whole is not None
    standing = Visit.objects.filter(door__turf__canvass=world.canvass)
    assert whole.counts == {"talked": 21, "refused": 1}
    assert set(CountedEvent.objects.values_list("pk", flat=True)) == set(
        standing.values_list("pk", flat=True)
    )


def test_many_answers_of_one_house_are_no_crowd(world: World) -> None:
    """Six visits at the only dwelling of a door count one answer."""
    assignment = world.assign()
    Door.objects.update(dwellings=1)
    for _ in range(6):
        world.visit(assignment, 1)
    knock(world, 12, Outcome.NOBODY, start=2)
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 0


def test_a_tower_is_shown_by_itself_when_it_is_enough(world: World) -> None:
    Door.objects.filter(pk=world.turf.door_ids[0]).update(dwellings=40)
    Door.objects.filter(pk=world.turf.door_ids[1]).update(dwellings=40)
    assignment = world.assign()
    for position in (1, 2):
        for _ in range(6):
            world.visit(assignment, position)
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 1
    figures = told(world)
    assert figures.of(Level.BUILDING, str(world.turf.door_ids[0])) is not None
    assert ReleasedFigure.objects.filter(level="building").count() == 2


def test_sides_of_streets_have_no_periods(world: World) -> None:
    from amiral.rooms.field.models import Canvass

    knock(world, 12)
    Canvass.objects.filter(pk=world.canvass).update(kind="leaflet-rounds")
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 0


def test_dwellings_that_a_visit_names_answer_each_once(world: World) -> None:
    """A tower of forty: eight flats named, two of them twice, are eight answers."""
    door = world.turf.door_ids[0]
    Door.objects.filter(pk=door).update(dwellings=40)
    world.visit(world.assign(), 1)
    Visit.objects.update(units=["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"])
    again = world.visit(world.assign(), 1, received_at=SATURDAY + timedelta(seconds=1))
    Visit.objects.filter(pk=again).update(units=["1.5", "1.6", "2.1", "2.2"])
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 1
    tower = told(world).of(Level.BUILDING, str(door))
    assert tower is not None
    assert (tower.answers, tower.counts) == (8, {"talked": 10})


def test_pages_files_and_streams_know_no_other_source_of_answers() -> None:
    """Only the closing of periods reads what was answered; only ``figures`` reads what it wrote."""
    room = Path(amiral.__file__ or "").parent / "rooms" / "field"
    web = ["coverage_views", "coverage_maps", "coverage_exports", "stream", "tiles", "curves"]
    files = [room / "web" / f"{name}.py" for name in web]
    files += [
        room / "queries" / f"{name}.py" for name in ("coverage_pages", "objecting", "progress", "levels")
    ]
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\b(ReleasedFigure|CountedEvent|states_of|by_last|Release)\b", text), path
        assert "outcome" not in re.findall(r"values_list\(([^)]*)\)", text), path
    readers = [path for path in room.rglob("*.py") if "ReleasedFigure.objects" in path.read_text("utf-8")]
    assert {path.relative_to(room).as_posix() for path in readers} == {
        "actions/joining.py",
        "actions/releasing.py",
        "queries/releasing.py",
    }
