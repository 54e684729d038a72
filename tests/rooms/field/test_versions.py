"""What a plan was: a version after every cut, never changed, the oldest given up."""

from typing import Any

import pytest
from django.utils import translation

from amiral.rooms.field import api
from amiral.rooms.field.actions.versions import KEPT_LATEST, keep_first, keep_version
from amiral.rooms.field.contracts import VersionKind
from amiral.rooms.field.models import Canvass, PlanVersion
from amiral.rooms.field.queries.versions import figure_lines
from tests.conftest import NOON
from tests.rooms.field.conftest import World


def test_every_cut_is_kept(world: World) -> None:
    first = PlanVersion.objects.get(canvass=world.canvass)
    assert (first.number, first.kind) == (1, VersionKind.PLAN)
    assert [turf["number"] for turf in first.turfs] == [turf.number for turf in world.turfs]
    assert sum(len(turf["doors"]) for turf in first.turfs) == 30
    api.plan_now(canvass_id=world.canvass, at=NOON)
    second = PlanVersion.objects.get(canvass=world.canvass, number=2)
    assert second.kind == VersionKind.REPLAN
    assert second.turfs == first.turfs
    assert Canvass.objects.get().plan_version == 2


def test_the_figures_are_those_of_the_report(world: World) -> None:
    figures, report = PlanVersion.objects.get().figures, Canvass.objects.get().report
    for name in ("turfs", "doors", "metres", "metres_per_door", "minutes", "straight_turfs"):
        assert figures[name] == pytest.approx(report[name], abs=0.06), name
    for name in ("balance_cv", "within_10_percent"):
        assert figures[name] == pytest.approx(report[name], abs=0.001), name


def test_a_plan_from_before_versions_becomes_the_first(world: World) -> None:
    PlanVersion.objects.all().delete()
    Canvass.objects.update(plan_version=0)
    canvass = Canvass.objects.get()
    keep_first(canvass)
    keep_first(canvass)
    assert PlanVersion.objects.get().made_at == NOON


def test_the_first_and_the_latest_stay(world: World, django_assert_num_queries: Any) -> None:
    canvass = Canvass.objects.get()
    for _ in range(KEPT_LATEST + 3):
        keep_version(canvass=canvass, kind=VersionKind.EDIT, by_id=world.cast.owner, at=NOON)
    numbers = list(PlanVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, *range(5, KEPT_LATEST + 5)]
    with django_assert_num_queries(5):
        keep_version(canvass=canvass, kind=VersionKind.EDIT, by_id=world.cast.owner, at=NOON)


@pytest.mark.parametrize(
    ("language", "after", "words"),
    [("fr", 0.94, " points"), ("en", 0.94, " points"), ("fr", 0.51, " point"), ("en", 0.49, " point")],
)
def test_two_shares_differ_by_points(language: str, after: float, words: str) -> None:
    plan = dict.fromkeys(
        ("turfs", "doors", "minutes", "metres", "metres_per_door", "balance_cv", "connected"), 9
    )
    lines = figure_lines({**plan, "within_10_percent": 0.5}, {**plan, "within_10_percent": after, "doors": 8})
    with translation.override(language):
        (share,) = (line for line in lines if line.unit and line.change)
        (doors,) = (line for line in lines if line.change == -1 and not line.unit)
        assert (share.change_unit, doors.change_unit) == (words, "")
