"""The demonstration shows a sample drawn by lot and a map counted twice."""

from typing import Any

import pytest

from amiral.config.demonstration import linked
from amiral.kit.clock import now
from amiral.rooms.debate.models import Lot, MapVersion, Voter
from tests.conftest import Cast
from tests.rooms.debate.test_lots import members


@pytest.mark.django_db
def test_the_third_consultation_has_a_draw_and_linked_voices(cast: Cast, sign_in: Any) -> None:
    linked.build(coordinator=cast.coordinator, crowd=members(45), now=now())
    version, lot = MapVersion.objects.get(), Lot.objects.get()
    assert version.linked_sets == [linked.COPIES]
    assert lot.drawn_at is not None
    assert Voter.objects.filter(by_lot=True).count() == linked.DRAWN
    there, browser = f"/debats/{version.consultation_id}", sign_in(None)
    page = browser.get(f"{there}/carte/").content.decode()
    assert f"{linked.COPIES} voix forment" in page
    assert version.once_fingerprint in page
    assert "Pas appelé consensus" in page
    assert linked.STATEMENTS[0] in page[page.index("Pas appelé consensus") :]
    page = browser.get(f"{there}/tirage/").content.decode()
    assert lot.secret in page
    assert f"<dd>{linked.DRAWN}</dd>" in page
