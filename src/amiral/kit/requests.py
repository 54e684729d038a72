"""What pages read of a request."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse, QueryDict


def me(request: HttpRequest) -> UUID:
    """Who is signed in; ``login_required`` has let nobody else through."""
    person_id = request.user.pk
    assert person_id is not None
    return person_id


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, also when it is empty: an unticked box sends nothing."""
    return request.POST if request.method == "POST" else None


def is_own_json(request: HttpRequest) -> bool:
    """Whether JSON came from our own pages: no other site may send it without being asked first.

    For addresses that a cookie opens and whose pages are kept on phones for weeks, so that they hold no
    form's token.
    """
    if request.content_type != "application/json":
        return False
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    own = f"{request.scheme}://{request.get_host()}"
    return origin is None or origin == own or origin in settings.CSRF_TRUSTED_ORIGINS


def refused_json(status: HTTPStatus, sentence: str, **headers: str) -> JsonResponse:
    """What a program is told instead of what it asked for."""
    return JsonResponse({"error": sentence}, status=status, headers=headers)
