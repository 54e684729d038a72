"""Granting and ending mandates: never more than one's own, never one's superior's."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.kit.clock import now
from amiral.kit.errors import NotFound, Refused
from amiral.kit.models import AuditLine
from amiral.rooms.people import api
from amiral.rooms.people.actions.mandates import LastAdministrator, MandateRefused, MandateWithoutPlace
from amiral.rooms.people.contracts import Feature, Role
from amiral.rooms.people.models import Mandate
from tests.conftest import Cast, make_person
from tests.rooms.people.conftest import last_letter

pytestmark = pytest.mark.django_db

GRANTS = [
    # who, role, where, may
    ("administrator", Role.ADMINISTRATOR, "pays:FR", True),
    ("administrator", Role.COORDINATOR, "departement:21", True),
    ("administrator", Role.GROUP_LEADER, "commune:71270", True),
    ("coordinator", Role.COORDINATOR, "departement:71", True),
    ("coordinator", Role.COORDINATOR, "commune:71270", True),
    ("coordinator", Role.GROUP_LEADER, "commune:71270", True),
    ("coordinator", Role.ADMINISTRATOR, "pays:FR", False),
    ("coordinator", Role.COORDINATOR, "departement:21", False),
    ("coordinator", Role.COORDINATOR, "region:27", False),
    ("coordinator", Role.COORDINATOR, "pays:FR", False),
    ("coordinator", Role.GROUP_LEADER, "commune:21231", False),
    ("other_coordinator", Role.GROUP_LEADER, "commune:71270", False),
    ("owner", Role.GROUP_LEADER, "commune:71270", False),
    ("owner", Role.COORDINATOR, "commune:71270", False),
    ("teammate", Role.GROUP_LEADER, "commune:71270", False),
    ("stranger", Role.COORDINATOR, "departement:71", False),
]


@pytest.mark.parametrize(("who", "role", "where", "may"), GRANTS)
def test_who_may_grant_what(cast: Cast, who: str, role: Role, where: str, may: bool) -> None:
    scope = cast.group if role is Role.GROUP_LEADER else None
    arguments: dict[str, Any] = {
        "by_id": getattr(cast, who),
        "person_id": cast.teammate,
        "role": role,
        "territory_id": where,
        "scope_id": scope,
    }
    if not may:
        with pytest.raises(MandateRefused):
            api.grant_mandate(**arguments)
        assert not Mandate.objects.filter(person_id=cast.teammate).exists()
        return
    mandate_id = api.grant_mandate(**arguments)
    assert Mandate.objects.get(pk=mandate_id).granted_by_id == getattr(cast, who)
    assert AuditLine.objects.filter(verb="mandate.granted", subject_id=str(mandate_id)).exists()


def test_a_group_without_a_place_is_the_systems_and_the_administrators(cast: Cast) -> None:
    arguments: dict[str, Any] = {
        "person_id": cast.teammate,
        "role": Role.GROUP_LEADER,
        "scope_id": cast.group,
    }
    with pytest.raises(MandateRefused):
        api.grant_mandate(by_id=cast.coordinator, **arguments)
    api.grant_mandate(by_id=cast.administrator, **arguments)


@pytest.mark.parametrize(
    ("role", "place"),
    [
        (Role.GROUP_LEADER, {"territory_id": "commune:71270"}),
        (Role.COORDINATOR, {"scope_id": uuid4()}),
        (Role.COORDINATOR, {}),
        (Role.ADMINISTRATOR, {"territory_id": "departement:71"}),
        (Role.ADMINISTRATOR, {"scope_id": uuid4()}),
    ],
)
def test_a_role_and_its_scope_go_together(cast: Cast, role: Role, place: dict[str, Any]) -> None:
    with pytest.raises(MandateWithoutPlace):
        api.grant_mandate(by_id=None, person_id=cast.teammate, role=role, **place)


def test_granting_twice_grants_once(cast: Cast, commit: Any) -> None:
    arguments: dict[str, Any] = {
        "by_id": cast.coordinator,
        "person_id": cast.teammate,
        "role": Role.GROUP_LEADER,
        "scope_id": cast.group,
        "territory_id": "commune:71270",
    }
    with commit():
        assert api.grant_mandate(**arguments) == api.grant_mandate(**arguments)
    assert len(mail.outbox) == 1


def test_never_longer_than_ones_own(cast: Cast) -> None:
    soon = now() + timedelta(days=10)
    Mandate.objects.filter(person_id=cast.coordinator).update(ends_at=soon)
    arguments: dict[str, Any] = {
        "by_id": cast.coordinator,
        "person_id": cast.teammate,
        "role": Role.COORDINATOR,
        "territory_id": "departement:71",
    }
    with pytest.raises(MandateRefused):
        api.grant_mandate(**arguments, ends_at=soon + timedelta(days=1))
    assert Mandate.objects.get(pk=api.grant_mandate(**arguments)).ends_at == soon


ENDS = [
    # who ends whose mandate, may
    ("administrator", "coordinator", True),
    ("administrator", "owner", True),
    ("coordinator", "owner", True),
    ("coordinator", "coordinator", True),
    ("owner", "owner", True),
    ("coordinator", "administrator", False),
    ("coordinator", "other_coordinator", False),
    ("other_coordinator", "owner", False),
    ("owner", "coordinator", False),
    ("teammate", "owner", False),
    ("stranger", "administrator", False),
]


@pytest.mark.parametrize(("who", "whose", "may"), ENDS)
def test_who_may_end_whose(cast: Cast, who: str, whose: str, may: bool) -> None:
    mandate = Mandate.objects.get(person_id=getattr(cast, whose))
    if may:
        api.end_mandate(by_id=getattr(cast, who), mandate_id=mandate.pk)
        assert not api.mandates_of(person_id=getattr(cast, whose))
        with pytest.raises(NotFound):
            api.end_mandate(by_id=getattr(cast, who), mandate_id=mandate.pk)
    else:
        with pytest.raises(NotFound):
            api.end_mandate(by_id=getattr(cast, who), mandate_id=mandate.pk)
        assert api.mandates_of(person_id=getattr(cast, whose))


def test_an_equal_is_ended_by_who_granted_it_only(cast: Cast) -> None:
    equal = make_person("Egale")
    first = api.grant_mandate(
        by_id=None, person_id=equal, role=Role.COORDINATOR, territory_id="departement:71"
    )
    with pytest.raises(NotFound):
        api.end_mandate(by_id=cast.coordinator, mandate_id=first)
    api.end_mandate(by_id=None, mandate_id=first)
    second = api.grant_mandate(
        by_id=cast.coordinator, person_id=equal, role=Role.COORDINATOR, territory_id="departement:71"
    )
    api.end_mandate(by_id=cast.coordinator, mandate_id=second)


def test_the_last_administrator_cannot_be_ended(cast: Cast) -> None:
    (mandate,) = api.mandates_of(person_id=cast.administrator)
    with pytest.raises(LastAdministrator):
        api.end_mandate(by_id=cast.administrator, mandate_id=mandate.id)
    other = make_person("Autre")
    api.grant_mandate(by_id=None, person_id=other, role=Role.ADMINISTRATOR, territory_id="pays:FR")
    api.end_mandate(by_id=other, mandate_id=mandate.id)


def test_the_person_is_written_to_in_his_language(cast: Cast, commit: Any) -> None:
    english = make_person("Anglaise", language="en")
    with commit():
        mandate_id = api.grant_mandate(
            by_id=cast.administrator, person_id=english, role=Role.COORDINATOR, territory_id="departement:21"
        )
    assert "département coordinator, Côte-d'Or" in last_letter("anglaise@example.org")
    with commit():
        api.end_mandate(by_id=cast.administrator, mandate_id=mandate_id)
    assert "has ended" in last_letter("anglaise@example.org")


# The page --------------------------------------------------------------------------------------------

FORM = {"email": "teammate@example.org", "role": "departement-coordinator", "territory": "departement:71"}


def test_granting_by_the_page(sign_in: Any, cast: Cast) -> None:
    answer = sign_in(cast.coordinator).post(
        reverse("people:mandates"), FORM | {"ends_on": "2099-12-31", "email": " Teammate@Example.org "}
    )
    assert answer["Location"] == reverse("people:mandates")
    mandate = Mandate.objects.get(person_id=cast.teammate)
    assert mandate.ends_at is not None
    assert mandate.ends_at.isoformat() == "2099-12-31T23:00:00+00:00"


def test_an_unknown_address_and_one_elsewhere_answer_alike(sign_in: Any, cast: Cast) -> None:
    elsewhere = make_person("Ailleurs", postal_code="21000", commune_id="commune:21231")
    client = sign_in(cast.coordinator)
    errors = []
    for email in ("ailleurs@example.org", "inconnue@example.org"):
        answer = client.post(reverse("people:mandates"), FORM | {"email": email})
        assert answer.status_code == 422
        errors.append(answer.context["form"].errors)
    assert errors[0] == errors[1]
    assert not Mandate.objects.filter(person_id=elsewhere).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "administrator"),
        ("role", "group-leader"),
        ("territory", "departement:21"),
        ("territory", "x"),
    ],
)
def test_the_form_offers_only_what_one_holds(sign_in: Any, cast: Cast, field: str, value: str) -> None:
    answer = sign_in(cast.coordinator).post(reverse("people:mandates"), FORM | {field: value})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Mandate.objects.filter(person_id=cast.teammate).exists()


def test_an_administrator_administers_the_country(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.administrator)
    typed = FORM | {"role": "administrator"}
    assert list(client.post(reverse("people:mandates"), typed).context["form"].errors) == ["territory"]
    assert client.post(reverse("people:mandates"), typed | {"territory": "pays:FR"}).status_code == 302
    assert Mandate.objects.get(person_id=cast.teammate).role == Role.ADMINISTRATOR


def test_a_coordinator_sees_his_territory_an_administrator_everything(sign_in: Any, cast: Cast) -> None:
    def seen(person_id: Any) -> set[Any]:
        rows = sign_in(person_id).get(reverse("people:mandates")).context["rows"]
        return {row.card.person_id for row in rows}

    assert seen(cast.coordinator) == {cast.owner, cast.coordinator}
    assert seen(cast.other_coordinator) == {cast.other_coordinator}
    assert seen(cast.administrator) == {
        cast.owner,
        cast.coordinator,
        cast.other_coordinator,
        cast.administrator,
    }


def test_the_list_offers_to_end_what_one_may_end(sign_in: Any, cast: Cast) -> None:
    for who in ("coordinator", "administrator", "other_coordinator"):
        rows = sign_in(getattr(cast, who)).get(reverse("people:mandates")).context["rows"]
        for row in rows:
            try:
                mandate = Mandate.objects.get(pk=row.card.id)
                from amiral.rooms.people.access import access_mandate_by_id

                access_mandate_by_id(person_id=getattr(cast, who), mandate_id=mandate.pk, at=now())
                may = True
            except NotFound:
                may = False
            assert row.may_end is may


def test_the_number_of_queries_does_not_grow(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.administrator)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("people:mandates")).status_code == 200
        return len(captured)

    queries()
    few = queries()
    for number in range(30):
        api.grant_mandate(
            by_id=cast.administrator,
            person_id=make_person(f"Personne{number}"),
            role=Role.COORDINATOR,
            territory_id="departement:21",
        )
    assert queries() == few
    assert few <= 19


def test_ending_by_the_page(sign_in: Any, cast: Cast) -> None:
    mandate = Mandate.objects.get(person_id=cast.owner)
    path = reverse("people:end_mandate", args=[mandate.pk])
    assert sign_in(cast.coordinator).get(path).status_code == 405
    assert sign_in(cast.other_coordinator).post(path).status_code == 404
    assert sign_in(cast.coordinator).post(path).status_code == 302
    assert not api.mandates_of(person_id=cast.owner)


# What other rooms ask ----------------------------------------------------------------------------------


def test_rights_follow_the_territory(cast: Cast) -> None:
    def may(who: str, feature: Feature, **place: Any) -> bool:
        with CaptureQueriesContext(connection) as captured:
            answer = api.may(person_id=getattr(cast, who), feature=feature, **place)
        assert len(captured) <= 1
        return answer

    fields = Feature.MANAGE_FIELD
    assert may("coordinator", fields, territory_id="commune:71270")
    assert may("coordinator", fields, territory_id="departement:71")
    assert not may("coordinator", fields, territory_id="region:27")
    assert not may("coordinator", fields, territory_id="commune:21231")
    assert may("administrator", fields, territory_id="commune:21231")
    assert may("owner", fields, scope_id=cast.group)
    assert may("owner", fields, scope_id=cast.group, territory_id="commune:71270")
    assert not may("owner", fields, territory_id="commune:71270")
    assert not may("owner", fields, scope_id=cast.other_group)
    assert not may("owner", Feature.MODERATE, scope_id=cast.group)
    assert not may("teammate", fields, scope_id=cast.group, territory_id="commune:71270")
    assert not may("administrator", fields)
    assert not api.may(person_id=None, feature=fields, territory_id="commune:71270")


def test_a_leaders_place_gives_no_right_over_the_place(cast: Cast) -> None:
    assert not api.may(person_id=cast.owner, feature=Feature.MANAGE_FIELD, territory_id="commune:71270")
    assert api.territories_held(person_id=cast.owner, feature=Feature.MANAGE_FIELD) == ()
    assert api.scopes_held(person_id=cast.owner, feature=Feature.MANAGE_FIELD) == (cast.group,)


def test_rights_follow_the_time(cast: Cast) -> None:
    own = Mandate.objects.filter(person_id=cast.coordinator)
    asked: dict[str, Any] = {"person_id": cast.coordinator, "feature": Feature.MODERATE}
    assert api.holds(**asked)
    assert api.territories_held(**asked) == ("departement:71",)
    own.update(ends_at=now() - timedelta(seconds=1))
    assert not api.holds(**asked)
    own.update(ends_at=None, starts_at=now() + timedelta(days=1))
    assert not api.holds(**asked)
    assert api.territories_held(**asked) == ()
    assert not api.holds(person_id=None, feature=Feature.MODERATE)


def test_holders(cast: Cast) -> None:
    assert [card.person_id for card in api.holders(scope_id=cast.group)] == [cast.owner]
    assert [card.person_id for card in api.holders(territory_id="departement:71")] == [cast.coordinator]
    assert [card.person_id for card in api.holders(role=Role.ADMINISTRATOR)] == [cast.administrator]
    assert api.holders(scope_id=cast.other_group) == ()


def test_cards_say_no_address(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        cards = api.cards(person_ids=[cast.owner, cast.teammate, uuid4()])
    assert len(captured) == 1
    assert set(cards) == {cast.owner, cast.teammate}
    assert cards[cast.owner].public_name == "Owner E."
    assert "@" not in repr(cards)
    with pytest.raises(NotFound):
        api.card(person_id=uuid4())


def test_an_address_has_one_account(cast: Cast) -> None:
    with pytest.raises(Refused):
        api.add_confirmed_person(
            email="Owner@example.org", given_name="Double", postal_code="71000", commune_id=None
        )


def test_a_calendar_opens_by_its_secret_only(cast: Cast) -> None:
    from amiral.rooms.people.models import Person

    token = Person.objects.get(pk=cast.owner).calendar_token
    assert api.person_by_calendar_token(token=token).id == cast.owner
    for wrong in ("", "x", token[:-1]):
        with pytest.raises(NotFound):
            api.person_by_calendar_token(token=wrong)
