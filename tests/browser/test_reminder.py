"""The letter of the evening before: its link, in a browser, without signing in."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from amiral.kit.clock import now
from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.contracts import ShiftDraft
from amiral.rooms.mobilisation.models import SignUp, SignUpAnswer
from amiral.rooms.mobilisation.queries.place_links import token_of
from tests.conftest import Cast
from tests.rooms.mobilisation.conftest import draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_one_tap_says_whether_one_comes(page_without_javascript: Page, cast: Cast) -> None:
    """A page that sent no referrer made browsers send "Origin: null", which is refused as forged."""
    at = now()
    tomorrow = ShiftDraft(
        starts_at=at + timedelta(days=1), ends_at=at + timedelta(days=1, hours=2), capacity=5
    )
    action_id = api.create_action(
        by_id=cast.owner, group_id=cast.group, draft=draft(), shifts=[tomorrow], at=at
    )
    (shift,) = api.action(action_id=action_id).shifts
    api.sign_up(person_id=cast.teammate, shift_id=shift.id, at=at, silent=True)
    row = SignUp.objects.get(shift=shift.id, person=cast.teammate)
    page = page_without_javascript
    page.goto(f"/rappel/{token_of(sign_up_id=row.pk)}/")
    page.get_by_role("button", name="Je serai là").click()
    expect(page.get_by_role("button", name="Je ne peux pas venir")).to_be_visible()
    assert SignUpAnswer.objects.get().comes_at is not None
    page.get_by_role("button", name="Je ne peux pas venir").click()
    expect(page.get_by_role("status").or_(page.get_by_role("alert")).first).to_be_visible()
    assert not api.team_of_shift(shift_id=shift.id)
