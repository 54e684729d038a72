"""Who may hold, lend, repeat and report: every address of ``web/more_urls.py``, for everybody of the cast."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import delegating, reporting, together
from amiral.rooms.mobilisation.models import Action, ActionDelegate, ActionGroup, ActionReport, ReportPicture
from amiral.rooms.mobilisation.web import more_urls
from amiral.rooms.moderation.models import Report
from tests.conftest import NOON, Cast, give_mandate, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, make_world

pytestmark = pytest.mark.django_db
AFTER = SATURDAY + timedelta(days=2)
HOLDERS = {"owner", "coordinator", "administrator"}
LEADERS = HOLDERS | {"delegate"}
OTHERS = {"other_coordinator", "administrator"}
"""Those who lead the invited group."""
READERS = LEADERS | {"teammate"}
EVERY_MEMBER = READERS | {"stranger", "other_coordinator", "administrator"}
ROLES = [
    "owner",
    "delegate",
    "teammate",
    "stranger",
    "coordinator",
    "other_coordinator",
    "administrator",
    None,
]
Body = Callable[["Ready"], dict[str, str]] | None
CASES: dict[str, tuple[str, set[str], Body]] = {
    "organise": ("/actions/{action}/organiser/", HOLDERS, None),
    "invite_group": (
        "/actions/{action}/groupes/",
        HOLDERS,
        lambda w: {"group": str(w.cast.departement_group)},
    ),
    "answer_invitation": ("/actions/groupes/{invitation}/", OTHERS, lambda _w: {"accepts": "1"}),
    "part_from_group": ("/actions/groupes/{invitation}/retirer/", HOLDERS | OTHERS, lambda _w: {}),
    "delegate": ("/actions/{action}/delegues/", HOLDERS, lambda w: {"person": str(w.cast.teammate)}),
    "end_delegation": ("/actions/{action}/delegues/{delegate}/retirer/", LEADERS, lambda _w: {}),
    "copy_action": (
        "/actions/{action}/copier/",
        HOLDERS,
        lambda w: {"group": str(w.cast.group), "day": "2027-06-05"},
    ),
    "repeat_action": (
        "/actions/{action}/repeter/",
        HOLDERS,
        lambda _w: {"every": "week", "until": "2027-03-27"},
    ),
    "carry_over": ("/actions/{action}/suivantes/", HOLDERS, lambda _w: {}),
    "cancel_following": ("/actions/{action}/suivantes/annuler/", HOLDERS, lambda _w: {}),
    "leave_out": ("/actions/{action}/sauter/", HOLDERS, lambda _w: {}),
    "report": ("/actions/{action}/compte-rendu/", READERS, None),
    "report, sent": ("/actions/{action}/compte-rendu/", LEADERS, lambda _w: {"doors": "12"}),
    "notice": ("/actions/{action}/signaler/", EVERY_MEMBER, None),
    "notice, sent": (
        "/actions/{action}/signaler/",
        EVERY_MEMBER,
        lambda _w: {"grounds": "insult", "explanation": "Voir le titre."},
    ),
    "thank": ("/actions/{action}/merci/", LEADERS, lambda _w: {"words": "Bravo"}),
    "report_picture": ("/actions/photos/{picture}/", READERS, None),
    "remove_picture": ("/actions/photos/{picture}/retirer/", LEADERS, lambda _w: {}),
}
PUBLIC = {"available", "reminder"}
"""Behind no sign-in: a public page, and one behind a signed link (test_available, test_reminders)."""


class Ready:
    """The world with everything that the addresses speak of."""

    def __init__(self, cast: Cast) -> None:
        world: World = make_world(cast)
        self.cast, self.action = cast, world.action
        self.delegate = make_person("Deleguee")
        for person in (cast.teammate, self.delegate):
            api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
        delegating.delegate_action(by_id=cast.owner, action_id=self.action, person_id=self.delegate, at=NOON)
        self.invitation = together.invite_group(
            by_id=cast.owner, action_id=self.action, group_id=cast.other_group, at=NOON
        )
        report = ActionReport.objects.create(action_id=self.action, doors=5)
        self.picture = ReportPicture.objects.create(report=report, words="Une place", width=1, height=1).pk
        reporting.PICTURES.write(str(self.picture), b"jpeg")

    def person(self, role: str | None) -> Any:
        return self.delegate if role == "delegate" else role and getattr(self.cast, role)

    def now(self) -> list[Any]:
        """Everything that these addresses could change."""
        tables = (Action, ActionGroup, ActionDelegate, ReportPicture)
        rows: list[Any] = [sorted(map(str, table.objects.values_list())) for table in tables]
        reports = ActionReport.objects.values_list("doors", "thanked_at")
        return [*rows, *sorted(map(str, reports)), Report.objects.count()]


@pytest.fixture
def ready(cast: Cast, settings: Any, tmp_path: Path) -> Ready:
    settings.STATE_DIR = tmp_path
    return Ready(cast)


def test_every_address_has_a_line() -> None:
    named = {pattern.name for pattern in more_urls.urlpatterns}
    assert named == {name.split(",")[0] for name in CASES} | PUBLIC


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", list(CASES))
def test_matrix(ready: Ready, sign_in: Any, role: str | None, name: str) -> None:
    address, allowed, body = CASES[name]
    there = address.format(
        action=ready.action, invitation=ready.invitation, delegate=ready.delegate, picture=ready.picture
    )
    before, at = ready.now(), AFTER if name.split(",")[0] in {"report", "thank"} else NOON
    with time_machine.travel(at, tick=False):
        browser = sign_in(ready.person(role))
        answer = browser.post(there, body(ready)) if body else browser.get(there)
    if role is None:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/compte/")
        assert ready.now() == before
    elif role in allowed:
        assert answer.status_code == (302 if body else 200)
        alone = {"carry_over", "cancel_following"}  # refused with a sentence: the action is not repeated
        assert (ready.now() != before) == (body is not None and name not in alone)
    else:
        assert answer.status_code == 404
        assert ready.now() == before


@pytest.mark.parametrize("name", [name for name, (_address, _allowed, body) in CASES.items() if body])
def test_nothing_happens_without_a_post(ready: Ready, sign_in: Any, name: str) -> None:
    if name in {"report, sent", "notice, sent"}:
        return
    there = CASES[name][0].format(
        action=ready.action, invitation=ready.invitation, delegate=ready.delegate, picture=ready.picture
    )
    assert sign_in(ready.cast.owner).get(there).status_code == 405


def test_a_leader_of_the_invited_group_answers(ready: Ready, sign_in: Any) -> None:
    leader = make_person("Meneur")
    give_mandate(leader, "group-leader", scope_id=ready.cast.other_group, scope_name="Dijon")
    browser = sign_in(leader)
    assert str(ready.invitation) in browser.get("/actions/miennes/").content.decode()
    assert browser.post(f"/actions/groupes/{ready.invitation}/", {"accepts": "1"}).status_code == 302
    assert ActionGroup.objects.get().state == "accepted"
    assert "Dijon" in sign_in(None).get(f"/actions/{ready.action}/").content.decode()


def test_a_delegate_sees_the_buttons_that_are_his(ready: Ready, sign_in: Any) -> None:
    text = sign_in(ready.delegate).get(f"/actions/{ready.action}/").content.decode()
    assert "/modifier/" in text
    assert "/organiser/" not in text
    assert f"/actions/{ready.action}/annuler/" not in text
