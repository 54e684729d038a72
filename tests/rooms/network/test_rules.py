"""Membership computed from a segment: who comes in, who goes, who is left alone, and what is said."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from amiral.kit.errors import NotFound
from amiral.rooms.network import actions, api
from amiral.rooms.network.models import GroupRule, Membership, Notification
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import Clause, Group, SegmentDraft
from amiral.rooms.people.actions import consents
from amiral.rooms.people.contracts import Purpose
from tests.conftest import NOON, Cast, make_person

BECAUSE = "vous voulez être contacté"


def agree(person_id: UUID) -> None:
    consents.set_consent(
        person_id=person_id, purpose=Purpose.GROUP_CONTACT, granted=True, channel="account page", at=NOON
    )


def set_rule(cast: Cast, **changes: Any) -> None:
    tree = Group(parts=(Clause(criterion="consent", values=("group-contact",)),))
    draft = SegmentDraft(name="Joignables", territory_id="departement:71", tree=tree)
    values: dict[str, Any] = {
        "by_id": cast.coordinator,
        "group_id": cast.group,
        "segment_id": outreach.create_segment(by_id=cast.coordinator, draft=draft),
        "because": BECAUSE,
        "ends_on": date(2027, 6, 30),
        "at": NOON,
    }
    actions.set_rule(**(values | changes))


def members(cast: Cast) -> set[Any]:
    rows = Membership.objects.active().filter(group_id=cast.group, source="rule")
    return set(rows.values_list("person_id", flat=True))


def test_a_segment_becomes_the_members_with_the_reason(cast: Cast) -> None:
    person = make_person("Camille")
    agree(person)
    set_rule(cast)
    assert actions.apply_rules(at=NOON) == 1
    assert members(cast) == {person}
    assert f"parce que {BECAUSE}" in Notification.objects.get(person_id=person).subject
    assert api.groups_of(person_id=person)[0].reason == f"parce que {BECAUSE}"
    assert actions.apply_rules(at=NOON + timedelta(hours=1)) == 0


@pytest.fixture
def answers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> set[Any]:
    """Who answers the criteria, in place of the index; a rule of the group of Mâcon."""
    found: set[Any] = set()
    monkeypatch.setattr(outreach, "recipients_of_use", lambda **_: tuple(found))
    GroupRule.objects.create(group_id=cast.group, use_id=cast.group, because="x", ends_on=date(2027, 6, 30))
    return found


def test_who_left_is_never_put_back_and_who_no_longer_answers_goes(cast: Cast, answers: set[Any]) -> None:
    stays, goes, leaves, manages = (make_person(name) for name in ("Stays", "Goes", "Leaves", "Manages"))
    answers |= {stays, goes, leaves, manages, cast.teammate}
    actions.apply_rules(at=NOON)
    assert members(cast) == {stays, goes, leaves, manages}  # the team-mate keeps the reason he had
    api.leave(person_id=leaves, group_id=cast.group, at=NOON)
    Membership.objects.filter(person_id=manages).update(role="manager")
    answers -= {goes, manages}
    actions.apply_rules(at=NOON + timedelta(days=1))
    assert members(cast) == {stays}
    assert Membership.objects.get(person_id=manages).source == "choice"
    assert Membership.objects.get(person_id=leaves).left_at
    answers |= {goes}
    actions.apply_rules(at=NOON + timedelta(days=2))
    assert members(cast) == {stays, goes}


def test_a_rule_ends_with_its_last_day_or_when_it_is_lifted(cast: Cast, answers: set[Any]) -> None:
    answers |= {cast.stranger}
    actions.apply_rules(at=NOON)
    assert members(cast) == {cast.stranger}
    actions.apply_rules(at=NOON + timedelta(days=200))
    assert members(cast) == set()
    assert not GroupRule.objects.exists()
    with pytest.raises(NotFound):
        actions.lift_rule(by_id=cast.owner, group_id=cast.group)


def test_what_a_rule_refuses(cast: Cast) -> None:
    with pytest.raises(actions.BadEnd):
        set_rule(cast, ends_on=date(2027, 3, 3))
    with pytest.raises(actions.BadEnd):
        set_rule(cast, ends_on=date(2029, 3, 3))
    for changes in ({"by_id": cast.owner}, {"group_id": cast.departement_group}):
        with pytest.raises(NotFound):
            set_rule(cast, **changes)
