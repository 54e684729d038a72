"""Objections: counted at turfs, told by place where enough people answered, next morning to editors."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine

from amiral.cores.sync import Objection
from amiral.kit.ids import new_id
from amiral.rooms.field import api
from amiral.rooms.field.actions import releasing as closing
from amiral.rooms.field.actions.syncing import append
from amiral.rooms.field.contracts import Outcome
from amiral.rooms.field.queries import releasing
from amiral.rooms.field.queries.levels import Level
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.talking_points.contracts import Source
from amiral.rooms.talking_points.models import Version
from tests.rooms.field.conftest import SATURDAY, World
from tests.rooms.field.test_releasing import NIGHT, knock

MORNING = NIGHT + timedelta(hours=6)


def point(world: World, words: str) -> UUID:
    """An approved card."""
    theme = talking_points.create_theme(by_id=world.cast.administrator, name_fr=words, name_en=words)
    version = talking_points.draft(
        by_id=world.cast.administrator,
        short_line=words,
        body="Oui.",
        theme=theme,
        at=SATURDAY,
        sources=[Source(title="Insee", url="https://www.insee.fr/", on=None)],
    )
    talking_points.approve(by_id=world.cast.coordinator, version_id=version, at=SATURDAY)
    return Version.objects.get(pk=version).point_id


def object_to(world: World, point_id: UUID, times: int, *, turf: int = 0) -> None:
    for _ in range(times):
        append(
            shift_id=world.shift,
            by_id=world.cast.teammate,
            body=Objection(turf=world.turfs[turf].id, point=point_id),
            event_id=new_id(),
            at=SATURDAY,
        )


@pytest.fixture
def heard(world: World) -> tuple[World, UUID, UUID]:
    """Twelve doors talked in the first turf; seven objections to one card, two to another."""
    knock(world, 12)
    rent, bus = point(world, "Les loyers"), point(world, "Le bus")
    object_to(world, rent, 7)
    object_to(world, bus, 2)
    return world, rent, bus


def test_objections_are_told_with_the_turf_and_the_commune_that_holds_it(
    heard: tuple[World, UUID, UUID],
) -> None:
    world, rent, bus = heard
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 1
    told = releasing.figures(canvass_ids=[world.canvass], subject=releasing.OBJECTIONS)
    expected = {str(rent): 7, str(bus): 2}
    for place in (
        (Level.CANVASS, ""),
        (Level.TURF, "1"),
        (Level.COMMUNE, "71270"),
        (Level.DEPARTEMENT, "71"),
    ):
        figures = told.of(*place)
        assert figures is not None, place
        assert figures.counts == expected


def test_one_objection_in_a_quiet_turf_is_told_only_with_others(world: World) -> None:
    knock(world, 12)
    knock(world, 1, turf=1)
    card = point(world, "Les loyers")
    object_to(world, card, 1, turf=1)
    closing.close_due(canvass_id=world.canvass, at=NIGHT)
    told = releasing.figures(canvass_ids=[world.canvass], subject=releasing.OBJECTIONS)
    assert told.of(Level.TURF, "2") is None
    assert told.of(Level.TURF, "1") is None, "the whole minus it would tell"
    assert told.whole is not None
    assert told.whole.counts == {str(card): 1}


def test_objections_without_answers_wait(world: World) -> None:
    knock(world, 12, Outcome.NOBODY)
    object_to(world, point(world, "Les loyers"), 9)
    assert closing.close_due(canvass_id=world.canvass, at=NIGHT) == 0


def test_the_page_of_a_day(
    heard: tuple[World, UUID, UUID], sign_in: Callable[..., Any], django_assert_max_num_queries: Any
) -> None:
    world, _rent, _bus = heard
    with time_machine.travel(MORNING, tick=False):
        browser = sign_in(world.cast.owner)
        with django_assert_max_num_queries(45):
            page = browser.get(f"/terrain/{world.canvass}/objections/").content.decode()
        assert page.index("Les loyers") < page.index("Le bus")
        assert "7 fois" in page
        assert "Secteur 1" in page
        other = browser.get(f"/terrain/{world.canvass}/objections/?jour=2020-01-01").content.decode()
        assert "Les loyers" not in other
        for odd in ("jour=x", "jour=9999-12-31", "jours=4", "jour=0001-01-01"):
            assert browser.get(f"/terrain/{world.canvass}/objections/?{odd}").status_code == 200
        assert "Les loyers" in browser.get("/terrain/objections/").content.decode()


def test_the_next_morning_they_stand_on_the_editors_page(
    heard: tuple[World, UUID, UUID], sign_in: Callable[..., Any]
) -> None:
    world, rent, _bus = heard
    with time_machine.travel(SATURDAY + timedelta(minutes=1), tick=False):
        assert (
            "Les loyers" not in sign_in(world.cast.coordinator).get("/arguments/brouillons/").content.decode()
        )
    with time_machine.travel(MORNING, tick=False):
        told = api.frequent_objections(day=SATURDAY.date())
        assert [tally.times for tally in told.whole] == [7, 2]
        assert [place.name for place in told.places] == ["Saône-et-Loire"]
        week = api.objections_of_days(first=SATURDAY.date() - timedelta(days=6), last=SATURDAY.date())
        assert {one.point_id: one.times for one in week} == {one.point_id: one.times for one in told.whole}
        assert (
            api.objections_of_days(
                first=SATURDAY.date() - timedelta(days=6), last=SATURDAY.date() - timedelta(days=1)
            )
            == ()
        )
        page = sign_in(world.cast.coordinator).get("/arguments/brouillons/").content.decode()
    assert "Objections aux portes" in page
    assert f"/arguments/{rent}/nouvelle-version/" in page
    assert "entendue 7 fois" in page


def test_the_page_never_says_how_many_answered(
    heard: tuple[World, UUID, UUID], sign_in: Callable[..., Any]
) -> None:
    """Objections of a bureau go by whole turfs, its outcomes by doors: the difference of both numbers of
    answers is what the few doors of a turf answered that lie in another bureau."""
    world, _rent, _bus = heard
    with time_machine.travel(MORNING, tick=False):
        browser = sign_in(world.cast.owner)
        page = browser.get(f"/terrain/{world.canvass}/objections/").content.decode()
    assert "Les loyers" in page
    assert not re.search(r"\d+ réponses?\s*</p>", page)
