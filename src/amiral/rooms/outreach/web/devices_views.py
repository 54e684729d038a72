"""Pages of notifications on devices: switch this one on, each of them off."""

import re
from functools import cache
from pathlib import Path
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amiral.kit.clock import now
from amiral.kit.errors import Refused
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.outreach.actions import pushing
from amiral.rooms.outreach.queries import channels

WORKER = Path(__file__).parents[1] / "static" / "outreach" / "push-worker.js"
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux")


class DeviceForm(forms.Form):
    """What a browser gives of itself; filled in by the page's script."""

    endpoint = forms.CharField(max_length=pushing.LONGEST_ENDPOINT)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited(scope="devices", limit=30, window_s=3600)
def devices(request: HttpRequest) -> HttpResponse:
    """My devices; a POST switches this browser on."""
    if request.method == "POST":
        return _switch_on(request)
    words = {"devices": channels.devices(person_id=me(request)), "public_key": channels.public_key()}
    return render(request, "outreach/devices.html", words)


def _switch_on(request: HttpRequest) -> HttpResponse:
    form = DeviceForm(request.POST)
    try:
        if not form.is_valid():
            raise pushing.NotADevice
        device = _device(request.headers.get("User-Agent", ""))
        pushing.subscribe(person_id=me(request), device=device, at=now(), **form.cleaned_data)
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Notifications are on for this device."))
    return redirect("outreach:devices")


def _device(agent: str) -> str:
    """Browser and system, as far as the list needs to tell devices apart; no version."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for name in SYSTEMS if re.search(name, agent)), "")
    return ", ".join(filter(None, [browser, system]))


@never_cache
@login_required
@require_POST
@limited(scope="devices", limit=30, window_s=3600)
def switch_off(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """No more notifications on one of my devices."""
    pushing.switch_off(person_id=me(request), device_id=device_id)
    messages.success(request, _("Notifications are off for that device."))
    return redirect("outreach:devices")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker that shows notifications: the same for everybody, it knows nobody."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@cache
def _worker() -> str:
    return WORKER.read_text("utf-8")
