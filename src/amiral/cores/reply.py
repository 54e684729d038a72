"""The right of reply as versioned rules: who may ask until when, how long the answer may take, how long
and where it stands.

Two regimes. Online: LCEN art. 1-1 III (loi n° 2004-575 as changed by loi n° 2024-449 of 21 May 2024) with
décret n° 2007-1527. Periodicals: law of 29 July 1881, art. 13. A rule set is data with its source; which
one holds is a matter of the day on which the request arrives. An engineering reading: a lawyer must
confirm a rule set before a campaign relies on it.

Deadlines. What binds the publisher is read at its earliest: days are counted to the same local hour, so
that no reading of the law makes an answer late. What binds the person who asks is read at its latest: to
the end of the last day. Week-ends and holidays suspend nothing.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo


class Regime(StrEnum):
    """Under which law a publication stands."""

    ONLINE = "online"
    PERIODICAL = "periodical"


class Step(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    PROVEN = "proven"
    ADMISSIBLE = "admissible"
    PUBLISHED = "published"
    REFUSED = "refused"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


NEXT: Mapping[Step, frozenset[Step]] = MappingProxyType(
    {
        Step.RECEIVED: frozenset({Step.PROVEN, Step.REFUSED, Step.WITHDRAWN}),
        Step.PROVEN: frozenset({Step.ADMISSIBLE, Step.REFUSED, Step.SETTLED, Step.WITHDRAWN}),
        Step.ADMISSIBLE: frozenset({Step.PUBLISHED, Step.REFUSED, Step.SETTLED, Step.WITHDRAWN}),
        Step.PUBLISHED: frozenset(),
        Step.REFUSED: frozenset({Step.ADMISSIBLE, Step.SETTLED}),
        Step.SETTLED: frozenset(),
        Step.WITHDRAWN: frozenset(),
    }
)
"""Steps that may follow a step; a refusal may be taken back, by persuasion or by a judge."""


class Ground(StrEnum):
    """Why a request may be refused."""

    LATE = "late"
    TOO_LONG = "too-long"
    NOT_CONCERNED = "not-concerned"
    NOT_IDENTIFIED = "not-identified"
    NOT_A_REPLY = "not-a-reply"
    UNLAWFUL = "unlawful"
    DIRECT_ANSWER_OPEN = "direct-answer-open"


BY_MACHINE = frozenset({Ground.LATE, Ground.TOO_LONG})
"""Grounds that follow from dates and lengths; a person decides on the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSet:
    """What the law says, from ``valid_from`` on. ``sources`` name the texts.

    ``ask_months``: months after publication to ask. ``answer``: time to publish from receipt;
    ``answer_electoral`` while an electoral period runs. ``least_lines`` may always be used, even under a
    shorter text; ``most_lines`` is never passed; ``line`` characters make one (the law does not say: our
    convention, stated on the page). ``least_shown``: the reply stands as long as the text, and at least
    this.
    """

    name: str
    regime: Regime
    valid_from: date
    ask_months: int
    answer: timedelta
    answer_electoral: timedelta
    least_lines: int
    most_lines: int
    least_shown: timedelta
    sources: tuple[str, ...]
    line: int = 75


_ONLINE = RuleSet(
    name="online-2007",
    regime=Regime.ONLINE,
    valid_from=date(2007, 10, 27),
    ask_months=3,
    answer=timedelta(days=3),
    answer_electoral=timedelta(hours=24),
    least_lines=0,
    most_lines=200,
    least_shown=timedelta(days=1),
    sources=("loi n° 2004-575, art. 6 IV", "décret n° 2007-1527"),
)

RULES: tuple[RuleSet, ...] = (
    _ONLINE,
    replace(
        _ONLINE,
        name="online-2024",
        valid_from=date(2024, 5, 21),
        sources=("loi n° 2004-575, art. 1-1 III", "décret n° 2007-1527"),
    ),
    replace(
        _ONLINE,
        name="periodical-2000",
        regime=Regime.PERIODICAL,
        valid_from=date(2000, 6, 16),
        least_lines=50,
        sources=("loi du 29 juillet 1881, art. 13",),
    ),
)
"""Rule sets that we know, oldest first within a regime. Twenty-four hours in an electoral period bind
daily papers (art. 13); online they are the campaign's own promise."""


def rules_on(day: date, regime: Regime, rules: Iterable[RuleSet] = RULES) -> RuleSet:
    """The rule set in force on ``day``. Raises ``LookupError`` before the first one."""
    found = [rule for rule in rules if rule.regime is regime and rule.valid_from <= day]
    if not found:
        raise LookupError(f"No rule set for {regime.value} holds on {day}.")
    return max(found, key=lambda rule: rule.valid_from)


def due(received_at: datetime, rules: RuleSet, *, zone: str, electoral: bool) -> datetime:
    """When a reply must stand at the latest: an instant in UTC.

    Days run on the publisher's clock (``zone``) to the same hour; hours are hours. Where a change of hour
    makes that later than as many times 24 hours, the 24 hours hold.
    """
    if electoral:
        return received_at.astimezone(UTC) + rules.answer_electoral
    tz = ZoneInfo(zone)
    local = received_at.astimezone(tz)
    same_hour = datetime.combine(local.date() + rules.answer, local.time(), tzinfo=tz)
    return min(same_hour.astimezone(UTC), received_at.astimezone(UTC) + rules.answer)


def may_ask_until(published_at: datetime, rules: RuleSet, *, zone: str) -> datetime:
    """The end (excluded) of the last day on which a request is in time, on the publisher's clock: an
    instant in UTC.

    Months go to the same day, or to the last one of a shorter month.
    """
    tz = ZoneInfo(zone)
    day = published_at.astimezone(tz).date()
    months = day.month - 1 + rules.ask_months
    year, month = day.year + months // 12, months % 12 + 1
    last = date(year, month, min(day.day, monthrange(year, month)[1]))
    end = datetime.combine(last + timedelta(days=1), time(0), tzinfo=tz)
    return max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def lines_of(text: str, width: int) -> int:
    """Lines of a text printed ``width`` characters wide; an empty line between two others counts."""
    return sum(max(1, -(-len(line) // width)) for line in text.strip().splitlines())


def most_lines(original: str, rules: RuleSet) -> int:
    """How long a reply to ``original`` may be."""
    return min(rules.most_lines, max(rules.least_lines, lines_of(original, rules.line)))


def objections(
    *,
    original: str,
    reply: str,
    published_at: datetime,
    received_at: datetime,
    rules: RuleSet,
    zone: str,
) -> tuple[Ground, ...]:
    """The grounds for a refusal that a machine can see; none does not mean that the reply must be
    published."""
    found = []
    if received_at >= may_ask_until(published_at, rules, zone=zone):
        found.append(Ground.LATE)
    if lines_of(reply, rules.line) > most_lines(original, rules):
        found.append(Ground.TOO_LONG)
    return tuple(found)


def shown_until(
    *, reply_from: datetime, original_from: datetime, original_until: datetime | None, rules: RuleSet
) -> datetime | None:
    """How long a reply must stand: as long as the text stands (None: both do); if the text is gone, as
    long as it stood, and at least ``least_shown``."""
    if original_until is None:
        return None
    stood = original_until - original_from
    return max(original_until, reply_from + max(stood, rules.least_shown))


def is_late(*, step: Step, at: datetime, due_at: datetime) -> bool:
    """Whether a request waits beyond its deadline."""
    return step in (Step.RECEIVED, Step.PROVEN, Step.ADMISSIBLE) and at > due_at
