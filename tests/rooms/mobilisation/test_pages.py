"""What visitors, volunteers and leaders see and type."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amiral.rooms.mobilisation import api
from amiral.rooms.mobilisation.actions import lead
from amiral.rooms.mobilisation.actions.rules import set_rules
from amiral.rooms.mobilisation.contracts import Kind, ShiftRules
from amiral.rooms.mobilisation.models import Action
from amiral.rooms.mobilisation.web.forms import ShiftForm
from tests.conftest import NOON, Cast, make_person
from tests.rooms.mobilisation.conftest import SATURDAY, World, draft, make_world, shift
from tests.rooms.mobilisation.test_rights import ACTION, SHIFT, new_action


def words(response: Any) -> str:
    """The page's text, without tags."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text.replace("\u00a0", " "))


def hold(cast: Cast, title: str, *, group: UUID | None = None, by: UUID | None = None, **fields: Any) -> UUID:
    days = fields.pop("days", 0)
    return api.create_action(
        by_id=by or cast.administrator,
        group_id=group or cast.group,
        draft=draft(title=title, **fields),
        shifts=[shift(days=days)],
        at=NOON,
    )


@pytest.fixture
def four(cast: Cast) -> Cast:
    """Four actions: two communes of Saône-et-Loire near each other, one further, one in Côte-d'Or."""
    hold(cast, "Action-Chalon", commune_id="commune:71076", days=1)
    hold(cast, "Action-Dijon", commune_id="commune:21231", days=2, group=cast.other_group)
    hold(cast, "Action-Mâcon", days=3, longitude=4.83, latitude=46.3)
    hold(cast, "Action-Charnay", commune_id="commune:71105", days=4, kind=Kind.LEAFLET_DROP)
    return cast


def titles(response: Any) -> list[str]:
    return re.findall(r"<h3><a [^>]+>(Action-\w+)</a></h3>", response.content.decode())


# The list ------------------------------------------------------------------------------------------
def test_everything_to_come_soonest_first(four: Cast, client: Client) -> None:
    assert titles(client.get("/actions/")) == [
        "Action-Chalon",
        "Action-Dijon",
        "Action-Mâcon",
        "Action-Charnay",
    ]


def test_near_a_commune_first_itself_then_its_departement(four: Cast, client: Client) -> None:
    near = client.get("/actions/", {"q": "chalon sur saone"})
    assert titles(near) == ["Action-Chalon", "Action-Mâcon", "Action-Charnay"]
    assert titles(client.get("/actions/", {"commune": "commune:71105"}))[0] == "Action-Charnay"
    assert titles(client.get("/actions/", {"q": "21000"})) == ["Action-Dijon"]


def test_which_one_is_asked_when_several_communes_answer(four: Cast, client: Client) -> None:
    page = client.get("/actions/", {"q": "71000"})
    assert "Plusieurs communes correspondent à « 71000 »" in words(page)
    assert "commune=commune%3A71270" in page.content.decode()
    assert len(titles(page)) == 4


def test_an_unknown_place_is_said(four: Cast, client: Client) -> None:
    page = client.get("/actions/", {"q": "<b>Atlantide"})
    assert "Aucune commune ne correspond à « &lt;b&gt;Atlantide »" in words(page)
    assert len(titles(page)) == 4


def test_one_kind_only(four: Cast, client: Client) -> None:
    assert titles(client.get("/actions/", {"kind": "leaflet-drop"})) == ["Action-Charnay"]
    assert len(titles(client.get("/actions/", {"kind": "nonsense"}))) == 4


def test_a_page_that_does_not_exist_is_the_last_one(four: Cast, client: Client) -> None:
    assert len(titles(client.get("/actions/", {"page": "99"}))) == 4
    assert len(titles(client.get("/actions/", {"page": "x"}))) == 4


