"""What a room tells of persons so that segments can be made of it; knows no room.

Each room that keeps something of persons answers three ports: ``segment_criteria`` (what can be asked, in
words), ``segment_facts`` (who has what) and ``segment_watch`` (which tables to look at for changes).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext


class CriterionKind(StrEnum):
    """What is filled in: places, some of a list, a stretch of days, or a number of times since a day."""

    PLACES = "places"
    CHOICES = "choices"
    DAYS = "days"
    TIMES = "times"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was filled in, ready for a sentence: the values with their labels, the days, the times."""

    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One thing that can be asked of persons; the index keeps it under ``name``.

    ``phrase`` completes "the people who …" in the active language. ``choices`` are (value, label), read when
    a page asks for them. A number of times is kept under ``times_facet``, up to ``most_times``.
    """

    name: str
    kind: CriterionKind
    label: str
    phrase: Callable[[Asked], str]
    choices: Callable[[], tuple[tuple[str, str], ...]] = tuple
    most_times: int = 1


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Rows of one query: the person's id as text, then one value for each of ``facets``.

    A value is a text, a tuple of texts, or nothing; for those of ``moments`` the text of a moment in UTC
    (``2026-03-01 12:30…``), of which the day is kept.
    """

    facets: tuple[str, ...]
    rows: Iterable[Sequence[object]]
    moments: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A table in which a change concerns persons: ``column`` holds the key that goes in the change log.

    ``what`` says what the key is: ``"person"``, or a name that the room's ``concerned`` understands.
    Updates count when they write one of ``columns``, all when it is empty. ``whole``: one line without a key
    for as many rows as one likes, since the table is loaded by the hundred thousand.
    """

    table: str
    column: str
    what: str = "person"
    columns: tuple[str, ...] = ()
    whole: bool = False


def nobody_by_key(what: str, keys: Sequence[str]) -> Iterable[UUID]:
    """For rooms whose tables name persons directly."""
    return ()


def nobody_by_time(since: datetime, until: datetime) -> Iterable[UUID]:
    """For rooms in which nothing changes by the passing of time alone."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Watched:
    """The tables of a room. ``concerned`` turns keys that are not persons into persons; ``lapsed`` tells
    for whom something changed between two moments although no row did.
    """

    tables: tuple[Watch, ...]
    concerned: Callable[[str, Sequence[str]], Iterable[UUID]] = nobody_by_key
    lapsed: Callable[[datetime, datetime], Iterable[UUID]] = nobody_by_time


def times_facet(name: str, *, kind: str, times: int) -> str:
    """Where the index keeps the day of the ``times``-th last time, of one kind or of any (empty)."""
    return f"{name}/{kind}/{times}"


def either(words: Sequence[str]) -> str:
    """“a, b or c”."""
    if len(words) < 2:
        return "".join(words)
    return gettext("%(several)s or %(last)s") % {"several": ", ".join(words[:-1]), "last": words[-1]}


def day_words(day: date) -> str:
    """A day as one writes it: “1 March 2026”, « 1er mars 2026 »."""
    written = date_format(day, "j F Y")
    first = day.day == 1 and (get_language() or "").startswith("fr")
    return f"1er{written[1:]}" if first else written


def days_words(asked: Asked) -> str:
    """The stretch of days: “since 1 March 2026”, “until …”, “from … to …”; empty when open on both sides."""
    if asked.since and asked.until:
        return gettext("from %(since)s to %(until)s") % {
            "since": day_words(asked.since),
            "until": day_words(asked.until),
        }
    if asked.since:
        return pgettext("days", "since %(day)s") % {"day": day_words(asked.since)}
    return pgettext("days", "until %(day)s") % {"day": day_words(asked.until)} if asked.until else ""
