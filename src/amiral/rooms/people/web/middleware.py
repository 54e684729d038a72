"""People with a mandate show a second factor before they use it."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from amiral.kit.clock import now
from amiral.rooms.people import queries

OPEN = frozenset({"health", "legal", "set_language", "outreach:mailbox", "outreach:letter"})
"""Pages that anybody may read at any time; beside them, those by which one signs in and out."""


class SecondFactorMiddleware:
    """Sends people with a mandate to set up or to show their second factor.

    Costs nothing to visitors and to those who have shown it (the session says so), one remembered answer to
    the others. Static files never come here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """Runs once Django knows which page was asked for."""
        if is_open(request) or not request.user.is_authenticated or has_shown(request):
            return None
        if not queries.needs_second_factor(person_id=request.user.pk, at=now()):
            return None
        return to_second_factor(request)


def is_open(request: HttpRequest) -> bool:
    """Whether the page needs no second factor."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name in OPEN or name.startswith(("account_", "mfa_"))


def has_shown(request: HttpRequest) -> bool:
    """Whether this session holds the record that allauth writes after a second factor."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def to_second_factor(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the code, or to the one that sets it up; then back to where one was going."""
    known = request.user.pk and queries.has_authenticator(person_id=request.user.pk)
    name = "mfa_reauthenticate" if known else "mfa_activate_totp"
    back = f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else ""
    return redirect(reverse(name) + back)
