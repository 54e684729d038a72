"""Ballots as rows: what is proposed, what is changed by hand, who may, and what pages say of bad input."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.cores.silence import Conduct
from amiral.rooms.outreach import api
from amiral.rooms.outreach.actions import ballots
from amiral.rooms.outreach.contracts import BallotDraft, BallotKind
from amiral.rooms.outreach.models import Ballot, BallotPoll, BallotRound
from amiral.rooms.territory.models import Territory, TerritoryClosure, TerritoryLink
from tests.conftest import NOON, Cast

pytestmark = pytest.mark.django_db

SUNDAYS = (date(2027, 4, 11), date(2027, 4, 25))


def draft(**fields: Any) -> BallotDraft:
    values: dict[str, Any] = {
        "name": "Présidentielle 2027",
        "kind": BallotKind.PRESIDENTIAL,
        "places": (),
        "sundays": SUNDAYS,
        "closes": time(20),
    }
    return BallotDraft(**(values | fields))


def enter(cast: Cast, **fields: Any) -> UUID:
    return ballots.create(by_id=cast.administrator, draft=draft(**fields), at=NOON)


def add_guadeloupe() -> None:
    Territory.objects.create(
        id="departement:971", kind="departement", code="971", name="Guadeloupe", search_name="guadeloupe",
        departement_code="971",
    )  # fmt: skip
    for ancestor, depth in [("departement:971", 0), ("pays:FR", 1)]:
        TerritoryClosure.objects.create(ancestor_id=ancestor, descendant_id="departement:971", depth=depth)


def test_a_national_ballot_concerns_every_departement_and_some_vote_on_saturday(cast: Cast) -> None:
    add_guadeloupe()
    enter(cast)
    polls = BallotPoll.objects.filter(round__number=1)
    assert {(poll.territory_id, poll.zone, poll.day) for poll in polls} == {
        ("departement:21", "Europe/Paris", SUNDAYS[0]),
        ("departement:71", "Europe/Paris", SUNDAYS[0]),
        ("departement:971", "America/Guadeloupe", date(2027, 4, 10)),
    }
    first = BallotRound.objects.get(number=1)
    assert first.quiet_from == datetime(2027, 4, 9, 4, tzinfo=UTC)
    assert first.quiet_until == datetime(2027, 4, 11, 18, tzinfo=UTC)


def test_a_local_ballot_votes_on_sunday_everywhere_it_is_held_and_nowhere_else(cast: Cast) -> None:
    add_guadeloupe()
    enter(cast, kind=BallotKind.MUNICIPAL, places=("Mâcon", "971"), sundays=SUNDAYS[:1])
    polls = BallotPoll.objects.all()
    assert {(poll.territory_id, poll.day) for poll in polls} == {
        ("commune:71270", SUNDAYS[0]),
        ("departement:971", SUNDAYS[0]),
    }


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sundays": (date(2027, 4, 10),)}, "n’est pas un dimanche"),
        ({"sundays": SUNDAYS[::-1]}, "après le premier"),
        ({"sundays": (SUNDAYS[0], SUNDAYS[0])}, "après le premier"),
        ({"places": ("Atlantide",)}, "Atlantide"),
        ({"places": ("ma\x00con",)}, "con"),
        ({"places": ("Ch",)}, "plusieurs lieux"),
        ({"places": tuple(map(str, range(2001)))}, "2000"),
    ],
)
def test_bad_input_says_what_to_do_and_leaves_nothing(cast: Cast, fields: Any, told: str) -> None:
    with pytest.raises(ballots.Refused, match=told):
        enter(cast, **fields)
    assert not Ballot.objects.exists()


def test_a_name_is_taken_once(cast: Cast) -> None:
    enter(cast)
    with pytest.raises(ballots.NameTaken):
        enter(cast)


def test_a_poll_changed_by_hand_moves_the_silence(cast: Cast) -> None:
    enter(cast, places=("71",), sundays=SUNDAYS[:1])
    poll = BallotPoll.objects.get()
    change: Callable[..., None] = ballots.change_poll
    change(
        by_id=cast.administrator,
        poll_id=poll.pk,
        zone="America/Cayenne",
        day=date(2027, 4, 10),
        closes=time(18),
    )
    row = BallotRound.objects.get()
    assert (row.quiet_from, row.quiet_until) == (
        datetime(2027, 4, 9, 3, tzinfo=UTC),
        datetime(2027, 4, 10, 21, tzinfo=UTC),
    )
    keep = {"by_id": cast.administrator, "poll_id": poll.pk, "day": date(2027, 4, 10), "closes": time(18)}
    for zone in ["Europe/Macon", "../../etc/passwd", "Europe", "a\x00b", ""]:
        with pytest.raises(ballots.NoSuchZone):
            change(**keep, zone=zone)
    with pytest.raises(ballots.TooFarAway):
        change(**(keep | {"day": date(2027, 5, 30)}), zone="Europe/Paris")
    with pytest.raises(ballots.LastPoll):
        ballots.remove_poll(by_id=cast.administrator, poll_id=poll.pk)


def test_places_are_added_once_and_taken_out(cast: Cast) -> None:
    enter(cast, places=("71",), sundays=SUNDAYS[:1])
    row = BallotRound.objects.get()
    more = {"by_id": cast.administrator, "round_id": row.pk, "place": "21", "zone": "Europe/Paris"}
    added = ballots.add_poll(**more, day=date(2027, 4, 10), closes=time(20))
    row.refresh_from_db()
    assert row.quiet_from == datetime(2027, 4, 8, 22, tzinfo=UTC)
    with pytest.raises(ballots.PollTaken):
        ballots.add_poll(**more, day=SUNDAYS[0], closes=time(20))
    ballots.remove_poll(by_id=cast.administrator, poll_id=added)
    row.refresh_from_db()
    assert row.quiet_from == datetime(2027, 4, 9, 22, tzinfo=UTC)


def over(*places: str, at: datetime, until: datetime | None = None) -> bool:
    return bool(api.silence_over(territory_ids=places, at=at, conduct=Conduct.PUBLICATION, until=until))


def test_silence_is_where_people_vote_above_and_below(cast: Cast) -> None:
    enter(cast, places=("71",), sundays=SUNDAYS[:1])
    eve = datetime(2027, 4, 10, 12, tzinfo=UTC)
    assert over("commune:71270", at=eve)
    assert over("departement:71", at=eve)
    assert over("pays:FR", at=eve)
    assert over(at=eve)
    assert over("commune:21231", "commune:71270", at=eve)
    assert not over("commune:21231", at=eve)
    assert not over("departement:21", at=eve)
    assert not over("commune:71270", at=datetime(2027, 4, 9, 21, 59, 59, tzinfo=UTC))
    assert not over("commune:71270", at=datetime(2027, 4, 11, 18, tzinfo=UTC))
    assert over(
        "commune:71270", at=datetime(2027, 4, 9, 20, tzinfo=UTC), until=datetime(2027, 4, 9, 23, tzinfo=UTC)
    )


def test_a_commune_that_two_constituencies_cut_is_silent_for_both(cast: Cast) -> None:
    for code in ("7101", "7102"):
        Territory.objects.create(
            id=f"circonscription:{code}",
            kind="circonscription",
            code=code,
            name=f"{code}e",
            search_name=code,
            departement_code="71",
        )
        TerritoryClosure.objects.create(
            ancestor_id=f"circonscription:{code}", descendant_id=f"circonscription:{code}", depth=0
        )
        TerritoryLink.objects.create(
            child_id="commune:71270", parent_id=f"circonscription:{code}", exact=False
        )
    enter(cast, kind=BallotKind.LEGISLATIVE, places=("circonscription:7102",), sundays=SUNDAYS[:1])
    eve = datetime(2027, 4, 10, 12, tzinfo=UTC)
    assert over("commune:71270", at=eve)
    assert over("circonscription:7101", at=eve) or not over("circonscription:7101", at=eve)
    assert over("departement:71", at=eve)
    assert not over("commune:71076", at=eve)


def test_what_is_allowed_asks_nothing_and_peace_costs_one_query(cast: Cast) -> None:
    def asked(conduct: Conduct) -> int:
        with CaptureQueriesContext(connection) as captured:
            api.silence_over(territory_ids=["commune:71270"], at=NOON, conduct=conduct)
        return len(captured)

    assert asked(Conduct.TRAINING) == 0
    enter(cast)
    assert asked(Conduct.PUBLICATION) == 1


# Pages ---------------------------------------------------------------------------------------------------


def pages(cast: Cast) -> dict[str, str]:
    ballot_id = enter(cast)
    row = BallotRound.objects.filter(number=1).get()
    poll = BallotPoll.objects.filter(round=row).first()
    assert poll is not None
    return {
        "list": reverse("outreach:ballots"),
        "one": reverse("outreach:ballot", args=[ballot_id]),
        "new": reverse("outreach:ballot_new"),
        "round": reverse("outreach:ballot_round", args=[row.pk]),
        "add": reverse("outreach:ballot_poll_new", args=[row.pk]),
        "poll": reverse("outreach:ballot_poll", args=[poll.pk]),
        "take out": reverse("outreach:ballot_poll_remove", args=[poll.pk]),
        "delete": reverse("outreach:ballot_remove", args=[ballot_id]),
    }


READ = {"list", "one"}


def test_who_may_read_and_who_may_enter(cast: Cast, sign_in: Any) -> None:
    found = pages(cast)
    readers = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator"]
    for name in readers:
        browser = sign_in(getattr(cast, name))
        for page, url in found.items():
            allowed = page in READ or name == "administrator"
            assert browser.get(url).status_code == (200 if allowed else 404), (name, page)
            if page not in READ and not allowed:
                assert browser.post(url, {}).status_code in (404, 405), (name, page)
    for page, url in found.items():
        assert sign_in(None).get(url).status_code == 302, page
    assert Ballot.objects.count() == 1


def test_a_ballot_is_entered_changed_and_deleted_by_its_pages(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)
    typed = {
        "name": "Municipales", "kind": "municipal", "first": "2027-04-11", "second": "", "closes": "18:00",
        "places": "Mâcon\n21",
    }  # fmt: skip
    answer = browser.post(reverse("outreach:ballot_new"), typed, follow=True)
    assert "Mâcon" in answer.content.decode()
    poll = BallotPoll.objects.get(territory_id="commune:71270")
    url = reverse("outreach:ballot_poll", args=[poll.pk])
    answer = browser.post(url, {"zone": "Europe/Macon", "day": "2027-04-11", "closes": "19:00"})
    assert answer.status_code == 422
    assert "Europe/Macon" in answer.content.decode()
    assert (
        browser.post(url, {"zone": "Europe/Paris", "day": "2027-04-11", "closes": "19:00"}).status_code == 302
    )
    poll.refresh_from_db()
    assert poll.closes == time(19)
    out = reverse("outreach:ballot_poll_remove", args=[poll.pk])
    assert browser.post(out, {}).status_code == 302
    last = BallotPoll.objects.get()
    out = reverse("outreach:ballot_poll_remove", args=[last.pk])
    assert browser.post(out, {}).status_code == 422
    ballot = Ballot.objects.get()
    assert browser.post(reverse("outreach:ballot_remove", args=[ballot.pk]), {}).status_code == 302
    assert not BallotRound.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"name": "x" * 200},
        {"kind": "coup"},
        {"first": "2027-04-31"},
        {"first": "2027-04-10"},
        {"closes": "26:00"},
        {"places": "Nulle part"},
        {"places": "\x00"},
    ],
)
def test_the_page_says_what_is_wrong(cast: Cast, sign_in: Any, typed: dict[str, str]) -> None:
    good = {"name": "B", "kind": "other", "first": "2027-04-11", "closes": "20:00", "places": "71"}
    answer = sign_in(cast.administrator).post(reverse("outreach:ballot_new"), good | typed if typed else {})
    assert answer.status_code == 422
    assert not Ballot.objects.exists()


def test_the_list_costs_the_same_whatever_is_in_it(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.administrator)

    def queries(url: str) -> int:
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            browser.get(url)
        return len(captured)

    one = enter(cast, name="0", places=("71",))
    few = queries(reverse("outreach:ballots"))
    alone = queries(reverse("outreach:ballot", args=[one]))
    for number in range(1, 10):
        many = enter(cast, name=str(number), places=("71", "21", "71270", "71076", "21231"))
    assert queries(reverse("outreach:ballots")) == few
    assert queries(reverse("outreach:ballot", args=[many])) == alone


def test_a_banner_tells_those_concerned_and_nobody_else(
    cast: Cast, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(cast, places=("71",), sundays=SUNDAYS[:1])

    def banner(person_id: UUID | None, at: datetime) -> str:
        monkeypatch.setattr("amiral.config.context.now", lambda: at)
        text = sign_in(person_id).get(reverse("home")).content.decode()
        return text if "ilence électoral (" in text else ""

    eve = datetime(2027, 4, 10, 12, tzinfo=UTC)
    assert "jusqu’au dimanche 11 avril 2027 à 20:00" in banner(cast.teammate, eve)
    assert not banner(None, eve)
    assert "commence le samedi 10 avril 2027 à 00:00" in banner(
        cast.teammate, datetime(2027, 4, 8, tzinfo=UTC)
    )
    assert not banner(cast.teammate, NOON)
    Person = __import__("amiral.rooms.people.models", fromlist=["Person"]).Person
    Person.objects.filter(pk=cast.stranger).update(commune_id="commune:21231")
    assert not banner(cast.stranger, eve)
