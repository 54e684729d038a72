"""Voices that answer so alike that chance does not explain it, found in a log of votes; counted as one.

The shape of the search is that of Community Notes: sets of at least 5 voices with 25 answers in common, a
density of 25 %, a normalised pointwise mutual information of 0.55, smoothed. Its window of twenty minutes
has no counterpart: votes here bear no time, on purpose. In its place stands a test that Community Notes does
not need: the answers that a set shares must be less likely, among those who otherwise answer most like it,
than one in 2**``margin_bits`` for all voices together. So two people, or five, who hold the opinions of
their camp and agree on thirty statements are not linked; nor is somebody who always answers alike.

Who follows a printed list of answers to the letter looks like who votes with several accounts: the votes
cannot tell them apart. That is why results are published with and without, and no vote is deleted.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from amiral.cores.opinion import VoteMatrix, Votes, vote_matrix
from amiral.cores.opinion.compiled import jit

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Keys = NDArray[np.uint64]
Codes = NDArray[np.uint32]
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True, kw_only=True)
class LinkRules:
    """When voices count as linked. The first four numbers are those of Community Notes.

    ``least_alike``: answers in common over answers of either (Jaccard), of two voices, and of each member and
    its set. ``bands`` × ``rows`` hashes find the pairs to compare: at ``least_alike`` one in 4,000 pairs
    of a set is overlooked. ``nearest``: how many neighbours under a hash are compared with each voice.
    ``kin_share``, ``least_kin``: those who otherwise answer most like a set, the measure of what is likely.
    """

    least_voices: int = 5
    least_items: int = 25
    least_density: float = 0.25
    least_npmi: float = 0.55
    smoothing: float = 10.0
    least_alike: float = 0.8
    margin_bits: float = 10.0
    kin_share: float = 0.2
    least_kin: int = 8
    least_overlap: int = 10
    bands: int = 16
    rows: int = 4
    nearest: int = 32

    def __post_init__(self) -> None:
        if min(self.least_voices, self.least_kin, self.bands, self.rows, self.nearest) < 2:
            raise ValueError("A set, its kin, bands, rows and neighbours are two at least.")
        if not 0.5 <= self.least_alike <= 1 or not 0 < self.kin_share <= 1 or self.margin_bits < 0:
            raise ValueError("Alike from 0.5 to 1, a share of kin above 0, a margin of no less than 0 bits.")


DEFAULT = LinkRules()


@dataclass(frozen=True, kw_only=True)
class LinkedSet:
    """Voices counted as one. ``voices``: their ids, in order; never published. ``answers``: how many answers
    most of them share. ``bits``: how unlikely these are, ``needed`` being enough."""

    voices: tuple[int, ...]
    answers: int
    bits: float
    needed: float


def linked_voices(
    *, matrix: VoteMatrix, left_out: Collection[int] = (), rules: LinkRules = DEFAULT
) -> tuple[LinkedSet, ...]:
    """The linked sets, the largest first; no voice stands in two. ``left_out``: statements that do not count.

    The order of the votes changes nothing. Cost: ``bands`` × ``rows`` × votes, and comparisons under shared
    hashes.
    """
    answers = _Answers(matrix, left_out)
    candidates = _trimmed(answers, _near(answers, rules), rules)
    free = np.ones(len(answers.lengths), np.bool_)
    for members, _profile in candidates:
        free[members] = False
    found = [_judged(answers, members, profile, free, rules) for members, profile in candidates]
    kept = [one for one in found if one is not None and one.bits >= one.needed]
    return tuple(sorted(kept, key=lambda one: (-len(one.voices), one.voices)))


def counted_once(*, matrix: VoteMatrix, sets: Collection[LinkedSet]) -> VoteMatrix:
    """The same votes with each set as one voice, under the smallest id among its voices.

    It answers what at least half of its voices answered: what most of those gave, or a pass where two answers
    are as many.
    """
    of = np.full(len(matrix.people), -1, np.int64)
    for number, one in enumerate(sets):
        of[np.searchsorted(matrix.people, one.voices)] = number
    who = np.repeat(np.arange(len(matrix.people)), matrix.lengths)
    statements, values = _parts(matrix.codes)
    joined = np.flatnonzero(of[who] >= 0)
    alone = np.flatnonzero(of[who] < 0)
    own = [(matrix.people[who[alone]], statements[alone], values[alone])]
    for number, one in enumerate(sets):
        mine = joined[of[who[joined]] == number]
        shared, given = _common(statements[mine], values[mine], len(one.voices))
        own.append((np.full(len(shared), min(one.voices), np.int64), shared, given))
    people, columns, cast = (np.concatenate(parts) for parts in zip(*own, strict=True))
    votes = Votes(people=people, statements=matrix.statements[columns], values=cast.astype(np.int8))
    return vote_matrix(votes=votes)


def _parts(codes: NDArray[np.uint16] | NDArray[np.uint32]) -> tuple[Ints, Ints]:
    wide = codes.astype(np.int64)
    return wide // 3, wide % 3 - 1


def _common(statements: Ints, values: Ints, voices: int) -> tuple[Ints, Ints]:
    """What a set answers as one voice: statements and values."""
    columns, place = np.unique(statements, return_inverse=True)
    counts = np.stack([np.bincount(place[values == v], minlength=len(columns)) for v in (-1, 0, 1)])
    most, total = counts.max(axis=0), counts.sum(axis=0)
    tied = (counts == most).sum(axis=0) > 1
    given = np.where(tied, 0, counts.argmax(axis=0) - 1)
    kept = 2 * total >= voices
    return columns[kept], given[kept]


class _Answers:
    """Rows of answers without the statements left out. ``codes``: 3 × statement + vote + 1, by statement."""

    def __init__(self, matrix: VoteMatrix, left_out: Collection[int]) -> None:
        counts = ~np.isin(matrix.statements, sorted(left_out))
        kept = counts[matrix.codes // 3]
        owners = np.repeat(np.arange(len(matrix.people)), matrix.lengths)[kept]
        self.people = matrix.people
        self.statements = len(matrix.statements)
        self.owners: Ints = owners
        self.codes: Codes = matrix.codes[kept].astype(np.uint32)
        self.lengths: Ints = np.bincount(owners, minlength=len(matrix.people))
        self.starts: Ints = np.concatenate([[0], np.cumsum(self.lengths)])
        self.columns: Ints = self.codes.astype(np.int64) // 3
        self.used: Flags = np.bincount(self.columns, minlength=self.statements) > 0

    def of(self, members: Ints) -> Ints:
        """All answers of some rows, one row after the other."""
        rows = [self.codes[self.starts[i] : self.starts[i + 1]] for i in members]
        return np.concatenate(rows).astype(np.int64)


# Pairs that answer nearly alike -----------------------------------------------------------------------


def _near(answers: _Answers, rules: LinkRules) -> Iterator[Ints]:
    """Rows joined by chains of pairs that are near each other, in sets of at least ``least_voices``."""
    rows = np.flatnonzero(answers.lengths >= rules.least_items)
    if len(rows) < rules.least_voices:
        return
    keys = _band_keys(answers, rows, rules)
    parents = np.arange(len(answers.lengths))
    used = len(np.unique(answers.codes))
    for band in range(rules.bands):
        order = np.lexsort((rows, keys[:, (band + 1) % rules.bands], keys[:, band]))
        _join(
            rows[order],
            keys[order, band],
            answers.codes,
            answers.starts,
            parents,
            rules.nearest,
            rules.least_items,
            rules.least_alike,
            rules.least_npmi,
            used + rules.smoothing,
        )
    roots = _roots(parents, rows)
    order = np.argsort(roots, kind="stable")
    _heads, first = np.unique(roots[order], return_index=True)
    for members in np.split(rows[order], first[1:]):
        if len(members) >= rules.least_voices:
            yield members


def _band_keys(answers: _Answers, rows: Ints, rules: LinkRules) -> Keys:
    """For each row and band, a hash of the smallest hashes of its answers (MinHash, Broder 1997)."""
    hashes = rules.bands * rules.rows
    tokens = np.arange(3 * answers.statements, dtype=np.uint64)[:, None] * np.uint64(hashes)
    table = _mixed(np.add(tokens, np.arange(hashes, dtype=np.uint64), dtype=np.uint64))
    least = np.empty((len(rows), hashes), np.uint64)
    _smallest(rows, answers.codes, answers.starts, table, least)
    keys: Keys = np.zeros((len(rows), rules.bands), np.uint64)
    for at in range(rules.rows):
        part: Keys = least[:, at :: rules.rows]
        keys = _mixed(np.add(keys, part, dtype=np.uint64))
    return keys


def _mixed(words: Keys) -> Keys:
    """SplitMix64's mixing: equal words stay equal, others part."""
    mixed = words + np.uint64(_STEP)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX[1]
    found: Keys = mixed ^ (mixed >> np.uint64(31))
    return found


