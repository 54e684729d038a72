"""The rules behind the app's screens, in a browser: orders of doors, buildings, what a partner shows.

Only modules are loaded, from a server that knows nothing of Django.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from amiral.cores.outcomes import homes_of
from amiral.cores.sync import Event, Malformed, envelope, parse, sealed
from tests.browser.test_field_log import FEW, KEY, address
from tests.cores.sync.making import logs

__all__ = ["address"]

LOAD = """async () => {
  const names = ["exchange", "map", "model", "order", "timer", "i18n"];
  const modules = await Promise.all(names.map((name) => import(`/app/${name}.js`)));
  names.forEach((name, i) => { window[name] = modules[i]; });
}"""
HERE = st.none() | st.fixed_dictionaries({"lon": st.floats(2.0, 2.01), "lat": st.floats(48.0, 48.01)})
DOORS = st.lists(
    st.fixed_dictionaries(
        {
            "lon": st.floats(2.0, 2.01),
            "lat": st.floats(48.0, 48.01),
            "street": st.sampled_from(["rue A", "rue B", "rue C"]),
            "number": st.sampled_from(["1", "2", "3 bis", "14", ""]),
            "dwellings": st.integers(0, 60),
        }
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def page(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(address)
    page.evaluate(LOAD)
    yield page
    context.close()


def numbered(doors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": i, **door} for i, door in enumerate(doors)]


@FEW
@given(doors=DOORS, here=HERE)
def test_another_order_holds_every_door_once_and_is_never_longer(
    page: Page, doors: list[dict[str, Any]], here: dict[str, float] | None
) -> None:
    found, before, after, again = page.evaluate(
        """([doors, here]) => {
          const ids = (list) => list.map(({ id }) => id);
          const found = order.replanned(doors, here);
          const lengths = [doors, found].map((list) => order.lengthOf(list, here));
          return [ids(found), ...lengths, ids(order.replanned(doors, here))];
        }""",
        [numbered(doors), here],
    )
    assert sorted(found) == list(range(len(doors)))
    assert after <= before + 1e-6
    assert found == again, "the same question has two answers"


@FEW
@given(doors=DOORS, here=HERE)
def test_a_half_is_one_piece_and_nothing_is_lost(
    page: Page, doors: list[dict[str, Any]], here: dict[str, float] | None
) -> None:
    kept, left = page.evaluate(
        """([doors, here]) => {
          const { kept, left } = order.halved(doors, here);
          return [kept.map(({ id }) => id), left.map(({ id }) => id)];
        }""",
        [numbered(doors), here],
    )
    assert sorted(kept + left) == list(range(len(doors)))
    assert left == sorted(left), "what is given back is in the given order"
    if len(doors) > 1:
        assert kept
        assert left
        assert sorted(kept) == list(range(min(kept), max(kept) + 1))
        assert kept in (sorted(kept), sorted(kept, reverse=True))
        work = [1 + max(1, door["dwellings"]) for door in doors]
        largest = max(work)
        assert abs(sum(work[i] for i in kept) - sum(work) / 2) <= largest


def test_five_hundred_doors_on_a_slow_phone_take_less_than_a_second(page: Page) -> None:
    """Ten streets in walking order, from their middle; a processor four times slower, the best of three."""
    doors = [
        {
            "id": i,
            "lon": 2 + (i % 50) * 0.0002,
            "lat": 48 + i // 50 * 0.0008 + (i % 2) * 0.0001,
            "street": f"rue {i // 50}",
            "number": str(i % 50 + 1),
            "dwellings": i % 9,
        }
        for i in range(500)
    ]
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    milliseconds, before, after = page.evaluate(
        """([doors, here]) => {
          const times = [0, 1, 2].map(() => {
            const start = performance.now();
            order.replanned(doors, here);
            return performance.now() - start;
          });
          const lengths = [doors, order.replanned(doors, here)].map((list) => order.lengthOf(list, here));
          return [Math.min(...times), ...lengths];
        }""",
        [doors, {"lon": 2.005, "lat": 48.004}],
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    assert after < before
    assert milliseconds < 1000


@FEW
@given(log=logs(most=3), data=st.data())
def test_what_a_partner_shows_is_judged_as_in_the_core(
    page: Page, log: list[Event], data: st.DataObject
) -> None:
    """Whatever the core reads is taken; what it calls malformed, spoilt in one field, is left out."""
    for event in log:
        said = sealed(event, KEY)
        field = data.draw(st.sampled_from(sorted(said)))
        value = data.draw(st.sampled_from([None, 1.5, -1, "x" * 200, [], {"a": 1}, "018F"]))
        spoilt = {**said, field: value}
        extra = {**said, "name": "somebody"}
        whole, wrong, more = page.evaluate(
            "(all) => all.map((one) => exchange.isEvent(one, 1))", [said, spoilt, extra]
        )
        assert whole
        assert not more
        if wrong:
            envelope(spoilt)
            assert _is_read(spoilt) or field in {
                "at",
                "seal",
                "outcome",
                "units",
                "seconds",
                "form",
                "lam",
                "seq",
                "v",
            }


def _is_read(said: dict[str, Any]) -> bool:
    try:
        parse(said)
    except Malformed:
        return False
    return True


@pytest.mark.parametrize("bad", [None, 1, "x", [], {"kind": "__proto__"}, {"kind": "visit"}])
def test_nothing_else_is_an_event(page: Page, bad: object) -> None:
    assert page.evaluate("(said) => exchange.isEvent(said, 0)", bad) is False


def test_a_counter_far_ahead_is_not_taken_over(page: Page) -> None:
    """It would push this phone's own counter out of what the server believes."""
    said = json.loads(
        '{"v":1,"id":"018f0000-0000-7000-8000-000000000001","device":"018f0000-0000-7000-8000-00000000000d","seq":1,'
        '"lam":200000,"at":"2026-03-01T10:00:00Z","form":1,"kind":"objection","seal":"00",'
        '"turf":"018f0000-0000-7000-8000-0000000000f1","point":"018f0000-0000-7000-8000-0000000000e1"}'
    )
    assert page.evaluate("(said) => [exchange.isEvent(said, 10), exchange.isEvent(said, 150000)]", said) == [
        False,
        True,
    ]


