"""A page shows a button exactly when the address behind it lets the reader in: every pair, everybody.

Beside the cast, somebody who holds one single feature over the group, and one who holds it over the
département: what only whole roles would never tell apart.
"""

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.people.contracts import (
    ABILITIES,
    Ability,
    Circumstance,
    Feature,
    Standing,
    abilities_of,
)
from amiral.rooms.people.models import Mandate, written
from tests.conftest import NOON, Cast, give_mandate, make_person
from tests.rooms.field.conftest import World, import_addresses, make_world, reference_dir, world

__all__ = ["import_addresses", "make_world", "reference_dir", "world"]
pytestmark = pytest.mark.django_db

CAST = ("anonymous", "stranger", "teammate", "owner", "coordinator", "other_coordinator", "administrator")
WITH_ONE = [f"{feature}@{place}" for feature in sorted(Feature) for place in ("group", "departement")]


def reader(cast: Cast, who: str) -> UUID | None:
    """Somebody of the cast, or a delegate of one feature over the group or the département."""
    feature, at, place = who.partition("@")
    if not at:
        return None if who == "anonymous" else getattr(cast, who)
    person = make_person("Deleguee", postal_code="71100", commune_id="commune:71076")
    over: dict[str, Any] = {"territory_id": "departement:71"}
    if place == "group":
        over = {"territory_id": "commune:71270", "scope_id": cast.group, "scope_name": "Mâcon"}
    give_mandate(person, "delegate", features=written([Feature(feature)]), delegable="|", **over)
    return person


@dataclass(frozen=True)
class Button:
    """``mark``: the button's address on the page; ``to``: what it opens, when that is not the same."""

    page: Callable[[World], str]
    mark: Callable[[World], str]
    post: dict[str, str] | None = None
    to: Callable[[World], str] | None = None


def action(world: World) -> str:
    return f"/actions/{world.action}/"


def canvass(world: World) -> str:
    return f"/terrain/{world.canvass}/"


GROUP = "/groupes/macon/"
BUTTONS: dict[str, Button] = {
    "join": Button(lambda w: GROUP, lambda w: f"{GROUP}rejoindre/", {}),
    "leave": Button(lambda w: GROUP, lambda w: f"{GROUP}quitter/", {}),
    "members": Button(lambda w: GROUP, lambda w: f"{GROUP}membres/"),
    "publish": Button(lambda w: GROUP, lambda w: f"{GROUP}publier/", {"body": "Bonjour"}),
    "edit group": Button(lambda w: GROUP, lambda w: f"{GROUP}modifier/"),
    "leaders": Button(lambda w: GROUP, lambda w: f"{GROUP}animation/"),
    "plan an action": Button(lambda w: GROUP, lambda w: "/actions/nouvelle/"),
    "new action": Button(lambda w: "/actions/", lambda w: "/actions/nouvelle/"),
    "team": Button(action, lambda w: f"{action(w)}equipe/"),
    "edit action": Button(action, lambda w: f"{action(w)}modifier/"),
    "cancel action": Button(action, lambda w: f"{action(w)}annuler/"),
    "add shift": Button(action, lambda w: f"{action(w)}creneaux/"),
    "change shift": Button(action, lambda w: f"/actions/creneaux/{w.later_shift}/modifier/"),
    "remove shift": Button(action, lambda w: f"/actions/creneaux/{w.later_shift}/retirer/", {}),
    "cancel shift": Button(action, lambda w: f"/actions/creneaux/{w.shift}/annuler/"),
    "show my number": Button(action, lambda w: f"/actions/creneaux/{w.shift}/numero/", {"show": "1"}),
    "new canvass": Button(lambda w: "/terrain/", lambda w: "/terrain/nouveau/"),
    "canvass": Button(lambda w: "/terrain/", lambda w: f'{canvass(w)}"', to=canvass),
    "coverage in the list": Button(lambda w: "/terrain/", lambda w: f"{canvass(w)}couverture/"),
    "coverage": Button(canvass, lambda w: f"{canvass(w)}couverture/"),
    "canvass from coverage": Button(
        lambda w: f"{canvass(w)}couverture/", lambda w: f'{canvass(w)}"', to=canvass
    ),
    "coverage as a file": Button(
        lambda w: f"{canvass(w)}couverture/", lambda w: f"{canvass(w)}couverture.csv"
    ),
    "plan again": Button(canvass, lambda w: f"{canvass(w)}planifier/", {"minutes": "30", "seed": "1"}),
    "assign": Button(
        lambda w: f"{canvass(w)}secteurs/1/", lambda w: f"{canvass(w)}secteurs/1/confier/", {"shift": "x"}
    ),
}
OF_ONES_OWN = {"join", "leave", "show my number"}
"""No right but a state: the same address opens to everybody signed in, its button to whom it concerns."""
ONLY_WITH_WORK = {"assign"}
"""Shown to who manages actions too: without a shift to choose there is nothing to send."""


