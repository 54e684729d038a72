"""Rate limits: so many requests per person or address in a window, counted in the cache.

The embedded default is one process, so the in-memory cache counts truly; several processes share
``AMIRAL_CACHE_URL``.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = Callable[..., HttpResponse]


def client_key(request: HttpRequest) -> str:
    """Who is counted: the person when signed in, else the network address."""
    if request.user.is_authenticated:
        return f"person:{request.user.pk}"
    return f"address:{request.META.get('REMOTE_ADDR', '')}"


def is_allowed(*, scope: str, key: str, limit: int, window_s: int) -> bool:
    """Counts one more use and says whether it stays within ``limit`` per ``window_s`` seconds."""
    name = f"ratelimit:{scope}:{key}"
    if cache.add(name, 1, timeout=window_s):
        return True
    try:
        return cache.incr(name) <= limit
    except ValueError:  # the window ended between the two calls
        cache.set(name, 1, timeout=window_s)
        return True


def give_back(*, scope: str, key: str) -> None:
    """Takes one use back that ``is_allowed`` counted: for limits that only failures shall use up."""
    try:
        cache.decr(f"ratelimit:{scope}:{key}")
    except ValueError:  # its window has ended
        return


def limited(
    *, scope: str, limit: int, window_s: int, methods: tuple[str, ...] = ("POST",)
) -> Callable[[View], View]:
    """Decorates a view: past the limit it answers 429 with a sentence that says when to try again."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            counted = request.method in methods
            if counted and not is_allowed(
                scope=scope, key=client_key(request), limit=limit, window_s=window_s
            ):
                minutes = max(1, window_s // 60)
                return render(request, "kit/too_many.html", {"minutes": minutes}, status=429)
            return view(request, *args, **kwargs)

        return guarded

    return decorate