def test_past_and_cancelled_actions_are_left_out(world: World, client: Client) -> None:
    hold(world.cast, "Action-passée", days=-10)
    lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON)
    page = words(client.get("/actions/"))
    assert "Action-passée" not in page
    assert "samedi 6 mars" not in page
    assert "dimanche 7 mars" in page
    api.cancel_action(by_id=world.cast.owner, action_id=world.action, at=NOON)
    assert "Aucune action n’est encore prévue ici" in words(client.get("/actions/"))


def test_the_map_shows_those_with_a_place(four: Cast, client: Client) -> None:
    page = client.get("/actions/").content.decode()
    located = Action.objects.get(title="Action-Mâcon")
    drawing = page[page.index("<svg viewBox") :]
    assert f'<a href="/actions/{located.pk}/" aria-label="Action-Mâcon">' in drawing
    assert "Action-Dijon" not in drawing
    assert "<figure" not in client.get("/actions/", {"q": "21000"}).content.decode()


@pytest.mark.parametrize("who", ["owner", None])
def test_as_many_queries_for_two_actions_as_for_twenty(cast: Cast, sign_in: Any, who: str | None) -> None:
    browser = sign_in(getattr(cast, who) if who else None)
    counts = []
    for more in (2, 18):
        for number in range(more):
            hold(cast, f"Action-{number}", days=number, longitude=4.8, latitude=46.3)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get("/actions/", {"commune": "commune:71270"})
        counts.append(len(queries))
    assert len(titles(page)) == 20
    assert counts[0] == counts[1]
    assert counts[0] <= 16


def test_the_21st_action_is_on_the_next_page(cast: Cast, client: Client) -> None:
    for number in range(21):
        hold(cast, f"Action-{number}", days=number)
    assert len(titles(client.get("/actions/"))) == 20
    assert titles(client.get("/actions/", {"page": "2"})) == ["Action-20"]


# One action ----------------------------------------------------------------------------------------
def test_the_page_tells_where_help_is_needed(world: World, client: Client) -> None:
    for person in (world.cast.teammate, world.cast.owner, world.cast.stranger):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    page = words(client.get(f"/actions/{world.action}/"))
    assert "1 place libre" in page
    assert "4 places libres Il manque 2 personnes" in page
    assert "samedi 6 mars 2027, de 13 h 00 à 15 h 00" in page
    assert "Devant l’école Jean-Moulin, Mâcon (71)" in page


def test_the_whole_way_of_a_volunteer(world: World, sign_in: Any) -> None:
    browser, page = sign_in(world.cast.teammate), f"/actions/{world.action}/"
    assert "M’inscrire" in words(browser.get(page))
    asked = browser.get(f"/actions/creneaux/{world.saturday}/inscription/")
    assert "Je viens" in words(asked)
    done = browser.post(f"/actions/creneaux/{world.saturday}/inscription/", follow=True)
    assert "Votre place est réservée. Vous allez en recevoir" in words(done)
    assert "Je ne peux pas venir" in words(done)
    gone = browser.post(f"/actions/creneaux/{world.saturday}/desistement/", follow=True)
    assert "Votre place est libre pour quelqu’un d’autre" in words(gone)
    assert "Je ne peux pas venir" not in words(gone)


def test_a_visitor_chooses_between_an_address_and_an_account(world: World, client: Client) -> None:
    page = client.get(f"/actions/{world.action}/").content.decode()
    there = f"/actions/creneaux/{world.saturday}/inscription/"
    assert f'<a class="button" href="{there}">' in page
    assert f"?next=/actions/{world.action}/" in page
    choice = client.get(there).content.decode()
    assert f'href="/rejoindre/?next={there}"' in choice
    assert f"?next={there}" in choice
    assert 'name="email"' in choice


