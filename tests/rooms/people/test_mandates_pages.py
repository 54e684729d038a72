"""The pages of one mandate, of giving a part on, and of the log, for everybody of the cast."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.kit.clock import now
from amiral.rooms.people import api
from amiral.rooms.people.actions import mandates as verbs
from amiral.rooms.people.contracts import Feature, Role
from amiral.rooms.people.models import Mandate
from amiral.rooms.territory.actions.zones import save_zone
from tests.conftest import Cast, make_person
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db
LENT = {"email": "teammate@example.org", "features": ["manage-field", "see-coverage"]}


def of(person_id: UUID) -> UUID:
    return Mandate.objects.filter(person_id=person_id).earliest("pk").pk


def lend(cast: Cast, **words: Any) -> UUID:
    asked: dict[str, Any] = {"features": {Feature.MANAGE_FIELD}, "person_id": cast.teammate}
    return verbs.delegate(by_id=cast.owner, source_id=of(cast.owner), at=now(), **(asked | words))


READ = dict.fromkeys(ROLES, 404) | dict.fromkeys(["owner", "coordinator", "administrator"], 200)


@pytest.mark.parametrize("who", ROLES)
def test_who_reads_a_leaders_mandate(sign_in: Any, cast: Cast, who: str) -> None:
    answer = sign_in(role(cast, who)).get(reverse("people:mandate", args=[of(cast.owner)]))
    assert answer.status_code == (302 if who == "anonymous" else READ[who])


@pytest.mark.parametrize("who", ROLES)
def test_only_its_holder_gives_a_part_of_it_on(sign_in: Any, cast: Cast, who: str) -> None:
    path = reverse("people:delegate", args=[of(cast.owner)])
    expected = {"anonymous": 302, "owner": 200}.get(who, 404)
    assert sign_in(role(cast, who)).get(path).status_code == expected
    answer = sign_in(role(cast, who)).post(path, LENT)
    assert answer.status_code == (302 if who in {"anonymous", "owner"} else 404)
    assert Mandate.objects.filter(person_id=cast.teammate).exists() is (who == "owner")


ENDERS = ["teammate", "owner", "coordinator", "administrator"]


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", ["people:end_mandate", "people:shorten_mandate"])
def test_who_ends_and_shortens_a_lent_part(sign_in: Any, cast: Cast, name: str, who: str) -> None:
    lent = lend(cast)
    path = reverse(name, args=[lent])
    answer = sign_in(role(cast, who)).post(path, {"ends_on": "2099-01-01"})
    assert answer.status_code == (302 if who in {*ENDERS, "anonymous"} else 404)
    assert (Mandate.objects.get(pk=lent).ends_at is not None) is (who in ENDERS)
    assert sign_in(role(cast, who)).get(path).status_code in {405, 302}


@pytest.mark.parametrize("who", ROLES)
def test_who_reads_which_changes(sign_in: Any, cast: Cast, who: str) -> None:
    lend(cast)
    answer = sign_in(role(cast, who)).get(reverse("people:mandate_log"))
    assert answer.status_code == (302 if who == "anonymous" else 200)
    if who != "anonymous":
        seen = [line.person_name for line in answer.context["lines"]]
        assert seen == (["Teammate E."] if who in ENDERS else [])


def test_a_form_offers_only_what_may_be_given_on(sign_in: Any, cast: Cast) -> None:
    client, path = sign_in(cast.owner), reverse("people:delegate", args=[of(cast.owner)])
    form = client.get(path).context["form"]
    assert [value for value, _label in form.fields["features"].choices] == [
        "manage-actions",
        "manage-field",
        "see-coverage",
    ]
    assert "territory" not in form.fields
    for typed, field in (
        ({"features": ["moderate"]}, "features"),
        ({"features": []}, "features"),
        ({"delegable": ["manage-actions"]}, "delegable"),
        ({"email": "stranger@example.org"}, "email"),
        ({"email": "nobody@example.org"}, "email"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"ends_on": "1999-01-01"}, None),
    ):
        answer = client.post(path, LENT | typed)
        if field:
            assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Mandate.objects.filter(person_id=cast.teammate, ends_at=None).exists()


def test_a_coordinator_gives_one_commune(sign_in: Any, cast: Cast) -> None:
    client, path = sign_in(cast.coordinator), reverse("people:delegate", args=[of(cast.coordinator)])
    typed = {"email": "teammate@example.org", "features": ["moderate"], "territory": "departement:71"}
    assert client.post(path, typed | {"commune": "71000"}).status_code == 422  # two communes answer
    assert client.post(path, typed | {"commune": "Dijon"}).status_code == 422  # not his
    assert client.post(path, typed | {"commune": "Mâcon"}).status_code == 302
    (card,) = api.mandates_of(person_id=cast.teammate)
    assert (card.territory_id, card.features) == ("commune:71270", {Feature.MODERATE})


def test_from_above_one_box_keeps_what_hangs_on_it(sign_in: Any, cast: Cast) -> None:
    lead = make_person("Animatrice")
    named = api.grant_mandate(
        by_id=cast.coordinator,
        person_id=lead,
        role=Role.GROUP_LEADER,
        territory_id="commune:71270",
        scope_id=cast.group,
        scope_name="Mâcon",
    )
    page = sign_in(cast.administrator).get(reverse("people:mandate", args=[of(cast.coordinator)]))
    assert 'name="keep"' in page.content.decode()
    mine = sign_in(cast.coordinator).get(reverse("people:mandate", args=[of(cast.coordinator)]))
    assert 'name="keep"' not in mine.content.decode()
    sign_in(cast.administrator).post(
        reverse("people:end_mandate", args=[of(cast.coordinator)]), {"keep": "1"}
    )
    assert Mandate.objects.get(pk=named).ends_at is None


def test_whoever_ends_his_last_mandate_lands_on_a_page(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.owner)
    answer = client.post(reverse("people:end_mandate", args=[of(cast.owner)]), follow=True)
    assert answer.status_code == 200


def test_a_territorys_mandates(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.administrator)
    rows = client.get(reverse("people:mandates") + "?territoire=commune:71270").context["rows"]
    assert {row.card.person_id for row in rows} == {cast.owner, cast.coordinator, cast.administrator}
    for page in ("mandates", "mandate_log"):
        assert client.get(reverse(f"people:{page}") + "?territoire=nowhere").status_code == 200


def test_the_number_of_queries_does_not_grow(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.coordinator)

    def queries() -> list[int]:
        counts = []
        for path in (reverse("people:mandates"), reverse("people:mandate_log")):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(path).status_code == 200
            counts.append(len(captured))
        return counts

    lend(cast)
    queries()
    few = queries()
    for number in range(20):
        lend(cast, person_id=make_person(f"Aide{number}"))
    assert queries() == few


@pytest.mark.parametrize("name", ["people:mandate", "people:delegate", "people:mandate_log"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_holds_script_or_style_of_its_own(sign_in: Any, cast: Cast, name: str, language: str) -> None:
    client = sign_in(cast.owner)
    client.cookies["langue"] = language
    lend(cast)
    path = reverse(name) if name.endswith("log") else reverse(name, args=[of(cast.owner)])
    text = client.get(path).content.decode()
    assert text.count("<h1") == 1
    for bad in ("<style", " style=", "<script>", " onclick="):
        assert bad not in text


def test_zones_are_offered_among_the_places(sign_in: Any, cast: Cast) -> None:
    """To whoever manages mandates where they lie, and to nobody of another département."""
    zone = save_zone(
        by_id=cast.coordinator, name="Bords de Saône", places=["commune:71270"], outline=None, at=now()
    )
    page = sign_in(cast.coordinator).get(reverse("people:mandates")).content.decode()
    assert f'value="{zone}"' in page
    assert "Zone : Bords de Saône" in page
    assert zone in sign_in(cast.administrator).get(reverse("people:mandates")).content.decode()
    assert zone not in sign_in(cast.other_coordinator).get(reverse("people:mandates")).content.decode()
    delegating = reverse("people:delegate", args=[of(cast.coordinator)])
    assert f'value="{zone}"' in sign_in(cast.coordinator).get(delegating).content.decode()
    asked = {"email": "teammate@example.org", "features": ["manage-field"], "territory": zone}
    assert sign_in(cast.coordinator).post(delegating, asked).status_code == 302
    here, outside = (
        api.may(person_id=cast.teammate, feature=Feature.MANAGE_FIELD, territory_id=f"commune:{code}")
        for code in ("71270", "71076")
    )
    assert (here, outside) == (True, False)


def test_a_zone_of_elsewhere_is_given_by_nobody(sign_in: Any, cast: Cast) -> None:
    zone = save_zone(by_id=cast.administrator, name="Dijon", places=["commune:21231"], outline=None, at=now())
    asked = {"email": "teammate@example.org", "role": "coordinator", "territory": zone}
    answer = sign_in(cast.coordinator).post(reverse("people:mandates"), asked)
    assert answer.status_code == 422
    assert not Mandate.objects.filter(territory_id=zone).exists()


def test_the_places_are_asked_once_however_many_zones(sign_in: Any, cast: Cast) -> None:
    counts = []
    for many in (1, 5):
        for number in range(many):
            save_zone(
                by_id=cast.coordinator, name=f"Z{number}", places=["commune:71270"], outline=None, at=now()
            )
        client = sign_in(cast.coordinator)
        client.get(reverse("people:mandates"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("people:mandates"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
