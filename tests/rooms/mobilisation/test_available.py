""" "I have two hours on Saturday, here": where one is needed most, with the reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.contracts import Kind, Role, ShiftDraft
from amiral.rooms.mobilisation.queries.sought import Spot, shifts_for
from tests.conftest import NOON, Cast
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, shift

pytestmark = pytest.mark.django_db
HERE = {"day": "2027-03-06", "start": "13:00", "end": "15:00", "commune": "commune:71270", "km": "10"}


def hold(cast: Cast, *, title: str, needed: int = 0, **fields: Any) -> UUID:
    action = api.create_action(
        by_id=cast.administrator,
        group_id=cast.group,
        draft=draft(title=title, **fields),
        shifts=[shift(needed=needed)],
        at=NOON,
    )
    return api.action(action_id=action).shifts[0].id


def ask(cast: Cast, person: UUID | None = None, **fields: Any) -> list[str]:
    values: dict[str, Any] = {
        "since": SATURDAY,
        "until": SATURDAY + timedelta(hours=2),
        "spot": Spot(commune_id="commune:71270"),
        "metres": 10_000.0,
    }
    return [one.shift.action_title for one in shifts_for(person_id=person, at=NOON, **(values | fields))]


def test_need_first_then_nearness_and_nothing_elsewhere(cast: Cast) -> None:
    hold(cast, title="Assez de monde")
    hold(cast, title="Il manque du monde", needed=3)
    hold(cast, title="Autre commune, il en manque", needed=3, commune_id="commune:71076")
    hold(cast, title="Autre département", needed=4, commune_id="commune:21231")
    hold(cast, title="Au téléphone", kind=Kind.PHONE, place="", commune_id="commune:21231")
    found = ask(cast)
    assert found[0] == "Il manque du monde"
    assert "Autre département" not in found
    assert "Au téléphone" in found
    assert found.index("Autre commune, il en manque") < found.index("Assez de monde")


def test_a_point_counts_kilometres(cast: Cast) -> None:
    hold(cast, title="Près", longitude=4.84, latitude=46.31)
    hold(cast, title="Loin", longitude=5.24, latitude=46.31)
    assert ask(cast, spot=Spot(lon=4.83, lat=46.31)) == ["Près"]
    assert ask(cast, spot=Spot(lon=4.83, lat=46.31), metres=50_000.0) == ["Près", "Loin"]


def test_full_past_own_and_called_off_shifts_are_not_proposed(cast: Cast) -> None:
    mine = hold(cast, title="Le mien")
    api.sign_up(person_id=cast.teammate, shift_id=mine, at=NOON, silent=True)
    off = hold(cast, title="Annulé")
    api.cancel_action(by_id=cast.administrator, action_id=api.shift(shift_id=off).action_id, at=NOON)
    assert ask(cast, cast.teammate) == []
    assert ask(cast, cast.stranger) == ["Le mien"]
    assert ask(cast, since=SATURDAY + timedelta(minutes=5)) == []


def test_reasons_are_said(cast: Cast) -> None:
    hold(cast, title="Il manque du monde", needed=3)
    (one,) = shifts_for(
        person_id=cast.teammate,
        since=SATURDAY,
        until=SATURDAY + timedelta(hours=2),
        spot=Spot(commune_id="commune:71270"),
        metres=10_000.0,
        roles=frozenset({Role.DRIVER}),
        at=NOON,
    )
    assert one.reasons == ("il manque 3 personnes pour que cela ait lieu", "dans cette commune")


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(cast, cast.teammate)
        return len(queries)

    for number in range(2):
        hold(cast, title=f"Action {number}")
    first = count()
    for number in range(18):
        hold(cast, title=f"Autre {number}")
    assert count() == first


def test_the_page_signed_out_without_javascript(world: World, sign_in: Any) -> None:
    browser = sign_in(None)
    empty = browser.get("/disponible/")
    assert empty.status_code == 200
    page = browser.get("/disponible/", HERE)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Porte-à-porte à la Chanaye" in text
    assert f"/actions/creneaux/{world.saturday}/inscription/" in text
    assert "Il manque 2 personnes" in text
    assert text.count("<h1") == 1
    assert " style=" not in text


def test_a_position_stays_in_the_address(world: World, sign_in: Any) -> None:
    page = sign_in(None).get("/disponible/", HERE | {"lon": "4.83", "lat": "46.31"})
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "strict-origin"
    assert set(page.cookies) <= {"csrftoken"}


def test_several_communes_are_to_choose_from(world: World, sign_in: Any) -> None:
    text = sign_in(None).get("/disponible/", HERE | {"commune": "", "q": "71000"}).content.decode()
    assert "commune=commune%3A71270" in text or "commune=commune:71270" in text


@pytest.mark.parametrize(
    "bad",
    [
        {"day": "hier"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"start": "25:00"},
        {"end": "13:00"},
        {"km": "1e9"},
        {"lon": "nan", "lat": "46"},
        {"lon": "500", "lat": "46"},
    ],
)
def test_bad_input_is_told(world: World, sign_in: Any, bad: dict[str, str]) -> None:
    assert sign_in(None).get("/disponible/", HERE | bad).status_code == 422


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_published_and_shown(cast: Cast, sign_in: Any, kind: Kind) -> None:
    link = "https://visio.example.org/salon" if kind is Kind.ONLINE else ""
    action = api.create_action(
        by_id=cast.owner,
        group_id=cast.group,
        draft=draft(kind=kind, link=link, place="" if kind in (Kind.ONLINE, Kind.PHONE) else "Mairie"),
        shifts=[ShiftDraft(starts_at=SATURDAY, ends_at=SATURDAY + timedelta(hours=1), capacity=3)],
        at=NOON,
    )
    text = sign_in(None).get(f"/actions/{action}/").content.decode()
    assert f"kinds.svg#{kind}" in text.replace("&#x27;", "'") or f"#{kind.value}" in text
    assert "visio.example.org" not in text
    assert "visio.example.org" not in sign_in(cast.stranger).get(f"/actions/{action}/").content.decode()
    if link:
        only = api.action(action_id=action).shifts[0].id
        api.sign_up(person_id=cast.teammate, shift_id=only, at=NOON, silent=True)
        assert "visio.example.org" in sign_in(cast.teammate).get(f"/actions/{action}/").content.decode()
        assert b"visio.example.org" not in sign_in(None).get(f"/actions/{action}.ics").content
        assert b"visio.example.org" not in sign_in(None).get("/actions/").content
