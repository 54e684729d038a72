"""The pages on which a plan is drawn, compared, changed by hand and taken back."""

import re
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader
from reportlab.lib.units import mm

from amiral.kit import pdf
from amiral.rooms.field.models import Canvass, Door, PlanVersion, Turf
from amiral.rooms.field.queries.plans import TURFS_PER_PAGE
from amiral.rooms.field.web import plan_maps, plan_paper
from tests.rooms.field.conftest import SOUTH, WEST, World

BARRE = "71270|Rue de la Barre"


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world(doors=40, minutes=20)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def edit_address(world: World) -> str:
    return f"/terrain/{world.canvass}/modifier/"


def hidden(answer: Any) -> dict[str, list[str]]:
    """The hidden fields of the preview's form, as a browser would send them again."""
    form = answer.content.decode().rsplit("<form", 1)[0] + answer.content.decode()
    found: dict[str, list[str]] = {}
    main = re.search(r'<form method="post" class="form">(.*?)</form>', form, re.S)
    assert main is not None
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', main[1]):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(value)
    return found


def test_a_street_is_moved_in_two_steps(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    page = browser.get(edit_address(world)).content.decode()
    assert f'value="{BARRE}"' in page
    sent = {"what": "street", "version": 1, "street": BARRE, "side": "odd", "target": "new"}
    shown = browser.post(edit_address(world), sent)
    assert shown.status_code == 200
    assert "Rien n’est encore changé" in text_of(shown)
    assert "10 portes changeraient de secteur" in text_of(shown)
    assert PlanVersion.objects.count() == 1
    kept = browser.post(edit_address(world), {**hidden(shown), "garder": "1"})
    assert kept["Location"] == f"/terrain/{world.canvass}/plans/comparer/?avant=1&apres=2"
    compared = text_of(browser.get(kept["Location"]))
    assert "Le plan est changé" in compared
    assert "nouveau" in compared
    assert Door.objects.filter(turf__number=max(t.number for t in world.turfs) + 1).count() == 10


def test_a_boundary_that_is_typed(world: World, sign_in: Callable[..., Any]) -> None:
    east = WEST + 4.5 * 0.00026
    south, north, west = SOUTH - 0.001, SOUTH + 0.001, WEST - 0.001
    corners = f"{south}, {west}\n{south} {east}\n\n{north};{east}\n{north} {west}"
    sent = {"what": "boundary", "version": 1, "corners": corners, "target": "new"}
    browser = sign_in(world.cast.owner)
    shown = browser.post(edit_address(world), sent)
    assert "5 portes changeraient de secteur" in text_of(shown)
    browser.post(edit_address(world), {**hidden(shown), "garder": "1"})
    assert Canvass.objects.get().plan_version == 2


@pytest.mark.parametrize(
    "corners",
    [
        "",
        "un, deux",
        "1 2 3\n4 5 6\n7 8 9",
        "46.1, 4.8",
        "95, 4\n96, 5\n95, 5",
        "46, 4\n47, 5\n46, 5\n47, 4",
        "1e400 2\n3 4\n5 6",
    ],
)
def test_a_bad_boundary_is_explained(world: World, sign_in: Callable[..., Any], corners: str) -> None:
    sent = {"what": "boundary", "version": 1, "corners": corners, "target": "new", "garder": "1"}
    answer = sign_in(world.cast.owner).post(edit_address(world), sent)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
    assert Canvass.objects.get().plan_version == 1


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"what": "burn"},
        {"what": "street", "street": "x|y", "side": "both", "target": "new"},
        {"what": "street", "street": BARRE, "side": "left", "target": "new"},
        {"what": "street", "street": BARRE, "side": "both", "target": "99"},
        {"what": "street", "street": BARRE, "side": "both", "first_number": "-3", "target": "new"},
        {"what": "merge", "turf": "1", "target": "1"},
        {"what": "merge", "turf": "1"},
        {"what": "split", "turf": "<script>"},
        {"what": "boundary", "corners": "1,2\n" * 600, "target": "new"},
        {"what": ["split", "merge"], "turf": ["1", "2"]},
    ],
)
def test_nonsense_changes_nothing(world: World, sign_in: Callable[..., Any], sent: dict[str, Any]) -> None:
    answer = sign_in(world.cast.owner).post(edit_address(world), {"version": 1, "garder": 1, **sent})
    assert answer.status_code == 200
    assert Canvass.objects.get().plan_version == 1


@pytest.mark.parametrize("version", ["", "0", "9", "x", "-1", "99999999999999"])
def test_another_version_than_the_present_one_is_refused(
    world: World, sign_in: Callable[..., Any], version: str
) -> None:
    browser = sign_in(world.cast.owner)
    answer = browser.post(edit_address(world), {"what": "split", "turf": 1, "version": version, "garder": 1})
    assert answer.status_code == 200
    assert "Rien n’a été changé" in text_of(answer)
    assert Canvass.objects.get().plan_version == 1


