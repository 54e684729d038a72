"""Minutes at a door by what happened at doors before: outcomes and timings, shrunk to the prior.

A conversation takes ten times as long as a closed door, so what a home takes depends on how often people are
at home and talk: more in houses on a Saturday, less in blocks on a weekday morning. Few visits say little:
every figure is drawn to that of the level above it, the overall one to the prior.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite

MINUTES: Mapping[str, float] = {
    "nobody": 0.6,
    "refused": 0.7,
    "talked": 3.6,
    "come-back": 1.2,
    "leaflet-left": 0.6,
    "do-not-come-back": 0.7,
}
"""What each outcome takes at a home, before anything was timed."""
SHARES: Mapping[str, float] = {
    "nobody": 0.52,
    "refused": 0.10,
    "talked": 0.29,
    "come-back": 0.04,
    "leaflet-left": 0.04,
    "do-not-come-back": 0.01,
}
"""How often each outcome is met, before anybody knocked; with ``MINUTES`` 1.5 minutes a home."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One visit: ``groups`` from the coarsest to the finest ("block", "block in 71076"), what happened.

    ``minutes`` at that home, walking not counted; NaN where nobody timed it.
    """

    groups: tuple[str, ...]
    outcome: str
    minutes: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is believed before the first visit, and how many visits weigh as much as it.

    Timings longer than ``most_minutes`` are a pause and are left out.
    """

    minutes: Mapping[str, float] = field(default_factory=lambda: dict(MINUTES))
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    visits: float = 40.0
    timings: float = 20.0
    most_minutes: float = 20.0

    @property
    def mean(self) -> float:
        """Minutes of a home before the first visit."""
        return _expected(self.shares, self.minutes)


def pace_factors(*, seen: Iterable[Seen], prior: Prior | None = None) -> dict[str, float]:
    """Of each group, and of all ("" ), the minutes of a home over those of the prior; 1 says "as believed".

    The order of the visits does not matter. Outcomes that the prior does not know are left out. O(n).
    """
    prior = prior or Prior()
    visits = sorted(
        (one for one in seen if one.outcome in prior.shares),
        key=lambda one: (one.groups, one.outcome, one.minutes),
    )
    minutes = _timed(visits, prior)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    above: dict[str, str] = {}
    for one in visits:
        chain = ("", *one.groups)
        for parent, group in zip(("", *chain), chain, strict=False):
            counts[group][one.outcome] += 1
            above[group] = parent
    shares: dict[str, Mapping[str, float]] = {}
    for group in sorted(above, key=lambda name: (_depth(name, above), name)):
        believed = prior.shares if group == "" else shares[above[group]]
        shares[group] = _shrunk(counts[group], believed, prior.visits)
    factors = {group: _expected(mix, minutes) / prior.mean for group, mix in shares.items()}
    return factors or {"": 1.0}


def _timed(visits: list[Seen], prior: Prior) -> dict[str, float]:
    """Minutes of each outcome: the timed ones, drawn to the prior."""
    told: dict[str, list[float]] = defaultdict(list)
    for one in visits:
        if isfinite(one.minutes) and 0 <= one.minutes <= prior.most_minutes:
            told[one.outcome].append(one.minutes)
    return {
        outcome: (sum(told[outcome]) + prior.timings * believed) / (len(told[outcome]) + prior.timings)
        for outcome, believed in prior.minutes.items()
    }


def _depth(group: str, above: Mapping[str, str]) -> int:
    depth = 0
    while group:
        group, depth = above[group], depth + 1
    return depth


def _shrunk(counts: Counter[str], believed: Mapping[str, float], weight: float) -> dict[str, float]:
    """Shares as of ``weight`` more visits that went as believed (the mean of a Dirichlet posterior)."""
    total = sum(counts.values()) + weight
    return {outcome: (counts[outcome] + weight * share) / total for outcome, share in believed.items()}


def _expected(shares: Mapping[str, float], minutes: Mapping[str, float]) -> float:
    return sum(share * minutes[outcome] for outcome, share in shares.items())


def timings(*, at_minutes: list[float], walked_minutes: list[float]) -> list[float]:
    """Minutes at each home of one round, from when each visit was written down and the walk before it.

    The first is unknown (NaN), and so is what comes out negative: visits written down together afterwards.
    """
    out = [float("nan")] * len(at_minutes)
    for x in range(1, len(at_minutes)):
        spent = at_minutes[x] - at_minutes[x - 1] - walked_minutes[x]
        out[x] = spent if spent > 0 else float("nan")
    return out
