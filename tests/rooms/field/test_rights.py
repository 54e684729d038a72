"""Who may do what: every address and verb of the room, for everybody of the cast."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import get_resolver

from amiral.kit.ids import new_id
from amiral.rooms.field.actions import propose_tour
from amiral.rooms.field.contracts import TourAsked
from amiral.rooms.field.models import Assignment, Canvass, DwellingCount, Turf, Visit
from amiral.rooms.field.web import safety_urls
from tests.conftest import NOON
from tests.rooms.field.conftest import SOUTH, WEST, World

ANONYMOUS = "anonymous"
EVERYBODY = (
    "owner",
    "teammate",
    "stranger",
    "coordinator",
    "other_coordinator",
    "administrator",
    ANONYMOUS,
)
LEADERS = {"owner": 1, "coordinator": 1, "administrator": 1}

Door = dict[str, Any]


@pytest.fixture
def held(world: World) -> World:
    world.assign()
    return world


def pages(world: World) -> dict[str, str]:
    """Every page that can be read, by the name of its address."""
    assignment = Assignment.objects.get()
    canvass, turf = f"/terrain/{world.canvass}/", f"/terrain/{world.canvass}/secteurs/1/"
    return {
        "canvasses": "/terrain/",
        "new_canvass": "/terrain/nouveau/",
        "canvass": canvass,
        "edit_plan": f"{canvass}modifier/",
        "edit_turf": f"{turf}modifier/",
        "plan_pdf": f"{canvass}plan/pdf/",
        "plan_versions": f"{canvass}plans/",
        "compare": f"{canvass}plans/comparer/",
        "return_plan": f"{canvass}plans/1/retour/",
        "coverage": f"{canvass}couverture/",
        "coverage_csv": f"{canvass}couverture.csv",
        "coverage_json": f"{canvass}couverture.json",
        "coverage_live": f"{canvass}couverture/direct.json",
        "coverage_place": f"{canvass}couverture/secteur/1/",
        "coverage_tile": f"{canvass}tuiles/15/16823/11637.svg",
        "objections": f"{canvass}objections/",
        "campaign_coverage": "/terrain/couverture/",
        "campaign_objections": "/terrain/objections/",
        "turf": turf,
        "tour": f"{canvass}ici/",
        "share_turf": f"{turf}partager/",
        "list_number": "/terrain/liste/",
        "replan": f"{canvass}replanifier/",
        "walk_list": f"/tournee/{assignment.pk}/",
        "walk_list_map": f"/tournee/{assignment.pk}/carte/",
        "walk_list_pdf": f"/tournee/{assignment.pk}/pdf/",
        "visit": f"/tournee/{assignment.pk}/passage/",
        "dwellings": f"/tournee/{assignment.pk}/logements/{world.turf.door_ids[0]}/",
        "by_token": f"/t/{assignment.token}/",
    }


def allowed(name: str) -> dict[str, int]:
    """Who reads the page: status for those who may; everybody else gets 404."""
    if name == "canvasses":
        return {who: 200 for who in EVERYBODY if who != ANONYMOUS}
    if name == "list_number":  # for whoever has no account: what a number opens is in test_numbers.py
        return dict.fromkeys(EVERYBODY, 200)
    if name == "new_canvass":
        return dict.fromkeys((*LEADERS, "other_coordinator"), 200)
    if name in {"edit_plan", "edit_turf", "plan_pdf", "plan_versions", "compare"}:
        return dict.fromkeys(LEADERS, 200)
    if name == "return_plan":  # nothing differs from the only version: back to the list, which says so
        return dict.fromkeys(LEADERS, 302)
    if name in {"canvass", "turf", "tour", "replan", "share_turf", "objections"} or "coverage" in name:
        return dict.fromkeys(LEADERS, 200)
    if name == "campaign_objections":  # of the canvasses whose coverage one sees
        return dict.fromkeys(LEADERS, 200)
    status = 302 if name in {"visit", "by_token"} else 200
    return dict.fromkeys((*LEADERS, "teammate"), status)


def person(world: World, who: str) -> Any:
    return None if who == ANONYMOUS else getattr(world.cast, who)


@pytest.mark.parametrize("who", EVERYBODY)
def test_reading(held: World, sign_in: Callable[..., Any], who: str) -> None:
    browser = sign_in(person(held, who))
    for name, address in pages(held).items():
        answer = browser.get(address)
        if who == ANONYMOUS and who not in allowed(name):
            assert answer.status_code == 302, name
            by_paper = name == "by_token"  # whoever holds the paper may have its number and no account
            assert answer["Location"].startswith("/terrain/liste/" if by_paper else "/compte/"), name
        else:
            assert answer.status_code == allowed(name).get(who, 404), name


def plan_version(world: World) -> int:
    return Canvass.objects.get(pk=world.canvass).plan_version


def tour_form(world: World) -> dict[str, Any]:
    asked = TourAsked(longitude=WEST, latitude=SOUTH, minutes=20, people=4)
    found = propose_tour(by_id=world.cast.owner, canvass_id=world.canvass, asked=asked, at=NOON)
    place = {"lon": WEST, "lat": SOUTH, "retour": "on"}
    return {"equipe": world.shift, "personnes": 4, "minutes": 20, "empreinte": found.digest} | place


def acts(world: World) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every address that changes something, with what a right-minded form sends."""
    turf = f"/terrain/{world.canvass}/secteurs/1/"
    visit = {"door": world.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
    canvass = {
        "group": world.cast.group,
        "name": "Essai",
        "kind": "door-to-door",
        "area": "whole",
        "minutes": 60,
        "seed": 0,
    }
    return {
        "new_canvass": (f"/terrain/nouveau/?fichier={world.file}", canvass),
        "edit_plan": (
            f"/terrain/{world.canvass}/modifier/",
            {"what": "split", "turf": 2, "version": plan_version(world), "garder": 1},
        ),
        "edit_turf": (
            f"/terrain/{world.canvass}/secteurs/2/modifier/",
            {"what": "reverse", "turf": 2, "version": plan_version(world) + 1, "garder": 1},
        ),
        "return_plan": (f"/terrain/{world.canvass}/plans/1/retour/", {"version": plan_version(world)}),
        "tour": (f"/terrain/{world.canvass}/ici/", tour_form(world)),
        "plan": (f"/terrain/{world.canvass}/planifier/", {"minutes": 60, "seed": 0}),
        "replan": (f"/terrain/{world.canvass}/replanifier/", {"minutes": 60, "more": 1}),
        "assign": (f"{turf}confier/", {"shift": world.later_shift}),
        "change_lease": (f"{turf}bail/", {"day": "2027-03-09", "hour": "12:00"}),
        "renew_number": (f"{turf}numero/", {}),
        "share_turf": (f"{turf}partager/", {"staying": 1, "leaving": 1}),
        "take_back": (f"{turf}reprendre/", {}),
        "visit": (f"/tournee/{Assignment.objects.get().pk}/passage/", visit),
        "dwellings": (pages(world)["dwellings"], {"dwellings": 7}),
    }


def state(world: World) -> tuple[object, ...]:
    """What any of the acts would change."""
    return (
        Canvass.objects.count(),
        Canvass.objects.get(pk=world.canvass).run_id,
        plan_version(world),
        list(Turf.objects.order_by("number").values_list("number", "minutes")),
        list(Assignment.objects.values_list("shift_id", "ended_at", "until", "list_number")),
        Visit.objects.count(),
        DwellingCount.objects.count(),
    )


@pytest.mark.parametrize("who", EVERYBODY)
def test_acting(held: World, sign_in: Callable[..., Any], who: str, at_noon: Any) -> None:
    browser = sign_in(person(held, who))
    for name, (address, form) in acts(held).items():
        before = state(held)
        answer = browser.post(address, form)
        may = who in LEADERS or (name in {"visit", "dwellings"} and who == "teammate")
        if may:
            assert answer.status_code == 302, name
            continue
        assert state(held) == before, name
        if who == ANONYMOUS:
            assert answer["Location"].startswith("/compte/"), name
        elif (name, who) == ("new_canvass", "other_coordinator"):
            # Manages other groups: sees the form, but Mâcon's group is not among the choices.
            assert answer.status_code == 200
        else:
            assert answer.status_code == 404, name


def test_the_matrix_holds_every_address_of_the_room(held: World) -> None:
    named = {
        pattern.name
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "app_name", "") == "field"
        for pattern in resolver.url_patterns
        if "priorit" not in str(pattern.pattern)  # test_priorities_pages.py
        and "flux" not in str(pattern.pattern)  # test_coverage_live.py: a stream
        # Open to everybody, or opened by a device's token: test_app_shell.py and the tests of devices
        and not str(pattern.pattern).startswith("terrain/app/")
        and "telephones" not in str(pattern.pattern)  # test_phones.py
        and "journal" not in str(pattern.pattern)  # test_deciding.py
        and "papier" not in str(pattern.pattern)  # test_scanning.py
        and not str(pattern.pattern).startswith("f/")  # test_scanning.py
    }
    named -= {pattern.name for pattern in safety_urls.patterns}  # test_safety_pages.py
    assert named == set(pages(held)) | set(acts(held))


