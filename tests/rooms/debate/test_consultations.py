"""Opening, leading, putting off; what the public reads."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from amiral.cores.phases import Obstacle, Phase
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.debate import jobs
from amiral.rooms.debate.actions import consultations as verbs
from amiral.rooms.debate.actions import maps, statements
from amiral.rooms.debate.actions.errors import EarlierDue, NotNow, StepBlocked
from amiral.rooms.debate.models import Consultation, Step, Vote, Voter
from amiral.rooms.debate.queries import consultations as queries
from tests.conftest import Cast
from tests.rooms.debate.conftest import DRAFT, NOON, TODAY, enter, go, numbered

pytestmark = pytest.mark.django_db
REASON = "Une erreur dans la question a été signalée."


def test_a_draft_is_for_those_who_manage_it(cast: Cast, draft: UUID, sign_in: Any) -> None:
    page = f"/debats/{draft}/"
    for who in (None, cast.teammate, cast.owner, cast.other_coordinator):
        assert sign_in(who).get(page).status_code == 404
        assert str(draft) not in sign_in(who).get("/debats/").content.decode()
    for who in (cast.coordinator, cast.administrator):
        assert sign_in(who).get(page).status_code == 200
        assert str(draft) in sign_in(who).get("/debats/").content.decode()


def test_nobody_asks_outside_his_territory(cast: Cast) -> None:
    with pytest.raises(NotFound):
        verbs.open_draft(by_id=cast.other_coordinator, draft=DRAFT, at=NOON)
    with pytest.raises(NotFound):
        verbs.open_draft(by_id=cast.owner, draft=DRAFT, at=NOON)


def test_what_is_open_no_longer_changes(cast: Cast, consultation: UUID) -> None:
    with pytest.raises(NotNow):
        verbs.edit(by_id=cast.coordinator, consultation_id=consultation, draft=DRAFT)


def test_opening_needs_a_frame_and_time(cast: Cast) -> None:
    from dataclasses import replace

    empty = replace(DRAFT, framing=" ", answers_due_on=TODAY - timedelta(days=1))
    row = verbs.open_draft(by_id=cast.coordinator, draft=empty, at=NOON)
    with pytest.raises(StepBlocked) as blocked:
        go(cast, row, Phase.CONTRIBUTIONS)
    assert blocked.value.obstacles == (Obstacle.NO_FRAME, Obstacle.NO_TIME)


def test_a_step_back_is_public_with_its_reason(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    go(cast, consultation, Phase.VOTES)
    with pytest.raises(StepBlocked):
        go(cast, consultation, Phase.CONTRIBUTIONS)
    verbs.step(
        by_id=cast.coordinator, consultation_id=consultation, to=Phase.CONTRIBUTIONS, reason=REASON, at=NOON
    )
    page = sign_in(None).get(f"/debats/{consultation}/").content.decode()
    assert REASON in page
    assert AuditLine.objects.filter(verb="step", subject_id=str(consultation)).count() == 3


def test_a_promise_is_only_put_off_in_public(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    later = DRAFT.answers_due_on + timedelta(days=10)
    with pytest.raises(EarlierDue):
        verbs.put_off(
            by_id=cast.coordinator, consultation_id=consultation, due_on=TODAY, reason=REASON, at=NOON
        )
    verbs.put_off(by_id=cast.coordinator, consultation_id=consultation, due_on=later, reason=REASON, at=NOON)
    row = Consultation.objects.get(pk=consultation)
    assert (row.first_due_on, row.answers_due_on) == (DRAFT.answers_due_on, later)
    page = sign_in(None).get(f"/debats/{consultation}/").content.decode()
    assert "2 mai 2027" in page
    assert "12 mai 2027" in page
    assert REASON in page


def test_what_is_overdue_stands_first_and_says_so(cast: Cast, consultation: UUID, sign_in: Any) -> None:
    newer = verbs.open_draft(by_id=cast.coordinator, draft=DRAFT, at=NOON + timedelta(days=1))
    verbs.put_off(
        by_id=cast.coordinator,
        consultation_id=consultation,
        due_on=DRAFT.answers_due_on + timedelta(days=1),
        reason=REASON,
        at=NOON,
    )
    with time_machine.travel(NOON + timedelta(days=70), tick=False):
        cards = queries.cards(person_id=cast.coordinator, at=NOON + timedelta(days=70))
        page = sign_in(None).get("/debats/").content.decode()
    assert [card.id for card in cards] == [consultation, newer]
    assert cards[0].overdue
    assert "En retard" in page


def test_steps_are_never_changed(cast: Cast, consultation: UUID) -> None:
    go(cast, consultation, Phase.VOTES, Phase.FROZEN)
    assert [str(step) for step in Step.objects.filter(consultation_id=consultation)] == [
        "draft → contributions",
        "contributions → votes",
        "votes → frozen",
    ]


def test_the_list_asks_the_same_at_two_and_at_twenty(
    cast: Cast, consultation: UUID, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        queries.cards(person_id=cast.coordinator, at=NOON)
    for _ in range(19):
        verbs.open_draft(by_id=cast.coordinator, draft=DRAFT, at=NOON)
    with django_assert_num_queries(2):
        assert len(queries.cards(person_id=cast.coordinator, at=NOON)) == 20


def test_the_calendar_leads_to_what_stands_in_the_way(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    browser, address = sign_in(cast.coordinator), f"/debats/{mapped}/calendrier/"
    enter(mapped)
    go(cast, mapped, Phase.VOTES, Phase.FROZEN)
    Vote.objects.create(voter=Voter.objects.latest("number"), statement=numbered(mapped, 1), value=1)
    page = browser.get(address).content.decode()
    assert f'<a href="/debats/{mapped}/carte/">' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    refused = browser.post(f"{address}etape/", {"to": "votes", "reason": "Trop court"})
    assert list(refused.context["step_form"].errors) == ["reason"]
    assert Consultation.objects.get().phase == Phase.FROZEN
    done = jobs.draw_map(report=lambda _done, _total: None, consultation_id=str(mapped))
    assert browser.get(done["url"]).status_code == 200
    go(cast, mapped, Phase.MAP)
    assert f'<a href="/debats/{mapped}/synthese/ecrire/">' in browser.get(address).content.decode()


def test_a_map_says_how_many_statements_it_leaves_out(cast: Cast, mapped: UUID, sign_in: Any) -> None:
    key = enter(mapped)
    statements.propose(consultation_id=mapped, key=key, text="Il faut un kiosque.", on=TODAY)
    maps.draw_now(consultation_id=mapped, at=NOON)
    page = sign_in(None).get(f"/debats/{mapped}/carte/").content.decode()
    assert "1 énoncé sur lequel moins de cinq personnes ont voté" in page