def test_a_newcomer_joins_on_the_way_and_lands_on_the_shift(
    world: World, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    there = f"/actions/creneaux/{world.saturday}/inscription/"
    form = client.get(f"/rejoindre/?next={there}").content.decode().split('class="languages"')[0]
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    typed = hidden | {"email": "nouvelle@example.org", "given_name": "Nouvelle", "postal_code": "71100"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/rejoindre/", typed).status_code == 302
    link = re.search(r"/rejoindre/confirmer/[^/\s]+/", str(mail.outbox[-1].body))
    assert link
    assert client.post(link[0])["Location"] == there
    assert "Je viens" in words(client.get(there))
    client.post(there)
    assert len(api.team_of_shift(shift_id=world.saturday)) == 1


def test_the_one_too_many_waits_and_sees_how_far(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=2)
    for person in (cast.owner, cast.coordinator):
        api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    browser, page = sign_in(cast.teammate), f"/actions/{world.action}/"
    assert "Rejoindre la liste d’attente" in words(browser.get(page))
    waits = browser.post(f"/actions/creneaux/{world.saturday}/inscription/", follow=True)
    assert "vous êtes sur la liste d’attente" in words(waits)
    assert "1 personne attend" in words(waits)
    assert "Quitter la liste d’attente" in words(waits)
    api.cancel_sign_up(person_id=cast.owner, shift_id=world.saturday, at=NOON)
    for address in (page, "/actions/miennes/"):
        assert "Une place vous est gardée" in words(browser.get(address))
    there = f"/actions/creneaux/{world.saturday}/place/accepter/"
    assert "Votre place est réservée" in words(browser.post(there, follow=True))


def test_who_comes_too_late_to_sign_up_sees_where_places_are_left(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=2)
    rules = ShiftRules(closes_at=NOON)
    set_rules(by_id=cast.owner, shift_id=world.saturday, rules=rules, at=NOON)
    elsewhere = hold(cast, "Action-ailleurs", days=-1)
    refused = sign_in(cast.teammate).post(f"/actions/creneaux/{world.saturday}/inscription/")
    assert refused.status_code == 409
    page = words(refused)
    assert "On ne peut plus s’inscrire à ce créneau" in page
    assert page.index("dimanche 7 mars") < page.index("Action-ailleurs")
    assert (
        f"/actions/creneaux/{api.action(action_id=elsewhere).shifts[0].id}/inscription/"
        in refused.content.decode()
    )


def test_a_shift_that_has_begun_offers_nothing(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    browser = sign_in(world.cast.teammate)
    with time_machine.travel(SATURDAY + timedelta(hours=1), tick=False):
        page = words(browser.get(f"/actions/{world.action}/"))
        assert "Je ne peux pas venir" not in page
        late = browser.post(f"/actions/creneaux/{world.saturday}/desistement/", follow=True)
        assert "Ce créneau a commencé" in words(late)
        refused = sign_in(world.cast.owner).post(f"/actions/creneaux/{world.saturday}/inscription/")
        assert refused.status_code == 409
        assert "a déjà commencé" in words(refused)


def test_markdown_of_the_description_is_cleaned(world: World, client: Client) -> None:
    text = "**Prenez** [un plan](https://example.org) <script>alert(1)</script>"
    lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=draft(description=text), at=NOON)
    page = client.get(f"/actions/{world.action}/").content.decode()
    assert "<strong>Prenez</strong>" in page
    assert "<script>alert" not in page


def test_the_map_of_a_meeting_point(world: World, client: Client) -> None:
    assert "<figure" not in client.get(f"/actions/{world.action}/").content.decode()
    located = draft(longitude=4.83, latitude=46.3)
    lead.edit_action(by_id=world.cast.owner, action_id=world.action, draft=located, at=NOON)
    assert "<figure" in client.get(f"/actions/{world.action}/").content.decode()


def test_what_other_rooms_hold_ready_is_shown_to_the_team(
    world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.kit import ports
    from amiral.kit.contracts import Link

    def answer(name: str, *, shift_id: UUID, person_id: UUID) -> list[list[Link]]:
        assert name == "shift_resources"
        in_team = api.is_in_team(person_id=person_id, shift_id=shift_id)
        return [[Link(title="Secteur 7", url="/tournee/7/", detail="42 portes")] if in_team else []]

    monkeypatch.setattr(ports, "call", answer)
    browser, page = sign_in(world.cast.teammate), f"/actions/{world.action}/"
    assert "Secteur 7" not in words(browser.get(page))
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON, silent=True)
    for address in (page, "/actions/miennes/"):
        assert "Secteur 7" in words(browser.get(address))
    assert "Secteur 7" not in words(sign_in(world.cast.stranger).get(page))


# One's own -----------------------------------------------------------------------------------------
def test_a_shift_that_is_over_is_only_remembered(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.owner, shift_id=world.saturday, at=NOON)
    browser = sign_in(world.cast.owner)
    with time_machine.travel(SATURDAY + timedelta(hours=3), tick=False):
        page = browser.get(f"/actions/{world.action}/").content.decode()
    assert "Terminé" in page
    assert "Votre place est réservée" not in page
    assert f"creneaux/{world.saturday}/modifier/" not in page
    assert f"creneaux/{world.sunday}/modifier/" in page


def test_my_actions_ahead_and_behind(world: World, sign_in: Any) -> None:
    person = world.cast.teammate
    past = api.action(action_id=hold(world.cast, "Action-passée", days=-10)).shifts[0]
    api.sign_up(person_id=person, shift_id=past.id, at=past.starts_at - timedelta(days=1))
    api.sign_up(person_id=person, shift_id=world.saturday, at=NOON)
    api.sign_up(person_id=person, shift_id=world.sunday, at=NOON)
    api.cancel_sign_up(person_id=person, shift_id=world.sunday, at=NOON)
    page = words(sign_in(person).get("/actions/miennes/"))
    assert page.index("samedi 6 mars") < page.index("dimanche 7 mars") < page.index("Action-passée")
    assert page.count("Vous avez annulé votre venue") == 1
    lead.cancel_shift(by_id=world.cast.owner, shift_id=world.saturday, at=NOON)
    assert "Le créneau est annulé" in words(sign_in(person).get("/actions/miennes/"))


def test_as_many_queries_for_two_places_as_for_twenty(cast: Cast, sign_in: Any) -> None:
    browser, counts = sign_in(cast.teammate), []
    for more in (2, 18):
        for number in range(more):
            one = api.action(action_id=hold(cast, f"Action-{number}", days=number)).shifts[0]
            api.sign_up(person_id=cast.teammate, shift_id=one.id, at=NOON, silent=True)
        with CaptureQueriesContext(connection) as queries:
            page = words(browser.get("/actions/miennes/"))
        counts.append(len(queries))
    assert page.count("Votre place est réservée") == 20
    assert counts[0] == counts[1]


def test_the_team_costs_as_many_queries_for_two_as_for_twenty(cast: Cast, sign_in: Any) -> None:
    world = make_world(cast, capacity=30)
    browser, counts = sign_in(cast.owner), []
    for more in (2, 18):
        for number in range(more):
            person = make_person(f"Volontaire{more}x{number}")
            api.sign_up(person_id=person, shift_id=world.saturday, at=NOON, silent=True)
        with CaptureQueriesContext(connection) as queries:
            page = words(browser.get(f"/actions/{world.action}/"))
        counts.append(len(queries))
    assert page.count("Volontaire") == 20
    assert counts[0] == counts[1]


# The leader's forms --------------------------------------------------------------------------------
def test_an_action_with_two_shifts_is_published(cast: Cast, sign_in: Any) -> None:
    world = World(cast=cast, action=cast.group, saturday=cast.group, sunday=cast.group)
    browser = sign_in(cast.owner)
    typed = new_action(world)
    second = {f"form-1-{name}": value for name, value in (SHIFT | {"day": "2027-03-21"}).items()}
    done = browser.post("/actions/nouvelle/", {**typed, **second, "form-TOTAL_FORMS": "2"}, follow=True)
    assert "L’action est publiée" in words(done)
    card = api.action(action_id=Action.objects.get().pk)
    assert (card.kind, card.commune_id) == (Kind.LEAFLET_DROP, "commune:71076")
    assert [one.starts_at for one in card.shifts] == [
        datetime(2027, 3, 20, 13, tzinfo=UTC),
        datetime(2027, 3, 21, 13, tzinfo=UTC),
    ]


def test_the_form_proposes_that_nobody_goes_alone_the_first_time(cast: Cast, sign_in: Any) -> None:
    world = World(cast=cast, action=cast.group, saturday=cast.group, sunday=cast.group)
    browser = sign_in(cast.owner)
    page = browser.get("/actions/nouvelle/").content.decode()
    assert all(re.search(f'name="{name}"[^>]* checked', page) for name in ("accompanied", "leads"))
    ticked = new_action(world) | {"accompanied": "on", "leads": "on"}
    for kind, rule in [(Kind.DOOR_TO_DOOR, 1), (Kind.TRAINING, None)]:
        browser.post("/actions/nouvelle/", ticked | {"kind": kind})
        card = api.action(action_id=Action.objects.latest("pk").pk)
        (first,) = card.shifts
        assert (card.kind, first.rules.newcomers_each, first.taken) == (kind, rule, 1)
    again = browser.post("/actions/nouvelle/", new_action(world) | {"more": "1"}).content.decode()
    assert not re.search('name="(accompanied|leads)"[^>]* checked', again)
    edit = browser.get(f"/actions/{card.id}/modifier/").content.decode()
    assert 'name="title"' in edit
    assert 'name="leads"' not in edit


def test_one_more_line_keeps_what_was_typed_and_judges_nothing(cast: Cast, sign_in: Any) -> None:
    world = World(cast=cast, action=cast.group, saturday=cast.group, sunday=cast.group)
    browser, typed = sign_in(cast.owner), new_action(world) | {"title": "", "more": "1"}
    page = browser.post("/actions/nouvelle/", typed).content.decode()
    assert 'name="form-1-start" value="14:00"' in page
    assert 'name="form-0-day" value="2027-03-20"' in page
    assert 'name="form-1-day" value=' not in page
    assert 'value="Mairie"' in page
    assert 'role="alert"' not in page
    assert 'name="form-TOTAL_FORMS" value="2"' in page
    typed = new_action(world) | {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2", "form-1-start": "14:00"}
    assert browser.post("/actions/nouvelle/", typed).status_code == 302
    assert len(api.action(action_id=Action.objects.get().pk).shifts) == 1


def test_which_commune_is_asked_and_answered_without_javascript(world: World, sign_in: Any) -> None:
    browser = sign_in(world.cast.owner)
    typed = new_action(world) | {"commune_text": "71000"}
    page = browser.post("/actions/nouvelle/", typed)
    assert "Plusieurs communes correspondent : choisissez-en une" in words(page)
    assert 'value="commune:71105"' in page.content.decode()
    wrong = browser.post("/actions/nouvelle/", typed | {"commune": "commune:21231"})
    assert wrong.status_code == 200
    done = browser.post("/actions/nouvelle/", typed | {"commune": "commune:71105"})
    assert done.status_code == 302
    assert Action.objects.filter(commune="commune:71105").count() == 1


def test_an_unknown_commune_is_refused_at_its_field(world: World, sign_in: Any) -> None:
    page = sign_in(world.cast.owner).post(
        "/actions/nouvelle/", new_action(world) | {"commune_text": "Atlantide"}
    )
    assert "Aucune commune ne correspond" in words(page)
    assert 'aria-invalid="true"' in page.content.decode()


@pytest.mark.parametrize(
    ("latitude", "longitude", "understood"),
    [
        ("46,3", "4,83", (4.83, 46.3)),
        ("46.3", "4.83", (4.83, 46.3)),
        ("", "", (None, None)),
        ("46.3", "", None),
        ("", "4.83", None),
        ("91", "4.83", None),
        ("nan", "4.83", None),
        ("46.3", "1e400", None),
    ],
)
def test_coordinates(world: World, sign_in: Any, latitude: str, longitude: str, understood: Any) -> None:
    typed = ACTION | {"latitude": latitude, "longitude": longitude}
    done = sign_in(world.cast.owner).post(f"/actions/{world.action}/modifier/", typed)
    assert done.status_code == (302 if understood else 200)
    if understood:
        row = Action.objects.get(pk=world.action)
        assert (row.longitude, row.latitude) == understood


def test_the_middle_of_an_imported_quarter(
    world: World, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amiral.rooms.territory import api as territory
    from amiral.rooms.territory.contracts import FileKind, ReferenceFileCard

    file = ReferenceFileCard(
        id=world.action,
        kind=FileKind.ADDRESSES,
        name="Centre de Mâcon",
        rows=1,
        bad_rows=0,
        bounds=(4.82, 46.30, 4.84, 46.32),
        commune_codes={},
        attribution="",
        created_at=NOON,
    )
    monkeypatch.setattr(territory, "reference_files", lambda *, kind: (file,))
    browser, address = sign_in(world.cast.owner), f"/actions/{world.action}/modifier/"
    assert "Centre de Mâcon" in words(browser.get(address))
    browser.post(address, ACTION | {"centre": str(file.id)})
    row = Action.objects.get(pk=world.action)
    assert (row.longitude, row.latitude) == (4.83, 46.31)


def test_the_form_for_a_change_shows_what_is_there(world: World, sign_in: Any) -> None:
    browser = sign_in(world.cast.owner)
    page = browser.get(f"/actions/{world.action}/modifier/").content.decode()
    assert 'value="Mâcon (71)"' in page
    assert 'name="group"' not in page
    kept = browser.post(f"/actions/{world.action}/modifier/", ACTION | {"commune_text": "Mâcon (71)"})
    assert kept.status_code == 302
    assert Action.objects.get(pk=world.action).commune_id == "commune:71270"
    page = browser.get(f"/actions/creneaux/{world.saturday}/modifier/").content.decode()
    for value in ('value="2027-03-06"', 'value="13:00"', 'value="15:00"'):
        assert value in page


def test_a_title_is_one_line(world: World, sign_in: Any) -> None:
    typed = ACTION | {"title": "Boîtage\r\nBcc: tous@example.org\t!"}
    assert sign_in(world.cast.owner).post(f"/actions/{world.action}/modifier/", typed).status_code == 302
    assert Action.objects.get(pk=world.action).title == "Boîtage  Bcc: tous@example.org !"
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    empty = sign_in(world.cast.owner).post(f"/actions/{world.action}/modifier/", ACTION | {"place": "\x01"})
    assert empty.status_code == 200


def test_a_leader_is_told_why_a_verb_is_refused(world: World, sign_in: Any) -> None:
    api.sign_up(person_id=world.cast.teammate, shift_id=world.saturday, at=NOON)
    browser = sign_in(world.cast.owner)
    refused = browser.post(f"/actions/creneaux/{world.saturday}/retirer/", follow=True)
    assert "Des personnes sont inscrites à ce créneau" in words(refused)
    done = browser.post(f"/actions/creneaux/{world.saturday}/annuler/", follow=True)
    assert "Le créneau est annulé et son équipe est prévenue" in words(done)


def hours(**fields: str) -> ShiftForm:
    return ShiftForm(SHIFT | fields, at=NOON)


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({}, datetime(2027, 3, 20, 13, tzinfo=UTC), datetime(2027, 3, 20, 15, tzinfo=UTC)),
        (
            {"start": "22:00", "end": "01:00"},
            datetime(2027, 3, 20, 21, tzinfo=UTC),
            datetime(2027, 3, 21, tzinfo=UTC),
        ),
        (
            {"day": "2027-03-28", "start": "01:00", "end": "04:00"},
            datetime(2027, 3, 28, 0, tzinfo=UTC),
            datetime(2027, 3, 28, 2, tzinfo=UTC),
        ),
        (
            {"day": "2027-10-31", "start": "01:00", "end": "04:00"},
            datetime(2027, 10, 30, 23, tzinfo=UTC),
            datetime(2027, 10, 31, 3, tzinfo=UTC),
        ),
        (
            {"day": "2027-10-30", "start": "20:00", "end": "07:00"},
            datetime(2027, 10, 30, 18, tzinfo=UTC),
            datetime(2027, 10, 31, 6, tzinfo=UTC),
        ),
    ],
)
def test_hours_are_those_of_the_clocks_on_the_wall(
    fields: dict[str, str], start: datetime, end: datetime
) -> None:
    form = hours(**fields)
    assert form.is_valid(), form.errors
    assert (form.draft.starts_at, form.draft.ends_at) == (start, end)


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"day": "2027-03-01"}, "day", "déjà passé"),
        ({"day": "2037-03-20"}, "day", "plus de deux ans"),
        ({"day": "9999-12-31", "start": "22:00", "end": "01:00"}, "day", "plus de deux ans"),
        ({"day": "0001-01-01"}, "day", "déjà passé"),
        ({"day": "tomorrow"}, "day", "date"),
        ({"start": "14:00", "end": "14:00"}, "end", "douze heures"),
        ({"start": "14:00", "end": "12:00"}, "end", "douze heures"),
        ({"day": "2027-10-30", "start": "18:00", "end": "05:30"}, "end", "douze heures"),
        ({"day": "2027-03-28", "start": "02:30", "end": "04:00"}, "start", "heure d’été"),
        ({"needed": "6"}, "needed", "plus de personnes"),
        ({"capacity": "0"}, "capacity", "1"),
        ({"capacity": "501"}, "capacity", "500"),
    ],
)
def test_hours_that_make_no_sense(fields: dict[str, str], field: str, said: str) -> None:
    form = hours(**fields)
    assert not form.is_valid()
    assert said in " ".join(form.errors[field])


