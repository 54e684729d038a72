"""Groups: those of the départements, local ones, finding one's own, leading one."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.network import actions, api
from amiral.rooms.network.models import Group, Membership
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature
from tests.conftest import NOON, Cast, make_person


def test_one_group_per_departement_and_again_none(places: None) -> None:
    assert api.create_departement_groups() == 2
    assert api.create_departement_groups() == 0
    slugs = [card.slug for card in api.departement_groups()]
    assert slugs == ["cote-d-or", "saone-et-loire"]
    assert [card.departement_code for card in api.departement_groups()] == ["21", "71"]


def test_the_database_refuses_a_second_group_of_a_departement(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.create(kind="departement", slug="autre", name="Autre", territory_id="departement:71")
    # Two local groups of one commune are allowed: a large town has several.
    Group.objects.create(kind="local", slug="macon-2", name="Mâcon sud", territory_id="commune:71270")


def test_the_database_refuses_a_group_without_a_name(places: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Group.objects.create(kind="local", slug="rien", name="", territory_id="commune:71270")


@pytest.mark.parametrize(
    ("name", "taken", "slug"),
    [
        ("Val-d’Oise", [], "val-d-oise"),
        ("Côte-d'Or", [], "cote-d-or"),
        ("La Réunion", [], "la-reunion"),
        ("Nouveau", [], "nouveau-71"),
        ("Mâcon", ["macon"], "macon-71"),
        ("Mâcon", ["macon", "macon-71"], "macon-71-2"),
        ("Mâcon", ["macon", "macon-71", "macon-71-2"], "macon-71-3"),
        ("Mâcon", ["macon-centre"], "macon"),
        ("!!!", [], "groupe"),
        ("é" * 200, [], "e" * 120),
    ],
)
def test_slugs(places: None, name: str, taken: list[str], slug: str) -> None:
    for one in taken:
        Group.objects.create(kind="local", slug=one, name=one, territory_id="commune:71270")
    assert actions.free_slug(name=name, departement_code="71") == slug


def test_a_coordinator_creates_a_local_group_that_receives_newcomers(cast: Cast) -> None:
    group_id = api.create_local_group(
        by_id=cast.coordinator, name=" Chalon ", commune_id="commune:71076", presentation="# Bonjour"
    )
    card = api.group(group_id=group_id)
    assert (card.name, card.slug, card.url) == ("Chalon", "chalon", "/groupes/chalon/")
    assert (card.territory_name, card.departement_code) == ("Chalon-sur-Saône", "71")
    assert AuditLine.objects.filter(verb="create-group", actor_id=cast.coordinator).count() == 1
    newcomer = make_person("Newcomer", commune_id="commune:71076")
    api.place_newcomer(person_id=newcomer)
    assert [one.group.id for one in api.groups_of(person_id=newcomer)] == [group_id]


@pytest.mark.parametrize("person", ["owner", "teammate", "stranger", "other_coordinator"])
def test_nobody_else_creates_a_group_there(cast: Cast, person: str) -> None:
    with pytest.raises(NotFound):
        api.create_local_group(
            by_id=getattr(cast, person), name="X", commune_id="commune:71076", presentation=""
        )


@pytest.mark.parametrize(
    ("name", "commune_id", "presentation"),
    [
        ("", "commune:71076", ""),
        ("   ", "commune:71076", ""),
        ("x" * 121, "commune:71076", ""),
        ("Chalon", "commune:71076", "x" * 5001),
        ("Saône-et-Loire", "departement:71", ""),
    ],
)
def test_a_group_needs_a_name_and_a_commune(
    cast: Cast, name: str, commune_id: str, presentation: str
) -> None:
    before = Group.objects.count()
    with pytest.raises(Refused):
        api.create_local_group(
            by_id=cast.coordinator, name=name, commune_id=commune_id, presentation=presentation
        )
    assert Group.objects.count() == before


def test_two_groups_of_one_name_in_one_place_are_refused(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    sent = {"name": "Mâcon", "presentation": ""}
    page = browser.post("/groupes/nouveau/?commune=commune:71270", sent)
    assert "Un groupe de ce nom existe déjà ici." in page.content.decode()
    browser.post("/groupes/nouveau/?commune=commune:71270", sent | {"name": "Mâcon sud"})
    page = browser.post("/groupes/macon-sud/modifier/", sent)
    assert "Un groupe de ce nom existe déjà ici." in page.content.decode()
    browser.post("/groupes/nouveau/?commune=commune:71105", sent)  # elsewhere it is another group
    slugs = Group.objects.filter(kind="local").order_by("slug").values_list("slug", flat=True)
    assert list(slugs) == ["dijon", "macon", "macon-71", "macon-sud"]


# Placement -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("commune_id", "slug", "source", "reason"),
    [
        ("commune:71270", "macon", "commune", "parce que vous habitez Mâcon"),
        (
            "commune:71076",
            "saone-et-loire",
            "departement",
            "parce que votre commune n’a pas encore de groupe et que vous habitez ce département"
            " (Saône-et-Loire)",
        ),
        ("commune:21231", "dijon", "commune", "parce que vous habitez Dijon"),
    ],
)
def test_a_newcomer_is_placed_nearest_and_told_why(
    cast: Cast, commune_id: str, slug: str, source: str, reason: str
) -> None:
    newcomer = make_person("Newcomer", commune_id=commune_id)
    api.place_newcomer(person_id=newcomer)
    api.place_newcomer(person_id=newcomer)
    (membership,) = api.groups_of(person_id=newcomer)
    assert (membership.group.slug, membership.source, membership.reason) == (slug, source, reason)


def test_the_reason_is_in_the_language_of_the_reader(cast: Cast) -> None:
    from django.utils.translation import override

    newcomer = make_person("Newcomer")
    api.place_newcomer(person_id=newcomer)
    with override("en"):
        assert api.groups_of(person_id=newcomer)[0].reason == "because you live in Mâcon"


def test_no_group_no_placement(places: None) -> None:
    nowhere = make_person("Nowhere", commune_id=None)
    macon = make_person("Newcomer")
    for person in (nowhere, macon):
        api.place_newcomer(person_id=person)
        assert api.groups_of(person_id=person) == ()
    assert api.group_for_commune(commune_id="commune:71270") is None


def test_who_left_is_not_put_back(cast: Cast) -> None:
    newcomer = make_person("Newcomer")
    api.place_newcomer(person_id=newcomer)
    api.leave(person_id=newcomer, group_id=cast.group)
    api.place_newcomer(person_id=newcomer)
    api.place_many(person_ids=[newcomer])
    assert api.groups_of(person_id=newcomer) == ()


def test_who_moves_is_placed_anew_and_keeps_the_group_of_before_with_the_true_reason(cast: Cast) -> None:
    from amiral.rooms.people.models import Person

    person = make_person("Newcomer")
    api.place_newcomer(person_id=person)
    Person.objects.filter(pk=person).update(commune_id="commune:21231")
    api.place_newcomer(person_id=person)
    reasons = {one.group.slug: one.source for one in api.groups_of(person_id=person)}
    assert reasons == {"dijon": "commune", "macon": "earlier"}
    Person.objects.filter(pk=person).update(commune_id="commune:71270")
    api.place_newcomer(person_id=person)
    reasons = {one.group.slug: one.source for one in api.groups_of(person_id=person)}
    assert reasons == {"dijon": "earlier", "macon": "commune"}


def test_moving_leaves_groups_of_ones_choice_alone(cast: Cast) -> None:
    api.place_newcomer(person_id=cast.stranger)  # lives in Mâcon, chose Dijon
    reasons = {one.group.slug: one.source for one in api.groups_of(person_id=cast.stranger)}
    assert reasons == {"dijon": "choice", "macon": "commune"}


def test_many_are_placed_as_one_by_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.members, "PLACED_AT_ONCE", 3)
    communes = ["commune:71270", "commune:71076", "commune:21231", None]
    many = [make_person(f"Many{n}", commune_id=communes[n % 4]) for n in range(8)]
    single = [make_person(f"Single{n}", commune_id=communes[n % 4]) for n in range(8)]
    api.place_many(person_ids=many, at=NOON)
    for person in single:
        api.place_newcomer(person_id=person)

    def placed(person: Any) -> list[tuple[str, str]]:
        return [(one.group.slug, one.source) for one in api.groups_of(person_id=person)]

    assert [placed(person) for person in many] == [placed(person) for person in single]


def test_the_oldest_of_two_groups_of_a_commune_receives_newcomers(cast: Cast) -> None:
    api.create_local_group(
        by_id=cast.coordinator, name="Mâcon sud", commune_id="commune:71270", presentation=""
    )
    found = api.group_for_commune(commune_id="commune:71270")
    assert found is not None
    assert found.slug == "macon"


# Members and leaders -------------------------------------------------------------------------------


def test_joining_and_leaving(cast: Cast) -> None:
    assert api.member_count(group_id=cast.group) == 2
    api.join(person_id=cast.stranger, group_id=cast.group, at=NOON)
    api.join(person_id=cast.stranger, group_id=cast.group, at=NOON)
    assert api.member_count(group_id=cast.group) == 3
    assert api.is_member(person_id=cast.stranger, group_id=cast.group)
    api.leave(person_id=cast.stranger, group_id=cast.group, at=NOON)
    api.leave(person_id=cast.stranger, group_id=cast.group, at=NOON)
    assert not api.is_member(person_id=cast.stranger, group_id=cast.group)
    api.join(person_id=cast.stranger, group_id=cast.group, at=NOON)
    assert api.member_count(group_id=cast.group) == 3
    verbs = AuditLine.objects.filter(actor_id=cast.stranger).values_list("verb", flat=True)
    assert sorted(verbs) == ["join-group", "join-group", "leave-group"]


def test_joining_by_choice_does_not_hide_that_one_was_placed(cast: Cast) -> None:
    newcomer = make_person("Newcomer")
    api.place_newcomer(person_id=newcomer)
    api.join(person_id=newcomer, group_id=cast.group)
    assert api.groups_of(person_id=newcomer)[0].source == "commune"


def test_nobody_is_a_member_of_nothing(cast: Cast) -> None:
    assert not api.is_member(person_id=None, group_id=cast.group)


def test_a_leader_hands_over_before_leaving(cast: Cast, sign_in: Any) -> None:
    with pytest.raises(actions.LeadersStay):
        api.leave(person_id=cast.owner, group_id=cast.group)
    page = sign_in(cast.owner).post("/groupes/macon/quitter/", follow=True)
    assert "Vous animez ce groupe." in page.content.decode()
    (mandate,) = people.holders(scope_id=cast.group)
    actions.remove_leader(by_id=cast.owner, group_id=cast.group, mandate_id=mandate.id)
    api.leave(person_id=cast.owner, group_id=cast.group)
    assert not api.is_member(person_id=cast.owner, group_id=cast.group)


def test_a_coordinator_names_a_member_leader(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    page = browser.get("/groupes/macon/animation/").content.decode()
    assert "Teammate E." in page
    assert browser.post("/groupes/macon/animation/", {"person_id": cast.teammate}).status_code == 302
    assert people.may(person_id=cast.teammate, feature=Feature.MANAGE_GROUPS, scope_id=cast.group)
    assert [
        card.slug for card in api.groups_led(person_id=cast.teammate, feature=Feature.MANAGE_ACTIONS)
    ] == ["macon"]
    again = browser.post("/groupes/macon/animation/", {"person_id": cast.teammate}, follow=True)
    assert "Cette personne anime déjà le groupe." in again.content.decode()
    with pytest.raises(actions.AlreadyLeads):
        actions.name_leader(by_id=cast.coordinator, group_id=cast.group, person_id=cast.teammate)


def test_members_are_found_by_name_without_accents(cast: Cast, sign_in: Any) -> None:
    for name in ("Zoé", "Zora", *(f"Anne{letter}" for letter in "abcdefghijklmnopqrstu")):
        api.join(person_id=make_person(name), group_id=cast.group)
    browser = sign_in(cast.coordinator)
    page = browser.get("/groupes/macon/animation/", {"q": "zoe"}).content.decode()
    assert "Zoé E." in page
    assert "Zora E." not in page
    assert browser.get("/groupes/macon/animation/").content.decode().count("<form") < 30
    assert "Aucun membre ne porte ce nom" in browser.get("/groupes/macon/animation/?q=xyz").content.decode()


def test_only_a_member_is_named_leader(cast: Cast, sign_in: Any) -> None:
    with pytest.raises(actions.NotAMember):
        actions.name_leader(by_id=cast.coordinator, group_id=cast.group, person_id=cast.stranger)
    browser = sign_in(cast.coordinator)
    page = browser.post("/groupes/macon/animation/", {"person_id": cast.stranger}, follow=True)
    assert "Cette personne n’est pas membre du groupe." in page.content.decode()
    page = browser.post("/groupes/macon/animation/", {"person_id": "nobody"}, follow=True)
    assert page.status_code == 200
    assert not people.may(person_id=cast.stranger, feature=Feature.MANAGE_GROUPS, scope_id=cast.group)


def test_a_mandate_over_something_else_is_not_ended_from_here(cast: Cast) -> None:
    (other,) = people.mandates_of(person_id=cast.other_coordinator)
    with pytest.raises(NotFound):
        actions.remove_leader(by_id=cast.administrator, group_id=cast.group, mandate_id=other.id)
    assert people.mandates_of(person_id=cast.other_coordinator)


def test_groups_led(cast: Cast) -> None:
    def led(person: Any) -> set[str]:
        return {card.slug for card in api.groups_led(person_id=person, feature=Feature.MANAGE_ACTIONS)}

    assert led(cast.owner) == {"macon"}
    assert led(cast.coordinator) == {"macon", "saone-et-loire"}
    assert led(cast.other_coordinator) == {"dijon"}
    assert led(cast.administrator) == {"macon", "saone-et-loire", "dijon"}
    assert led(cast.teammate) == set()


def test_doors_answer_alike_for_what_does_not_exist(cast: Cast) -> None:
    with pytest.raises(NotFound):
        api.group(group_id=cast.owner)
    with pytest.raises(NotFound):
        api.group_by_slug(slug="nulle-part")
    assert api.groups(group_ids=[cast.group, cast.owner]).keys() == {cast.group}


# Pages ---------------------------------------------------------------------------------------------


def test_a_postal_code_of_several_communes_shows_each_with_its_group(cast: Cast, client: Any) -> None:
    page = client.get("/groupes/", {"q": "71000"}).content.decode()
    assert "Mâcon (71)" in page
    assert "Charnay-lès-Mâcon (71)" in page
    assert 'href="/groupes/macon/"' in page
    assert "Cette commune n’a pas encore son groupe" in page


@pytest.mark.parametrize("text", ["chalon", "Chalon sur Saone", "71100"])
def test_a_commune_is_found_in_any_spelling(cast: Cast, client: Any, text: str) -> None:
    page = client.get("/groupes/", {"q": text}).content.decode()
    assert "Chalon-sur-Saône (71)" in page
    assert 'href="/groupes/saone-et-loire/"' in page


def test_a_search_without_answer_says_what_to_do(cast: Cast, client: Any) -> None:
    page = client.get("/groupes/", {"q": "<b>nulle part</b>"}).content.decode()
    assert "Aucune commune ne correspond" in page
    assert "<b>nulle part</b>" not in page


def test_a_commune_without_any_group_says_so(places: None, client: Any) -> None:
    page = client.get("/groupes/", {"q": "71000"}).content.decode()
    assert "Aucun groupe ne couvre encore cette commune." in page
    assert "Aucun groupe n’existe encore" in page


def test_welcome_says_where_and_why(cast: Cast, sign_in: Any) -> None:
    newcomer = make_person("Newcomer")
    api.place_newcomer(person_id=newcomer)
    page = sign_in(newcomer).get("/bienvenue/").content.decode()
    assert '<a href="/groupes/macon/">Mâcon</a> parce que vous habitez Mâcon.' in page
    assert "Prochaines actions" in page


def test_welcome_without_a_group(places: None, sign_in: Any) -> None:
    page = sign_in(make_person("Nowhere", commune_id=None)).get("/bienvenue/").content.decode()
    assert "Aucun groupe ne couvre encore votre commune." in page


def test_the_leader_edits_the_presentation(cast: Cast, sign_in: Any, client: Any) -> None:
    browser = sign_in(cast.owner)
    sent = {"name": "Mâcon et alentours", "presentation": "## Nous\n\n<script>alert(1)</script> **ensemble**"}
    assert browser.post("/groupes/macon/modifier/", sent).status_code == 302
    page = client.get("/groupes/macon/").content.decode()
    assert "<h1>Mâcon et alentours</h1>" in page
    assert "<strong>ensemble</strong>" in page
    assert "<script>alert" not in page


def test_a_group_without_a_name_is_refused_beside_the_field(cast: Cast, sign_in: Any) -> None:
    response = sign_in(cast.owner).post("/groupes/macon/modifier/", {"name": "", "presentation": ""})
    assert response.status_code == 200
    assert "name" in response.context["form"].errors


def test_the_departement_lists_its_local_groups(cast: Cast, client: Any) -> None:
    page = client.get("/groupes/saone-et-loire/").content.decode()
    assert 'href="/groupes/macon/"' in page
    assert 'href="/groupes/dijon/"' not in page


def test_a_coordinator_creates_a_group_in_two_steps(cast: Cast, sign_in: Any) -> None:
    browser = sign_in(cast.coordinator)
    found = browser.get("/groupes/nouveau/", {"q": "71000"}).content.decode()
    assert "commune=commune%3A71105" in found
    assert "commune=" not in browser.get("/groupes/nouveau/", {"q": "Dijon"}).content.decode()
    sent = {"name": "Charnay", "presentation": ""}
    browser.post("/groupes/nouveau/?commune=commune:71105", sent)
    assert Group.objects.filter(slug="charnay", territory_id="commune:71105").exists()


# Retention and the person's own data ---------------------------------------------------------------


def test_memberships_left_a_year_ago_are_erased(cast: Cast) -> None:
    from datetime import timedelta

    api.leave(person_id=cast.teammate, group_id=cast.group, at=NOON)
    assert api.purge(at=NOON + timedelta(days=365))["network.Membership"] == 0
    assert api.purge(at=NOON + timedelta(days=366))["network.Membership"] == 1
    assert not Membership.objects.filter(person_id=cast.teammate).exists()
    assert Membership.objects.filter(person_id=cast.owner).exists()


def test_a_person_receives_everything_kept_of_him_and_nothing_of_others(cast: Cast) -> None:
    post = api.publish(author_id=cast.teammate, group_id=cast.group, body="À moi", at=NOON)
    api.comment(author_id=cast.owner, post_id=post, body="À lui", at=NOON)
    kept = api.export_person(person_id=cast.teammate)["network"]
    assert [one["group"] for one in kept["memberships"]] == ["Mâcon"]
    assert [one["text"] for one in kept["said"]] == ["À moi"]
    assert [one["text"] for one in api.export_person(person_id=cast.owner)["network"]["said"]] == ["À lui"]


def test_an_erased_person_leaves_words_without_a_name(cast: Cast, sign_in: Any) -> None:
    from amiral.rooms.people.models import Person

    api.publish(author_id=cast.teammate, group_id=cast.group, body="Je pars", at=NOON)
    Person.objects.get(pk=cast.teammate).delete()
    page = sign_in(cast.owner).get("/groupes/macon/").content.decode()
    assert "Je pars" in page
    assert "Ancien membre" in page
    assert "Teammate" not in page
