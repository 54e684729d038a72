"""Who may open what: every address of this room, for everybody of the cast."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from amiral.rooms.people.models import Mandate
from amiral.rooms.people.web import account_urls, urls
from tests.conftest import Cast
from tests.rooms.people.conftest import ROLES, role

pytestmark = pytest.mark.django_db

EVERYBODY = dict.fromkeys(ROLES, 200)
MEMBERS = EVERYBODY | {"anonymous": 302}
MANAGERS = dict.fromkeys(ROLES, 404) | {
    "anonymous": 302,
    "coordinator": 200,
    "other_coordinator": 200,
    "administrator": 200,
}
VISITORS = dict.fromkeys(ROLES, 302) | {"anonymous": 200}
NOBODY = dict.fromkeys(ROLES, 405)

MATRIX: dict[str, dict[str, int]] = {
    "people:join": VISITORS,
    "people:letter_sent": EVERYBODY,
    "people:confirm": dict.fromkeys(ROLES, 410),
    "people:me": MEMBERS,
    "people:correct": MEMBERS,
    "people:consents": MEMBERS,
    "people:export": MEMBERS,
    "people:erase": MEMBERS,
    "people:mandates": MANAGERS | {"owner": 200},
    "people:end_mandate": NOBODY | {"anonymous": 302},
    "people:doorstep": EVERYBODY,
    "people:doorstep_thanks": EVERYBODY,
    "people:doorstep_code": EVERYBODY,
    "people:doorstep_confirm": dict.fromkeys(ROLES, 410),
    "account_request_login_code": VISITORS,
    "account_confirm_login_code": dict.fromkeys(ROLES, 302),
    "account_login": dict.fromkeys(ROLES, 302),
    "account_signup": dict.fromkeys(ROLES, 302),
    "account_logout": MEMBERS,
    "account_inactive": EVERYBODY,
    "mfa_authenticate": dict.fromkeys(ROLES, 302),
    "mfa_index": MEMBERS,
    # Who has no second factor has nothing to show again; who has one need not set it up.
    "mfa_reauthenticate": MEMBERS | {"teammate": 403, "stranger": 403},
    "mfa_activate_totp": dict.fromkeys(ROLES, 302) | {"teammate": 200, "stranger": 200},
    "mfa_deactivate_totp": dict.fromkeys(ROLES, 302) | {"teammate": 404, "stranger": 404},
    "mfa_view_recovery_codes": dict.fromkeys(ROLES, 404) | {"anonymous": 302},
    "mfa_generate_recovery_codes": dict.fromkeys(ROLES, 302) | {"teammate": 200, "stranger": 200},
    "mfa_download_recovery_codes": dict.fromkeys(ROLES, 404) | {"anonymous": 302},
}


def address(name: str, cast: Cast) -> str:
    if name in {"people:confirm", "people:doorstep_confirm"}:
        return reverse(name, args=["unknown"])
    if name == "people:end_mandate":
        return reverse(name, args=[Mandate.objects.get(person_id=cast.owner).pk])
    return reverse(name)


def test_the_matrix_names_every_address() -> None:
    names = {f"people:{p.name}" for p in urls.urlpatterns if isinstance(p, URLPattern)}
    names |= {str(p.name) for p in account_urls.urlpatterns}
    assert set(MATRIX) == names


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("name", MATRIX)
def test_reading(sign_in: Any, cast: Cast, name: str, who: str) -> None:
    answer = sign_in(role(cast, who)).get(address(name, cast))
    assert answer.status_code == MATRIX[name][who]


END = dict.fromkeys(ROLES, 404) | {"owner": 302, "coordinator": 302, "administrator": 302, "anonymous": 302}


@pytest.mark.parametrize("who", ROLES)
def test_ending_the_owners_mandate(sign_in: Any, cast: Cast, who: str) -> None:
    mandate = Mandate.objects.get(person_id=cast.owner)
    answer = sign_in(role(cast, who)).post(reverse("people:end_mandate", args=[mandate.pk]))
    assert answer.status_code == END[who]
    mandate.refresh_from_db()
    assert (mandate.ends_at is not None) is (END[who] == 302 and who != "anonymous")


GRANT = dict.fromkeys(ROLES, 404) | {
    "anonymous": 302,
    "coordinator": 302,
    "other_coordinator": 422,
    "administrator": 302,
}


@pytest.mark.parametrize("who", ROLES)
def test_granting_over_saone_et_loire(sign_in: Any, cast: Cast, who: str) -> None:
    typed = {
        "email": "teammate@example.org",
        "role": "departement-coordinator",
        "territory": "departement:71",
    }
    answer = sign_in(role(cast, who)).post(reverse("people:mandates"), typed)
    assert answer.status_code == GRANT[who]
    granted = Mandate.objects.filter(person_id=cast.teammate).exists()
    assert granted is (who in {"coordinator", "administrator"})


@pytest.mark.parametrize("name", ["people:correct", "people:consents", "people:erase", "people:mandates"])
def test_a_visitor_writes_nothing(client: Client, cast: Cast, name: str) -> None:
    answer = client.post(reverse(name), {"sure": "on"})
    assert answer["Location"].startswith(reverse("account_request_login_code"))


@pytest.mark.parametrize("name", [name for name in MATRIX if not name.startswith("people:confirm")])
def test_no_page_holds_script_or_style_of_its_own(sign_in: Any, cast: Cast, name: str) -> None:
    for person_id in (None, cast.teammate, cast.coordinator):
        text = sign_in(person_id).get(address(name, cast)).content.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text
        if "<html" in text:
            assert text.count("<h1") == 1
