"""A list number instead of an account: what it opens, for how long, and how hopeless guessing is."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdf
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from amiral.kit import ratelimit
from amiral.kit.ids import new_id
from amiral.rooms.field import actions, api
from amiral.rooms.field.contracts import PHONES_AT_MOST, AssignmentCard
from amiral.rooms.field.models import LETTERS, Assignment, Device, LogEntry, Visit, letters_of
from amiral.rooms.field.web import numbers
from tests.conftest import NOON
from tests.rooms.field.conftest import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

ENROL = "/terrain/app/appareils/"
PAGE = "/terrain/liste/"


@pytest.fixture
def card(world: World) -> AssignmentCard:
    return world.assign()


def typed(browser: Client, number: str) -> Any:
    return browser.post(PAGE, {"number": number})


def enrol(browser: Client, said: Any, **headers: str) -> Any:
    return browser.post(ENROL, json.dumps(said), content_type="application/json", headers=headers)


def other_list(world: World) -> AssignmentCard:
    return world.assign(world.turfs[1])


class TestInABrowser:
    def test_it_opens_the_walk_list_without_javascript_and_without_an_account(
        self, card: AssignmentCard
    ) -> None:
        browser = Client()
        answer = typed(browser, f" {card.number_words} ")
        assert answer.status_code == 302
        page = browser.get(answer["Location"])
        assert page.status_code == 200
        assert "Rue de la Barre" in page.content.decode()

    def test_visits_are_recorded_and_are_nobodys(self, world: World, card: AssignmentCard) -> None:
        browser = Client()
        typed(browser, card.list_number)
        visit = {"door": world.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
        assert browser.post(f"{card.url}passage/", visit).status_code == 302
        assert Visit.objects.count() == 1
        assert LogEntry.objects.get().by_id is None

    def test_nothing_else_opens(self, world: World, card: AssignmentCard) -> None:
        other, browser = other_list(world), Client()
        typed(browser, card.list_number)
        opened = {"", "carte/"}
        for page in ("", "carte/", "pdf/", f"logements/{world.turf.door_ids[0]}/"):
            assert browser.get(f"{card.url}{page}").status_code == (200 if page in opened else 302), page
            assert browser.get(f"{other.url}{page}").status_code == 302, page
        for page in ("", "secteurs/1/", "couverture/", "ici/", "plans/", "secteurs/1/partager/"):
            assert browser.get(f"/terrain/{world.canvass}/{page}").status_code == 302, page
        visit = {"door": world.turfs[1].door_ids[0], "visit": new_id(), "outcome": "talked"}
        browser.post(f"{other.url}passage/", visit)
        browser.post(f"{card.url}passage/", visit)
        assert not Visit.objects.exists()
        names = browser.get(card.url).content.decode()
        assert "example.org" not in names
        assert "Teammate" not in names
        assert not [page for page in ("/logements/", "/precaution/", "/pdf/") if page in names]

    def test_another_browser_knows_nothing_of_it(self, card: AssignmentCard) -> None:
        typed(Client(), card.list_number)
        assert Client().get(card.url).status_code == 302

    def test_the_session_ends_with_the_browser(self, card: AssignmentCard) -> None:
        browser = Client()
        typed(browser, card.list_number)
        assert browser.session.get_expire_at_browser_close()
        assert not browser.cookies["sessionid"]["max-age"]

    @pytest.mark.parametrize("ending", ["time", "taken back", "new number"])
    def test_it_dies_with_the_lease(self, world: World, card: AssignmentCard, ending: str) -> None:
        """Nobody opens the list anew. What was done before the end counts, as on phones."""
        browser = Client()
        typed(browser, card.list_number)
        moment = NOON
        if ending == "time":
            moment = card.until
        elif ending == "taken back":
            api.take_back(by_id=world.cast.owner, turf_id=card.turf_id, at=NOON)
        else:
            actions.renew_number(by_id=world.cast.owner, turf_id=card.turf_id, at=NOON)
        visit = {"door": world.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
        with time_machine.travel(moment, tick=False):
            is_late = ending != "new number"
            assert browser.get(card.url).status_code == (200 if is_late else 404)
            assert browser.post(f"{card.url}passage/", visit).status_code == (302 if is_late else 404)
            assert "n’ouvre aucune liste" in typed(Client(), card.list_number).content.decode()
            assert enrol(browser, {"assignment": str(card.id)}).status_code == (410 if is_late else 404)
        assert Visit.objects.count() == is_late
        with time_machine.travel(card.until + timedelta(days=8), tick=False):
            again = {**visit, "visit": new_id()}
            assert browser.post(f"{card.url}passage/", again).status_code in (302, 404)
            assert browser.get(card.url).status_code in (302, 404)
        assert Visit.objects.count() == is_late, "for some days, not for ever"

    @pytest.mark.parametrize("bad", ["", "1234", "123456789", "abcdefgh", "١٢٣٤٥٦٧٨", "1" * 5000])
    def test_what_is_no_number_is_told_at_the_field(self, card: AssignmentCard, bad: str) -> None:
        page = typed(Client(), bad)
        assert page.status_code == 200
        assert "aria-invalid" in page.content.decode()

    def test_a_stranger_with_an_account_and_a_number(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        browser = sign_in(world.cast.stranger)
        typed(browser, card.list_number)
        assert browser.get(card.url).status_code == 200
        assert browser.get(f"{card.url}pdf/").status_code == 404
        visit = {"door": world.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
        browser.post(f"{card.url}passage/", visit)
        assert LogEntry.objects.get().by_id is None

    def test_a_team_mate_who_typed_it_too_records_in_his_name(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        browser = sign_in(world.cast.teammate)
        typed(browser, card.list_number)
        visit = {"door": world.turf.door_ids[0], "visit": new_id(), "outcome": "talked"}
        browser.post(f"{card.url}passage/", visit)
        assert LogEntry.objects.get().by_id == world.cast.teammate

    def test_the_number_stands_on_the_walk_list(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        for who in (world.cast.owner, world.cast.teammate):
            assert card.number_words in sign_in(who).get(card.url).content.decode()

    def test_the_number_and_where_to_type_it_are_printed(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        content = sign_in(world.cast.teammate).get(f"{card.url}pdf/").content
        first = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
        assert card.number_words in first
        assert "/terrain/liste/" in first

    def test_the_page_says_that_the_time_is_over_and_not_that_somebody_took_it(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        api.end_leases(at=card.until)
        page = sign_in(world.cast.teammate).get(card.url).content.decode()
        assert "avait ce secteur jusqu’au" in page
        assert card.number_words not in page


class TestGuessing:
    def test_ten_wrong_numbers_from_one_place(self, card: AssignmentCard) -> None:
        browser = Client()
        wrong = "00000000" if card.list_number != "00000000" else "00000001"
        codes = [typed(browser, wrong).status_code for _ in range(numbers.FAILURES_FROM_ONE_ADDRESS + 1)]
        assert codes == [200] * numbers.FAILURES_FROM_ONE_ADDRESS + [429]
        assert typed(browser, card.list_number).status_code == 429
        assert typed(Client(REMOTE_ADDR="192.0.2.7"), card.list_number).status_code == 302

    def test_from_many_places(self, card: AssignmentCard) -> None:
        wrong = "00000000" if card.list_number != "00000000" else "00000001"
        for i in range(numbers.FAILURES_AN_HOUR):
            assert enrol(Client(REMOTE_ADDR=f"192.0.2.{i}"), {"number": wrong}).status_code == 404
        elsewhere = Client(REMOTE_ADDR="198.51.100.1")
        answer = enrol(elsewhere, {"number": card.list_number})
        assert answer.status_code == 409
        assert "quatre lettres" in answer.json()["error"]
        assert enrol(elsewhere, {"number": wrong}).status_code == 409, "and nobody learns which one is right"
        assert enrol(elsewhere, {"number": card.number_words}).status_code == 201, "no team is locked out"
        page = typed(Client(REMOTE_ADDR="198.51.100.2"), card.list_number)
        assert page.status_code == 200
        assert "quatre lettres" in page.content.decode()
        assert typed(Client(REMOTE_ADDR="198.51.100.2"), card.number_words.lower()).status_code == 302

    def test_wrong_letters_open_nothing_and_are_counted_where_they_are_typed(
        self, card: AssignmentCard
    ) -> None:
        letters = "BBBB" if card.list_letters != "BBBB" else "CCCC"
        for _ in range(numbers.FAILURES_WITH_LETTERS):
            assert enrol(Client(), {"number": card.list_number + letters}).status_code == 404
        assert enrol(Client(), {"number": card.number_words}).status_code == 429
        other = Client(REMOTE_ADDR="192.0.2.9")
        assert enrol(other, {"number": card.number_words}).status_code == 201
        assert enrol(other, {"number": card.list_number}).status_code == 201, "the site knows of no flood"

    def test_letters_are_those_of_the_list_and_of_its_number(self, card: AssignmentCard) -> None:
        other = letters_of(assignment_id=new_id(), list_number=card.list_number)
        again = letters_of(assignment_id=card.id, list_number=card.list_number)
        changed = letters_of(assignment_id=card.id, list_number="00000000")
        assert again == card.list_letters
        assert len({again, other, changed}) == 3

    def test_what_is_counted_is_not_forgotten_while_many_phones_send(self, card: AssignmentCard) -> None:
        wrong = "00000000" if card.list_number != "00000000" else "00000001"
        for _ in range(numbers.FAILURES_FROM_ONE_ADDRESS):
            typed(Client(), wrong)
        for phone in range(5000):
            ratelimit.is_allowed(scope="field-exchange", key=str(phone), limit=120, window_s=60)
        assert typed(Client(), wrong).status_code == 429

    def test_one_network_of_version_6_is_one_place(self, card: AssignmentCard) -> None:
        wrong = "00000000" if card.list_number != "00000000" else "00000001"
        for i in range(numbers.FAILURES_FROM_ONE_ADDRESS):
            typed(Client(REMOTE_ADDR=f"2001:db8::{i:x}"), wrong)
        assert typed(Client(REMOTE_ADDR="2001:db8::ffff"), wrong).status_code == 429
        assert typed(Client(REMOTE_ADDR="2001:db8:0:1::1"), wrong).status_code == 200

    def test_right_numbers_use_no_limit_up(self, card: AssignmentCard) -> None:
        for _ in range(3 * numbers.FAILURES_FROM_ONE_ADDRESS):
            assert typed(Client(), card.list_number).status_code == 302

    def test_the_odds_that_the_documentation_states(self) -> None:
        """On average so many lists are opened in a year of guessing without a pause."""
        per_year = {live: 365 * numbers.FAILURES_A_DAY * live / 10**8 for live in (10, 100, 1000)}
        assert per_year == pytest.approx({10: 0.011, 100: 0.11, 1000: 1.1}, rel=0.01)
        flooded = 365 * 10**6 * 1000 / (10**8 * len(LETTERS) ** 4)
        assert flooded == pytest.approx(0.023, rel=0.01), "a million tries a day, a thousand lists"


class TestEnrolment:
    def test_with_the_number(self, world: World, card: AssignmentCard) -> None:
        other_list(world)
        answer = enrol(Client(), {"number": card.number_words})
        assert answer.status_code == 201
        said = answer.json()
        assert [pack["assignment"] for pack in said["packs"]] == [str(card.id)]
        device = Device.objects.get(pk=said["device"])
        assert (device.person_id, device.only_list, device.number) == (None, card.id, 1)
        assert "no-store" in answer["Cache-Control"]

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("owner", 201),
            ("coordinator", 201),
            ("administrator", 201),
            ("teammate", 201),
            ("stranger", 404),
            ("other_coordinator", 404),
            (None, 401),
        ],
    )
    def test_with_an_account(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any], who: str, status: int
    ) -> None:
        other_list(world)
        browser = sign_in(getattr(world.cast, who) if who else None)
        answer = enrol(browser, {"assignment": str(card.id)})
        assert answer.status_code == status
        if status == 201:
            assert len(answer.json()["packs"]) == 2
            assert Device.objects.get().person_id == getattr(world.cast, who)
        else:
            assert answer.json()["error"]
            assert not Device.objects.exists()

    def test_with_the_number_that_was_typed_in_this_browser(self, card: AssignmentCard) -> None:
        browser = Client()
        typed(browser, card.list_number)
        assert enrol(browser, {"assignment": str(card.id)}).status_code == 201
        assert Device.objects.get().only_list == card.id

    def test_no_other_site_enrols_in_the_name_of_a_browser(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        browser = sign_in(world.cast.teammate)
        said = {"assignment": str(card.id)}
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert enrol(browser, said, **headers).status_code == 403
        plain = browser.post(ENROL, json.dumps(said), content_type="text/plain")
        assert plain.status_code == 403
        assert not Device.objects.exists()
        assert enrol(browser, said, Origin="http://testserver").status_code == 201

    @pytest.mark.parametrize(
        "said",
        [
            [],
            {},
            "x",
            None,
            3,
            {"assignment": "x"},
            {"assignment": 3},
            {"number": 12345678},
            {"number": None},
        ],
    )
    def test_what_cannot_be_read(self, card: AssignmentCard, said: Any) -> None:
        assert enrol(Client(), said).status_code == 400

    @pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"[" * 900, b'{"number":"' + b"1" * 9000 + b'"}'])
    def test_what_is_no_json(self, body: bytes) -> None:
        assert Client().post(ENROL, body, content_type="application/json").status_code == 400

    def test_a_lease_that_is_over_lets_nobody_in(
        self, world: World, card: AssignmentCard, sign_in: Callable[..., Any]
    ) -> None:
        with time_machine.travel(card.until + timedelta(minutes=1), tick=False):
            answer = enrol(sign_in(world.cast.teammate), {"assignment": str(card.id)})
            assert answer.status_code == 410
            assert enrol(Client(), {"number": card.list_number}).status_code == 404

    def test_a_team_has_so_many_phones_at_most(self, world: World, card: AssignmentCard) -> None:
        Device.objects.bulk_create(
            Device(shift_id=card.shift_id, kind="phone", number=i, key=b"k" * 32)
            for i in range(1, PHONES_AT_MOST + 1)
        )
        assert enrol(Client(), {"number": card.list_number}).status_code == 409
        Device.objects.filter(number=1).update(revoked_at=timezone.now())
        assert enrol(Client(), {"number": card.list_number}).status_code == 201

    def test_one_list_enrols_so_many_an_hour_and_one_place_as_many_as_it_has_lists(
        self, world: World, card: AssignmentCard
    ) -> None:
        """Everybody at a meeting place has one address."""
        codes = [enrol(Client(), {"number": card.list_number}).status_code for _ in range(31)]
        assert codes == [201] * 30 + [429]
        other = other_list(world)
        assert enrol(Client(), {"number": other.list_number}).status_code == 201

    def test_only_post(self) -> None:
        assert Client().get(ENROL).status_code == 405


class TestPhoneByNumber:
    """What somebody who only has the number sees and does: that list."""

    def test_only_that_pack(self, world: World, card: AssignmentCard) -> None:
        other = other_list(world)
        said = enrol(Client(), {"number": card.list_number}).json()
        bearer = {"Authorization": f"Bearer {said['token']}"}
        mine = Client().get(f"/terrain/app/paquets/{card.id}.json", headers=bearer)
        assert mine.status_code == 200
        assert Client().get(f"/terrain/app/paquets/{other.id}.json", headers=bearer).status_code == 404

    def test_no_news_of_other_turfs_of_the_team(self, world: World, card: AssignmentCard) -> None:
        other = other_list(world)
        said = enrol(Client(), {"number": card.list_number}).json()
        world.visit(card, 1, received_at=NOON)
        world.visit(other, 1, received_at=NOON)
        answer = exchanged(said, [])
        assert [one["door"] for one in answer["news"]] == [str(world.turf.door_ids[0])]
        assert [pack["assignment"] for pack in answer["packs"]] == [str(card.id)]

    def test_what_it_says_of_other_turfs_is_kept_apart(self, world: World, card: AssignmentCard) -> None:
        other_list(world)
        said = enrol(Client(), {"number": card.list_number}).json()
        mine = sealed_visit(said, 1, world.turf.door_ids[0])
        others = sealed_visit(said, 2, world.turfs[1].door_ids[0])
        answers = exchanged(said, [mine, others])["answers"]
        assert answers[mine["id"]]["status"] == "stored"
        assert answers[others["id"]] == {"status": "quarantined", "why": "door"}

    def test_late_events_count_after_the_lease(self, world: World, card: AssignmentCard) -> None:
        said = enrol(Client(), {"number": card.list_number}).json()
        event = sealed_visit(said, 1, world.turf.door_ids[0])
        api.end_leases(at=card.until)
        Assignment.objects.update(list_number="00000000")
        answer = exchanged(said, [event])
        assert answer["answers"][event["id"]]["status"] == "stored"
        assert answer["packs"] == []


def sealed_visit(said: dict[str, Any], seq: int, door: UUID, outcome: str = "talked") -> dict[str, Any]:
    """An event as the phone that was let in with ``said`` sends it."""
    import base64

    from amiral.cores.sync import Event, Visit, sealed
    from amiral.rooms.field.contracts import Outcome

    event = Event(
        id=new_id(),
        device=UUID(said["device"]),
        seq=seq,
        lam=seq,
        at="2027-03-06T10:00:00.000Z",
        form=1,
        body=Visit(door=door, outcome=Outcome(outcome)),
    )
    return sealed(event, base64.urlsafe_b64decode(said["key"] + "="))


def exchanged(
    said: dict[str, Any], events: list[dict[str, Any]], *, head: int | None = None
) -> dict[str, Any]:
    """What the server answers to these events."""
    body = {"device": said["device"], "head": len(events) if head is None else head, "events": events}
    answer = Client().post(
        "/terrain/app/envoi/",
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {said['token']}"},
    )
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told
