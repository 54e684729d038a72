"""Where a visitor's browser keeps his voting key: a cookie of this site's debates, which no script reads."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from amiral.rooms.debate.contracts import Choice

YEAR_S = 365 * 24 * 3600
PATH = "/debats/"
TRIED_MOST = 200
_SHORT = {choice.value[0]: choice for choice in Choice}


def _name(consultation_id: UUID) -> str:
    return f"voix-{consultation_id.hex}"


def key_of(request: HttpRequest, consultation_id: UUID) -> str:
    """The key that the browser sent; empty without one."""
    return request.COOKIES.get(_name(consultation_id), "")[:64]


def remember(response: HttpResponse, consultation_id: UUID, key: str) -> HttpResponse:
    """Has the browser keep the key."""
    response.set_cookie(
        _name(consultation_id),
        key,
        max_age=YEAR_S,
        path=PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse, consultation_id: UUID) -> HttpResponse:
    """Has the browser drop the key: for a computer that others use, too."""
    response.delete_cookie(_name(consultation_id), path=PATH, samesite="Lax")
    return response


# Before anybody has a key, what he tries stays in his browser and counts nowhere: a session would lie in the
# database beside his name.


def tried(request: HttpRequest, consultation_id: UUID) -> dict[int, Choice]:
    """What the visitor tried, by number of statement; whatever cannot be read is left out."""
    kept = request.COOKIES.get(f"essai-{consultation_id.hex}", "")[:4000]
    found = {}
    for one in kept.split("."):
        number, _, value = one.partition("_")
        if number.isascii() and number.isdigit() and value in _SHORT:
            found[int(number)] = _SHORT[value]
    return found


def remember_tried(response: HttpResponse, consultation_id: UUID, kept: Mapping[int, Choice]) -> HttpResponse:
    """Has the browser keep the latest tries."""
    latest = list(kept.items())[-TRIED_MOST:]
    words = ".".join(f"{number}_{choice.value[0]}" for number, choice in latest)
    response.set_cookie(
        f"essai-{consultation_id.hex}",
        words,
        path=PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget_tried(response: HttpResponse, consultation_id: UUID) -> HttpResponse:
    """Once they are votes."""
    response.delete_cookie(f"essai-{consultation_id.hex}", path=PATH, samesite="Lax")
    return response
