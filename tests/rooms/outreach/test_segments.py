"""Segments: counted exactly, said in words, within one's territory, with who cannot be reached and why."""

import csv
import json
import re
from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.utils import translation

from amiral.kit import ports
from amiral.kit.errors import NotFound
from amiral.kit.models import AuditLine
from amiral.rooms.outreach import api
from amiral.rooms.outreach.actions import segments as actions
from amiral.rooms.outreach.contracts import Clause, Group, How, IntendedUse, SegmentDraft, Unreachable
from amiral.rooms.outreach.counting import KEEPER
from amiral.rooms.outreach.models import Segment, SegmentUse
from amiral.rooms.outreach.queries import segments as queries
from amiral.rooms.outreach.queries import trees
from amiral.rooms.people import api as people
from amiral.rooms.people.actions import consents, objection
from amiral.rooms.people.actions.account import erase
from amiral.rooms.people.contracts import Basis, ContactKind, Purpose, SuppressionReason, Way
from amiral.rooms.people.models import Consent, ContactPoint, Mandate, Person
from amiral.rooms.territory import api as territory
from amiral.rooms.territory.models import Territory
from tests.conftest import NOON, Cast, give_mandate, make_person

NEWSLETTER = Clause(criterion="consent", values=("newsletter",))
ROLES = ["owner", "teammate", "stranger", "coordinator", "other_coordinator", "administrator", None]
WHY = {"why": "Lettre de mars", "purpose": "newsletter", "starts_on": "2027-03-01", "ends_on": "2027-03-31"}


def agree(person_id: UUID, purpose: Purpose = Purpose.NEWSLETTER) -> None:
    consents.set_consent(person_id=person_id, purpose=purpose, granted=True, channel="account page", at=NOON)


def figures(tree: Group, *, scope: str = "departement:71", exact: bool = True) -> Any:
    card = territory.territory(territory_id=scope)
    return queries.figures(scope=card, tree=tree, purpose=Purpose.NEWSLETTER, exact=exact)


def known_from_a_file(name: str, *, basis: Basis) -> UUID:
    """Somebody without an account, reached at an address of his, by the right that is said."""
    person = Person.objects.create(given_name=name, commune_id="commune:71270", is_active=False)
    ContactPoint.objects.create(
        person=person, kind="email", value=f"{name}@example.org", verified_at=NOON, primary=True
    )
    Consent.objects.create(
        person=person, purpose="newsletter", granted=True, basis=basis, text_shown="t", at=NOON
    )
    return person.pk


@pytest.fixture
def segment(cast: Cast) -> UUID:
    """The coordinator's: who agreed to the newsletter in Saône-et-Loire."""
    agree(cast.teammate)
    draft = SegmentDraft(name="Lettre", territory_id="departement:71", tree=Group(parts=(NEWSLETTER,)))
    return actions.create(by_id=cast.coordinator, draft=draft, at=NOON)


# Counting ------------------------------------------------------------------------------------------


def test_each_criterion_says_how_many_it_removes(cast: Cast) -> None:
    agree(cast.owner)
    agree(cast.teammate)
    Person.objects.filter(pk=cast.teammate).update(language="en")
    found = figures(Group(parts=(NEWSLETTER, Clause(criterion="language", values=("en",)))))
    assert (found.found, found.scope) == (1, Person.objects.count())
    assert [(part.meeting, part.removes) for part in found.parts] == [(2, 0), (1, 1)]


def test_the_scope_is_always_an_intersection(cast: Cast) -> None:
    Person.objects.filter(pk=cast.stranger).update(commune_id="commune:21231")
    somewhere = Group(
        how=How.ANY, parts=(Clause(criterion="territory", values=("commune:21231", "commune:71270")),)
    )
    nobody = Group(parts=(Clause(criterion="language", values=("en",), negated=True),), negated=True)
    assert figures(somewhere, scope="departement:21").found == 1
    assert figures(somewhere, scope="departement:71").found == Person.objects.count() - 1
    assert figures(nobody, scope="departement:21").found == 0
    assert figures(Group(), scope="departement:21").found == 1


