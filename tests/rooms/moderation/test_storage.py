"""What the database must guarantee when several click at the same time."""

from functools import partial
from uuid import UUID

import pytest

from amiral.rooms.moderation import actions
from amiral.rooms.moderation.contracts import ReportState
from amiral.rooms.moderation.models import Report
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Role
from tests.conftest import NOON, Cast, make_person
from tests.racing import race
from tests.rooms.moderation.conftest import file

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_ten_clicks_make_one_report(cast: Cast, post: UUID) -> None:
    ended = race([partial(file, cast, post=post, reporter=cast.owner)] * 10)
    assert ended == {"done": 1, "AlreadyReported": 9}
    assert Report.objects.count() == 1


def test_of_six_moderators_at_once_one_decides(cast: Cast, report: UUID) -> None:
    moderators = [make_person(f"Moderator{number}") for number in range(6)]
    for person in moderators:
        people.grant_mandate(
            by_id=None, person_id=person, role=Role.COORDINATOR, territory_id="departement:71"
        )
    already_sent = Message.objects.count()

    acts = [
        partial(actions.decide, by_id=by, report_id=report, state=state, reason=f"{by}", at=NOON)
        for by, state in zip(moderators, [ReportState.UPHELD, ReportState.REJECTED] * 3, strict=True)
    ]
    assert race(acts) == {"done": 1, "AlreadyDecided": 5}
    row = Report.objects.get()
    assert row.decision_reason == str(row.decided_by_id)
    assert Message.objects.count() == already_sent + 2
