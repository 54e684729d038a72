"""Signing in by a code: the same answer to everybody, no other way in, no code in a log."""

import logging
import re
from typing import Any

import pytest
from allauth.account import urls as allauth_account
from allauth.account.models import EmailAddress
from allauth.mfa import urls as allauth_mfa
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from amiral.rooms.outreach.models import Message
from amiral.rooms.people.models import Person
from tests.conftest import Cast
from tests.rooms.people.conftest import last_letter

pytestmark = pytest.mark.django_db

CODE = re.compile(r"^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$", re.MULTILINE)
OPENED = {
    "account_request_login_code",
    "account_confirm_login_code",
    "account_login",
    "account_signup",
    "account_logout",
    "account_inactive",
    "mfa_authenticate",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}


def ask(commit: Any, client: Client, email: str, path: str = "") -> Any:
    with commit():
        return client.post(path or reverse("account_request_login_code"), {"email": email})


def code_of(email: str) -> str:
    found = CODE.search(last_letter(email))
    assert found
    return found[0]


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns)
        elif pattern.name:
            found.add(pattern.name)
    return found


def test_a_code_opens_the_account(cast: Cast, commit: Any) -> None:
    client = Client()
    Person.objects.filter(pk=cast.teammate).update(language="en")
    answer = ask(commit, client, "Teammate@Example.org")
    assert answer["Location"] == reverse("account_confirm_login_code")
    done = client.post(answer["Location"], {"code": code_of("teammate@example.org").lower()})
    assert done["Location"] == reverse("people:me")
    assert done.cookies["langue"].value == "en"
    assert client.session["_auth_user_id"] == str(cast.teammate)
    assert client.get(reverse("people:me")).status_code == 200


def test_signing_in_is_a_sign_of_life(cast: Cast, commit: Any) -> None:
    before = Person.objects.get(pk=cast.teammate).last_seen_at
    client = Client()
    ask(commit, client, "teammate@example.org")
    client.post(reverse("account_confirm_login_code"), {"code": code_of("teammate@example.org")})
    assert Person.objects.get(pk=cast.teammate).last_seen_at > before


def test_one_returns_where_one_was_going(cast: Cast, commit: Any) -> None:
    client = Client()
    sent = client.get(reverse("people:consents"))
    assert sent.status_code == 302
    code_page = ask(commit, client, "teammate@example.org", sent["Location"])["Location"]
    done = client.post(code_page, {"code": code_of("teammate@example.org")})
    assert done["Location"] == reverse("people:consents")


@pytest.mark.parametrize("target", ["https://ailleurs.example/", "//ailleurs.example/"])
def test_one_is_not_sent_elsewhere(cast: Cast, commit: Any, target: str) -> None:
    client = Client()
    page = ask(
        commit,
        client,
        "teammate@example.org",
        reverse("account_request_login_code") + f"?next={target}",
    )["Location"]
    done = client.post(page, {"code": code_of("teammate@example.org")})
    assert done["Location"] == reverse("people:me")