def test_the_second_leader_is_shown_what_the_first_did(world: World, sign_in: Callable[..., Any]) -> None:
    first, second = sign_in(world.cast.owner), sign_in(world.cast.coordinator)
    first.post(edit_address(world), {"what": "split", "turf": 2, "version": 1, "garder": 1})
    answer = second.post(
        edit_address(world), {"what": "merge", "turf": 1, "target": 3, "version": 1, "garder": 1}
    )
    assert "plans/comparer/?avant=1&amp;apres=2" in answer.content.decode()
    assert "secteurs 2, 5" in text_of(answer)
    assert 'name="version" value="2"' in answer.content.decode()
    assert Canvass.objects.get().plan_version == 2


def test_one_turf_is_changed(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    address = f"/terrain/{world.canvass}/secteurs/1/modifier/"
    doors = [str(one) for one in world.turf.door_ids]
    page = browser.get(address).content.decode()
    assert all(door in page for door in doors)
    shown = browser.post(
        address, {"what": "doors", "turf": 1, "version": 1, "doors": doors[:2], "target": "2"}
    )
    assert "2 portes changeraient de secteur" in text_of(shown)
    browser.post(address, {**hidden(shown), "garder": "1"})
    assert set(Door.objects.filter(turf__number=2, pk__in=doors[:2])) == set(
        Door.objects.filter(pk__in=doors[:2])
    )
    for version, sent in enumerate(
        [
            {"what": "first", "doors": doors[-2]},
            {"what": "place", "doors": doors[-1], "position": 4},
            {"what": "reverse"},
            {"what": "split"},
            {"what": "merge", "target": 3},
        ],
        start=2,
    ):
        kept = browser.post(address, {"turf": 1, "version": version, "garder": 1, **sent})
        assert kept.status_code == 302, sent
    assert Canvass.objects.get().plan_version == 7
    assert not Turf.objects.filter(number=1).exists()


def test_going_back_is_shown_first(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    browser.post(edit_address(world), {"what": "merge", "turf": 1, "target": 2, "version": 1, "garder": 1})
    listed = browser.get(f"/terrain/{world.canvass}/plans/").content.decode()
    back = f"/terrain/{world.canvass}/plans/1/retour/"
    assert back in listed
    shown = browser.get(back)
    assert "Rien n’est encore changé" in text_of(shown)
    assert Canvass.objects.get().plan_version == 2
    assert browser.post(back, {"version": 1}).status_code == 302  # an old page: refused, and said
    assert Canvass.objects.get().plan_version == 2
    done = browser.post(back, hidden(shown))
    assert done["Location"].endswith("?avant=2&apres=3")
    assert Canvass.objects.get().plan_version == 3
    assert Turf.objects.filter(number=1).exists()
    assert "vers la version 1" in text_of(browser.get(f"/terrain/{world.canvass}/plans/"))


@pytest.mark.parametrize(
    "query", ["?avant=9", "?apres=x", "?avant=-1", "?avant=%C2%B2", "?apres=99999999999999"]
)
def test_a_version_that_is_not_there_is_a_missing_page(
    world: World, sign_in: Callable[..., Any], query: str
) -> None:
    assert (
        sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/plans/comparer/{query}").status_code == 404
    )


def test_a_turf_in_use_says_why_on_its_page(world: World, sign_in: Callable[..., Any]) -> None:
    world.assign()
    browser = sign_in(world.cast.owner)
    page = browser.get(f"/terrain/{world.canvass}/secteurs/1/modifier/")
    assert "Une équipe tient ce secteur" in text_of(page)
    assert 'name="what"' not in page.content.decode()
    answer = browser.post(
        f"/terrain/{world.canvass}/secteurs/1/modifier/",
        {"what": "reverse", "turf": 1, "version": 1, "garder": 1},
    )
    assert answer.status_code == 200
    assert Canvass.objects.get().plan_version == 1
    assert "1 secteur est utilisé" in text_of(browser.get(edit_address(world)))


def test_a_canvass_without_a_plan_has_none_to_change(world: World, sign_in: Callable[..., Any]) -> None:
    Canvass.objects.update(planned_at=None)
    browser = sign_in(world.cast.owner)
    for path in ("modifier/", "plans/", "plans/comparer/", "plan/pdf/", "plans/1/retour/"):
        assert browser.get(f"/terrain/{world.canvass}/{path}").status_code == 404


def queries(browser: Any, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_pages_cost_the_same_for_many_doors_turfs_and_versions(
    make_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    costs = []
    for doors, edits in ((8, 1), (40, 9)):
        world = make_world(doors=doors, minutes=15)
        browser = sign_in(world.cast.owner)
        for version in range(1, edits + 1):
            browser.post(
                f"/terrain/{world.canvass}/secteurs/1/modifier/",
                {"what": "reverse", "turf": 1, "version": version, "garder": 1},
            )
        canvass = f"/terrain/{world.canvass}/"
        paths = ["", "modifier/", "secteurs/1/modifier/", "plans/", "plans/comparer/?avant=1", "plan/pdf/"]
        costs.append([queries(browser, canvass + path) for path in paths])
        Turf.objects.all().delete()
        PlanVersion.objects.all().delete()
    assert costs[0] == costs[1]
    assert max(costs[1]) <= 32


def test_the_table_has_pages(world: World, sign_in: Callable[..., Any]) -> None:
    canvass = Canvass.objects.get()
    walk = Turf.objects.get(number=1).walk
    for number in range(100, 100 + TURFS_PER_PAGE):
        turf = Turf.objects.create(canvass=canvass, number=number, minutes=1, metres=1, walk=walk)
        Door.objects.create(
            turf=turf, position=1, address_id=f"x{number}", label="x", longitude=WEST, latitude=SOUTH
        )
    browser = sign_in(world.cast.owner)
    first, second = (
        browser.get(f"/terrain/{world.canvass}/?page={page}").content.decode() for page in (1, 2)
    )
    assert first.count('<tr role="row">') == TURFS_PER_PAGE + 1
    assert second.count('<tr role="row">') == len(world.turfs) + 1


def test_the_whole_plan_on_paper_is_the_same_twice(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    first, second = (browser.get(f"/terrain/{world.canvass}/plan/pdf/") for _ in range(2))
    assert first["Content-Type"] == "application/pdf"
    assert first.content == second.content
    assert first.content.startswith(b"%PDF")


def test_the_map_on_paper_lies_where_the_town_is_wide(
    make_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = make_world(doors=20)  # one street from west to east
    content = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/plan/pdf/").content
    first, *tables = PdfReader(BytesIO(content)).pages
    assert first.mediabox.width > first.mediabox.height
    assert "Page 1" in first.extract_text()
    assert tables
    assert all(page.mediabox.width < page.mediabox.height for page in tables)


@pytest.mark.parametrize(
    ("bounds", "sheet"),
    [
        ((7.40, 43.73, 7.42, 43.79), plan_paper.UPRIGHT),
        ((7.40, 43.73, 7.46, 43.75), plan_paper.LYING),
        (None, plan_paper.UPRIGHT),
    ],
)
def test_the_sheet_follows_the_shape_of_the_town(bounds: Any, sheet: plan_paper.Sheet) -> None:
    assert plan_paper.map_sheet(bounds) == sheet


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("is_rounds", [False, True])
def test_no_heading_of_the_plan_on_paper_touches_the_next(language: str, *, is_rounds: bool) -> None:
    with translation.override(language):
        edges = []
        for column in plan_paper._columns(is_rounds=is_rounds):
            wide = pdf.text_width(column.title, font=pdf.BOLD, size=8.5)
            edges.append((column.x - wide, column.x) if column.is_number else (column.x, column.x + wide))
    assert all(right + 1.2 * mm <= left for (_, right), (left, _) in pairwise(edges))
    assert edges[-1][1] <= plan_paper.MARGIN + plan_paper.UPRIGHT.content


def test_the_map_of_moves_is_drawn_around_them(world: World) -> None:
    """A far door that stays does not make those that move small; one target needs no number at each door."""
    near, far = (WEST + 0.0005, SOUTH), (WEST + 0.5, SOUTH)
    moves = [("1 rue Basse", (WEST, SOUTH), 1, 2), ("2 rue Basse", (WEST + 0.001, SOUTH), 1, 2)]
    drawn = plan_maps._moves_map(moves, [near, far], "")
    assert drawn is not None
    assert drawn.bounds is not None
    assert drawn.bounds[2] < WEST + 0.01
    _streets, still, to = drawn.layers
    assert [one.geometry["coordinates"] for one in still.features] == [list(near)]
    assert {one.number for one in to.features} == {""}
    drawn = plan_maps._moves_map([*moves, ("3 rue Basse", near, 1, 3)], [], "")
    assert drawn is not None
    assert [{one.number for one in layer.features} for layer in drawn.layers[2:]] == [{"2"}, {"3"}]


def test_signs_shrink_where_turfs_are_many() -> None:
    assert plan_maps.crowding([None] * 40) == 1  # type: ignore[list-item]  # only counted
    assert plan_maps.crowding([None] * 160) == 2  # type: ignore[list-item]
