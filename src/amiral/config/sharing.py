"""What a member shares: texts, picture and leaflet of what everybody may see, with a link of his own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from amiral.cores.silence import Conduct
from amiral.kit.errors import NotFound
from amiral.kit.markdown import to_html
from amiral.kit.plain_text import to_text
from amiral.rooms.mobilisation import api as mobilisation
from amiral.rooms.mobilisation.contracts import ActionCard
from amiral.rooms.network import api as network
from amiral.rooms.outreach import api as outreach
from amiral.rooms.people import api as people
from amiral.rooms.talking_points import api as talking_points
from amiral.rooms.territory import api as territory

PAGES = {
    "accueil": "home",
    "rejoindre": "people:join",
    "actions": "mobilisation:actions",
    "groupes": "network:groups",
}
PAR = re.compile(r"[A-Za-z0-9_-]{1,80}")
LONG_MAX = 700
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, kw_only=True)
class Shared:
    """Something that can be shared. ``lines``: when and where, in the active language; ``path``: where the
    link leads; ``territory_id``: empty for the whole country."""

    kind: str
    id: str
    title: str
    lines: tuple[str, ...]
    path: str
    territory_id: str
    about: str
    asks: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """One text to copy; ``id`` is of the field that holds it."""

    id: str
    label: str
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """An address that opens the reader's own program with the text in it; nothing is sent from here."""

    label: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Kit:
    """Everything on the page. ``held``: why nothing is handed out now (electoral silence), else empty."""

    shared: Shared
    link: str
    texts: tuple[Text, ...]
    ways: tuple[Way, ...]
    alt: str
    held: str
    counts: bool
    """Whether the link holds the reader's own code."""


def shared(*, kind: str, id_: str, person_id: UUID | None) -> Shared:
    """What anonymous visitors may see too; a talking point is told by members, and leads to the first page.

    Raises ``NotFound`` for anything else.
    """
    if kind == "argument" and person_id is None:
        raise NotFound
    if kind not in _MAKERS:
        raise NotFound
    return _MAKERS[kind](id_)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


def _action(id_: str) -> Shared:
    card = mobilisation.action(action_id=_uuid(id_))
    if card.is_cancelled:
        raise NotFound
    place = territory.territory(territory_id=card.commune_id).name
    return Shared(
        kind="action",
        id=str(card.id),
        title=card.title,
        lines=tuple(line for line in (_when(card), ", ".join(filter(None, (card.place, place)))) if line),
        path=card.url,
        territory_id=card.commune_id,
        about=_cut(to_text(to_html(card.description))),
        asks=_("I am going, come with me:"),
    )


def _when(card: ActionCard) -> str:
    """The next shift that is not called off, on the clock of the place; the last one when all are over."""
    open_ones = [shift for shift in card.shifts if shift.state == card.state]
    if not open_ones:
        return ""
    local = open_ones[0].starts_at.astimezone(ZoneInfo(card.zone or settings.TIME_ZONE))
    return _("%(day)s at %(time)s") % {
        "day": date_format(local, "l j F Y"),
        "time": date_format(local, "TIME_FORMAT"),
    }


def _group(id_: str) -> Shared:
    card = network.group_by_slug(slug=id_)
    return Shared(
        kind="groupe",
        id=card.slug,
        title=card.name,
        lines=(card.territory_name,) if card.territory_name != card.name else (),
        path=card.url,
        territory_id=card.territory_id,
        about="",
        asks=_("Come and meet our group:"),
    )


def _point(id_: str) -> Shared:
    found = talking_points.cards(point_ids=[_uuid(id_)], language=translation.get_language() or "fr")
    if not found:
        raise NotFound
    card = found[0]
    return Shared(
        kind="argument",
        id=str(card.point_id),
        title=card.short_line,
        lines=tuple(source.title for source in card.sources)[:2],
        path=reverse("home"),
        territory_id="",
        about=_cut(to_text(card.body_html)),
        asks=_("Did you know?"),
    )


