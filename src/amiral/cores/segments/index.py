"""One bitmap for each value of each facet, changed in place when somebody's facts change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pyroaring import BitMap

LEVELS = (0, 4, 8, 12)
"""Days are kept one by one and in blocks of 16, 256 and 4,096: a range is few unions, whatever its length."""

Rows = Iterable[tuple[str, str | int, Sequence[int]]]
"""Facet, value (a day is an ``int``), and the numbers of those who have it."""


_Key = TypeVar("_Key")


class Days:
    """The bitmaps of a facet whose values are days."""

    def __init__(self) -> None:
        self.blocks: dict[tuple[int, int], BitMap] = {}
        self.first, self.last = 1 << 30, -1
        """The earliest and the latest day that anybody had; an empty range before the first."""

    def add(self, day: int, numbers: Sequence[int]) -> None:
        self.first, self.last = min(self.first, day), max(self.last, day)
        for level in LEVELS:
            self.blocks.setdefault((level, day >> level), BitMap()).update(numbers)

    def between(self, since: int | None, until: int | None) -> BitMap:
        """Both days included."""
        if (since or 0) > self.last or (until is not None and until < self.first):
            return BitMap()
        # An end beyond all days is moved to the end of a largest block: one union instead of many.
        widest = (1 << LEVELS[-1]) - 1
        first = self.first & ~widest if since is None or since <= self.first else since
        last = self.last | widest if until is None or until >= self.last else until
        return BitMap.union(
            BitMap(), *(self.blocks[key] for key in _cover(first, last) if key in self.blocks)
        )


def _cover(first: int, last: int) -> list[tuple[int, int]]:
    """The fewest blocks that cover the days from ``first`` to ``last`` exactly."""
    found: list[tuple[int, int]] = []
    while first <= last:
        level = next(
            level
            for level in reversed(LEVELS)
            if first & ((1 << level) - 1) == 0 and first + (1 << level) - 1 <= last
        )
        found.append((level, first >> level))
        first += 1 << level
    return found


@dataclass
class Index:
    """Who has what. ``above`` gives, for a facet, what each value lies in: who has it has those too."""

    above: dict[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    everybody: BitMap = field(default_factory=BitMap)
    choices: dict[str, dict[str, BitMap]] = field(default_factory=dict)
    days: dict[str, Days] = field(default_factory=dict)

    def add(self, rows: Rows) -> None:
        """Gives facts to persons; harmless for those who have them."""
        for facet, value, numbers in rows:
            if isinstance(value, int):
                self.days.setdefault(facet, Days()).add(value, numbers)
            else:
                self._add_choice(facet, value, numbers)

    def _add_choice(self, facet: str, value: str, numbers: Sequence[int]) -> None:
        held = self.choices.setdefault(facet, {})
        for one in (value, *self.above.get(facet, {}).get(value, ())):
            held.setdefault(one, BitMap()).update(numbers)

    def replace(self, numbers: BitMap, *, present: BitMap, rows: Rows) -> None:
        """Forgets everything of ``numbers``; those ``present`` stay, with the facts of ``rows`` only.

        One pass over all bitmaps for the whole lot: cheap for one, and for a thousand hardly dearer.
        """
        self.everybody -= numbers
        self.everybody |= present
        for bitmap in self._bitmaps():
            bitmap -= numbers
        self.add(rows)

    def _bitmaps(self) -> Iterable[BitMap]:
        for held in self.choices.values():
            yield from held.values()
        for days in self.days.values():
            yield from days.blocks.values()

    def having(self, facet: str, values: Iterable[str]) -> BitMap:
        """Those who have any of the values."""
        held = self.choices.get(facet, {})
        return BitMap.union(BitMap(), *(held[value] for value in values if value in held))

    def between(self, facet: str, since: int | None, until: int | None) -> BitMap:
        """Those whose day lies there, both ends included."""
        return self.days[facet].between(since, until) if facet in self.days else BitMap()

    def compact(self) -> None:
        """Gives memory back after a lot of writing."""
        for bitmap in self._bitmaps():
            bitmap.run_optimize()
            bitmap.shrink_to_fit()

    def shape(self) -> dict[tuple[str, str | int], frozenset[int]]:
        """Every value that somebody has, with its numbers: two equal indexes give equal shapes."""
        found: dict[tuple[str, str | int], frozenset[int]] = {}
        for facet, held in self.choices.items():
            found |= {(facet, value): frozenset(bitmap) for value, bitmap in held.items() if bitmap}
        for facet, days in self.days.items():
            singles = {day: bitmap for (level, day), bitmap in days.blocks.items() if level == 0 and bitmap}
            found |= {(facet, day): frozenset(bitmap) for day, bitmap in singles.items()}
        return found

    def size_bytes(self) -> int:
        """What the bitmaps take, as they would be written down."""
        return len(self.everybody.serialize()) + sum(len(bitmap.serialize()) for bitmap in self._bitmaps())

    def differing(self, other: "Index") -> BitMap:
        """The numbers whose facts differ between two indexes of the same persons."""
        found = self.everybody ^ other.everybody
        for facet in {*self.choices, *other.choices}:
            ours, theirs = self.choices.get(facet, {}), other.choices.get(facet, {})
            found |= _differing(ours, theirs)
        for facet in {*self.days, *other.days}:
            ours_by_day, theirs_by_day = self.days.get(facet, Days()), other.days.get(facet, Days())
            found |= _differing(ours_by_day.blocks, theirs_by_day.blocks)
        return found


def _differing(ours: Mapping[_Key, BitMap], theirs: Mapping[_Key, BitMap]) -> BitMap:
    none = BitMap()
    return BitMap.union(none, *(ours.get(key, none) ^ theirs.get(key, none) for key in {*ours, *theirs}))
