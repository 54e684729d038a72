"""The second factor: asked of people with a mandate, of nobody else, and cheap."""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amiral.rooms.people import api
from amiral.rooms.people.contracts import Role
from amiral.rooms.people.models import Mandate, Person
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter
from tests.rooms.people.test_sign_in import ask, code_of

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


def six_digits(secret: str = SECRET, *, step: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step))


def half_in(person_id: UUID) -> Client:
    """A session opened by the first factor alone."""
    client = Client()
    client.force_login(
        Person.objects.get(pk=person_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_who_has_one_is_asked_at_sign_in(cast: Cast, commit: Any) -> None:
    client = Client()
    ask(commit, client, "coordinator@example.org")
    first = client.post(reverse("account_confirm_login_code"), {"code": code_of("coordinator@example.org")})
    assert first["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.post(first["Location"], {"code": "000000"}).status_code == 200
    done = client.post(first["Location"], {"code": six_digits()})
    assert done["Location"] == reverse("people:me")
    assert client.get(reverse("people:mandates")).status_code == 200


@pytest.mark.parametrize("name", ["people:me", "people:mandates", "people:export", "home"])
def test_a_session_without_it_goes_nowhere(cast: Cast, name: str) -> None:
    answer = half_in(cast.coordinator).get(reverse(name))
    assert answer["Location"] == f"{reverse('mfa_reauthenticate')}?next={reverse(name).replace('/', '%2F')}"


def test_a_form_sent_without_it_does_nothing(cast: Cast) -> None:
    mandate = Mandate.objects.get(person_id=cast.owner)
    answer = half_in(cast.coordinator).post(reverse("people:end_mandate", args=[mandate.pk]))
    assert answer["Location"] == reverse("mfa_reauthenticate")
    mandate.refresh_from_db()
    assert mandate.ends_at is None


def test_showing_it_opens_the_session(cast: Cast) -> None:
    client = half_in(cast.coordinator)
    page = client.get(reverse("people:mandates"))["Location"]
    assert client.post(page, {"code": "000000"}).status_code == 200
    assert client.post(page, {"code": six_digits()})["Location"] == reverse("people:mandates")
    assert client.get(reverse("people:mandates")).status_code == 200


def test_who_has_none_sets_it_up_first(cast: Cast, commit: Any) -> None:
    Authenticator.objects.filter(user_id=cast.coordinator).delete()
    client = half_in(cast.coordinator)
    page = client.get(reverse("people:mandates"))["Location"]
    assert page.startswith(reverse("mfa_activate_totp"))
    shown = client.get(page)
    assert shown.status_code == 200
    secret = shown.context["form"].secret
    assert secret in shown.content.decode()
    assert client.post(page, {"code": "000000"}).status_code == 200
    with commit():
        done = client.post(page, {"code": six_digits(secret)})
    assert done["Location"].startswith(reverse("mfa_view_recovery_codes"))
    codes = client.get(done["Location"])
    assert len(re.findall(r"<li><code>[0-9a-f]{8}</code>", codes.content.decode())) == 10
    assert f'href="{reverse("people:mandates")}"' in codes.content.decode()
    assert client.get(reverse("people:mandates")).status_code == 200
    assert "second facteur" in last_letter("coordinator@example.org")
    assert client.get(reverse("mfa_download_recovery_codes")).status_code == 200


def test_a_recovery_code_replaces_the_telephone_once(cast: Cast) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    wrapped = RecoveryCodes.activate(Person.objects.get(pk=cast.coordinator))
    code = wrapped.get_unused_codes()[0]
    page = reverse("mfa_reauthenticate")
    first = half_in(cast.coordinator)
    assert first.post(page, {"code": code}).status_code == 302
    assert first.get(reverse("people:me")).status_code == 200
    assert half_in(cast.coordinator).post(page, {"code": code}).status_code == 200


def test_a_code_serves_once(cast: Cast) -> None:
    page = reverse("mfa_reauthenticate")
    with time_machine.travel(datetime(2027, 3, 3, 12, 0, 5, tzinfo=UTC), tick=False):
        assert half_in(cast.coordinator).post(page, {"code": six_digits()}).status_code == 302
        assert half_in(cast.coordinator).post(page, {"code": six_digits()}).status_code == 200


def test_guessing_is_limited(cast: Cast) -> None:
    page = reverse("mfa_reauthenticate")
    client = half_in(cast.coordinator)
    for _ in range(5):
        client.post(page, {"code": "000000"})
    assert client.post(page, {"code": six_digits()}).status_code != 302


def test_removing_it_needs_it_and_then_one_must_set_it_up_again(sign_in: Any, cast: Cast) -> None:
    page = reverse("mfa_deactivate_totp")
    assert half_in(cast.coordinator).post(page)["Location"].startswith(reverse("mfa_reauthenticate"))
    client = sign_in(cast.coordinator)
    again = client.get(page)["Location"]
    assert client.post(again, {"code": six_digits()})["Location"] == page
    assert client.get(page).status_code == 200
    assert client.post(page).status_code == 302
    assert not Authenticator.objects.filter(user_id=cast.coordinator).exists()
    fresh = half_in(cast.coordinator).get(reverse("people:me"))
    assert fresh["Location"].startswith(reverse("mfa_activate_totp"))


def test_new_recovery_codes(sign_in: Any, cast: Cast, commit: Any) -> None:
    client = sign_in(cast.coordinator)
    page = reverse("mfa_generate_recovery_codes")
    client.post(client.get(page)["Location"], {"code": six_digits()})
    assert client.get(page).status_code == 200
    with commit():
        assert client.post(page)["Location"] == reverse("mfa_view_recovery_codes")
    assert client.get(reverse("mfa_view_recovery_codes")).status_code == 200
    assert client.get(reverse("mfa_index")).status_code == 200


@pytest.mark.parametrize("who", ["teammate", "stranger"])
def test_a_volunteer_is_left_alone(cast: Cast, who: str) -> None:
    assert half_in(getattr(cast, who)).get(reverse("people:me")).status_code == 200


@pytest.mark.parametrize("name", ["health", "legal", "account_logout", "mfa_index"])
def test_what_stays_open(cast: Cast, name: str) -> None:
    assert half_in(cast.coordinator).get(reverse(name)).status_code == 200


def test_another_persons_record_does_not_count(cast: Cast) -> None:
    client = half_in(cast.coordinator)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": 0}]
    session["account_authentication_methods_user"] = str(cast.owner)
    session.save()
    assert client.get(reverse("people:me")).status_code == 302


def test_a_new_mandate_counts_at_once_and_an_ended_one_no_longer(cast: Cast, commit: Any) -> None:
    client = half_in(cast.stranger)
    assert client.get(reverse("people:me")).status_code == 200  # remembered: no mandate
    with commit():
        mandate_id = api.grant_mandate(
            by_id=None, person_id=cast.stranger, role=Role.COORDINATOR, territory_id="departement:21"
        )
    assert client.get(reverse("people:me")).status_code == 302
    with commit():
        api.end_mandate(by_id=None, mandate_id=mandate_id)
    assert client.get(reverse("people:me")).status_code == 200


def test_a_mandate_that_has_run_out_asks_for_nothing(cast: Cast) -> None:
    Mandate.objects.filter(person_id=cast.coordinator).update(
        ends_at=datetime.now(tz=UTC) - timedelta(days=1)
    )
    assert half_in(cast.coordinator).get(reverse("people:me")).status_code == 200


def test_the_check_costs_one_query_a_minute_and_nothing_once_shown(sign_in: Any, cast: Cast) -> None:
    def asked(client: Client) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse("legal")).status_code in {200, 302}
            client.get(reverse("people:letter_sent"))
        return sum("people_mandate" in query["sql"] and "LIMIT 1" in query["sql"] for query in queries)

    cache.clear()
    volunteer = half_in(cast.teammate)
    assert [asked(volunteer), asked(volunteer)] == [1, 0]
    assert asked(sign_in(cast.coordinator)) == 0
    assert asked(Client()) == 0


def test_the_telephone_of_the_demonstration_shows_true_codes(cast: Cast, settings: Any) -> None:
    settings.DEMONSTRATION = True
    moment = datetime(2027, 3, 3, 12, 0, 10, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        shown = {code.address: code for code in api.demonstration_codes()}
        assert shown["coordinator@example.org"].code == six_digits()
        assert shown["coordinator@example.org"].seconds_left == 20
    assert "teammate@example.org" not in shown


def test_the_telephone_does_not_exist_elsewhere(tmp_path: Any) -> None:
    script = (
        "import django; django.setup()\n"
        "from amiral.rooms.people import api\n"
        "try:\n    import amiral.rooms.people.demonstration\n"
        "except Exception as error:\n    print(type(error).__name__)\n"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "amiral.config.settings",
        "AMIRAL_STATE_DIR": str(tmp_path),
        "PATH": "",
    }
    answer = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "ImproperlyConfigured"
