"""The letters that tell members what happened, in the language that is active when they are made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from amiral.rooms.network.actions.reply_tokens import reply_address
from amiral.rooms.network.contracts import NotificationView
from amiral.rooms.network.models import Notification


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What the outbox is given."""

    subject: str
    body: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GroupNews:
    """What was said in one group since the last letter: ``lines`` are the newest, ``more`` the others."""

    group: str
    url: str
    lines: Sequence[str]
    more: int


def letter_of(*, row: Notification, view: NotificationView) -> Letter:
    """About one thing. Where an answer has a place, the letter says that it can be answered."""
    answer_to = reply_address(notification=row)
    context = {"view": view, "link": settings.PUBLIC_URL + view.url, "may_reply": bool(answer_to)}
    return Letter(
        subject=view.words,
        body=_body("one", context),
        headers={"Reply-To": answer_to} if answer_to else {},
    )


def letter_of_the_day(*, views: Sequence[NotificationView], news: Sequence[GroupNews]) -> Letter:
    """About everything of a day: what concerns the reader himself, then his groups."""
    context = {"views": views, "news": news, "site": settings.PUBLIC_URL}
    subject = _("Your day on the network of %(campaign)s") % {"campaign": settings.CAMPAIGN_NAME}
    return Letter(subject=subject, body=_body("day", context))


def _body(name: str, context: Mapping[str, object]) -> str:
    common = {
        "campaign_name": settings.CAMPAIGN_NAME,
        "settings_link": settings.PUBLIC_URL + reverse("network:notifications"),
        "feed_link": settings.PUBLIC_URL + reverse("network:feed"),
    }
    return render_to_string(f"network/letters/{name}.txt", {**common, **context})
