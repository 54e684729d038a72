"""What every page's template may use."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from amiral.config.sharing import par_in
from amiral.kit.clock import now
from amiral.rooms.debate import api as debate
from amiral.rooms.outreach import api as outreach
from amiral.rooms.outreach.contracts import SilenceBanner
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Feature, MandateCard


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
    jobs: str
    """The page of background work, for administrators; else empty."""
    networks: str
    """The page of other networks, for administrators; else empty."""


def site(request: HttpRequest) -> dict[str, object]:
    """Names and switches of this installation; the navigation and the replies under the page: three queries,
    when a page shows them."""
    return {
        "campaign_name": settings.CAMPAIGN_NAME,
        "demonstration": settings.DEMONSTRATION,
        "languages": settings.LANGUAGES,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "silence": SimpleLazyObject(lambda: silence(request)),
        "public_url": settings.PUBLIC_URL,
        "join_url": SimpleLazyObject(lambda: join_url(request)),
        "replies": SimpleLazyObject(lambda: debate.replies_of(page=request.path)),
    }


def join_url(request: HttpRequest) -> str:
    """The join form, with the code by which the visitor came: passed on by links, without a cookie."""
    par = par_in(request.GET.get("par", ""))
    return address_of("people:join") + (f"?par={par}" if par else "")


def silence(request: HttpRequest) -> SilenceBanner | None:
    """The electoral silence that concerns who is signed in, or is near. One query while no ballot is near."""
    person_id = request.user.pk if request.user.is_authenticated else None
    return outreach.silences_of(person_id=person_id, at=now()) if person_id else None


def navigation(request: HttpRequest) -> Navigation:
    """What the header shows to this visitor. At most one query."""
    person_id = request.user.pk if request.user.is_authenticated else None
    mandates = people.mandates_of(person_id=person_id) if person_id else ()
    features = frozenset(feature for mandate in mandates for feature in mandate.features)
    return Navigation(
        rooms=_entries(request, _rooms(signed_in=bool(person_id), features=features)),
        person=_entries(request, [(_("Me"), "people:me")]) if person_id else _visitor(request),
        sign_out=address_of("account_logout") if person_id else "",
        mailbox=address_of("outreach:mailbox") if settings.DEMONSTRATION else "",
        mandates=address_of("people:mandates") if features else "",
        jobs=address_of("jobs") if any(map(_administers, mandates)) else "",
        networks=address_of("network:federation") if any(map(_administers, mandates)) else "",
    )


def _visitor(request: HttpRequest) -> tuple[Entry, ...]:
    sign_in = _entries(request, [(_("Sign in"), "account_request_login_code")])
    join = _entries(request, [(_("Join"), "people:join")], strong=True)
    return sign_in + tuple(replace(entry, url=join_url(request)) for entry in join)


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
        (True, _("Debates"), "debate:consultations"),
        (signed_in, _("My feed"), "network:feed"),
        (signed_in, _("My actions"), "mobilisation:my_actions"),
        (bool(features & {Feature.MANAGE_FIELD, Feature.SEE_COVERAGE}), _("Field"), "field:canvasses"),
        (Feature.MODERATE in features, _("Moderation"), "moderation:reports"),
        (Feature.IMPORT_REFERENCE in features, _("Data"), "territory:files"),
        (Feature.IMPORT_SUPPORTERS in features, _("Supporters"), "people:supporter_imports"),
        (bool(features), _("Mandates"), "people:mandates"),
        (Feature.MERGE_PERSONS in features, _("Duplicates"), "people:duplicates"),
        (Feature.USE_SEGMENTS in features, _("Segments"), "outreach:segments"),
        (Feature.SEND_MAILINGS in features, _("Mailings"), "outreach:mailings"),
        (Feature.HANDLE_REQUESTS in features, _("Requests"), "people:rights"),
        (bool(features), _("Messages"), "outreach:sendings"),
        (bool(features), _("Ballots"), "outreach:ballots"),
        (settings.FEDERATION and Feature.MANAGE_GROUPS in features, _("Outside"), "network:outside"),
    ]
    return [(label, name) for shown, label, name in pages if shown]


def _administers(mandate: MandateCard) -> bool:
    return mandate.territory_id == "pays:FR" and Feature.MANAGE_MANDATES in mandate.features


def _entries(
    request: HttpRequest, pages: list[tuple[str, str]], *, strong: bool = False
) -> tuple[Entry, ...]:
    found = [(label, address_of(name)) for label, name in pages]
    here = max((url for _label, url in found if url and request.path.startswith(url)), key=len, default="")
    return tuple(
        Entry(label=label, url=url, current=url == here, strong=strong) for label, url in found if url
    )
