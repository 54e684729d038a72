"""The demonstration's mailbox. Outside the demonstration these pages do not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amiral.kit.errors import NotFound
from amiral.rooms.outreach import queries
from amiral.rooms.people import api as people


def demonstration_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers 404 in an installation with real persons: anybody could read anybody's letters."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMONSTRATION:
            raise NotFound
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@never_cache
@demonstration_only
def mailbox(request: HttpRequest) -> HttpResponse:
    """All letters, and the codes of the demonstration accounts' authenticators."""
    page, letters = queries.letters(page_number=request.GET.get("page", 1))
    codes = people.demonstration_codes()
    return render(request, "outreach/mailbox.html", {"page": page, "letters": letters, "codes": codes})


@require_safe
@never_cache
@demonstration_only
def letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter; its links to this site can be followed."""
    return render(request, "outreach/letter.html", {"letter": queries.letter(letter_id=letter_id)})
