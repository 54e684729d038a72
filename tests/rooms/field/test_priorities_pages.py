"""Pages of priorities: who sees them, what they show, what they cost."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.rooms.field.actions.priorities import set_priorities
from amiral.rooms.field.contracts import PriorityChoice
from amiral.rooms.field.models import Assignment, Priority
from amiral.rooms.field.web import urls
from tests.conftest import NOON
from tests.rooms.field.conftest import World
from tests.rooms.field.figures import SOURCE, import_all

EVERYBODY = ("owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None)
LEADERS = {"owner", "coordinator", "administrator"}
SignIn = Callable[..., Any]


@pytest.fixture
def choice(world: World, reference_dir: Path) -> PriorityChoice:
    """The canvass is scored."""
    made = import_all(reference_dir)
    set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=made, at=NOON)
    return made


def ballots_of(choice: PriorityChoice) -> str:
    return f"scrutin={choice.election_id}&avant={choice.before_id}"


def asked(choice: PriorityChoice, territory: str = "departement:71", unit: str = "bureaux") -> str:
    return (
        f"territoire={territory}&par={unit}&{ballots_of(choice)}"
        "&lists=alba&before_lists=alba&reach=cyan&preset=mobilise"
    )


def pages(world: World, choice: PriorityChoice) -> dict[str, str]:
    canvass = f"/terrain/{world.canvass}/"
    return {
        "priorities": f"{canvass}priorites/",
        "priorities_csv": f"{canvass}priorites.csv",
        "priority_settings": f"{canvass}priorites/reglages/",
        "start": f"/terrain/priorites/?{asked(choice)}",
        "start_csv": f"/terrain/priorites.csv?{asked(choice)}",
        "priority_method": "/terrain/priorites/methode/",
    }


def acts(world: World, choice: PriorityChoice) -> dict[str, tuple[str, dict[str, Any]]]:
    canvass = f"/terrain/{world.canvass}/priorites/"
    settings = {"lists": ["brun"], "preset": "strengthen"}
    return {
        "priority_settings": (f"{canvass}reglages/?{ballots_of(choice)}", settings),
        "assign_first": (f"{canvass}confier/", {"count": 1, "shift": world.later_shift}),
    }


def browser_of(sign_in: SignIn, world: World, who: str | None) -> Any:
    return sign_in(getattr(world.cast, who) if who else None)


@pytest.mark.parametrize("who", EVERYBODY)
def test_reading(world: World, choice: PriorityChoice, sign_in: SignIn, who: str | None) -> None:
    browser = browser_of(sign_in, world, who)
    for name, address in pages(world, choice).items():
        answer = browser.get(address)
        if who is None:
            assert answer["Location"].startswith("/compte/"), name
        else:
            may = who in LEADERS or name == "priority_method"
            assert answer.status_code == (200 if may else 404), name


@pytest.mark.parametrize("who", EVERYBODY)
def test_acting(world: World, choice: PriorityChoice, sign_in: SignIn, who: str | None, at_noon: Any) -> None:
    browser = browser_of(sign_in, world, who)
    for name, (address, form) in acts(world, choice).items():
        before = list(Priority.objects.values()), Assignment.objects.count()
        answer = browser.post(address, form)
        if who in LEADERS:
            assert answer.status_code == 302, name
            assert (list(Priority.objects.values()), Assignment.objects.count()) != before
        else:
            assert answer.status_code == (302 if who is None else 404), name
            assert (list(Priority.objects.values()), Assignment.objects.count()) == before


def test_the_matrix_holds_every_address_of_priorities(world: World, choice: PriorityChoice) -> None:
    named = {
        getattr(pattern, "name", "") for pattern in urls.urlpatterns if "priorit" in str(pattern.pattern)
    }
    assert named == set(pages(world, choice)) | set(acts(world, choice))


def test_another_coordinator_starts_at_home(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.other_coordinator)
    assert browser.get("/terrain/priorites/").status_code == 200
    assert browser.get(f"/terrain/priorites/?{asked(choice, 'departement:71')}").status_code == 404
    here = browser.get(f"/terrain/priorites/?{asked(choice, 'departement:21')}")
    assert here.status_code == 200
    assert "aucun résultat" in here.content.decode().lower()


def test_giving_is_not_done_by_reading(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    address = acts(world, choice)["assign_first"][0]
    assert sign_in(world.cast.owner).get(address).status_code == 405


def test_the_page_shows_parts_source_and_day(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    text = sign_in(world.cast.owner).get(pages(world, choice)["priorities"]).content.decode()
    assert SOURCE in text
    assert "26 mai 2019" in text
    assert "23 avril 2017" in text
    scores = re.findall(r"<strong>([\d,]+)</strong>", text)
    assert scores
    rows = re.findall(r"<tr>.*?</tr>", text, re.S)[1:]
    for row in rows:
        total, *parts = re.findall(r'priority__(?:total|part)">(?:<strong>)?([\d,]+)', row)
        tenths = [round(10 * float(part.replace(",", "."))) for part in (total, *parts)]
        assert tenths[0] == sum(tenths[1:])


def test_the_file_holds_the_same(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.owner)
    text = browser.get(pages(world, choice)["priorities_csv"]).content.decode("utf-8-sig")
    head, *lines = [line.split(";") for line in text.splitlines()]
    first, last = head.index("Score") + 1, len(head) - 2
    for line in lines:
        told = [round(10 * float(cell.replace(",", "."))) for cell in line[first - 1 : last]]
        assert told[0] == sum(told[1:])
        assert SOURCE in line[-1]


def test_without_results_the_pages_say_what_to_do(world: World, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.owner)
    canvass = f"/terrain/{world.canvass}/priorites/"
    assert browser.get(canvass).status_code == 200
    assert "Aucun résultat" in browser.get(f"{canvass}reglages/").content.decode()
    assert "Aucun résultat" in browser.get("/terrain/priorites/").content.decode()
    assert browser.get(f"/terrain/{world.canvass}/priorites.csv").status_code == 404


def test_bad_input_is_answered_by_the_form(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.owner)
    settings = f"/terrain/{world.canvass}/priorites/reglages/"
    for query in ("?scrutin=x", f"?scrutin={world.canvass}", f"?scrutin={choice.before_id}&avant=x"):
        assert browser.get(settings + query).status_code == 200
    older = browser.get(f"{settings}?scrutin={choice.before_id}&avant={choice.election_id}")
    assert "plus ancien" in older.content.decode()
    kept = list(Priority.objects.values())
    bad: list[dict[str, Any]] = [
        {},
        {"preset": "x"},
        {"preset": "own"},
        {"preset": "own", "weight_size": "9"},
        {"preset": "mobilise", "lists": ["nobody"]},
        {"preset": "mobilise", "lists": ["alba"], "reach": ["alba"]},
    ]
    for form in bad:
        answer = browser.post(f"{settings}?{ballots_of(choice)}", form)
        assert answer.status_code == 200, form
        assert "field--error" in answer.content.decode(), form
    assert list(Priority.objects.values()) == kept
    give = acts(world, choice)["assign_first"][0]
    for form in ({}, {"count": 0, "shift": world.shift}, {"count": 1, "shift": world.canvass}):
        assert browser.post(give, form).status_code == 422
    for query in ("territoire=x", "territoire=departement:71&scrutin=x", asked(choice, unit="x")):
        assert browser.get(f"/terrain/priorites/?{query}").status_code in {200, 404}


def test_a_ballot_that_is_gone_is_said(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    Priority.objects.update(election_id=world.canvass)
    answer = sign_in(world.cast.owner).get(pages(world, choice)["priorities"])
    assert answer.status_code == 200
    assert "ne sont plus là" in answer.content.decode()


def test_places_lead_to_a_new_canvass(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.owner)
    text = browser.get(f"/terrain/priorites/?{asked(choice, unit='communes')}").content.decode()
    link = re.search(r'href="(/terrain/nouveau/[^"]+commune=71270)"', text)
    assert link
    form = browser.get(link.group(1).replace("&amp;", "&")).content.decode()
    assert re.search(r'<option value="71270" selected>', form)


def test_weights_of_ones_own_are_shown_again(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    browser = sign_in(world.cast.owner)
    address = f"/terrain/{world.canvass}/priorites/reglages/?{ballots_of(choice)}"
    own = {"preset": "own", "weight_abstention": "2", "weight_support": "-1", "lists": ["brun"]}
    assert browser.post(address, own).status_code == 302
    text = browser.get(f"/terrain/{world.canvass}/priorites/reglages/").content.decode()
    assert re.search(r'name="preset" value="own"[^>]*checked', text)
    field = re.search(r'<select name="weight_support".*?</select>', text, re.S)
    assert field
    assert re.search(r'value="-1" selected', field.group())


def test_pages_cost_the_same_for_few_and_many_turfs(
    make_world: Callable[..., World], reference_dir: Path, sign_in: SignIn
) -> None:
    made: PriorityChoice | None = None
    costs = []
    for doors in (2, 40):
        world = make_world(doors=doors, minutes=15)
        made = made or import_all(reference_dir)
        set_priorities(by_id=world.cast.owner, canvass_id=world.canvass, choice=made, at=NOON)
        browser = sign_in(world.cast.owner)
        for name in ("priorities", "priorities_csv", "start"):
            browser.get(pages(world, made)[name])
        cost = []
        for name in ("priorities", "priorities_csv", "start"):
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(pages(world, made)[name]).status_code == 200
            cost.append(len(captured))
        costs.append(cost)
    assert costs[0] == costs[1]


def test_changes_are_limited(world: World, choice: PriorityChoice, sign_in: SignIn) -> None:
    cache.clear()
    browser = sign_in(world.cast.owner)
    address = acts(world, choice)["assign_first"][0]
    codes = [browser.post(address, {}).status_code for _ in range(61)]
    assert codes[-1] == 429
    assert set(codes[:-1]) == {422}
    cache.clear()
