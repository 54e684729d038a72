"""What comes first: from imported results to the order of turfs, and nothing about anybody on the way."""

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.cores.priorities import FULL, PRESETS, NothingCounts, Part, Preset
from amiral.kit.errors import NotFound
from amiral.rooms.field import api
from amiral.rooms.field.actions.priorities import (
    BallotIsGone,
    NoScoreHere,
    NothingFree,
    NotOlder,
    NoWeight,
    assign_first,
    set_priorities,
)
from amiral.rooms.field.contracts import CanvassKind, Outcome, PriorityChoice
from amiral.rooms.field.models import Canvass, Priority
from amiral.rooms.field.queries import statistics
from amiral.rooms.field.queries.priorities import (
    choice_of,
    place_scores,
    plan_urls,
    scope_of_canvass,
    start_scopes,
    turf_scores,
)
from amiral.rooms.territory import api as territory
from tests.conftest import NOON
from tests.rooms.field.conftest import World, address_lines
from tests.rooms.field.figures import (
    EUROPEAN,
    LATER,
    PRESIDENTIAL,
    SOURCE,
    import_all,
    import_results,
)

pytestmark = pytest.mark.django_db
DEPARTEMENT = "departement:71"


@pytest.fixture
def choice(world: World, reference_dir: Path) -> PriorityChoice:
    """Two ballots, two stations with contours; Alba is ours."""
    return import_all(reference_dir)


def scores(world: World, choice: PriorityChoice) -> Any:
    found = turf_scores(canvass_id=world.canvass, choice=choice)
    assert found is not None
    return found


# Turfs ------------------------------------------------------------------------------------------------


def test_turfs_stand_in_the_order_of_their_stations(
    make_world: Callable[..., World], reference_dir: Path
) -> None:
    """Station 1 holds most abstainers of Alba's: turfs to the west come first, whatever their numbers."""
    world = make_world(doors=40, minutes=15)
    found = scores(world, import_all(reference_dir))
    west: dict[int, float] = {}
    for turf in world.turfs:
        doors = [door for door in turf_doors(turf.number, world) if door < 4.8327]
        west[turf.number] = len(doors) / len(turf.door_ids)
    totals = {line.number: line.tenths for line in found.lines}
    assert len(totals) > 2
    wholly = [number for number, share in west.items() if share == 1]
    never = [number for number, share in west.items() if share == 0]
    assert wholly
    assert never
    assert min(totals[number] for number in wholly) > max(totals[number] for number in never)
    assert [line.rank for line in found.lines] == list(range(1, len(totals) + 1))
    assert [line.tenths for line in found.lines] == sorted(totals.values(), reverse=True)


def turf_doors(number: int, world: World) -> list[float]:
    from amiral.rooms.field.models import Door

    rows = Door.objects.filter(turf__canvass=world.canvass, turf__number=number)
    return list(rows.values_list("longitude", flat=True))


def test_parts_add_up_to_the_score(world: World, choice: PriorityChoice) -> None:
    for line in scores(world, choice).lines:
        assert line.tenths == sum(part.points for part in line.parts)
        assert sum(part.most for part in line.parts) == FULL


def test_the_sources_name_ballot_day_and_origin(world: World, choice: PriorityChoice) -> None:
    sources = scores(world, choice).figures.sources
    assert [one.election.date.year for one in sources] == [2019, 2017]
    assert {one.attribution for one in sources} == {SOURCE}
    assert {one.territory_name for one in sources} == {"Saône-et-Loire"}
    assert [one.lines for one in sources] == [6, 6]


def test_doors_without_a_station_get_their_commune(world: World, reference_dir: Path) -> None:
    """No contour is imported: every door of Mâcon gets Mâcon as a whole, and the page says so."""
    ballot = import_results(reference_dir, LATER, EUROPEAN)
    choice = PriorityChoice(election_id=ballot, lists=("alba",), weights=PRESETS[Preset.MOBILISE])
    found = scores(world, choice)
    assert (found.by_station_percent, found.by_commune_percent, found.without_percent) == (0, 100, 0)
    assert len({line.tenths for line in found.lines}) == 1
    assert {line.level for line in found.lines} == {0}


def test_a_commune_of_one_station_is_that_station(
    cast: Any, import_addresses: Callable[..., Any], reference_dir: Path
) -> None:
    file = import_addresses(address_lines(10, commune="71105"), name="charnay")
    canvass = api.create_canvass(
        by_id=cast.owner, group_id=cast.group, name="Charnay", kind=CanvassKind.DOOR_TO_DOOR, file_id=file
    )
    api.plan_now(canvass_id=canvass, at=NOON)
    ballot = import_results(reference_dir, LATER, EUROPEAN)
    choice = PriorityChoice(election_id=ballot, lists=("alba",), weights={Part.SUPPORT: 1})
    found = turf_scores(canvass_id=canvass, choice=choice)
    assert found is not None
    assert found.by_station_percent == 100
    place = place_scores(scope=territory.territory(territory_id=DEPARTEMENT), choice=choice, stations=True)
    assert place is not None
    assert found.lines[0].tenths == next(one.tenths for one in place.lines if "71105" in one.id)


