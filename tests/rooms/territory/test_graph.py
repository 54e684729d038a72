"""Territories that must exist, their dated links, and the closure that follows."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amiral.rooms.territory import api
from amiral.rooms.territory.actions.graph import closure_of, ensure_territories, mend_closure
from amiral.rooms.territory.contracts import NewLink, NewTerritory, TerritoryKind
from amiral.rooms.territory.models import Territory, TerritoryClosure, TerritoryLink
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


def canton(code: str, name: str = "Canton") -> NewTerritory:
    return NewTerritory(
        kind=TerritoryKind.CANTON,
        code=code,
        name=name,
        departement_code="71",
        parents=("departement:71",),
    )


def bureau(code: str, *more: str) -> NewTerritory:
    return NewTerritory(
        kind=TerritoryKind.BUREAU_DE_VOTE,
        code=code,
        name=f"Bureau {code[-4:]}",
        departement_code=code[:2],
        parents=(f"commune:{code[:5]}", *more),
    )


def in_canton(commune: str, code: str, **more: Any) -> NewLink:
    return NewLink(child_id=f"commune:{commune}", parent_id=f"canton:{code}", **more)


def pairs() -> set[tuple[str, str, int]]:
    return set(TerritoryClosure.objects.values_list("ancestor_id", "descendant_id", "depth"))


def test_what_is_ensured_is_found_in_every_scope(places: None) -> None:
    counts = ensure_territories(
        rows=[canton("7101"), bureau("71270_0001")], links=[in_canton("71270", "7101")], at=NOON
    )
    assert (counts.created, counts.changed, counts.links_begun, counts.unknown) == (2, 0, 3, 0)
    for ancestor in ("commune:71270", "canton:7101", "departement:71", "region:27", "pays:FR"):
        assert api.is_within(territory_id="bureau-de-vote:71270_0001", ancestor_id=ancestor), ancestor
    assert not api.is_within(territory_id="bureau-de-vote:71270_0001", ancestor_id="departement:21")


def test_doing_it_again_changes_nothing(places: None) -> None:
    words: dict[str, Any] = {
        "rows": [canton("7101"), bureau("71270_0001")],
        "links": [in_canton("71270", "7101")],
    }
    ensure_territories(**words, at=NOON)
    before = pairs()
    again = ensure_territories(**words, at=NOON + timedelta(days=900))
    assert (again.created, again.changed, again.links_begun, again.links_ended) == (0, 0, 0, 0)
    assert pairs() == before


def test_a_part_is_no_member_of_the_closure_and_its_bureaux_are(places: None) -> None:
    circonscriptions = [
        NewTerritory(kind=TerritoryKind.CIRCONSCRIPTION, code=code, name=code, parents=("departement:71",))
        for code in ("71-03", "71-05")
    ]
    ensure_territories(
        rows=[
            *circonscriptions,
            bureau("71076_0001", "circonscription:71-03"),
            bureau("71076_0002", "circonscription:71-05"),
        ],
        links=[
            NewLink(
                child_id="commune:71076",
                parent_id=f"circonscription:{one.code}",
                exact=False,
                share=0.5,
            )
            for one in circonscriptions
        ],
        at=NOON,
    )
    inside = set(api.descendant_filter(ancestor_ids=["circonscription:71-05"]))
    assert inside == {"circonscription:71-05", "bureau-de-vote:71076_0002"}


def test_a_commune_leaves_its_canton_when_the_new_one_begins(places: None) -> None:
    ensure_territories(rows=[canton("7101"), canton("7102")], links=[in_canton("71270", "7101")], at=NOON)
    ensure_territories(rows=[], links=[in_canton("71270", "7102", valid_from=date(2015, 3, 22))], at=NOON)
    old = TerritoryLink.objects.get(parent_id="canton:7101", child_id="commune:71270")
    assert (old.valid_to, old.approximate) == (date(2015, 3, 22), False)
    assert not api.is_within(territory_id="commune:71270", ancestor_id="canton:7101")
    assert api.is_within(territory_id="commune:71270", ancestor_id="canton:7102")
    assert api.is_within(territory_id="commune:71270", ancestor_id="departement:71")


def test_an_end_that_nobody_tells_is_said_to_be_approximate(places: None) -> None:
    ensure_territories(rows=[canton("7101"), canton("7102")], links=[in_canton("71270", "7101")], at=NOON)
    ensure_territories(rows=[], links=[in_canton("71270", "7102")], at=NOON)
    old = TerritoryLink.objects.get(parent_id="canton:7101", child_id="commune:71270")
    assert (old.valid_to, old.approximate) == (NOON.date(), True)


def test_zones_add_up(places: None) -> None:
    zones = [NewTerritory(kind=TerritoryKind.ZONE, code=code, name=code) for code in "ab"]
    for zone in zones:
        ensure_territories(rows=[zone], links=[NewLink(child_id="commune:71270", parent_id=zone.id)], at=NOON)
    assert {"zone:a", "zone:b"} <= set(api.ancestor_ids(territory_id="commune:71270"))


def test_past_links_are_kept_and_are_not_in_the_closure(places: None) -> None:
    link = in_canton("71270", "7101", valid_from=date(1973, 1, 1), valid_to=date(2015, 3, 22))
    for _time in range(2):
        ensure_territories(rows=[canton("7101")], links=[link], at=NOON)
    assert TerritoryLink.objects.filter(parent_id="canton:7101").count() == 1
    assert not api.is_within(territory_id="commune:71270", ancestor_id="canton:7101")


def test_links_to_nowhere_are_counted(places: None) -> None:
    counts = ensure_territories(rows=[bureau("71999_0001")], at=NOON)
    assert (counts.created, counts.unknown) == (1, 1)
    assert api.ancestor_ids(territory_id="bureau-de-vote:71999_0001") == ("bureau-de-vote:71999_0001",)


def test_names_given_empty_leave_what_is_known(places: None) -> None:
    ensure_territories(
        rows=[NewTerritory(kind=TerritoryKind.COMMUNE, code="71270", name=""), bureau("71270_0001")], at=NOON
    )
    assert api.territory(territory_id="commune:71270").name == "Mâcon"
    assert Territory.objects.get(pk="commune:71270").search_name == "macon"


def test_many_rows_cost_as_many_queries_as_few(places: None, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(16):
        ensure_territories(rows=[bureau(f"71270_{n:04d}") for n in range(1, 3)], at=NOON)
    with django_assert_max_num_queries(24):
        ensure_territories(rows=[bureau(f"71270_{n:04d}") for n in range(3, 300)], at=NOON)


GRAPHS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]), max_size=14
)


@given(links=GRAPHS)
@settings(deadline=None)
def test_the_closure_is_that_of_the_links(links: list[tuple[int, int]]) -> None:
    above: dict[str, list[str]] = {}
    for parent, child in links:
        above.setdefault(str(child), []).append(str(parent))
    places = [str(n) for n in range(8)]
    found = closure_of(places, above, {})
    for place in places:
        reached, level, depth = {place: 0}, [place], 0
        while level:
            depth += 1
            level = [up for one in level for up in above.get(one, []) if up not in reached]
            reached |= dict.fromkeys(level, depth)
        assert found[place] == reached


@given(steps=st.lists(GRAPHS, min_size=1, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_mending_gives_what_building_anew_gives(db: None, steps: list[list[tuple[int, int]]]) -> None:
    Territory.objects.all().delete()
    Territory.objects.bulk_create(
        Territory(id=str(n), kind="zone", code=str(n), name=str(n)) for n in range(8)
    )
    mend_closure(children=[str(n) for n in range(8)])
    for links in steps:
        before = set(TerritoryLink.objects.values_list("parent_id", "child_id"))
        wanted = {(str(parent), str(child)) for parent, child in links}
        TerritoryLink.objects.all().delete()
        TerritoryLink.objects.bulk_create(
            TerritoryLink(parent_id=parent, child_id=child) for parent, child in sorted(wanted)
        )
        mend_closure(children={child for _parent, child in before ^ wanted})
        mended = pairs()
        TerritoryClosure.objects.all().delete()
        mend_closure(children=[str(n) for n in range(8)])
        assert pairs() == mended


def test_a_circle_ends(db: None) -> None:
    assert closure_of(["a", "b"], {"a": ["b"], "b": ["a"]}, {})["a"] == {"a": 0, "b": 1}
