"""The page behind the link of every letter that needs consent. No account, no cookie, no script."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from amiral.kit.clock import now
from amiral.kit.ratelimit import is_allowed
from amiral.rooms.outreach.actions import unsubscribing

PER_LINK = 20
"""Posts of one link in an hour. Not counted by address: one provider posts for all its users."""


# A mail program posts here by itself (RFC 8058): no cookie, no token of a form. The link is the secret.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, whoever follows the link: scanners of mail follow them all. POST does it, at once."""
    if request.method != "POST":
        return render(request, "outreach/unsubscribe.html", {"card": unsubscribing.card(token=token)})
    if not is_allowed(scope="unsubscribe", key=token, limit=PER_LINK, window_s=3600):
        return render(request, "kit/too_many.html", {"minutes": 60}, status=429)
    if request.POST.get("everything") == "1":
        unsubscribing.end_everything(token=token, at=now())
        return render(request, "outreach/unsubscribed_everything.html")
    done = unsubscribing.unsubscribe(token=token, at=now())
    return render(request, "outreach/unsubscribed.html", {"card": done})