def test_doors_that_no_figure_speaks_of_are_said(
    make_world: Callable[..., World], import_addresses: Callable[..., Any], reference_dir: Path
) -> None:
    """Results of Chalon alone say nothing of Mâcon."""
    world = make_world()
    ballot = import_results(reference_dir, LATER[4:5], EUROPEAN)
    choice = PriorityChoice(election_id=ballot, lists=("alba",), weights=PRESETS[Preset.MOBILISE])
    found = scores(world, choice)
    assert found.without_percent == 100
    assert not any(line.has_score for line in found.lines)
    assert [line.number for line in found.lines] == sorted(turf.number for turf in world.turfs)


def test_what_no_figure_serves_is_refused(world: World, choice: PriorityChoice) -> None:
    nothing = replace(choice, lists=(), before_id=None, weights={Part.SUPPORT: 3, Part.CHANGE: 1})
    with pytest.raises(NothingCounts):
        turf_scores(canvass_id=world.canvass, choice=nothing)


def test_a_list_that_nobody_could_vote_for_is_not_known(world: World, choice: PriorityChoice) -> None:
    """Not zero votes: nothing is known of it."""
    with pytest.raises(NothingCounts):
        turf_scores(
            canvass_id=world.canvass, choice=replace(choice, lists=("dora",), weights={Part.SUPPORT: 1})
        )


# Nothing personal ------------------------------------------------------------------------------------


def test_no_table_about_a_person_or_a_visit_is_read(world: World, choice: PriorityChoice) -> None:
    with CaptureQueriesContext(connection) as captured:
        scores(world, choice)
    read = {
        word.strip('"').split(".")[0].strip('"')
        for query in captured
        for word in query["sql"].replace("(", " ").replace(",", " ").split()
        if word.startswith('"')
    }
    tables = {name for name in connection.introspection.table_names() if name in read}
    assert {"field_turf", "field_door"} <= tables
    assert {name for name in tables if not name.startswith("territory_")} == {"field_turf", "field_door"}


def test_what_happened_at_doors_changes_nothing(world: World, choice: PriorityChoice) -> None:
    before = [(line.number, line.tenths) for line in scores(world, choice).lines]
    held = world.assign()
    for position, outcome in enumerate((Outcome.TALKED, Outcome.REFUSED, Outcome.DO_NOT_COME_BACK), start=1):
        world.visit(held, position, outcome)
    assert [(line.number, line.tenths) for line in scores(world, choice).lines] == before


def test_the_figures_come_through_the_door_of_the_territory_room_only() -> None:
    """Besides the contract of imports: every module of a room that the file names."""
    tree = ast.parse(Path(statistics.__file__).read_text(encoding="utf-8"))
    named = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("amiral.rooms.")
        for alias in node.names
    }
    doors = (
        "amiral.rooms.territory.api",
        "amiral.rooms.territory.contracts.",
        "amiral.rooms.field.contracts.",
    )
    assert named
    assert not [name for name in named if not name.startswith(doors)]


# Choosing ---------------------------------------------------------------------------------------------


def test_a_choice_is_kept_and_read_again(world: World, choice: PriorityChoice) -> None:
    set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=choice, at=NOON)
    assert choice_of(canvass_id=world.canvass) == choice
    other = replace(choice, before_id=None, before_lists=(), weights={Part.DENSITY: -2})
    set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=other, at=NOON)
    assert choice_of(canvass_id=world.canvass) == other
    assert Priority.objects.count() == 1


def test_bad_choices_are_refused(world: World, choice: PriorityChoice) -> None:
    assert choice.before_id
    bad = [
        (replace(choice, election_id=world.canvass), BallotIsGone),
        (replace(choice, before_id=world.canvass), BallotIsGone),
        (replace(choice, before_id=choice.election_id), NotOlder),
        (replace(choice, election_id=choice.before_id, before_id=choice.election_id), NotOlder),
        (replace(choice, weights={}), NoWeight),
        (replace(choice, weights={Part.SIZE: 9}), NoWeight),
    ]
    for wrong, error in bad:
        with pytest.raises(error):
            set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=wrong, at=NOON)
    with pytest.raises(NotFound):
        set_priorities(by_id=world.cast.stranger, canvass_id=world.canvass, choice=choice, at=NOON)
    assert not Priority.objects.exists()


# Giving -----------------------------------------------------------------------------------------------