@jit
def _smallest(rows: Ints, codes: Codes, starts: Ints, table: Keys, least: Keys) -> None:
    for at in range(len(rows)):
        row = least[at]
        row[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for place in range(starts[rows[at]], starts[rows[at] + 1]):
            hashed = table[codes[place]]
            for h in range(len(row)):
                row[h] = min(row[h], hashed[h])


@jit
def _root(parents: Ints, one: int) -> int:
    while parents[one] != one:
        parents[one] = parents[parents[one]]
        one = parents[one]
    return one


@jit
def _shared(codes: Codes, a: int, end_a: int, b: int, end_b: int) -> int:
    shared = 0
    while a < end_a and b < end_b:
        if codes[a] == codes[b]:
            shared += 1
            a += 1
            b += 1
        elif codes[a] < codes[b]:
            a += 1
        else:
            b += 1
    return shared


@jit
def _npmi(shared: float, first: float, second: float, universe: float) -> float:
    """Normalised pointwise mutual information of two sets of ``universe`` answers that share ``shared``."""
    if shared <= 0:
        return -1.0
    together = shared / universe
    if together >= 1:
        return 1.0
    return float(np.log(shared * universe / (first * second)) / -np.log(together))


@jit
def _join(
    rows: Ints,
    keys: Keys,
    codes: Codes,
    starts: Ints,
    parents: Ints,
    nearest: int,
    least_items: int,
    least_alike: float,
    least_npmi: float,
    universe: float,
) -> None:
    """Joins each row to those before it, ``nearest`` at most, that have its key and answer nearly alike."""
    for at in range(len(rows)):
        one = rows[at]
        length = starts[one + 1] - starts[one]
        for back in range(1, nearest + 1):
            if back > at or keys[at - back] != keys[at]:
                break
            other = rows[at - back]
            long = starts[other + 1] - starts[other]
            if min(length, long) < least_alike * max(length, long):
                continue
            if _root(parents, one) == _root(parents, other):
                continue
            shared = _shared(codes, starts[one], starts[one + 1], starts[other], starts[other + 1])
            if shared < least_items or shared < least_alike * (length + long - shared):
                continue
            if _npmi(float(shared), float(length), float(long), universe) >= least_npmi:
                a, b = _root(parents, one), _root(parents, other)
                parents[max(a, b)] = min(a, b)


@jit
def _roots(parents: Ints, rows: Ints) -> Ints:
    found = np.empty(len(rows), np.int64)
    for at in range(len(rows)):
        found[at] = _root(parents, rows[at])
    return found


# What a set shares, and whether chance explains it ----------------------------------------------------


def _trimmed(answers: _Answers, near: Iterator[Ints], rules: LinkRules) -> list[tuple[Ints, Ints]]:
    """Sets whose members are near what most of them share, and that; a chain that drifts falls apart."""
    found = []
    for members in near:
        codes = answers.of(members)
        profile = _shared_by_most(codes, len(members))
        alike = _likeness(codes, answers.lengths[members], profile)
        kept = members[alike >= rules.least_alike]
        if len(kept) >= rules.least_voices and _is_dense(answers.of(kept), len(kept), rules):
            found.append((kept, profile))
    return [one for one in found if len(one[1]) >= rules.least_items]


def _shared_by_most(codes: Ints, voices: int) -> Ints:
    given, times = np.unique(codes, return_counts=True)
    most: Ints = given[4 * times >= 3 * voices]
    return most


def _likeness(codes: Ints, lengths: Ints, profile: Ints) -> NDArray[np.float64]:
    """How alike each of some rows, written one after the other, is to the profile (Jaccard)."""
    rows = np.repeat(np.arange(len(lengths)), lengths)
    shared = np.bincount(rows, weights=np.isin(codes, profile), minlength=len(lengths))
    alike: NDArray[np.float64] = shared / np.maximum(1, lengths + len(profile) - shared)
    return alike


def _is_dense(codes: Ints, voices: int, rules: LinkRules) -> bool:
    """Of the table of voices and answers that two of them gave, at least the share that is asked is full."""
    _given, times = np.unique(codes, return_counts=True)
    common = times[times >= 2]
    filled = int(common.sum()) / max(1, voices * len(common))
    return len(common) >= rules.least_items and filled >= rules.least_density


def _judged(
    answers: _Answers, members: Ints, profile: Ints, free: Flags, rules: LinkRules
) -> LinkedSet | None:
    """The set with its bits; ``None`` when fewer others stand outside all sets than it has voices: then the
    sets are the crowd, and nothing says what is likely."""
    outside = np.flatnonzero(free & (answers.lengths >= rules.least_overlap))
    if len(outside) < max(rules.least_kin, len(members)):
        return None
    centre = _Centre(answers, members, profile)
    table = _table(answers, outside, centre.statements)
    return LinkedSet(
        voices=tuple(answers.people[members].tolist()),
        answers=len(profile),
        bits=_bits_of_values(table, centre, rules) + _bits_of_choice(answers, outside, table, centre, rules),
        needed=log2(len(answers.lengths)) + rules.margin_bits,
    )


class _Centre:
    """The member nearest to what most share, and how near half of the others are to him.

    One of them, not what they share: that was picked because they share it, and proves nothing.
    ``met``: how many of his statements half of the others answered; ``length``: how many answers they gave;
    ``same``: of what both answered, the share that is the same.
    """

    def __init__(self, answers: _Answers, members: Ints, profile: Ints) -> None:
        codes, lengths = answers.of(members), answers.lengths[members]
        chosen = int(np.argmax(_likeness(codes, lengths, profile)))
        own = answers.of(members[chosen : chosen + 1])
        self.statements: Ints = own // 3
        self.values: Ints = own % 3 - 1
        rows = np.repeat(np.arange(len(members)), lengths)
        others = np.arange(len(members)) != chosen
        met = np.bincount(rows, weights=np.isin(codes // 3, self.statements))[others]
        same = np.bincount(rows, weights=np.isin(codes, own))[others]
        self.met = int(np.median(met))
        self.length = int(np.median(lengths[others]))
        self.same = float(np.median(same / np.maximum(1, met)))


def _table(answers: _Answers, outside: Ints, statements: Ints) -> NDArray[np.int8]:
    """What others answered to some statements: -1, 0, 1, or 2 for nothing; (others, statements)."""
    rows = np.full(len(answers.lengths), -1, np.int64)
    rows[outside] = np.arange(len(outside))
    columns = np.full(answers.statements, -1, np.int64)
    columns[statements] = np.arange(len(statements))
    at, to = rows[answers.owners], columns[answers.columns]
    known = (at >= 0) & (to >= 0)
    table = np.full((len(outside), len(statements)), 2, np.int8)
    table[at[known], to[known]] = (answers.codes[known] % 3).astype(np.int8) - 1
    return table


def _bits_of_values(table: NDArray[np.int8], centre: _Centre, rules: LinkRules) -> float:
    """How unlikely it is to answer as much like the centre as half of his set does, for those outside who
    answer most like him.

    Whoever picks his kin by all answers overrates each: that errs towards innocence. So does taking for
    likely, too, what a voice would guess that only knows how often the centre agrees, disagrees and passes.
    """
    known, same = table < 2, table == centre.values
    overlap = known.sum(axis=1)
    alike = np.where(overlap >= rules.least_overlap, same.sum(axis=1) / np.maximum(1, overlap), -1.0)
    kin = _first(alike, rules)
    likely = (same[kin].sum(axis=0) + 1) / (known[kin].sum(axis=0) + 2)
    habit = np.array([(centre.values == value).mean() for value in centre.values])
    return _bits(int(centre.same * len(likely)), np.maximum(likely, habit))


def _bits_of_choice(
    answers: _Answers, outside: Ints, table: NDArray[np.int8], centre: _Centre, rules: LinkRules
) -> float:
    """How unlikely it is to have answered so many of the centre's statements, of as many as half of his set
    answered, among those who answered most of the same ones: who came on the same day was shown the same.
    Nothing for who answered everything."""
    met = (table < 2).sum(axis=1)
    kin = outside[_first(met / (answers.lengths[outside] + len(centre.statements) - met), rules)]
    picked = np.zeros(len(answers.lengths), np.bool_)
    picked[kin] = True
    times = np.bincount(answers.columns[picked[answers.owners]], minlength=answers.statements)
    inside = np.zeros(answers.statements, np.bool_)
    inside[centre.statements] = True
    chance = _tilted((times[answers.used] + 0.5) / (len(kin) + 1), centre.length)
    return _bits(centre.met, chance[inside[answers.used]])


def _bits(wanted: int, chances: NDArray[np.float64]) -> float:
    """How unlikely it is that ``wanted`` or more of some independent events happen. O(events²)."""
    times = np.zeros(len(chances) + 1)
    times[0] = 1.0
    for chance in chances:
        times[1:] = times[1:] * (1 - chance) + times[:-1] * chance
        times[0] *= 1 - chance
    return -log2(min(1.0, max(float(times[wanted:].sum()), 2.0**-1000)))


def _tilted(chance: NDArray[np.float64], wanted: int) -> NDArray[np.float64]:
    """The same odds, all multiplied by one number, so that ``wanted`` are expected."""
    odds, low, high = chance / (1 - chance), -60.0, 60.0
    for _round in range(80):
        middle = (low + high) / 2
        tilted = odds * 2.0**middle
        low, high = (middle, high) if (tilted / (1 + tilted)).sum() < wanted else (low, middle)
    tilted = odds * 2.0**low
    found: NDArray[np.float64] = np.clip(tilted / (1 + tilted), 1e-12, 1 - 1e-12)
    return found


def _first(scores: NDArray[np.float64], rules: LinkRules) -> Ints:
    """Places of the best scores: a share of all, or so many at least."""
    most = max(rules.least_kin, int(rules.kin_share * len(scores)))
    return np.argsort(-scores, kind="stable")[:most]
