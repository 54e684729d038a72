"""What every page's template may use."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One link of the header. ``strong`` is shown as a button."""

    label: str
    url: str
    current: bool
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Navigation:
    """The header and the footer of one request."""

    rooms: tuple[Entry, ...]
    person: tuple[Entry, ...]
    sign_out: str
    mailbox: str
    mandates: str
    """The page of mandates, for who holds one; else empty."""


def site(request: HttpRequest) -> dict[str, object]:
    """Names and switches of this installation, and the navigation: one query, when a page shows it."""
    return {
        "campaign_name": settings.CAMPAIGN_NAME,
        "demonstration": settings.DEMONSTRATION,
        "languages": settings.LANGUAGES,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
    }


def navigation(request: HttpRequest) -> Navigation:
    """What the header shows to this visitor. At most one query."""
    person_id = request.user.pk if request.user.is_authenticated else None
    features = _features_of(person_id)
    return Navigation(
        rooms=_entries(request, _rooms(signed_in=bool(person_id), features=features)),
        person=_entries(request, [(_("Me"), "people:me")]) if person_id else _visitor(request),
        sign_out=address_of("account_logout") if person_id else "",
        mailbox=address_of("outreach:mailbox") if settings.DEMONSTRATION else "",
        mandates=address_of("people:mandates") if features else "",
    )


def _visitor(request: HttpRequest) -> tuple[Entry, ...]:
    sign_in = _entries(request, [(_("Sign in"), "account_request_login_code")])
    return sign_in + _entries(request, [(_("Join"), "people:join")], strong=True)


def address_of(name: str) -> str:
    """The address of a named page, empty when this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _rooms(*, signed_in: bool, features: frozenset[Feature]) -> list[tuple[str, str]]:
    """Labels and names of pages, in the order of the header."""
    pages = [
        (True, _("Groups"), "network:groups"),
        (True, _("Actions"), "mobilisation:actions"),
        (True, _("Talking points"), "talking_points:points"),
        (signed_in, _("My actions"), "mobilisation:my_actions"),
        (bool(features & {Feature.MANAGE_FIELD, Feature.SEE_COVERAGE}), _("Field"), "field:canvasses"),
        (Feature.MODERATE in features, _("Moderation"), "moderation:reports"),
        (Feature.IMPORT_REFERENCE in features, _("Data"), "territory:files"),
        (Feature.IMPORT_SUPPORTERS in features, _("Supporters"), "people:supporter_imports"),
        (bool(features), _("Mandates"), "people:mandates"),
        (Feature.MERGE_PERSONS in features, _("Duplicates"), "people:duplicates"),
        (Feature.USE_SEGMENTS in features, _("Segments"), "outreach:segments"),
        (Feature.HANDLE_REQUESTS in features, _("Requests"), "people:rights"),
    ]
    return [(label, name) for shown, label, name in pages if shown]


def _features_of(person_id: UUID | None) -> frozenset[Feature]:
    """Everything that the person's mandates in force open, wherever. One query; none for a visitor."""
    mandates = people.mandates_of(person_id=person_id) if person_id else ()
    return frozenset(feature for mandate in mandates for feature in mandate.features)


def _entries(
    request: HttpRequest, pages: list[tuple[str, str]], *, strong: bool = False
) -> tuple[Entry, ...]:
    found = [(label, address_of(name)) for label, name in pages]
    here = max((url for _label, url in found if url and request.path.startswith(url)), key=len, default="")
    return tuple(
        Entry(label=label, url=url, current=url == here, strong=strong) for label, url in found if url
    )