def test_the_whole_country_also_holds_those_without_a_place(cast: Cast) -> None:
    Person.objects.filter(pk=cast.stranger).update(commune_id=None)
    assert figures(Group(), scope="pays:FR").found == Person.objects.count()
    assert figures(Group(), scope="departement:71").found == Person.objects.count() - 1


# Who cannot be reached -----------------------------------------------------------------------------


def test_everybody_who_cannot_be_reached_has_one_reason(cast: Cast) -> None:
    for who in (cast.owner, cast.teammate, cast.stranger, cast.coordinator, cast.administrator):
        agree(who)
    ContactPoint.objects.filter(person_id=cast.teammate).update(bounce_state="hard")
    ContactPoint.objects.filter(person_id=cast.stranger).update(verified_at=None)
    ContactPoint.objects.filter(person_id=cast.coordinator).delete()
    objection.record_objection(by_id=None, typed="administrator@example.org", at=NOON)
    agree(cast.administrator, Purpose.ACTIONS)
    objection.record_objection(by_id=None, typed="administrator@example.org", at=NOON)
    known_from_a_file("indirecte", basis=Basis.REGULAR_CONTACT)
    known_from_a_file("directe", basis=Basis.CONSENT)
    found = figures(Group())
    assert found.email.reachable == 2  # owner and "directe"
    assert dict(found.email.reasons) == {
        Unreachable.REFUSED: 1,
        Unreachable.INDIRECT: 1,
        Unreachable.NO_CONSENT: 1,
        Unreachable.NO_ADDRESS: 1,
        Unreachable.UNVERIFIED: 1,
        Unreachable.RETURNED: 1,
    }
    assert found.email.reachable + sum(count for _reason, count in found.email.reasons) == found.found


def test_data_that_did_not_come_from_the_person_are_never_a_target(cast: Cast) -> None:
    """L8: whatever the criteria, and even when the purpose is in the ledger."""
    indirect = known_from_a_file("indirecte", basis=Basis.REGULAR_CONTACT)
    tree = Group(parts=(Clause(criterion="basis", values=("regular-contact",)),))
    assert figures(tree).found == 1
    assert figures(tree).email.reachable == 0
    assert queries.recipients(scope_id="pays:FR", tree=Group(), purpose=Purpose.NEWSLETTER) == ()
    Consent.objects.create(
        person_id=indirect, purpose="newsletter", granted=True, text_shown="t", at=NOON + timedelta(days=1)
    )
    assert queries.recipients(scope_id="pays:FR", tree=Group(), purpose=Purpose.NEWSLETTER) == (indirect,)


def test_a_text_message_needs_its_own_consent_and_a_number_shown_to_be_theirs(cast: Cast) -> None:
    agree(cast.owner)  # by e-mail
    ContactPoint.objects.create(person_id=cast.owner, kind="phone", value="+33612345678")
    found = figures(Group()).sms
    assert found.reachable == 0
    assert dict(found.reasons)[Unreachable.NO_CONSENT] == Person.objects.count()
    people.give_consent(person_id=cast.owner, purpose=Purpose.NEWSLETTER, way=Way.SMS, channel="test")
    found = figures(Group()).sms
    assert (found.reachable, dict(found.reasons)[Unreachable.UNVERIFIED]) == (0, 1)
    ContactPoint.objects.filter(value="+33612345678").update(verified_at=NOON)
    found = figures(Group()).sms
    assert (found.reachable, sum(count for _reason, count in found.reasons)) == (
        1,
        Person.objects.count() - 1,
    )
    people.stop(number="+33612345678", at=NOON + timedelta(days=9000))
    found = figures(Group())
    assert (found.sms.reachable, dict(found.sms.reasons)[Unreachable.REFUSED]) == (0, 1)
    assert found.email.reachable == 1, "STOP ends what is by SMS, and nothing else"


