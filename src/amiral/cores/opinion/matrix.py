"""The vote matrix: for every person the statements voted on, one small integer per vote, latest vote only.

A vote is the code ``3 * statement + vote + 1``. Tables indexed by code turn every later step into a look-up
or a histogram of integers, whose result depends on no order. Cost: O(votes) in time and memory.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from amiral.cores.sentences import Sentence

from .columns import chunks, extremes, let_go
from .compiled import AnyInts, Ints, cut, jit, share_out
from .votes import BadVotes, Votes

Codes = NDArray[np.uint16] | NDArray[np.uint32]

MAX_STATEMENTS = 2**21 // 3
_BUCKET_BITS = 11  # people are sorted by buckets of 2,048, which fit in a processor's cache
_BUCKET = 1 << _BUCKET_BITS
_CODE_BITS = 32 - _BUCKET_BITS
_SHORT_ROW = 24


@dataclass(frozen=True, kw_only=True)
class VoteMatrix:
    """P people by C statements, in the order of their ids.

    ``codes`` has shape (votes,): the votes of person i are ``codes[starts[i]:starts[i + 1]]``, by statement.
    ``starts`` has shape (P + 1,). ``rows`` counts the rows of the log, replaced votes included.
    """

    people: Ints
    statements: Ints
    codes: Codes
    starts: Ints
    rows: int

    @cached_property
    def lengths(self) -> Ints:
        """Votes of each person; shape (P,)."""
        return np.diff(self.starts)

    @cached_property
    def tally(self) -> Ints:
        """Disagree, pass, agree of each statement; shape (C, 3)."""
        counts: Ints = tally(self, np.zeros(len(self.people), np.uint8), 1)[0]
        return counts

    @cached_property
    def sha256(self) -> str:
        """Hash of the canonical log: ids, row starts (little-endian 64 bits) and codes (16 or 32 bits)."""
        digest = sha256(b"amiral-votes/1\n")
        for column in (self.people, self.statements, self.starts):
            digest.update(np.ascontiguousarray(column, "<i8").data)
        width = "<u2" if self.codes.dtype.itemsize == 2 else "<u4"
        digest.update(np.ascontiguousarray(self.codes, width).data)
        return digest.hexdigest()


def _too_many(statements: int) -> BadVotes:
    return BadVotes(
        Sentence(
            "A map holds at most %(most)s statements; the log has %(found)s.",
            most=MAX_STATEMENTS,
            found=statements,
        )
    )


def vote_matrix(*, votes: Votes, workers: int = 1) -> VoteMatrix:
    """Sort a log by person and statement, keeping the latest vote of each pair."""
    people, person = _numbered(votes.people, workers)
    statements, statement = _numbered(votes.statements, workers)
    if len(statements) > MAX_STATEMENTS:
        raise _too_many(len(statements))
    log = _Log(person, statement, votes.values, _times(votes.order))
    buckets = _by_bucket(log, len(people), workers)
    codes, lengths = _settled(buckets, len(people), len(statements), workers)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return VoteMatrix(people=people, statements=statements, codes=codes, starts=starts, rows=len(votes))


def extended(*, matrix: VoteMatrix, votes: Votes, workers: int = 1) -> VoteMatrix:
    """The matrix of a log that goes on with ``votes``, all of them later than those already in it.

    The same to the bit as sorting the whole log anew. Cost: one copy of the codes, and sorting the new votes.
    """
    more = vote_matrix(votes=votes, workers=workers)
    people = np.union1d(matrix.people, more.people)
    statements = np.union1d(matrix.statements, more.statements)
    if len(statements) > MAX_STATEMENTS:
        raise _too_many(len(statements))
    old, new = (_renumbered(one, statements) for one in (matrix, more))
    codes = _no_codes(len(old) + len(new), len(statements))
    starts = np.zeros(len(people) + 1, np.int64)
    rows = [_places(people, one.people) for one in (matrix, more)]
    _merge(old, matrix.starts, rows[0], new, more.starts, rows[1], codes, starts)
    return VoteMatrix(
        people=people,
        statements=statements,
        codes=codes[: starts[-1]],
        starts=starts,
        rows=matrix.rows + more.rows,
    )


def _renumbered(matrix: VoteMatrix, statements: Ints) -> Codes:
    """The codes when the statements are numbered within ``statements``, which hold all of them."""
    if len(matrix.statements) == len(statements):
        return matrix.codes
    column = np.searchsorted(statements, matrix.statements)
    table = (3 * column[:, None] + np.arange(3)).ravel()
    codes = _no_codes(len(matrix.codes), len(statements))
    codes[:] = table[matrix.codes]
    return codes


def _places(people: Ints, known: Ints) -> Ints:
    """Row of each of the people among those known; -1: not there."""
    rows = np.full(len(people), -1, np.int64)
    rows[np.searchsorted(people, known)] = np.arange(len(known))
    return rows


def _no_codes(votes: int, statements: int) -> Codes:
    """Room for them, in the narrowest type."""
    return np.empty(votes, np.uint16) if 3 * statements <= 2**16 else np.empty(votes, np.uint32)


def tally(matrix: VoteMatrix, group: NDArray[np.uint8], groups: int, workers: int = 1) -> Ints:
    """Disagree, pass, agree by group and statement, shape (groups, C, 3); ``group`` of a person may be
    ``groups`` or more: not counted."""
    size = 3 * len(matrix.statements)

    def count(rows: tuple[int, int]) -> Ints:
        out = np.zeros((groups, size), np.int64)
        _tally(matrix.codes, matrix.starts, rows[0], rows[1], group, out)
        return out

    parts = share_out(count, cut(matrix.starts, workers), workers)
    total = sum(parts, np.zeros((groups, size), np.int64))
    shaped: Ints = total.reshape(groups, -1, 3)
    return shaped


def chosen_rows(matrix: VoteMatrix, rows: Ints) -> tuple[Codes, Ints]:
    """Codes and starts of some people alone, in the order of ``rows``."""
    lengths = matrix.lengths[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = np.repeat(matrix.starts[rows] - starts[:-1], lengths) + np.arange(starts[-1])
    return matrix.codes[places], starts


@dataclass(frozen=True)
class _Numbers:
    """Ids by row, and the rank of each id; ``ranks`` is empty where the ids are ranks already."""

    ids: AnyInts
    ranks: NDArray[np.int32]


def _numbered(ids: AnyInts, workers: int) -> tuple[Ints, _Numbers]:
    """The distinct ids in order, and how to get from the id in a row to its rank."""
    top = extremes(ids)[1] + 1
    if top > 4 * len(ids) + 1_000_000:
        known, rank = np.unique(ids, return_inverse=True)
        return known.astype(np.int64), _Numbers(rank, np.zeros(0, np.int32))
    present = np.zeros(top, np.uint8)

    def mark(rows: tuple[int, int]) -> None:
        for first, last in chunks(*rows):
            _mark_present(ids, first, last, present)
            let_go(ids)

    share_out(mark, _slices(len(ids), workers), workers)
    known = np.flatnonzero(present)
    ranks = np.zeros(0, np.int32)
    if len(known) < top:
        ranks = (np.cumsum(present, dtype=np.int32) - np.int32(1)).astype(np.int32)
    return known, _Numbers(ids, ranks)


def _slices(rows: int, workers: int) -> list[tuple[int, int]]:
    return list(pairwise(np.linspace(0, rows, max(1, workers) + 1).astype(np.int64).tolist()))


@dataclass(frozen=True)
class _Log:
    """``times`` is empty where the place in the log decides."""

    person: _Numbers
    statement: _Numbers
    values: NDArray[np.int8]
    times: Ints

    def let_go(self) -> None:
        """Of the pages of mapped files."""
        for column in (self.person.ids, self.statement.ids, self.values):
            let_go(column)


@dataclass(frozen=True)
class _Buckets:
    """Votes bucket by bucket of people, in log order: words (place in the bucket, code), and their times."""

    words: NDArray[np.uint32]
    times: Ints
    bounds: Ints


def _times(order: AnyInts | None) -> Ints:
    """The order, or nothing where it only says what the place in the log says."""
    if order is None or bool(np.all(order[1:] > order[:-1])):
        return np.zeros(0, np.int64)
    return order.astype(np.int64)


def _by_bucket(log: _Log, people: int, workers: int) -> _Buckets:
    rows, person, statement = len(log.values), log.person, log.statement
    buckets = (people + _BUCKET - 1) >> _BUCKET_BITS
    slices = _slices(rows, workers)

    def count(number: int) -> Ints:
        counts = np.zeros(buckets, np.int64)
        for first, last in chunks(*slices[number]):
            _count_buckets(person.ids, person.ranks, first, last, counts)
            let_go(person.ids)
        return counts

    counts = np.stack(share_out(count, range(len(slices)), workers))
    sizes = counts.T.ravel()  # by bucket, then by slice: the order of the log is kept
    offsets = (np.cumsum(sizes) - sizes).reshape(buckets, len(slices))
    words, times = np.empty(rows, np.uint32), np.empty_like(log.times)

    def place(number: int) -> None:
        at = offsets[:, number].copy()
        for first, last in chunks(*slices[number]):
            _place(
                person.ids,
                person.ranks,
                statement.ids,
                statement.ranks,
                log.values,
                log.times,
                first,
                last,
                at,
                words,
                times,
            )
            log.let_go()

    share_out(place, range(len(slices)), workers)
    return _Buckets(words, times, np.append(offsets[:, 0], rows))


def _settled(votes: _Buckets, people: int, statements: int, workers: int) -> tuple[Codes, Ints]:
    """Codes sorted by person and statement, latest vote of each pair only; number of votes of each person."""
    codes = _no_codes(len(votes.words), statements)
    lengths = np.zeros(people, np.int64)

    def settle(buckets: tuple[int, int]) -> None:
        _settle(votes.words, votes.times, votes.bounds, *buckets, statements, codes, lengths)

    share_out(settle, cut(votes.bounds, workers), workers)
    kept = int(lengths.sum())
    if kept < len(codes):
        firsts = np.arange(0, people, _BUCKET)
        _close_gaps(codes, votes.bounds, np.add.reduceat(lengths, firsts))
        codes = codes[:kept].copy()
    return codes, lengths


@jit
def _merge(
    old: Codes,
    old_starts: Ints,
    old_row: Ints,
    new: Codes,
    new_starts: Ints,
    new_row: Ints,
    out: Any,
    starts: Ints,
) -> None:
    """Rows of both, by statement; of two votes on one statement the new one."""
    at = 0
    for i in range(len(old_row)):
        a, a_end, b, b_end = 0, 0, 0, 0
        if old_row[i] >= 0:
            a, a_end = old_starts[old_row[i]], old_starts[old_row[i] + 1]
        if new_row[i] >= 0:
            b, b_end = new_starts[new_row[i]], new_starts[new_row[i] + 1]
        while b < b_end:
            while a < a_end and old[a] // 3 < new[b] // 3:
                out[at] = old[a]
                at, a = at + 1, a + 1
            if a < a_end and old[a] // 3 == new[b] // 3:
                a += 1
            out[at] = new[b]
            at, b = at + 1, b + 1
        for k in range(a, a_end):
            out[at + k - a] = old[k]
        at += a_end - a
        starts[i + 1] = at


@jit
def _tally(codes: Codes, starts: Ints, first: int, last: int, group: Any, out: Ints) -> None:
    for i in range(first, last):
        if group[i] < len(out):
            row = out[group[i]]
            for k in range(starts[i], starts[i + 1]):
                row[codes[k]] += 1


@jit
def _mark_present(ids: AnyInts, first: int, last: int, present: Any) -> None:
    for k in range(first, last):
        present[ids[k]] = 1


@jit
def _count_buckets(person: AnyInts, ranks: Any, first: int, last: int, counts: Ints) -> None:
    ranked = len(ranks) > 0
    for k in range(first, last):
        counts[(ranks[person[k]] if ranked else person[k]) >> _BUCKET_BITS] += 1


@jit
def _place(
    person: AnyInts,
    person_ranks: Any,
    statement: AnyInts,
    statement_ranks: Any,
    values: Any,
    times: Ints,
    first: int,
    last: int,
    offsets: Ints,
    words: Any,
    times_out: Ints,
) -> None:
    ranked, statements_ranked = len(person_ranks) > 0, len(statement_ranks) > 0
    for k in range(first, last):
        who = numba.int64(person_ranks[person[k]]) if ranked else numba.int64(person[k])
        what = numba.int64(statement_ranks[statement[k]]) if statements_ranked else numba.int64(statement[k])
        bucket = who >> _BUCKET_BITS
        at = offsets[bucket]
        words[at] = numba.uint32(((who & (_BUCKET - 1)) << _CODE_BITS) | (3 * what + values[k] + 1))
        if len(times):
            times_out[at] = times[k]
        offsets[bucket] += 1


@jit
def _settle(
    words: Any, times: Ints, bounds: Ints, first: int, last: int, statements: int, codes: Any, lengths: Ints
) -> None:
    """Sort each bucket by person, then each person's votes by statement; the latest of a pair stays."""
    seen = np.zeros((statements + 63) // 64, np.uint64)
    latest, since = np.zeros(statements, np.uint32), np.zeros(statements if len(times) else 0, np.int64)
    for bucket in range(first, last):
        begin, end = bounds[bucket], bounds[bucket + 1]
        places = np.zeros(_BUCKET + 1, np.int64)
        for k in range(begin, end):
            places[(words[k] >> _CODE_BITS) + 1] += 1
        for i in range(_BUCKET):
            places[i + 1] += places[i]
        filled = places[:-1].copy()
        row, when = np.empty(end - begin, np.uint32), np.empty((end - begin) if len(times) else 0, np.int64)
        for k in range(begin, end):
            i = words[k] >> _CODE_BITS
            row[filled[i]] = words[k] & ((1 << _CODE_BITS) - 1)
            if len(times):
                when[filled[i]] = times[k]
            filled[i] += 1
        out = begin
        for i in range(min(_BUCKET, len(lengths) - (bucket << _BUCKET_BITS))):
            mine, mine_when = row[places[i] : places[i + 1]], when[places[i] : places[i + 1]]
            if len(mine) <= _SHORT_ROW:
                kept = _insert(mine, mine_when, codes, since, out)
            else:
                kept = _mark(mine, mine_when, seen, latest, since, codes, out)
            lengths[(bucket << _BUCKET_BITS) + i] = kept
            out += kept


@jit
def _resolved(old: int, new: int, old_time: int, new_time: int) -> int:
    """Which of two codes of one statement counts: the later, or a pass where one instant says both."""
    if new_time < old_time:
        return old
    return new if new_time > old_time or new == old else new // 3 * 3 + 1


@jit
def _insert(mine: Any, when: Ints, codes: Any, since: Ints, out: int) -> int:
    """Sort a short row by insertion into ``codes[out:]``; ``since``: time of the vote kept, by statement."""
    kept = 0
    for place in range(len(mine)):
        code = mine[place]
        at = out + kept
        while at > out and codes[at - 1] // 3 > code // 3:
            at -= 1
        if at > out and codes[at - 1] // 3 == code // 3:
            if len(when) == 0:
                codes[at - 1] = code
                continue
            codes[at - 1] = _resolved(codes[at - 1], code, since[code // 3], when[place])
            since[code // 3] = max(since[code // 3], when[place])
            continue
        for k in range(out + kept, at, -1):
            codes[k] = codes[k - 1]
        codes[at] = code
        if len(when):
            since[code // 3] = when[place]
        kept += 1
    return kept


@jit
def _mark(mine: Any, when: Ints, seen: Any, latest: Any, since: Ints, codes: Any, out: int) -> int:
    """Sort a long row through one bit per statement."""
    for place in range(len(mine)):
        code = mine[place]
        statement = code // 3
        bit = numba.uint64(1) << numba.uint64(statement & 63)
        if len(when):
            if seen[statement >> 6] & bit:
                code = _resolved(latest[statement], code, since[statement], when[place])
                since[statement] = max(since[statement], when[place])
            else:
                since[statement] = when[place]
        seen[statement >> 6] |= bit
        latest[statement] = code
    kept = 0
    for block in range(len(seen)):
        bits = seen[block]
        while bits:
            low = bits & (~bits + numba.uint64(1))
            codes[out + kept] = latest[(block << 6) + _BIT_NUMBER[(low * _DE_BRUIJN) >> numba.uint64(58)]]
            kept += 1
            bits ^= low
        seen[block] = 0
    return kept


@jit
def _close_gaps(codes: Any, bounds: Ints, kept: Ints) -> None:
    out = 0
    for bucket in range(len(kept)):
        for k in range(bounds[bucket], bounds[bucket] + kept[bucket]):
            codes[out] = codes[k]
            out += 1


_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_BIT_NUMBER = np.zeros(64, np.int64)
"""Number of a lone bit, by the six leading bits of its product with a de Bruijn sequence (Leiserson 1998)."""
for _number in range(64):
    _BIT_NUMBER[((1 << _number) * int(_DE_BRUIJN) % 2**64) >> 58] = _number