def _page(id_: str) -> Shared:
    if id_ not in PAGES:
        raise NotFound
    titles = {
        "accueil": settings.CAMPAIGN_NAME,
        "rejoindre": _("Join %(campaign)s") % {"campaign": settings.CAMPAIGN_NAME},
        "actions": _("Actions near your home"),
        "groupes": _("The group nearest to you"),
    }
    return Shared(
        kind="page",
        id=id_,
        title=titles[id_],
        lines=(),
        path=reverse(PAGES[id_]),
        territory_id="",
        about="",
        asks=_("I take part, and you?"),
    )


_MAKERS: dict[str, Callable[[str], Shared]] = {
    "action": _action,
    "groupe": _group,
    "argument": _point,
    "page": _page,
}


def _cut(text: str) -> str:
    return text if len(text) <= LONG_MAX else f"{text[:LONG_MAX].rsplit(' ', 1)[0]} …"


def held(*, found: Shared, at: datetime) -> str:
    """The sentence of the electoral silence that forbids handing the kit out, else nothing (art. L. 49)."""
    places = (found.territory_id,) if found.territory_id else ()
    card = outreach.silence_over(territory_ids=places, at=at, conduct=Conduct.PUBLICATION)
    return card.sentence if card else ""


def link_of(*, found: Shared, par: str) -> str:
    """The public address, with the code that counts, if any."""
    return people.recruit_link(code=par, path=found.path) if par else settings.PUBLIC_URL + found.path


def own_par(*, person_id: UUID | None) -> str:
    """The reader's own code; nothing for a visitor."""
    return people.recruit_code(person_id=person_id) if person_id else ""


def par_in(text: str) -> str:
    """What stands behind ``par=``, if it can be a code at all."""
    return text if PAR.fullmatch(text) else ""


def kit(*, kind: str, id_: str, person_id: UUID | None, at: datetime) -> Kit:
    """The page of one thing, its texts in both languages. Raises ``NotFound``."""
    found = shared(kind=kind, id_=id_, person_id=person_id)
    par = own_par(person_id=person_id)
    link = link_of(found=found, par=par)
    why_not = held(found=found, at=at)
    texts = () if why_not else tuple(_texts(kind, id_, person_id, link))
    short = next((one.text for one in texts if one.language == translation.get_language()), "")
    return Kit(
        shared=found,
        link=link,
        texts=texts,
        ways=_ways(found.title, short) if short else (),
        alt=alt_of(found=found),
        held=why_not,
        counts=bool(par),
    )


def _texts(kind: str, id_: str, person_id: UUID | None, link: str) -> list[Text]:
    made = []
    labels = {
        "short": _("Short: Mastodon, Bluesky, X"),
        "message": _("Message: WhatsApp, Signal, SMS"),
        "long": _("Long: Facebook, e-mail, a page"),
    }
    for language in LANGUAGES:
        with translation.override(language):
            found = shared(kind=kind, id_=id_, person_id=person_id)
            texts = _in_one_language(found, link)
        made += [
            Text(id=f"{form}-{language}", label=labels[form], text=text, language=language)
            for form, text in texts.items()
        ]
    return made


def _in_one_language(found: Shared, link: str) -> dict[str, str]:
    details = "\n".join((found.title, *found.lines))
    return {
        "short": f"{details}\n{link}",
        "message": f"{found.asks}\n{details}\n{link}",
        "long": "\n\n".join(filter(None, (found.asks, details, found.about, link))),
    }


def _ways(title: str, text: str) -> tuple[Way, ...]:
    body = quote(text.replace("\n", "\r\n"), safe="")
    return (
        Way(label=_("By e-mail"), url=f"mailto:?subject={quote(title, safe='')}&body={body}"),
        Way(label=_("By SMS"), url=f"sms:?body={quote(text, safe='')}"),
        Way(label=_("By WhatsApp"), url=f"https://wa.me/?text={quote(text, safe='')}"),
    )


def alt_of(*, found: Shared) -> str:
    """What the picture shows, for who does not see it."""
    return _("%(campaign)s: %(details)s. A QR code leads to the page.") % {
        "campaign": settings.CAMPAIGN_NAME,
        "details": ", ".join((found.title, *found.lines)),
    }