def test_two_addresses_one_refused_and_one_unverified_count_as_a_refusal(cast: Cast) -> None:
    agree(cast.owner)
    ContactPoint.objects.create(person_id=cast.owner, kind="email", value="autre@example.org")
    people.suppress(channel=ContactKind.EMAIL, value="owner@example.org", reason=SuppressionReason.COMPLAINT)
    told = figures(Group(parts=(NEWSLETTER,))).email
    assert (told.reachable, dict(told.reasons)[Unreachable.REFUSED]) == (0, 1)
    assert sum(count for _reason, count in told.reasons) == 1


# Law -----------------------------------------------------------------------------------------------

FORBIDDEN = (
    "name",
    "nom",
    "birth",
    "naissance",
    "born",
    "age",
    "sex",
    "origin_country",
    "nationality",
    "religion",
)


def test_no_criterion_on_names_places_of_birth_or_ages() -> None:
    """L7: what cannot be asked cannot be filtered."""
    offered = trees.criteria()
    assert set(offered) == {
        "territory", "consent", "skill", "availability", "language", "joined", "seen", "contact", "origin",
        "basis", "mandate", "actions", "group",
    }  # fmt: skip
    assert not [name for name in offered if any(part in name.split("_") for part in FORBIDDEN)]
    facets = {
        facet
        for room in ports.implementations("segment_facts")
        for one in room(person_ids=[])
        for facet in one.facets
    }
    assert {facet.split("/")[0] for facet in facets} <= set(offered)


@pytest.mark.parametrize("criterion", ["family_name", "given_name", "birth_place", "email", "pk"])
def test_another_criterion_is_refused_by_name(cast: Cast, criterion: str) -> None:
    tree = Group(parts=(Clause(criterion=criterion, values=("A",)),))
    with pytest.raises(trees.UnknownCriterion):
        actions.create(
            by_id=cast.coordinator,
            draft=SegmentDraft(name="x", territory_id="departement:71", tree=tree),
            at=NOON,
        )
    with pytest.raises(trees.UnknownCriterion):
        trees.tree_of({"how": "all", "of": [{"criterion": criterion, "values": ["A"]}]})


def test_each_use_is_a_line_of_the_register(cast: Cast, segment: UUID) -> None:
    intended = IntendedUse(
        why="Lettre de mars", purpose="newsletter", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 31)
    )
    api_line = api.use_segment(by_id=cast.coordinator, segment_id=segment, intended=intended)
    line = SegmentUse.objects.get(pk=api_line)
    assert (line.used_by_id, line.why, line.found, line.reachable) == (
        cast.coordinator,
        "Lettre de mars",
        1,
        1,
    )
    assert line.criteria == "Les personnes de Saône-et-Loire qui ont accepté la lettre d’information."
    assert line.expression == {"how": "all", "of": [{"criterion": "consent", "values": ["newsletter"]}]}
    assert api.recipients_of_use(use_id=line.pk) == (cast.teammate,)
    assert AuditLine.objects.filter(verb="segment.used", actor_id=cast.coordinator).exists()
    actions.remove(by_id=cast.coordinator, segment_id=segment)
    erase(person_id=cast.coordinator, by_id=None, at=NOON)
    line.refresh_from_db()
    assert (line.segment_id, line.used_by_id, line.segment_name) == (None, None, "Lettre")


def test_a_use_without_anybody_is_refused(cast: Cast, segment: UUID) -> None:
    objection.object_to_all(person_id=cast.teammate, channel="account page", at=NOON)
    intended = IntendedUse(
        why="x", purpose="newsletter", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 1)
    )
    with pytest.raises(actions.NobodyReachable):
        actions.use(by_id=cast.coordinator, segment_id=segment, intended=intended, at=NOON)
    assert not SegmentUse.objects.exists()


# Words ---------------------------------------------------------------------------------------------