def lets_in(browser: Any, button: Button, world: World) -> bool:
    """Neither sent to sign in nor told that there is nothing."""
    address = (button.to or button.mark)(world)
    answer = browser.get(address) if button.post is None else browser.post(address, button.post)
    location = answer.headers.get("Location", "")
    return answer.status_code < 400 and not location.startswith(("/compte/", "/rejoindre/"))


def check(world: World, browser: Any, name: str) -> None:
    button = BUTTONS[name]
    page = browser.get(button.page(world))
    shown = page.status_code == 200 and button.mark(world) in html.unescape(page.content.decode())
    allowed = lets_in(browser, button, world)
    if name in OF_ONES_OWN or name in ONLY_WITH_WORK or page.status_code != 200:
        assert allowed or not shown, name
    else:
        assert shown is allowed, name


@pytest.mark.parametrize("who", [*CAST, *WITH_ONE])
def test_every_button_and_its_address(world: World, sign_in: Any, who: str) -> None:
    browser = sign_in(reader(world.cast, who))
    with time_machine.travel(NOON, tick=False):
        mobilisation.sign_up(person_id=world.cast.teammate, shift_id=world.shift, at=NOON, silent=True)
        # What changes things comes last.
        for name in sorted(BUTTONS, key=lambda name: (BUTTONS[name].post is not None, name)):
            cache.clear()
            check(world, browser, name)


def test_the_pairs_tell_people_apart(world: World, sign_in: Any) -> None:
    """The test above would also pass on pages without any button."""
    with time_machine.travel(NOON, tick=False):
        for name in ("edit group", "team", "coverage", "canvass", "leaders"):
            button = BUTTONS[name]
            page = sign_in(world.cast.coordinator).get(button.page(world)).content.decode()
            assert button.mark(world) in page


def test_a_cancelled_action_has_no_button_to_change_it(world: World, sign_in: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        mobilisation.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON)
        text = sign_in(world.cast.owner).get(action(world)).content.decode()
    assert "/modifier/" not in text
    assert "equipe/" in text


# The table itself ------------------------------------------------------------------------------------------


def test_every_ability_has_a_rule_and_a_feature_or_a_standing_gives_it() -> None:
    assert set(ABILITIES) == set(Ability)
    assert all(rule.features or rule.standings for rule in ABILITIES.values())


def some(kind: Iterable[Any]) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(sorted(kind)))


@given(few=some(Feature), more=some(Feature), standings=some(Standing), how=some(Circumstance))
def test_more_rights_never_take_an_ability_away(
    few: frozenset[Feature],
    more: frozenset[Feature],
    standings: frozenset[Standing],
    how: frozenset[Circumstance],
) -> None:
    less = abilities_of(features=few, standings=standings, circumstances=how)
    assert less <= abilities_of(features=few | more, standings=standings, circumstances=how)
    assert abilities_of(features=frozenset()) == frozenset()
    assert abilities_of(features=few, standings=standings) >= less


def test_mandates_of_the_cast_are_roots(cast: Cast) -> None:
    """What was granted before delegation existed keeps its meaning: as the role has it, on no other."""
    for mandate in Mandate.objects.all():
        assert (mandate.features, mandate.delegable, mandate.delegated_from) == ("", "", None)
