"""An approved card is on a page that everybody reads: none is approved in electoral silence."""

import pytest

from amiral.rooms.outreach.contracts import Silenced
from amiral.rooms.talking_points import api
from tests.conftest import Cast
from tests.rooms.outreach.silences import AFTER, EVE, vote
from tests.rooms.talking_points.conftest import draft

pytestmark = pytest.mark.django_db


def test_a_card_is_drafted_on_the_eve_and_approved_after_the_vote(cast: Cast, theme: str) -> None:
    vote(cast)
    version = draft(cast.coordinator, at=EVE)
    with pytest.raises(Silenced, match="rien de nouveau n’est publié"):
        api.approve(by_id=cast.administrator, version_id=version, at=EVE)
    api.approve(by_id=cast.administrator, version_id=version, at=AFTER)
