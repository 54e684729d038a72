"""What stands around the words of a message to somebody who agreed to it: who writes, why, which rights.

The templates are in ``templates/outreach/letters/``; ``lint`` reads them as a receiver would, in each
language, and a system check fails when one of them does not say what the law asks for (GDPR art. 13, 14 and
21, code des postes et des communications électroniques art. L. 34-5).
"""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from amiral.kit.plain_text import to_text
from amiral.rooms.people import api as people
from amiral.rooms.people.contracts import Notice, Purpose

CNIL: Final = "https://www.cnil.fr/fr/plaintes"
SAMPLE: Final = "https://example.org/desinscription/x/"


@dataclass(frozen=True, kw_only=True)
class Framed:
    """Text and HTML as they leave; ``html`` empty when there was none."""

    text: str
    html: str


def framed(*, text: str, html: str, purpose: str, language: str, unsubscribe_url: str) -> Framed:
    """The words of a message with their frame, in the receiver's language. ``html``: safe, a fragment."""
    with translation.override(language):
        words = dict(mentions(purpose=purpose, unsubscribe_url=unsubscribe_url))
        footer = render_to_string("outreach/letters/footer.txt", words)
        body = mark_safe(html)  # noqa: S308  written by us or by kit.markdown, never by whoever typed it
        whole = render_to_string(
            "outreach/letters/letter.html", {**words, "body": body, "language": language}
        )
    return Framed(text=f"{text.rstrip()}\n\n{footer}", html=whole if html else "")


def mentions(*, purpose: str, unsubscribe_url: str) -> tuple[tuple[str, str], ...]:
    """What every message that needs consent must say, by name, in the active language."""
    return (
        ("controller", settings.PUBLISHER or settings.CAMPAIGN_NAME),
        ("purpose", people.purpose_name(purpose=purpose)),
        ("origin", _("what you gave us yourself, or the file that our first message to you named")),
        ("rights", f"{settings.PUBLIC_URL}/mes-droits/"),
        ("complaint", CNIL),
        ("unsubscribe", unsubscribe_url),
    )


def lint() -> tuple[str, ...]:
    """One line for each template, language and mention that is missing."""
    return tuple(
        f"{part} ({language}, {purpose}): {name}"
        for language, _name in settings.LANGUAGES
        for purpose in Purpose
        for part, name in _missing(language, purpose)
    )


def _missing(language: str, purpose: str) -> list[tuple[str, str]]:
    made = framed(text="x", html="<p>x</p>", purpose=purpose, language=language, unsubscribe_url=SAMPLE)
    with translation.override(language):
        notice = Notice(text="", mentions=mentions(purpose=purpose, unsubscribe_url=SAMPLE))
    parts = {"footer.txt": made.text, "letter.html": to_text(made.html)}
    return [
        (part, name)
        for part, text in parts.items()
        for name in people.missing_mentions(text=text, notice=notice)
    ]