@FEW
@given(top=st.integers(-5, 200), per=st.integers(-5, 200), ground=st.booleans())
def test_a_building_never_has_more_dwellings_than_a_visit_can_name(
    page: Page, top: int, per: int, ground: bool
) -> None:
    units = page.evaluate(
        "(said) => [].concat(...model.rows(model.checkedLayout(said)).map((row) => row.units))",
        {"top": top, "per": per, "ground": ground},
    )
    assert 1 <= len(units) <= 200
    assert len(set(units)) == len(units)


def test_the_next_dwelling_is_found_from_the_top_down(page: Page) -> None:
    found = page.evaluate(
        """() => {
          const floors = model.rows({ top: 2, ground: false, per: 2 });
          const state = { units: new Map([["2.1", {}], ["1.1", {}]]) };
          const full = { units: new Map(["2.1", "2.2", "1.1", "1.2"].map((unit) => [unit, {}])) };
          return [[null], [state], [state, "2.2"], [full]].map((said) => model.nextUnit(floors, ...said));
        }"""
    )
    assert found == ["2.1", "2.2", "1.2", None]


def test_what_is_held_is_told_in_ranges(page: Page) -> None:
    found = page.evaluate(
        """() => model.held({ log: new Map([3, 1, 2, 5, 9, 8].map((seq) => [seq, { device: "a", seq }])) })"""
    )
    assert found == {"a": [[1, 3], [5, 5], [8, 9]]}


def test_time_at_a_door_is_never_negative_nor_endless(page: Page) -> None:
    assert page.evaluate(
        "() => [[0, 61499], [5000, 0], [0, 1e12], [0, NaN]].map((said) => timer.secondsBetween(...said))"
    ) == [61, 0, 21600, 0]
    assert page.evaluate("() => [0, 61, 21600].map(timer.clockFace)") == ["0:00", "1:01", "360:00"]


def test_words_take_numbers_as_the_language_does(page: Page) -> None:
    assert page.evaluate(
        """() => ["fr", "en"].map((language) => {
          const words = new i18n.Words({ "a.one": "%(n)s one", "a.other": "%(n)s other %(x)s" }, language);
          return [0, 1, 2].map((n) => words.n("a", n, { x: "!" }));
        })"""
    ) == [["0 one", "1 one", "2 other !"], ["0 other !", "1 one", "2 other !"]]


UNITS = st.lists(st.sampled_from([f"{floor}.{flat}" for floor in range(3) for flat in (1, 2, 3)]), max_size=4)


@FEW
@given(dwellings=st.integers(0, 12), rung=st.lists(UNITS, max_size=5))
def test_the_app_and_the_server_count_the_same_dwellings(
    page: Page, dwellings: int, rung: list[list[str]]
) -> None:
    """The rule of the coverage and of the plain list is that of the app."""
    said = page.evaluate(
        """([dwellings, rung]) => {
          const units = new Map();
          rung.forEach((one) => (one.length ? one : [""]).forEach((unit) => units.set(unit, {})));
          const state = rung.length ? { units, last: { outcome: "talked" } } : null;
          return model.homesOf({ id: "d", dwellings }, {}, state, false);
        }""",
        [dwellings, rung],
    )
    named = {unit for units in rung for unit in units}
    rule = homes_of(known=dwellings, named=len(named), whole=any(not units for units in rung))
    assert (said["done"], said["of"]) == (rule.done, rule.of)


@pytest.mark.parametrize(("language", "time", "day"), [("en", "13:18", "1 March"), ("fr", "13:18", "1 mars")])
def test_hours_go_from_0_to_23_in_both_languages(page: Page, language: str, time: str, day: str) -> None:
    said = page.evaluate(
        """(language) => {
          const words = new i18n.Words({}, language);
          const at = (hour, minute) => new Date(2026, 2, 1, hour, minute);
          return [words.time(at(13, 18)), words.day(at(12, 0)), words.time(at(0, 5))];
        }""",
        language,
    )
    assert said == [time, day, "00:05"]
