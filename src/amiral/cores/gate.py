"""Whether a message may leave now: the one decision that every message to a person passes.

Facts in, verdict out. The checks stand in one order, and the first that objects decides: refusal, a way to
reach the person, consent, still wanted, electoral silence, quiet hours, the week's cap. What is held back
never leaves by itself; what waits is asked again at the moment that the verdict names. Pure functions;
instants are aware and in UTC.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from amiral.cores.silence import DAY, GROUNDS, LANDS, PARIS, Conduct, Window, instant

WEEK = timedelta(days=7)
"""Over how long the cap counts, backwards from the moment of sending."""


class Code(StrEnum):
    """Why a message does not leave now, in the order in which it is asked."""

    SUPPRESSED = "suppressed"
    NO_CHANNEL = "no-channel"
    NO_CONSENT = "no-consent"
    NO_LONGER_WANTED = "no-longer-wanted"
    SILENCE = "silence"
    QUIET_HOURS = "quiet-hours"
    WEEKLY_CAP = "weekly-cap"


class Decision(StrEnum):
    """What becomes of the message: it leaves, waits, or is held back for good."""

    SEND = "send"
    WAIT = "wait"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """From ``start`` (included) to ``end`` (excluded) on the clock of the person, over midnight or not."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("Quiet hours begin and end at the same time: give two times, or none.")

    def __contains__(self, clock: object) -> bool:
        if not isinstance(clock, time):
            return False
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def end_after(self, at: datetime, *, zone: str) -> datetime | None:
        """When the quiet hours that hold ``at`` end; ``None`` outside them."""
        local = at.astimezone(ZoneInfo(zone))
        if local.time() not in self:
            return None
        tomorrow = self.start > self.end and local.time() >= self.start
        return instant(local.date() + DAY * tomorrow, self.end, zone, latest=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the campaign set. ``cap``: counted messages per person in seven days, 0 for no cap. ``margin``:
    how long a hand-over may take; silence begins so much earlier for what is about to leave."""

    quiet: QuietHours | None = None
    cap: int = 0
    margin: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if self.cap < 0 or self.margin < timedelta(0):
            raise ValueError("A cap and a margin cannot be negative.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of one message at the moment of sending.

    ``asked``: the person himself asked for it (a service message): no consent is needed, no hour is too
    late, nothing is counted. ``by_email``: what was asked for by e-mail also reaches who refused all else; a
    refusal on any other channel (STOP) holds for everything. ``rings``: it reaches a telephone that may wake
    somebody, so that the quiet hours hold for what was asked for too. ``silences``: of the places it speaks
    to.
    """

    conduct: Conduct
    asked: bool = False
    by_email: bool = True
    rings: bool = False
    suppressed: bool = False
    reachable: bool = True
    agreed: bool = False
    wanted: bool = True
    silences: tuple[Window, ...] = ()
    zone: str = PARIS
    counted: bool = True
    sent_this_week: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What becomes of a message and why. ``until``: when to ask again (quiet hours). ``silence``: the one
    that forbids it."""

    decision: Decision
    code: Code | None = None
    until: datetime | None = None
    silence: Window | None = None


SEND = Verdict(decision=Decision.SEND)


def decide(facts: Facts, *, at: datetime, rules: Rules) -> Verdict:
    """The verdict on one message at ``at``."""
    code = _about_the_person(facts)
    if code:
        return Verdict(decision=Decision.HOLD, code=code)
    over = _silence(facts, at, rules)
    if over:
        return Verdict(decision=Decision.HOLD, code=Code.SILENCE, silence=over)
    until = rules.quiet.end_after(at, zone=facts.zone) if rules.quiet else None
    if until and (facts.rings or not facts.asked):
        return Verdict(decision=Decision.WAIT, code=Code.QUIET_HOURS, until=until)
    if rules.cap and facts.counted and not facts.asked and facts.sent_this_week >= rules.cap:
        return Verdict(decision=Decision.HOLD, code=Code.WEEKLY_CAP)
    return SEND


def _about_the_person(facts: Facts) -> Code | None:
    objections = (
        (Code.SUPPRESSED, facts.suppressed and not (facts.asked and facts.by_email)),
        (Code.NO_CHANNEL, not facts.reachable),
        (Code.NO_CONSENT, not facts.asked and not facts.agreed),
        (Code.NO_LONGER_WANTED, not facts.wanted),
    )
    return next((code for code, holds in objections if holds), None)


def _silence(facts: Facts, at: datetime, rules: Rules) -> Window | None:
    if facts.conduct not in GROUNDS:
        return None
    over = [window for window in facts.silences if window.start - rules.margin <= at < window.end]
    return max(over, key=lambda window: (window.end, window.area), default=None)


_ZONES = {land.departement: land.zones[0] for land in LANDS}


def zone_of(departement: str, *, otherwise: str = PARIS) -> str:
    """The clock of a département: of the first of its clocks where it has several."""
    return _ZONES.get(departement, otherwise)
