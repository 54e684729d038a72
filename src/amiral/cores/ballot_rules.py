"""Two prohibitions around a ballot beside silence: results before the close, and free-phone numbers.

Code électoral, art. L. 52-2: no result of an election, partial or final, may be told to the public, by
whatever means, in metropolitan France before its last station has closed. Art. L. 50-1: during the three
months before the first day of the month of a ballot, and until the day on which it is decided, no telephone
or telematic number that is free of charge may be told to the public by, or for, a candidate or a list.

Nothing here knows a date of its own: rounds are rows, given by the caller. Pure functions; instants are UTC.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from amiral.cores.silence import PARIS, Poll, Round, instant, results_hidden_until

MONTHS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Ban:
    """A prohibition because of ``round``: ``start`` included, ``end`` excluded."""

    start: datetime
    end: datetime
    round: str

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= at < self.end


def is_metropolitan(poll: Poll) -> bool:
    """Whether a poll is held on the clock of Paris: all of metropolitan France is, and nothing else."""
    return poll.zone == PARIS


def results_ban(round_: Round) -> Ban:
    """From midnight of the first poll to the close of the last metropolitan station (L. 52-2)."""
    start = min(instant(poll.day, time(0), poll.zone) for poll in round_.polls)
    there = {poll.area for poll in round_.polls if is_metropolitan(poll)}
    return Ban(start=start, end=results_hidden_until(round_, metropolitan=there), round=round_.name)


def results_held(rounds: Iterable[Round], *, areas: Collection[str], at: datetime) -> Ban | None:
    """The ban that forbids to tell results of ``areas`` at ``at``, the longest one; ``None``: told.

    A round without a poll in any of the areas holds nothing of theirs back.
    """
    bans = (results_ban(r) for r in rounds if any(poll.area in areas for poll in r.polls))
    return max((ban for ban in bans if at in ban), key=lambda ban: ban.end, default=None)


def months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months before that of ``day``."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def free_phone_ban(round_: Round) -> Ban:
    """From three months before the first day of the month of the ballot to its last close (L. 50-1).

    A round that decides nothing is followed by the second one, whose ban has begun long before.
    """
    first = min(round_.polls, key=lambda poll: poll.day)
    begins = months_before(first.day, MONTHS)
    start = min(instant(begins, time(0), poll.zone) for poll in round_.polls)
    return Ban(start=start, end=round_.closed_at, round=round_.name)


def free_phone_forbidden(rounds: Iterable[Round], *, areas: Collection[str], at: datetime) -> Ban | None:
    """The ban on free numbers towards people of ``areas``, the one that lasts longest; ``None``: allowed."""
    bans = (free_phone_ban(r) for r in rounds if any(poll.area in areas for poll in r.polls))
    return max((ban for ban in bans if at in ban), key=lambda ban: ban.end, default=None)


_SEPARATOR = r"[\s.\-–/()\u00a0\u202f]*"
_FREE = re.compile(
    # 0800 to 0805 with six more digits, with or without the country's code, however they are grouped.
    rf"(?<![\d+])(?:(?:\+|00){_SEPARATOR}33{_SEPARATOR}(?:\(?0\)?{_SEPARATOR})?|0)"
    rf"{_SEPARATOR}8{_SEPARATOR}0{_SEPARATOR}[0-5](?:{_SEPARATOR}\d){{6}}(?!\d)"
)


def free_phone_in(text: str) -> str:
    """The first number free of charge in a text as it is written (0800 to 0805, +33 800 …), else nothing."""
    found = _FREE.search(text)
    return found.group().strip() if found else ""
