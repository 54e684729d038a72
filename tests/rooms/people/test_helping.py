"""What people say they can do and when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amiral.rooms.people import api
from amiral.rooms.people.actions import helping as actions
from amiral.rooms.people.actions.account import erase
from amiral.rooms.people.contracts import SLOTS, Helping, Skill
from amiral.rooms.people.models import Availability, PersonSkill
from amiral.rooms.people.queries import helping as queries
from tests.conftest import NOON, Cast

SAID = Helping(skills=frozenset({Skill.COOKING, Skill.LAW}), slots=frozenset({"6-morning", "7-evening"}))


@given(st.frozensets(st.sampled_from(SLOTS)))
def test_a_mask_holds_exactly_the_slots(slots: frozenset[str]) -> None:
    assert queries.slots_of(mask=queries.mask_of(slots=slots)) == slots


def test_the_newest_word_replaces_the_older(cast: Cast) -> None:
    actions.say(person_id=cast.teammate, helping=SAID)
    actions.say(person_id=cast.teammate, helping=Helping(skills=frozenset({Skill.LAW, Skill.DRIVING})))
    assert queries.helping(person_id=cast.teammate).skills == {Skill.LAW, Skill.DRIVING}
    actions.say(person_id=cast.teammate, helping=Helping())
    assert not PersonSkill.objects.exists()
    assert not Availability.objects.exists()


@pytest.mark.parametrize(
    ("kept_says", "found"), [(Helping(), SAID), (Helping(slots=frozenset({"1-morning"})), None)]
)
def test_a_merge_moves_it_and_gives_it_back(cast: Cast, kept_says: Helping, found: Helping | None) -> None:
    actions.say(person_id=cast.teammate, helping=kept_says)
    actions.say(person_id=cast.owner, helping=SAID)
    merge = api.merge(by_id=cast.administrator, kept_id=cast.teammate, absorbed_id=cast.owner)
    expected = found or Helping(skills=SAID.skills, slots=kept_says.slots)
    assert queries.helping(person_id=cast.teammate) == expected
    api.undo_merge(by_id=cast.administrator, merge_id=merge)
    assert queries.helping(person_id=cast.teammate) == kept_says
    assert queries.helping(person_id=cast.owner) == SAID


def test_the_page_keeps_what_is_ticked(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.teammate)
    assert "Samedi" in browser.get("/moi/aider/").text
    sent = {"skills": ["cooking", "law"], "day_6": ["6-morning"], "day_7": ["7-evening"]}
    assert browser.post("/moi/aider/", sent).status_code == 302
    assert queries.helping(person_id=cast.teammate) == SAID
    assert browser.get("/moi/aider/").text.count(" checked") == 4


@pytest.mark.parametrize("sent", [{"skills": ["flying"]}, {"day_1": ["6-morning"]}])
def test_nothing_outside_the_list_is_kept(cast: Cast, sign_in: Any, sent: dict[str, list[str]]) -> None:
    assert sign_in(cast.teammate).post("/moi/aider/", sent).status_code == 422
    assert not PersonSkill.objects.exists()


def test_a_visitor_is_asked_to_sign_in(sign_in: Any) -> None:
    for method in ("get", "post"):
        assert getattr(sign_in(None), method)("/moi/aider/").status_code == 302


def test_it_is_exported_and_goes_with_the_person(cast: Cast) -> None:
    actions.say(person_id=cast.teammate, helping=SAID)
    lines = api.export_person(person_id=cast.teammate)["people"]
    assert {"table": "skill", "skill": "law"} in lines
    assert {"table": "availability", "slots": ["6-morning", "7-evening"]} in lines
    erase(person_id=cast.teammate, by_id=None, at=NOON)
    assert not PersonSkill.objects.exists()
    assert not Availability.objects.exists()
