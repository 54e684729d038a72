"""The pages of coverage by place, the stream that keeps them true, and the tiles of their map."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

import pytest

from amiral.kit import streams
from amiral.rooms.field import api
from amiral.rooms.field.actions import releasing as closing
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import Canvass, Door
from amiral.rooms.field.queries import levels, progress
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.field.web import tiles
from amiral.rooms.territory.contracts import Located
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World
from tests.rooms.field.test_releasing import NIGHT, knock


@pytest.fixture(autouse=True)
def no_seat_taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has all the seats; a stream looks once and ends."""
    monkeypatch.setattr(streams, "SEATS", streams.Seats())
    monkeypatch.setattr(streams, "LASTS_S", 0.0)
    return


def events(answer: Any) -> list[dict[str, Any]]:
    """What a stream said until its end."""
    text = b"".join(answer.streaming_content).decode()
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def flow(world: World, query: str = "") -> str:
    return f"/terrain/{world.canvass}/couverture/flux/{query}"


# The stream ----------------------------------------------------------------------------------------


def test_a_stream_tells_progress_and_nothing_that_was_answered(
    world: World, sign_in: Callable[..., Any]
) -> None:
    knock(world, 3)
    answer = sign_in(world.cast.owner).get(flow(world))
    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "private, no-store, no-transform"
    assert not answer.has_header("Content-Length")
    (told,) = events(answer)
    whole = told["figures"][""]
    assert (whole["done"], whole["percent"], whole["in_hand"]) == (3, 10, 13)
    assert told["figures"]["secteur-1"]["done"] == 3
    keys = {"done", "dwellings_done", "percent", "in_hand", "minutes_left"}
    assert set(told["figures"]["secteur-1"]) == keys
    assert not set(Outcome) & set(json.dumps(told).replace('"', " ").split())


@pytest.mark.parametrize("who", ["teammate", "stranger", "other_coordinator"])
def test_a_stream_is_for_those_who_see_the_coverage(
    world: World, sign_in: Callable[..., Any], who: str
) -> None:
    knock(world, 1)
    assert sign_in(getattr(world.cast, who)).get(flow(world)).status_code == 404
    assert streams.SEATS.taken == 0


def test_who_is_not_signed_in_is_sent_to_sign_in(world: World, client: Any) -> None:
    assert client.get(flow(world))["Location"].startswith("/compte/")


@pytest.mark.parametrize("who", ["coordinator", "administrator"])
def test_coordinators_see_it_too(world: World, sign_in: Callable[..., Any], who: str) -> None:
    assert len(events(sign_in(getattr(world.cast, who)).get(flow(world)))) == 1


def test_the_right_is_looked_up_at_every_connection(world: World, sign_in: Callable[..., Any]) -> None:
    from amiral.rooms.people.models import Mandate

    browser = sign_in(world.cast.owner)
    assert len(events(browser.get(flow(world)))) == 1
    Mandate.objects.filter(person=world.cast.owner).update(ends_at=NOON - timedelta(days=300))
    assert browser.get(flow(world)).status_code == 404


def test_there_are_few_seats_and_who_finds_none_is_told_when_to_ask(
    world: World, sign_in: Callable[..., Any], settings: Any
) -> None:
    settings.STREAMS = 2
    owner, other = sign_in(world.cast.owner), sign_in(world.cast.coordinator)
    first, second = owner.get(flow(world)), other.get(flow(world))
    none = sign_in(world.cast.administrator).get(flow(world))
    assert none.status_code == 503, "two in all"
    assert int(none["Retry-After"]) > 0
    for answer in (first, second):
        events(answer)
    assert streams.SEATS.taken == 0, "a stream that ended gives its seat back"
    asked = owner.get(f"/terrain/{world.canvass}/couverture/direct.json")
    assert asked.json()["figures"][""]["done"] == 0


