"""A list number instead of an account: how often it may be mistyped, and what it opens in a browser.

Of 10^8 numbers, L are live. Wrong ones are counted by where they come from, and all together. Together there
is no lock that somebody could shut on everybody: past ``FAILURES_AN_HOUR`` or ``FAILURES_A_DAY`` a number is
looked up only with the four letters that stand behind it on paper and on the leader's page
(``models.letters_of``). So a guesser has ``FAILURES_A_DAY`` tries a day at one of 10^8 numbers,
wherever he asks from, and all others at one of 1.6 * 10^13: with a hundred live lists and a million tries
a day he opens one in nine years. What he would see is one walk list, and his phone stands in the leader's
table. Only failures use the limits up, so a team behind one address is not held up.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hmac import compare_digest
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from amiral.kit import ratelimit
from amiral.kit.errors import NotFound, Refused
from amiral.rooms.field.access import access_assignment_by_number, access_late_list_by_number
from amiral.rooms.field.models import Assignment

FAILURES_FROM_ONE_ADDRESS = 10
ADDRESS_WINDOW_S = 15 * 60
FAILURES_WITH_LETTERS = 100
"""From one address in the same time: a neighbour behind the same address who mistypes holds nobody up."""
FAILURES_AN_HOUR, FAILURES_A_DAY = 60, 300
"""From everywhere together, of numbers without their letters."""
ALONE, WITH_LETTERS = "list-number", "list-number-letters"
EVERYWHERE = (("list-number-hour", FAILURES_AN_HOUR, 3600), ("list-number-day", FAILURES_A_DAY, 86_400))

SESSION_KEY = "field-list"


class TooManyNumbers(Refused):
    """Too many numbers that open nothing were typed in here."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Too many wrong numbers were typed in. Wait a quarter of an hour, or sign in: with an account"
                " no number is needed."
            )
        )


class LettersNeeded(Refused):
    """Too many numbers that open nothing were typed in, everywhere together: none is looked up alone now."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Many wrong numbers are being typed in on this site. Type the four letters too that stand"
                " behind your number: on the printed list, or on your leader’s page."
            )
        )


class NoSuchNumber(Refused):
    """A number that opens no list now."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This number opens no list: check its eight digits, and its letters if you gave them."
                " It is valid only while your team has the turf; your leader sees the present one."
            )
        )


def digits_of(text: str) -> str:
    """The digits of what was typed, blanks and points left out."""
    return "".join(sign for sign in text[:40] if sign.isascii() and sign.isdigit())


def letters_in(text: str) -> str:
    """The letters of what was typed, in capitals."""
    return "".join(sign for sign in text[:40].upper() if sign.isascii() and sign.isalpha())


def list_of_number(request: HttpRequest, *, text: str, at: datetime) -> Assignment:
    """The list that the number opens, alone or with its letters. Raises ``NoSuchNumber``,
    ``TooManyNumbers``, ``LettersNeeded``."""
    letters = letters_in(text)
    if letters:
        _count_here(request, scope=WITH_LETTERS, limit=FAILURES_WITH_LETTERS)
        found = _live(text, at)
        if not compare_digest(letters, found.list_letters):
            raise NoSuchNumber
        ratelimit.give_back(scope=WITH_LETTERS, key=_network(request))
        return found
    _count_here(request, scope=ALONE, limit=FAILURES_FROM_ONE_ADDRESS)
    try:
        _count_everywhere()
    except LettersNeeded:
        ratelimit.give_back(scope=ALONE, key=_network(request))
        raise
    found = _live(text, at)
    ratelimit.give_back(scope=ALONE, key=_network(request))
    for scope, _limit, _window_s in EVERYWHERE:
        ratelimit.give_back(scope=scope, key="all")
    return found


def _live(text: str, at: datetime) -> Assignment:
    try:
        return access_assignment_by_number(number=digits_of(text), at=at)
    except NotFound:
        raise NoSuchNumber from None


def _count_here(request: HttpRequest, *, scope: str, limit: int) -> None:
    """Counts a try by where it comes from. Raises ``TooManyNumbers``."""
    key = _network(request)
    if not ratelimit.is_allowed(scope=scope, key=key, limit=limit, window_s=ADDRESS_WINDOW_S):
        raise TooManyNumbers


def _count_everywhere() -> None:
    """Counts a try of a number alone. Raises ``LettersNeeded``: then nobody has learned anything of it."""
    for scope, limit, window_s in EVERYWHERE:
        if not ratelimit.is_allowed(scope=scope, key="all", limit=limit, window_s=window_s):
            raise LettersNeeded


def _network(request: HttpRequest) -> str:
    """The address, of version 6 its first 64 bits: one household has all that follow."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return str(int(address) >> 64) if address.version == 6 else text


def remember(request: HttpRequest, assignment: Assignment) -> None:
    """This browser may open the list until it is closed, until its number changes, or some days after the
    lease ended."""
    if not request.user.is_authenticated:
        request.session.cycle_key()
        request.session.set_expiry(0)
    request.session[SESSION_KEY] = {"list": str(assignment.pk), "number": assignment.list_number}


def may_ask(request: HttpRequest, assignment_id: UUID) -> bool:
    """Whether a number was typed in for this list in this browser session."""
    return _remembered(request).get("list") == str(assignment_id)


def remembered_list(request: HttpRequest, *, assignment_id: UUID, at: datetime) -> Assignment:
    """The list, as long as its number is the one that was typed in, and for some days after the end of the
    lease. Raises ``NotFound``."""
    if not may_ask(request, assignment_id):
        raise NotFound
    number = str(_remembered(request).get("number", ""))
    return access_late_list_by_number(assignment_id=assignment_id, number=number, at=at)


def _remembered(request: HttpRequest) -> dict[str, Any]:
    kept = request.session.get(SESSION_KEY)
    return kept if isinstance(kept, dict) else {}


def signed_in_or_number(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For pages of one list: whoever is not signed in and typed no number in is asked to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_ask(request, kwargs["assignment_id"]):
            return view(request, *args, **kwargs)
        return login_required(view)(request, *args, **kwargs)

    return guarded
