"""Pages that belong to no room: home, legal notice, health, errors."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page of a visitor."""
    return render(request, "config/home.html")


@require_safe
def legal(request: HttpRequest) -> HttpResponse:
    """Who publishes this site, what it keeps and for how long."""
    return render(request, "config/legal.html")


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answers while the process serves; for supervisors."""
    return JsonResponse({"ok": True})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, said in words."""
    return render(request, "config/error.html", {"code": 403}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: missing and forbidden answer alike."""
    return render(request, "config/error.html", {"code": 404}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500, without a query."""
    return render(request, "config/error.html", {"code": 500}, status=500)
