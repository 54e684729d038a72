"""Which sequence numbers of a device arrived, and how many are still on the phone.

A device numbers its events 1, 2, 3 … without gap. Whoever holds some of them, and the highest number that
the device named, knows how many are missing: "12 visits still on 3 phones".
"""

from collections.abc import Iterable
from dataclasses import dataclass

Range = tuple[int, int]
"""First and last number, both included."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Numbers that arrived, as ranges in order that do not touch, and the ``head`` that the device named.

    Small whatever the number of events: phones lose few numbers and send them later.
    """

    ranges: tuple[Range, ...] = ()
    head: int = 0

    @property
    def count(self) -> int:
        """Numbers that arrived."""
        return sum(last - first + 1 for first, last in self.ranges)

    @property
    def missing(self) -> int:
        """Events that the device recorded and that did not arrive."""
        return self.head - self.count

    def gaps(self) -> tuple[Range, ...]:
        """The missing numbers, as ranges."""
        edges = [0, *(edge for pair in self.ranges for edge in pair), self.head + 1]
        pairs = zip(edges[::2], edges[1::2], strict=True)
        return tuple((before + 1, after - 1) for before, after in pairs if after - before > 1)

    def __contains__(self, seq: object) -> bool:
        return isinstance(seq, int) and any(first <= seq <= last for first, last in self.ranges)


def see(seen: Seen, *, seqs: Iterable[int] = (), head: int = 0) -> Seen:
    """``seen`` after more numbers arrived, or after the device named its highest one. Repeats change
    nothing."""
    spans = sorted([*seen.ranges, *((seq, seq) for seq in seqs)])
    merged: list[Range] = []
    for first, last in spans:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    top = merged[-1][1] if merged else 0
    return Seen(ranges=tuple(merged), head=max(seen.head, head, top))