@pytest.mark.parametrize("name", ["plan", "assign", "take_back", "change_lease", "renew_number"])
def test_acts_are_not_done_by_reading(held: World, sign_in: Callable[..., Any], name: str) -> None:
    before = state(held)
    assert sign_in(held.cast.owner).get(acts(held)[name][0]).status_code == 405
    assert state(held) == before


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_verbs_are_refused(held: World, sign_in: Callable[..., Any], method: str) -> None:
    browser = sign_in(held.cast.owner)
    for address in {*pages(held).values(), *(address for address, _ in acts(held).values())}:
        assert getattr(browser, method)(address).status_code == 405, address


def test_what_does_not_exist_answers_like_what_is_forbidden(held: World, sign_in: Callable[..., Any]) -> None:
    owner, stranger = sign_in(held.cast.owner), sign_in(held.cast.stranger)
    for address in pages(held).values():
        if address in {"/terrain/", "/terrain/nouveau/", "/terrain/liste/"}:
            continue
        forbidden = stranger.get(address)
        missing = owner.get(address.replace(address.split("/")[2], str(new_id())))
        assert (missing.status_code, forbidden.status_code) == (404, 404), address
    assert owner.get(f"/terrain/{held.canvass}/secteurs/999/").status_code == 404


def test_a_form_without_its_token_is_refused(held: World) -> None:
    from django.test import Client

    from amiral.rooms.people.models import Person

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        Person.objects.get(pk=held.cast.teammate),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    address, form = acts(held)["visit"]
    assert browser.post(address, form).status_code == 403
    assert not Visit.objects.exists()


def test_taps_are_limited(
    held: World, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, at_noon: Any
) -> None:
    from django.core.cache import cache

    cache.clear()
    browser = sign_in(held.cast.owner)
    address = f"/terrain/{held.canvass}/planifier/"
    codes = [browser.post(address, {"minutes": 60}).status_code for _ in range(21)]
    assert codes[-1] == 429
    assert set(codes[:-1]) == {302}
    cache.clear()
