"""The pages of duplicates and merges: who may open what, what is shown, what a press of a button does."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.kit.models import Run
from amiral.rooms.people import api
from amiral.rooms.people.models import DuplicateCandidate, Merge, Person
from amiral.rooms.people.web import merge_urls
from tests.conftest import Cast, give_mandate, make_person
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

NOBODY = dict.fromkeys(ROLES, 404) | {"anonymous": 302}
REACH = NOBODY | {"coordinator": 200, "administrator": 200}
READING: dict[str, dict[str, int]] = {
    "people:duplicates": REACH | {"other_coordinator": 200},
    "people:merges": REACH | {"other_coordinator": 200},
    "people:duplicate": REACH,
}
WRITING: dict[str, dict[str, int]] = {
    "people:find_duplicates": NOBODY
    | dict.fromkeys(["coordinator", "other_coordinator", "administrator"], 302),
    "people:duplicate": NOBODY | {"coordinator": 302, "administrator": 302},
    "people:reject_duplicate": NOBODY | {"coordinator": 302, "administrator": 302},
    "people:undo_merge": NOBODY | {"coordinator": 302, "administrator": 302},
}


def test_the_matrix_names_every_address() -> None:
    assert {f"people:{pattern.name}" for pattern in merge_urls.urlpatterns} == set(READING) | set(WRITING)


@pytest.fixture
def pair(cast: Cast) -> DuplicateCandidate:
    """Two accounts in Mâcon that look alike."""
    return likely(make_person("Elodie"), make_person("Elodia", commune_id="commune:71105"))


def likely(one: UUID, other: UUID) -> DuplicateCandidate:
    first, second = sorted((one, other), key=str)
    features = {"family": "same", "given": "near", "place": "same", "email": "different", "phone": "unknown"}
    return DuplicateCandidate.objects.create(first_id=first, second_id=second, score=0.97, features=features)


def merged(cast: Cast) -> UUID:
    one, other = make_person("Kept"), make_person("Gone")
    return api.merge(by_id=cast.administrator, kept_id=one, absorbed_id=other, silent=True)


def address(name: str, pair: DuplicateCandidate, cast: Cast) -> str:
    if name == "people:undo_merge":
        return reverse(name, args=[merged(cast)])
    return reverse(name, args=[pair.pk] if name.endswith("duplicate") else [])


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", READING)
def test_reading(sign_in: Any, cast: Cast, pair: DuplicateCandidate, name: str, who: str) -> None:
    assert sign_in(role(cast, who)).get(address(name, pair, cast)).status_code == READING[name][who]


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", WRITING)
def test_writing(sign_in: Any, cast: Cast, pair: DuplicateCandidate, name: str, who: str) -> None:
    path = address(name, pair, cast)
    answer = sign_in(role(cast, who)).post(path, choice(pair.first_id, pair.second_id))
    assert answer.status_code == WRITING[name][who]
    done = WRITING[name][who] == 302 and who != "anonymous"
    changed = {
        "people:find_duplicates": Run.objects.filter(kind="find-duplicates").exists(),
        "people:duplicate": Merge.objects.filter(absorbed_id=pair.second_id).exists(),
        "people:reject_duplicate": DuplicateCandidate.objects.get().state == "rejected",
        "people:undo_merge": Merge.objects.filter(undone_at__isnull=False).exists(),
    }
    assert changed[name] is done


def choice(kept: UUID, place: UUID) -> dict[str, str]:
    return {"kept": str(kept), "given_name": str(kept), "place": str(place)}


def test_the_pair_is_explained_and_no_address_is_shown(
    sign_in: Any, cast: Cast, pair: DuplicateCandidate
) -> None:
    page = sign_in(cast.coordinator).get(reverse("people:duplicate", args=[pair.pk])).content.decode()
    assert "même nom de famille" in page
    assert "prénoms à une ou deux lettres près" in page
    assert "e…@example.org" in page
    assert "elodie@" not in page
    assert "97" in page


def test_a_leader_of_both_places_only(sign_in: Any, cast: Cast, pair: DuplicateCandidate) -> None:
    """A pair of which one lives elsewhere is nobody's but the administrator's."""
    far = likely(make_person("Loin", commune_id="commune:21231"), cast.teammate)
    for who in ("coordinator", "other_coordinator"):
        browser = sign_in(getattr(cast, who))
        assert browser.get(reverse("people:duplicate", args=[far.pk])).status_code == 404
        assert "Loin" not in browser.get(reverse("people:duplicates")).content.decode()
    assert sign_in(cast.administrator).get(reverse("people:duplicate", args=[far.pk])).status_code == 200


def test_choosing_field_by_field_then_undoing(sign_in: Any, cast: Cast, pair: DuplicateCandidate) -> None:
    browser = sign_in(cast.coordinator)
    kept, absorbed = Person.objects.get(given_name="Elodie"), Person.objects.get(given_name="Elodia")
    typed = choice(kept.pk, absorbed.pk) | {"given_name": str(absorbed.pk)}
    page = browser.post(reverse("people:duplicate", args=[pair.pk]), typed, follow=True).content.decode()
    kept.refresh_from_db()
    assert (kept.given_name, kept.commune_id) == ("Elodia", "commune:71105")
    assert "Annuler" in page
    assert browser.get(reverse("people:duplicate", args=[pair.pk])).status_code == 404
    merge = Merge.objects.get()
    browser.post(reverse("people:undo_merge", args=[merge.pk]))
    kept.refresh_from_db()
    assert (kept.given_name, kept.commune_id) == ("Elodie", "commune:71270")
    assert Person.objects.filter(pk=absorbed.pk).exists()


def test_a_refusal_is_said_on_the_page(sign_in: Any, cast: Cast, pair: DuplicateCandidate) -> None:
    give_mandate(pair.second_id, "group-leader", scope_id=cast.group, scope_name="Mâcon")
    browser = sign_in(cast.coordinator)
    answer = browser.post(reverse("people:duplicate", args=[pair.pk]), choice(pair.first_id, pair.first_id))
    assert answer.status_code == 422
    assert "demandez à un administrateur" in answer.content.decode()
    assert browser.post(reverse("people:duplicate", args=[pair.pk]), {"kept": "x"}).status_code == 422


def test_no_page_holds_script_or_style_of_its_own(sign_in: Any, cast: Cast, pair: DuplicateCandidate) -> None:
    merged(cast)
    for name in READING:
        page = sign_in(cast.coordinator).get(address(name, pair, cast)).content.decode()
        assert page.count("<h1") == 1
        assert not any(mark in page for mark in ("<style", " style=", "<script>", " onclick="))


@pytest.mark.parametrize("name", ["people:duplicates", "people:merges"])
def test_a_list_costs_the_same_with_two_rows_and_with_fifteen(sign_in: Any, cast: Cast, name: str) -> None:
    browser = sign_in(cast.coordinator)

    def cost(rows: int, start: int) -> int:
        for number in range(start, start + rows):
            likely(make_person(f"A{number}"), make_person(f"B{number}"))
            one, other = make_person(f"C{number}"), make_person(f"D{number}")
            api.merge(by_id=cast.administrator, kept_id=one, absorbed_id=other, silent=True)
        browser.get(reverse(name))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(reverse(name)).status_code == 200
        return len(queries)

    assert cost(2, 0) == cost(13, 2)
