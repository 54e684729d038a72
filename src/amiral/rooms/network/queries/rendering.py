"""What is said, made into HTML once, when it is written: making it anew was most of a list page's cost."""

import re
from collections.abc import Mapping
from html import escape, unescape

from amiral.kit.markdown import to_html
from amiral.rooms.network.contracts import EXCERPT_CHARACTERS

HANDLE = re.compile(r"(?<![\w@./&-])@([a-z0-9]+(?:-[a-z0-9]+)*(?:\.[0-9a-f]{4})?)", re.IGNORECASE)
"""A name behind an @, as ``handle_of`` writes it; not the second half of an address."""
_TAG = re.compile(r"(<[^>]*>)")
_BLANK = re.compile(r"\s+")
NAMES_MAX = 20
"""More names in one text are left as they are: calling everybody is what announcements are for."""


def handles_in(text: str) -> tuple[str, ...]:
    """The names called in a text, in lower case, each once, in order."""
    return tuple(dict.fromkeys(found.lower() for found in HANDLE.findall(text)))[:NAMES_MAX]


def html_of(text: str, *, names: Mapping[str, str] | None = None) -> str:
    """Safe HTML; ``names``: public name by handle, put in the place of each @handle."""
    html = str(to_html(text))
    if not names:
        return html
    # What nh3 wrote has no bare "<" in its text, so that this cuts between text and tags.
    return "".join(
        part if part.startswith("<") else HANDLE.sub(lambda found: _named(found, names), part)
        for part in _TAG.split(html)
    )


def _named(found: re.Match[str], names: Mapping[str, str]) -> str:
    name = names.get(found[1].lower())
    return f'<span class="mention">@{escape(name)}</span>' if name else found[0]


def excerpt_of(html: str) -> str:
    """The first words, without marks: what a letter quotes, and what a list shows of a long post."""
    plain = _BLANK.sub(" ", unescape(_TAG.sub(" ", html))).strip()
    if len(plain) <= EXCERPT_CHARACTERS:
        return plain
    return plain[: EXCERPT_CHARACTERS - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
