"""Electoral silence: what the law forbids before and during a ballot, where, and until when.

Code électoral, art. L. 49 (loi n° 2019-1269 du 2 décembre 2019, art. 7; in force since 30 June 2020):
from midnight that begins the eve of the ballot nobody may hand out documents, send electronic messages of
electoral propaganda, call voters in series or hold an electoral meeting. Art. L. 52-2: no result, partial
or not, and by law no. 77-808 no new poll, before the last station of metropolitan France has closed.
Overseas lands west of the Atlantic and in Polynesia vote on Saturday in national ballots; their eve is
the Friday.

Nothing here knows a date of its own: ballots are rows, given by the caller. Pure functions; instants are
aware and in UTC.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


class Conduct(StrEnum):
    """What somebody is about to do; the first six are forbidden while silence lasts."""

    MESSAGE = "message"
    PUBLICATION = "publication"
    CALLS = "calls"
    DOCUMENTS = "documents"
    MEETING = "meeting"
    DOORS = "doors"
    SERVICE = "service"
    TRAINING = "training"
    INTERNAL_MEETING = "internal-meeting"
    ELECTION_NIGHT = "election-night"


GROUNDS: dict[Conduct, str] = {
    Conduct.DOCUMENTS: "L. 49, 1°",
    Conduct.MESSAGE: "L. 49, 2°",
    Conduct.PUBLICATION: "L. 49, 2°",
    Conduct.CALLS: "L. 49, 3°",
    Conduct.MEETING: "L. 49, 4°",
    Conduct.DOORS: "L. 49, 1°",
}
"""Forbidden conducts with the line of the article. Door-to-door stands with documents: teams carry them,
and a campaign that knocks on the eve takes the risk of an annulment. What is not in this table is
allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """The vote in one area: its day there, its time zone, and when its last station closes (local time).

    ``area`` is the caller's id of a territory. An area with several time zones has one poll for each.
    """

    area: str
    zone: str
    day: date
    closes: time

    @property
    def closed_at(self) -> datetime:
        """The instant at which the last station of the area closes."""
        return instant(self.day, self.closes, self.zone, latest=True)

    @property
    def quiet_from(self) -> datetime:
        """Midnight that begins the eve, in the area."""
        return instant(self.day - DAY, time(0), self.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round of one ballot: all its polls, at least one."""

    name: str
    polls: tuple[Poll, ...]

    def __post_init__(self) -> None:
        if not self.polls:
            raise ValueError(f"The round {self.name!r} has no poll: give at least one area.")

    @property
    def closed_at(self) -> datetime:
        """The close of the last station concerned, wherever it is."""
        return max(poll.closed_at for poll in self.polls)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Silence because of ``round``, in ``area``: ``start`` included, ``end`` excluded."""

    start: datetime
    end: datetime
    round: str
    area: str

    def __contains__(self, at: object) -> bool:
        return isinstance(at, datetime) and self.start <= at < self.end


def instant(day: date, clock: time, zone: str, *, latest: bool = False) -> datetime:
    """A local time as an instant in UTC. Where the clock shows it twice or skips it there are two readings:
    the earlier one, or the ``latest``, so that silence is never too short."""
    tz = ZoneInfo(zone)
    folds = (datetime.combine(day, clock, tzinfo=tz).replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return max(folds) if latest else min(folds)


def windows(rounds: Iterable[Round], areas: Collection[str]) -> tuple[Window, ...]:
    """The silences of people in ``areas``, by start. Silence begins with the area's own eve and lasts
    until the last station of the round has closed anywhere: who voted on Saturday keeps quiet on
    Sunday."""
    found = {
        Window(start=poll.quiet_from, end=round_.closed_at, round=round_.name, area=poll.area)
        for round_ in rounds
        for poll in round_.polls
        if poll.area in areas
    }
    return tuple(sorted(found, key=lambda window: (window.start, window.end, window.round, window.area)))


def silence(
    rounds: Iterable[Round], *, areas: Collection[str], at: datetime, conduct: Conduct
) -> Window | None:
    """The silence that forbids ``conduct`` at ``at`` towards people in ``areas``: the one that lasts
    longest; None: allowed."""
    if conduct not in GROUNDS:
        return None
    over = [window for window in windows(rounds, areas) if at in window]
    return max(over, key=lambda window: (window.end, window.area), default=None)


def forbidden_during(
    rounds: Iterable[Round], *, areas: Collection[str], start: datetime, end: datetime, conduct: Conduct
) -> Window | None:
    """The first silence that something from ``start`` to ``end`` would break: a meeting that runs past
    midnight, say."""
    if conduct not in GROUNDS:
        return None
    broken = (w for w in windows(rounds, areas) if start < w.end and (w.start < end or w.start <= start))
    return next(broken, None)


def free_from(rounds: Iterable[Round], *, areas: Collection[str], at: datetime, conduct: Conduct) -> datetime:
    """The first instant from ``at`` on at which ``conduct`` is allowed; ``at`` itself if it is."""
    if conduct in GROUNDS:
        for window in windows(rounds, areas):
            at = window.end if at in window else at
    return at


def results_hidden_until(round_: Round, *, metropolitan: Collection[str]) -> datetime:
    """When results and new polls may be spoken of (art. L. 52-2): the close of the last metropolitan
    station, or of the last station where no metropolitan area votes."""
    there = [poll.closed_at for poll in round_.polls if poll.area in metropolitan]
    return max(there) if there else round_.closed_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Land:
    """A part of France with a clock of its own. ``saturday``: votes the day before in national ballots
    since 2007."""

    departement: str
    zones: tuple[str, ...]
    saturday: bool = False


LANDS: tuple[Land, ...] = (
    Land(departement="971", zones=("America/Guadeloupe",), saturday=True),
    Land(departement="972", zones=("America/Martinique",), saturday=True),
    Land(departement="973", zones=("America/Cayenne",), saturday=True),
    Land(departement="974", zones=("Indian/Reunion",)),
    Land(departement="975", zones=("America/Miquelon",), saturday=True),
    Land(departement="976", zones=("Indian/Mayotte",)),
    Land(departement="977", zones=("America/St_Barthelemy",), saturday=True),
    Land(departement="978", zones=("America/Marigot",), saturday=True),
    Land(departement="986", zones=("Pacific/Wallis",)),
    Land(
        departement="987",
        zones=("Pacific/Tahiti", "Pacific/Marquesas", "Pacific/Gambier"),
        saturday=True,
    ),
    Land(departement="988", zones=("Pacific/Noumea",)),
)
"""Lands whose clock is not that of Paris. Days of vote: Conseil constitutionnel, presidential ballots
since 2007."""

PARIS = "Europe/Paris"


def polls_of(*, areas: Iterable[str], day: date, closes: time, national: bool) -> tuple[Poll, ...]:
    """The polls of a round held on Sunday ``day`` in ``areas`` (codes of départements), as the law places
    them.

    ``national``: a presidential, legislative or European ballot or a referendum, for which some lands
    vote on Saturday. A row can say otherwise: the result is a proposal for the person who enters the
    ballot.
    """
    lands = {land.departement: land for land in LANDS}
    polls: list[Poll] = []
    for area in areas:
        land = lands.get(area, Land(departement=area, zones=(PARIS,)))
        held = day - DAY if national and land.saturday else day
        polls += (Poll(area=area, zone=zone, day=held, closes=closes) for zone in land.zones)
    return tuple(polls)
