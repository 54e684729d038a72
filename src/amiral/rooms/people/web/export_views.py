"""All that is kept of me, to be read; the file for machines is beside it."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amiral.kit.clock import now
from amiral.kit.ratelimit import limited
from amiral.kit.requests import me
from amiral.rooms.people.actions import account

Rows = list[tuple[str, list[tuple[str, str]]]]


@never_cache
@login_required
@require_safe
@limited(scope="export", limit=10, window_s=3600, methods=("GET",))
def read(request: HttpRequest) -> HttpResponse:
    """Every row, by part of the platform."""
    kept = account.export(person_id=me(request), at=now())
    kept["kit"] = kept.pop("kit")  # the log lines last: they are many and say little
    parts = [
        (room_name(room), list(_rows(told))) for room, told in kept.items() if isinstance(told, list | dict)
    ]
    return render(request, "people/export.html", {"parts": [part for part in parts if part[1]]})


def room_name(room: str) -> str:
    """A part of the platform, in the active language."""
    return {
        "people": pgettext("part", "Account, consents, mandates"),
        "outreach": pgettext("part", "Messages"),
        "moderation": pgettext("part", "Reports"),
        "network": pgettext("part", "Groups and what you said"),
        "talking_points": pgettext("part", "Talking points"),
        "mobilisation": pgettext("part", "Actions"),
        "field": pgettext("part", "Canvasses and visits"),
        "kit": pgettext("part", "Log lines"),
    }.get(room, room)


def _rows(told: Any, name: str = "") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """``(name, fields)`` of every row, however deep the room keeps them."""
    if isinstance(told, list):
        for one in told:
            yield from _rows(one, name)
    elif isinstance(told, dict):
        nested = {key: value for key, value in told.items() if isinstance(value, list | dict) and value}
        plain = [
            (_word(key), _said(value)) for key, value in told.items() if key not in nested and key != "table"
        ]
        if any(value for _key, value in plain):
            yield _word(str(told.get("table", name))), [pair for pair in plain if pair[1]]
        for key, value in nested.items():
            yield from _rows(value, key)
    elif told not in (None, ""):
        yield _word(name), [("", _said(told))]


def _word(name: str) -> str:
    return name.replace("_", " ")


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)