def test_a_segment_is_said_in_both_languages(cast: Cast) -> None:
    Territory.objects.filter(pk="departement:21").update(name_type=3)
    tree = Group(
        parts=(
            NEWSLETTER,
            Clause(criterion="actions", since=date(2026, 3, 1)),
            Clause(criterion="territory", values=("commune:71270", "commune:71076"), negated=True),
        )
    )
    card = territory.territory(territory_id="departement:71")
    with translation.override("fr"):
        assert trees.sentence(tree, scope=card) == (
            "Les personnes de Saône-et-Loire qui ont accepté la lettre d’information et sont venues à une "
            "action depuis le 1er mars 2026, sauf celles qui habitent Mâcon (71) ou Chalon-sur-Saône (71)."
        )
    with translation.override("en"):
        assert trees.sentence(tree, scope=card) == (
            "The people of Saône-et-Loire who agreed to the newsletter and came to an action since 1 March "
            "2026, except those who live in Mâcon (71) or Chalon-sur-Saône (71)."
        )


def test_groups_are_said_with_their_count(cast: Cast) -> None:
    inner = Group(
        how=How.AT_LEAST,
        k=2,
        parts=(
            NEWSLETTER,
            Clause(criterion="language", values=("en",)),
            Clause(criterion="contact", values=("phone",)),
        ),
    )
    with translation.override("en"):
        assert trees.words_of(inner) == (
            "(meet at least 2 of these: agreed to the newsletter ; read English ; have a telephone number)"
        )
    for criterion in trees.criteria().values():
        for value, _label in criterion.choices()[:3]:
            assert trees.words_of(Clause(criterion=criterion.name, values=(value,)))


def test_what_is_kept_comes_back(cast: Cast) -> None:
    tree = Group(
        how=How.AT_LEAST,
        k=3,
        negated=True,
        parts=(
            Clause(criterion="joined", since=date(2026, 1, 1), until=date(2026, 2, 1)),
            Group(how=How.ANY, parts=(NEWSLETTER, Clause(criterion="actions", times=4, negated=True))),
        ),
    )
    assert trees.tree_of(json.loads(json.dumps(trees.as_json(tree)))) == tree


def test_small_numbers_are_told_to_those_who_may_read_of_persons(cast: Cast) -> None:
    with translation.override("en"):
        assert queries.shown(7, exact=True) == "7"
        assert queries.shown(0, exact=False) == queries.shown(9, exact=False) == "fewer than 10"
        assert queries.shown(1239, exact=False) == "about 1,230"
        assert queries.shown(1239, exact=True) == "1,239"


# Rights --------------------------------------------------------------------------------------------

MAY = {"coordinator", "administrator"}
MAY_SOMEWHERE = MAY | {"other_coordinator"}
BUILT = {"name": "Neuf", "territory": "departement:71", "purpose": "newsletter", "do": "keep",
         "kind-0": "group", "how-0": "all", "kind-0.0": "consent", "v-0.0": "newsletter",
         "version": "1"}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("path", "allowed", "sent"),
    [
        ("/segments/", MAY_SOMEWHERE, None),
        ("/segments/nouveau/", MAY_SOMEWHERE, None),
        ("/segments/registre/", MAY_SOMEWHERE, None),
        ("/segments/registre.csv", MAY_SOMEWHERE, None),
        ("/segments/compte/", MAY_SOMEWHERE, BUILT),
        ("/segments/nouveau/", MAY, BUILT),
        ("/segments/{id}/", MAY, None),
        ("/segments/{id}/modifier/", MAY, None),
        ("/segments/{id}/modifier/", MAY, BUILT),
        ("/segments/{id}/utiliser/", MAY, WHY),
        ("/segments/{id}/supprimer/", MAY, None),
        ("/segments/{id}/supprimer/", MAY, {}),
    ],
)
def test_who_may_do_what(
    cast: Cast, segment: UUID, sign_in: Any, role: str | None, path: str, allowed: set[str], sent: Any
) -> None:
    browser = sign_in(getattr(cast, role) if role else None)
    address = path.format(id=segment)
    answer = browser.get(address) if sent is None else browser.post(address, sent)
    if role is None:
        assert answer.status_code == 302
        assert "/compte/" in answer["Location"]
    elif role in allowed:
        assert answer.status_code in {200, 302}
        assert "/compte/" not in answer.get("Location", "")
    elif role == "other_coordinator" and sent is BUILT and "{id}" not in path:
        assert answer.status_code == 422, "his own territories are offered, this one is no choice"
        assert Segment.objects.count() == 1
    else:
        assert answer.status_code == 404


