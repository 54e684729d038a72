"""Rate limits: so many, then a sentence; counted per person or address."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from amiral.kit.ratelimit import is_allowed, limited


def test_the_limit_is_exact() -> None:
    answers = [is_allowed(scope="s", key="k", limit=3, window_s=60) for _ in range(5)]
    assert answers == [True, True, True, False, False]


def test_keys_do_not_share_a_count() -> None:
    assert is_allowed(scope="s", key="a", limit=1, window_s=60)
    assert is_allowed(scope="s", key="b", limit=1, window_s=60)


@pytest.mark.django_db
def test_a_view_answers_429_past_the_limit_and_reading_is_free() -> None:
    @limited(scope="view", limit=1, window_s=120)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    def ask(method: str) -> int:
        request = getattr(RequestFactory(), method)("/")
        request.user = AnonymousUser()
        return view(request).status_code

    assert [ask("post"), ask("post"), ask("get")] == [200, 429, 200]
