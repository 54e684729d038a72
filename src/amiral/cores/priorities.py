"""Where to begin: a score of places from public figures, with the parts that it is made of.

Figures go in as counts of n places (polling stations, communes); nothing about a person can. Four steps,
each a pure function:

``measures``  shares and densities, small places drawn towards the mean of their group;
``scale_of``  what is much and what is little among the places that are compared;
``scores``    whole tenths of points by part, which add up to the score exactly;
``gathered``  the mean of the places that an area (a turf) lies in, weighted by its dwellings.

*Shrinkage.* A share r = k / n of a place is replaced by p + A / (A + p(1 - p) / n) · (r - p), where p is the
share of its group and A the variance of the true shares, by the method of moments:
A = max(0, Σ n (r - p)² / Σ n - Σ p(1 - p) / Σ n). R. J. Marshall (1991), "Mapping disease and
mortality rates using empirical Bayes estimators", Applied Statistics 40(2), 283-294.

*Ecological inference.* All of it speaks of places: that a station with many abstainers gave a list many votes
does not say that its abstainers are for that list. W. S. Robinson (1950), "Ecological correlations and the
behavior of individuals", American Sociological Review 15(3), 351-357.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

FULL = 1000
"""Tenths of points of a full score: 100.0."""
HEAVIEST = 3
"""The greatest weight of a part, either way."""
LEVELS = 5
LOW, HIGH = 0.05, 0.95
"""A part spans from 0 to full between these quantiles of the places compared; beyond, it does not grow."""


class Part(StrEnum):
    """What a score may be made of; the order is that of the columns."""

    RESERVE = "reserve"
    INTERMITTENCE = "intermittence"
    ABSTENTION = "abstention"
    SUPPORT = "support"
    CHANGE = "change"
    UNDECIDED = "undecided"
    VOLATILITY = "volatility"
    DENSITY = "density"
    SIZE = "size"
    POPULATION = "population"


class Preset(StrEnum):
    """Weights for an aim, in plain words."""

    MOBILISE = "mobilise"
    CONVINCE = "convince"
    STRENGTHEN = "strengthen"


Weights = Mapping[Part, int]
"""-3 to 3 by part: how much it counts; below 0, low values come first. What is not named does not count."""

PRESETS: Mapping[Preset, Weights] = {
    Preset.MOBILISE: {Part.RESERVE: 3, Part.INTERMITTENCE: 2, Part.DENSITY: 1, Part.SIZE: 1},
    Preset.CONVINCE: {Part.UNDECIDED: 3, Part.VOLATILITY: 2, Part.DENSITY: 1, Part.SIZE: 1},
    Preset.STRENGTHEN: {Part.SUPPORT: 3, Part.CHANGE: -1, Part.DENSITY: 1, Part.SIZE: 1},
}


class NothingCounts(ValueError):
    """Weights that are all 0, beyond ``HEAVIEST``, or only of parts that no figure gives."""


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """Counts of one ballot at n places; NaN is not known.

    ``support``: votes of the chosen lists; ``reach``: votes of lists that are not, whose voters might be won.
    """

    registered: Floats
    voters: Floats
    expressed: Floats
    support: Floats
    reach: Floats


@dataclass(frozen=True, kw_only=True)
class Places:
    """n places. ``group``: the number, from 0, of the group towards whose mean a place is drawn.

    ``compared``: those that tell what is usual; others (a commune beside its stations) are only measured.
    ``before`` is an older ballot at the same places. ``hectares`` and ``population`` may be NaN.
    """

    group: Ints
    compared: Bools
    ballot: Ballot
    before: Ballot | None
    hectares: Floats
    population: Floats

    def __len__(self) -> int:
        return len(self.group)


@dataclass(frozen=True, kw_only=True)
class Prior:
    """The share ``means[g]`` of each group and the variance of true shares around it."""

    means: Floats
    variance: float


def prior_of(*, count: Floats, base: Floats, group: Ints, compared: Bools) -> Prior:
    """What the compared places of each group have in common; a group without any takes the mean of all.

    Sums are exact (whole numbers, ``fsum``): the order of the places changes nothing.
    """
    known = _is_share(count, base) & compared
    k, n, g = count[known], base[known], group[known]
    groups = int(group.max()) + 1 if len(group) else 0
    whole = float(n.sum())
    if not whole:
        return Prior(means=np.full(groups, np.nan), variance=0.0)
    above = np.bincount(g, weights=k, minlength=groups)
    below = np.bincount(g, weights=n, minlength=groups)
    means = np.where(below > 0, above / np.maximum(below, 1), float(k.sum()) / whole)
    mean = means[g]
    observed = math.fsum((n * (k / n - mean) ** 2).tolist()) / whole
    by_chance = math.fsum((mean * (1 - mean)).tolist()) / whole
    return Prior(means=means, variance=max(0.0, observed - by_chance))


def shrunk(*, count: Floats, base: Floats, group: Ints, prior: Prior) -> Floats:
    """The share of each place, between its own and its group's; the fewer people, the nearer to the group's.

    NaN where the figures are not known or are no share (more than the whole, nobody at all).
    """
    known = _is_share(count, base)
    answer = np.full(len(count), np.nan)
    own = count[known] / base[known]
    mean = prior.means[group[known]]
    noise = mean * (1 - mean) / base[known]
    both = prior.variance + noise
    trust = np.where(both > 0, prior.variance / np.where(both > 0, both, 1.0), 0.0)
    drawn = mean + trust * (own - mean)
    answer[known] = np.clip(drawn, np.minimum(own, mean), np.maximum(own, mean))
    return answer


def _is_share(count: Floats, base: Floats) -> Bools:
    """Where count / base is a share; comparisons with NaN are False."""
    with np.errstate(invalid="ignore"):
        answer: Bools = (base > 0) & (count >= 0) & (count <= base)
    return answer


def _share(count: Floats, base: Floats, places: Places) -> Floats:
    prior = prior_of(count=count, base=base, group=places.group, compared=places.compared)
    return shrunk(count=count, base=base, group=places.group, prior=prior)


def measures(*, places: Places) -> dict[Part, Floats]:
    """Each part of each place in its own unit: n values, NaN where the figures do not tell.

    Shares are 0 to 1; SIZE is registered voters, POPULATION people, DENSITY the logarithm to base 2 of the
    registered voters per hectare: a doubling counts alike in a village and in a town.
    """
    now = places.ballot
    abstention = _share(now.registered - now.voters, now.registered, places)
    support = _share(now.support, now.expressed, places)
    with np.errstate(invalid="ignore", divide="ignore"):
        density = np.log2(np.where(places.hectares > 0, now.registered / places.hectares, np.nan))
    density[~np.isfinite(density)] = np.nan
    size = np.where(now.registered > 0, now.registered, np.nan)
    return {
        Part.RESERVE: abstention * support,
        Part.INTERMITTENCE: _intermittence(abstention, places),
        Part.ABSTENTION: abstention,
        Part.SUPPORT: support,
        Part.CHANGE: _change(support, places),
        Part.UNDECIDED: _share(now.voters - now.expressed + now.reach, now.voters, places),
        Part.VOLATILITY: _volatility(places),
        Part.DENSITY: density,
        Part.SIZE: size,
        Part.POPULATION: np.where(places.population > 0, places.population, np.nan),
    }


def _intermittence(abstention: Floats, places: Places) -> Floats:
    """By how much turnout differs between the two ballots: at least so many vote once in a while."""
    if (before := places.before) is None:
        return np.full(len(places), np.nan)
    absent = _share(before.registered - before.voters, before.registered, places)
    answer: Floats = np.abs(abstention - absent)
    return answer


def _change(support: Floats, places: Places) -> Floats:
    if (before := places.before) is None:
        return np.full(len(places), np.nan)
    return support - _share(before.support, before.expressed, places)


def _volatility(places: Places) -> Floats:
    """Half the sum of the differences of five blocks of the registered: Pedersen's index.

    Chosen lists, lists within reach, the other lists, blank and null, abstention. M. N. Pedersen (1979),
    "The dynamics of European party systems", European Journal of Political Research 7(1), 1-26.
    """
    if places.before is None:
        return np.full(len(places), np.nan)
    now, then = (_blocks(one, places) for one in (places.ballot, places.before))
    answer: Floats = np.abs(now - then).sum(axis=0) / 2
    return answer


def _blocks(ballot: Ballot, places: Places) -> Floats:
    counts = (
        ballot.support,
        ballot.reach,
        ballot.expressed - ballot.support - ballot.reach,
        ballot.voters - ballot.expressed,
        ballot.registered - ballot.voters,
    )
    return np.stack([_share(count, ballot.registered, places) for count in counts])


@dataclass(frozen=True, kw_only=True)
class Span:
    """Where a part begins to count, where it is full, and what stands in for a value that is not known."""

    low: float
    high: float
    middle: float


Scale = Mapping[Part, Span]


def scale_of(*, measured: Mapping[Part, Floats], compared: Bools) -> dict[Part, Span]:
    """The span of each part among the compared places; a part of which nothing is known is left out."""
    spans = {}
    for part, values in measured.items():
        known = values[np.isfinite(values) & compared]
        if len(known):
            low, middle, high = (float(one) for one in np.quantile(known, (LOW, 0.5, HIGH)))
            spans[part] = Span(low=low, high=high, middle=middle)
    return spans


@dataclass(frozen=True, kw_only=True)
class Scores:
    """``points[i, j]``: tenths of points that place i has of ``most[j]`` for ``parts[j]``.

    ``known`` tells what stands on a figure of the place; elsewhere the middle of all places was taken.
    """

    parts: tuple[Part, ...]
    most: Ints
    points: Ints
    known: Bools

    @property
    def total(self) -> Ints:
        """Tenths of points, 0 to ``FULL``: the sum of the parts."""
        answer: Ints = self.points.sum(axis=1)
        return answer

    @property
    def counted(self) -> Bools:
        """Places of which at least one part is known; the others have no score."""
        answer: Bools = np.asarray(self.known.any(axis=1), dtype=np.bool_)
        return answer


def scores(*, measured: Mapping[Part, Floats], scale: Scale, weights: Weights) -> Scores:
    """The score of each place: for each part its share of the 100 points, times how far it is up its span.

    A part that the scale does not know does not count, and the others share its points. Where a span has no
    width each place gets half. Raises ``NothingCounts``.
    """
    parts = tuple(part for part in Part if weights.get(part) and part in scale)
    most = shares_of_full(weights={part: weights[part] for part in parts})
    columns = [_up(measured[part], scale[part], reverse=weights[part] < 0) for part in parts]
    up = np.stack(columns, axis=1)
    known = np.stack([np.isfinite(measured[part]) for part in parts], axis=1)
    # Rounded first: a unit of measure may move the last digit, and must not move a tenth of a point.
    points = np.floor(np.round(up * most, 6) + 0.5).astype(np.int64)
    return Scores(parts=parts, most=most, points=points, known=known)


def shares_of_full(*, weights: Weights) -> Ints:
    """The 1000 tenths of points shared out by weight; what rounding leaves goes to the largest remainders."""
    sizes = [abs(weight) for weight in weights.values()]
    if not sum(sizes) or max(sizes) > HEAVIEST:
        raise NothingCounts
    exact = [(FULL * size // sum(sizes), FULL * size % sum(sizes)) for size in sizes]
    most = np.array([whole for whole, _rest in exact], dtype=np.int64)
    by_rest = sorted(range(len(exact)), key=lambda i: (-exact[i][1], i))
    most[by_rest[: FULL - int(most.sum())]] += 1
    return most


def _up(values: Floats, span: Span, *, reverse: bool) -> Floats:
    """0 to 1 along the span; the other way round when low values come first."""
    filled = np.where(np.isfinite(values), values, span.middle)
    width = span.high - span.low
    if not width > 0:
        return np.full(len(values), 0.5)
    up: Floats = (np.clip(filled, span.low, span.high) - span.low) / width
    return 1.0 - up if reverse else up


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """Areas made of doors in places: tenths of points by part, dwellings, and how many of them have a figure.

    ``known[i, j]``: the dwellings of area i whose place has a figure for part j; for the rest of
    ``with_score`` the middle was taken. An area of which no dwelling has a score has none.
    """

    points: Ints
    known: Ints
    dwellings: Ints
    with_score: Ints

    @property
    def total(self) -> Ints:
        """Tenths of points: the sum of the parts."""
        answer: Ints = self.points.sum(axis=1)
        return answer

    @property
    def counted(self) -> Bools:
        answer: Bools = self.with_score > 0
        return answer


def gathered(*, of: Scores, place: Ints, dwellings: Ints, area: Ints, areas: int) -> Gathered:
    """The mean of each part over the doors of each area, weighted by dwellings, in whole tenths.

    ``place``: the place of each door, -1 for none; ``dwellings`` 0 (not known) counts as one.
    """
    weight = np.maximum(dwellings, 1)
    scored = place >= 0
    scored[scored] = of.counted[place[scored]]
    whole = np.zeros(areas, dtype=np.int64)
    np.add.at(whole, area, weight)
    part = np.zeros(areas, dtype=np.int64)
    np.add.at(part, area[scored], weight[scored])
    sums = np.zeros((areas, len(of.parts)), dtype=np.int64)
    known = np.zeros_like(sums)
    np.add.at(sums, area[scored], of.points[place[scored]] * weight[scored, None])
    np.add.at(known, area[scored], of.known[place[scored]] * weight[scored, None])
    below: Ints = np.maximum(part, 1)[:, None]
    points = (2 * sums + below) // (2 * below)
    return Gathered(points=points, known=known, dwellings=whole, with_score=part)


def levels(*, total: Ints, counted: Bools) -> Ints:
    """0 (last) to 4 (first): fifths of the areas that have a score, equal scores alike; -1 without one."""
    told = np.sort(total[counted])
    below = np.searchsorted(told, total, side="left")
    answer: Ints = np.where(counted, below * LEVELS // max(1, len(told)), -1).astype(np.int64)
    return answer
