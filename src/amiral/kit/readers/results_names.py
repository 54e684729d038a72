"""Which ballot a file of results tells of, from its name: kind, round and day where they are certain."""

import datetime
import re
from dataclasses import dataclass

from .columns import plain_name

_KINDS: tuple[tuple[str, str], ...] = (
    ("presidentielle", r"presidentielles?|presid|pres|prs|pr(?=\d{2}|t\d)|p(?=\d{4})"),
    ("legislatives", r"legislatives?|legi|leg|lg(?=\d{2}|t\d)"),
    ("europeennes", r"europeennes?|euro|er(?=\d{2}|t\d)|eu(?=\d{2})"),
    ("municipales", r"municipales?|muni|mun|mn(?=\d{2}|t\d)"),
    ("regionales", r"regionales?|regio|rg(?=\d{2}|t\d)"),
    ("departementales", r"departementales?|cantonales?|dp(?=\d{2}|t\d)|cn(?=\d{2}|t\d)"),
    ("referendum", r"referendum|rf(?=\d{2})"),
    ("primaire", r"primaires?"),
)
KINDS: tuple[str, ...] = (*(kind for kind, _words in _KINDS), "autre")
"""What a ballot elects; the values are stable."""

_DAYS: dict[str, str] = {
    "presidentielle": "2002-04-21 2002-05-05 2007-04-22 2007-05-06 2012-04-22 2012-05-06 2017-04-23"
    " 2017-05-07 2022-04-10 2022-04-24",
    "legislatives": "2002-06-09 2002-06-16 2007-06-10 2007-06-17 2012-06-10 2012-06-17 2017-06-11 2017-06-18"
    " 2022-06-12 2022-06-19 2024-06-30 2024-07-07",
    "europeennes": "1999-06-13 2004-06-13 2009-06-07 2014-05-25 2019-05-26 2024-06-09",
    "municipales": "2001-03-11 2001-03-18 2008-03-09 2008-03-16 2014-03-23 2014-03-30 2020-03-15 2020-06-28"
    " 2026-03-15 2026-03-22",
    "regionales": "2004-03-21 2004-03-28 2010-03-14 2010-03-21 2015-12-06 2015-12-13 2021-06-20 2021-06-27",
    "departementales": "2004-03-21 2004-03-28 2008-03-09 2008-03-16 2011-03-20 2011-03-27 2015-03-22"
    " 2015-03-29 2021-06-20 2021-06-27",
    "referendum": "2000-09-24 2005-05-29",
    "primaire": "2011-10-09 2011-10-16",
}
"""Days of the general ballots, by kind, the rounds of a year in order."""

_ONE_ROUND = frozenset({"europeennes", "referendum"})
_ROUND = re.compile(
    r"(?:^|[^a-z0-9])(?:t|tour|tours|round)[ _.-]?([12])(?![0-9])(?!t)|"
    r"(?:^|[^a-z0-9])([12])(?:er|ere|e|eme|nd|nde|st)?[ _.-]?tour(?![a-z])"
)
_BOTH = re.compile(r"t1[ _.-]?t2|tours?[ _.-]?1[ _.-]?(?:et|and|&)[ _.-]?2")
_AFTER_KIND = re.compile(r"^[ _.-]([12])(?=[ _.-]|$)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)(?!\d)")


@dataclass(frozen=True, kw_only=True)
class BallotGuess:
    """What is certain of a ballot; ``None`` and 0 are to be asked for."""

    kind: str = ""
    year: int | None = None
    round: int = 0
    date: datetime.date | None = None


def recognise(name: str) -> BallotGuess:
    """The ballot of a file name such as ``2017-presidentielle-1.csv`` or ``PR12_Bvot_T1T2.txt``."""
    words = _plain(name)
    kind, after = _kind(words)
    year = _year(words, after)
    number = _round(words, after) or (1 if kind in _ONE_ROUND else 0)
    return BallotGuess(
        kind=kind, year=year, round=number, date=_told_day(words) or day_of(kind, year, number)
    )


def day_of(kind: str, year: int | None, number: int) -> datetime.date | None:
    """The day of a general ballot of that year, if there was one."""
    days = [one for one in _DAYS.get(kind, "").split() if one.startswith(f"{year}-")]
    return datetime.date.fromisoformat(days[number - 1]) if 0 < number <= len(days) else None


def _plain(name: str) -> str:
    """Lower case without accents, separators kept."""
    return "".join(plain_name(c) or ("-" if c in "-–" else c if c in "._ " else " ") for c in name).lower()


def _kind(words: str) -> tuple[str, str]:
    """The kind, and what follows its name."""
    best: tuple[int, str, str] | None = None
    for kind, pattern in _KINDS:
        found = re.search(rf"(?:^|[^a-z])(?:{pattern})(?![a-z])", words)
        if found and (best is None or found.start() < best[0]):
            best = (found.start(), kind, words[found.end() :])
    return (best[1], best[2]) if best else ("", "")


def _year(words: str, after: str) -> int | None:
    found = _YEAR.search(words) or _YEAR.search(re.sub(r"[^0-9]+", " ", words))
    if found:
        return int(found[1])
    short = re.match(r"(\d{2})(?!\d)", after)
    return 2000 + int(short[1]) if short else None


def _round(words: str, after: str) -> int:
    if _BOTH.search(words):
        return 0
    found = {int(a or b) for a, b in _ROUND.findall(words)}
    behind = _AFTER_KIND.match(after)
    if not found and behind:
        found = {int(behind[1])}
    return found.pop() if len(found) == 1 else 0


def _told_day(words: str) -> datetime.date | None:
    found = _DAY.search(words)
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
