"""What stands in a text message: who writes, the words, how to stop it; how many parts, what it costs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from amiral.kit.sms.text import Sms, as_sms
from amiral.rooms.outreach.contracts import Lint, MailingTexts
from amiral.rooms.outreach.queries.mailing_text import FIELDS

MOST_PARTS = 6
"""Longer is a letter."""
_FIELD = re.compile(r"\{([^{}|\n]{1,30})(?:\|([^{}\n]{0,80}))?\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


@dataclass(frozen=True, kw_only=True)
class SmsPreview:
    """A text as somebody gets it, and what it costs. ``dear``: the characters that make it cost more."""

    text: str
    parts: int
    left: int
    dear: str
    cents: float


def has_gateway() -> bool:
    """Whether a gateway is set: texts then leave by the process that holds its line, and by no other."""
    return bool(settings.SMS_GATEWAY)


def is_possible() -> bool:
    """Whether a text can be sent at all; the demonstration keeps it on a page."""
    return has_gateway() or settings.DEMONSTRATION


def sms_of(*, text: str, language: str, may_stop: bool = True) -> Sms:
    """A text as it leaves: who writes, and how to stop it. ``may_stop``: not for a code that is awaited."""
    with translation.override(language):
        whole = pgettext("sms", "%(campaign)s: %(text)s") % {
            "campaign": settings.CAMPAIGN_NAME,
            "text": text.strip(),
        }
        return as_sms(f"{whole}\n{stop_words()}" if may_stop else whole)


def stop_words() -> str:
    """How to receive no more of it, in the active language (code des postes, art. L. 34-5)."""
    if settings.SMS_STOP:
        return pgettext("sms", "STOP to %(number)s") % {"number": settings.SMS_STOP}
    return pgettext("sms", "Reply STOP to end")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A mailing's text with one person's values; what is no field stays as it was typed."""

    def fill(found: re.Match[str]) -> str:
        name = FIELDS.get(found[1].strip().casefold())
        if name is None:
            return found[0]
        value = _CONTROL.sub(" ", values.get(name, "")).strip()
        return value or (found[2] or "").strip()

    return _FIELD.sub(fill, text)


def preview(*, text: str, language: str, values: Mapping[str, str]) -> SmsPreview:
    """A mailing's text as somebody gets it."""
    sms = sms_of(text=filled(text, values), language=language)
    return SmsPreview(
        text=sms.text,
        parts=len(sms.parts),
        left=sms.left,
        dear=" ".join(sms.dear),
        cents=len(sms.parts) * settings.SMS_PRICE_CENTS,
    )


def lint(*, french: MailingTexts, english: MailingTexts) -> tuple[Lint, ...]:
    """What keeps a mailing by SMS from leaving, then what should be looked at."""
    found = []
    if not is_possible():
        found.append(Lint(sentence=_("No SMS gateway is set: nothing can leave by SMS. See the settings.")))
    if not french.body.strip():
        found.append(Lint(sentence=_("The French text is missing: most people read that one. Write it.")))
    for language, one in (("fr", french), ("en", english)):
        found += _lint_text(one.body, language) if one.body.strip() else []
    return tuple(sorted(found, key=lambda problem: not problem.stops))


def _lint_text(body: str, language: str) -> list[Lint]:
    words = {"language": _("in French") if language == "fr" else _("in English")}
    found = [
        Lint(
            sentence=_(
                "There is no field {%(name)s} (text %(language)s). There are {prenom}, {nom}, {commune}."
            )
            % (words | {"name": name})
        )
        for name in dict.fromkeys(match[1] for match in _FIELD.finditer(body))
        if name.strip().casefold() not in FIELDS
    ]
    sms = sms_of(text=body, language=language)
    if len(sms.parts) > MOST_PARTS:
        found.append(
            Lint(
                sentence=_("The text %(language)s is longer than %(most)s SMS: shorten it.")
                % (words | {"most": MOST_PARTS})
            )
        )
    if sms.dear:
        found.append(
            Lint(
                sentence=_("Because of %(signs)s the text %(language)s holds 70 characters a part, not 160.")
                % (words | {"signs": " ".join(sms.dear)}),
                stops=False,
            )
        )
    return found
