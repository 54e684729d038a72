"""What is answered to a request that cannot be read."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, said in words.

    Neither the request's context nor its body is looked at: Django's own page asks for the form again to
    check the token, and a form in another encoding than UTF-8 then breaks it a second time, as a 500.
    """
    return HttpResponseBadRequest(render_to_string("config/unreadable.html"))