def neutral(page: Any, email: str) -> str:
    text = page.content.decode().replace(email, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_the_answer_is_the_same_with_and_without_an_account(cast: Cast, commit: Any) -> None:
    pages = {}
    for email in ("teammate@example.org", "inconnue@example.org"):
        client = Client()
        asked = ask(commit, client, email)
        steps = [neutral(client.get(asked["Location"]), email)]
        for _ in range(3):
            wrong = client.post(asked["Location"], {"code": "BBBB-BBBB"})
            steps.append(f"{wrong.status_code} {wrong.get('Location')} {neutral(wrong, email)}")
        pages[email] = (asked.status_code, asked["Location"], sorted(asked.cookies), steps)
    assert pages["teammate@example.org"] == pages["inconnue@example.org"]
    assert len(mail.outbox) == 2  # as many letters, therefore as much time
    assert not CODE.search(last_letter("inconnue@example.org"))


def test_a_look_alike_address_is_not_the_account(cast: Cast, commit: Any) -> None:
    Person.objects.filter(pk=cast.teammate).update(email="mike@example.org")
    EmailAddress.objects.filter(user_id=cast.teammate).update(email="mike@example.org")
    ask(commit, Client(), "MIKE@example.org")
    assert CODE.search(last_letter("mike@example.org"))
    for lookalike in ("mıke@example.org", "mİke@example.org", "mi\u212ae@example.org"):
        ask(commit, Client(), lookalike)
    receivers = {tuple(letter.to) for letter in mail.outbox if CODE.search(str(letter.body))}
    assert receivers == {("mike@example.org",)}


def test_three_wrong_codes_and_one_starts_again(cast: Cast, commit: Any) -> None:
    client = Client()
    ask(commit, client, "teammate@example.org")
    page = reverse("account_confirm_login_code")
    for _ in range(3):
        client.post(page, {"code": "BBBB-BBBB"})
    client.post(page, {"code": code_of("teammate@example.org")})
    assert "_auth_user_id" not in client.session


def test_a_code_is_for_the_browser_that_asked(cast: Cast, commit: Any) -> None:
    ask(commit, Client(), "teammate@example.org")
    thief = Client()
    thief.post(reverse("account_confirm_login_code"), {"code": code_of("teammate@example.org")})
    assert "_auth_user_id" not in thief.session


def test_a_closed_account_stays_closed(cast: Cast, commit: Any) -> None:
    Person.objects.filter(pk=cast.teammate).update(is_active=False)
    client = Client()
    assert ask(commit, client, "teammate@example.org").status_code == 302
    assert not CODE.search(last_letter("teammate@example.org"))


def test_asking_is_limited(cast: Cast, commit: Any) -> None:
    for number in range(3):
        assert ask(commit, Client(), "teammate@example.org").status_code == 302, number
    fourth = ask(commit, Client(), "teammate@example.org")
    assert fourth.status_code == 200
    assert fourth.context["form"].errors
    codes = {ask(commit, Client(), f"x{n}@example.org").status_code for n in range(100)}
    assert 429 in codes


def test_no_code_reaches_a_log(cast: Cast, commit: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client()
    ask(commit, client, "teammate@example.org")
    code = code_of("teammate@example.org")
    client.post(reverse("account_confirm_login_code"), {"code": code})
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert code not in logged


def test_the_code_is_forgotten_by_the_outbox_once_sent(cast: Cast, commit: Any) -> None:
    ask(commit, Client(), "teammate@example.org")
    message = Message.objects.get()
    assert (message.state, message.purpose, message.body) == ("sent", "service", "")


def test_only_the_flows_we_use_are_open() -> None:
    library = names(allauth_account.urlpatterns) | names(allauth_mfa.urlpatterns)
    for name in library - OPENED:
        for arguments in ([], ["x"], ["x", "y"]):
            with pytest.raises(NoReverseMatch):
                reverse(name, args=arguments)
    ours = names(get_resolver().url_patterns)
    assert {name for name in ours if name.startswith(("account_", "mfa_"))} == OPENED


@pytest.mark.parametrize(
    "path",
    ["login/", "signup/", "password/reset/", "password/change/", "password/set/", "email/", "confirm-email/"],
)
def test_the_librarys_own_addresses_are_gone(client: Client, db: None, path: str) -> None:
    assert client.get(f"/compte/{path}").status_code == 404
    assert client.post(f"/compte/{path}", {"login": "x", "password": "y"}).status_code == 404


def test_the_page_of_passwords_leads_to_the_page_of_codes(client: Client, db: None) -> None:
    to = client.get(reverse("account_login") + "?next=/actions/")
    assert to["Location"] == reverse("account_request_login_code") + "?next=%2Factions%2F"
    assert client.post(reverse("account_login"), {"login": "a", "password": "b"}).status_code == 405
    assert client.get(reverse("account_signup"))["Location"] == reverse("people:join")


def test_signing_out_needs_a_button(sign_in: Any, cast: Cast) -> None:
    client = sign_in(cast.teammate)
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_forms_are_protected_against_other_sites(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    for name in ("account_request_login_code", "people:join"):
        assert strict.post(reverse(name), {"email": "teammate@example.org"}).status_code == 403
