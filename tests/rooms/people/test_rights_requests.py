"""Requests about personal data: asked, identified, answered within a month."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils.timezone import localdate

from amiral.kit.clock import now
from amiral.kit.errors import NotFound
from amiral.rooms.outreach.models import Message
from amiral.rooms.people import api
from amiral.rooms.people.actions import rights
from amiral.rooms.people.contracts import (
    RIGHT_STEPS,
    ContactKind,
    RightChannel,
    RightKind,
    RightRefusal,
    RightState,
    RightTyped,
)
from amiral.rooms.people.models import ContactPoint, Person, RightsRequest
from tests.conftest import Cast
from tests.rooms.people.conftest import ROLES, last_letter, link_in, role

pytestmark = pytest.mark.django_db
WHO = "madame.dupre@example.org"


def ask(commit: Any, kind: str, address: str = WHO) -> Client:
    browser = Client()
    with commit():
        answer = browser.post(
            reverse("people:ask_rights"), {"kind": kind, "address": address, "words": "Merci."}
        )
    assert answer["Location"] == reverse("people:rights_asked")
    return browser


def known_from_a_file() -> UUID:
    person = Person(
        email=None, given_name="Odile", family_name="Dupré", is_active=False, commune_id="commune:71270"
    )
    person.set_unusable_password()
    person.save()
    ContactPoint.objects.create(person=person, kind="email", value=WHO, primary=True)
    return person.pk


def recorded(cast: Cast, kind: RightKind = RightKind.ACCESS, **more: Any) -> RightsRequest:
    values: dict[str, Any] = {
        "kind": kind, "channel": RightChannel.LETTER, "address": WHO, "words": "Effacez-moi",
        "territory_id": "departement:71",
    }  # fmt: skip
    typed = RightTyped(**(values | more))
    return RightsRequest.objects.get(
        pk=rights.record(by_id=cast.coordinator, typed=typed, language="fr", at=now())
    )


def test_the_table_of_states_is_the_only_way() -> None:
    reached = {after for step in RIGHT_STEPS.values() for after in step}
    assert reached == set(RightState) - {RightState.RECEIVED}
    assert all(
        RightState.DONE not in after or before is RightState.IN_WORK for before, after in RIGHT_STEPS.items()
    )


@pytest.mark.parametrize(
    ("arrived", "due"),
    [
        ("2027-01-31", "2027-02-28"),
        ("2028-01-30", "2028-02-29"),
        ("2027-03-15", "2027-04-15"),
        ("2027-12-31", "2028-01-31"),
    ],
)
def test_a_month_is_the_same_day_of_the_next_one(arrived: str, due: str) -> None:
    moment = datetime.fromisoformat(f"{arrived}T10:00:00").replace(tzinfo=UTC)
    assert localdate(rights.month_later(moment)).isoformat() == due


@pytest.mark.parametrize("known", [True, False])
def test_the_form_says_the_same_for_every_address(cast: Cast, commit: Any, known: bool) -> None:
    if known:
        known_from_a_file()
    ask(commit, "erasure")
    assert len(mail.outbox) == 1
    for _more in range(5):
        ask(commit, "erasure")
    assert len(mail.outbox) == 3


def test_who_is_in_a_file_reads_all_that_is_kept_of_him(cast: Cast, commit: Any) -> None:
    known_from_a_file()
    browser = ask(commit, "access")
    path = link_in(last_letter(WHO))
    assert "Dupré" not in browser.get(path).content.decode()
    assert browser.get(path + "donnees/").status_code == 404
    with commit():
        assert browser.post(path).status_code == 302
    assert browser.get(path).status_code == 200
    kept = json.loads(browser.get(path + "donnees/").content)
    assert {row["table"] for row in kept["people"]} >= {"person", "contact_point", "rights_request"}
    row = RightsRequest.objects.get()
    assert (row.state, row.address, row.words, row.identity) == ("done", "", "", "link")
    assert "faite" in last_letter(WHO) or "exécutée" in last_letter(WHO)
    RightsRequest.objects.update(closed_at=now() - timedelta(days=8))
    assert browser.get(path).status_code == 410
    assert Client().get(reverse("people:rights_link", args=["rien"])).status_code == 410


@pytest.mark.parametrize("kind", ["erasure", "objection"])
def test_who_is_in_a_file_is_erased_or_left_in_peace_at_once(cast: Cast, commit: Any, kind: str) -> None:
    person_id = known_from_a_file()
    browser = ask(commit, kind)
    browser.get(link_in(last_letter(WHO)))
    assert Person.objects.filter(pk=person_id).exists()
    with commit():
        browser.post(link_in(last_letter(WHO)))
    assert Person.objects.filter(pk=person_id).exists() is (kind == "objection")
    assert api.is_suppressed(channel=ContactKind.EMAIL, value=WHO)
    assert RightsRequest.objects.get().state == "done"


def test_an_account_is_not_erased_by_a_link_alone(cast: Cast, commit: Any) -> None:
    browser = ask(commit, "erasure", "coordinator@example.org")
    with commit():
        browser.post(link_in(last_letter("coordinator@example.org")))
    assert RightsRequest.objects.get().state == "in-work"
    assert Person.objects.filter(pk=cast.coordinator).exists()


def test_a_letter_is_identified_by_a_check_and_carried_out(cast: Cast, commit: Any) -> None:
    person_id = known_from_a_file()
    row = recorded(cast, RightKind.ERASURE)
    with pytest.raises(rights.StepRefused):
        rights.carry_out(by_id=cast.coordinator, request_id=row.pk, answer="", at=now())
    rights.record_check(by_id=cast.coordinator, request_id=row.pk, note="Vue au local", at=now())
    with commit():
        rights.carry_out(by_id=cast.coordinator, request_id=row.pk, answer="C’est fait.", at=now())
    assert not Person.objects.filter(pk=person_id).exists()
    row.refresh_from_db()
    assert (row.state, row.person_id, row.address, row.identity_note) == ("done", None, "", "")
    assert "C’est fait." in last_letter(WHO)
    assert not Message.objects.filter(to_address=WHO).exists()
    assert "cnil.fr" in last_letter(WHO)


def test_a_letter_counts_from_its_arrival(cast: Cast) -> None:
    row = recorded(cast, received_on=localdate() - timedelta(days=12))
    assert localdate(row.received_at) == localdate() - timedelta(days=12)
    assert row.due_at < now() + timedelta(days=20)


def test_two_months_more_once_and_in_time(cast: Cast, commit: Any) -> None:
    row = recorded(cast)
    before = row.due_at
    with pytest.raises(rights.ReasonMissing):
        rights.extend(by_id=cast.coordinator, request_id=row.pk, reason=" ", at=now())
    with commit():
        rights.extend(by_id=cast.coordinator, request_id=row.pk, reason="Dossier complexe", at=now())
    row.refresh_from_db()
    assert row.due_at - before > timedelta(days=55)
    assert "Dossier complexe" in last_letter(WHO)
    with pytest.raises(rights.StepRefused):
        rights.extend(by_id=cast.coordinator, request_id=row.pk, reason="Encore", at=now())
    late = recorded(cast, received_on=localdate() - timedelta(days=40))
    with pytest.raises(rights.StepRefused):
        rights.extend(by_id=cast.coordinator, request_id=late.pk, reason="Trop tard", at=now())


def test_a_refusal_gives_its_reason_and_the_way_to_complain(cast: Cast, commit: Any) -> None:
    row = recorded(cast)
    with commit():
        rights.refuse(
            by_id=cast.coordinator,
            request_id=row.pk,
            because=RightRefusal.EXCESSIVE,
            answer="Dixième fois",
            at=now(),
        )
    row.refresh_from_db()
    assert (row.state, row.refused_because, row.address) == ("refused", "excessive", "")
    assert "Dixième fois" in last_letter(WHO)
    assert "cnil.fr" in last_letter(WHO)


def test_those_in_charge_are_warned_once_after_twenty_days(cast: Cast, commit: Any, sign_in: Any) -> None:
    recorded(cast)
    at = now()
    with commit():
        assert rights.watch(at=at + timedelta(days=19)) == 0
        assert rights.watch(at=at + timedelta(days=21)) == 1
        assert rights.watch(at=at + timedelta(days=22)) == 0
    told = {letter.to[0] for letter in mail.outbox}
    assert told == {"coordinator@example.org", "administrator@example.org"}
    assert WHO not in last_letter("coordinator@example.org")
    assert api.urgent_requests(person_id=cast.coordinator) == 0
    RightsRequest.objects.update(received_at=at - timedelta(days=21))
    assert api.urgent_requests(person_id=cast.coordinator) == 1
    assert api.urgent_requests(person_id=cast.other_coordinator) == 0
    page = sign_in(cast.coordinator).get(reverse("home")).content.decode()
    assert reverse("people:rights") in page
    assert "badge--warn" in page
    assert "badge--warn" not in sign_in(cast.teammate).get(reverse("home")).content.decode()


def test_answered_requests_go_after_three_years(cast: Cast) -> None:
    row = recorded(cast)
    rights.record_check(by_id=cast.coordinator, request_id=row.pk, note="x", at=now())
    rights.carry_out(by_id=cast.coordinator, request_id=row.pk, answer="", at=now())
    assert api.purge(at=now() + timedelta(days=3 * 365))["people.RightsRequest"] == 0
    assert api.purge(at=now() + timedelta(days=3 * 365 + 3))["people.RightsRequest"] == 1


def test_who_takes_it_up_by_a_mandate_elsewhere_finds_nothing(cast: Cast) -> None:
    row = recorded(cast)
    for who in (cast.other_coordinator, cast.owner, cast.teammate):
        with pytest.raises(NotFound):
            rights.record_check(by_id=who, request_id=row.pk, note="x", at=now())


THOSE = {"coordinator", "administrator"}
GET = {
    "people:rights": THOSE | {"other_coordinator"},
    "people:record_request": THOSE | {"other_coordinator"},
    "people:rights_request": THOSE,
    "people:rights_export_for": THOSE,
}
POST = ("rights_identity", "rights_check", "rights_extend", "rights_done", "rights_refuse")


@pytest.mark.parametrize("who", ROLES)
def test_the_matrix(sign_in: Any, cast: Cast, who: str) -> None:
    row = recorded(cast)
    rights.record_check(by_id=cast.coordinator, request_id=row.pk, note="x", at=now())
    browser = sign_in(role(cast, who))
    for name, allowed in GET.items():
        args = [row.pk] if name in {"people:rights_request", "people:rights_export_for"} else []
        wanted = 302 if who == "anonymous" else 200 if who in allowed else 404
        assert browser.get(reverse(name, args=args)).status_code == wanted, name
    for name in POST:
        path = reverse(f"people:{name}", args=[row.pk])
        assert browser.get(path).status_code == (302 if who == "anonymous" else 405)
        answer = browser.post(path, {"text": "", "because": "excessive"})
        wanted = 302 if who == "anonymous" else {True: {302, 422}, False: {404}}[who in THOSE]
        assert answer.status_code in (wanted if isinstance(wanted, set) else {wanted}), name
    for name in ("people:ask_rights", "people:rights_asked"):
        assert browser.get(reverse(name)).status_code == 200


def test_the_pages_of_a_request(sign_in: Any, cast: Cast) -> None:
    browser = sign_in(cast.coordinator)
    typed = {
        "channel": "letter", "received_on": localdate().isoformat(), "kind": "correction", "address": "",
        "words": "Mon nom", "territory": "departement:71",
    }  # fmt: skip
    assert (
        browser.post(reverse("people:record_request"), typed | {"received_on": "2099-01-01"}).status_code
        == 422
    )
    page = browser.post(reverse("people:record_request"), typed)["Location"]
    for verb, sent, wanted in [
        ("identite", {}, "received"),
        ("verifier", {"text": "Vu"}, "in-work"),
        ("faire", {"text": ""}, "in-work"),
        ("faire", {"text": "Nom corrigé"}, "done"),
        ("refuser", {"because": "excessive", "text": "x"}, "done"),
    ]:
        browser.post(f"{page}{verb}/", sent)
        assert RightsRequest.objects.get().state == wanted, verb
        assert browser.get(page).status_code == 200
    for path in (reverse("people:rights"), f"{reverse('people:rights')}?etat=closes"):
        text = browser.get(path).content.decode()
        assert " style=" not in text
        assert text.count("<h1") == 1


def test_the_register_names_a_request_as_those_who_answer_it_do(sign_in: Any, cast: Cast) -> None:
    """The words of the form (« je demande à savoir ce qui est gardé de moi ») make no title."""
    typed = {
        "channel": "letter", "received_on": localdate().isoformat(), "kind": "access", "address": "",
        "words": "Que gardez-vous ?", "territory": "departement:71",
    }  # fmt: skip
    browser = sign_in(cast.coordinator)
    page = browser.post(reverse("people:record_request"), typed)["Location"]
    assert "<h1>Demande : savoir ce qui est gardé</h1>" in browser.get(page).content.decode().replace(
        "\xa0", " "
    )
    assert ">savoir ce qui est gardé</a>" in browser.get(reverse("people:rights")).content.decode()


def test_the_own_page_leads_to_every_right(sign_in: Any, cast: Cast) -> None:
    page = sign_in(cast.teammate).get("/moi/").content.decode()
    for path in (
        "/moi/donnees/",
        "/moi/donnees/lire/",
        "/moi/corriger/",
        "/moi/opposition/",
        "/moi/supprimer/",
    ):
        assert f'href="{path}"' in page


def test_the_list_costs_the_same_for_two_and_for_twenty(
    sign_in: Any, cast: Cast, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser, counts = sign_in(cast.coordinator), []
    for number in (2, 18):
        for _each in range(number):
            recorded(cast)
        browser.get(reverse("people:rights"))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(reverse("people:rights"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_link_lives_seven_days_from_its_sending_however_old_the_request(cast: Cast, commit: Any) -> None:
    known_from_a_file()
    with commit():
        row = recorded(cast, received_on=localdate() - timedelta(days=40))
        rights.ask_identity(by_id=cast.coordinator, request_id=row.pk, at=now())
    assert Client().get(link_in(last_letter(WHO))).status_code == 200
    with commit():
        rights.ask_identity(by_id=cast.coordinator, request_id=row.pk, at=now() - timedelta(days=6))
    assert Client().get(link_in(last_letter(WHO))).status_code == 200
    with commit():
        rights.ask_identity(by_id=cast.coordinator, request_id=row.pk, at=now() - timedelta(days=8))
    late = link_in(last_letter(WHO))
    assert Client().get(late).status_code == Client().post(late).status_code == 410