def test_another_territory_cannot_be_slipped_in(cast: Cast, segment: UUID, sign_in: Any) -> None:
    draft = SegmentDraft(name="x", territory_id="departement:21", tree=Group(parts=(NEWSLETTER,)))
    for act in (
        lambda: actions.create(by_id=cast.coordinator, draft=draft, at=NOON),
        lambda: actions.change(by_id=cast.coordinator, segment_id=segment, version=1, draft=draft, at=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    Person.objects.filter(pk=cast.stranger).update(commune_id="commune:21231")
    counted = sign_in(cast.coordinator).post("/segments/compte/", BUILT | {"territory": "departement:21"})
    assert "Saône-et-Loire" in counted.text
    assert "Côte" not in counted.text


def test_who_may_only_count_is_told_tens(cast: Cast, segment: UUID, sign_in: Any) -> None:
    Mandate.objects.filter(person_id=cast.coordinator).update(features="|use-segments|")
    answer = sign_in(cast.coordinator).get(f"/segments/{segment}/")
    assert "moins de 10" in answer.text
    assert "par dizaines" in answer.text


# Pages ---------------------------------------------------------------------------------------------


def fields(answer: Any) -> dict[str, Any]:
    """What the form of a page would send, as a browser reads it."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, list[str]] = {}
            self.select = ""
            self.first: dict[str, str] = {}
            self.chosen: set[str] = set()
            self.many: set[str] = set()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = dict(attrs)
            name = told.get("name") or ""
            if tag == "input" and name and told.get("type") != "submit":
                if told.get("type") != "checkbox" or "checked" in told:
                    self.found.setdefault(name, []).append(told.get("value") or "")
            elif tag == "select":
                self.select = name
                if "multiple" in told:
                    self.many.add(name)
            elif tag == "option" and self.select:
                self.first.setdefault(self.select, told.get("value") or "")
                if "selected" in told:
                    self.chosen.add(self.select)
                    self.found.setdefault(self.select, []).append(told.get("value") or "")

    reader = Reader()
    reader.feed(answer.text.split('class="segment-builder"')[1].split("</form>")[0])
    for name, value in reader.first.items():
        if name not in reader.chosen and name not in reader.many:
            reader.found[name] = [value]
    return reader.found


def test_a_segment_is_built_with_buttons_alone(cast: Cast, sign_in: Any) -> None:
    """No JavaScript: each button brings the form back with everything typed."""
    browser = sign_in(cast.coordinator)

    def press(page: Any, do: str, **typed: Any) -> Any:
        return browser.post("/segments/nouveau/", fields(page) | {"do": do} | typed)

    page = browser.get("/segments/nouveau/")
    page = press(page, "add:0", **{"add-0": "territory", "name": "Mâconnais"})
    page = press(page, "find:0.1", **{"q-0.1": "Mâcon"})
    assert 'value="commune:71270" checked' in page.text
    page = press(page, "group:0", **{"not-0.1": "1"})
    page = press(page, "add:0.2", **{"add-0.2": "skill"})
    page = press(page, "add:0.2", **{"add-0.2": "actions", "v-0.2.0": ["law", "cooking"]})
    page = press(
        page, "show", **{"how-0.2": "at-least", "k-0.2": "1", "times-0.2.1": "2", "since-0.2.1": "2026-03-01"}
    )
    page = press(page, "add:0", **{"add-0": "language"})
    page = press(page, "remove:0.3")
    kept = press(page, "keep")
    assert kept.status_code == 302
    tree = trees.tree_of(Segment.objects.get().expression)
    assert tree == Group(
        parts=(
            NEWSLETTER,
            Clause(criterion="territory", values=("commune:71270",), negated=True),
            Group(
                how=How.AT_LEAST,
                k=1,
                parts=(
                    Clause(criterion="skill", values=("law", "cooking")),
                    Clause(criterion="actions", times=2, since=date(2026, 3, 1)),
                ),
            ),
        )
    )
    again = browser.get(kept["Location"] + "modifier/")
    assert browser.post(kept["Location"] + "modifier/", fields(again) | {"do": "keep"}).status_code == 302
    assert Segment.objects.get().version == 2
    assert trees.tree_of(Segment.objects.get().expression) == tree


def test_several_places_are_asked_and_none_is_said(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    sent = BUILT | {"kind-0.0": "territory", "do": "find:0.0"}
    del sent["v-0.0"]
    several = browser.post("/segments/nouveau/", sent | {"q-0.0": "Cha"})
    assert "Chalon-sur-Saône" in several.text
    assert "Charnay-lès-Mâcon" in several.text
    assert "Aucun lieu" in browser.post("/segments/nouveau/", sent | {"q-0.0": "Dijon"}).text
    assert browser.post("/segments/nouveau/", sent | {"q-0.0": "Cha", "do": "keep"}).status_code == 422


@pytest.mark.parametrize(
    "sent",
    [
        {"kind-0": "group"},
        {"kind-0": "consent"},
        {"kind-0": "group", "kind-0.0": "nothing"},
        {"kind-0": "group", "kind-0.9.9.9.9.9": "consent"},
        {"kind-0": "group", "kind-0.x": "consent", "kind-": "group", "kind-0.٣": "consent"},
        {"kind-0": "group", "how-0": "never", "k-0": "-3", "kind-0.0": "skill", "v-0.0": "flying"},
        {"kind-0": "group", "kind-0.0": "joined", "since-0.0": "yesterday"},
        {"kind-0": "group", "kind-0.0": "territory", "v-0.0": "x" * 5000, "q-0.0": "\x00"},
        {"do": "remove:0"},
        {"do": "remove:0.7", "kind-0": "group"},
        {"do": "add:9.9", "kind-0": "group"},
    ],
)
def test_nonsense_is_answered_with_the_form(cast: Cast, sign_in: Any, sent: dict[str, str]) -> None:
    browser = sign_in(cast.coordinator)
    for address in ("/segments/nouveau/", "/segments/compte/"):
        usual = {"name": "x", "territory": "departement:71", "purpose": "newsletter"}
        assert browser.post(address, usual | sent).status_code == 200
    assert browser.post("/segments/nouveau/", usual | sent | {"do": "keep"}).status_code == 422
    assert not Segment.objects.exists()


def test_the_count_follows_what_is_typed(cast: Cast, segment: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    assert "<dd>1</dd>" in browser.post("/segments/compte/", BUILT).text
    agree(cast.owner)
    assert "<dd>2</dd>" in browser.post("/segments/compte/", BUILT).text


def test_a_newer_version_is_not_overwritten(cast: Cast, segment: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    address = f"/segments/{segment}/modifier/"
    assert browser.post(address, BUILT | {"version": "1"}).status_code == 302
    stale = browser.post(address, BUILT | {"version": "1", "name": "Vieux"})
    assert stale.status_code == 422
    assert "entre-temps" in stale.text
    assert Segment.objects.get().name == "Neuf"


def test_the_register_is_a_table_that_no_spreadsheet_runs(cast: Cast, segment: UUID, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    assert (
        browser.post(f"/segments/{segment}/utiliser/", WHY | {"why": "=1+1", "cost": "12.50"}).status_code
        == 302
    )
    assert "=1+1" in browser.get("/segments/registre/").text
    rows = list(
        csv.DictReader(
            StringIO(browser.get("/segments/registre.csv").content.decode("utf-8-sig")), delimiter=";"
        )
    )
    assert rows[0]["Pour quoi faire"] == "'=1+1"
    assert rows[0]["Ce que cela coûte, en euros"] == "12.50"
    wrong = browser.post(f"/segments/{segment}/utiliser/", WHY | {"ends_on": "2026-01-01"})
    assert wrong.status_code == 422


def test_the_list_costs_the_same_for_two_and_for_twenty(
    cast: Cast, segment: UUID, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    browser = sign_in(cast.coordinator)
    browser.get("/segments/")
    with django_assert_max_num_queries(12) as few:
        browser.get("/segments/")
    row = Segment.objects.get()
    for number in range(20):
        Segment.objects.create(name=f"S{number}", territory=row.territory, expression=row.expression)
    with django_assert_max_num_queries(12) as many:
        browser.get("/segments/")
    assert len(few) == len(many)


def test_a_large_campaign_is_told_to_wait(cast: Cast, segment: UUID, sign_in: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("amiral.rooms.outreach.counting.AT_ONCE", 0)
    monkeypatch.setattr(KEEPER, "background", True)
    monkeypatch.setattr(KEEPER, "_start_building", lambda: None)
    answer = sign_in(cast.coordinator).get(f"/segments/{segment}/")
    assert answer.status_code == 200
    assert "0 %" in answer.text.replace("\u202f", " ").replace("\xa0", " ")


def test_who_comes_in_is_counted_and_who_goes_is_not(cast: Cast) -> None:
    tree = Group(parts=(Clause(criterion="contact", values=("email-verified",)),))
    before = figures(tree).found
    newcomer = make_person("Nouvelle")
    assert figures(tree).found == before + 1
    erase(person_id=newcomer, by_id=None, at=NOON)
    assert figures(tree).found == before


def test_the_register_is_forgotten_after_seven_years_and_exported_before(cast: Cast, segment: UUID) -> None:
    intended = IntendedUse(
        why="Lettre", purpose="newsletter", starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 31)
    )
    actions.use(by_id=cast.coordinator, segment_id=segment, intended=intended, at=NOON)
    lines = api.export_person(person_id=cast.coordinator)["outreach"]
    assert {line["table"] for line in lines} >= {"segment", "segment_use"}
    assert api.purge(at=NOON + timedelta(days=7 * 365))["outreach.SegmentUse"] == 0
    assert api.purge(at=NOON + timedelta(days=7 * 367))["outreach.SegmentUse"] == 1


def test_rebuilding_says_how_many_there_are(cast: Cast, capsys: Any) -> None:
    call_command("segments", "rebuild")
    assert capsys.readouterr().out.startswith(f"{Person.objects.count()} persons in ")


def counting_only(cast: Cast) -> UUID:
    """A delegate who may count and enter uses, and read of no single person."""
    give_mandate(cast.stranger, "delegate", territory_id="departement:71", features="|use-segments|")
    return cast.stranger


def test_the_register_tells_no_small_number_either(cast: Cast, segment: UUID, sign_in: Any) -> None:
    who = counting_only(cast)
    assert sign_in(cast.coordinator).post(f"/segments/{segment}/utiliser/", WHY).status_code == 302
    SegmentUse.objects.update(found=7, reachable=1237)
    browser = sign_in(who)
    page, table = browser.get("/segments/registre/").text, browser.get("/segments/registre.csv").text
    for told in (page, table):
        assert "moins de 10" in told
        assert "1\u202f230" in told
        assert not re.search("1\u202f?237", told)
    exact = sign_in(cast.coordinator).get("/segments/registre/").text
    assert "<dd>7, 1\u202f237</dd>" in exact


def test_nobody_and_nine_are_told_apart_nowhere(cast: Cast, segment: UUID, sign_in: Any) -> None:
    browser = sign_in(counting_only(cast))

    def told() -> tuple[str, str]:
        page = browser.get(f"/segments/{segment}/")
        use = browser.post(f"/segments/{segment}/utiliser/", WHY)
        assert use.status_code == 422
        return lines(page.text), lines(use.text)

    def lines(html: str) -> str:
        return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)

    one = told()
    objection.object_to_all(person_id=cast.teammate, channel="account page", at=NOON)
    assert told() == one
    assert not SegmentUse.objects.exists()