def test_the_first_free_turfs_go_to_the_shift(make_world: Callable[..., World], reference_dir: Path) -> None:
    world = make_world(doors=40, minutes=15)
    choice = import_all(reference_dir)
    set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=choice, at=NOON)
    order = [line.number for line in scores(world, choice).lines]
    by_number = {turf.number: turf for turf in world.turfs}
    world.assign(by_number[order[0]])
    given = assign_first(
        by_id=world.cast.owner, canvass_id=world.canvass, shift_id=world.later_shift, count=2, at=NOON
    )
    assert list(given) == order[1:3]
    held = {card.turf_id: card.shift_id for card in api.live_assignments(canvass_id=world.canvass)}
    assert [held[by_number[number].id] for number in given] == [world.later_shift] * 2
    rest = assign_first(
        by_id=world.cast.owner, canvass_id=world.canvass, shift_id=world.later_shift, count=50, at=NOON
    )
    assert list(rest) == order[3:]
    with pytest.raises(NothingFree):
        assign_first(by_id=world.cast.owner, canvass_id=world.canvass, shift_id=world.shift, count=1, at=NOON)


def test_without_a_score_nothing_is_given(world: World, choice: PriorityChoice) -> None:
    give: dict[str, Any] = {
        "by_id": world.cast.owner,
        "canvass_id": world.canvass,
        "shift_id": world.shift,
        "count": 1,
        "at": NOON,
    }
    with pytest.raises(NoScoreHere):
        assign_first(**give)
    set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=choice, at=NOON)
    with pytest.raises(NotFound):
        assign_first(**give | {"by_id": world.cast.teammate})
    Priority.objects.update(election_id=world.canvass)
    with pytest.raises(NoScoreHere):
        assign_first(**give)
    assert not api.live_assignments(canvass_id=world.canvass)


# Places -----------------------------------------------------------------------------------------------


def test_stations_and_communes_of_a_departement(world: World, choice: PriorityChoice) -> None:
    scope = territory.territory(territory_id=DEPARTEMENT)
    stations = place_scores(scope=scope, choice=choice, stations=True)
    communes = place_scores(scope=scope, choice=choice, stations=False)
    assert stations is not None
    assert communes is not None
    assert len(stations.lines) == 6
    assert stations.lines[0].id == "bureau-de-vote:71270_0001"
    assert {line.id for line in communes.lines} == {f"commune:{code}" for code in ("71270", "71076", "71105")}
    assert [line.rank for line in stations.lines] == [1, 2, 3, 4, 5, 6]


def test_density_of_a_station_without_contour_is_not_known_without_the_communes(
    world: World, choice: PriorityChoice
) -> None:
    found = place_scores(
        scope=territory.territory(territory_id=DEPARTEMENT),
        choice=replace(choice, weights={Part.DENSITY: 1}),
        stations=True,
    )
    assert found is not None
    told = {line.id for line in found.lines if line.has_score}
    assert told == {"bureau-de-vote:71270_0001", "bureau-de-vote:71270_0002"}


def test_a_place_leads_to_a_canvass_of_it(world: World, choice: PriorityChoice) -> None:
    urls = plan_urls(place_ids=["commune:71270", "bureau-de-vote:71270_0001", "commune:71076"])
    assert urls["commune:71270"] == f"/terrain/nouveau/?fichier={world.file}&commune=71270"
    assert "bornes=4.80000,46.28000,4.83270," in urls["bureau-de-vote:71270_0001"]
    assert "commune:71076" not in urls


def test_scopes_are_those_of_the_groups_that_one_manages(world: World) -> None:
    assert [one.id for one in start_scopes(person_id=world.cast.owner)] == ["commune:71270", DEPARTEMENT]
    assert DEPARTEMENT not in {one.id for one in start_scopes(person_id=world.cast.other_coordinator)}
    assert start_scopes(person_id=world.cast.teammate) == ()


def test_the_scope_is_known_before_the_turfs_are_cut(world: World) -> None:
    canvass = Canvass.objects.get(pk=world.canvass)
    canvass.turfs.all().delete()
    assert [one.id for one in scope_of_canvass(canvass=canvass)] == [DEPARTEMENT]


def test_a_ballot_of_the_whole_departement_has_no_places(world: World, reference_dir: Path) -> None:
    path = reference_dir / "departements.csv"
    path.write_text(
        "departement;departement_libelle;inscrits;votants;blancs;exprimes;ALBA;BRUN\n"
        "71;Saône-et-Loire;5000;3000;50;2950;2000;950\n"
        "21;Côte-d'Or;5000;3000;50;2950;2000;950\n"
    )
    made = territory.import_results_file(path=path, election=PRESIDENTIAL, file_name=path.name)
    choice = PriorityChoice(election_id=made.election.id, weights={Part.ABSTENTION: 1})
    scope = territory.territory(territory_id=DEPARTEMENT)
    assert place_scores(scope=scope, choice=choice, stations=True) is None
    assert statistics.lists_of(territory_ids=[DEPARTEMENT], election_id=made.election.id) == ()