# Everywhere ----------------------------------------------------------------------------------------
PAGES: list[tuple[str, Callable[[World], str]]] = [
    ("list", lambda w: "/actions/"),
    ("list near", lambda w: "/actions/?q=71000"),
    ("action", lambda w: f"/actions/{w.action}/"),
    ("mine", lambda w: "/actions/miennes/"),
    ("new", lambda w: "/actions/nouvelle/"),
    ("edit", lambda w: f"/actions/{w.action}/modifier/"),
    ("cancel", lambda w: f"/actions/{w.action}/annuler/"),
    ("add shift", lambda w: f"/actions/{w.action}/creneaux/"),
    ("change shift", lambda w: f"/actions/creneaux/{w.saturday}/modifier/"),
    ("cancel shift", lambda w: f"/actions/creneaux/{w.saturday}/annuler/"),
    ("sign up", lambda w: f"/actions/creneaux/{w.sunday}/inscription/"),
]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("address", [page[1] for page in PAGES], ids=[page[0] for page in PAGES])
def test_every_page_has_one_title_and_no_inline_code(
    world: World, sign_in: Any, language: str, address: Callable[[World], str]
) -> None:
    api.sign_up(person_id=world.cast.owner, shift_id=world.saturday, at=NOON)
    browser = sign_in(world.cast.owner)
    browser.cookies["langue"] = language
    page = browser.get(address(world)).content.decode()
    assert page.count("<h1") == 1
    assert f'<html lang="{language}"' in page
    assert not re.search(
        r'\sstyle="|\son\w+="|<script(?![^>]*\ssrc=)(?! type="application/ld\+json")|<style', page
    )
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for label in re.findall(r'<label[^>]*\sfor="([^"]+)"', page):
        assert label in ids