def test_the_newest_streams_of_a_person_stay(world: World, sign_in: Callable[..., Any]) -> None:
    """Going from page to page never ends without a stream: the page that was left gives way."""
    owner = sign_in(world.cast.owner)
    answers = [owner.get(flow(world)) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert streams.SEATS.taken == streams.PER_PERSON
    assert [len(events(answer)) for answer in answers] == [0, 0, 0, 1, 1]
    assert streams.SEATS.taken == 0


def test_a_browser_that_goes_away_gives_its_seat_back(world: World, sign_in: Callable[..., Any]) -> None:
    answer = sign_in(world.cast.owner).get(flow(world))
    next(iter(answer.streaming_content))
    answer.close()
    assert streams.SEATS.taken == 0


@pytest.mark.parametrize(
    "place", ["secteur-99", "x", "secteur-", "batiment-1", "commune-00000", "secteur-1%00"]
)
def test_a_place_that_is_not_there_is_refused_before_anything_is_sent(
    world: World, sign_in: Callable[..., Any], place: str
) -> None:
    assert sign_in(world.cast.owner).get(flow(world, f"?lieu={place}")).status_code == 404
    assert streams.SEATS.taken == 0


# Progress ------------------------------------------------------------------------------------------


def test_what_arrives_is_added_and_what_is_corrected_counts_once(world: World) -> None:
    canvass = Canvass.objects.get(pk=world.canvass)
    first = knock(world, 2)
    at = SATURDAY + timedelta(seconds=5)
    assert progress.standing(canvass=canvass, at=at).of().done == 2
    assignment = world.assign()
    world.visit(assignment, 1, Outcome.REFUSED, supersedes_id=first[0], received_at=at)
    world.visit(assignment, 3, received_at=at)
    assert progress.standing(canvass=canvass, at=at + timedelta(seconds=2)).of().done == 3
    assert api.coverage(canvass_id=world.canvass).total.done == 3


def test_in_hand_and_done_differ_and_end_with_the_lease(world: World) -> None:
    from amiral.rooms.field.models import Assignment

    canvass = Canvass.objects.get(pk=world.canvass)
    knock(world, 2)
    now = progress.standing(canvass=canvass, at=SATURDAY)
    turf = now.by(progress.Level.TURF)["1"]
    assert (turf.done, turf.in_hand) == (2, turf.doors - 2)
    Assignment.objects.update(until=SATURDAY - timedelta(hours=1))
    assert progress.standing(canvass=canvass, at=SATURDAY).of().in_hand == 0


def test_minutes_left_shrink_to_none(world: World) -> None:
    canvass = Canvass.objects.get(pk=world.canvass)
    before = progress.standing(canvass=canvass, at=SATURDAY).of().minutes_left
    for number, turf in enumerate(world.turfs):
        knock(world, len(turf.door_ids), turf=number)
    after = progress.standing(canvass=canvass, at=SATURDAY + timedelta(minutes=2)).of()
    assert before > 0
    assert (after.minutes_left, after.percent, after.step) == (0, 100, 4)


def test_the_number_of_queries_does_not_grow_with_the_visits(
    world: World, django_assert_num_queries: Any
) -> None:
    canvass = Canvass.objects.get(pk=world.canvass)
    knock(world, 2)
    progress.standing(canvass=canvass, at=SATURDAY)
    knock(world, 14)
    with django_assert_num_queries(5):
        assert progress.standing(canvass=canvass, at=SATURDAY + timedelta(seconds=2)).of().done == 14


# Pages ---------------------------------------------------------------------------------------------


def test_one_goes_down_from_the_whole_to_a_building(world: World, sign_in: Callable[..., Any]) -> None:
    knock(world, 12)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    browser = sign_in(world.cast.owner)
    base = f"/terrain/{world.canvass}/couverture/"
    whole = browser.get(f"{base}?vue=departements").content.decode()
    assert f"{base}departement/71/" in whole
    departement = browser.get(f"{base}departement/71/").content.decode()
    assert f"{base}commune/71270/" in departement
    commune = browser.get(f"{base}commune/71270/").content.decode()
    assert f"{base}secteur/1/" in commune
    turf = browser.get(f"{base}secteur/1/").content.decode()
    building = f"{base}batiment/{world.turf.door_ids[0]}/"
    assert building in turf
    page = browser.get(building).content.decode()
    assert "Pas montré pour ce lieu" in page, "twelve dwellings answered, but one in this house"
    assert f"{base}secteur/1/" in page


def test_no_page_or_file_tells_what_a_house_answered(world: World, sign_in: Callable[..., Any]) -> None:
    """Seventeen doors of which one refused, in a turf that is too small: the word stands with no place."""
    knock(world, 12)
    knock(world, 1, Outcome.REFUSED, turf=1)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    browser = sign_in(world.cast.owner)
    told = browser.get(f"/terrain/{world.canvass}/couverture.json?batiments=1").json()
    by_place = {(place["level"], place["key"]): place["answers"] for place in told["places"]}
    assert by_place["canvass", ""]["visits"]["refused"] == 1
    assert by_place["turf", "1"] is None
    assert by_place["turf", "2"] is None
    assert all(answers is None for (level, _key), answers in by_place.items() if level == "building")
    text = browser.get(f"/terrain/{world.canvass}/couverture.csv?batiments=1").content.decode("utf-8-sig")
    for line in text.splitlines()[1:]:
        cells = line.split(";")
        if cells[0] in {"immeuble", "secteur"} and cells[1]:
            assert cells[10:] == [""] * 7, line


def test_the_number_of_queries_of_a_page_does_not_grow(
    world: World, sign_in: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    knock(world, 12)
    browser = sign_in(world.cast.owner)
    for view in ("secteurs", "portes", "communes", "departements"):
        with django_assert_max_num_queries(42):
            browser.get(f"/terrain/{world.canvass}/couverture/?vue={view}")


def test_the_page_without_scripts_can_reload_itself(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    assert not browser.get(f"/terrain/{world.canvass}/couverture/").has_header("Refresh")
    assert browser.get(f"/terrain/{world.canvass}/couverture/?actualiser=1")["Refresh"] == "30"


@pytest.mark.parametrize(
    "place", ["secteur/99", "secteur/0", "pays/FR", f"batiment/{UUID(int=1)}", "commune/75056", "batiment/x"]
)
def test_a_place_outside_the_canvass_is_missing(
    world: World, sign_in: Callable[..., Any], place: str
) -> None:
    address = f"/terrain/{world.canvass}/couverture/{place}/"
    assert sign_in(world.cast.owner).get(address).status_code == 404


def test_bureaux_de_vote_by_the_contours_that_hold_the_doors(
    world: World, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two bureaux on both sides of a meridian: a turf lies over both of them."""
    ids = ("bureau-de-vote:71270_0001", "bureau-de-vote:71270_0002")

    def located(*, lon: Any, lat: Any, kind: Any) -> Located:
        return Located(territory_ids=ids, index=(lon > WEST + 10.5 * 0.00026).astype("int64"))

    monkeypatch.setattr(levels.territory, "locate", located)
    board = levels.read_board(canvass=Canvass.objects.get(pk=world.canvass))
    inside = len(board.place(Level.BUREAU, ids[0]))
    assert inside == 21
    knock(world, 12)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    browser = sign_in(world.cast.owner)
    base = f"/terrain/{world.canvass}/couverture/"
    assert f"{base}bureau/{ids[0]}/" in browser.get(f"{base}?vue=bureaux").content.decode()
    page = browser.get(f"{base}bureau/{ids[0]}/").content.decode()
    assert "faites sur 21 portes" in page
    told = {
        (place["level"], place["key"]): place["answers"]
        for place in browser.get(f"/terrain/{world.canvass}/couverture.json").json()["places"]
    }
    # The whole is told; a bureau only where neither it nor what is left betrays the other one.
    assert told["canvass", ""]["answers"] == 12
    shown = [key for key in ids if told["bureau-de-vote", key]]
    assert not shown or all(
        12 - told["bureau-de-vote", key]["answers"] in {0, *range(5, 13)} for key in shown
    )


def test_all_canvasses_together(world: World, sign_in: Callable[..., Any]) -> None:
    knock(world, 3)
    browser = sign_in(world.cast.owner)
    page = browser.get("/terrain/couverture/").content.decode()
    assert "Saône-et-Loire" in page
    assert f"/terrain/{world.canvass}/couverture/" in page
    assert "Mâcon" in browser.get("/terrain/couverture/?departement=71").content.decode()
    assert browser.get("/terrain/couverture/?departement=13").status_code == 404


# Tiles ---------------------------------------------------------------------------------------------


def tile_at(zoom: int) -> tuple[int, int]:
    """The tile of that zoom that holds the quarter."""
    for x in range(2**zoom):
        west, _south, east, _north = tiles.bounds_of(zoom, x, 0)
        if west <= WEST < east:
            break
    for y in range(2**zoom):
        _west, south, _east, north = tiles.bounds_of(zoom, 0, y)
        if south <= SOUTH < north:
            return x, y
    raise AssertionError


@pytest.mark.parametrize("zoom", [12, 15, 17])
def test_a_tile_is_drawn_and_not_sent_twice(world: World, sign_in: Callable[..., Any], zoom: int) -> None:
    knock(world, 3)
    x, y = tile_at(zoom)
    address = f"/terrain/{world.canvass}/tuiles/{zoom}/{x}/{y}.svg"
    browser = sign_in(world.cast.owner)
    for layer in ("portes", "fond"):
        answer = browser.get(f"{address}?couche={layer}")
        assert answer["Content-Type"] == "image/svg+xml"
        assert answer["Cache-Control"].startswith("private")
        drawn = ElementTree.fromstring(answer.content.decode())  # our own drawing
        assert not [one for one in drawn.iter() if one.tag.endswith(("script", "style"))]
        again = browser.get(f"{address}?couche={layer}", HTTP_IF_NONE_MATCH=answer["ETag"])
        assert again.status_code == 304
    before = browser.get(address).content
    knock(world, 3, start=4)
    assert browser.get(address).content != before, "a tile is true now"


@pytest.mark.parametrize("place", ["7/0/0", "21/0/0", "15/40000/0", "15/0/99999"])
def test_tiles_outside_the_grid_are_missing(world: World, sign_in: Callable[..., Any], place: str) -> None:
    browser = sign_in(world.cast.owner)
    assert browser.get(f"/terrain/{world.canvass}/tuiles/{place}.svg").status_code == 404
    assert browser.get(f"/terrain/{world.canvass}/tuiles/15/1/1.svg?theme=x").status_code == 404


def test_a_door_of_a_tile_stands_where_it_is(world: World) -> None:
    """The north-west corner of a tile is its origin, whatever the zoom."""
    west, south, east, north = tiles.bounds_of(16, *tile_at(16))
    assert west <= WEST < east
    assert south <= SOUTH < north
    assert Door.objects.filter(longitude__gte=west, longitude__lt=east).exists()
