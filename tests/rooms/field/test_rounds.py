"""Leaflet rounds: a round is a turf, a side of a street is a door with its letter boxes."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from amiral.cores.walk.rounds import Turn
from amiral.kit.errors import NotFound, Refused
from amiral.kit.ids import new_id
from amiral.rooms.field import actions, api
from amiral.rooms.field.access import access_assignment_by_id
from amiral.rooms.field.contracts import SIDE_OUTCOMES, CanvassKind, Edit, EditKind, Outcome, TourAsked
from amiral.rooms.field.models import AddressWish, Canvass, Door, Turf, Visit
from amiral.rooms.field.queries.legs import Leg, leg_of
from amiral.rooms.field.queries.walking import walk_list
from amiral.rooms.field.web import paper
from amiral.rooms.territory import api as territory
from tests.conftest import NOON, Cast
from tests.kit.readers.files import Node, Way, write_pbf
from tests.rooms.field.conftest import SATURDAY, SOUTH, WEST, World, with_team
from tests.rooms.field.phones import enrolled
from tests.rooms.field.test_walk_list import forms

EAST, NORTH = 1 / 76_900, 1 / 111_150  # degrees per metre there, nearly


def town(path: Path) -> Path:
    """A big street, rue Haute, and a small one, rue Basse, that leaves it to the north after 100 metres."""
    spots = {1: (0, 0), 2: (100, 0), 3: (200, 0), 4: (100, 100)}
    nodes: list[Node] = [(i, WEST + x * EAST, SOUTH + y * NORTH, {}) for i, (x, y) in spots.items()]
    ways: list[Way] = [
        (1, [1, 2, 3], {"highway": "secondary", "name": "Rue Haute"}),
        (2, [2, 4], {"highway": "residential", "name": "Rue Basse"}),
    ]
    return write_pbf(path, nodes, ways)


def addresses() -> list[str]:
    """Even numbers on the north of rue Haute, odd ones on its south; rue Basse on both sides."""
    spots = [(2 * i, "Rue Haute", 20 * i, 12) for i in range(1, 10)]
    spots += [(2 * i - 1, "Rue Haute", 20 * i, -12) for i in range(1, 10)]
    spots += [(i, "Rue Basse", 100 + (8 if i % 2 else -8), 10 * i + 15) for i in range(1, 8)]
    return [
        f"a{x};{n};;{street};71270;Mâcon;{WEST + east * EAST:.7f};{SOUTH + north * NORTH:.7f}"
        for x, (n, street, east, north) in enumerate(spots)
    ]


@pytest.fixture
def rounds_world(
    cast: Cast, import_addresses: Callable[..., UUID], reference_dir: Path
) -> Callable[..., World]:
    def make(*, bag: int = 250, lines: list[str] | None = None) -> World:
        file = import_addresses(lines or addresses())
        territory.import_streets_file(path=town(reference_dir / "town.osm.pbf"), name="rues")
        canvass = api.create_canvass(
            by_id=cast.owner,
            group_id=cast.group,
            name="Rue Haute",
            kind=CanvassKind.LEAFLET_ROUNDS,
            file_id=file,
            bag=bag,
        )
        api.plan_now(canvass_id=canvass, at=NOON)
        return with_team(cast, file=file, canvass=canvass)

    return make


def test_each_side_is_a_door_with_its_boxes(rounds_world: Callable[..., World]) -> None:
    world = rounds_world()
    report = Canvass.objects.get().report
    sides = list(Door.objects.filter(turf__canvass=world.canvass))
    assert (report["turfs"], report["boxes"], report["bag"]) == (1, 25, 250)
    assert report["doors"] == len(sides)
    assert sum(side.dwellings for side in sides) == 25
    legs = [leg for side in sides if (leg := leg_of(side.leg))]
    assert {str(leg.side) for leg in legs} in ({"right", "both"}, {"left", "both"}, {"left", "right", "both"})
    assert {str(leg.parity) for leg in legs} == {"odd", "even", "mixed"}
    assert {side.commune_code for side in sides} == {"71270"}
    assert report["unreachable_count"] == report["straight_turfs"] == 0


def test_sides_are_not_counted_among_the_doors_of_the_campaign(rounds_world: Callable[..., World]) -> None:
    rounds_world()
    assert Door.objects.exists()
    assert api.campaign_figures() == (0, 0)


def test_no_bag_is_overfull(rounds_world: Callable[..., World]) -> None:
    rounds_world(bag=10)
    for turf in Turf.objects.all():
        assert 0 < sum(turf.doors.values_list("dwellings", flat=True)) <= 10
    assert Turf.objects.count() >= 3


def test_the_same_side_has_the_same_id_in_another_cut(rounds_world: Callable[..., World]) -> None:
    world = rounds_world()
    before = set(Door.objects.values_list("address_id", flat=True))
    Canvass.objects.update(seed=5)
    api.plan_now(canvass_id=world.canvass)
    after = list(Door.objects.values_list("address_id", flat=True))
    assert len(set(after)) == len(after)
    assert before & set(after)


def test_without_streets_there_is_a_sentence(cast: Cast, import_addresses: Callable[..., UUID]) -> None:
    canvass = api.create_canvass(
        by_id=cast.owner,
        group_id=cast.group,
        name="Sans rues",
        kind=CanvassKind.LEAFLET_ROUNDS,
        file_id=import_addresses(addresses()),
    )
    with pytest.raises(actions.NoStreetsHere, match="rues"):
        api.plan_now(canvass_id=canvass)
    assert not Turf.objects.exists()


@pytest.mark.parametrize("bag", [0, 9, 100_000])
def test_a_bag_that_nobody_carries_is_refused(
    cast: Cast, import_addresses: Callable[..., UUID], bag: int
) -> None:
    with pytest.raises(actions.BadBag):
        api.create_canvass(
            by_id=cast.owner,
            group_id=cast.group,
            name="Sac",
            kind=CanvassKind.LEAFLET_ROUNDS,
            file_id=import_addresses(addresses()),
            bag=bag,
        )


def test_an_address_that_asked_for_nothing_gets_no_leaflet(rounds_world: Callable[..., World]) -> None:
    world = rounds_world()
    name = Canvass.objects.get().address_file_name
    AddressWish.objects.create(
        address_file_name=name, address_id="a0", since=NOON, until=NOON + timedelta(days=9), visit_id=new_id()
    )
    report = api.plan_now(canvass_id=world.canvass, at=NOON)
    assert (report["boxes"], report["wishes"]) == (24, 1)


def test_the_walk_list_tells_the_way_and_counts_leaflets(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any], at_noon: Any
) -> None:
    world = rounds_world()
    card, volunteer = world.assign(), sign_in(world.cast.teammate)
    text = " ".join(volunteer.get(card.url).content.decode().split())
    for words in ("Commencez ici", "côté pair", "côté impair", "des deux côtés", "25 tracts"):
        assert words in text, words
    found = forms(volunteer, card.url)
    assert len(found) == len(world.turf.door_ids)
    assert found[0]["buttons"] == ["leaflet-left", "come-back", "refused"]
    at_noon.move_to(SATURDAY)
    first = Door.objects.get(pk=world.turf.door_ids[0])
    world.visit(card, 1, Outcome.LEAFLET_LEFT)
    text = " ".join(volunteer.get(card.url).content.decode().split())
    assert f"encore {25 - first.dwellings} tracts" in text
    world.visit(card, 2, Outcome.COME_BACK)
    text = " ".join(volunteer.get(card.url).content.decode().split())
    assert f"encore {25 - first.dwellings} tracts" in text
    assert "En partie" in text
    assert "Feuille de route, tournée 1" in text
    assert "secteur" not in text.lower()
    for place in range(2, len(world.turf.door_ids) + 1):
        world.visit(card, place, Outcome.LEAFLET_LEFT)
    assert "Tous les côtés de cette tournée sont faits." in volunteer.get(card.url).content.decode()
    assert "Carte de la tournée 1" in volunteer.get(f"{card.url}carte/").content.decode()


def test_only_what_can_happen_to_a_side_is_recorded(rounds_world: Callable[..., World]) -> None:
    world = rounds_world()
    card = world.assign()
    for outcome in (Outcome.DO_NOT_COME_BACK, Outcome.TALKED, Outcome.NOBODY):
        with pytest.raises(actions.NotOfASide):
            world.visit(card, 1, outcome)
    assert not Visit.objects.exists()
    assert not AddressWish.objects.exists()


def test_rounds_are_not_changed_by_hand(rounds_world: Callable[..., World]) -> None:
    world = rounds_world(bag=10)
    version = Canvass.objects.get().plan_version
    edit = Edit(kind=EditKind.DOORS, doors=(world.turf.door_ids[0],), target=2)
    with pytest.raises(actions.RoundsStayWhole):
        actions.edit_plan(
            by_id=world.cast.owner, canvass_id=world.canvass, edit=edit, version=version, at=NOON
        )


def test_the_paper_holds_every_side_in_order(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world()
    card = world.assign()
    answer = sign_in(world.cast.teammate).get(f"{card.url}pdf/")
    first, *rest = (page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "25 tracts" in " ".join(first.split())
    assert "Tournée 1, Rue Haute" in " ".join(first.split())
    whole = " ".join(" ".join(rest).split())
    for words in ("Rue Haute", "Rue Basse", "côté pair", "Fait", "En partie", "Impossible", "boîtes"):
        assert words in whole, words
    assert "ne plus revenir" not in whole.lower()


def test_the_paper_tells_what_is_done(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any], at_noon: Any
) -> None:
    world = rounds_world()
    card = world.assign()
    at_noon.move_to(SATURDAY)
    world.visit(card, 1, Outcome.LEAFLET_LEFT)
    answer = sign_in(world.cast.teammate).get(f"{card.url}pdf/")
    whole = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "Fait · Commencez ici" in " ".join(whole.split())
    for heading in ("Rue Haute (", "Rue Basse ("):  # each line says its side
        assert heading not in whole


def test_the_way_leads_to_the_street_and_tells_how_far_the_first_box_is(
    rounds_world: Callable[..., World],
) -> None:
    """Both addresses stand far from the corner: the list sends into the street, then to its first box."""
    spots = [(2, "Rue Haute", 20, 12), (1, "Rue Basse", 92, 80)]
    rounds_world(
        lines=[
            f"a{n};{n};;{street};71270;Mâcon;{WEST + east * EAST:.7f};{SOUTH + north * NORTH:.7f}"
            for n, street, east, north in spots
        ]
    )
    second = leg_of(Door.objects.get(position=2).leg)
    assert second is not None
    assert [one.street for one in second.way] in (["Rue Haute"], ["Rue Basse"])
    assert second.ahead == pytest.approx(79, abs=2)
    assert str(second.turn) in {"left", "right"}
    assert "première boîte à" in second.way_words
    old = {key: value for key, value in Door.objects.get(position=2).leg.items() if key != "ahead"}
    old["way"] = [one[:2] for one in old["way"]]
    before = leg_of(old)  # a plan from before is read too
    assert before is not None
    assert before.ahead == 0
    assert re.fullmatch(r"Marchez \d+ m par Rue (Haute|Basse), puis à (gauche|droite)", before.way_words)


def leg(turn: Turn, *way: tuple[str, int, Turn], ahead: int = 0) -> Leg:
    found = leg_of(
        {
            "turn": str(turn),
            "way": [[street, metres, str(one)] for street, metres, one in way],
            "ahead": ahead,
            "crosses": False,
            "side": "left",
            "parity": "odd",
            "first": "1",
            "last": "9",
            "from": "",
            "to": "",
            "metres": 80,
            "addresses": 5,
            "part": 1,
            "parts": 1,
            "line": [[WEST, SOUTH], [WEST + EAST, SOUTH]],
        }
    )
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("told", "english", "french"),
    [
        (leg(Turn.BEGIN), "Begin here", "Commencez ici"),
        (leg(Turn.BACK, ahead=40), "Turn back (first box after 40 m)", "Demi-tour (première boîte à 40 m)"),
        (
            leg(Turn.BACK, ("Rue Basse", 19, Turn.STRAIGHT)),
            "Walk 19 m along Rue Basse, then turn back",
            "Marchez 19 m par Rue Basse, puis demi-tour",
        ),
        (
            leg(
                Turn.LEFT,
                ("Rue Haute", 60, Turn.BACK),
                ("", 20, Turn.RIGHT),
                ("Rue Basse", 30, Turn.STRAIGHT),
            ),
            "Turn back, 60 m along Rue Haute; turn right, 20 m; straight on, 30 m along Rue Basse,"
            " then turn left",
            "Demi-tour, 60 m par Rue Haute\N{NO-BREAK SPACE}; à droite, 20 m\N{NO-BREAK SPACE};"
            " tout droit, 30 m par Rue Basse, puis à gauche",
        ),
    ],
)
def test_the_words_stand_in_the_order_in_which_one_walks(told: Leg, english: str, french: str) -> None:
    with translation.override("en"):
        assert told.way_words == english
    with translation.override("fr"):
        assert told.way_words == french


def test_what_does_not_fit_on_paper_is_told_in_short() -> None:
    """The first turn, all metres and streets, the last turn; then without streets."""
    told = leg(
        Turn.LEFT,
        ("Rue du Faubourg-Saint-Antoine", 60, Turn.BACK),
        ("", 20, Turn.RIGHT),
        ("Rue Traversière", 130, Turn.LEFT),
    )
    with translation.override("en"):
        short = "Turn back, 210 m along Rue du Faubourg-Saint-Antoine, Rue Traversière, then turn left"
        assert told.short_way_words == short
        assert told.bare_way_words == "Turn back, 210 m, then turn left"
        long = told.way_words
    fitting = [paper._that_fits((long, short), sizes=(7.5, 6.5), width=width) for width in (900, 420, 330, 9)]
    assert fitting == [(long, 7.5), (long, 6.5), (short, 7.5), (short, 6.5)]


def test_the_signs_on_paper_stand_where_the_walk_begins_and_ends(rounds_world: Callable[..., World]) -> None:
    """Not at the middles of the first and the last side, which are up to 400 m long."""
    world = rounds_world()
    card = world.assign()
    row = access_assignment_by_id(person_id=world.cast.owner, assignment_id=card.id, at=NOON)
    walk = walk_list(assignment=row, at=NOON)
    assert paper._ends(walk) == (walk.walk[0], walk.walk[-1])
    first, last = walk.doors[0], walk.doors[-1]
    assert (first.longitude, first.latitude) != walk.walk[0]
    by_doors = replace(walk, doors=tuple(replace(door, leg=None) for door in walk.doors))
    assert paper._ends(by_doors) == ((first.longitude, first.latitude), (last.longitude, last.latitude))
    drawn = paper.walk_list_pdf(
        walk=walk, link="https://exemple.fr/t/abc/", pages_link="https://exemple.fr/f/", language="fr"
    )
    legend = " ".join(PdfReader(BytesIO(drawn)).pages[0].extract_text().split())
    assert "le parcours commence en ◆ et finit en ■" in legend


def test_the_pages_of_the_leader_speak_of_sides_and_bags(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world()
    world.visit(world.assign(), 1, Outcome.LEAFLET_LEFT)
    owner = sign_in(world.cast.owner)
    canvass = " ".join(owner.get(f"/terrain/{world.canvass}/").content.decode().split())
    assert "tracts" in canvass
    assert "dans le sac le plus plein, sur 250" in canvass
    assert "250 tracts au plus par tournée" in canvass
    assert "minutes par secteur" not in canvass.split("<form")[0]
    assert '<h2 id="turfs">Tournées</h2>' in canvass
    assert "Carte des tournées" in canvass
    assert re.search(r"Tournée 1 : \d+ côtés? de rues?, \d+ minutes", canvass)
    assert re.search(r"\d+ tournées?, \d+ côtés? de rue", owner.get("/terrain/").content.decode())
    turf = " ".join(owner.get(f"/terrain/{world.canvass}/secteurs/1/").content.decode().split())
    assert "Boîtes aux lettres" in turf
    assert "<h1>Tournée 1</h1>" in turf
    assert "côtés de rues" in turf
    coverage = owner.get(f"/terrain/{world.canvass}/couverture/?vue=portes").content.decode()
    assert "Impossible" in coverage
    english = owner.get(f"/terrain/{world.canvass}/", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_the_form_offers_rounds_and_a_bag(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any], at_noon: Any
) -> None:
    world = rounds_world()
    owner = sign_in(world.cast.owner)
    address = f"/terrain/nouveau/?fichier={world.file}"
    page = owner.get(address).content.decode()
    assert "leaflet-rounds" in page
    assert 'name="bag"' in page
    form = {
        "group": world.cast.group,
        "name": "Deuxième",
        "kind": "leaflet-rounds",
        "area": "whole",
        "minutes": 60,
        "bag": 120,
        "seed": 0,
    }
    assert owner.post(address, form).status_code == 302
    assert Canvass.objects.get(name="Deuxième").bag == 120
    assert owner.post(address, {**form, "bag": 3}).status_code == 200


def test_a_plan_by_doors_does_not_ask_for_a_bag(world: World, sign_in: Callable[..., Any]) -> None:
    assert 'name="bag"' not in sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/").content.decode()


def test_the_pages_take_as_many_queries_however_many_sides(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    from django.db import connection

    counts = []
    for lines in (addresses()[:3], None):
        Canvass.objects.all().delete()
        world = rounds_world(lines=lines)
        card, volunteer = world.assign(), sign_in(world.cast.teammate)
        volunteer.get(card.url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert volunteer.get(card.url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_coverage_counts_sides_done_partly_or_impossible(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world()
    card = world.assign()
    world.visit(card, 1, Outcome.LEAFLET_LEFT)
    world.visit(card, 2, Outcome.REFUSED)
    owner = sign_in(world.cast.owner)
    page = " ".join(owner.get(f"/terrain/{world.canvass}/couverture/").content.decode().split())
    for words in ("Côtés faits", "Fait", "En partie", "Impossible", "côtés de rues"):
        assert words in page, words
    for words in ("Échange", "Personne</th>", "Refus"):
        assert words not in page, words
    by_side = owner.get(f"/terrain/{world.canvass}/couverture/?vue=portes").content.decode()
    assert "Couverture par côté de rue" in by_side


def test_every_address_is_accounted_for(rounds_world: Callable[..., World]) -> None:
    lines = addresses()
    world = rounds_world(
        lines=[*lines, lines[0].replace("a0;", "b0;"), "far;1;;Rue Loin;71270;Mâcon;4.86;46.306"]
    )
    report = Canvass.objects.get(pk=world.canvass).report
    parts = ("addresses", "merged", "same_address", "wishes", "unreachable_count")
    assert sum(report[part] for part in parts) == len(lines) + 2
    assert report["unreachable"] == [{"label": "1 Rue Loin", "reason": "too_far"}]


def test_no_tour_and_no_new_plan_around_what_is_held(rounds_world: Callable[..., World]) -> None:
    world = rounds_world(bag=10)
    asked = TourAsked(longitude=WEST, latitude=SOUTH, minutes=30, people=2)
    with pytest.raises(NotFound):
        actions.propose_tour(by_id=world.cast.owner, canvass_id=world.canvass, asked=asked, at=NOON)
    with pytest.raises(Refused):
        actions.start_replanning(by_id=world.cast.owner, canvass_id=world.canvass)


def test_the_pages_of_rounds_say_what_is_left_out(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world(lines=[*addresses(), "far;1;;Rue Loin;71270;Mâcon;4.86;46.306"])
    page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/").content.decode()
    assert "Aucune rue n’est proche de l’adresse" in page


def test_the_plan_of_rounds_counts_sides_and_leaflets(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world(bag=100)
    page = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/").content.decode()
    assert "Côtés faits" in page
    assert "Portes faites" not in page
    content = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/plan/pdf/").content
    first, table = (one.extract_text() for one in PdfReader(BytesIO(content)).pages)
    assert "100 tracts au plus par tournée" in first
    assert "portes" not in first
    assert re.search(r"^\d+ tournées?, ", first, re.M)
    assert "porte" not in first
    assert "Tournée" in table
    assert "Côtés" in table
    assert "Logements" not in table


def test_the_page_of_a_round_never_calls_it_a_turf(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world()
    owner = sign_in(world.cast.owner)
    where = f"/terrain/{world.canvass}/secteurs/1/"
    free = owner.get(where).content.decode()
    assert "Personne ne tient cette tournée" in free
    world.assign()
    held = owner.get(where).content.decode()
    assert "Reprendre la tournée" in held
    for page in (free, held):
        words = re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1].split("</main>", 1)[0])
        assert "secteur" not in words
        assert not re.search(r"\bfaites\b(?!-en)", words)
        assert "faits" in words


def test_lists_and_links_count_sides_not_doors(
    rounds_world: Callable[..., World], sign_in: Callable[..., Any]
) -> None:
    world = rounds_world()
    world.assign()
    offered = api.links_for_shift(shift_id=world.shift, person_id=world.cast.teammate)
    links = [link for link in offered if link.url.startswith("/tournee/")]
    assert {bool(re.search(r"\d+ côtés de rues, environ", link.detail)) for link in links} == {True}
    page = sign_in(world.cast.owner).get("/terrain/").content.decode()
    assert "côtés de rues" in page
    assert "portes" not in page.split("<main", 1)[1].split("</main", 1)[0]


def test_a_phone_says_three_things_of_a_side_and_never_an_opinion(rounds_world: Callable[..., World]) -> None:
    world = rounds_world()
    world.assign()
    phone, side = enrolled(world.shift), world.turf.door_ids[0]
    phone.visit(side, Outcome.DO_NOT_COME_BACK)
    for outcome in SIDE_OUTCOMES:
        phone.visit(side, outcome)
    phone.send()
    assert phone.statuses() == ["quarantined-door", "stored", "stored", "stored"]
    assert Visit.objects.count() == 3
    assert not AddressWish.objects.exists()
