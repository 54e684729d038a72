"""Which pages a browser may keep."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]


def keep_nothing(get_response: Answer) -> Answer:
    """Middleware: what is answered to a session stays in no cache, unless the view says otherwise.

    On a shared computer the Back button would show names and doors after the sign-out. The cookie tells it
    without a query; visitors without a session are left to the browser, and static files never come here.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return answer
