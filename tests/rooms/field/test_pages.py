"""What the pages show, and what they cost."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.kit import runs
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.models import AddressWish, Canvass, Turf, Visit
from tests.conftest import NOON
from tests.rooms.field.conftest import SATURDAY, World, address_lines


def queries(browser: Any, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_list_costs_the_same_for_many_canvasses(world: World, sign_in: Callable[..., Any]) -> None:
    browser = sign_in(world.cast.owner)
    for _ in range(2):
        Canvass.objects.create(**copy_of(world.canvass))
    few = queries(browser, "/terrain/")
    for _ in range(18):
        Canvass.objects.create(**copy_of(world.canvass))
    assert queries(browser, "/terrain/") == few


def copy_of(canvass_id: UUID) -> dict[str, Any]:
    row = Canvass.objects.filter(pk=canvass_id).values().get()
    return {name: value for name, value in row.items() if name != "id"}


def test_pages_cost_the_same_for_many_doors_and_turfs(
    make_world: Callable[..., World], sign_in: Callable[..., Any], at_noon: Any
) -> None:
    costs = []
    for doors in (2, 40):
        world = make_world(doors=doors, minutes=15)
        browser = sign_in(world.cast.owner)
        assignments = [world.assign(turf) for turf in world.turfs]
        for assignment in assignments:
            world.visit(assignment, 1)
        turf = f"/terrain/{world.canvass}/secteurs/1/"
        walk = f"/tournee/{assignments[0].id}/"
        addresses = [f"/terrain/{world.canvass}/", f"/terrain/{world.canvass}/couverture/", turf, walk]
        addresses += [f"{walk}carte/", f"{walk}pdf/", f"/terrain/{world.canvass}/couverture.csv"]
        costs.append([queries(browser, address) for address in addresses])
        counts = (len(world.turfs), len(world.turf.door_ids))
        Visit.objects.all().delete()
        Turf.objects.all().delete()
    assert counts[0] > 3
    assert counts[1] > 2
    assert costs[0] == costs[1]
    assert max(costs[1]) <= 34


def test_volunteers_are_told_where_their_walk_lists_are(world: World, sign_in: Callable[..., Any]) -> None:
    page = text_of(sign_in(world.cast.teammate).get("/terrain/"))
    assert "Vos feuilles de route" in page
    assert "Rue de la Barre" not in page


def test_a_new_canvass_is_cut_in_the_background(
    world: World, sign_in: Callable[..., Any], at_noon: Any
) -> None:
    browser = sign_in(world.cast.coordinator)
    form = {
        "group": world.cast.group,
        "name": "Charnay",
        "kind": "leaflet-drop",
        "area": "commune",
        "commune_code": "71270",
        "minutes": 60,
        "seed": "",
    }
    answer = browser.post(f"/terrain/nouveau/?fichier={world.file}", form)
    canvass = Canvass.objects.get(name="Charnay")
    assert answer["Location"] == f"/terrain/{canvass.pk}/"
    waiting = browser.get(answer["Location"])
    assert waiting["Refresh"]
    assert f"/travaux/{canvass.run_id}/arreter/" in waiting.content.decode()
    other = sign_in(world.cast.administrator).get(answer["Location"]).content.decode()
    assert "/arreter/" not in other
    assert canvass.run_id is not None
    runs.carry_out(canvass.run_id)
    done = browser.get(answer["Location"])
    assert "Refresh" not in done
    assert "Carte des secteurs" in text_of(done)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minutes": 5}, "15"),
        ({"area": "commune"}, "Choisissez la commune."),
        ({"area": "box"}, "Donnez le cadre"),
        ({"area": "box", "bounds": "1,2,3"}, "quatre nombres"),
        ({"area": "box", "bounds": "a,b,c,d"}, "quatre nombres"),
        ({"area": "box", "bounds": "4,46,3,47"}, "Donnez le cadre par quatre nombres"),
        ({"area": "box", "bounds": "1,46,1.1,46.1"}, "Aucune adresse"),
        ({"group": "x"}, "Groupe"),
        ({"name": ""}, "Nom"),
    ],
)
def test_a_wrong_form_says_what_to_do(
    world: World, sign_in: Callable[..., Any], wrong: dict[str, Any], said: str
) -> None:
    form = {"group": world.cast.group, "name": "Essai", "kind": "door-to-door", "area": "whole"}
    answer = sign_in(world.cast.owner).post(
        f"/terrain/nouveau/?fichier={world.file}", {**form, "minutes": 60, **wrong}
    )
    assert answer.status_code == 200
    assert said in text_of(answer)
    assert Canvass.objects.count() == 1


def test_without_any_address_file_the_page_says_where_to_import(
    cast: Any, sign_in: Callable[..., Any]
) -> None:
    page = sign_in(cast.owner).get("/terrain/nouveau/")
    assert "Aucune adresse n’a encore été importée" in text_of(page)


def test_a_file_of_a_quarter_offers_boxes(
    world: World, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any]
) -> None:
    many = import_addresses(address_lines(300), name="grand")
    browser = sign_in(world.cast.owner)
    page = browser.get(f"/terrain/nouveau/?fichier={many}").content.decode()
    boxes = re.findall(r'href="(/terrain/nouveau/\?fichier=[^"]*bornes=[^"#]*)', page)
    assert len(set(boxes)) >= 4
    filled = browser.get(boxes[0].replace("&amp;", "&")).content.decode()
    value = re.search(r'name="bounds" value="([^"]+)"', filled)
    assert value is not None
    form = {"group": world.cast.group, "name": "Quart", "kind": "door-to-door", "area": "box"}
    browser.post(f"/terrain/nouveau/?fichier={many}", {**form, "bounds": value.group(1), "minutes": 60})
    report = api.plan_now(canvass_id=Canvass.objects.get(name="Quart").pk)
    assert 60 <= report["doors"] <= 90


@pytest.mark.parametrize("query", ["?fichier=x", f"?fichier={UUID(int=3)}"])
def test_an_unknown_file_is_a_missing_page(world: World, sign_in: Callable[..., Any], query: str) -> None:
    assert sign_in(world.cast.owner).get(f"/terrain/nouveau/{query}").status_code == 404


def test_assigning_and_taking_back_by_the_page(
    world: World, sign_in: Callable[..., Any], at_noon: Any
) -> None:
    browser = sign_in(world.cast.owner)
    turf = f"/terrain/{world.canvass}/secteurs/1/"
    assert "Porte-à-porte rue de la Barre" in text_of(browser.get(turf))
    browser.post(f"{turf}confier/", {"shift": world.shift})
    page = browser.get(turf)
    assert "Feuille de route" in text_of(page)
    browser.post(f"{turf}reprendre/")
    page = text_of(browser.get(turf))
    assert "Personne ne tient ce secteur" in page
    assert "Équipes précédentes" in page
    answer = browser.post(f"{turf}confier/", {"shift": new_id()}, follow=True)
    assert "Choisissez un des créneaux" in text_of(answer)


def test_unreachable_and_left_out_addresses_are_named(
    world: World, import_addresses: Callable[..., UUID], sign_in: Callable[..., Any]
) -> None:
    row = Canvass.objects.get()
    row.report |= {
        "wishes": 2,
        "unreachable_count": 3,
        "unreachable": [{"label": "9 Impasse Perdue", "reason": "no_position"}],
        "straight_turfs": 0,
        "far_count": 1,
        "far": [{"label": "1 Chemin du Bout", "distance_m": 400}],
    }
    row.save()
    page = text_of(sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/"))
    assert "9 Impasse Perdue" in page
    assert "position utilisable" in page
    assert "et 2 autres" in page
    assert "2 adresses ont été laissées de côté" in page
    assert "1 Chemin du Bout (400 m)" in page


def test_a_failed_planning_says_why(world: World, sign_in: Callable[..., Any], at_noon: Any) -> None:
    run_id = api.start_planning(by_id=world.cast.owner, canvass_id=world.canvass)
    for i in range(30):
        AddressWish.objects.create(
            address_file_name="mâcon",
            address_id=f"a{i}",
            since=NOON,
            until=SATURDAY,
            visit_id=new_id(),
        )
    runs.carry_out(run_id)
    page = text_of(sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/"))
    assert "Aucune adresse de ce fichier" in page
    assert "Découper de nouveau" in page


@pytest.mark.parametrize("view", ["", "?vue=portes", "?vue=secteurs"])
def test_coverage_shows_figures_and_a_map_but_no_volunteer(
    world: World, sign_in: Callable[..., Any], view: str
) -> None:
    assignment = world.assign()
    world.visit(assignment, 1, Outcome.TALKED)
    world.visit(assignment, 2, Outcome.COME_BACK)
    answer = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/couverture/{view}")
    page = text_of(answer)
    assert "faites sur 30 portes" in page
    assert "Mâcon" in page
    assert "<svg" in answer.content.decode()
    assert "Teammate" not in page


def test_a_canvass_without_turfs_has_pages_too(world: World, sign_in: Callable[..., Any]) -> None:
    canvass = Canvass.objects.create(**(copy_of(world.canvass) | {"planned_at": None, "report": {}}))
    browser = sign_in(world.cast.owner)
    assert "rien à couvrir" in text_of(browser.get(f"/terrain/{canvass.pk}/couverture/"))
    assert "Découper en secteurs" in text_of(browser.get(f"/terrain/{canvass.pk}/"))
    assert "Pas encore découpée" in text_of(browser.get("/terrain/"))


def test_figures_as_a_file(world: World, sign_in: Callable[..., Any]) -> None:
    world.visit(world.assign(), 1, Outcome.TALKED)
    answer = sign_in(world.cast.owner).get(f"/terrain/{world.canvass}/couverture.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + len(world.turfs) + 1 + 1 + 1
    assert all(line.count(";") == lines[0].count(";") for line in lines)
    assert lines[-1].startswith("ensemble;;Rue de la Barre;30;30;1;1;3;15;")
    assert lines[-1].endswith(";" * 7), "one answer is not told"
    assert "commune;71270;Mâcon;30;30;1;1;3;15;" in answer.content.decode("utf-8-sig")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_cell_is_never_a_formula(start: str) -> None:
    from amiral.rooms.field.web.exports import safe_cell

    assert safe_cell(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert safe_cell("Rue") == "Rue"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_speaks_both_languages(world: World, sign_in: Callable[..., Any], language: str) -> None:
    assignment = world.assign()
    browser = sign_in(world.cast.owner)
    browser.cookies["langue"] = language
    said = {"fr": ("Couverture", "Secteurs", "Porte suivante"), "en": ("Coverage", "Turfs", "Next door")}
    addresses = (f"/terrain/{world.canvass}/couverture/", f"/terrain/{world.canvass}/")
    for address, words in zip((*addresses, f"/tournee/{assignment.id}/"), said[language], strict=True):
        answer = browser.get(address)
        assert words in text_of(answer)
        assert f'lang="{language}"' in answer.content.decode()


def test_no_page_holds_a_style_or_a_script_of_its_own(world: World, sign_in: Callable[..., Any]) -> None:
    assignment = world.assign()
    browser = sign_in(world.cast.owner)
    for address in (
        "/terrain/",
        "/terrain/nouveau/",
        f"/terrain/{world.canvass}/",
        f"/terrain/{world.canvass}/couverture/",
        f"/terrain/{world.canvass}/secteurs/1/",
        f"/tournee/{assignment.id}/",
        f"/tournee/{assignment.id}/carte/",
    ):
        page = browser.get(address).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page), address
        assert page.count("<h1") == 1, address
        assert not re.search(r"(src|href)=\"https?://", page), address
