"""What this installation keeps about people, read from the tables themselves so that it cannot rot.

A table of ours declares ``RETENTION``; those of the libraries are listed here. The sentences have a catalogue
of their own, ``locale/<language>/LC_MESSAGES/retention.po``: no tool finds them in the code, so a test does.
"""

import gettext
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import get_language, override

LIBRARY_TABLES = {
    "account.EmailAddress": "As long as the person: the address that receives the sign-in codes.",
    "account.EmailConfirmation": "Three days: the link that confirms an address.",
    "mfa.Authenticator": "As long as the second factor is in use; erased with the person.",
    "sessions.Session": "Two weeks without a visit: keeps you signed in.",
}
"""Tables of libraries that hold something about a person, and for how long."""

TECHNICAL_TABLES = {
    "auth.Group",
    "auth.Permission",
    "contenttypes.ContentType",
}
"""Tables of libraries that hold nothing about a person."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One table: what it holds, and why and how long."""

    what: str
    why: str


def kept() -> list[Kept]:
    """Every table that is ours or holds something about a person, in the visitor's language.

    Tables in a row that are kept alike share a line.
    """
    translate = _catalogue(get_language() or settings.LANGUAGE_CODE).gettext
    lines = groupby(declared(), key=itemgetter(1))
    return [
        Kept(what=capfirst(", ".join(translate(what) for what, _why in tables)), why=translate(why))
        for why, tables in lines
    ]


def declared() -> list[tuple[str, str]]:
    """Name and retention of each table, in English, as the code declares them."""
    with override("en"):
        known = [(model, retention_of(model)) for model in apps.get_models()]
        return [(str(model._meta.verbose_name), why) for model, why in known if why]


def retention_of(model: type[Model]) -> str:
    """The table's own sentence, or ours for a library's; empty when there is none."""
    return str(getattr(model, "RETENTION", LIBRARY_TABLES.get(model._meta.label, "")))


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = str(settings.LOCALE_PATHS[0])
    return gettext.translation("retention", folder, languages=[language], fallback=True)
