"""Art. L. 50-1 and L. 52-2 where words and figures are made public: what rooms refuse, what goes on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from amiral.kit.errors import Refused
from amiral.rooms.mobilisation.actions import quiet
from amiral.rooms.mobilisation.contracts import ActionDraft, Kind
from amiral.rooms.network import actions as network
from amiral.rooms.network.models import Post
from amiral.rooms.outreach import api
from amiral.rooms.outreach.contracts import FreePhone
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.territory.queries.holding import why_held
from tests.conftest import NOON, Cast
from tests.rooms.outreach.silences import vote

pytestmark = pytest.mark.django_db
FREE = "Appelez le 0 800 123 456, c’est gratuit."
SUNDAY = date(2027, 3, 7)
CLOSE = datetime(2027, 3, 7, 19, tzinfo=UTC)  # 20:00 in Paris
BEFORE_DECEMBER = datetime(2026, 11, 30, 22, tzinfo=UTC)


def test_a_free_number_is_refused_from_the_first_of_december_and_says_why(cast: Cast) -> None:
    vote(cast)
    here: dict[str, Any] = {"text": FREE, "territory_ids": ("commune:71270",)}
    with pytest.raises(FreePhone, match=r"0 800 123 456.*L\. 50-1"):
        api.check_free_phone(**here, at=NOON)
    with pytest.raises(FreePhone):
        api.check_free_phone(text=FREE, territory_ids=(), at=NOON)
    api.check_free_phone(**here, at=BEFORE_DECEMBER)
    api.check_free_phone(**here, at=CLOSE)
    api.check_free_phone(text=FREE, territory_ids=("commune:21231",), at=NOON)
    api.check_free_phone(text="Appelez le 03 85 00 00 00.", territory_ids=(), at=NOON)


def test_a_text_without_a_free_number_costs_no_query(cast: Cast, django_assert_num_queries: Any) -> None:
    vote(cast)
    with django_assert_num_queries(0):
        api.check_free_phone(text="Rendez-vous samedi à 8 h 00.", territory_ids=("commune:71270",), at=NOON)


def test_every_room_that_makes_words_public_asks(cast: Cast) -> None:
    vote(cast)
    for announcement in (False, True):
        with pytest.raises(FreePhone):
            network.publish(
                author_id=cast.owner, group_id=cast.group, body=FREE, announcement=announcement, at=NOON
            )
    assert not Post.objects.exists()
    with pytest.raises(FreePhone):
        network.edit_group(by_id=cast.owner, group_id=cast.group, name="Mâcon", presentation=FREE, at=NOON)
    draft = ActionDraft(
        kind=Kind.TRAINING, title="Formation", description=FREE, place="Mairie", commune_id="commune:71270"
    )
    with pytest.raises(FreePhone):
        quiet.check_free_phone(draft=draft, at=NOON)
    theme = talking_points.create_theme(by_id=cast.coordinator, name_fr="Santé", name_en="Health")
    version = talking_points.draft(
        by_id=cast.coordinator, theme=theme, short_line="Une ligne.", body=FREE,
        sources=(Source(title="Rapport", url="https://exemple.fr/"),), at=NOON,
    )  # fmt: skip
    with pytest.raises(FreePhone):
        talking_points.approve(by_id=cast.administrator, version_id=version, at=NOON)
    assert issubclass(FreePhone, Refused)


def test_results_wait_for_the_row_or_for_the_latest_close(cast: Cast) -> None:
    second = timedelta(seconds=1)
    assert "L. 52-2" in why_held(day=SUNDAY, at=CLOSE - second)  # no row: the latest close of the law
    vote(cast)
    for hours in range(-12, 12):
        at = CLOSE + timedelta(hours=hours)
        assert bool(why_held(day=SUNDAY, at=at)) == (at < CLOSE)
    assert why_held(day=date(2022, 4, 10), at=CLOSE - second) == ""


def test_old_results_cost_no_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert why_held(day=date(2024, 7, 7), at=NOON) == ""
